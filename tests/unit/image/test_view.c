// SPDX-License-Identifier: GPL-3.0-or-later
/* What different clients see at different times, and what stands in hidden places. */
#include "folder.h"

#include "image/draft.h"
#include "image/format.h"
#include "image/writer.h"

enum {
    NOW = 1000000, /* the time of every view */
};

struct ruled {
    const struct location_rule *rules;
    size_t rule_count;
    struct rows rows;
};

static enum status walk_ruled(void *ctx, const struct record_sink *sink,
                              struct error *err)
{
    struct ruled *ruled = (struct ruled *)ctx;
    for (size_t i = 0; i < ruled->rule_count; i++)
        CHECK_INT(sink_location(sink, &ruled->rules[i], err), OK);
    return walk_rows(&ruled->rows, sink, err);
}

static struct image *image_of(const struct folder *folder, struct ruled ruled)
{
    CLEANUP(image_writer_closep) struct image_writer *writer = NULL;
    struct image_source source = { .walk = walk_ruled, .ctx = &ruled };
    struct image *image = NULL;
    CHECK_INT(image_writer_open(folder->path, &writer, NULL), OK);
    CHECK_INT(image_rebuild(writer, &source, NULL), OK);
    CHECK_INT(image_open(folder->file, &image, NULL), OK);
    return image;
}

/* The last one is for everybody, and stands in only one of the two images. */
static const struct location_rule rules[] = {
    { { 10 }, 1, { 'a', 'a' } },          { { 10, 1 }, 2, { 'b', 'b' } },
    { { 10, 1, 2, 3 }, 4, { 'c', 'c' } }, { { 10, 1, 2 }, 3, { 0, 0 } },
    { { 192, 0, 2 }, 3, { 'd', 0 } },     { { 192, 0, 2 }, 3, { 'e', 'e' } },
    { { 0 }, 0, { 'z', 'z' } },
};

TEST(a_client_is_where_the_longest_prefix_of_its_address_says)
{
    static const struct {
        const char *client;
        char want[3], want_of_all[3];
    } rows[] = {
        { "10.2.0.1", "aa", "aa" }, { "10.1.0.1", "bb", "bb" },
        { "10.1.2.3", "cc", "cc" }, { "10.1.2.4", "", "" },
        { "192.0.2.7", "d", "d" }, /* the first of two */
        { "192.0.3.1", "", "zz" },  { "0.0.0.0", "", "zz" },
        { "2001:db8::1", "", "" },
    };
    struct folder folder = folder_make();
    for (size_t k = 0; k < 2; k++) {
        struct ruled ruled = { .rules = rules, .rule_count = LENGTH_OF(rules) - 1 + k };
        CLEANUP(image_closep) struct image *image = image_of(&folder, ruled);
        for (size_t i = 0; i < LENGTH_OF(rows); i++) {
            struct ip client;
            uint8_t location[2] = { 9, 9 };
            CHECK_INT(ip_parse(str_from(rows[i].client), &client), OK);
            image_locate(image, &client, location);
            CHECK(memcmp(location, k ? rows[i].want_of_all : rows[i].want, 2) == 0);
        }
    }
    folder_remove(&folder);
}

struct rule_walk {
    size_t seen, stop_after;
};

static enum status see_rule(void *ctx, const struct location_rule *rule)
{
    struct rule_walk *walk = (struct rule_walk *)ctx;
    CHECK(walk->seen < LENGTH_OF(rules));
    const struct location_rule *want = &rules[walk->seen++];
    CHECK(rule->prefix_n == want->prefix_n &&
          memcmp(rule->prefix, want->prefix, sizeof(rule->prefix)) == 0 &&
          memcmp(rule->location, want->location, sizeof(rule->location)) == 0);
    return walk->seen == walk->stop_after ? ERR_BUSY : OK;
}

TEST(rules_come_back_in_order_and_are_no_records)
{
    struct folder folder = folder_make();
    struct ruled ruled = { .rules = rules, .rule_count = LENGTH_OF(rules) };
    CLEANUP(image_closep) struct image *image = image_of(&folder, ruled);
    struct rule_walk all = { 0 }, some = { .stop_after = 2 };
    CHECK_INT(image_walk_locations(image, see_rule, &all), OK);
    CHECK_INT(all.seen, LENGTH_OF(rules));
    CHECK_INT(image_walk_locations(image, see_rule, &some), ERR_BUSY);
    CHECK_INT(some.seen, 2);
    folder_remove(&folder);
}

TEST(a_view_sees_the_records_of_its_place_and_time_with_the_ttl_that_is_left)
{
    static const struct {
        uint32_t ttl_s;
        int64_t stamp; /* from NOW; 0: none */
        char location[3], asked[3];
        int64_t want; /* TTL; -1: not seen */
    } rows[] = {
        { 60, 0, "", "", 60 },       { 60, 0, "", "lo", 60 },
        { 60, 0, "lo", "lo", 60 },   { 60, 0, "lo", "", -1 },
        { 60, 0, "lo", "lx", -1 },   { 0, 0, "", "", 0 },
        { 60, -1, "", "", 60 }, /* lives since a second */
        { 60, 1, "", "", -1 },       { 0, 1, "", "", 2 },
        { 0, 2, "", "", 2 },         { 0, 3, "", "", 3 },
        { 0, 3599, "", "", 3599 },   { 0, 3600, "", "", 3600 },
        { 0, 3601, "", "", 3600 },   { 0, -1, "", "", -1 }, /* dead since a second */
        { 0, 100, "lo", "lo", 100 }, { 0, 100, "lo", "", -1 },
        { 9, -100, "lo", "lo", 9 },
    };
    struct folder folder = folder_make();
    for (size_t i = 0; i < LENGTH_OF(rows) * 2; i++) {
        size_t row = i / 2;
        bool wildcard = i % 2;
        uint64_t stamp = rows[row].stamp ? image_tai(NOW + rows[row].stamp) : 0;
        struct record record = { .owner = name_of("a.example"),
                                 .type = RR_TXT,
                                 .wildcard = wildcard,
                                 .ttl_s = rows[row].ttl_s,
                                 .stamp = stamp,
                                 .rdata = STR("\4data") };
        memcpy(record.location, rows[row].location, 2);
        CLEANUP(image_closep)
        struct image *image = image_from(&folder, (struct rows){ &record, 1 });

        struct image_view view = { .now_tai = image_tai(NOW) };
        memcpy(view.location, rows[row].asked, 2);
        struct image_cursor cursor;
        struct image_record found;
        struct str name = name_bytes(&record.owner);
        image_find(image, &view, name, wildcard, &cursor);
        bool seen = image_next(&cursor, &found);
        CHECK_INT(seen ? (int64_t)found.ttl_s : -1, rows[row].want);
        /* What lies above a wildcard exists by a mark, which no view hides. */
        CHECK(image_name_exists(image, &view, name) == (seen || wildcard));
        CHECK(image_wildcard_exists(image, &view, name) == (seen && wildcard));
        CHECK_INT(image_closest_encloser(image, &view, name, STR("\0")).n,
                  seen || wildcard ? name.n : name.n - 2);

        image_find(image, NULL, name, wildcard, &cursor); /* sees everything */
        CHECK(image_next(&cursor, &found) && found.ttl_s == rows[row].ttl_s);
        CHECK(found.stamp == stamp && memcmp(found.location, record.location, 2) == 0);
        CHECK_STR(found.rdata, "\4data");
    }
    folder_remove(&folder);
}

TEST(the_count_of_time_is_that_of_tinydns)
{
    /* 2000-02-19 22:04:31, from the page of tinydns-data. */
    CHECK(image_tai(950997871) == 0x4000000038af1379);
}

TEST(a_note_comes_back_under_its_zone_alone)
{
    struct folder folder = folder_make();
    struct record rows[] = {
        { .owner = name_of("example"), .rdata = STR("first") },
        { .owner = name_of("example"), .type = RR_SOA, .rdata = STR("soa") },
        { .owner = name_of("."), .rdata = STR("root") },
        { .owner = name_of("a.example"), .type = RR_A, .rdata = STR("addr") },
    };
    CLEANUP(image_closep)
    struct image *image = image_from(&folder, (struct rows){ rows, LENGTH_OF(rows) });
    static const struct {
        const char *zone, *note;
    } wants[] = { { "example", "first" }, { ".", "root" }, { "a.example", NULL } };
    for (size_t i = 0; i < LENGTH_OF(wants); i++) {
        struct name zone = name_of(wants[i].zone);
        struct str note = STR("untouched");
        CHECK(image_note(image, &zone, &note) == (wants[i].note != NULL));
        CHECK_STR(note, wants[i].note ? wants[i].note : "untouched");
    }
    folder_remove(&folder);
}

static enum status count_record(void *ctx, const struct record *record)
{
    (void)record;
    ++*(size_t *)ctx;
    return OK;
}

/* Hosts of two zones in turn: more ranges than one entry of the index holds. */
TEST(a_zone_in_very_many_pieces_is_found_whole)
{
    enum {
        HOSTS = 20000
    };
    struct folder folder = folder_make();
    CLEANUP(mem_freep)
    struct record *rows = (struct record *)mem_new_array(HOSTS + 1, sizeof(*rows));
    for (size_t i = 0; i < HOSTS; i++) {
        char text[64];
        (void)snprintf(text, sizeof(text), "h%zu.%s", i, i % 2 ? "example" : "invalid");
        rows[i] =
            (struct record){ .owner = name_of(text), .type = RR_A, .rdata = STR("addr") };
    }
    rows[HOSTS] = (struct record){ .owner = name_of("example"),
                                   .type = RR_SOA,
                                   .rdata = STR("soa") };
    CLEANUP(image_closep)
    struct image *image = image_from(&folder, (struct rows){ rows, HOSTS + 1 });
    size_t records = 0;
    struct name zone = name_of("example"), other = name_of("invalid");
    CHECK_INT(image_walk_zone(image, &zone, count_record, &records), OK);
    CHECK_INT(records, HOSTS / 2 + 1);
    CHECK_INT(image_walk_zone(image, &other, count_record, &records), OK);
    CHECK_INT(records, HOSTS / 2 + 1); /* no zone begins there */
    folder_remove(&folder);
}

TEST(the_walk_of_a_zone_does_not_look_at_other_zones)
{
    struct folder folder = folder_make();
    struct record rows[] = {
        { .owner = name_of("a.other.example"), .type = RR_A, .rdata = STR("addr") },
        { .owner = name_of("other.example"), .type = RR_SOA, .rdata = STR("soa") },
        { .owner = name_of("a.example"), .type = RR_A, .rdata = STR("addr") },
        { .owner = name_of("example"), .type = RR_SOA, .rdata = STR("soa") },
    };
    image_close(image_from(&folder, (struct rows){ rows, LENGTH_OF(rows) }));
    CLEANUP(mem_freep) char *bytes = NULL;
    size_t n = 0, records = 0;
    CHECK_INT(file_read(folder.file, FILE_MAX, &bytes, &n, NULL), OK);
    memset(bytes + CDB_HEADER_SIZE, 0x7f, CDB_PAIR_SIZE); /* the lengths of the first */
    write_file(folder.file, str_bytes(bytes, n));

    CLEANUP(image_closep) struct image *image = NULL;
    CHECK_INT(image_open(folder.file, &image, NULL), OK);
    CHECK_INT(image_walk(image, count_record, &records), OK);
    CHECK_INT(records, 0);
    CHECK_INT(image_walk_zone(image, &rows[3].owner, count_record, &records), OK);
    CHECK_INT(records, 2);
    folder_remove(&folder);
}
