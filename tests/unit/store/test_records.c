// SPDX-License-Identifier: GPL-3.0-or-later
#include "fixture.h"

#include <string.h>

struct seen {
    struct record_row rows[4];
    size_t count;
    enum status answer;
};

static enum status note(void *ctx, const struct record_row *row)
{
    struct seen *seen = ctx;
    seen->rows[seen->count++] = *row;
    return seen->answer;
}

/* With as much data as a record may have. */
static struct record_row full_record(const struct fixture *fixture)
{
    struct record_row row = { .zone_id = fixture->zone_id,
                              .owner = name_of("_acme-challenge.a.dyn.example.org"),
                              .wildcard = true,
                              .type = UINT16_MAX,
                              .ttl_s = UINT32_MAX,
                              .rdata_n = sizeof(row.rdata),
                              .expires_s = 1700000000 };
    memset(row.rdata, 0xa5, sizeof(row.rdata));
    return row;
}

TEST(a_record_comes_back_as_it_was_inserted)
{
    FIXTURE(fixture);
    struct record_row row = full_record(&fixture);
    row.host_id = add_host(&fixture, "a.dyn.example.org");
    begin(fixture.store);
    CHECK_INT(store_record_insert(fixture.store, &row, NULL), OK);
    commit(fixture.store);
    struct seen seen = { .answer = OK };
    CHECK_INT(store_record_list(fixture.store, 0, note, &seen, NULL), OK);
    CHECK_INT(seen.count, 1);
    const struct record_row *got = &seen.rows[0];
    CHECK_INT(got->id, row.id);
    CHECK_INT(got->zone_id, row.zone_id);
    CHECK_INT(got->host_id, row.host_id);
    CHECK(name_equal(&got->owner, &row.owner));
    CHECK_INT(got->wildcard, row.wildcard);
    CHECK_INT(got->type, row.type);
    CHECK_INT(got->ttl_s, row.ttl_s);
    CHECK_INT(got->rdata_n, row.rdata_n);
    CHECK(memcmp(got->rdata, row.rdata, row.rdata_n) == 0);
    CHECK_INT(got->expires_s, row.expires_s);
}

TEST(records_are_listed_by_zone_or_all_of_them)
{
    FIXTURE(fixture);
    struct zone_row other = zone_of("other.example.org", fixture.account_id);
    struct record_row a = full_record(&fixture), b = a;
    a.rdata_n = 0;
    begin(fixture.store);
    CHECK_INT(store_zone_insert(fixture.store, &other, NULL), OK);
    b.zone_id = other.id;
    CHECK_INT(store_record_insert(fixture.store, &a, NULL), OK);
    CHECK_INT(store_record_insert(fixture.store, &b, NULL), OK);
    commit(fixture.store);
    const struct {
        int64_t zone_id;
        enum status answer;
        size_t want;
        int64_t first;
    } rows[] = { { 0, OK, 2, a.id },
                 { fixture.zone_id, OK, 1, a.id },
                 { other.id, OK, 1, b.id },
                 { 0, ERR_SYNTAX, 1, a.id } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct seen seen = { .answer = rows[i].answer };
        CHECK_INT(store_record_list(fixture.store, rows[i].zone_id, note, &seen, NULL),
                  rows[i].answer);
        CHECK_INT(seen.count, rows[i].want);
        CHECK_INT(seen.rows[0].id, rows[i].first);
    }
}

TEST(a_record_is_removed_once)
{
    FIXTURE(fixture);
    struct record_row row = full_record(&fixture);
    struct seen seen = { .answer = OK };
    begin(fixture.store);
    CHECK_INT(store_record_insert(fixture.store, &row, NULL), OK);
    CHECK_INT(store_record_remove(fixture.store, row.id, NULL), OK);
    CHECK_INT(store_record_remove(fixture.store, row.id, NULL), ERR_NOT_FOUND);
    commit(fixture.store);
    CHECK_INT(store_record_list(fixture.store, 0, note, &seen, NULL), OK);
    CHECK_INT(seen.count, 0);
}

TEST(a_record_needs_a_zone_that_exists)
{
    FIXTURE(fixture);
    struct record_row row = full_record(&fixture);
    struct error err = { "" };
    row.zone_id = 4711;
    begin(fixture.store);
    CHECK_INT(store_record_insert(fixture.store, &row, &err), ERR_CONFLICT);
    CHECK(strstr(err.text, "_acme-challenge.a.dyn.example.org") != NULL);
    commit(fixture.store);
}

TEST(a_record_row_that_holds_nonsense_is_trouble)
{
    static const char *const texts[] = { "UPDATE records SET type = 65536",
                                         "UPDATE records SET rdata = zeroblob(1025)",
                                         "UPDATE records SET owner = x'0161'" };
    for (size_t i = 0; i < LENGTH_OF(texts); i++) {
        FIXTURE(fixture);
        struct record_row row = full_record(&fixture);
        struct seen seen = { .answer = OK };
        begin(fixture.store);
        CHECK_INT(store_record_insert(fixture.store, &row, NULL), OK);
        commit(fixture.store);
        run_sql(fixture.store, texts[i]);
        CHECK_INT(store_record_list(fixture.store, 0, note, &seen, NULL), ERR_IO);
        CHECK_INT(seen.count, 0);
    }
}
