// SPDX-License-Identifier: GPL-3.0-or-later
/* The log of actions in the journal, and replies that are remembered. */
#include "fixture.h"

#include <string.h>

#include "base/mem.h"

enum {
    NOW = 1000000
};

static int64_t append(const struct fixture *fixture, struct change_row row)
{
    row.kind = CHANGE_ACT;
    row.time_s = NOW;
    begin(fixture->store);
    CHECK_INT(store_change_append(fixture->store, &row, NULL), OK);
    commit(fixture->store);
    return row.seq;
}

struct seen {
    int64_t seqs[8];
    size_t count;
};

static enum status note(void *ctx, const struct change_row *row)
{
    struct seen *seen = (struct seen *)ctx;
    seen->seqs[seen->count++] = row->seq;
    return OK;
}

static void check_log(const struct fixture *fixture, enum store_log log,
                      struct store_page page, const char *want)
{
    char storage[32];
    struct buf got = BUF_ON(storage);
    struct seen seen = { .count = 0 };
    CHECK_INT(store_change_log(fixture->store, log, page, note, &seen, NULL), OK);
    for (size_t i = 0; i < seen.count; i++)
        buf_printf(&got, "%d", (int)seen.seqs[i]);
    CHECK_TEXT(buf_text(&got), want);
}

TEST(the_log_has_what_people_did_by_owner_and_actor_from_the_newest_back)
{
    FIXTURE(fixture);
    append(&fixture, (struct change_row){ .via = VIA_UPDATE });
    append(&fixture, (struct change_row){ .via = VIA_MACHINE, .owner_id = 5 });
    append(&fixture, (struct change_row){ .via = VIA_SESSION, .account_id = 5 });
    append(&fixture,
           (struct change_row){ .via = VIA_TOKEN, .owner_id = 6, .account_id = 5 });
    append(&fixture,
           (struct change_row){ .via = VIA_SESSION, .owner_id = 5, .account_id = 5 });
    append(&fixture, (struct change_row){ .via = VIA_SERVICE, .owner_id = 6 });
    check_log(&fixture, STORE_LOG_ALL, (struct store_page){ .limit = 8 }, "654321");
    check_log(&fixture, STORE_LOG_PEOPLE, (struct store_page){ .limit = 8 }, "65432");
    check_log(&fixture, STORE_LOG_PEOPLE, (struct store_page){ 4, 2, 0 }, "32");
    check_log(&fixture, STORE_LOG_ACCOUNT, (struct store_page){ 0, 8, 5 }, "5432");
    check_log(&fixture, STORE_LOG_ACCOUNT, (struct store_page){ 5, 2, 5 }, "43");
    check_log(&fixture, STORE_LOG_ACCOUNT, (struct store_page){ 0, 8, 6 }, "64");
    check_log(&fixture, STORE_LOG_ACCOUNT, (struct store_page){ 0, 8, 7 }, "");
}

TEST(the_sources_of_people_become_networks_once_and_those_of_devices_stay)
{
    static const struct {
        enum change_via via;
        const char *source, *want;
    } rows[] = {
        { VIA_UPDATE, "198.51.100.7", "198.51.100.7" },
        { VIA_SESSION, "198.51.100.7", "198.51.100.0" },
        { VIA_TOKEN, "2001:db8:1:2:3::4", "2001:db8:1::" },
    };
    FIXTURE(fixture);
    size_t count = 0;
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        append(&fixture, (struct change_row){ .via = rows[i].via,
                                              .source = ip_of(rows[i].source) });
    append(&fixture, (struct change_row){ .via = VIA_MACHINE });
    begin(fixture.store);
    CHECK_INT(store_change_shorten(fixture.store, NOW, 9, &count, NULL), OK);
    CHECK_INT(count, 0); /* none is old enough */
    CHECK_INT(store_change_shorten(fixture.store, NOW + 1, 1, &count, NULL), OK);
    CHECK_INT(count, 1);
    CHECK_INT(store_change_shorten(fixture.store, NOW + 1, 9, &count, NULL), OK);
    CHECK_INT(count, 2);
    CHECK_INT(store_change_shorten(fixture.store, NOW + 1, 9, &count, NULL), OK);
    CHECK_INT(count, 2); /* as it was: nothing is left */
    commit(fixture.store);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct change_row row;
        CHECK_INT(store_change_find(fixture.store, (int64_t)i + 1, &row, NULL), OK);
        CHECK_TEXT(ip_text(row.source), rows[i].want);
    }
}

/* ----- replies ----- */

static struct digest digest_of(uint8_t number)
{
    return (struct digest){ { number } };
}

static void keep(const struct fixture *fixture, uint8_t number, int64_t created_s,
                 struct str body)
{
    struct reply_row row = { .account_id = fixture->account_id,
                             .digest = digest_of(number),
                             .request = digest_of(100),
                             .created_s = created_s };
    CHECK_INT(store_reply_insert(fixture->store, &row, body, NULL), OK);
}

static bool is_kept(const struct fixture *fixture, uint8_t number)
{
    struct reply_row row;
    char *body = NULL;
    size_t n = 0;
    enum status status =
        store_reply_find(fixture->store, digest_of(number), &row, &body, &n, NULL);
    mem_free(body);
    CHECK(status == OK || status == ERR_NOT_FOUND);
    return status == OK;
}

TEST(a_reply_comes_back_and_is_bounded_by_number_size_and_age)
{
    FIXTURE(fixture);
    size_t removed = 0;
    struct reply_row row;
    char *body = NULL;
    size_t n = 0;
    begin(fixture.store);
    for (uint8_t i = 1; i <= 5; i++)
        keep(&fixture, i, NOW + i, STR("12345"));
    CHECK_INT(store_reply_find(fixture.store, digest_of(3), &row, &body, &n, NULL), OK);
    CHECK_STR(str_bytes(body, n), "12345");
    CHECK(digest_equal(row.request, digest_of(100)) && row.created_s == NOW + 3);
    mem_free(body);
    CHECK_INT(store_reply_bound(fixture.store, fixture.account_id, 4, 100, NULL), OK);
    CHECK(!is_kept(&fixture, 1) && is_kept(&fixture, 2));
    CHECK_INT(store_reply_bound(fixture.store, fixture.account_id, 4, 14, NULL), OK);
    CHECK(!is_kept(&fixture, 3) && is_kept(&fixture, 4));
    CHECK_INT(store_reply_trim(fixture.store, NOW + 5, 9, &removed, NULL), OK);
    CHECK(removed == 1 && !is_kept(&fixture, 4) && is_kept(&fixture, 5));
    /* One alone stays, however large. */
    CHECK_INT(store_reply_bound(fixture.store, fixture.account_id, 4, 1, NULL), OK);
    CHECK(is_kept(&fixture, 5));
    CHECK_INT(store_reply_remove(fixture.store, digest_of(5), NULL), OK);
    CHECK_INT(store_reply_remove(fixture.store, digest_of(5), NULL), OK);
    CHECK(!is_kept(&fixture, 5));
    commit(fixture.store);
}
