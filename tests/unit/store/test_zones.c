// SPDX-License-Identifier: GPL-3.0-or-later
#include "fixture.h"

#include <string.h>

static void check_same(const struct zone_row *got, const struct zone_row *want)
{
    CHECK_INT(got->id, want->id);
    CHECK(name_equal(&got->name, &want->name));
    CHECK_INT(got->owner_id, want->owner_id);
    CHECK_INT(got->state, want->state);
    CHECK_INT(got->policy, want->policy);
    CHECK(name_equal(&got->mname, &want->mname));
    CHECK(name_equal(&got->rname, &want->rname));
    CHECK_INT(got->refresh_s, want->refresh_s);
    CHECK_INT(got->retry_s, want->retry_s);
    CHECK_INT(got->expire_s, want->expire_s);
    CHECK_INT(got->minimum_s, want->minimum_s);
    CHECK_INT(got->soa_ttl_s, want->soa_ttl_s);
    CHECK_INT(got->ns_ttl_s, want->ns_ttl_s);
    CHECK_INT(got->default_ttl_s, want->default_ttl_s);
    CHECK_INT(got->serial_base, want->serial_base);
    CHECK_INT(got->labels_max, want->labels_max);
    CHECK_INT(got->created_s, want->created_s);
    CHECK_INT(got->last_change, want->last_change);
}

TEST(a_zone_comes_back_as_it_was_inserted_and_updated)
{
    FIXTURE(fixture);
    struct zone_row row = zone_of("net.example.org", fixture.account_id), got;
    begin(fixture.store);
    CHECK_INT(store_zone_insert(fixture.store, &row, NULL), OK);
    CHECK_INT(store_zone_find(fixture.store, row.id, &got, NULL), OK);
    check_same(&got, &row);

    row.state = ZONE_ACTIVE;
    row.policy = ZONE_EVERYBODY;
    row.mname = name_of("ns2.example.org");
    row.serial_base = 1;
    row.default_ttl_s = 300;
    row.last_change = 9;
    CHECK_INT(store_zone_update(fixture.store, &row, NULL), OK);
    CHECK_INT(store_zone_find_name(fixture.store, &row.name, &got, NULL), OK);
    check_same(&got, &row);
    commit(fixture.store);
}

TEST(the_longest_zone_at_or_above_a_name_is_found)
{
    static const struct {
        const char *name, *want;
    } rows[] = { { "a.dyn.example.org", "dyn.example.org" },
                 { "dyn.example.org", "dyn.example.org" },
                 { "b.a.sub.dyn.example.org", "sub.dyn.example.org" },
                 { "sub.dyn.example.org", "sub.dyn.example.org" },
                 { "xsub.dyn.example.org", "dyn.example.org" },
                 { "example.org", NULL },
                 { "xdyn.example.org", NULL },
                 { ".", NULL } };
    FIXTURE(fixture);
    struct zone_row sub = zone_of("sub.dyn.example.org", fixture.account_id);
    begin(fixture.store);
    CHECK_INT(store_zone_insert(fixture.store, &sub, NULL), OK);
    commit(fixture.store);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct name name = name_of(rows[i].name);
        struct zone_row got;
        CHECK_INT(store_zone_find_longest(fixture.store, &name, &got, NULL),
                  rows[i].want ? OK : ERR_NOT_FOUND);
        if (rows[i].want)
            CHECK_TEXT(name_text(&got.name), rows[i].want);
    }
}

TEST(a_zone_of_the_root_is_above_everything)
{
    FIXTURE(fixture);
    struct zone_row root = zone_of(".", fixture.account_id), got;
    begin(fixture.store);
    CHECK_INT(store_zone_insert(fixture.store, &root, NULL), OK);
    struct name name = name_of("www.example");
    CHECK_INT(store_zone_find_longest(fixture.store, &name, &got, NULL), OK);
    CHECK_INT(got.id, root.id);
    commit(fixture.store);
}

TEST(a_zone_name_is_taken_once)
{
    FIXTURE(fixture);
    struct zone_row same = zone_of("DYN.example.org", fixture.account_id);
    struct zone_row other = zone_of("other.example.org", fixture.account_id);
    struct error err = { "" };
    begin(fixture.store);
    CHECK_INT(store_zone_insert(fixture.store, &same, &err), ERR_EXISTS);
    CHECK_TEXT(err.text, "a zone dyn.example.org exists");
    CHECK_INT(store_zone_insert(fixture.store, &other, &err), OK);
    other.name = same.name;
    CHECK_INT(store_zone_update(fixture.store, &other, &err), ERR_EXISTS);
    commit(fixture.store);
}

TEST(a_zone_needs_an_owner_who_exists)
{
    FIXTURE(fixture);
    struct zone_row row = zone_of("other.example.org", fixture.account_id + 1), got;
    begin(fixture.store);
    CHECK_INT(store_zone_insert(fixture.store, &row, NULL), ERR_CONFLICT);
    CHECK_INT(row.id, 0);
    CHECK_INT(store_zone_find_name(fixture.store, &row.name, &got, NULL), ERR_NOT_FOUND);
    commit(fixture.store);
}

static enum status count(void *ctx, const struct record_row *row)
{
    (void)row;
    ++*(int *)ctx;
    return OK;
}

TEST(a_zone_goes_with_its_records_but_not_while_it_has_hosts)
{
    FIXTURE(fixture);
    int64_t host_id = add_host(&fixture, "a.dyn.example.org");
    struct record_row record = { .zone_id = fixture.zone_id,
                                 .owner = name_of("dyn.example.org"),
                                 .type = RR_NS };
    int records = 0;
    begin(fixture.store);
    CHECK_INT(store_record_insert(fixture.store, &record, NULL), OK);
    CHECK_INT(store_zone_remove(fixture.store, fixture.zone_id, NULL), ERR_CONFLICT);
    CHECK_INT(store_host_remove(fixture.store, host_id, NULL), OK);
    CHECK_INT(store_zone_remove(fixture.store, fixture.zone_id, NULL), OK);
    CHECK_INT(store_record_list(fixture.store, 0, count, &records, NULL), OK);
    CHECK_INT(records, 0);
    commit(fixture.store);
}

TEST(a_zone_that_is_not_there_is_told_so_by_every_call)
{
    FIXTURE(fixture);
    struct zone_row row = zone_of("other.example.org", fixture.account_id);
    row.id = 99;
    begin(fixture.store);
    CHECK_INT(store_zone_update(fixture.store, &row, NULL), ERR_NOT_FOUND);
    CHECK_INT(store_zone_remove(fixture.store, row.id, NULL), ERR_NOT_FOUND);
    CHECK_INT(store_zone_find(fixture.store, row.id, &row, NULL), ERR_NOT_FOUND);
    CHECK_INT(store_zone_find_name(fixture.store, &row.name, &row, NULL), ERR_NOT_FOUND);
    commit(fixture.store);
}

static enum status stop(void *ctx, const struct zone_row *row)
{
    *(int64_t *)ctx = row->id;
    return ERR_LIMIT;
}

static enum status last(void *ctx, const struct zone_row *row)
{
    *(int64_t *)ctx = row->id;
    return OK;
}

TEST(zones_are_listed_by_id_until_the_caller_stops)
{
    FIXTURE(fixture);
    struct zone_row b = zone_of("b.example.org", fixture.account_id);
    begin(fixture.store);
    CHECK_INT(store_zone_insert(fixture.store, &b, NULL), OK);
    commit(fixture.store);
    int64_t id = 0;
    CHECK_INT(store_zone_list(fixture.store,
                              (struct store_page){ .after = 0, .limit = 10 }, last, &id,
                              NULL),
              OK);
    CHECK_INT(id, b.id);
    CHECK_INT(store_zone_list(fixture.store,
                              (struct store_page){ .after = 0, .limit = 1 }, last, &id,
                              NULL),
              OK);
    CHECK_INT(id, fixture.zone_id);
    CHECK_INT(
        store_zone_list(fixture.store,
                        (struct store_page){ .after = fixture.zone_id, .limit = 10 },
                        stop, &id, NULL),
        ERR_LIMIT);
    CHECK_INT(id, b.id);
}
