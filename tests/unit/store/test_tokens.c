// SPDX-License-Identifier: GPL-3.0-or-later
#include "fixture.h"

#include <stdio.h>
#include <string.h>

static void check_same(const struct token_row *got, const struct token_row *want)
{
    CHECK_INT(got->id, want->id);
    CHECK_INT(got->account_id, want->account_id);
    CHECK_INT(got->kind, want->kind);
    CHECK(digest_equal(got->digest, want->digest));
    CHECK_INT(got->key_version, want->key_version);
    CHECK_TEXT(got->hint, want->hint);
    CHECK_TEXT(got->label, want->label);
    CHECK_INT(got->rights, want->rights);
    CHECK_INT(got->weak, want->weak);
    CHECK_INT(got->expires_s, want->expires_s);
    CHECK_INT(got->last_used_s, want->last_used_s);
    CHECK_INT(got->created_s, want->created_s);
    CHECK_INT(got->last_change, want->last_change);
    CHECK_INT(got->host_count, want->host_count);
    for (size_t i = 0; i < want->host_count; i++)
        CHECK_INT(got->host_ids[i], want->host_ids[i]);
    CHECK_INT(got->network_count, want->network_count);
    for (size_t i = 0; i < want->network_count; i++) {
        CHECK(ip_equal(got->networks[i].ip, want->networks[i].ip));
        CHECK_INT(got->networks[i].length, want->networks[i].length);
    }
}

/* A token with as many hosts and networks as there may be. */
static struct token_row full_token(const struct fixture *fixture)
{
    struct token_row row = token_of(1, fixture);
    for (size_t i = 0; i < TOKEN_HOSTS_MAX; i++) {
        char name[32];
        (void)snprintf(name, sizeof(name), "h%zu.dyn.example.org", i);
        row.host_ids[row.host_count++] = add_host(fixture, name);
    }
    for (size_t i = 0; i < TOKEN_NETWORKS_MAX; i++) {
        struct prefix prefix;
        struct str text = i % 2 ? STR("2001:db8::1/128") : STR("192.0.2.0/24");
        CHECK_INT(prefix_parse(text, &prefix), OK);
        row.networks[row.network_count++] = prefix;
    }
    return row;
}

TEST(a_token_comes_back_as_it_was_inserted)
{
    FIXTURE(fixture);
    struct token_row bare = token_of(2, &fixture), full = full_token(&fixture), got;
    begin(fixture.store);
    CHECK_INT(store_token_insert(fixture.store, &bare, NULL), OK);
    CHECK_INT(store_token_insert(fixture.store, &full, NULL), OK);
    commit(fixture.store);
    CHECK_INT(store_token_find(fixture.store, bare.id, &got, NULL), OK);
    check_same(&got, &bare);
    CHECK_INT(store_token_find_digest(fixture.store, full.digest, &got, NULL), OK);
    check_same(&got, &full);
}

TEST(an_update_replaces_the_row_the_hosts_and_the_networks)
{
    FIXTURE(fixture);
    struct token_row row = full_token(&fixture), got;
    begin(fixture.store);
    CHECK_INT(store_token_insert(fixture.store, &row, NULL), OK);
    row.kind = TOKEN_UPDATE;
    row.weak = false;
    row.digest.bytes[0] = 77;
    row.rights = RIGHT_TXT;
    row.host_ids[0] = row.host_ids[5];
    row.host_count = 1;
    row.networks[0] = row.networks[1];
    row.network_count = 1;
    CHECK_INT(store_token_update(fixture.store, &row, NULL), OK);
    commit(fixture.store);
    CHECK_INT(store_token_find_digest(fixture.store, row.digest, &got, NULL), OK);
    check_same(&got, &row);
}

TEST(a_host_that_is_named_twice_counts_once)
{
    FIXTURE(fixture);
    struct token_row row = token_of(1, &fixture), got;
    row.host_ids[0] = row.host_ids[1] = add_host(&fixture, "a.dyn.example.org");
    row.host_count = 2;
    begin(fixture.store);
    CHECK_INT(store_token_insert(fixture.store, &row, NULL), OK);
    commit(fixture.store);
    CHECK_INT(store_token_find(fixture.store, row.id, &got, NULL), OK);
    CHECK_INT(got.host_count, 1);
}

TEST(a_digest_is_taken_once)
{
    FIXTURE(fixture);
    struct token_row a = token_of(1, &fixture), b = token_of(2, &fixture), c = a;
    begin(fixture.store);
    CHECK_INT(store_token_insert(fixture.store, &a, NULL), OK);
    CHECK_INT(store_token_insert(fixture.store, &b, NULL), OK);
    CHECK_INT(store_token_insert(fixture.store, &c, NULL), ERR_EXISTS);
    b.digest = a.digest;
    CHECK_INT(store_token_update(fixture.store, &b, NULL), ERR_EXISTS);
    commit(fixture.store);
}

TEST(a_token_needs_an_account_and_hosts_that_exist)
{
    FIXTURE(fixture);
    struct token_row row = token_of(1, &fixture);
    struct error err = { "" };
    begin(fixture.store);
    row.account_id = 4711;
    CHECK_INT(store_token_insert(fixture.store, &row, &err), ERR_CONFLICT);
    row.account_id = fixture.account_id;
    row.host_ids[0] = 4712;
    row.host_count = 1;
    CHECK_INT(store_token_insert(fixture.store, &row, &err), ERR_CONFLICT);
    CHECK_TEXT(err.text, "no host 4712");
    store_rollback(fixture.store);
}

TEST(a_token_that_is_not_there_is_told_so_by_every_call)
{
    FIXTURE(fixture);
    struct token_row row = token_of(1, &fixture);
    row.id = 4711;
    begin(fixture.store);
    CHECK_INT(store_token_update(fixture.store, &row, NULL), ERR_NOT_FOUND);
    CHECK_INT(store_token_remove(fixture.store, row.id, NULL), ERR_NOT_FOUND);
    CHECK_INT(store_token_find(fixture.store, row.id, &row, NULL), ERR_NOT_FOUND);
    CHECK_INT(store_token_find_digest(fixture.store, row.digest, &row, NULL),
              ERR_NOT_FOUND);
    commit(fixture.store);
}

TEST(a_removed_token_is_gone_and_its_digest_is_free)
{
    FIXTURE(fixture);
    struct token_row row = full_token(&fixture), again = row, got;
    begin(fixture.store);
    CHECK_INT(store_token_insert(fixture.store, &row, NULL), OK);
    CHECK_INT(store_token_remove(fixture.store, row.id, NULL), OK);
    CHECK_INT(store_token_find_digest(fixture.store, row.digest, &got, NULL),
              ERR_NOT_FOUND);
    CHECK_INT(store_token_insert(fixture.store, &again, NULL), OK);
    CHECK(again.id > row.id);
    commit(fixture.store);
}

struct seen {
    struct token_row rows[4];
    size_t count;
    enum status answer;
};

static enum status note(void *ctx, const struct token_row *row)
{
    struct seen *seen = ctx;
    seen->rows[seen->count++] = *row;
    return seen->answer;
}

TEST(tokens_are_listed_by_host_or_all_of_them)
{
    FIXTURE(fixture);
    int64_t host_id = add_host(&fixture, "a.dyn.example.org");
    struct token_row tokens[3];
    begin(fixture.store);
    for (size_t i = 0; i < LENGTH_OF(tokens); i++) {
        tokens[i] = token_of((uint8_t)i, &fixture);
        tokens[i].host_ids[0] = host_id;
        tokens[i].host_count = i != 1;
        CHECK_INT(store_token_insert(fixture.store, &tokens[i], NULL), OK);
    }
    commit(fixture.store);
    const struct {
        int64_t host_id, after;
        size_t limit;
        enum status answer;
        size_t want, first;
    } rows[] = { { 0, 0, SIZE_MAX, OK, 3, 0 }, { 0, tokens[0].id, 1, OK, 1, 1 },
                 { host_id, 0, 10, OK, 2, 0 }, { host_id, tokens[0].id, 10, OK, 1, 2 },
                 { host_id, 0, 1, OK, 1, 0 },  { host_id + 1, 0, 10, OK, 0, 0 },
                 { 0, 0, 10, ERR_BUSY, 1, 0 } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct seen seen = { .answer = rows[i].answer };
        CHECK_INT(store_token_list(fixture.store, rows[i].host_id,
                                   (struct store_page){ .after = rows[i].after,
                                                        .limit = rows[i].limit },
                                   note, &seen, NULL),
                  rows[i].answer);
        CHECK_INT(seen.count, rows[i].want);
        if (seen.count)
            check_same(&seen.rows[0], &tokens[rows[i].first]);
    }
}

TEST(a_token_row_that_holds_nonsense_is_trouble)
{
    static const char *const texts[] = {
        "UPDATE tokens SET digest = x'01'",
        "UPDATE tokens SET kind = 4",
        "UPDATE tokens SET rights = 64",
        "UPDATE tokens SET hint = 'longer than it can be'",
        "UPDATE tokens SET label = 'a' || char(0) || 'b'",
        "UPDATE tokens SET networks = x'04'",
        "UPDATE tokens SET networks = x'0521c0000200'",
        "UPDATE tokens SET networks = x'0421c0000200'",
        "UPDATE tokens SET networks = x'0418c00002'",
        "UPDATE tokens SET networks = zeroblob(1)",
    };
    for (size_t i = 0; i < LENGTH_OF(texts); i++) {
        FIXTURE(fixture);
        struct token_row row = token_of(1, &fixture), got = { .id = -1 };
        begin(fixture.store);
        CHECK_INT(store_token_insert(fixture.store, &row, NULL), OK);
        commit(fixture.store);
        run_sql(fixture.store, texts[i]);
        struct seen seen = { .answer = OK };
        CHECK_INT(store_token_find(fixture.store, row.id, &got, NULL), ERR_IO);
        CHECK_INT(got.id, -1);
        CHECK_INT(store_token_list(fixture.store, 0,
                                   (struct store_page){ .after = 0, .limit = 9 }, note,
                                   &seen, NULL),
                  ERR_IO);
    }
}

TEST(a_token_with_more_networks_than_there_may_be_is_trouble)
{
    FIXTURE(fixture);
    struct token_row row = full_token(&fixture), got;
    begin(fixture.store);
    CHECK_INT(store_token_insert(fixture.store, &row, NULL), OK);
    commit(fixture.store);
    run_sql(fixture.store,
            "UPDATE tokens SET networks = CAST(networks || networks AS BLOB)");
    CHECK_INT(store_token_find(fixture.store, row.id, &got, NULL), ERR_IO);
}

TEST(a_token_with_more_hosts_than_there_may_be_is_trouble)
{
    FIXTURE(fixture);
    struct token_row row = full_token(&fixture), got;
    begin(fixture.store);
    CHECK_INT(store_token_insert(fixture.store, &row, NULL), OK);
    commit(fixture.store);
    (void)add_host(&fixture, "more.dyn.example.org");
    run_sql(fixture.store, "INSERT INTO token_hosts SELECT (SELECT min(id) FROM tokens),"
                           " max(id) FROM hosts");
    CHECK_INT(store_token_find(fixture.store, row.id, &got, NULL), ERR_IO);
}

/* ----- scanning ----- */

struct scan {
    struct token_row rows[8];
    size_t count, max;
};

static enum status note_scanned(void *ctx, const struct token_row *row)
{
    struct scan *scan = (struct scan *)ctx;
    scan->rows[scan->count++] = *row;
    return scan->count == scan->max ? ERR_LIMIT : OK;
}

TEST(a_scan_gives_each_token_once_with_all_its_hosts_page_by_page)
{
    FIXTURE(fixture);
    static struct scan scan;
    struct token_row full = full_token(&fixture), bare = token_of(2, &fixture),
                     one = token_of(3, &fixture);
    one.host_ids[one.host_count++] = full.host_ids[4];
    struct token_row *const tokens[] = { &full, &bare, &one };
    begin(fixture.store);
    for (size_t i = 0; i < LENGTH_OF(tokens); i++)
        CHECK_INT(store_token_insert(fixture.store, tokens[i], NULL), OK);
    commit(fixture.store);
    for (size_t limit = 1; limit <= 4; limit++) {
        int64_t after = 0;
        scan = (struct scan){ .count = 0 };
        for (size_t before = SIZE_MAX; before != scan.count;) {
            before = scan.count;
            CHECK_INT(
                store_token_scan(fixture.store,
                                 (struct store_page){ .after = after, .limit = limit },
                                 note_scanned, &scan, NULL),
                OK);
            CHECK(scan.count - before <= limit);
            after = scan.count ? scan.rows[scan.count - 1].id : 0;
        }
        CHECK_INT(scan.count, LENGTH_OF(tokens));
        for (size_t i = 0; i < LENGTH_OF(tokens); i++) {
            /* What a scan leaves out. */
            struct token_row want = *tokens[i];
            memset(want.hint, 0, sizeof(want.hint));
            memset(want.label, 0, sizeof(want.label));
            want.last_used_s = 0;
            want.created_s = 0;
            want.last_change = 0;
            check_same(&scan.rows[i], &want);
        }
    }
    scan = (struct scan){ .max = 2 };
    CHECK_INT(store_token_scan(fixture.store,
                               (struct store_page){ .after = 0, .limit = 9 },
                               note_scanned, &scan, NULL),
              ERR_LIMIT);
    CHECK_INT(scan.count, 2);
}
