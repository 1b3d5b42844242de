// SPDX-License-Identifier: GPL-3.0-or-later
/* The journal, tombstones and settings. */
#include "fixture.h"

#include <string.h>

static struct change_row full_change(void)
{
    struct change_row row = { .kind = CHANGE_TOKEN,
                              .id = INT64_MAX,
                              .prev = 3,
                              .before_n = sizeof(row.before),
                              .after_n = 1,
                              .after = { 9 },
                              .time_s = 1700000000,
                              .source = ip_of("2001:db8::9"),
                              .name = name_of("a.dyn.example"),
                              .agent = "router/1.0",
                              .token_id = 4,
                              .dialect = 255,
                              .encrypted = true };
    memset(row.before, 0x5a, sizeof(row.before));
    return row;
}

/* Appends `count` rows in one transaction; gives the last seq. */
static int64_t append(const struct fixture *fixture, int count)
{
    struct change_row row = { .kind = CHANGE_HOST, .id = 1 };
    begin(fixture->store);
    for (int i = 0; i < count; i++)
        CHECK_INT(store_change_append(fixture->store, &row, NULL), OK);
    commit(fixture->store);
    return row.seq;
}

TEST(a_change_comes_back_as_it_was_appended)
{
    FIXTURE(fixture);
    struct change_row row = full_change(), got;
    begin(fixture.store);
    CHECK_INT(store_change_append(fixture.store, &row, NULL), OK);
    commit(fixture.store);
    CHECK_INT(row.seq, 1);
    CHECK_INT(store_change_find(fixture.store, row.seq, &got, NULL), OK);
    CHECK_INT(got.seq, row.seq);
    CHECK_INT(got.kind, row.kind);
    CHECK_INT(got.id, row.id);
    CHECK_INT(got.prev, row.prev);
    CHECK_INT(got.before_n, row.before_n);
    CHECK(memcmp(got.before, row.before, row.before_n) == 0);
    CHECK_INT(got.after_n, row.after_n);
    CHECK_INT(got.after[0], row.after[0]);
    CHECK_INT(got.time_s, row.time_s);
    CHECK(ip_equal(got.source, row.source));
    CHECK(name_equal(&got.name, &row.name));
    CHECK_TEXT(got.agent, row.agent);
    CHECK_INT(got.token_id, row.token_id);
    CHECK_INT(got.dialect, row.dialect);
    CHECK_INT(got.encrypted, row.encrypted);
    CHECK_INT(store_change_find(fixture.store, row.seq + 1, &got, NULL), ERR_NOT_FOUND);
}

TEST(the_newest_seq_is_that_of_the_last_change_and_0_without_any)
{
    FIXTURE(fixture);
    int64_t seq = -1;
    CHECK_INT(store_newest_seq(fixture.store, &seq, NULL), OK);
    CHECK_INT(seq, 0);
    CHECK_INT(append(&fixture, 5), 5);
    CHECK_INT(store_newest_seq(fixture.store, &seq, NULL), OK);
    CHECK_INT(seq, 5);
}

struct seen {
    int64_t first, last;
    size_t count;
    enum status answer;
};

static enum status note(void *ctx, const struct change_row *row)
{
    struct seen *seen = ctx;
    if (!seen->count++)
        seen->first = row->seq;
    CHECK(row->seq > seen->last);
    seen->last = row->seq;
    return seen->answer;
}

TEST(changes_are_listed_in_order_after_a_seq)
{
    static const struct {
        int64_t after;
        size_t limit;
        enum status answer;
        size_t want;
        int64_t first, last;
    } rows[] = { { 0, SIZE_MAX, OK, 9, 1, 9 },
                 { 4, 2, OK, 2, 5, 6 },
                 { 9, 10, OK, 0, 0, 0 },
                 { 2, 10, ERR_EXISTS, 1, 3, 3 } };
    FIXTURE(fixture);
    CHECK_INT(append(&fixture, 9), 9);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct seen seen = { .answer = rows[i].answer };
        CHECK_INT(store_change_list(fixture.store,
                                    (struct store_page){ .after = rows[i].after,
                                                         .limit = rows[i].limit },
                                    note, &seen, NULL),
                  rows[i].answer);
        CHECK_INT(seen.count, rows[i].want);
        CHECK_INT(seen.first, rows[i].first);
        CHECK_INT(seen.last, rows[i].last);
    }
}

TEST(trimming_takes_the_oldest_in_slices_and_never_the_newest)
{
    static const struct {
        int64_t below;
        size_t limit, want;
        int64_t first;
    } rows[] = { { 5, 3, 3, 4 },
                 { 5, 3, 1, 5 },
                 { 5, 3, 0, 5 },
                 { 100, 100, 5, 10 },
                 { 100, 100, 0, 10 } };
    FIXTURE(fixture);
    CHECK_INT(append(&fixture, 10), 10);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        size_t removed = 77;
        begin(fixture.store);
        CHECK_INT(store_change_trim(fixture.store, rows[i].below, INT64_MAX,
                                    rows[i].limit, &removed, NULL),
                  OK);
        commit(fixture.store);
        CHECK_INT(removed, rows[i].want);
        struct seen seen = { .answer = OK };
        CHECK_INT(store_change_list(fixture.store,
                                    (struct store_page){ .after = 0, .limit = 100 }, note,
                                    &seen, NULL),
                  OK);
        CHECK_INT(seen.first, rows[i].first);
        CHECK_INT(seen.last, 10);
    }
}

TEST(a_seq_never_falls_after_everything_was_trimmed_and_the_database_opened_again)
{
    FIXTURE(fixture);
    CHECK_INT(append(&fixture, 3), 3);
    size_t removed = 0;
    begin(fixture.store);
    CHECK_INT(
        store_change_trim(fixture.store, INT64_MAX, INT64_MAX, SIZE_MAX, &removed, NULL),
        OK);
    commit(fixture.store);
    CHECK_INT(removed, 2);
    fixture_reopen(&fixture);
    CHECK_INT(append(&fixture, 1), 4);
}

TEST(a_change_row_that_holds_nonsense_is_trouble)
{
    static const char *const texts[] = { "UPDATE changes SET kind = 0",
                                         "UPDATE changes SET kind = 99",
                                         "UPDATE changes SET before = zeroblob(193)",
                                         "UPDATE changes SET source = x'01'",
                                         "UPDATE changes SET name = x'0161'",
                                         "UPDATE changes SET dialect = 256",
                                         "UPDATE changes SET via = 99" };
    for (size_t i = 0; i < LENGTH_OF(texts); i++) {
        FIXTURE(fixture);
        CHECK_INT(append(&fixture, 1), 1);
        run_sql(fixture.store, texts[i]);
        struct change_row row = { .seq = -1 };
        struct seen seen = { .answer = OK };
        CHECK_INT(store_change_find(fixture.store, 1, &row, NULL), ERR_IO);
        CHECK_INT(row.seq, -1);
        CHECK_INT(store_change_list(fixture.store,
                                    (struct store_page){ .after = 0, .limit = 1 }, note,
                                    &seen, NULL),
                  ERR_IO);
    }
}

TEST(a_tombstone_holds_until_its_time_and_is_replaced_by_a_newer_one)
{
    FIXTURE(fixture);
    struct name name = name_of("old.dyn.example.org"),
                other = name_of("x.dyn.example.org");
    const struct tombstone_row first = { .name = name, .owner_id = 7, .until_s = 1000 },
                               second = { .name = name, .owner_id = 8, .until_s = 2000 };
    begin(fixture.store);
    CHECK_INT(store_tombstone_put(fixture.store, &first, NULL), OK);
    commit(fixture.store);
    int64_t owner_id = 0;
    CHECK_INT(store_tombstone_find(fixture.store, &name, 999, &owner_id, NULL), OK);
    CHECK_INT(owner_id, 7);
    CHECK_INT(store_tombstone_find(fixture.store, &name, 1000, &owner_id, NULL),
              ERR_NOT_FOUND);
    CHECK_INT(store_tombstone_find(fixture.store, &other, 0, &owner_id, NULL),
              ERR_NOT_FOUND);
    begin(fixture.store);
    CHECK_INT(store_tombstone_put(fixture.store, &second, NULL), OK);
    commit(fixture.store);
    CHECK_INT(store_tombstone_find(fixture.store, &name, 1000, &owner_id, NULL), OK);
    CHECK_INT(owner_id, 8);
}

TEST(a_setting_is_put_replaced_and_got)
{
    static const char *const values[] = { "first", "", "a longer second one" };
    FIXTURE(fixture);
    char text[32];
    struct buf out = BUF_ON(text);
    CHECK_INT(store_setting_get(fixture.store, "node", &out, NULL), ERR_NOT_FOUND);
    for (size_t i = 0; i < LENGTH_OF(values); i++) {
        begin(fixture.store);
        CHECK_INT(store_setting_put(fixture.store, "node", str_from(values[i]), NULL),
                  OK);
        commit(fixture.store);
        out = BUF_ON(text);
        CHECK_INT(store_setting_get(fixture.store, "node", &out, NULL), OK);
        CHECK_STR(buf_str(&out), values[i]);
    }
}

TEST(a_setting_that_does_not_fit_is_refused_and_nothing_is_written)
{
    FIXTURE(fixture);
    begin(fixture.store);
    CHECK_INT(store_setting_put(fixture.store, "node", STR("12345"), NULL), OK);
    commit(fixture.store);
    char text[4];
    struct buf out = BUF_ON(text);
    CHECK_INT(store_setting_get(fixture.store, "node", &out, NULL), ERR_LIMIT);
    CHECK_INT(out.n, 0);
}

TEST(only_rows_before_a_time_are_trimmed_of_the_oldest_that_are_looked_at)
{
    static const struct {
        int64_t before_s;
        size_t limit, want;
    } rows[] = {
        { 0, 100, 0 }, { 100, 100, 0 }, { 102, 1, 1 }, { 103, 100, 2 }, { 999, 3, 3 }
    };
    FIXTURE(fixture);
    begin(fixture.store);
    for (int64_t i = 0; i < 10; i++) {
        struct change_row row = { .kind = CHANGE_ZONE, .id = 1, .time_s = 100 + i };
        CHECK_INT(store_change_append(fixture.store, &row, NULL), OK);
    }
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        size_t removed = 77;
        CHECK_INT(store_change_trim(fixture.store, INT64_MAX, rows[i].before_s,
                                    rows[i].limit, &removed, NULL),
                  OK);
        CHECK_INT(removed, rows[i].want);
    }
    commit(fixture.store);
}

TEST(a_seq_can_be_made_to_pass_another_and_rises_from_there)
{
    static const struct {
        int64_t after, want;
    } rows[] = { { 0, 1 }, { 0, 2 }, { 1, 3 }, { 3, 4 }, { 100, 101 }, { 7, 102 } };
    FIXTURE(fixture);
    begin(fixture.store);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct change_row row = { .kind = CHANGE_ZONE, .id = 1 };
        CHECK_INT(store_change_append_after(fixture.store, rows[i].after, &row, NULL),
                  OK);
        CHECK_INT(row.seq, rows[i].want);
    }
    commit(fixture.store);
}
