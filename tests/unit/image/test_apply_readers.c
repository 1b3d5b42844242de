// SPDX-License-Identifier: GPL-3.0-or-later
/* Changes in place while others read, copy, or meddle, and while something fails: data.cdb is
 * one whole generation throughout. */
#include "folder.h"
#include "inside.h"

#include "base/fault.h"
#include "image/changes.h"
#include "image/draft.h"
#include "image/feed.h"
#include "image/live_reader.h"
#include "image/writer.h"

#include <poll.h>
#include <sys/wait.h>

enum {
    NUMBER_SIZE = 4,
    FEW = 20,
    MANY = 60000, /* so that a copy takes several slices */
    ENOUGH = 100, /* looks of a process that reads along, while changes go on */
};

/* A zone whose hosts have a number each as their address, and its generations. */
struct zone {
    struct folder folder;
    struct image_writer *writer;
    char spare[80];
    size_t hosts;
    uint32_t serial;
    uint32_t *numbers;
};

static struct name host_name(size_t number)
{
    static struct name apex;
    char label[16];
    struct name name;
    struct buf text = BUF_ON(label);
    if (apex.n == 0)
        apex = name_of("dyn.example.org");
    buf_printf(&text, "h%zu", number);
    CHECK_INT(name_prepend(buf_str(&text), &apex, &name), OK);
    return name;
}

static struct record host_record(const struct name *owner, uint32_t number,
                                 char space[NUMBER_SIZE])
{
    struct buf rdata = buf_on(space, NUMBER_SIZE);
    buf_put_u32(&rdata, number);
    return (struct record){
        .owner = *owner, .type = RR_A, .ttl_s = 60, .rdata = buf_str(&rdata)
    };
}

static enum status walk_zone(void *ctx, const struct record_sink *sink, struct error *err)
{
    const struct zone *zone = (const struct zone *)ctx;
    uint8_t space[2 * NAME_SIZE + 20];
    struct buf rdata = BUF_ON(space);
    const struct name apex = name_of("dyn.example.org");
    const struct soa soa = { .mname = apex, .rname = apex, .serial = zone->serial };
    soa_encode(&soa, &rdata);
    const struct record first = {
        .owner = apex, .type = RR_SOA, .ttl_s = 60, .rdata = buf_str(&rdata)
    };
    enum status status = sink_record(sink, &first, err);
    for (size_t i = 0; i < zone->hosts && !status; i++) {
        char number[NUMBER_SIZE];
        const struct name name = host_name(i);
        const struct record record = host_record(&name, zone->numbers[i], number);
        status = sink_record(sink, &record, err);
    }
    return status;
}

static enum status build(struct zone *zone)
{
    const struct image_source source = { walk_zone, zone };
    return image_rebuild(zone->writer, &source, NULL);
}

static void work_off(const struct zone *zone)
{
    struct error err;
    while (image_writer_work(zone->writer, &err)) {
    }
    CHECK_TEXT(err.text, "");
}

static struct zone zone_make(size_t hosts)
{
    struct zone zone = { .folder = folder_make(), .hosts = hosts, .serial = 1 };
    struct buf spare = BUF_ON(zone.spare);
    buf_printf(&spare, "%s/data.spare", zone.folder.path);
    (void)buf_text(&spare);
    zone.numbers = (uint32_t *)mem_new_array(hosts, sizeof(uint32_t));
    CHECK_INT(image_writer_open(zone.folder.path, &zone.writer, NULL), OK);
    CHECK_INT(build(&zone), OK);
    work_off(&zone);
    return zone;
}

static void zone_remove(struct zone *zone)
{
    image_writer_close(zone->writer);
    mem_free(zone->numbers);
    folder_remove(&zone->folder);
}

/* The next generation: a host gets its serial as number. */
static enum status change(struct zone *zone)
{
    uint32_t serial = zone->serial + 1;
    size_t host = (size_t)serial * 7919 % zone->hosts;
    char number[NUMBER_SIZE];
    const struct name name = host_name(host);
    const struct record record = host_record(&name, serial, number);
    const struct image_node node = { name, &record, 1 };
    const struct image_zone apex = { .apex = name_of("dyn.example.org"),
                                     .serial = serial };
    const struct image_changes changes = { &node, 1, &apex, 1 };
    enum status status = image_apply(zone->writer, &changes, NULL, NULL);
    if (!status) {
        zone->numbers[host] = serial;
        zone->serial = serial;
    }
    return status;
}

/* Until it happens; `busy_out` counts how often it had to wait. */
static void change_at_last(struct zone *zone, size_t *busy_out)
{
    enum status status = ERR_BUSY;
    for (size_t i = 0; i < 100000 && status == ERR_BUSY; i++) {
        status = change(zone);
        *busy_out += status == ERR_BUSY;
        if (status == ERR_BUSY && !image_writer_work(zone->writer, NULL))
            CHECK_INT(usleep(1000), 0);
    }
    CHECK_INT(status, OK);
}

static uint32_t number_at(const struct image *image, const struct name *name,
                          uint16_t type)
{
    struct image_cursor cursor;
    struct image_record record;
    image_find(image, NULL, name_bytes(name), false, &cursor);
    CHECK(image_next(&cursor, &record) && record.type == type);
    /* The only number of an address; the first one of an SOA record behind its names. */
    const uint8_t *at =
        (const uint8_t *)record.rdata.at + (type == RR_SOA ? record.rdata.n - 20 : 0);
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* That the image is the generation with this serial: each host's number is that of the last
 * change to it until then. */
static void check_generation(const struct zone *zone, const struct image *image,
                             uint32_t serial)
{
    const struct name apex = name_of("dyn.example.org");
    CHECK_INT(number_at(image, &apex, RR_SOA), serial);
    uint32_t *want = (uint32_t *)mem_new_array(zone->hosts, sizeof(uint32_t));
    for (uint32_t i = 2; i <= serial; i++)
        want[(size_t)i * 7919 % zone->hosts] = i;
    for (size_t i = 0; i < zone->hosts; i++) {
        const struct name name = host_name(i);
        CHECK_INT(number_at(image, &name, RR_A), want[i]);
    }
    mem_free(want);
}

static void check_file(const struct zone *zone)
{
    CLEANUP(image_closep) struct image *image = NULL;
    CHECK_INT(image_open(zone->folder.file, &image, NULL), OK);
    check_generation(zone, image, zone->serial);
}

TEST(who_maps_one_of_the_files_keeps_what_it_saw_and_holds_up_one_change_for_a_while)
{
    for (int row = 0; row < 2; row++) {
        struct zone zone = zone_make(FEW);
        CHECK_INT(change(&zone), OK);
        uint32_t serial = row ? zone.serial - 1 : zone.serial;
        struct image *reader = NULL;
        CHECK_INT(image_open(row ? zone.spare : zone.folder.file, &reader, NULL), OK);
        check_generation(&zone, reader, serial);
        size_t busy = 0;
        for (int i = 0; i < 50; i++) {
            change_at_last(&zone, &busy);
            check_file(&zone);
            check_generation(&zone, reader, serial);
        }
        CHECK(busy > 0);
        image_close(reader);
        for (int i = 0; i < 10; i++)
            CHECK_INT(change(&zone), OK);
        check_file(&zone);
        zone_remove(&zone);
    }
}

/* The image is whole, and after a rebuild it changes again. */
static void expect_recovery(struct zone *zone)
{
    check_file(zone);
    CHECK_INT(build(zone), OK);
    work_off(zone);
    CHECK_INT(change(zone), OK);
    check_file(zone);
}

TEST(a_spare_file_that_somebody_takes_away_is_no_harm)
{
    struct zone zone = zone_make(FEW);
    CHECK_INT(unlink(zone.spare), 0);
    CHECK(change(&zone) != OK);
    expect_recovery(&zone);
    zone_remove(&zone);
}

TEST(what_somebody_puts_in_place_of_the_spare_file_never_becomes_the_image)
{
    struct zone zone = zone_make(FEW);
    write_file(zone.spare, STR("something else"));
    CHECK(change(&zone) != OK);
    expect_recovery(&zone);
    zone_remove(&zone);
}

TEST(an_image_that_was_replaced_is_left_alone_until_a_rebuild)
{
    struct zone zone = zone_make(FEW);
    write_file(zone.folder.file, STR("something else"));
    CHECK_INT(change(&zone), ERR_CONFLICT);
    CHECK_INT(change(&zone), ERR_CONFLICT);
    CHECK_INT(build(&zone), OK);
    work_off(&zone);
    CHECK_INT(change(&zone), OK);
    check_file(&zone);
    zone_remove(&zone);
}

/* ----- another process ----- */

/* Every host gets the serial as its number. */
static void change_all(struct zone *zone)
{
    struct image_node nodes[FEW];
    struct record records[FEW];
    char numbers[FEW][NUMBER_SIZE];
    uint32_t serial = zone->serial + 1;
    for (size_t i = 0; i < FEW; i++) {
        const struct name name = host_name(i);
        records[i] = host_record(&name, serial, numbers[i]);
        nodes[i] = (struct image_node){ name, &records[i], 1 };
    }
    const struct image_zone apex = { .apex = name_of("dyn.example.org"),
                                     .serial = serial };
    const struct image_changes changes = { nodes, FEW, &apex, 1 };
    CHECK_INT(image_apply(zone->writer, &changes, NULL, NULL), OK);
    zone->serial = serial;
}

struct looks {
    uint64_t whole, torn, wrong, fell;
    uint32_t newest;
};

static uint32_t number_now(const struct image *image, const struct name *name)
{
    struct image_cursor cursor;
    struct image_record record;
    image_find(image, NULL, name_bytes(name), false, &cursor);
    if (!image_next(&cursor, &record) || record.type != RR_A ||
        record.rdata.n != NUMBER_SIZE)
        return UINT32_MAX;
    uint32_t number = 0;
    for (size_t i = 0; i < NUMBER_SIZE; i++)
        number = number << 8 | (uint8_t)record.rdata.at[i];
    return number;
}

/* Reads every host; all must have the same number, if it was whole. */
static void look_once(const struct live_reader *reader, struct looks *looks)
{
    uint64_t ticket = 0;
    const struct image *image = live_reader_begin(reader, &ticket);
    uint32_t first = 0;
    bool equal = true;
    for (size_t i = 0; i < FEW; i++) {
        const struct name name = host_name(i);
        uint32_t number = number_now(image, &name);
        first = i == 0 ? number : first;
        equal = equal && number == first;
    }
    if (!live_reader_is_whole(reader, ticket)) {
        looks->torn++;
        return;
    }
    looks->whole++;
    looks->wrong += !equal || first == UINT32_MAX;
    looks->fell += first < looks->newest;
    looks->newest = first;
}

/* Reads along until nobody writes to `ends` any more. Tells by `out` when it has seen so much that
 * it may end, and then what it saw. */
static void look_on(const struct live_reader *reader, int ends, int out)
{
    struct looks looks = { 0 };
    struct pollfd end = { .fd = ends, .events = POLLIN };
    do {
        look_once(reader, &looks);
    } while (looks.whole <= ENOUGH);
    if (write(out, "", 1) != 1)
        _exit(1);
    do {
        look_once(reader, &looks);
    } while (looks.whole % 64 != 0 || poll(&end, 1, 0) == 0);
    look_once(reader, &looks);
    _exit(write(out, &looks, sizeof(looks)) == (ssize_t)sizeof(looks) ? 0 : 1);
}

static void add_file(void *ctx, uint32_t id, int fd)
{
    CHECK_INT(live_reader_add((struct live_reader *)ctx, id, fd, NULL), OK);
}

TEST(another_process_that_reads_along_sees_whole_generations_one_after_the_other)
{
    struct zone zone = zone_make(FEW);
    struct live_reader *reader = NULL;
    int ends[2], out[2], code = -1;
    struct looks looks = { 0 };
    CHECK_INT(live_reader_open(image_writer_control_page(zone.writer), &reader, NULL),
              OK);
    image_writer_each_file(zone.writer, add_file, reader);
    CHECK_INT(pipe(ends), 0);
    CHECK_INT(pipe(out), 0);
    change_all(&zone);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        (void)close(ends[1]);
        look_on(reader, ends[0], out[1]);
    }
    (void)close(out[1]);
    struct pollfd enough = { .fd = out[0], .events = POLLIN };
    for (int i = 0; i < 5000 || poll(&enough, 1, 0) == 0; i++)
        change_all(&zone);
    (void)close(ends[1]);
    uint8_t word = 1;
    CHECK_INT(read(out[0], &word, sizeof(word)), sizeof(word));
    CHECK_INT(read(out[0], &looks, sizeof(looks)), sizeof(looks));
    CHECK_INT(waitpid(child, &code, 0), child);
    CHECK_INT(code, 0);
    CHECK(looks.whole > ENOUGH);
    CHECK_INT(looks.wrong, 0);
    CHECK_INT(looks.fell, 0);
    CHECK_INT(looks.newest, zone.serial);
    (void)close(ends[0]);
    (void)close(out[0]);
    live_reader_close(reader);
    zone_remove(&zone);
}

/* ----- what is not for changes in place ----- */

TEST(what_cannot_be_changed_in_place_is_left_to_a_rebuild_and_changes_nothing)
{
    static char much[40000];
    const struct record large = { .type = RR_TXT,
                                  .rdata = str_bytes(much, sizeof(much)) };
    const struct record star = { .type = RR_A, .rdata = STR("1234"), .wildcard = true };
    char longest[63];
    memset(longest, 'l', sizeof(longest));
    struct name name = name_of("dyn.example.org");
    for (size_t n = sizeof(longest); n > 0; n--)
        while (name_prepend(str_bytes(longest, n), &name, &name) == OK) {
        }
    const struct image_node nodes[] = {
        { name_of("."), NULL, 0 },
        { name_of("*.dyn.example.org"), NULL, 0 },
        { name_of("a.dyn.example.org"), &large, 1 },
        { name, &star, 1 },
    };
    const struct image_zone apexes[] = {
        { name_of("other.example"), 9, STR("") },
        { name_of("h1.dyn.example.org"), 9, STR("") },
        { name_of("dyn.example.org"), 9, STR("a note where none was") },
    };
    struct zone zone = zone_make(FEW);
    for (size_t i = 0; i < LENGTH_OF(nodes) + LENGTH_OF(apexes); i++) {
        const bool is_node = i < LENGTH_OF(nodes);
        const struct image_changes changes = {
            .nodes = nodes + (is_node ? i : 0),
            .node_count = is_node,
            .zones = apexes + (is_node ? 0 : i - LENGTH_OF(nodes)),
            .zone_count = !is_node,
        };
        CHECK_INT(change(&zone), OK);
        CHECK_INT(image_apply(zone.writer, &changes, NULL, NULL), ERR_LIMIT);
        check_file(&zone);
        CHECK_INT(build(&zone), OK);
        work_off(&zone);
    }
    zone_remove(&zone);
}

/* ----- snapshots ----- */

struct frozen {
    struct image *image;
    uint64_t generation;
    int calls, failed;
};

static void keep_frozen(void *ctx, uint64_t generation, int fd)
{
    struct frozen *frozen = (struct frozen *)ctx;
    frozen->generation = generation;
    frozen->calls++;
    frozen->failed += fd < 0;
    if (fd >= 0)
        CHECK_INT(image_open_fd(fd, &frozen->image, NULL), OK);
}

TEST(a_snapshot_is_the_generation_that_it_names_while_changes_go_on)
{
    struct zone zone = zone_make(MANY);
    struct live_reader *reader = NULL;
    CHECK_INT(live_reader_open(image_writer_control_page(zone.writer), &reader, NULL),
              OK);
    uint64_t before = inside_generation(zone.writer) - zone.serial;
    for (size_t gap = 0; gap < 3; gap++) {
        struct frozen frozen = { 0 };
        size_t slices = 1;
        CHECK_INT(image_writer_snapshot(zone.writer, keep_frozen, &frozen), OK);
        for (size_t i = 0; i < gap * 50; i++) /* more of them than of slices */
            CHECK_INT(change(&zone), OK);
        for (; image_writer_work(zone.writer, NULL); slices++)
            for (size_t i = 0; i < 20; i++)
                CHECK_INT(change(&zone), OK);
        CHECK(slices > 1);
        CHECK_INT(frozen.calls, 1);
        CHECK_INT(frozen.failed, 0);
        for (size_t i = 0; i < 100; i++)
            CHECK_INT(change(&zone), OK);
        check_generation(&zone, frozen.image, (uint32_t)(frozen.generation - before));
        image_close(frozen.image);
    }
    check_file(&zone);
    live_reader_close(reader);
    zone_remove(&zone);
}

TEST(a_rebuild_ends_a_snapshot_and_another_one_can_be_had)
{
    struct zone zone = zone_make(FEW);
    struct frozen frozen = { 0 };
    CHECK_INT(image_writer_snapshot(zone.writer, keep_frozen, &frozen), OK);
    CHECK_INT(build(&zone), OK);
    CHECK_INT(frozen.calls, 1);
    CHECK_INT(frozen.failed, 1);
    CHECK_INT(image_writer_snapshot(zone.writer, keep_frozen, &frozen), OK);
    work_off(&zone);
    CHECK_INT(frozen.calls, 2);
    CHECK_INT(frozen.failed, 1);
    CHECK_INT(change(&zone), OK);
    check_generation(&zone, frozen.image, zone.serial - 1);
    image_close(frozen.image);
    zone_remove(&zone);
}

#ifdef ROVE_FAULTS
/* ----- faults ----- */

TEST(a_lease_that_is_refused_once_costs_one_try)
{
    struct zone zone = zone_make(FEW);
    for (int i = 0; i < 3; i++) {
        fault_arm("image.lease", 1, false);
        CHECK_INT(change(&zone), ERR_BUSY);
        CHECK_INT(fault_hits(), 1);
        fault_arm(NULL, 0, false);
        check_file(&zone);
        CHECK_INT(change(&zone), OK);
        check_file(&zone);
    }
    zone_remove(&zone);
}

TEST(a_rebuild_that_fails_leaves_an_image_that_can_be_changed_in_place)
{
    static const struct {
        const char *point;
        uint64_t nth;
    } rows[] = { { "image.write", 1 },
                 { "image.write", 2 },
                 { "image.sync", 1 },
                 { "image.rename", 1 },
                 { "image.sync", 2 } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct zone zone = zone_make(FEW);
        CHECK_INT(change(&zone), OK);
        fault_arm(rows[i].point, rows[i].nth, false);
        CHECK_INT(build(&zone), ERR_IO);
        CHECK_INT(fault_hits(), 1);
        fault_arm(NULL, 0, false);
        check_file(&zone);
        work_off(&zone); /* the last of them leaves a new file in its place */
        for (int k = 0; k < 3; k++) {
            CHECK_INT(change(&zone), OK);
            check_file(&zone);
        }
        zone_remove(&zone);
    }
}

TEST(a_snapshot_that_fails_is_told_and_changes_go_on)
{
    struct zone zone = zone_make(MANY);
    struct frozen frozen = { 0 };
    for (uint64_t nth = 1; nth <= 2; nth++) {
        CHECK_INT(image_writer_snapshot(zone.writer, keep_frozen, &frozen), OK);
        fault_arm("image.copy", nth, false);
        while (image_writer_work(zone.writer, NULL))
            CHECK_INT(change(&zone), OK);
        CHECK_INT(fault_hits(), 1);
        fault_arm(NULL, 0, false);
        CHECK_INT(frozen.calls, nth);
        CHECK_INT(frozen.failed, nth);
        CHECK_INT(change(&zone), OK);
    }
    CHECK_INT(image_writer_snapshot(zone.writer, keep_frozen, &frozen), OK);
    work_off(&zone);
    CHECK_INT(frozen.failed, 2);
    check_generation(&zone, frozen.image, zone.serial);
    image_close(frozen.image);
    zone_remove(&zone);
}

TEST(an_exchange_that_fails_at_any_time_leaves_a_whole_generation)
{
    struct zone zone = zone_make(FEW);
    for (uint64_t nth = 1; nth <= 4; nth++) {
        fault_arm("image.exchange", nth, false);
        for (uint64_t i = 1; i < nth; i++)
            CHECK_INT(change(&zone), OK);
        CHECK_INT(change(&zone), ERR_IO);
        CHECK_INT(fault_hits(), 1);
        fault_arm(NULL, 0, false);
        check_file(&zone);
        CHECK_INT(change(&zone), ERR_LIMIT);
        CHECK_INT(build(&zone), OK);
        work_off(&zone);
    }
    check_file(&zone);
    zone_remove(&zone);
}
#endif
