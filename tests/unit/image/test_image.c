// SPDX-License-Identifier: GPL-3.0-or-later
#include "folder.h"

#include "base/random.h"
#include "image/format.h"

TEST(what_is_no_image_is_refused_and_leaves_the_output_alone)
{
    struct folder folder = folder_make();
    struct image *image = NULL;
    CHECK_INT(image_open(folder.file, &image, NULL), ERR_NOT_FOUND);
    CHECK_INT(image_open(folder.path, &image, NULL), ERR_SYNTAX); /* a directory */
    CHECK(mkfifo(folder.file, 0600) == 0);
    CHECK_INT(image_open(folder.file, &image, NULL), ERR_SYNTAX); /* and no waiting */
    CHECK(unlink(folder.file) == 0 && symlink("data.cdb", folder.file) == 0);
    CHECK_INT(image_open(folder.file, &image, NULL), ERR_IO); /* a loop */
    CHECK(unlink(folder.file) == 0);

    static const size_t sizes[] = { 0, 1, 2047 };
    static char zeros[2048];
    for (size_t i = 0; i < LENGTH_OF(sizes); i++) {
        struct error err = { "" };
        write_file(folder.file, str_bytes(zeros, sizes[i]));
        CHECK_INT(image_open(folder.file, &image, &err), ERR_SYNTAX);
        CHECK(strstr(err.text, folder.file) != NULL);
    }
    CHECK(image == NULL);
    folder_remove(&folder);
}

TEST(tables_must_lie_behind_the_header_within_the_file_and_in_whole_slots)
{
    static const struct {
        uint32_t at[2], slots[2]; /* tables 0 and 255 of a file of 2048 + 64 bytes */
        enum status want;
    } rows[] = {
        { { 0, 0 }, { 0, 0 }, OK },
        { { UINT32_MAX, 7 }, { 0, 0 }, OK }, /* no slots: never looked at */
        { { 2048, 2080 }, { 4, 4 }, OK },
        { { 2080, 2048 }, { 4, 4 }, OK },
        { { 2112, 0 }, { 1, 0 }, ERR_SYNTAX },
        { { 2113, 0 }, { 1, 0 }, ERR_SYNTAX },
        { { 2048, 2080 }, { 4, 5 }, ERR_SYNTAX },
        { { 2048, 2048 }, { 9, 1 }, ERR_SYNTAX },
        { { 2047, 2080 }, { 4, 4 }, ERR_SYNTAX },
        { { 0, 2080 }, { 1, 1 }, ERR_SYNTAX },
        { { 2048, 2081 }, { 4, 3 }, ERR_SYNTAX },
        { { 2048, 2080 }, { UINT32_MAX, 1 }, ERR_SYNTAX },
        { { UINT32_MAX, 2080 }, { UINT32_MAX, 1 }, ERR_SYNTAX },
    };
    struct folder folder = folder_make();
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        uint8_t bytes[CDB_HEADER_SIZE + 64] = { 0 };
        for (size_t k = 0; k < 2; k++) {
            cdb_put(bytes + k * 255 * CDB_PAIR_SIZE, rows[i].at[k]);
            cdb_put(bytes + k * 255 * CDB_PAIR_SIZE + 4, rows[i].slots[k]);
        }
        write_file(folder.file, str_bytes(bytes, sizeof(bytes)));
        CLEANUP(image_closep) struct image *image = NULL;
        CHECK_INT(image_open(folder.file, &image, NULL), rows[i].want);
    }
    folder_remove(&folder);
}

/* A file of one table, with entries as they are given, made by hand. */
struct entry {
    struct str key, value;
};
static size_t put_file(uint8_t *file, const struct entry *entries, size_t count)
{
    size_t at = CDB_HEADER_SIZE, slots_n = 2 * count;
    uint8_t slots[16 * 2 * CDB_PAIR_SIZE] = { 0 };
    CHECK(count <= 16);
    for (size_t i = 0; i < count; i++) {
        uint32_t hash = cdb_hash(CDB_HASH_START, entries[i].key);
        CHECK(hash % CDB_TABLES == cdb_hash(CDB_HASH_START, entries[0].key) % CDB_TABLES);
        size_t slot = (hash >> 8) % slots_n;
        while (cdb_get(slots + slot * CDB_PAIR_SIZE + 4))
            slot = (slot + 1) % slots_n;
        cdb_put(slots + slot * CDB_PAIR_SIZE, hash);
        cdb_put(slots + slot * CDB_PAIR_SIZE + 4, (uint32_t)at);
        cdb_put(file + at, (uint32_t)entries[i].key.n);
        cdb_put(file + at + 4, (uint32_t)entries[i].value.n);
        memcpy(file + at + 8, entries[i].key.at, entries[i].key.n);
        memcpy(file + at + 8 + entries[i].key.n, entries[i].value.at, entries[i].value.n);
        at += 8 + entries[i].key.n + entries[i].value.n;
    }
    uint32_t table = cdb_hash(CDB_HASH_START, entries[0].key) % CDB_TABLES;
    memset(file, 0, CDB_HEADER_SIZE);
    cdb_put(file + (size_t)table * CDB_PAIR_SIZE, (uint32_t)at);
    cdb_put(file + (size_t)table * CDB_PAIR_SIZE + 4, (uint32_t)slots_n);
    memcpy(file + at, slots, slots_n * CDB_PAIR_SIZE);
    return at + slots_n * CDB_PAIR_SIZE;
}

static enum status count_record(void *ctx, const struct record *record)
{
    (void)record;
    ++*(size_t *)ctx;
    return OK;
}

/* STR() for static rows. */
#define BYTES(literal) \
    { \
        (literal), sizeof(literal) - 1 \
    }
#define EXAMPLE_ORG "\7example\3org"
#define ALWAYS "\0\0\0\0\0\0\0\0"

TEST(records_with_a_location_or_a_time_and_damaged_values_are_passed_over)
{
    static const struct {
        struct str value;
        bool plain, wildcard;
    } rows[] = {
        { BYTES("\0\1=\0\0\1\54" ALWAYS "\300\0\2\1"), true, false },
        { BYTES("\0\1*\0\0\1\54" ALWAYS "\300\0\2\1"), false, true },
        { BYTES("\0\1>lo\0\0\1\54" ALWAYS "\300\0\2\1"), false, false },
        { BYTES("\0\1+lo\0\0\1\54" ALWAYS "\300\0\2\1"), false, false },
        { BYTES("\0\1=\0\0\1\54\100\0\0\0\0\0\0\12\300\0\2\1"), false, false },
        { BYTES("\0\1=\0\0\1\54\0\0\0\0\0\0\0\1\300\0\2\1"), false, false },
        { BYTES("\0\1=\0\0\1\54" ALWAYS), true, false }, /* no rdata */
        { BYTES("\0\1=\0\0\1\54\0\0\0\0\0\0\0"), false, false },
        { BYTES("\0\1?\0\0\1\54" ALWAYS "\300\0\2\1"), false, false },
        { BYTES("\0\1"), false, false },
        { BYTES(""), false, false },
    };
    struct folder folder = folder_make();
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        uint8_t file[CDB_HEADER_SIZE + 256];
        /* The literal's own zero is the root label. */
        struct entry entry = { str_bytes(EXAMPLE_ORG, sizeof(EXAMPLE_ORG)),
                               rows[i].value };
        size_t n = put_file(file, &entry, 1);
        write_file(folder.file, str_bytes(file, n));
        CLEANUP(image_closep) struct image *image = NULL;
        CHECK_INT(image_open(folder.file, &image, NULL), OK);

        struct image_cursor cursor;
        struct image_record record;
        image_find(image, entry.key, false, &cursor);
        CHECK(image_next(&cursor, &record) == rows[i].plain);
        image_find(image, entry.key, true, &cursor);
        CHECK(image_next(&cursor, &record) == rows[i].wildcard);
        bool any = rows[i].plain || rows[i].wildcard;
        CHECK(image_name_exists(image, entry.key) == any);
        struct name zone = name_of("org");
        size_t walked = 0;
        CHECK_INT(image_walk_zone(image, &zone, count_record, &walked), OK);
        CHECK_INT(walked, any);
    }
    folder_remove(&folder);
}

TEST(a_table_that_is_full_ends_after_one_round)
{
    /* Two slots, both with the wanted hash, and both point at another key. */
    uint8_t file[CDB_HEADER_SIZE + 256];
    struct str name = str_bytes(EXAMPLE_ORG, sizeof(EXAMPLE_ORG));
    struct entry entry = { name, STR("") };
    size_t n = put_file(file, &entry, 1);
    size_t table = n - 2 * (size_t)CDB_PAIR_SIZE;
    uint32_t hash = cdb_hash(CDB_HASH_START, name);
    for (size_t i = 0; i < 2; i++) {
        cdb_put(file + table + i * CDB_PAIR_SIZE, hash);
        cdb_put(file + table + i * CDB_PAIR_SIZE + 4, CDB_HEADER_SIZE);
    }
    file[CDB_HEADER_SIZE + 9] = 'E';
    struct folder folder = folder_make();
    write_file(folder.file, str_bytes(file, n));
    CLEANUP(image_closep) struct image *image = NULL;
    CHECK_INT(image_open(folder.file, &image, NULL), OK);
    struct image_cursor cursor;
    struct image_record record;
    image_find(image, name, false, &cursor);
    CHECK(!image_next(&cursor, &record));
    CHECK_INT(cursor.seen, 2);
    folder_remove(&folder);
}

/* Rows of records in several zones. */
static struct rows some_records(struct record rows[12])
{
    static const char *const owners[12] = {
        "a.example.org",
        "b.example.org",
        "example.org",
        "example.org",
        "x.a.example.org",
        "example.net",
        "aexample.org",
        "org",
        ".",
        "b.example.org",
        "c.d.example.org",
        "b.example.org",
    };
    for (size_t i = 0; i < 12; i++)
        rows[i] = (struct record){ .owner = name_of(owners[i]),
                                   .wildcard = i == 9,
                                   .type = (uint16_t)(i + 1),
                                   .ttl_s = (uint32_t)i,
                                   .rdata = STR("data") };
    return (struct rows){ rows, 12 };
}

struct seen {
    uint16_t types[12];
    size_t n, stop_after;
};
static enum status see(void *ctx, const struct record *record)
{
    struct seen *seen = (struct seen *)ctx;
    CHECK(seen->n < 12);
    CHECK_STR(record->rdata, "data");
    CHECK_INT(record->ttl_s, record->type - 1);
    CHECK(record->wildcard == (record->type == 10));
    seen->types[seen->n++] = record->type;
    return seen->n == seen->stop_after ? ERR_BUSY : OK;
}

TEST(a_walk_gives_the_records_of_a_zone_in_order_and_stops_when_told)
{
    static const struct {
        const char *zone;
        size_t n, stop_after;
        uint16_t types[12];
    } rows[] = {
        { "example.org", 8, 0, { 1, 2, 3, 4, 5, 10, 11, 12 } },
        { "a.example.org", 2, 0, { 1, 5 } },
        { "d.example.org", 1, 0, { 11 } },
        { "example.net", 1, 0, { 6 } },
        { "example.com", 0, 0, { 0 } },
        { ".", 12, 0, { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 } },
        { "example.org", 3, 3, { 1, 2, 3 } },
    };
    struct folder folder = folder_make();
    struct record records[12];
    CLEANUP(image_closep)
    struct image *image = image_from(&folder, some_records(records));
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct name zone = name_of(rows[i].zone);
        struct seen seen = { .stop_after = rows[i].stop_after };
        CHECK_INT(image_walk_zone(image, &zone, see, &seen),
                  rows[i].stop_after ? ERR_BUSY : OK);
        CHECK_INT(seen.n, rows[i].n);
        CHECK(memcmp(seen.types, rows[i].types, sizeof(seen.types)) == 0);
    }
    folder_remove(&folder);
}

/* Every question of this test may be asked of any file that opens. */
static void ask_everything(const struct image *image, struct rows rows)
{
    struct name root = name_of(".");
    size_t walked = 0;
    CHECK_INT(image_walk_zone(image, &root, count_record, &walked), OK);
    for (size_t i = 0; i < rows.n; i++) {
        struct str name = name_bytes(&rows.at[i].owner);
        for (unsigned wildcard = 0; wildcard < 2; wildcard++) {
            struct image_cursor cursor;
            struct image_record record;
            size_t sum = 0;
            image_find(image, name, wildcard, &cursor);
            while (image_next(&cursor, &record))
                sum += record.rdata.n ? (uint8_t)record.rdata.at[record.rdata.n - 1] : 1U;
            CHECK(sum < FILE_MAX);
        }
        CHECK(image_closest_encloser(image, name, STR("\0")).n <= name.n);
        (void)image_wildcard_exists(image, name);
    }
}

TEST(a_file_cut_short_anywhere_is_refused)
{
    struct folder folder = folder_make();
    struct record records[12];
    struct image *image = image_from(&folder, some_records(records));
    image_close(image);
    CLEANUP(mem_freep) char *bytes = NULL;
    size_t n = 0;
    CHECK_INT(file_read(folder.file, FILE_MAX, &bytes, &n, NULL), OK);
    for (size_t cut = 0; cut < n; cut++) {
        write_file(folder.file, str_bytes(bytes, cut));
        struct image *none = NULL;
        CHECK_INT(image_open(folder.file, &none, NULL), ERR_SYNTAX);
    }
    folder_remove(&folder);
}

/* Two strikes of three go behind the header, where the file still opens. */
static void damage(char *bytes, size_t n)
{
    static const char odd[] = { 0, 1, 8, 127, -128, -1 };
    for (uint32_t hits = 1 + random_below(8); hits > 0; hits--) {
        size_t from = random_below(3) ? CDB_HEADER_SIZE : 0;
        bytes[from + random_below((uint32_t)(n - from))] =
            random_below(2) ? odd[random_below(sizeof(odd))] : (char)random_below(128);
    }
}

TEST(damaged_files_never_lead_outside)
{
    struct folder folder = folder_make();
    struct record records[12];
    struct rows rows = some_records(records);
    image_close(image_from(&folder, rows));
    CLEANUP(mem_freep) char *bytes = NULL;
    size_t n = 0, opened = 0;
    CHECK_INT(file_read(folder.file, FILE_MAX, &bytes, &n, NULL), OK);
    for (unsigned round = 0; round < 3000; round++) {
        CLEANUP(mem_freep) char *copy = (char *)mem_new(n);
        memcpy(copy, bytes, n);
        damage(copy, n);
        write_file(folder.file, str_bytes(copy, n));
        CLEANUP(image_closep) struct image *image = NULL;
        if (image_open(folder.file, &image, NULL) == OK) {
            opened++;
            ask_everything(image, rows);
        }
    }
    CHECK(opened > 100);
    folder_remove(&folder);
}
