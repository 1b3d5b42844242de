// SPDX-License-Identifier: GPL-3.0-or-later
/* Every statement and every commit fails once. */
#include "fixture.h"

#include <string.h>
#include <unistd.h>

#include "base/fault.h"

/* One of everything, in a transaction that the caller has begun. */
static enum status write_all(struct store *store)
{
    struct account_row account = account_of("new@example.org");
    enum status status = store_account_insert(store, &account, NULL);
    struct fixture ids = { .account_id = account.id };
    struct zone_row zone = zone_of("new.example.org", account.id);
    if (!status)
        status = store_zone_insert(store, &zone, NULL);
    ids.zone_id = zone.id;
    struct host_row host = host_of("a.new.example.org", &ids);
    if (!status)
        status = store_host_insert(store, &host, NULL);
    struct change_row change = { .kind = CHANGE_HOST, .id = host.id };
    if (!status)
        status = store_change_append(store, &change, NULL);
    struct addresses addresses = { .v4.at = { ip_of("192.0.2.1"), ip_of("192.0.2.2") },
                                   .v4.count = 2 };
    if (!status)
        status = store_host_set_addresses(store, &host, &addresses, NULL);
    struct token_row token = token_of(9, &ids);
    token.host_ids[0] = host.id;
    token.host_count = 1;
    if (!status)
        status = store_token_insert(store, &token, NULL);
    if (!status)
        status = store_token_update(store, &token, NULL);
    if (!status)
        status = store_setting_put(store, "node", STR("x"), NULL);
    if (!status)
        status = store_tombstone_put(
            store,
            &(struct tombstone_row){ .name = host.name, .owner_id = 1, .until_s = 2 },
            NULL);
    return status;
}

static enum status count_account(void *ctx, const struct account_row *row)
{
    (void)row;
    ++*(int *)ctx;
    return OK;
}

static void check_visible(struct store *reader, int want_accounts, int64_t want_seq)
{
    int accounts = 0;
    int64_t seq = -1;
    CHECK_INT(store_account_list(reader, (struct store_page){ .after = 0, .limit = 9 },
                                 count_account, &accounts, NULL),
              OK);
    CHECK_INT(accounts, want_accounts);
    CHECK_INT(store_newest_seq(reader, &seq, NULL), OK);
    CHECK_INT(seq, want_seq);
}

static enum status write_in_transaction(struct store *store)
{
    enum status status = store_begin(store, NULL);
    if (status)
        return status;
    status = write_all(store);
    if (status) {
        store_rollback(store);
        return status;
    }
    return store_commit(store, NULL);
}

TEST(a_failure_at_any_point_leaves_nothing_half_done)
{
    static const struct {
        const char *point;
        uint64_t at_least;
    } rows[] = { { "store.begin", 1 }, { "store.step", 10 }, { "store.commit", 1 } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        FIXTURE(fixture);
        CLEANUP(store_closep) struct store *reader = fixture_reader(&fixture);
        uint64_t n = 1;
        for (;; n++) {
            fault_arm(rows[i].point, n, false);
            enum status status = write_in_transaction(fixture.store);
            uint64_t hits = fault_hits();
            fault_arm(NULL, 0, false);
            CHECK_INT(hits, status != OK);
            if (!status)
                break;
            CHECK_INT(status, ERR_IO);
            check_visible(reader, 1, 0);
        }
        CHECK(n > rows[i].at_least);
        check_visible(reader, 2, 1);
        CHECK_INT(store_check(fixture.store, NULL), OK);
    }
}

TEST(a_change_that_fails_within_a_savepoint_fails_alone)
{
    FIXTURE(fixture);
    CLEANUP(store_closep) struct store *reader = fixture_reader(&fixture);
    struct account_row good = account_of("good@example.org");
    uint64_t n = 1;
    for (;; n++) {
        struct change_row change = { .kind = CHANGE_ACCOUNT };
        begin(fixture.store);
        CHECK_INT(store_savepoint(fixture.store, NULL), OK);
        fault_arm("store.step", n, false);
        enum status status = write_all(fixture.store);
        CHECK_INT(fault_hits(), status != OK);
        fault_arm(NULL, 0, false);
        CHECK_INT(store_undo(fixture.store, NULL), OK);
        if (!status)
            break;
        CHECK_INT(store_change_append(fixture.store, &change, NULL), OK);
        commit(fixture.store);
        check_visible(reader, 1, (int64_t)n);
    }
    CHECK(n > 10);
    CHECK_INT(store_account_insert(fixture.store, &good, NULL), OK);
    commit(fixture.store);
    check_visible(reader, 2, (int64_t)n - 1);
}

TEST(savepoint_calls_tell_a_failure)
{
    FIXTURE(fixture);
    begin(fixture.store);
    fault_arm("store.step", 1, false);
    CHECK_INT(store_savepoint(fixture.store, NULL), ERR_IO);
    CHECK_INT(fault_hits(), 1);
    CHECK_INT(store_savepoint(fixture.store, NULL), OK);
    fault_arm("store.step", 1, false);
    CHECK_INT(store_release(fixture.store, NULL), ERR_IO);
    fault_arm("store.step", 1, false);
    CHECK_INT(store_undo(fixture.store, NULL), ERR_IO);
    fault_arm("store.step", 2, false);
    CHECK_INT(store_undo(fixture.store, NULL), ERR_IO);
    CHECK_INT(fault_hits(), 1);
    fault_arm(NULL, 0, false);
    store_rollback(fixture.store);
}

/* Looking for each thing by each way; the first trouble is told. */
static enum status read_all(const struct fixture *fixture)
{
    struct store *store = fixture->store;
    struct host_row host;
    struct token_row token;
    struct zone_row zone;
    int64_t number = 0;
    size_t count = 0;
    struct name name = name_of("a.new.example.org");
    struct addresses addresses;
    struct digest digest = token_of(9, fixture).digest;
    char text[8];
    struct buf out = BUF_ON(text);
    enum status status = store_host_find_name(store, &name, &host, NULL);
    if (!status)
        status = store_host_addresses(store, &host, &addresses, NULL);
    if (!status)
        status = store_host_followers(store, host.id, NULL, 0, &count, NULL);
    if (!status)
        status = store_token_find_digest(store, digest, &token, NULL);
    if (!status)
        status = store_zone_find_longest(store, &name, &zone, NULL);
    if (!status)
        status = store_newest_seq(store, &number, NULL);
    if (!status)
        status = store_setting_get(store, "node", &out, NULL);
    if (!status)
        status = store_tombstone_find(store, &name, 0, &number, NULL);
    return status;
}

TEST(a_failure_while_looking_is_told_and_is_never_taken_for_not_found)
{
    FIXTURE(fixture);
    CHECK_INT(write_in_transaction(fixture.store), OK);
    uint64_t n = 1;
    for (;; n++) {
        fault_arm("store.step", n, false);
        enum status status = read_all(&fixture);
        CHECK_INT(fault_hits(), status != OK);
        fault_arm(NULL, 0, false);
        if (!status)
            break;
        CHECK_INT(status, ERR_IO);
    }
    CHECK(n > 8);
}

TEST(a_failure_at_any_point_of_the_first_opening_can_be_mended_by_opening_again)
{
    static const char *const points[] = { "store.begin", "store.step", "store.commit" };
    for (size_t i = 0; i < LENGTH_OF(points); i++)
        for (uint64_t n = 1;; n++) {
            __attribute__((cleanup(fixture_close))) struct fixture fixture;
            fixture_folder(&fixture);
            fault_arm(points[i], n, false);
            enum status status =
                store_open(fixture.path, STORE_CREATE, &fixture.store, NULL);
            uint64_t hits = fault_hits();
            fault_arm(NULL, 0, false);
            CHECK_INT(hits, status != OK);
            if (!status) {
                CHECK(n > 1);
                break;
            }
            struct store *reader = NULL;
            /* No tables, or those of a step before the last. */
            enum status seen = store_open(fixture.path, STORE_READER, &reader, NULL);
            CHECK(seen == ERR_NOT_FOUND || seen == ERR_CONFLICT);
            CHECK_INT(store_open(fixture.path, STORE_CREATE, &fixture.store, NULL), OK);
        }
}

TEST(a_check_that_cannot_be_run_is_trouble_and_not_damage)
{
    FIXTURE(fixture);
    for (uint64_t n = 1; n <= 2; n++) {
        fault_arm("store.step", n, false);
        CHECK_INT(store_check(fixture.store, NULL), ERR_IO);
        CHECK_INT(fault_hits(), 1);
        fault_arm(NULL, 0, false);
    }
    CHECK_INT(store_check(fixture.store, NULL), OK);
}
