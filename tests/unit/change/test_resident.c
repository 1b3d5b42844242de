// SPDX-License-Identifier: GPL-3.0-or-later
#include "bed.h"

#include <string.h>

#include "base/fault.h"
#include "base/mem.h"
#include "base/random.h"
#include "change/change.h"
#include "change/seen.h"

/* The tables in memory against the database, through the calls that requests make. */
enum {
    NAMES = 24,
    TOKENS = 40,
    ACCOUNTS = 4,
    ROUNDS = 150,
    MANY = 7000, /* hosts that take several slices to load */
    TURN_MS = 10000,
    WALL_S = BED_NOW_S + 100000
};

struct town {
    struct bed bed;
    struct clock_manual clock;
    struct loop *loop;
    struct keys keys;
    struct change *change;
    size_t waiting, ready;
    int64_t accounts[ACCOUNTS];
    int64_t hosts[NAMES]; /* newest host of the name, 0: none yet */
    struct digest tokens[TOKENS];
    int64_t token_ids[TOKENS];
    size_t token_count;
    uint64_t serial;
    enum change_result told;
    bool was_same;
    enum status status; /* of the newest work */
};

static struct town town;

static void on_failed(void *ctx, const struct error *err)
{
    (void)ctx;
    fail_msg("%s", err->text);
}

static void on_ready(void *ctx)
{
    ((struct town *)ctx)->ready++;
}

static void town_start(void)
{
    const struct change_options options = { .database = town.bed.database,
                                            .keys = &town.keys,
                                            .private_allowed = true,
                                            .batch_max = 7,
                                            .failed = on_failed,
                                            .ready = on_ready,
                                            .ctx = &town };
    struct error err = { "" };
    clock_manual_init(&town.clock, WALL_S, 1000);
    town.loop = loop_new(&town.clock.clock);
    CHECK_INT(change_start(town.loop, &options, &town.change, &err), OK);
}

static void town_make(void)
{
    memset(&town, 0, sizeof(town));
    bed_make(&town.bed);
    bed_begin(&town.bed);
    town.accounts[0] = town.bed.owner_id;
    town.accounts[1] = bed_account(&town.bed, "ops@example.org", ROLE_OPERATOR);
    town.accounts[2] = bed_account(&town.bed, "b@example.org", ROLE_USER);
    town.accounts[3] = bed_account(&town.bed, "c@example.org", ROLE_USER);
    bed_commit(&town.bed);
    town.keys.pepper_version = 1;
    town.keys.master_version = 1;
    town.keys.seal_version = 1;
}

static void town_open(void)
{
    town_make();
    bed_close_store(&town.bed);
    town_start();
}

static void town_stop(void)
{
    change_stop(TAKE(town.change));
    loop_free(TAKE(town.loop));
}

static void town_remove(void)
{
    town_stop();
    fault_arm(NULL, 0, false);
    bed_remove(&town.bed);
}

static void wait_all(void)
{
    for (int i = 0; town.waiting && i < 100000; i++)
        loop_turn(town.loop, TURN_MS);
    CHECK_INT(town.waiting, 0);
}

/* ----- work ----- */

/* A piece of administration by closure; the hosts and tokens it makes are noted when done. */
struct work {
    enum status (*run)(const struct admin *admin, struct work *work, struct error *err);
    struct host_row host;
    struct token_row token;
    struct account_row account;
    struct addresses addresses;
    bool with_addresses;
    int64_t id;
    size_t place;
    void (*after)(const struct work *work);
};

static enum status run_work(struct store *store, void *ctx, struct error *err)
{
    struct work *work = (struct work *)ctx;
    const struct admin admin = { .store = store,
                                 .now_s = WALL_S,
                                 .actor = actor_at_machine() };
    return work->run(&admin, work, err);
}

static void work_done(void *ctx, enum status status, const struct error *err)
{
    struct work *work = (struct work *)ctx;
    (void)err;
    town.waiting--;
    town.status = status;
    if (!status && work->after)
        work->after(work);
    mem_free(work);
}

static void submit(const struct work *work)
{
    struct work *copy = NEW(struct work);
    *copy = *work;
    town.waiting++;
    CHECK(change_submit(town.change, run_work, copy, work_done, copy) == OK);
}

static enum status add_host(const struct admin *admin, struct work *work,
                            struct error *err)
{
    return admin_host_add(admin, &work->host, err);
}

static void note_host(const struct work *work)
{
    town.hosts[work->place] = work->host.id;
}

static enum status set_host(const struct admin *admin, struct work *work,
                            struct error *err)
{
    return admin_host_set(admin, &work->host,
                          work->with_addresses ? &work->addresses : NULL, err);
}

static enum status remove_host(const struct admin *admin, struct work *work,
                               struct error *err)
{
    enum status status = admin_host_remove(admin, work->id, err);
    if (status)
        return status;
    /* So that the name can be taken again at once. */
    const struct tombstone_row free = { .name = work->host.name,
                                        .owner_id = work->host.owner_id,
                                        .until_s = 1 };
    return store_tombstone_put(admin->store, &free, err);
}

static enum status add_token(const struct admin *admin, struct work *work,
                             struct error *err)
{
    return admin_token_add(admin, &work->token, err);
}

static void note_token(const struct work *work)
{
    if (town.token_count == TOKENS)
        return;
    town.tokens[town.token_count] = work->token.digest;
    town.token_ids[town.token_count++] = work->token.id;
}

static enum status set_token(const struct admin *admin, struct work *work,
                             struct error *err)
{
    return admin_token_set(admin, &work->token, err);
}

static enum status remove_token(const struct admin *admin, struct work *work,
                                struct error *err)
{
    return admin_token_remove(admin, work->id, err);
}

static enum status set_account(const struct admin *admin, struct work *work,
                               struct error *err)
{
    return admin_account_set(admin, &work->account, err);
}

static enum status remove_account(const struct admin *admin, struct work *work,
                                  struct error *err)
{
    return admin_account_remove(admin, work->id, err);
}

static struct name name_at(size_t place)
{
    char storage[64];
    struct buf text = BUF_ON(storage);
    buf_printf(&text, "n%zu.dyn.example.org", place);
    return bed_name(buf_text(&text));
}

static void submit_host(size_t place, size_t account)
{
    struct work work = { .run = add_host, .after = note_host, .place = place };
    work.host = (struct host_row){ .name = name_at(place),
                                   .owner_id = town.accounts[account],
                                   .private_allowed = true,
                                   .plain_http = true };
    submit(&work);
}

static void submit_token(const int64_t *host_ids, size_t count, size_t account,
                         bool has_network)
{
    struct work work = { .run = add_token, .after = note_token };
    work.token = (struct token_row){ .account_id = town.accounts[account],
                                     .rights = RIGHT_ADDRESS | RIGHT_PREFIX,
                                     .host_count = count,
                                     .network_count = has_network };
    work.token.networks[0] = (struct prefix){ bed_ip("198.51.100.0"), 24 };
    memcpy(work.token.host_ids, host_ids, count * sizeof(host_ids[0]));
    random_fill(&work.token.digest, sizeof(work.token.digest));
    submit(&work);
}

static void on_told(void *ctx, const struct change_outcome *outcome,
                    const struct rule_decision *decision)
{
    (void)ctx;
    (void)decision;
    town.waiting--;
    town.told = outcome->result;
    town.was_same = outcome->was_same;
}

static void update_row(const struct host_row *row, const char *text)
{
    const struct rule_value value = { .role = RULE_ADDRESS, .text = str_from(text) };
    const struct rule_request request = { .values = &value,
                                          .count = 1,
                                          .offline = strcmp(text, "offline") == 0,
                                          .may_renumber = true };
    const struct change_origin origin = { .dialect = 1 };
    town.waiting++;
    change_update(town.change, row, &request, &origin, on_told, NULL);
}

/* Finds the host as a request does; nothing when it is not there. */
static void update(size_t place, const char *text)
{
    struct host_row row;
    const struct name name = name_at(place);
    enum status status = change_find_host(town.change, &name, &row, NULL);
    CHECK(status == OK || status == ERR_NOT_FOUND);
    if (!status)
        update_row(&row, text);
}

/* ----- memory beside the database ----- */

static void check_host(size_t place)
{
    struct host_row got, want;
    const struct name name = name_at(place);
    enum status status = change_find_host(town.change, &name, &got, NULL);
    CHECK_INT(status,
              store_host_find_name(change_reader(town.change), &name, &want, NULL));
    if (status)
        return;
    CHECK_INT(got.id, want.id);
    CHECK_INT(got.zone_id, want.zone_id);
    CHECK_INT(got.owner_id, want.owner_id);
    CHECK(name_equal(&got.name, &want.name));
    CHECK(ip_equal(got.v4, want.v4) && ip_equal(got.v6, want.v6));
    CHECK_INT(got.more_addresses, want.more_addresses);
    CHECK_INT(got.mode, want.mode);
    CHECK_INT(got.state, want.state);
    CHECK_INT(got.round_robin, want.round_robin);
    CHECK_INT(got.private_allowed, want.private_allowed);
    CHECK_INT(got.plain_http, want.plain_http);
    CHECK_INT(got.follows_id, want.follows_id);
    CHECK_INT(got.subnet, want.subnet);
    CHECK(memcmp(got.interface_id, want.interface_id, 8) == 0);
    CHECK_INT(got.liveness_s, want.liveness_s);
    CHECK(change_last_seen(town.change, got.id) >= want.last_seen_s);
    CHECK(got.in_clear_s >= want.in_clear_s);
}

static void check_token(size_t i)
{
    struct token_row got, want;
    enum status status = change_find_token(town.change, town.tokens[i], &got, NULL);
    CHECK_INT(status, store_token_find_digest(change_reader(town.change), town.tokens[i],
                                              &want, NULL));
    if (status)
        return;
    CHECK_INT(got.id, want.id);
    CHECK_INT(got.account_id, want.account_id);
    CHECK_INT(got.kind, want.kind);
    CHECK(digest_equal(got.digest, want.digest));
    CHECK_INT(got.rights, want.rights);
    CHECK_INT(got.weak, want.weak);
    CHECK_INT(got.expires_s, want.expires_s);
    CHECK_INT(got.network_count, want.network_count);
    CHECK_INT(got.host_count, want.host_count);
    CHECK(memcmp(got.host_ids, want.host_ids, want.host_count * sizeof(int64_t)) == 0);
}

static void check_account(int64_t id)
{
    struct access_account got;
    struct account_row want;
    enum status status = change_find_account(town.change, id, &got, NULL);
    CHECK_INT(status, store_account_find(change_reader(town.change), id, &want, NULL));
    CHECK(status || (got.state == want.state && got.role == want.role));
}

static void check_all(void)
{
    for (size_t i = 0; i < NAMES; i++)
        check_host(i);
    for (size_t i = 0; i < town.token_count; i++)
        check_token(i);
    for (size_t i = 0; i < ACCOUNTS; i++)
        check_account(town.accounts[i]);
}

/* ----- anything at random ----- */

static const char *some_address(void)
{
    static char text[128];
    struct buf out = BUF_ON(text);
    unsigned n = random_below(200) + 1;
    switch (random_below(6)) {
    case 0:
        return "offline";
    case 1:
        buf_printf(&out, "192.0.2.%u,2001:db8::%u", n, n);
        break;
    case 2:
        buf_printf(&out, "192.0.2.%u,192.0.2.%u,2001:db8::%u", n, n + 1, n);
        break;
    case 3:
        buf_printf(&out, "2001:db8:%u::1/64", n);
        break;
    default:
        buf_printf(&out, "192.0.2.%u", n % 3 + 1);
        break;
    }
    return buf_text(&out);
}

static void set_some_host(size_t place)
{
    struct work work = { .run = set_host };
    const struct name name = name_at(place);
    if (store_host_find_name(change_reader(town.change), &name, &work.host, NULL))
        return;
    work.host.state = random_below(3);
    work.host.mode = random_below(2);
    work.host.round_robin = random_below(2);
    work.host.plain_http = random_below(2);
    work.host.liveness_s = (int32_t)random_below(100000);
    work.host.follows_id = random_below(2) ? town.hosts[random_below(NAMES)] : 0;
    work.host.subnet = (uint16_t)random_below(2);
    work.host.interface_id[7] = (uint8_t)random_below(2);
    if (random_below(4) == 0)
        work.host.owner_id = town.accounts[random_below(2) ? 0 : 2];
    work.with_addresses = random_below(3) == 0;
    work.addresses =
        (struct addresses){ .v4.at = { bed_ip("192.0.2.1"), bed_ip("192.0.2.2") },
                            .v4.count = random_below(3) };
    submit(&work);
}

static void remove_some_host(size_t place)
{
    struct work work = { .run = remove_host, .id = town.hosts[place] };
    work.host.name = name_at(place);
    work.host.owner_id = town.bed.owner_id;
    submit(&work);
}

static void some_token_work(void)
{
    struct work work = { .run = remove_token };
    size_t i = town.token_count ? random_below((uint32_t)town.token_count) : 0;
    if (random_below(2) || town.token_count == 0) {
        const int64_t ids[] = { town.hosts[random_below(NAMES)],
                                town.hosts[random_below(NAMES)] };
        submit_token(ids, 1 + random_below(2), random_below(2), random_below(4) == 0);
        return;
    }
    work.id = town.token_ids[i];
    if (random_below(2) &&
        !store_token_find(change_reader(town.change), work.id, &work.token, NULL)) {
        work.run = set_token;
        work.token.rights = 1 + random_below(7);
        work.token.expires_s = random_below(2) ? INT64_C(1) << (31 + random_below(3)) : 0;
    }
    submit(&work);
}

static void some_account_work(void)
{
    struct work work = { .run = set_account };
    int64_t id = town.accounts[random_below(ACCOUNTS)];
    if (store_account_find(change_reader(town.change), id, &work.account, NULL))
        return;
    work.account.state = random_below(2);
    if (id == town.accounts[3] && random_below(8) == 0) {
        work.run = remove_account;
        work.id = id;
    }
    submit(&work);
}

static void do_something(void)
{
    size_t place = random_below(NAMES);
    switch (random_below(10)) {
    case 0:
    case 1:
        submit_host(place, random_below(2) ? 0 : 2);
        break;
    case 2:
        remove_some_host(place);
        break;
    case 3:
        set_some_host(place);
        break;
    case 4:
        some_token_work();
        break;
    case 5:
        some_account_work();
        break;
    default:
        update(place, some_address());
        break;
    }
}

TEST(memory_says_what_the_database_says_whatever_happened)
{
    town_open();
    CHECK(change_is_ready(town.change));
    for (int round = 0; round < ROUNDS; round++) {
        for (unsigned i = random_below(20); i > 0; i--)
            do_something();
        wait_all();
        check_all();
    }
    CHECK(town.token_count > 5);
    /* And once more as it is read at a start. */
    town_stop();
    town_start();
    check_all();
    town_remove();
}

/* ----- no database ----- */

static void set_addresses_of(size_t place)
{
    submit_host(place, 0);
    wait_all();
    submit_token(&town.hosts[place], 1, 0, false);
    wait_all();
    update(place, "192.0.2.1,2001:db8::1");
    wait_all();
    CHECK_INT(town.told, CHANGE_DONE);
}

TEST(a_no_change_from_token_to_answer_touches_no_database)
{
    static const char *const points[] = { "store.read", "store.step" };
    town_open();
    set_addresses_of(0);
    for (size_t i = 0; i < LENGTH_OF(points); i++) {
        struct token_row token;
        struct access_account account;
        fault_arm(points[i], UINT32_MAX, false);
        CHECK(change_find_token(town.change, town.tokens[0], &token, NULL) == OK);
        CHECK(change_find_account(town.change, token.account_id, &account, NULL) == OK);
        update(0, "192.0.2.1");
        CHECK_INT(town.waiting, 0);
        CHECK_INT(town.told, CHANGE_SAME);
        update(0, "2001:db8::1/64");
        CHECK_INT(town.told, CHANGE_SAME);
        update(0, "junk");
        CHECK_INT(town.told, CHANGE_BAD_IP);
        update(1, "192.0.2.1"); /* no such host */
        const struct digest none = { { 1 } };
        CHECK(change_find_token(town.change, none, &token, NULL) == ERR_NOT_FOUND);
        CHECK_INT(fault_asked(), 0);
    }
    fault_arm("store.read", UINT32_MAX, false);
    struct host_row row;
    CHECK(change_find_host_id(town.change, town.hosts[0], &row, NULL) == OK);
    CHECK_INT(fault_asked(), 1); /* the count counts */
    town_remove();
}

TEST(a_rare_shape_that_cannot_be_read_is_trouble_and_not_a_fatal_word)
{
    town_open();
    set_addresses_of(0);
    struct work work = { .run = set_host };
    CHECK(change_find_host_id(town.change, town.hosts[0], &work.host, NULL) == OK);
    work.host.subnet = 7;
    submit(&work);
    submit_token(town.hosts, 1, 0, true);
    wait_all();
    struct host_row row;
    struct token_row token;
    const struct name name = name_at(0);
    fault_arm("store.read", 1, true);
    CHECK_INT(change_find_host(town.change, &name, &row, NULL), ERR_IO);
    CHECK_INT(change_find_token(town.change, town.tokens[1], &token, NULL), ERR_IO);
    fault_arm(NULL, 0, false);
    CHECK_INT(change_find_host(town.change, &name, &row, NULL), OK);
    CHECK_INT(row.subnet, 7);
    town_remove();
}

/* ----- at once ----- */

static struct host_row seen_row;
static struct token_row seen_token;
static struct access_account seen_account;
static enum status seen_status;

static void look(const struct work *work)
{
    const struct name name = name_at(0);
    (void)work;
    CHECK(change_find_host(town.change, &name, &seen_row, NULL) == OK);
    CHECK(change_find_account(town.change, town.accounts[0], &seen_account, NULL) == OK);
    seen_status = change_find_token(town.change, town.tokens[0], &seen_token, NULL);
}

TEST(what_was_revoked_blocked_or_disabled_counts_when_it_is_told)
{
    town_open();
    set_addresses_of(0);
    struct work host = { .run = set_host, .after = look };
    CHECK(change_find_host_id(town.change, town.hosts[0], &host.host, NULL) == OK);
    host.host.state = HOST_DISABLED;
    submit(&host);
    wait_all();
    CHECK_INT(seen_row.state, HOST_DISABLED);
    CHECK(seen_account.state == ACCOUNT_ACTIVE && seen_status == OK);

    struct work account = { .run = set_account, .after = look };
    CHECK(store_account_find(change_reader(town.change), town.accounts[0],
                             &account.account, NULL) == OK);
    account.account.state = ACCOUNT_BLOCKED;
    submit(&account);
    wait_all();
    CHECK(seen_account.state == ACCOUNT_BLOCKED && seen_status == OK);

    const struct work token = { .run = remove_token,
                                .id = town.token_ids[0],
                                .after = look };
    submit(&token);
    wait_all();
    CHECK_INT(seen_status, ERR_NOT_FOUND);
    town_remove();
}

static enum status fail_late(const struct admin *admin, struct work *work,
                             struct error *err)
{
    enum status status = admin_token_remove(admin, work->id, err);
    if (status)
        return status;
    return FAIL(err, ERR_CONFLICT, "on purpose");
}

TEST(work_that_was_undone_changes_nothing_in_memory)
{
    town_open();
    set_addresses_of(0);
    const struct work work = { .run = fail_late, .id = town.token_ids[0] };
    submit(&work);
    wait_all();
    CHECK_INT(town.status, ERR_CONFLICT);
    check_all();
    CHECK(change_find_token(town.change, town.tokens[0], &seen_token, NULL) == OK);
    town_remove();
}

TEST(an_update_that_fails_in_the_database_changes_nothing_in_memory)
{
    town_open();
    set_addresses_of(0);
    submit_host(1, 0);
    wait_all();
    fault_arm("store.step", 3, false); /* the row of the host, behind the journal's */
    update(0, "192.0.2.77");
    update(1, "192.0.2.78");
    wait_all();
    CHECK_INT(fault_hits(), 1);
    CHECK_INT(town.told, CHANGE_DONE); /* the second */
    check_all();
    update(0, "192.0.2.1");
    CHECK_INT(town.told, CHANGE_SAME);
    town_remove();
}

TEST(followers_are_renumbered_in_memory_too)
{
    town_open();
    set_addresses_of(0);
    submit_host(1, 0);
    wait_all();
    struct work work = { .run = set_host };
    CHECK(change_find_host_id(town.change, town.hosts[1], &work.host, NULL) == OK);
    work.host.follows_id = town.hosts[0];
    work.host.interface_id[7] = 9;
    submit(&work);
    wait_all();
    update(0, "2001:db8:5::1/64");
    wait_all();
    CHECK_INT(town.told, CHANGE_DONE);
    check_all();
    struct host_row row;
    const struct name name = name_at(1);
    CHECK(change_find_host(town.change, &name, &row, NULL) == OK);
    CHECK_TEXT(ip_text(row.v6), "2001:db8:5::9");
    /* With a follower a repeated prefix goes through the writer, without one it does not. */
    update(0, "2001:db8:5::1/64");
    CHECK_INT(town.waiting, 1);
    wait_all();
    CHECK(town.was_same);
    work.host.follows_id = 0;
    submit(&work);
    wait_all();
    update(0, "2001:db8:5::1/64");
    CHECK_INT(town.told, CHANGE_SAME);
    CHECK_INT(town.waiting, 0);
    town_remove();
}

/* ----- filling ----- */

static void fill(size_t count)
{
    bed_begin(&town.bed);
    for (size_t i = 0; i < count; i++) {
        struct host_row row = { .name = name_at(i),
                                .zone_id = town.bed.zone_id,
                                .owner_id = town.bed.owner_id,
                                .v4 = bed_ip("192.0.2.1"),
                                .ttl_s = 60,
                                .plain_http = true };
        CHECK(store_host_insert(town.bed.store, &row, NULL) == OK);
        if (i < NAMES)
            town.hosts[i] = row.id;
        struct token_row token = { .account_id = town.bed.owner_id,
                                   .rights = RIGHT_ADDRESS,
                                   .host_ids = { row.id },
                                   .host_count = 1 };
        memcpy(&token.digest, &row.id, sizeof(row.id));
        CHECK(store_token_insert(town.bed.store, &token, NULL) == OK);
        if (i < TOKENS / 2) {
            town.tokens[town.token_count] = token.digest;
            town.token_ids[town.token_count++] = token.id;
        }
    }
    bed_commit(&town.bed);
}

TEST(changes_of_every_kind_while_the_tables_are_filled_are_not_lost)
{
    town_make();
    fill(MANY);
    bed_close_store(&town.bed);
    town_start();
    CHECK(!change_is_ready(town.change));
    struct host_row row;
    struct token_row token;
    struct access_account account;
    const struct name name = name_at(0);
    CHECK_INT(change_find_host(town.change, &name, &row, NULL), ERR_BUSY);
    CHECK_INT(change_find_token(town.change, town.tokens[0], &token, NULL), ERR_BUSY);
    CHECK_INT(change_find_account(town.change, town.accounts[0], &account, NULL),
              ERR_BUSY);
    size_t turns = 0;
    for (; !change_is_ready(town.change); turns++) {
        size_t place = turns % NAMES;
        const struct work revoke = { .run = remove_token,
                                     .id = town.token_ids[place % 20] };
        remove_some_host(place);
        submit_host(place, 0);
        set_some_host((place + 1) % NAMES);
        if (turns % 3 == 0)
            submit(&revoke);
        if (!change_find_host_id(town.change, town.hosts[NAMES - 1], &row, NULL))
            update_row(&row, some_address());
        loop_turn(town.loop, TURN_MS);
    }
    CHECK(turns >= 3); /* one slice each */
    wait_all();
    check_all();
    for (size_t i = NAMES; i < MANY; i += 97)
        check_host(i);
    for (int i = 0; i < 3; i++)
        loop_turn(town.loop, 0);
    CHECK_INT(town.ready, 1);
    town_remove();
}

TEST(a_slice_that_cannot_be_read_is_read_again)
{
    town_make();
    fill(MANY);
    bed_close_store(&town.bed);
    town_start();
    fault_arm("store.read", 1, false);
    loop_turn(town.loop, TURN_MS);
    CHECK_INT(fault_hits(), 1);
    for (int i = 0; i < 100 && !change_is_ready(town.change); i++) {
        town.clock.now_ms += 1000;
        loop_turn(town.loop, TURN_MS);
    }
    CHECK(change_is_ready(town.change));
    for (size_t i = 0; i < MANY; i += 7)
        check_host(i);
    check_all();
    town_remove();
}

TEST(a_small_database_is_ready_at_the_start_and_told_so_from_the_loop)
{
    town_open();
    CHECK(change_is_ready(town.change));
    CHECK_INT(town.ready, 0);
    loop_turn(town.loop, TURN_MS);
    CHECK_INT(town.ready, 1);
    town_remove();
}

/* ----- last seen and throttle ----- */

static int64_t written_of(size_t place)
{
    struct host_row row;
    CHECK(store_host_find(change_reader(town.change), town.hosts[place], &row, NULL) ==
          OK);
    return row.last_seen_s;
}

static void pass(int64_t seconds)
{
    town.clock.now_s += seconds;
    town.clock.now_ms += seconds * 1000;
}

/* Until the queue has seen a second and its job is done. */
static void write_seen(void)
{
    int64_t seq = change_seq(town.change);
    pass(2);
    loop_turn(town.loop, 0);
    submit_host(NAMES - 1, 0); /* behind it in the queue; fails or not */
    wait_all();
    CHECK(change_seq(town.change) <= seq + 2);
}

TEST(a_call_is_seen_at_once_and_written_when_what_is_written_is_old)
{
    town_open();
    set_addresses_of(0);
    int64_t first = town.clock.now_s;
    CHECK_INT(change_last_seen(town.change, town.hosts[0]), first);
    CHECK_INT(written_of(0), first);
    pass(3000);
    update(0, "192.0.2.1");
    CHECK_INT(change_last_seen(town.change, town.hosts[0]), first + 3000);
    write_seen();
    CHECK_INT(written_of(0), first); /* not an hour yet */
    pass(2000);
    update(0, "192.0.2.1");
    int64_t second = town.clock.now_s;
    write_seen();
    CHECK_INT(written_of(0), second);
    CHECK_INT(change_last_seen(town.change, 999), 0);

    struct work work = { .run = set_host };
    CHECK(change_find_host_id(town.change, town.hosts[0], &work.host, NULL) == OK);
    work.host.liveness_s = 80000; /* an eighth are 10,000 s */
    submit(&work);
    wait_all();
    pass(9000);
    update(0, "192.0.2.1");
    write_seen();
    CHECK_INT(written_of(0), second);
    pass(2000);
    update(0, "192.0.2.1");
    town_stop(); /* what waits is written at the end */
    town_start();
    CHECK(written_of(0) > second);
    town_remove();
}

/* Hosts of whose call the database knows. */
static size_t count_written(size_t hosts)
{
    size_t count = 0;
    for (size_t i = 0; i < hosts; i++) {
        struct host_row row;
        const struct name name = name_at(i);
        CHECK(store_host_find_name(change_reader(town.change), &name, &row, NULL) == OK);
        count += row.last_seen_s > 0;
    }
    return count;
}

TEST(at_most_so_many_calls_are_written_a_second_and_none_is_a_change)
{
    enum {
        CALLS = SEEN_RATE + 100
    };
    static const size_t wants[] = { SEEN_RATE, CALLS };
    town_make();
    fill(CALLS);
    bed_close_store(&town.bed);
    town_start();
    loop_turn(town.loop, 0);
    int64_t seq = change_seq(town.change);
    for (size_t i = 0; i < CALLS; i++)
        update(i, "192.0.2.1");
    for (size_t second = 0; second < LENGTH_OF(wants); second++) {
        pass(1);
        size_t count = 0;
        for (int i = 0; i < 1000 && count < wants[second]; i++) {
            loop_turn(town.loop, 10);
            count = count_written(CALLS);
        }
        CHECK_INT(count, wants[second]);
    }
    CHECK_INT(change_seq(town.change), seq);
    town_remove();
}

TEST(the_throttle_of_a_host_outlives_changes_of_it)
{
    town_open();
    set_addresses_of(0);
    CHECK_INT(*change_host_throttle(town.change, town.hosts[0]), 0);
    *change_host_throttle(town.change, town.hosts[0]) = 42;
    update(0, "192.0.2.9");
    set_some_host(0);
    wait_all();
    CHECK_INT(*change_host_throttle(town.change, town.hosts[0]), 42);
    CHECK(change_host_throttle(town.change, 999) == NULL);
    town_remove();
}
