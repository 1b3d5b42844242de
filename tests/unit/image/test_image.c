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
        { { 0, 0 }, { 0, 0 }, ERR_SYNTAX }, /* zeros: it never reached the disk */
        { { 2048, 2048 }, { 0, 0 }, OK },
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

TEST(values_are_taken_apart_and_damaged_ones_are_passed_over)
{
    static const struct {
        struct str value;
        bool plain, wildcard;
    } rows[] = {
        { BYTES("\0\1=\0\0\1\54" ALWAYS "\300\0\2\1"), true, false },
        { BYTES("\0\1*\0\0\1\54" ALWAYS "\300\0\2\1"), false, true },
        { BYTES("\0\1>lo\0\0\1\54" ALWAYS "\300\0\2\1"), true, false },
        { BYTES("\0\1+lo\0\0\1\54" ALWAYS "\300\0\2\1"), false, true },
        { BYTES("\0\1>lo\0\0\1\54" ALWAYS), true, false }, /* no rdata */
        { BYTES("\0\1>lo\0\0\1\54\0\0\0\0\0\0\0"), false, false },
        { BYTES("\0\1=\0\0\1\54\100\0\0\0\0\0\0\12\300\0\2\1"), true, false },
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
        image_find(image, NULL, entry.key, false, &cursor);
        CHECK(image_next(&cursor, &record) == rows[i].plain);
        image_find(image, NULL, entry.key, true, &cursor);
        CHECK(image_next(&cursor, &record) == rows[i].wildcard);
        bool any = rows[i].plain || rows[i].wildcard;
        CHECK(image_name_exists(image, NULL, entry.key) == any);
        size_t walked = 0;
        CHECK_INT(image_walk(image, count_record, &walked), OK);
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
    image_find(image, NULL, name, false, &cursor);
    CHECK(!image_next(&cursor, &record));
    CHECK_INT(cursor.seen, 2);
    folder_remove(&folder);
}

/* Rows of records in several zones; their TTL tells their number. */
enum {
    SOME = 22
};
static struct rows some_records(struct record rows[SOME])
{
    static const struct {
        const char *owner;
        uint16_t type;
        struct str rdata;
        bool wildcard;
    } some[SOME] = {
        { "a.example.org", RR_A, BYTES("addr"), false },
        { "example.org", RR_SOA, BYTES("soa"), false },
        { "x.a.example.org", RR_TXT, BYTES("data"), false },
        { "example.net", RR_A, BYTES("addr"), false }, /* of no zone */
        { "aexample.org", RR_A, BYTES("addr"), false },
        { "example.org", RR_NS, BYTES("\2ns\7example\3net\0"), false },
        { "sub.example.org", RR_SOA, BYTES("soa"), false },
        { "sub.example.org", RR_NS, BYTES("\2NS\3sub\7example\3org\0"), false },
        { "sub.example.org", RR_NS, BYTES("\2ns\3sub\7example\3org\0"), false },
        { "ns.sub.example.org", RR_AAAA, BYTES("addr"), false },
        { "sub.example.org", RR_NS, BYTES("\2ns\7example\3org\0"), false },
        { "b.sub.example.org", RR_A, BYTES("addr"), false },
        { "b.example.org", RR_A, BYTES("addr"), true },
        { "example.org", RR_A, BYTES("addr"), true },
        { "sub.example.org", RR_A, BYTES("addr"), true },
        { "deep.ent.sub.example.org", RR_SOA, BYTES("soa"), false },
        { "deep.ent.sub.example.org", RR_NS, BYTES("damaged"), false },
        { "ns.sub.example.org", RR_A, BYTES("addr"), false },
        { "ns.sub.example.org", RR_TXT, BYTES("data"), false },
        { "cut.example.org", RR_NS, BYTES("\2ns\3cut\7example\3org\0"), false },
        { "ns.cut.example.org", RR_A, BYTES("addr"), false },
        { "ns.example.org", RR_A, BYTES("addr"), false },
    };
    for (size_t i = 0; i < SOME; i++)
        rows[i] = (struct record){ .owner = name_of(some[i].owner),
                                   .wildcard = some[i].wildcard,
                                   .type = some[i].type,
                                   .ttl_s = (uint32_t)i,
                                   .rdata = some[i].rdata };
    return (struct rows){ rows, SOME };
}

struct seen {
    const struct record *rows;
    uint8_t numbers[2 * SOME];
    size_t n, stop_after;
};
static enum status see(void *ctx, const struct record *record)
{
    struct seen *seen = (struct seen *)ctx;
    CHECK(seen->n < sizeof(seen->numbers) && record->ttl_s < SOME);
    const struct record *row = &seen->rows[record->ttl_s];
    CHECK(name_equal(&record->owner, &row->owner) && record->wildcard == row->wildcard);
    CHECK(record->type == row->type && str_equal(record->rdata, row->rdata));
    seen->numbers[seen->n++] = (uint8_t)record->ttl_s;
    return seen->n == seen->stop_after ? ERR_BUSY : OK;
}

TEST(a_walk_gives_all_records_in_order_and_stops_when_told)
{
    struct folder folder = folder_make();
    struct record records[SOME];
    CLEANUP(image_closep)
    struct image *image = image_from(&folder, some_records(records));
    for (size_t stop_after = 1; stop_after <= SOME + 1; stop_after++) {
        struct seen seen = { .rows = records, .stop_after = stop_after };
        CHECK_INT(image_walk(image, see, &seen), stop_after > SOME ? OK : ERR_BUSY);
        CHECK_INT(seen.n, stop_after > SOME ? SOME : stop_after);
        for (size_t i = 0; i < seen.n; i++)
            CHECK_INT(seen.numbers[i], i);
    }
    folder_remove(&folder);
}

TEST(a_zone_is_its_own_records_and_where_others_begin_their_servers_with_glue)
{
    static const struct {
        const char *zone;
        size_t n, stop_after;
        uint8_t numbers[SOME];
    } rows[] = {
        { "example.org", 14, 0, { 1, 5, 0, 2, 7, 9, 17, 8, 10, 12, 13, 19, 20, 21 } },
        { "sub.example.org", 10, 0, { 6, 7, 8, 10, 9, 11, 14, 16, 17, 18 } },
        { "deep.ent.sub.example.org", 2, 0, { 15, 16 } },
        { "example.net", 0, 0, { 0 } },
        { "a.example.org", 0, 0, { 0 } },
        { ".", 0, 0, { 0 } },
        { "example.org", 1, 1, { 1 } },
        { "example.org", 3, 3, { 1, 5, 0 } },
        { "example.org", 6, 6, { 1, 5, 0, 2, 7, 9 } },
    };
    struct folder folder = folder_make();
    struct record records[SOME];
    CLEANUP(image_closep)
    struct image *image = image_from(&folder, some_records(records));
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct name zone = name_of(rows[i].zone);
        struct seen seen = { .rows = records, .stop_after = rows[i].stop_after };
        CHECK_INT(image_walk_zone(image, &zone, see, &seen),
                  rows[i].stop_after ? ERR_BUSY : OK);
        CHECK_INT(seen.n, rows[i].n);
        CHECK(memcmp(seen.numbers, rows[i].numbers, seen.n) == 0);
    }
    folder_remove(&folder);
}

/* Every question of this test may be asked of any file that opens. */
static void ask_everything(const struct image *image, struct rows rows)
{
    size_t walked = 0;
    CHECK_INT(image_walk(image, count_record, &walked), OK);
    for (size_t i = 0; i < rows.n; i++) {
        struct str name = name_bytes(&rows.at[i].owner), note;
        CHECK_INT(image_walk_zone(image, &rows.at[i].owner, count_record, &walked), OK);
        (void)image_note(image, &rows.at[i].owner, &note);
        for (unsigned wildcard = 0; wildcard < 2; wildcard++) {
            struct image_cursor cursor;
            struct image_record record;
            size_t sum = 0;
            image_find(image, NULL, name, wildcard, &cursor);
            while (image_next(&cursor, &record))
                sum += record.rdata.n ? (uint8_t)record.rdata.at[record.rdata.n - 1] : 1U;
            CHECK(sum < FILE_MAX);
        }
        CHECK(image_closest_encloser(image, NULL, name, STR("\0")).n <= name.n);
        (void)image_wildcard_exists(image, NULL, name);
    }
}

TEST(a_file_cut_short_anywhere_is_refused)
{
    struct folder folder = folder_make();
    struct record records[SOME];
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
    struct record records[SOME];
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
