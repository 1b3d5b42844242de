// SPDX-License-Identifier: GPL-3.0-or-later
#include "folder.h"

#include "base/fault.h"
#include "image/build.h"
#include "image/draft.h"
#include "image/slack.h"
#include "image/writer.h"

static const char loopback[] = "\xc0\x00\x02\x01";

static struct record row(const char *owner, bool wildcard, uint16_t type)
{
    return (struct record){ .owner = name_of(owner),
                            .wildcard = wildcard,
                            .type = type,
                            .ttl_s = 300,
                            .rdata = str_bytes(loopback, type == 0 ? 0 : 4) };
}

TEST(records_come_back_as_they_were_given)
{
    struct folder folder = folder_make();
    struct record rows[] = {
        row("a.example.org", false, RR_A),     row("a.example.org", true, RR_TXT),
        row("a.example.org", false, RR_TXT),   row(".", false, RR_NS),
        row("example.org", false, 65280),      row("\\000.example.org", false, RR_A),
        row("A\\.B.example.org", false, RR_A),
    };
    rows[2].rdata = STR("");
    rows[4].ttl_s = UINT32_MAX;
    CLEANUP(image_closep)
    struct image *image = image_from(&folder, (struct rows){ rows, LENGTH_OF(rows) });
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct image_cursor cursor;
        struct image_record record = { 0 };
        image_find(image, NULL, name_bytes(&rows[i].owner), rows[i].wildcard, &cursor);
        bool found = false;
        while (!found && image_next(&cursor, &record))
            found = record.type == rows[i].type;
        CHECK(found);
        CHECK_INT(record.ttl_s, rows[i].ttl_s);
        CHECK(str_equal(record.rdata, rows[i].rdata));
    }
    folder_remove(&folder);
}

TEST(a_star_label_and_a_wildcard_record_are_the_same)
{
    struct folder folder = folder_make();
    struct record rows[] = { row("*.example.org", false, RR_A),
                             row("example.org", true, RR_AAAA),
                             row("*.example.org", true, RR_TXT) };
    CLEANUP(image_closep)
    struct image *image = image_from(&folder, (struct rows){ rows, LENGTH_OF(rows) });
    static const struct {
        const char *name;
        bool wildcard;
        uint16_t types[3];
    } wants[] = {
        { "example.org", true, { RR_A, RR_AAAA } }, /* the mark of either kind is '*' */
        { "*.example.org", false, { RR_A, RR_AAAA } },
        { "*.example.org", true, { RR_TXT } },
        { "*.*.example.org", false, { RR_TXT } },
        { "example.org", false, { 0 } },
    };
    for (size_t i = 0; i < LENGTH_OF(wants); i++) {
        struct name name = name_of(wants[i].name);
        struct image_cursor cursor;
        struct image_record record;
        image_find(image, NULL, name_bytes(&name), wants[i].wildcard, &cursor);
        for (size_t k = 0; wants[i].types[k]; k++) {
            CHECK(image_next(&cursor, &record));
            CHECK_INT(record.type, wants[i].types[k]);
        }
        CHECK(!image_next(&cursor, &record));
        CHECK(!image_next(&cursor, &record)); /* the end stays the end */
    }
    folder_remove(&folder);
}

TEST(marks_count_the_names_below_once_each)
{
    struct folder folder = folder_make();
    struct record rows[] = {
        row("a.example.org", false, RR_A),
        row("b.example.org", false, RR_A),
        row("a.example.org", false, RR_A),
        row("a.example.org", true, RR_A),
        row("a.example.org", false, RR_TXT),
        row("x.y.example.org", false, RR_A),
        row("example.org", false, RR_NS),
        row("y.example.org", false, RR_A),
        row("example.org", false, RR_A),
        row("off.example.org", false, 0),
        row("off.example.org", false, 0),
        row("b.example.org", true, 0),
        row("b.example.org", false, 0),
        row("w.*.example.org", false, RR_A),
        row("example.org", true, RR_A),
        row(".", false, RR_NS),
        row(".", true, RR_A),
        row(".", false, 0),
    };
    CLEANUP(image_closep)
    struct image *image = image_from(&folder, (struct rows){ rows, LENGTH_OF(rows) });
    static const struct {
        const char *name;
        int64_t children;
    } wants[] = {
        { "org", 1 },
        { "example.org", 5 }, /* a b y off * */
        { "a.example.org", 1 },
        { "b.example.org", 1 },
        { "y.example.org", 1 },
        { "off.example.org", 0 },
        { "*.b.example.org", 0 },
        { "*.example.org", 1 },
        { "x.y.example.org", NO_MARK },
        { "*.a.example.org", NO_MARK },
        { "*", NO_MARK },
        { ".", NO_MARK },
    };
    for (size_t i = 0; i < LENGTH_OF(wants); i++) {
        struct name name = name_of(wants[i].name);
        CHECK_INT(children_of(image, name_bytes(&name)), wants[i].children);
    }
    folder_remove(&folder);
}

TEST(names_exist_with_records_below_or_by_a_word_alone)
{
    struct folder folder = folder_make();
    struct record rows[] = {
        row("a.b.c.example.org", false, RR_A),   row("wild.example.org", true, RR_A),
        row("off.example.org", false, 0),        row("off.example.org", true, 0),
        row("x.*.ent.example.org", false, RR_A),
    };
    CLEANUP(image_closep)
    struct image *image = image_from(&folder, (struct rows){ rows, LENGTH_OF(rows) });
    static const struct {
        const char *name;
        bool exists, wildcard_exists;
        const char *encloser;
    } wants[] = {
        { "a.b.c.example.org", true, false, "a.b.c.example.org" },
        { "b.c.example.org", true, false, "b.c.example.org" },
        { "z.b.c.example.org", false, false, "b.c.example.org" },
        { "example.org", true, false, "example.org" },
        { "org", true, false, "org" },
        { ".", true, false, "." },
        { "net", false, false, "." },
        { "wild.example.org", true, true, "wild.example.org" },
        { "*.wild.example.org", true, false, "*.wild.example.org" },
        { "x.y.wild.example.org", false, false, "wild.example.org" },
        { "x.*.wild.example.org", false, false, "*.wild.example.org" },
        { "off.example.org", true, true, "off.example.org" },
        { "*.off.example.org", true, false, "*.off.example.org" },
        { "ent.example.org", true, true, "ent.example.org" },
        { "*.ent.example.org", true, false, "*.ent.example.org" },
        { "*.example.org", false, false, "example.org" },
        { "*.a.b.c.example.org", false, false, "a.b.c.example.org" },
    };
    for (size_t i = 0; i < LENGTH_OF(wants); i++) {
        struct name name = name_of(wants[i].name), want = name_of(wants[i].encloser);
        struct str bytes = name_bytes(&name);
        CHECK(image_name_exists(image, NULL, bytes) == wants[i].exists);
        CHECK(image_wildcard_exists(image, NULL, bytes) == wants[i].wildcard_exists);
        struct str encloser = image_closest_encloser(image, NULL, bytes, STR("\0"));
        CHECK(str_equal(encloser, name_bytes(&want)));
        CHECK(encloser.at + encloser.n == bytes.at + bytes.n); /* a part of the name */
    }
    /* It stops at the zone, whether that exists or not. */
    struct name zone = name_of("example.net"), below = name_of("a.b.example.net");
    CHECK(str_equal(
        image_closest_encloser(image, NULL, name_bytes(&below), name_bytes(&zone)),
        name_bytes(&zone)));
    folder_remove(&folder);
}

static enum status count_record(void *ctx, const struct record *record)
{
    (void)record;
    ++*(size_t *)ctx;
    return OK;
}

TEST(an_empty_source_makes_an_empty_image)
{
    struct folder folder = folder_make();
    CLEANUP(image_closep) struct image *image = image_from(&folder, (struct rows){ 0 });
    size_t records = 0;
    CHECK_INT(image_walk(image, count_record, &records), OK);
    CHECK_INT(records, 0);
    struct name name = name_of("example.org");
    CHECK(!image_name_exists(image, NULL, name_bytes(&name)));
    folder_remove(&folder);
}

TEST(a_name_with_very_many_records_is_built_and_read_in_order)
{
    enum {
        MANY = 70000 /* its table alone is longer than what is buffered */
    };
    struct folder folder = folder_make();
    CLEANUP(mem_freep)
    struct record *rows = (struct record *)mem_new_array(MANY, sizeof(*rows));
    for (size_t i = 0; i < MANY; i++) {
        rows[i] = row("many.example.org", i % 2 == 1, RR_A);
        rows[i].ttl_s = (uint32_t)i;
    }
    CLEANUP(image_closep)
    struct image *image = image_from(&folder, (struct rows){ rows, MANY });
    struct name name = name_of("many.example.org"), above = name_of("example.org");
    for (unsigned wildcard = 0; wildcard < 2; wildcard++) {
        struct image_cursor cursor;
        struct image_record record;
        image_find(image, NULL, name_bytes(&name), wildcard, &cursor);
        for (size_t i = wildcard; i < MANY; i += 2) {
            CHECK(image_next(&cursor, &record));
            CHECK_INT(record.ttl_s, i);
        }
        CHECK(!image_next(&cursor, &record));
    }
    CHECK_INT(children_of(image, name_bytes(&above)), 1);
    CHECK_INT(children_of(image, name_bytes(&name)), 1); /* its wildcard */
    folder_remove(&folder);
}

TEST(a_writer_makes_its_folder_and_clears_what_was_left_behind)
{
    struct folder folder = folder_make();
    write_file(folder.new_file, STR("left over"));
    CLEANUP(image_writer_closep) struct image_writer *writer = NULL;
    CHECK_INT(image_writer_open(folder.path, &writer, NULL), OK);
    CHECK_TEXT(image_writer_path(writer), folder.file);
    folder_remove(&folder);

    CLEANUP(image_writer_closep) struct image_writer *second = NULL;
    CHECK_INT(image_writer_open(folder.path, &second, NULL), OK); /* made again */
    struct stat info;
    CHECK(stat(folder.path, &info) == 0 && S_ISDIR(info.st_mode));
    folder_remove(&folder);
}

TEST(a_writer_does_not_open_where_it_cannot_write)
{
    struct folder folder = folder_make();
    CHECK(mkdir(folder.new_file, 0755) == 0); /* cannot be unlinked */
    char too_long[PATH_MAX + 1];
    memset(too_long, 'a', PATH_MAX);
    too_long[PATH_MAX] = '\0';
    const char *rows[] = { folder.path, too_long, "/nonexistent/rove/image" };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct image_writer *writer = NULL;
        struct error err = { "" };
        CHECK_INT(image_writer_open(rows[i], &writer, &err), ERR_IO);
        CHECK(writer == NULL && err.text[0]);
    }
    CHECK(rmdir(folder.new_file) == 0);
    folder_remove(&folder);
}

TEST(a_writer_fails_cleanly_when_its_folder_goes_away)
{
    struct folder folder = folder_make();
    CLEANUP(image_writer_closep) struct image_writer *writer = NULL;
    CHECK_INT(image_writer_open(folder.path, &writer, NULL), OK);
    folder_remove(&folder);
    struct rows none = { 0 };
    struct image_source source = { .walk = walk_rows, .ctx = &none };
    CHECK_INT(image_rebuild(writer, &source, NULL), ERR_IO);
}

TEST(the_file_is_readable_for_all_whatever_the_umask)
{
    struct folder folder = folder_make();
    mode_t before = umask(077);
    CHECK_INT(rebuild_from(&folder, (struct rows){ 0 }, NULL), OK);
    (void)umask(before);
    struct stat info;
    CHECK(stat(folder.file, &info) == 0);
    CHECK_INT(info.st_mode & 0777, 0644);
    folder_remove(&folder);
}

/* Emits a good record, then what no file can hold, and pretends that all was well. */
static enum status walk_careless(void *ctx, const struct record_sink *sink,
                                 struct error *err)
{
    const struct record *bad = (const struct record *)ctx;
    struct record good = row("a.example.org", false, RR_A);
    CHECK_INT(sink_record(sink, &good, err), OK);
    CHECK_INT(sink_record(sink, bad, err), ERR_LIMIT);
    CHECK_INT(sink_record(sink, &good, err), ERR_LIMIT); /* and so it stays */
    return OK;
}

TEST(what_cannot_be_written_fails_the_whole_build_and_keeps_the_old_file)
{
    struct folder folder = folder_make();
    struct record record = row("a.example.org", false, RR_A);
    CLEANUP(image_closep)
    struct image *old = image_from(&folder, (struct rows){ &record, 1 });
    CLEANUP(image_writer_closep) struct image_writer *writer = NULL;
    CHECK_INT(image_writer_open(folder.path, &writer, NULL), OK);

    static char big[RDATA_SIZE + 1];
    struct record bad[] = { record, record, record };
    bad[0].rdata = str_bytes(big, sizeof(big));
    bad[1].wildcard = true;
    bad[2].wildcard = true;
    bad[2].type = 0;
    bad[2].rdata = STR("");
    for (size_t i = 1; i < 3; i++) {
        while (bad[i].owner.n < 254) { /* "*." before it is more than a name holds */
            size_t n =
                253U - bad[i].owner.n > LABEL_SIZE ? LABEL_SIZE : 253U - bad[i].owner.n;
            n = n ? n : 1;
            struct name longer = bad[i].owner;
            CHECK_INT(name_prepend(str_bytes(big + 1, n), &bad[i].owner, &longer), OK);
            bad[i].owner = longer;
        }
    }
    for (size_t i = 0; i < LENGTH_OF(bad); i++) {
        struct image_source source = { .walk = walk_careless, .ctx = &bad[i] };
        struct error err = { "" };
        CHECK_INT(image_rebuild(writer, &source, &err), ERR_LIMIT);
        CHECK(err.text[0] && image_is_current(old, folder.file));
    }
    folder_remove(&folder);
}

static enum status walk_nothing(void *ctx, const struct record_sink *sink,
                                struct error *err)
{
    (void)ctx, (void)sink;
    return FAIL(err, ERR_BUSY, "not now");
}

TEST(a_source_that_fails_is_heard_and_keeps_the_old_file)
{
    struct folder folder = folder_make();
    CLEANUP(image_closep) struct image *old = image_from(&folder, (struct rows){ 0 });
    CLEANUP(image_writer_closep) struct image_writer *writer = NULL;
    CHECK_INT(image_writer_open(folder.path, &writer, NULL), OK);
    struct image_source source = { .walk = walk_nothing };
    struct error err = { "" };
    CHECK_INT(image_rebuild(writer, &source, &err), ERR_BUSY);
    CHECK_TEXT(err.text, "not now");
    CHECK(image_is_current(old, folder.file));
    folder_remove(&folder);
}

/* Builds hosts a, b, ... with a limit; when there is hardly any room, a whole file leaves no
 * more of it than the rounding of tables. */
static enum status build_within(const struct folder *folder, uint64_t limit,
                                uint16_t type, size_t records)
{
    struct build build;
    CHECK_INT(build_init(&build, folder->new_file, limit, NULL), OK);
    enum status status = OK;
    for (size_t i = 0; i < records && !status; i++) {
        struct record record = row("a.example.org", false, type);
        record.owner.wire[1] = (uint8_t)('a' + i);
        status = build_add(&build, &record, NULL);
    }
    CHECK_INT(build_finish(&build, NULL), status);
    struct stat info;
    CHECK(fstat(build.fd, &info) == 0);
    const off_t rounding = (off_t)CDB_TABLES * CDB_PAIR_SIZE * 3, most = (off_t)limit;
    CHECK(status || (info.st_size <= most && info.st_size + rounding > most));
    build_done(&build);
    CHECK(unlink(folder->new_file) == 0);
    return status;
}

TEST(the_limit_counts_everything_that_the_file_will_hold)
{
    static const struct {
        uint16_t type;
        size_t records;
    } rows[] = { { RR_A, 1 }, { RR_A, 9 }, { 0, 1 }, { 0, 9 } };
    struct folder folder = folder_make();
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        uint64_t limit = CDB_HEADER_SIZE + CDB_TABLES * CDB_PAIR_SIZE * SLACK_SLOTS_EXTRA;
        enum status status = OK;
        do {
            status = build_within(&folder, limit, rows[i].type, rows[i].records);
            CHECK(!status || status == ERR_LIMIT);
            CHECK(++limit < 1 << 17);
        } while (status);
    }
    folder_remove(&folder);
}

TEST(a_build_never_overwrites)
{
    struct folder folder = folder_make();
    write_file(folder.new_file, STR("someone's"));
    struct build build;
    CHECK_INT(build_init(&build, folder.new_file, UINT32_MAX, NULL), ERR_IO);
    build_done(&build);
    struct stat info;
    CHECK(stat(folder.new_file, &info) == 0 && info.st_size == 9);
    CHECK(unlink(folder.new_file) == 0);
    folder_remove(&folder);
}

#ifdef ROVE_FAULTS
/* Enough that the buffer is flushed in the middle of the records, by a table that is longer
 * than the buffer, and by the marks. */
static enum status walk_many(void *ctx, const struct record_sink *sink, struct error *err)
{
    (void)ctx;
    struct record host = row("a.example.org", false, RR_A);
    struct record away = row("aaaaaa.example.net", false, 0);
    for (uint32_t i = 0; i < 70000; i++) {
        enum status status = sink_record(sink, &host, err);
        for (size_t k = 0; k < 6; k++)
            away.owner.wire[1 + k] = (uint8_t)('a' + (i >> (4 * k) & 15));
        if (!status && i % 2)
            status = sink_record(sink, &away, err);
        if (status)
            return status;
    }
    return OK;
}

TEST(each_failing_write_sync_or_rename_leaves_the_old_file_whole)
{
    struct folder folder = folder_make();
    struct record record = row("old.example.org", false, RR_A);
    static const struct {
        const char *point;
        uint64_t at_least;
    } rows[] = { { "image.write", 6 }, { "image.sync", 2 }, { "image.rename", 1 } };
    CLEANUP(image_writer_closep) struct image_writer *writer = NULL;
    CHECK_INT(image_writer_open(folder.path, &writer, NULL), OK);
    struct image_source source = { .walk = walk_many };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        CLEANUP(image_closep)
        struct image *old = image_from(&folder, (struct rows){ &record, 1 });
        enum status status = ERR_IO;
        uint64_t nth = 0;
        while (status) {
            fault_arm(rows[i].point, ++nth, false);
            struct error err = { "" };
            status = image_rebuild(writer, &source, &err);
            CHECK_INT(fault_hits(), status ? 1 : 0);
            fault_arm(NULL, 0, false);
            CHECK(!status || (status == ERR_IO && err.text[0]));
            CHECK(access(folder.new_file, F_OK) != 0);
            /* Only the second sync, that of the directory, comes after the exchange. */
            bool exchanged = !status || (nth == 2 && strstr(rows[i].point, "sync"));
            CHECK(image_is_current(old, folder.file) != exchanged);
            CLEANUP(image_closep) struct image *now = NULL;
            CHECK_INT(image_open(folder.file, &now, NULL), OK);
            CHECK(image_name_exists(now, NULL, name_bytes(&record.owner)) != exchanged);
        }
        CHECK(nth > rows[i].at_least);
    }
    folder_remove(&folder);
}
#endif
