// SPDX-License-Identifier: GPL-3.0-or-later
#include "folder.h"
#include "inside.h"

#include "base/fault.h"
#include "image/changes.h"
#include "image/draft.h"
#include "image/feed.h"
#include "image/live_reader.h"
#include "image/writer.h"

static const char address[][5] = { "\xc0\x00\x02\x01", "\xc0\x00\x02\x02",
                                   "\xc6\x33\x64\x03" };

static struct record row(const char *owner, uint16_t type, struct str rdata)
{
    return (struct record){
        .owner = name_of(owner), .type = type, .ttl_s = 60, .rdata = rdata
    };
}

static struct record host(const char *owner, size_t number)
{
    return row(owner, RR_A, str_bytes(address[number], 4));
}

static struct record soa_of(const char *zone, uint32_t serial)
{
    static uint8_t space[2 * NAME_SIZE + 20];
    const struct soa soa = { .mname = name_of("ns.example.org"),
                             .rname = name_of("mail.example.org"),
                             .serial = serial,
                             .minimum_s = 60 };
    struct buf rdata = BUF_ON(space);
    soa_encode(&soa, &rdata);
    return row(zone, RR_SOA, buf_str(&rdata));
}

/* A writer with an image of one zone, and the second file made. */
struct place {
    struct folder folder;
    struct image_writer *writer;
};

static void work_off(struct image_writer *writer)
{
    struct error err;
    for (int i = 0; i < 20000 && image_writer_work(writer, &err); i++) {
        CHECK_STR(str_from(err.text), "");
        CHECK_INT(usleep(1000), 0);
    }
    CHECK_STR(str_from(err.text), "");
}

static struct place place_make(void)
{
    struct place place = { .folder = folder_make() };
    struct record rows[] = { soa_of("example.org", 7), host("a.example.org", 0),
                             host("b.c.d.example.org", 0) };
    struct record note = row("example.org", 0, STR("12345678"));
    struct record all[] = { rows[0], rows[1], rows[2], note };
    struct rows source_rows = { all, LENGTH_OF(all) };
    const struct image_source source = { .walk = walk_rows, .ctx = &source_rows };
    CHECK_INT(image_writer_open(place.folder.path, &place.writer, NULL), OK);
    CHECK_INT(image_rebuild(place.writer, &source, NULL), OK);
    work_off(place.writer);
    return place;
}

static void place_remove(struct place *place)
{
    image_writer_close(place->writer);
    folder_remove(&place->folder);
}

static enum status set(struct place *place, const char *owner,
                       const struct record *records, size_t count)
{
    const struct image_node node = { name_of(owner), records, count };
    const struct image_zone zone = { name_of("example.org"), 8, STR("87654321") };
    const struct image_changes changes = { &node, 1, &zone, 1 };
    return image_apply(place->writer, &changes, NULL, NULL);
}

static struct image *open_now(const struct place *place)
{
    struct image *image = NULL;
    CHECK_INT(image_open(place->folder.file, &image, NULL), OK);
    return image;
}

static bool exists(const struct place *place, const char *text)
{
    CLEANUP(image_closep) struct image *image = open_now(place);
    struct name name = name_of(text);
    return image_name_exists(image, NULL, name_bytes(&name));
}

static bool has_address(const struct place *place, const char *text, size_t number)
{
    CLEANUP(image_closep) struct image *image = open_now(place);
    struct name name = name_of(text);
    struct image_cursor cursor;
    struct image_record record;
    image_find(image, NULL, name_bytes(&name), false, &cursor);
    return image_next(&cursor, &record) &&
           str_equal(record.rdata, str_bytes(address[number], 4)) &&
           !image_next(&cursor, &record);
}

static uint32_t serial_now(const struct place *place)
{
    CLEANUP(image_closep) struct image *image = open_now(place);
    struct name name = name_of("example.org");
    struct image_cursor cursor;
    struct image_record record;
    struct soa soa = { .serial = 0 };
    struct str note;
    image_find(image, NULL, name_bytes(&name), false, &cursor);
    while (image_next(&cursor, &record))
        if (record.type == RR_SOA)
            CHECK_INT(soa_decode(record.rdata, &soa), OK);
    CHECK(image_note(image, &name, &note));
    CHECK(str_equal(note, soa.serial == 7 ? STR("12345678") : STR("87654321")));
    return soa.serial;
}

TEST(a_change_shows_in_the_file_of_the_name_and_the_two_files_take_turns)
{
    struct place place = place_make();
    CHECK_INT(serial_now(&place), 7);
    for (size_t i = 0; i < 6; i++) {
        struct record record = host("a.example.org", i % 3);
        struct record fresh = host("new.example.org", 2 - i % 3);
        CHECK_INT(set(&place, "a.example.org", &record, 1), OK);
        CHECK_INT(set(&place, "new.example.org", &fresh, 1), OK);
        CHECK(has_address(&place, "a.example.org", i % 3));
        CHECK(has_address(&place, "new.example.org", 2 - i % 3));
    }
    CHECK_INT(serial_now(&place), 8);
    CHECK(has_address(&place, "b.c.d.example.org", 0));
    place_remove(&place);
}

TEST(names_above_come_and_go_with_those_below_them)
{
    struct place place = place_make();
    struct record deep = host("b.c.d.example.org", 1), marker = row("x", 0, STR(""));
    CHECK(exists(&place, "c.d.example.org"));
    CHECK_INT(set(&place, "b.c.d.example.org", NULL, 0), OK);
    CHECK(!exists(&place, "b.c.d.example.org"));
    CHECK(!exists(&place, "c.d.example.org"));
    CHECK(!exists(&place, "d.example.org"));
    CHECK_INT(set(&place, "b.c.d.example.org", &deep, 1), OK);
    CHECK(exists(&place, "d.example.org"));

    /* An offline host exists, with names below it and without. */
    CHECK_INT(set(&place, "d.example.org", &marker, 1), OK);
    CHECK_INT(set(&place, "b.c.d.example.org", NULL, 0), OK);
    CHECK(exists(&place, "d.example.org"));
    CHECK(!exists(&place, "c.d.example.org"));
    CHECK_INT(set(&place, "d.example.org", NULL, 0), OK);
    CHECK(!exists(&place, "d.example.org"));
    CHECK(exists(&place, "example.org"));

    /* A wildcard makes its name. */
    struct record wildcard = host("w.example.org", 0);
    wildcard.wildcard = true;
    CHECK_INT(set(&place, "w.example.org", &wildcard, 1), OK);
    CHECK(exists(&place, "w.example.org") && exists(&place, "*.w.example.org"));
    CHECK_INT(set(&place, "w.example.org", NULL, 0), OK);
    CHECK(!exists(&place, "w.example.org") && !exists(&place, "*.w.example.org"));
    place_remove(&place);
}

TEST(a_reader_that_keeps_the_spare_file_open_is_left_with_it_and_sees_no_change)
{
    struct place place = place_make();
    CLEANUP(image_closep) struct image *reader = open_now(&place);
    struct record record = host("a.example.org", 1);
    CHECK_INT(set(&place, "a.example.org", &record, 1), OK);

    /* The file that it reads is the spare one now. */
    enum status status = ERR_BUSY;
    record = host("a.example.org", 2);
    size_t refused = 0;
    for (size_t i = 0; i < 100000 && status == ERR_BUSY; i++) {
        status = set(&place, "a.example.org", &record, 1);
        refused += status == ERR_BUSY;
        if (status)
            work_off(place.writer);
        CHECK(usleep(1000) == 0);
    }
    CHECK_INT(status, OK);
    CHECK(refused > 0);
    struct name name = name_of("a.example.org");
    struct image_cursor cursor;
    struct image_record seen;
    image_find(reader, NULL, name_bytes(&name), false, &cursor);
    CHECK(image_next(&cursor, &seen) && memcmp(seen.rdata.at, address[0], 4) == 0);
    CHECK(has_address(&place, "a.example.org", 2));
    place_remove(&place);
}

TEST(a_file_that_another_program_put_in_place_is_not_changed)
{
    struct place place = place_make();
    struct record record = host("a.example.org", 1);
    write_file(place.folder.new_file, STR("something else"));
    CHECK(rename(place.folder.new_file, place.folder.file) == 0);
    CHECK_INT(set(&place, "a.example.org", &record, 1), ERR_CONFLICT);
    place_remove(&place);
}

TEST(a_file_is_made_while_changes_go_on_and_has_them_when_it_is_taken)
{
    struct place place = place_make();
    struct record all[] = { soa_of("example.org", 9), host("z.example.org", 0),
                            row("example.org", 0, STR("12345678")) };
    struct rows rows = { all, LENGTH_OF(all) };
    const struct image_source source = { .walk = walk_rows, .ctx = &rows };
    struct image_draft *draft = NULL;
    CHECK_INT(image_draft_make(place.writer, &source, &draft, NULL), OK);

    struct record record = host("a.example.org", 1);
    CHECK_INT(set(&place, "a.example.org", &record, 1), OK);
    CHECK(!exists(&place, "z.example.org"));
    const struct image_node node = { record.owner, &record, 1 };
    const struct image_changes changes = { &node, 1, NULL, 0 };
    CHECK_INT(image_draft_apply(draft, &changes, NULL, NULL), OK);
    CHECK_INT(image_draft_take(place.writer, draft, NULL), OK);
    image_draft_free(draft);
    CHECK(has_address(&place, "a.example.org", 1) && exists(&place, "z.example.org"));
    CHECK(!exists(&place, "b.c.d.example.org"));

    CHECK_INT(set(&place, "a.example.org", NULL, 0), ERR_BUSY);
    work_off(place.writer);
    CHECK_INT(set(&place, "a.example.org", NULL, 0), OK);
    CHECK(!exists(&place, "a.example.org"));
    place_remove(&place);
}

/* Another host in a file of its own, which is taken. */
static void take_doubled(const struct place *place, bool is_stopped)
{
    struct record all[] = { soa_of("example.org", 9), host("a.example.org", 1),
                            row("example.org", 0, STR("12345678")) };
    struct record second = host("b.example.org", 2);
    struct rows rows = { all, LENGTH_OF(all) };
    const struct image_source source = { .walk = walk_rows, .ctx = &rows };
    const struct image_node node = { second.owner, &second, 1 };
    const struct image_changes changes = { &node, 1, NULL, 0 };
    const atomic_bool stop = is_stopped;
    struct image_draft *draft = NULL;
    CHECK_INT(image_draft_make(place->writer, &source, &draft, NULL), OK);
    image_draft_add_spare(draft, &stop);
    CHECK_INT(image_draft_apply(draft, &changes, NULL, NULL), OK);
    CHECK_INT(image_draft_take(place->writer, draft, NULL), OK);
    image_draft_free(draft);
}

TEST(a_file_that_was_doubled_takes_changes_as_soon_as_it_is_taken)
{
    struct place place = place_make();
    struct record record = host("c.example.org", 0);
    take_doubled(&place, false);
    CHECK_INT(set(&place, "c.example.org", &record, 1), OK);
    for (int i = 0; i < 2; i++) { /* each file has all of it */
        CHECK(has_address(&place, "a.example.org", 1));
        CHECK(has_address(&place, "b.example.org", 2));
        CHECK(has_address(&place, "c.example.org", 0));
        record = host("d.example.org", (uint8_t)i);
        CHECK_INT(set(&place, "d.example.org", &record, 1), OK);
    }
    CHECK(!image_writer_work(place.writer, NULL));
    place_remove(&place);
}

TEST(a_doubling_that_is_stopped_leaves_it_to_the_writer)
{
    struct place place = place_make();
    struct record record = host("c.example.org", 0);
    take_doubled(&place, true);
    CHECK_INT(set(&place, "c.example.org", &record, 1), ERR_BUSY);
    work_off(place.writer);
    CHECK_INT(set(&place, "c.example.org", &record, 1), OK);
    CHECK(has_address(&place, "b.example.org", 2));
    place_remove(&place);
}

struct frozen {
    struct image *image;
    uint64_t generation;
    int calls;
};

static void keep_snapshot(void *ctx, uint64_t generation, int fd)
{
    struct frozen *frozen = (struct frozen *)ctx;
    frozen->generation = generation;
    frozen->calls++;
    CHECK(fd >= 0);
    CHECK_INT(image_open_fd(fd, &frozen->image, NULL), OK);
}

TEST(a_snapshot_has_what_was_live_when_it_was_whole_and_never_changes)
{
    struct place place = place_make();
    struct frozen frozen = { 0 };
    struct record record = host("a.example.org", 1);
    CHECK_INT(image_writer_snapshot(place.writer, keep_snapshot, &frozen), OK);
    CHECK_INT(set(&place, "a.example.org", &record, 1), OK);
    work_off(place.writer);
    CHECK_INT(frozen.calls, 1);
    record = host("a.example.org", 2);
    CHECK_INT(set(&place, "a.example.org", &record, 1), OK);

    struct image_cursor cursor;
    struct image_record seen;
    image_find(frozen.image, NULL, name_bytes(&record.owner), false, &cursor);
    CHECK(image_next(&cursor, &seen) && memcmp(seen.rdata.at, address[1], 4) == 0);
    image_close(frozen.image);
    place_remove(&place);
}

struct fed {
    struct live_reader *reader;
};

static void feed(void *ctx, uint32_t id, int fd)
{
    struct fed *fed = (struct fed *)ctx;
    CHECK_INT(live_reader_add(fed->reader, id, fd, NULL), OK);
}

TEST(a_pair_shows_the_live_file_and_tells_when_it_was_written_to)
{
    struct place place = place_make();
    struct fed fed = { 0 };
    CHECK_INT(
        live_reader_open(image_writer_control_page(place.writer), &fed.reader, NULL), OK);
    image_writer_each_file(place.writer, feed, &fed);
    image_writer_on_file(place.writer, feed, &fed);
    uint64_t ticket = 0, generation = inside_generation(place.writer);
    const struct image *first = live_reader_begin(fed.reader, &ticket);
    CHECK(first && live_reader_is_whole(fed.reader, ticket));

    struct record record = host("a.example.org", 1);
    CHECK_INT(set(&place, "a.example.org", &record, 1), OK);
    CHECK(live_reader_is_whole(fed.reader, ticket)); /* the other file was written to */
    CHECK(inside_generation(place.writer) > generation);
    uint64_t other = 0;
    CHECK(live_reader_begin(fed.reader, &other) != first);
    CHECK(live_reader_is_current(fed.reader, place.folder.file));
    CHECK_INT(set(&place, "a.example.org", NULL, 0), OK);
    CHECK(!live_reader_is_whole(fed.reader, ticket));
    image_writer_on_file(place.writer, NULL, NULL);
    live_reader_close(fed.reader);
    place_remove(&place);
}

#ifdef ROVE_FAULTS
TEST(without_leases_everything_is_built_anew_and_why_is_told)
{
    struct folder folder = folder_make();
    struct image_writer *writer = NULL;
    const char *why = NULL;
    fault_arm("image.probe", 1, false);
    CHECK_INT(image_writer_open(folder.path, &writer, NULL), OK);
    CHECK_INT(fault_hits(), 1);
    fault_arm(NULL, 0, false);
    CHECK(!image_writer_patches(writer, &why));
    CHECK_STR(str_from(why), "no leases: Invalid argument");
    struct record record = host("a.example.org", 0);
    struct rows rows = { &record, 1 };
    const struct image_source source = { .walk = walk_rows, .ctx = &rows };
    CHECK_INT(image_rebuild(writer, &source, NULL), OK);
    CHECK(!image_writer_work(writer, NULL));
    struct place place = { folder, writer };
    CHECK_INT(set(&place, "a.example.org", NULL, 0), ERR_LIMIT);
    CHECK_INT(image_writer_control_page(writer), -1);
    CHECK(has_address(&place, "a.example.org", 0));
    place_remove(&place);
}

TEST(an_exchange_that_fails_leaves_the_live_file_and_wants_a_rebuild)
{
    struct place place = place_make();
    struct record record = host("a.example.org", 1);
    fault_arm("image.exchange", 1, false);
    CHECK_INT(set(&place, "a.example.org", &record, 1), ERR_IO);
    CHECK_INT(fault_hits(), 1);
    fault_arm(NULL, 0, false);
    CHECK(has_address(&place, "a.example.org", 0));
    CHECK_INT(set(&place, "a.example.org", &record, 1), ERR_LIMIT);
    struct rows rows = { &record, 1 };
    const struct image_source source = { .walk = walk_rows, .ctx = &rows };
    CHECK_INT(image_rebuild(place.writer, &source, NULL), OK);
    CHECK(has_address(&place, "a.example.org", 1));
    work_off(place.writer);
    place_remove(&place);
}

TEST(a_copy_that_finds_the_disk_full_ends_changes_in_place_until_a_rebuild)
{
    struct place place = place_make();
    struct record record = host("a.example.org", 1);
    struct rows rows = { &record, 1 };
    const struct image_source source = { .walk = walk_rows, .ctx = &rows };
    CHECK_INT(image_rebuild(place.writer, &source, NULL), OK);
    fault_arm("image.copy", 1, false);
    struct error err;
    CHECK(!image_writer_work(place.writer, &err));
    CHECK_STR(str_from(err.text), "a copy of the image: No space left on device");
    CHECK_INT(fault_hits(), 1);
    fault_arm(NULL, 0, false);
    CHECK_INT(set(&place, "a.example.org", NULL, 0), ERR_LIMIT);
    CHECK_INT(image_rebuild(place.writer, &source, NULL), OK);
    work_off(place.writer);
    place_remove(&place);
}

TEST(a_doubling_that_finds_the_disk_full_leaves_it_to_the_writer)
{
    struct place place = place_make();
    fault_arm("image.copy", 1, false);
    take_doubled(&place, false);
    CHECK_INT(fault_hits(), 1);
    fault_arm(NULL, 0, false);
    CHECK_INT(set(&place, "a.example.org", NULL, 0), ERR_BUSY);
    work_off(place.writer);
    CHECK_INT(set(&place, "a.example.org", NULL, 0), OK);
    place_remove(&place);
}
#endif
