// SPDX-License-Identifier: GPL-3.0-or-later
#include "fixture.h"

#include <string.h>

static void check_published(const struct host_row *got, const struct host_row *want)
{
    CHECK_INT(got->id, want->id);
    CHECK_INT(got->zone_id, want->zone_id);
    CHECK(name_equal(&got->name, &want->name));
    CHECK(ip_equal(got->v4, want->v4));
    CHECK(ip_equal(got->v6, want->v6));
    CHECK_INT(got->more_addresses, want->more_addresses);
    CHECK_INT(got->state, want->state);
    CHECK_INT(got->ttl_s, want->ttl_s);
    CHECK_INT(got->wildcard, want->wildcard);
    CHECK_INT(got->last_change, want->last_change);
}

static void check_same(const struct host_row *got, const struct host_row *want)
{
    check_published(got, want);
    CHECK_INT(got->owner_id, want->owner_id);
    CHECK_INT(got->mode, want->mode);
    CHECK_INT(got->round_robin, want->round_robin);
    CHECK_INT(got->private_allowed, want->private_allowed);
    CHECK_INT(got->plain_http, want->plain_http);
    CHECK_INT(got->follows_id, want->follows_id);
    CHECK(memcmp(got->interface_id, want->interface_id, sizeof(got->interface_id)) == 0);
    CHECK_INT(got->subnet, want->subnet);
    CHECK_INT(got->liveness_s, want->liveness_s);
    CHECK_INT(got->last_seen_s, want->last_seen_s);
    CHECK_INT(got->created_s, want->created_s);
    CHECK_INT(got->in_clear_s, want->in_clear_s);
    CHECK_INT(got->when_silent, want->when_silent);
    CHECK(ip_equal(got->fallback_v4, want->fallback_v4));
    CHECK(ip_equal(got->fallback_v6, want->fallback_v6));
    CHECK_INT(got->quiet, want->quiet);
    CHECK_INT(got->permanent, want->permanent);
    CHECK_INT(got->kept_s, want->kept_s);
    CHECK_INT(got->owned_s, want->owned_s);
    CHECK_INT(got->heartbeat, want->heartbeat);
    CHECK_INT(got->silent_s, want->silent_s);
}

TEST(a_host_comes_back_as_it_was_inserted_and_updated)
{
    FIXTURE(fixture);
    int64_t router_id = add_host(&fixture, "router.dyn.example.org");
    struct host_row row = host_of("a.dyn.example.org", &fixture), got;
    row.follows_id = router_id;
    begin(fixture.store);
    CHECK_INT(store_host_insert(fixture.store, &row, NULL), OK);
    CHECK_INT(store_host_find(fixture.store, row.id, &got, NULL), OK);
    check_same(&got, &row);

    row.name = name_of("b.dyn.example.org");
    row.v4 = (struct ip){ 0 };
    row.mode = HOST_DUAL;
    row.state = HOST_ABUSE;
    row.wildcard = row.private_allowed = false;
    row.round_robin = row.plain_http = true;
    row.follows_id = 0;
    row.ttl_s = UINT32_MAX;
    row.when_silent = SILENT_FALLBACK;
    CHECK_INT(ip_parse(STR("192.0.2.80"), &row.fallback_v4), OK);
    CHECK_INT(ip_parse(STR("2001:db8::80"), &row.fallback_v6), OK);
    row.quiet = row.permanent = true;
    row.kept_s = 12345;
    row.owned_s = 12346;
    row.last_change = 99;
    CHECK_INT(store_host_update(fixture.store, &row, NULL), OK);
    CHECK_INT(store_host_find_name(fixture.store, &row.name, &got, NULL), OK);
    check_same(&got, &row);
    commit(fixture.store);
}

TEST(a_host_name_is_taken_once)
{
    FIXTURE(fixture);
    (void)add_host(&fixture, "a.dyn.example.org");
    int64_t b_id = add_host(&fixture, "b.dyn.example.org");
    struct host_row row = host_of("A.dyn.example.org", &fixture);
    struct error err = { "" };
    begin(fixture.store);
    CHECK_INT(store_host_insert(fixture.store, &row, &err), ERR_EXISTS);
    CHECK_TEXT(err.text, "a host a.dyn.example.org exists");
    row.id = b_id;
    CHECK_INT(store_host_update(fixture.store, &row, &err), ERR_EXISTS);
    commit(fixture.store);
}

TEST(a_host_needs_a_zone_an_owner_and_a_followed_host_that_exist)
{
    FIXTURE(fixture);
    for (int i = 0; i < 3; i++) {
        struct host_row row = host_of("a.dyn.example.org", &fixture), got;
        int64_t *const ids[] = { &row.zone_id, &row.owner_id, &row.follows_id };
        *ids[i] = 4711;
        begin(fixture.store);
        CHECK_INT(store_host_insert(fixture.store, &row, NULL), ERR_CONFLICT);
        commit(fixture.store);
        CHECK_INT(store_host_find_name(fixture.store, &row.name, &got, NULL),
                  ERR_NOT_FOUND);
    }
}

TEST(a_host_that_is_not_there_is_told_so_by_every_call)
{
    FIXTURE(fixture);
    struct host_row row = host_of("a.dyn.example.org", &fixture);
    struct addresses none = { 0 };
    struct error err = { "" };
    row.id = 4711;
    begin(fixture.store);
    CHECK_INT(store_host_update(fixture.store, &row, &err), ERR_NOT_FOUND);
    CHECK_INT(store_host_set_addresses(fixture.store, &row, &none, &err), ERR_NOT_FOUND);
    CHECK_INT(store_host_remove(fixture.store, row.id, &err), ERR_NOT_FOUND);
    CHECK_INT(store_host_find(fixture.store, row.id, &row, &err), ERR_NOT_FOUND);
    CHECK_TEXT(err.text, "no host 4711");
    CHECK_INT(store_host_find_name(fixture.store, &row.name, &row, &err), ERR_NOT_FOUND);
    CHECK_TEXT(err.text, "no host a.dyn.example.org");
    commit(fixture.store);
}

static struct addresses make_addresses(size_t v4_count, size_t v6_count)
{
    struct addresses all = { .v4.count = v4_count, .v6.count = v6_count };
    for (size_t i = 0; i < v4_count; i++) {
        all.v4.at[i] = ip_of("192.0.2.0");
        all.v4.at[i].bytes[3] = (uint8_t)(200 - i);
    }
    for (size_t i = 0; i < v6_count; i++) {
        all.v6.at[i] = ip_of("2001:db8::");
        all.v6.at[i].bytes[15] = (uint8_t)(200 - i);
    }
    return all;
}

static void check_addresses(struct store *store, int64_t id, const struct addresses *want)
{
    struct host_row row;
    struct addresses got;
    CHECK_INT(store_host_find(store, id, &row, NULL), OK);
    CHECK_INT(row.more_addresses, want->v4.count > 1 || want->v6.count > 1);
    CHECK_INT(store_host_addresses(store, &row, &got, NULL), OK);
    CHECK_INT(got.v4.count, want->v4.count);
    CHECK_INT(got.v6.count, want->v6.count);
    for (size_t i = 0; i < got.v4.count; i++)
        CHECK(ip_equal(got.v4.at[i], want->v4.at[i]));
    for (size_t i = 0; i < got.v6.count; i++)
        CHECK(ip_equal(got.v6.at[i], want->v6.at[i]));
    if (row.more_addresses)
        return;
    row.more_addresses = true; /* nothing is left behind that the flag only hides */
    CHECK_INT(store_host_addresses(store, &row, &got, NULL), OK);
    CHECK_INT(got.v4.count + got.v6.count, want->v4.count + want->v6.count);
}

TEST(addresses_of_any_number_follow_each_other_and_keep_their_order)
{
    static const struct {
        size_t v4_count, v6_count;
    } rows[] = { { 1, 1 }, { 0, 0 }, { 8, 8 }, { 2, 0 }, { 0, 3 }, { 1, 0 },
                 { 1, 2 }, { 3, 1 }, { 0, 1 }, { 8, 0 }, { 0, 0 } };
    FIXTURE(fixture);
    int64_t id = add_host(&fixture, "a.dyn.example.org");
    struct host_row row;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct addresses all = make_addresses(rows[i].v4_count, rows[i].v6_count);
        CHECK_INT(store_host_find(fixture.store, id, &row, NULL), OK);
        row.more_addresses = false; /* what the caller believes does not matter */
        begin(fixture.store);
        CHECK_INT(store_host_set_addresses(fixture.store, &row, &all, NULL), OK);
        commit(fixture.store);
        check_addresses(fixture.store, id, &all);
    }
}

TEST(setting_addresses_writes_state_and_times_and_nothing_else)
{
    FIXTURE(fixture);
    int64_t id = add_host(&fixture, "a.dyn.example.org");
    struct host_row before, row, got;
    CHECK_INT(store_host_find(fixture.store, id, &before, NULL), OK);
    row = before;
    row.state = HOST_ACTIVE;
    row.last_change = 1234;
    row.last_seen_s = 5678;
    row.in_clear_s = 86400;
    row.ttl_s = 1;
    row.name = name_of("b.dyn.example.org");
    struct addresses all = make_addresses(1, 0);
    begin(fixture.store);
    CHECK_INT(store_host_set_addresses(fixture.store, &row, &all, NULL), OK);
    commit(fixture.store);

    struct host_row want = before;
    want.v4 = all.v4.at[0];
    want.v6 = (struct ip){ 0 };
    want.state = HOST_ACTIVE;
    want.last_change = 1234;
    want.last_seen_s = 5678;
    want.in_clear_s = 86400;
    CHECK_INT(store_host_find(fixture.store, id, &got, NULL), OK);
    check_same(&got, &want);
}

TEST(an_update_of_the_row_leaves_the_further_addresses_alone)
{
    FIXTURE(fixture);
    int64_t id = add_host(&fixture, "a.dyn.example.org");
    struct host_row row;
    struct addresses all = make_addresses(3, 2);
    CHECK_INT(store_host_find(fixture.store, id, &row, NULL), OK);
    begin(fixture.store);
    CHECK_INT(store_host_set_addresses(fixture.store, &row, &all, NULL), OK);
    row.v4 = all.v4.at[0];
    row.v6 = all.v6.at[0];
    row.more_addresses = false;
    CHECK_INT(store_host_update(fixture.store, &row, NULL), OK);
    commit(fixture.store);
    check_addresses(fixture.store, id, &all);
}

static enum status count_record(void *ctx, const struct record_row *row)
{
    (void)row;
    ++*(int *)ctx;
    return OK;
}

TEST(removing_a_host_takes_everything_that_hangs_on_it)
{
    FIXTURE(fixture);
    int64_t id = add_host(&fixture, "a.dyn.example.org");
    int64_t kept_id = add_host(&fixture, "kept.dyn.example.org");
    struct host_row row, follower = host_of("follower.dyn.example.org", &fixture);
    struct addresses all = make_addresses(2, 2);
    struct token_row token = token_of(1, &fixture);
    token.host_ids[0] = id;
    token.host_ids[1] = kept_id;
    token.host_count = 2;
    follower.follows_id = id;
    struct record_row record = { .zone_id = fixture.zone_id,
                                 .host_id = id,
                                 .owner = name_of("a.dyn.example.org"),
                                 .type = RR_TXT };
    struct change_row change = { .kind = CHANGE_HOST, .id = id };
    CHECK_INT(store_host_find(fixture.store, id, &row, NULL), OK);
    begin(fixture.store);
    CHECK_INT(store_host_set_addresses(fixture.store, &row, &all, NULL), OK);
    CHECK_INT(store_token_insert(fixture.store, &token, NULL), OK);
    CHECK_INT(store_host_insert(fixture.store, &follower, NULL), OK);
    CHECK_INT(store_record_insert(fixture.store, &record, NULL), OK);
    CHECK_INT(store_change_append(fixture.store, &change, NULL), OK);
    CHECK_INT(store_change_append(fixture.store, &change, NULL), OK);
    CHECK_INT(store_host_remove(fixture.store, id, NULL), OK);
    commit(fixture.store);

    CHECK_INT(store_host_find(fixture.store, id, &row, NULL), ERR_NOT_FOUND);
    row = (struct host_row){ .id = id, .more_addresses = true };
    CHECK_INT(store_host_addresses(fixture.store, &row, &all, NULL), OK);
    CHECK_INT(all.v4.count + all.v6.count, 0);
    CHECK_INT(store_token_find(fixture.store, token.id, &token, NULL), OK);
    CHECK_INT(token.host_count, 1);
    CHECK_INT(token.host_ids[0], kept_id);
    CHECK_INT(store_host_find(fixture.store, follower.id, &row, NULL), OK);
    CHECK_INT(row.follows_id, 0);
    int records = 0;
    CHECK_INT(store_record_list(fixture.store, 0, count_record, &records, NULL), OK);
    CHECK_INT(records, 0);
    struct zone_row zone;
    CHECK_INT(store_zone_find(fixture.store, fixture.zone_id, &zone, NULL), OK);
    CHECK_INT(zone.last_change, change.seq);
}

TEST(the_id_of_a_removed_host_is_not_given_again)
{
    FIXTURE(fixture);
    int64_t id = add_host(&fixture, "a.dyn.example.org");
    begin(fixture.store);
    CHECK_INT(store_host_remove(fixture.store, id, NULL), OK);
    commit(fixture.store);
    CHECK(add_host(&fixture, "a.dyn.example.org") > id);
}

TEST(followers_are_told_by_id_up_to_the_callers_limit)
{
    FIXTURE(fixture);
    int64_t router_id = add_host(&fixture, "router.dyn.example.org");
    int64_t want[3];
    for (size_t i = 0; i < LENGTH_OF(want); i++) {
        static const char *const names[] = { "a.dyn.example.org", "b.dyn.example.org",
                                             "c.dyn.example.org" };
        struct host_row row = host_of(names[i], &fixture);
        row.follows_id = router_id;
        begin(fixture.store);
        CHECK_INT(store_host_insert(fixture.store, &row, NULL), OK);
        commit(fixture.store);
        want[i] = row.id;
    }
    int64_t ids[3];
    size_t count = 77;
    CHECK_INT(store_host_followers(fixture.store, router_id, ids, 2, &count, NULL),
              ERR_LIMIT);
    CHECK_INT(count, 77);
    CHECK_INT(store_host_followers(fixture.store, router_id, ids, 3, &count, NULL), OK);
    CHECK_INT(count, 3);
    CHECK(memcmp(ids, want, sizeof(want)) == 0);
    CHECK_INT(store_host_followers(fixture.store, want[0], ids, 3, &count, NULL), OK);
    CHECK_INT(count, 0);
}

struct seen {
    struct host_row rows[4];
    size_t count;
    enum status answer;
};

static enum status note(void *ctx, const struct host_row *row)
{
    struct seen *seen = ctx;
    seen->rows[seen->count++] = *row;
    return seen->answer;
}

TEST(hosts_are_listed_by_zone_by_owner_or_all_of_them)
{
    FIXTURE(fixture);
    struct zone_row other = zone_of("other.example.org", fixture.account_id);
    begin(fixture.store);
    CHECK_INT(store_zone_insert(fixture.store, &other, NULL), OK);
    commit(fixture.store);
    int64_t a_id = add_host(&fixture, "a.dyn.example.org");
    struct fixture in_other = fixture;
    in_other.zone_id = other.id;
    int64_t b_id = add_host(&in_other, "b.other.example.org");
    int64_t c_id = add_host(&fixture, "c.dyn.example.org");
    int64_t own = fixture.account_id, foreign = own + 1;
    const struct {
        int64_t zone_id, after, owner_id;
        size_t limit;
        enum status answer;
        size_t want;
        int64_t first;
    } rows[] = { { 0, 0, 0, SIZE_MAX, OK, 3, a_id },
                 { 0, a_id, 0, 1, OK, 1, b_id },
                 { fixture.zone_id, 0, 0, 10, OK, 2, a_id },
                 { fixture.zone_id, a_id, 0, 10, OK, 1, c_id },
                 { other.id, 0, 0, 10, OK, 1, b_id },
                 { other.id + 1, 0, 0, 10, OK, 0, 0 },
                 { 0, a_id, own, 10, OK, 2, b_id },
                 { other.id, 0, own, 10, OK, 1, b_id },
                 { 0, 0, foreign, 10, OK, 0, 0 },
                 { fixture.zone_id, 0, foreign, 10, OK, 0, 0 },
                 { 0, 0, 0, 10, ERR_DENIED, 1, a_id } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct seen seen = { .answer = rows[i].answer };
        CHECK_INT(store_host_list(fixture.store, rows[i].zone_id,
                                  (struct store_page){ .after = rows[i].after,
                                                       .limit = rows[i].limit,
                                                       .owner_id = rows[i].owner_id },
                                  note, &seen, NULL),
                  rows[i].answer);
        CHECK_INT(seen.count, rows[i].want);
        CHECK_INT(seen.rows[0].id, rows[i].first);
    }
}

TEST(a_scan_gives_every_host_with_what_publishing_needs)
{
    FIXTURE(fixture);
    struct host_row want[2];
    want[0] = host_of("a.dyn.example.org", &fixture);
    want[1] = host_of("b.dyn.example.org", &fixture);
    want[1].v6 = (struct ip){ 0 };
    want[1].wildcard = false;
    want[1].state = HOST_ACTIVE;
    begin(fixture.store);
    for (size_t i = 0; i < LENGTH_OF(want); i++)
        CHECK_INT(store_host_insert(fixture.store, &want[i], NULL), OK);
    commit(fixture.store);
    struct seen seen = { .answer = OK };
    CHECK_INT(store_host_scan(fixture.store, note, &seen, NULL), OK);
    CHECK_INT(seen.count, 2);
    for (size_t i = 0; i < LENGTH_OF(want); i++)
        check_published(&seen.rows[i], &want[i]);
    seen = (struct seen){ .answer = ERR_LIMIT };
    CHECK_INT(store_host_scan(fixture.store, note, &seen, NULL), ERR_LIMIT);
    CHECK_INT(seen.count, 1);
}

TEST(a_host_row_that_holds_nonsense_is_trouble_and_leaves_the_output_alone)
{
    static const char *const texts[] = {
        "UPDATE hosts SET v4 = x'01'",         "UPDATE hosts SET v6 = x'010203'",
        "UPDATE hosts SET name = x'05'",       "UPDATE hosts SET state = 6",
        "UPDATE hosts SET mode = -1",          "UPDATE hosts SET wildcard = 2",
        "UPDATE hosts SET ttl_s = 4294967296", "UPDATE hosts SET interface_id = x''",
        "UPDATE hosts SET subnet = 65536",     "UPDATE hosts SET liveness_s = -1",
        "UPDATE hosts SET when_silent = 3",    "UPDATE hosts SET fallback_v4 = x'01'",
        "UPDATE hosts SET heartbeat = -1",     "UPDATE hosts SET quiet = 2",
    };
    for (size_t i = 0; i < LENGTH_OF(texts); i++) {
        FIXTURE(fixture);
        int64_t id = add_host(&fixture, "a.dyn.example.org");
        run_sql(fixture.store, texts[i]);
        struct host_row row = { .id = -1 };
        struct error err = { "" };
        struct seen seen = { .answer = OK };
        CHECK_INT(store_host_find(fixture.store, id, &row, &err), ERR_IO);
        CHECK(strstr(err.text, "hosts") != NULL);
        CHECK_INT(row.id, -1);
        CHECK_INT(store_host_list(fixture.store, 0,
                                  (struct store_page){ .after = 0, .limit = 9 }, note,
                                  &seen, NULL),
                  ERR_IO);
        CHECK_INT(seen.count, 0);
    }
}

TEST(further_addresses_that_are_nonsense_are_trouble)
{
    static const char *const texts[] = {
        "UPDATE addresses SET address = x'01' WHERE place = 1",
        "UPDATE addresses SET address = x'' WHERE place = 1",
        "INSERT INTO addresses SELECT host_id, 20, x'c0000209' FROM addresses LIMIT 1",
    };
    for (size_t i = 0; i < LENGTH_OF(texts); i++) {
        FIXTURE(fixture);
        int64_t id = add_host(&fixture, "a.dyn.example.org");
        struct host_row row;
        struct addresses all = make_addresses(8, 8);
        CHECK_INT(store_host_find(fixture.store, id, &row, NULL), OK);
        begin(fixture.store);
        CHECK_INT(store_host_set_addresses(fixture.store, &row, &all, NULL), OK);
        commit(fixture.store);
        run_sql(fixture.store, texts[i]);
        CHECK_INT(store_host_find(fixture.store, id, &row, NULL), OK);
        CHECK_INT(store_host_addresses(fixture.store, &row, &all, NULL), ERR_IO);
    }
}

/* A host of which nothing was seen yet, in a transaction that goes on. */
static void begin_with_unseen(struct fixture *fixture, struct host_row *out)
{
    int64_t id = add_host(fixture, "a.dyn.example.org");
    CHECK_INT(store_host_find(fixture->store, id, out, NULL), OK);
    begin(fixture->store);
    out->last_seen_s = 1;
    out->in_clear_s = 0;
    CHECK_INT(store_host_update(fixture->store, out, NULL), OK);
}

TEST(the_time_of_the_last_call_only_goes_forward_and_touches_nothing_else)
{
    static const struct {
        int64_t seen_s, want;
    } rows[] = { { 500, 500 }, { 400, 500 }, { 501, 501 } };
    FIXTURE(fixture);
    struct host_row want, got;
    begin_with_unseen(&fixture, &want);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        CHECK_INT(store_host_set_seen(fixture.store, want.id, rows[i].seen_s, 7, NULL),
                  OK);
        want.last_seen_s = rows[i].want;
        want.heartbeat = 7;
        CHECK_INT(store_host_find(fixture.store, want.id, &got, NULL), OK);
        check_same(&got, &want);
    }
    CHECK_INT(store_host_set_seen(fixture.store, 999, 5, 7, NULL), OK);
    commit(fixture.store);
    CHECK_INT(store_host_set_seen(fixture.store, want.id, 900, 7, NULL), ERR_IO);
}

TEST(the_day_in_clear_replaces_only_an_older_one_and_touches_nothing_else)
{
    static const struct {
        int64_t day_s, before_s, want_s;
    } rows[] = { { 172800, 172800, 172800 }, { 86400, 86400, 172800 },
                 { 0, 172800, 172800 },      { 259200, 259200, 259200 },
                 { 0, 259201, 0 },           { 86400, 86400, 86400 } };
    FIXTURE(fixture);
    struct host_row want, got;
    begin_with_unseen(&fixture, &want);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        CHECK_INT(store_host_set_in_clear(fixture.store, want.id, rows[i].day_s,
                                          rows[i].before_s, NULL),
                  OK);
        want.in_clear_s = rows[i].want_s;
        CHECK_INT(store_host_find(fixture.store, want.id, &got, NULL), OK);
        check_same(&got, &want);
    }
    CHECK_INT(store_host_set_in_clear(fixture.store, 999, 5, 5, NULL), OK);
    commit(fixture.store);
    CHECK_INT(store_host_set_in_clear(fixture.store, want.id, 1, 2, NULL), ERR_IO);
}
