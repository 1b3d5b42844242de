// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/content.h"

#include "base/random.h"
#include "image/draft.h"
#include "image/image.h"
#include "image/writer.h"
#include "world.h"

enum {
    LINE_MAX_SIZE = 400
};

/* The records as sorted lines "OWNER TTL TYPE HEX", SOA records as "OWNER SOA SERIAL". */
struct listing {
    char lines[64][LINE_MAX_SIZE];
    size_t n;
};

static enum status list_record(void *ctx, const struct record *record, struct error *err)
{
    (void)err;
    struct listing *listing = ctx;
    if (record->type == RR_MARKER && record->rdata.n > 0)
        return OK; /* a note for the next image */
    CHECK(listing->n < LENGTH_OF(listing->lines));
    struct buf line = BUF_ON(listing->lines[listing->n]);
    listing->n++;
    if (record->wildcard)
        buf_put_text(&line, "*.");
    name_format(&record->owner, &line);
    struct soa soa;
    if (record->type == RR_SOA) {
        CHECK_INT(soa_decode(record->rdata, &soa), OK);
        buf_printf(&line, " SOA %lu", (unsigned long)soa.serial);
    } else if (record->type == RR_MARKER) {
        CHECK_INT(record->rdata.n, 0);
        buf_put_text(&line, " exists");
    } else {
        buf_printf(&line, " %lu ", (unsigned long)record->ttl_s);
        rr_type_format(record->type, &line);
        buf_put_u8(&line, ' ');
        buf_put_hex(&line, record->rdata);
    }
    (void)buf_text(&line);
    return OK;
}

static int compare_lines(const void *a, const void *b)
{
    return strcmp(a, b);
}

struct walking {
    struct world *world;
    const struct image *present;
    uint32_t static_serial;
    struct content_counts counts;
};

static enum status walk_into(struct walking *walking, const struct record_sink *sink,
                             struct error *err)
{
    const char *const list[] = { walking->world->statics };
    const struct content_options options = { .store = walking->world->store,
                                             .statics = { list, 1 },
                                             .static_serial = walking->static_serial,
                                             .present = walking->present };
    return content_walk(&options, sink, &walking->counts, err);
}

/* The listing must be exactly these lines. */
static void check_lines(struct walking *walking, const char *const *want, size_t n)
{
    static struct listing listing;
    listing.n = 0;
    MUST(walk_into(walking,
                   &(struct record_sink){ .record = list_record, .ctx = &listing }, why));
    qsort(listing.lines, listing.n, sizeof(listing.lines[0]), compare_lines);
    for (size_t i = 0; i < listing.n && i < n; i++)
        CHECK_TEXT(listing.lines[i], want[i]);
    CHECK_INT((int)listing.n, (int)n);
}
#define CHECK_LINES(walking, ...) \
    do { \
        const char *const want_[] = { __VA_ARGS__ }; \
        check_lines((walking), want_, LENGTH_OF(want_)); \
    } while (0)

#define NS1_NET "036e7331076578616d706c65036e657400"

static void add_ns(struct world *world, int64_t zone_id, const char *apex)
{
    struct record_row row = { .zone_id = zone_id, .type = RR_NS, .ttl_s = 3600 };
    world_add_record(world, row, apex, STR("\3ns1\7example\3net\0"));
}

TEST(hosts_are_published_as_their_state_says)
{
    static const struct {
        const char *name, *v4, *v6;
        enum host_state state;
        bool wildcard;
    } rows[] = {
        { "a.dyn.example", "192.0.2.1", "2001:db8::1", HOST_ACTIVE, false },
        { "b.dyn.example", "192.0.2.2", NULL, HOST_ACTIVE, true },
        { "c.dyn.example", NULL, "2001:db8::3", HOST_ACTIVE, false },
        { "d.dyn.example", NULL, NULL, HOST_ACTIVE, true },
        { "e.dyn.example", "192.0.2.5", "2001:db8::5", HOST_OFFLINE, true },
        { "f.dyn.example", "192.0.2.6", NULL, HOST_DISABLED, true },
        { "g.dyn.example", "192.0.2.7", NULL, HOST_ABUSE, false },
    };
    struct world world;
    world_init(&world);
    int64_t zone = world_add_zone(&world, "dyn.example");
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct host_row host =
            world_host(&world, zone, rows[i].name, rows[i].v4, rows[i].v6);
        host.state = rows[i].state;
        host.wildcard = rows[i].wildcard;
        world_insert_host(&world, &host);
    }
    struct walking walking = { .world = &world };
    CHECK_LINES(&walking, "*.b.dyn.example 60 A c0000202", "*.d.dyn.example exists",
                "*.e.dyn.example exists", "*.f.dyn.example exists",
                "a.dyn.example 60 A c0000201",
                "a.dyn.example 60 AAAA 20010db8000000000000000000000001",
                "b.dyn.example 60 A c0000202",
                "c.dyn.example 60 AAAA 20010db8000000000000000000000003",
                "d.dyn.example exists", "dyn.example SOA 1000", "e.dyn.example exists",
                "f.dyn.example exists", "g.dyn.example exists");
    CHECK_INT(walking.counts.zones, 1);
    CHECK_INT(walking.counts.dynamic.hosts, 7);
    world_done(&world);
}

TEST(records_that_are_not_whole_are_left_out_and_counted)
{
    struct world world;
    world_init(&world);
    int64_t zone = world_add_zone(&world, "dyn.example");
    struct record_row row = { .zone_id = zone, .type = RR_TXT };
    world_add_record(&world, row, "good.dyn.example", STR("\1x"));
    world_add_record(&world, row, "bad.dyn.example", STR("\11x"));
    world_write(&world, "data",
                "+a.example:192.0.2.1:5\n:b.example:16:\\011abc:5\n'c.example:\n", 1);
    struct walking walking = { .world = &world };
    CHECK_LINES(&walking, "a.example 5 A c0000201", "dyn.example SOA 1000",
                "good.dyn.example 300 TXT 0178");
    CHECK_INT(walking.counts.left_out, 2);
    CHECK_TEXT(strrchr(walking.counts.left_out_example.text, '/'),
               "/data:2: left out: the data are not those of a record of type TXT");
    CHECK_INT(walking.counts.dynamic.malformed, 1);
    CHECK_TEXT(name_text(&walking.counts.dynamic.malformed_example), "bad.dyn.example");
    world_done(&world);
}

TEST(all_addresses_of_a_host_are_published_also_for_its_wildcard)
{
    struct world world;
    world_init(&world);
    int64_t zone = world_add_zone(&world, "dyn.example");
    struct host_row host = world_host(&world, zone, "a.dyn.example", NULL, NULL);
    host.wildcard = host.round_robin = true;
    host.ttl_s = 5;
    world_insert_host(&world, &host);
    const struct addresses all = { .v4.at = { ip_of("192.0.2.1"), ip_of("192.0.2.2") },
                                   .v6.at = { ip_of("2001:db8::1"), ip_of("2001:db8::2"),
                                              ip_of("2001:db8::3") },
                                   .v4.count = 2,
                                   .v6.count = 3 };
    host.v4 = all.v4.at[0];
    host.v6 = all.v6.at[0];
    MUST(store_begin(world.store, why));
    MUST(store_host_set_addresses(world.store, &host, &all, why));
    MUST(store_commit(world.store, why));
    struct walking walking = { .world = &world };
#define V6(last) " 5 AAAA 20010db800000000000000000000000" last
    CHECK_LINES(&walking, "*.a.dyn.example 5 A c0000201", "*.a.dyn.example 5 A c0000202",
                "*.a.dyn.example" V6("1"), "*.a.dyn.example" V6("2"),
                "*.a.dyn.example" V6("3"), "a.dyn.example 5 A c0000201",
                "a.dyn.example 5 A c0000202", "a.dyn.example" V6("1"),
                "a.dyn.example" V6("2"), "a.dyn.example" V6("3"), "dyn.example SOA 1000");

    host.state = HOST_OFFLINE;
    MUST(store_begin(world.store, why));
    MUST(store_host_update(world.store, &host, why));
    MUST(store_commit(world.store, why));
    CHECK_LINES(&walking, "*.a.dyn.example exists", "a.dyn.example exists",
                "dyn.example SOA 1000");
    world_done(&world);
}

TEST(further_records_follow_the_state_of_their_host)
{
    struct world world;
    world_init(&world);
    int64_t zone = world_add_zone(&world, "dyn.example");
    static const enum host_state states[] = { HOST_ACTIVE, HOST_OFFLINE, HOST_DISABLED,
                                              HOST_ABUSE };
    static const char *const names[] = { "a.dyn.example", "b.dyn.example",
                                         "c.dyn.example", "d.dyn.example" };
    for (size_t i = LENGTH_OF(states); i-- > 0;) { /* ids need not rise with the names */
        struct host_row host = world_host(&world, zone, names[i], "192.0.2.1", NULL);
        host.state = states[i];
        world_insert_host(&world, &host);
        struct record_row row = { .zone_id = zone, .host_id = host.id, .type = RR_TXT };
        world_add_record(&world, row, names[i], STR("\1x"));
        row.type = RR_A;
        world_add_record(&world, row, names[i], STR("\300\0\2\7"));
    }
    struct record_row row = { .zone_id = zone, .type = RR_TXT, .wildcard = true };
    world_add_record(&world, row, "w.dyn.example", STR("\1y"));
    add_ns(&world, zone, "dyn.example");
    struct walking walking = { .world = &world };
    CHECK_LINES(&walking, "*.w.dyn.example 300 TXT 0179", "a.dyn.example 300 A c0000207",
                "a.dyn.example 300 TXT 0178", "a.dyn.example 60 A c0000201",
                "b.dyn.example 300 TXT 0178", "b.dyn.example exists",
                "c.dyn.example exists", "d.dyn.example exists",
                "dyn.example 3600 NS " NS1_NET, "dyn.example SOA 1000");
    world_done(&world);
}

TEST(disabled_zones_give_nothing_and_allow_static_lines)
{
    struct world world;
    world_init(&world);
    struct zone_row zone = world_zone(&world, "dyn.example");
    zone.state = ZONE_DISABLED;
    MUST(store_begin(world.store, why));
    MUST(store_zone_insert(world.store, &zone, why));
    MUST(store_commit(world.store, why));
    struct host_row host =
        world_host(&world, zone.id, "a.dyn.example", "192.0.2.1", NULL);
    world_insert_host(&world, &host);
    add_ns(&world, zone.id, "dyn.example");
    struct walking walking = { .world = &world, .static_serial = 9 };
    check_lines(&walking, NULL, 0);
    CHECK_INT(walking.counts.zones, 0);

    world_write(&world, "data", "Zdyn.example:ns1.example:h.example\n", 9);
    CHECK_LINES(&walking, "dyn.example SOA 9");
    world_done(&world);
}

TEST(the_serial_is_the_base_and_the_newest_change_of_zone_and_hosts)
{
    static const struct {
        uint32_t base;
        int64_t zone_change, host_change, other_change;
        const char *want, *want_other;
    } rows[] = {
        { 0, 0, 0, 0, "dyn.example SOA 0", "other.example SOA 0" },
        { 1000, 5, 3, 9, "dyn.example SOA 1005", "other.example SOA 1009" },
        { 1000, 3, 5, 2, "dyn.example SOA 1005", "other.example SOA 1002" },
        { 4294967295, 1, 0, 0, "dyn.example SOA 0", "other.example SOA 4294967295" },
        { 1, 4294967297, 0, 0, "dyn.example SOA 2", "other.example SOA 1" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct world world;
        world_init(&world);
        struct zone_row zone = world_zone(&world, "dyn.example");
        struct zone_row other = world_zone(&world, "other.example");
        zone.serial_base = other.serial_base = rows[i].base;
        zone.last_change = rows[i].zone_change;
        MUST(store_begin(world.store, why));
        MUST(store_zone_insert(world.store, &zone, why));
        MUST(store_zone_insert(world.store, &other, why));
        MUST(store_commit(world.store, why));
        struct host_row host =
            world_host(&world, zone.id, "a.dyn.example", "192.0.2.1", NULL);
        host.last_change = rows[i].host_change;
        world_insert_host(&world, &host);
        struct host_row far =
            world_host(&world, other.id, "a.other.example", "192.0.2.2", NULL);
        far.last_change = rows[i].other_change;
        world_insert_host(&world, &far);
        struct walking walking = { .world = &world };
        CHECK_LINES(&walking, "a.dyn.example 60 A c0000201",
                    "a.other.example 60 A c0000202", rows[i].want, rows[i].want_other);
        world_done(&world);
    }
}

TEST(static_lines_win_over_a_host_of_the_same_name)
{
    struct world world;
    world_init(&world);
    int64_t zone = world_add_zone(&world, "dyn.example");
    struct host_row host = world_host(&world, zone, "a.dyn.example", "192.0.2.1", NULL);
    host.wildcard = true;
    host.last_change = 8;
    world_insert_host(&world, &host);
    struct record_row row = { .zone_id = zone, .host_id = host.id, .type = RR_TXT };
    world_add_record(&world, row, "a.dyn.example", STR("\1x"));
    world_add_record(&world, row, "below.a.dyn.example", STR("\1x"));
    struct host_row free_host =
        world_host(&world, zone, "b.dyn.example", "192.0.2.2", NULL);
    world_insert_host(&world, &free_host);
    struct record_row of_zone = { .zone_id = zone, .type = RR_TXT };
    world_add_record(&world, of_zone, "a.dyn.example", STR("\1z"));
    world_write(&world, "data", "+a.dyn.example:192.0.2.9\n", 1);

    struct walking walking = { .world = &world };
    CHECK_LINES(&walking, "a.dyn.example 86400 A c0000209", "b.dyn.example 60 A c0000202",
                "dyn.example SOA 1008");
    CHECK_INT(walking.counts.static_records, 1);
    CHECK_INT(walking.counts.dynamic.hosts, 1);
    CHECK_INT(walking.counts.dynamic.hosts_taken, 1);
    CHECK(name_equal(&walking.counts.dynamic.taken_example, &host.name));
    world_done(&world);
}

TEST(static_lines_and_zone_records_share_the_apex)
{
    struct world world;
    world_init(&world);
    int64_t zone = world_add_zone(&world, "dyn.example");
    add_ns(&world, zone, "dyn.example");
    struct record_row row = { .zone_id = zone, .type = RR_TXT };
    world_add_record(&world, row, "dyn.example", STR("\1x"));
    world_add_record(&world, row, "dyn.example", STR("\1y"));
    world_write(&world, "data",
                "'dyn.example:x:7\n'dyn.example:z:7\n"
                "&dyn.example::NS1.Example.net:99\n"
                "+free.dyn.example:192.0.2.9:5\n",
                1);
    struct walking walking = { .world = &world };
    CHECK_LINES(&walking, "dyn.example 300 TXT 0179", "dyn.example 3600 NS " NS1_NET,
                "dyn.example 7 TXT 0178", "dyn.example 7 TXT 017a",
                "dyn.example SOA 1000", "free.dyn.example 5 A c0000209");
    world_done(&world);
}

TEST(what_may_not_stand_in_a_dynamic_zone_is_an_error_with_its_line)
{
    static const struct {
        const char *line, *says;
    } rows[] = {
        { "Zdyn.example:ns1:h", "an SOA record at dyn.example" },
        { "Zsub.dyn.example:ns1:h", "an SOA record at sub.dyn.example" },
        { ".dyn.example::ns1", "an SOA record at dyn.example" },
        { "&dyn.example::ns2.example.net", "an NS record at dyn.example" },
        { "&a.b.dyn.example::ns1.example.net", "an NS record at a.b.dyn.example" },
        { "+*.dyn.example:192.0.2.1", "a wildcard at *.dyn.example" },
        { "'*.a.dyn.example:x", "a wildcard at *.a.dyn.example" },
        { "&*.dyn.example::ns1.example.net", "an NS record at *.dyn.example" },
        { "Cdyn.example:a.example", "a CNAME record at dyn.example" },
    };
    struct world world;
    world_init(&world);
    int64_t zone = world_add_zone(&world, "dyn.example");
    add_ns(&world, zone, "dyn.example");
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        char text[256];
        static struct listing listing;
        struct walking walking = { .world = &world };
        struct error err;
        (void)snprintf(text, sizeof(text), "# first\n%s\n", rows[i].line);
        world_write(&world, "data", text, 1);
        listing.n = 0;
        CHECK_INT(
            walk_into(&walking,
                      &(struct record_sink){ .record = list_record, .ctx = &listing },
                      &err),
            ERR_CONFLICT);
        CHECK(strstr(err.text, "/static/data:2: "));
        CHECK(strstr(err.text, rows[i].says));
        CHECK(strstr(err.text, "zone dyn.example"));
    }
    world_done(&world);
}

TEST(static_zones_beside_and_above_dynamic_ones_are_free)
{
    struct world world;
    world_init(&world);
    (void)world_add_zone(&world, "dyn.example");
    world_write(&world, "data",
                "Zexample:ns1.example:h.example:5\n"
                "&notdyn.example::ns1.example:9\n"
                "+*.example:192.0.2.1:9\n"
                "Ca.dyn.example:b.example:9\n",
                1);
    struct walking walking = { .world = &world };
    CHECK_LINES(&walking, "*.example 9 A c0000201",
                "a.dyn.example 9 CNAME 0162076578616d706c6500", "dyn.example SOA 1000",
                "example SOA 5", "notdyn.example 9 NS 036e7331076578616d706c6500");
    world_done(&world);
}

TEST(static_records_come_once_and_a_zone_has_one_soa)
{
    struct world world;
    world_init(&world);
    world_write(&world, "data",
                ".example:192.0.2.1:a:60\n.example:192.0.2.2:b:60\n"
                "+a.ns.example:192.0.2.1:60\n+A.ns.Example:192.0.2.1:70\n"
                "+*.example:192.0.2.1:60\n+example:192.0.2.1:60\n",
                1);
    struct walking walking = { .world = &world, .static_serial = 33 };
    CHECK_LINES(&walking, "*.example 60 A c0000201", "a.ns.example 60 A c0000201",
                "b.ns.example 60 A c0000202", "example 60 A c0000201",
                "example 60 NS 0161026e73076578616d706c6500",
                "example 60 NS 0162026e73076578616d706c6500", "example SOA 33");
    CHECK_INT(walking.counts.static_records, 7);
    world_done(&world);
}

static enum status walk_for_image(void *ctx, const struct record_sink *sink,
                                  struct error *err)
{
    return walk_into(ctx, sink, err);
}

/* Builds an image of the present state and opens it. */
static struct image *build_present(struct walking *walking)
{
    CLEANUP(image_writer_closep) struct image_writer *writer = NULL;
    struct image *image = NULL;
    const struct image_source source = { walk_for_image, walking };
    MUST(image_writer_open(walking->world->images, &writer, why));
    MUST(image_rebuild(writer, &source, why));
    MUST(image_open(image_writer_path(writer), &image, why));
    return image;
}

static const struct {
    const char *lines;
    uint32_t time_s;
    const char *want;
} static_serials[] = {
    { "Zexample:ns1:h", 1000, "example SOA 1000" },
    { "Zexample:ns1:h", 1001, "example SOA 1001" },
    { "Zexample:ns1:h", 999, "example SOA 1001" }, /* older files are other files */
    { "Zexample:ns1:h:1000", 5000, "example SOA 1000" },
    { "Zexample:ns1:h:1500", 5, "example SOA 1500" },
    { "Zexample:ns1:h:999", 5000, "example SOA 1001" },
    { "Zexample:ns1:h:2147484648", 5000, "example SOA 1001" }, /* half the circle away */
    { "Zexample:ns1:h:2147484647", 5000, "example SOA 2147484647" },
};

TEST(the_serial_of_static_soa_records_never_falls)
{
    struct world world;
    world_init(&world);
    struct walking walking = { .world = &world, .static_serial = 1000 };
    world_write(&world, "data", "Zexample:ns1:h\n", 1);
    CLEANUP(image_closep) struct image *present = build_present(&walking);
    walking.present = present;
    for (size_t i = 0; i < LENGTH_OF(static_serials); i++) {
        world_write(&world, "data", static_serials[i].lines, 1);
        walking.static_serial = static_serials[i].time_s;
        CHECK_LINES(&walking, static_serials[i].want);
        /* Only a given serial that was lowered is worth a word. */
        bool held = i == 5 || i == 6;
        CHECK_INT(walking.counts.held.count, held);
        CHECK_INT(walking.counts.held.example.n, held ? 9 : 0);
    }
    world_done(&world);
}

static void set_base(struct world *world, int64_t zone_id, uint32_t base)
{
    struct zone_row zone;
    MUST(store_begin(world->store, why));
    MUST(store_zone_find(world->store, zone_id, &zone, why));
    zone.serial_base = base;
    MUST(store_zone_update(world->store, &zone, why));
    MUST(store_commit(world->store, why));
}

TEST(a_dynamic_serial_that_would_fall_goes_on_from_the_published_one)
{
    static const struct {
        uint32_t base;
        const char *want;
    } rows[] = {
        { 1000, "dyn.example SOA 1000" },
        { 999, "dyn.example SOA 1001" },
        { 1001, "dyn.example SOA 1001" },
        { 0, "dyn.example SOA 1001" },
        { 2147484647, "dyn.example SOA 2147484647" },
        { 2147484648, "dyn.example SOA 1001" },
        { 4294967295, "dyn.example SOA 1001" },
    };
    struct world world;
    world_init(&world);
    int64_t zone_id = world_add_zone(&world, "dyn.example");
    struct walking walking = { .world = &world };
    CLEANUP(image_closep) struct image *present = build_present(&walking);
    walking.present = present;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        set_base(&world, zone_id, rows[i].base);
        CHECK_LINES(&walking, rows[i].want);
        CHECK_INT(walking.counts.held.count, 0);
    }
    world_done(&world);
}

/* Publishes, and yields the serial of a zone. */
static uint32_t publish_serial(struct walking *walking, const char *zone)
{
    struct name name;
    struct image_cursor cursor;
    struct image_record record;
    struct soa soa;
    MUST(name_parse(str_from(zone), &name, why));
    struct image *present = build_present(walking);
    image_close((struct image *)(uintptr_t)walking->present);
    walking->present = present;
    image_find(present, NULL, name_bytes(&name), false, &cursor);
    do
        CHECK(image_next(&cursor, &record));
    while (record.type != RR_SOA);
    CHECK_INT(soa_decode(record.rdata, &soa), OK);
    return soa.serial;
}

TEST(a_line_in_a_dynamic_zone_raises_its_serial_when_it_comes_changes_and_goes)
{
    static const struct {
        const char *lines;
        uint32_t serial;
    } rows[] = {
        { "", 1000 },
        { "+b.dyn.example:192.0.2.1\n", 1001 },
        { "+b.dyn.example:192.0.2.1\n", 1001 },
        { "+b.dyn.example:192.0.2.1\n+b.example:192.0.2.1\n", 1001 },
        { "# in another order\n+b.example:192.0.2.1\n+b.dyn.example:192.0.2.1\n", 1001 },
        { "+b.dyn.example:192.0.2.1:60\n", 1002 },
        { "+b.dyn.example:192.0.2.1:60::lo\n", 1003 },
        { "+*.b.example:192.0.2.1:60::lo\n", 1004 },
        { "+dyn.example:192.0.2.1\n+b.dyn.example:192.0.2.2\n", 1005 },
    };
    struct world world;
    world_init(&world);
    int64_t zone_id = world_add_zone(&world, "dyn.example");
    set_base(&world, zone_id, 1000);
    struct walking walking = { .world = &world };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        world_write(&world, "data", rows[i].lines, 1);
        CHECK_INT(publish_serial(&walking, "dyn.example"), rows[i].serial);
    }
    set_base(&world, zone_id, 2000); /* the journal's is newer again */
    CHECK_INT(publish_serial(&walking, "dyn.example"), 2000);
    image_close((struct image *)(uintptr_t)walking.present);
    world_done(&world);
}

TEST(a_zone_that_begins_below_raises_the_serial_of_the_one_above)
{
    struct world world;
    world_init(&world);
    int64_t outer = world_add_zone(&world, "dyn.example");
    set_base(&world, outer, 1000);
    world_write(&world, "data", "Zexample:ns1:h\n", 1);
    struct walking walking = { .world = &world, .static_serial = 50 };
    CHECK_INT(publish_serial(&walking, "dyn.example"), 1000);
    CHECK_INT(publish_serial(&walking, "example"), 50);

    int64_t inner = world_add_zone(&world, "in.dyn.example");
    add_ns(&world, inner, "in.dyn.example");
    CHECK_INT(publish_serial(&walking, "dyn.example"), 1001);
    CHECK_INT(publish_serial(&walking, "example"), 50);
    add_ns(&world, outer, "dyn.example");
    CHECK_INT(publish_serial(&walking, "example"), 51);
    CHECK_INT(publish_serial(&walking, "example"), 51);
    image_close((struct image *)(uintptr_t)walking.present);
    world_done(&world);
}

TEST(soa_records_of_several_locations_keep_their_serials_while_nothing_changes)
{
    static const char lines[] = "Zexample:ns1:h::::::::lo\nZexample:ns2:h:7:::::::l2\n";
    struct world world;
    world_init(&world);
    struct walking walking = { .world = &world, .static_serial = 50 };
    world_write(&world, "data", lines, 1);
    for (int i = 0; i < 3; i++)
        CHECK_INT(publish_serial(&walking, "example"), 50);
    CHECK_LINES(&walking, "example SOA 50", "example SOA 7");
    image_close((struct image *)(uintptr_t)walking.present);
    world_done(&world);
}

/* What a zone of a round is made from. */
struct facts {
    uint32_t base;
    unsigned line;
    int64_t change;
};

TEST(whatever_happens_a_serial_never_falls_and_rises_with_each_change)
{
    struct world world;
    world_init(&world);
    int64_t zone_id = world_add_zone(&world, "dyn.example");
    struct walking walking = { .world = &world };
    struct facts last = { 0 }, now = { .base = 4294967200U };
    uint32_t serial = now.base - 1, raised = 0;
    for (int round = 0; round < 250; round++) {
        /* At first nothing is published that a lower base could be compared with. */
        uint32_t what = round > 0 ? random_below(6) : 5;
        if (what == 0)
            now.line = random_below(4);
        else if (what == 1)
            now.base -= random_below(50); /* a database from a backup */
        else if (what <= 3)
            now.change += 1 + random_below(5);
        char line[64] = "";
        if (now.line > 0)
            (void)snprintf(line, sizeof(line), "+x.dyn.example:192.0.2.%u\n", now.line);
        world_write(&world, "data", line, 1);
        set_base(&world, zone_id, now.base + (uint32_t)now.change);
        uint32_t next = publish_serial(&walking, "dyn.example");
        bool same = round > 0 && memcmp(&now, &last, sizeof(now)) == 0;
        CHECK(same ? next == serial : serial_is_newer(next, serial));
        raised += !same;
        last = now;
        serial = next;
    }
    CHECK(raised > 50 && serial < now.base); /* it went across the wrap */
    image_close((struct image *)(uintptr_t)walking.present);
    world_done(&world);
}

TEST(serials_rise_from_image_to_image_across_the_wrap)
{
    struct world world;
    world_init(&world);
    int64_t zone_id = world_add_zone(&world, "dyn.example");
    struct walking walking = { .world = &world };
    uint32_t last = 4294967290U;
    for (int i = 0; i < 20; i++) {
        struct zone_row zone;
        MUST(store_begin(world.store, why));
        MUST(store_zone_find(world.store, zone_id, &zone, why));
        zone.serial_base = 4294967290U;
        zone.last_change = i + 1;
        MUST(store_zone_update(world.store, &zone, why));
        MUST(store_commit(world.store, why));
        struct image *present = build_present(&walking);
        struct image_cursor cursor;
        struct image_record record;
        struct soa soa;
        image_find(present, NULL, name_bytes(&zone.name), false, &cursor);
        CHECK(image_next(&cursor, &record) && record.type == RR_SOA);
        CHECK_INT(soa_decode(record.rdata, &soa), OK);
        CHECK(serial_is_newer(soa.serial, last));
        last = soa.serial;
        image_close((struct image *)(uintptr_t)walking.present);
        walking.present = present;
    }
    CHECK_INT(last, 14);
    image_close((struct image *)(uintptr_t)walking.present);
    world_done(&world);
}

static enum status fail_at(void *ctx, const struct record *record, struct error *err)
{
    (void)record;
    int *left = ctx;
    return (*left)-- == 0 ? FAIL(err, ERR_LIMIT, "full") : OK;
}

TEST(a_failing_image_ends_the_walk_at_each_record)
{
    struct world world;
    world_init(&world);
    int64_t zone = world_add_zone(&world, "dyn.example");
    add_ns(&world, zone, "dyn.example");
    struct host_row host =
        world_host(&world, zone, "a.dyn.example", "192.0.2.1", "2001:db8::1");
    host.wildcard = true;
    world_insert_host(&world, &host);
    struct host_row offline = world_host(&world, zone, "b.dyn.example", NULL, NULL);
    world_insert_host(&world, &offline);
    world_write(&world, "data", ".example:192.0.2.1:a\n", 1);
    struct walking walking = { .world = &world };
    int records = 3 + 4 + 1 + 1 + 1 + 2; /* and the notes */
    for (int at = 0; at <= records; at++) {
        int left = at;
        struct error err;
        CHECK_INT(walk_into(&walking,
                            &(struct record_sink){ .record = fail_at, .ctx = &left },
                            &err),
                  at < records ? ERR_LIMIT : OK);
        CHECK_INT(left, at < records ? -1 : 0);
    }
    world_done(&world);
}
