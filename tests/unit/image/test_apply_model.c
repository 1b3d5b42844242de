// SPDX-License-Identifier: GPL-3.0-or-later
/* Changes in place against a plain model: a table of what stands at each name, from which
 * follow the records, what each zone holds, and which names exist. */
#include "folder.h"
#include "inside.h"

#include "image/changes.h"
#include "image/draft.h"
#include "image/feed.h"
#include "image/live_reader.h"
#include "image/writer.h"

enum {
    SPOTS_MAX = 420,
    SPOT_RECORDS = 12,
    DATA_MAX = 200,
    NODES_MAX = 200,
    BATCHES = 90,
    ZONES = 3,
    KNOWN_SLOTS = 1 << 14,
    SET_MAX = SPOTS_MAX * SPOT_RECORDS,
    NOTE_SIZE = 8,
};

static const char *const zones[ZONES] = { "example.org", "sub.example.org",
                                          "dyn.example" };
/* Whose addresses go along with the second zone's NS record in the first one. */
static const char *const server = "ns.sub.example.org";

static uint32_t seed;

static uint32_t random_to(uint32_t below)
{
    seed = seed * 1664525U + 1013904223U;
    return (seed >> 8) % below;
}

/* ----- the model ----- */

struct spot {
    struct name name;
    size_t zone; /* the nearest at or above it */
    struct record records[SPOT_RECORDS];
    uint8_t data[SPOT_RECORDS][DATA_MAX];
    size_t count;
};

struct known {
    char names[KNOWN_SLOTS][NAME_SIZE];
    uint16_t sizes[KNOWN_SLOTS]; /* 0: free */
};

struct model {
    struct spot spots[SPOTS_MAX];
    size_t count;
    struct name apexes[ZONES];
    uint32_t serials[ZONES];
    char notes[ZONES][NOTE_SIZE];
    struct known exist; /* every name that does, with those above it */
};

static struct str above(struct str name)
{
    return str_from_at(name, 1U + (uint8_t)name.at[0]);
}

static uint64_t digest(uint64_t from, struct str bytes)
{
    for (size_t i = 0; i < bytes.n; i++)
        from = (from ^ (uint8_t)bytes.at[i]) * 1099511628211ULL;
    return from;
}

static size_t known_slot(const struct known *known, struct str name)
{
    size_t slot = digest(7, name) % KNOWN_SLOTS;
    while (known->sizes[slot] &&
           !str_equal(str_bytes(known->names[slot], known->sizes[slot]), name))
        slot = (slot + 1) % KNOWN_SLOTS;
    return slot;
}

static bool is_known(const struct known *known, struct str name)
{
    return name.n <= 1 || known->sizes[known_slot(known, name)];
}

static void add_known(struct known *known, struct str name)
{
    for (; name.n > 1; name = above(name)) {
        size_t slot = known_slot(known, name);
        memcpy(known->names[slot], name.at, name.n);
        known->sizes[slot] = (uint16_t)name.n;
    }
}

/* "*.name" in `space`; the empty str if no name can be as long. */
static struct str starred(struct str name, char space[NAME_SIZE])
{
    struct buf buf = buf_on(space, NAME_SIZE);
    buf_put(&buf, STR("\1*"));
    buf_put(&buf, name);
    return buf.full ? STR("") : buf_str(&buf);
}

static void find_existing(struct model *model)
{
    char space[NAME_SIZE];
    memset(model->exist.sizes, 0, sizeof(model->exist.sizes));
    for (size_t i = 0; i < ZONES; i++)
        add_known(&model->exist, name_bytes(&model->apexes[i]));
    for (size_t i = 0; i < model->count; i++)
        for (size_t k = 0; k < model->spots[i].count; k++) {
            struct str name = name_bytes(&model->spots[i].name);
            bool wildcard = model->spots[i].records[k].wildcard;
            add_known(&model->exist, wildcard ? starred(name, space) : name);
        }
}

static void add_spot(struct model *model, struct name name)
{
    if (model->count == SPOTS_MAX || str_starts(name_bytes(&name), STR("\1*")))
        return;
    for (size_t i = 0; i < model->count; i++)
        if (name_equal(&model->spots[i].name, &name))
            return;
    struct spot *spot = &model->spots[model->count++];
    spot->name = name;
    for (size_t i = 0; i < ZONES; i++)
        if (name_is_within(&name, &model->apexes[i]) &&
            (i != 0 || !name_is_within(&name, &model->apexes[1])))
            spot->zone = i;
}

/* Names above each other, under stars, of odd bytes, the longest there can be, and alone. */
static void add_spots(struct model *model)
{
    static const struct str labels[] = { { "a", 1 },   { "b", 1 },    { "c", 1 },
                                         { "*", 1 },   { "\1x", 2 },  { "x\1a", 3 },
                                         { "\0", 1 },  { "sub", 3 },  { "host-17", 7 },
                                         { "0-9", 3 }, { "\1*a", 3 }, { "\377", 1 } };
    char longest[63];
    memset(longest, 'l', sizeof(longest));
    for (size_t i = 0; i < ZONES; i++) {
        struct name name = model->apexes[i];
        add_spot(model, name);
        while (name_prepend(str_bytes(longest, sizeof(longest)), &name, &name) == OK)
            add_spot(model, name);
        for (size_t n = sizeof(longest); n > 0; n--)
            if (name_prepend(str_bytes(longest, n), &name, &name) == OK)
                add_spot(model, name);
    }
    add_spot(model, name_of(server));
    for (int i = 0; i < 2 * SPOTS_MAX; i++) {
        struct name name = model->apexes[random_to(ZONES)];
        for (uint32_t depth = 1 + random_to(5); depth > 0; depth--) {
            struct str label = labels[random_to(LENGTH_OF(labels))];
            CHECK_INT(name_prepend(label, &name, &name), OK);
        }
        add_spot(model, name);
    }
}

static void add_record(struct spot *spot, uint16_t type, size_t n, bool wildcard)
{
    struct record *record = &spot->records[spot->count];
    uint8_t *data = spot->data[spot->count++];
    for (size_t i = 0; i < n; i++)
        data[i] = (uint8_t)random_to(3); /* so that some stay, and some come twice */
    *record = (struct record){ .owner = spot->name,
                               .type = type,
                               .ttl_s = type ? random_to(3) : 0,
                               .wildcard = wildcard,
                               .rdata = str_bytes(data, n) };
    if (type && random_to(12) == 0)
        record->stamp = 1ULL << 62;
    if (type && random_to(12) == 0)
        memcpy(record->location, "lo", sizeof(record->location));
}

static void fill_half(struct spot *spot, bool wildcard)
{
    uint32_t kinds = random_to(32);
    if (kinds & 1)
        for (uint32_t i = 1 + random_to(2); i > 0; i--)
            add_record(spot, RR_A, 4, wildcard);
    if (kinds & 2)
        add_record(spot, RR_AAAA, 16, wildcard);
    if ((kinds & 12) == 12)
        add_record(spot, RR_TXT, random_to(2) ? 5 : random_to(DATA_MAX), wildcard);
    if ((kinds & 17) == 16)
        add_record(spot, 0, 0, wildcard); /* with records, and without */
    if (kinds == 31)
        add_record(spot, 65280, 0, wildcard);
}

/* Where the second zone begins, the first one has its NS record. */
static void fill(const struct model *model, struct spot *spot)
{
    spot->count = 0;
    if (name_equal(&spot->name, &model->apexes[1]) && random_to(4)) {
        static const uint8_t wire[] = "\2ns\3sub\7example\3org";
        add_record(spot, RR_NS, sizeof(wire), false);
        memcpy(spot->data[0], wire, sizeof(wire));
    }
    if (random_to(3) == 0)
        return;
    fill_half(spot, false);
    if (random_to(4) == 0 && spot->name.n <= NAME_SIZE - 2)
        fill_half(spot, true);
}

/* ----- what an image of the model holds ----- */

struct set {
    uint64_t at[SET_MAX];
    size_t n;
};

static int compare_digests(const void *a, const void *b)
{
    const uint64_t *first = (const uint64_t *)a, *second = (const uint64_t *)b;
    return (*first > *second) - (*first < *second);
}

static void sort(struct set *set)
{
    qsort(set->at, set->n, sizeof(set->at[0]), compare_digests);
}

static uint64_t record_digest(const struct record *record)
{
    char head[32];
    struct buf buf = BUF_ON(head);
    buf_put_u16(&buf, record->type);
    buf_put_u8(&buf, record->wildcard);
    buf_put_u32(&buf, record->ttl_s);
    buf_put_u64(&buf, record->stamp);
    buf_put(&buf, str_bytes(record->location, sizeof(record->location)));
    uint64_t first = digest(digest(1, buf_str(&buf)), name_bytes(&record->owner));
    return digest(first, record->rdata);
}

static enum status add_to_set(void *ctx, const struct record *record)
{
    struct set *set = (struct set *)ctx;
    CHECK(set->n < SET_MAX);
    set->at[set->n++] = record_digest(record);
    return OK;
}

/* The data are lent until the next call. */
static struct record soa_record(const struct model *model, size_t zone, uint32_t serial)
{
    static uint8_t space[2 * NAME_SIZE + 20];
    struct buf rdata = BUF_ON(space);
    const struct soa soa = { .mname = name_of(server),
                             .rname = name_of("."),
                             .serial = serial };
    soa_encode(&soa, &rdata);
    return (struct record){
        .owner = model->apexes[zone], .type = RR_SOA, .ttl_s = 9, .rdata = buf_str(&rdata)
    };
}

static void want_zone(const struct model *model, size_t zone, struct set *set)
{
    const struct record soa = soa_record(model, zone, model->serials[zone]);
    CHECK_INT(add_to_set(set, &soa), OK);
    for (size_t i = 0; i < model->count; i++)
        for (size_t k = 0; k < model->spots[i].count; k++)
            if (model->spots[i].zone == zone && model->spots[i].records[k].type)
                CHECK_INT(add_to_set(set, &model->spots[i].records[k]), OK);
}

static void want_all(const struct model *model, struct set *set)
{
    set->n = 0;
    for (size_t i = 0; i < ZONES; i++)
        want_zone(model, i, set);
    sort(set);
}

static const struct spot *find_spot(const struct model *model, const struct name *name)
{
    size_t i = 0;
    while (!name_equal(&model->spots[i].name, name))
        CHECK(++i < model->count);
    return &model->spots[i];
}

/* What the first zone's transfer has of the second one. */
static void want_delegation(const struct model *model, struct set *set)
{
    const struct name name = name_of(server);
    const struct spot *apex = find_spot(model, &model->apexes[1]);
    const struct spot *host = find_spot(model, &name);
    if (apex->count == 0 || apex->records[0].type != RR_NS)
        return;
    CHECK_INT(add_to_set(set, &apex->records[0]), OK);
    for (size_t i = 0; i < host->count; i++) {
        const struct record *record = &host->records[i];
        if (!record->wildcard && (record->type == RR_A || record->type == RR_AAAA))
            CHECK_INT(add_to_set(set, record), OK);
    }
}

static enum status walk_model(void *ctx, const struct record_sink *sink,
                              struct error *err)
{
    const struct model *model = (const struct model *)ctx;
    for (size_t i = 0; i < ZONES; i++) {
        struct record record = soa_record(model, i, model->serials[i]);
        CHECK_INT(sink_record(sink, &record, err), OK);
        record.type = 0;
        record.rdata = str_bytes(model->notes[i], NOTE_SIZE);
        CHECK_INT(sink_record(sink, &record, err), OK);
    }
    for (size_t i = 0; i < model->count; i++)
        for (size_t k = 0; k < model->spots[i].count; k++)
            CHECK_INT(sink_record(sink, &model->spots[i].records[k], err), OK);
    return OK;
}

/* ----- an image compared with the model ----- */

static struct set got, want, old, gone, come;

static void check_sets(void)
{
    sort(&got);
    sort(&want);
    CHECK_INT(got.n, want.n);
    CHECK(memcmp(got.at, want.at, got.n * sizeof(got.at[0])) == 0);
}

static void check_records(const struct model *model, const struct image *image)
{
    got.n = 0;
    want_all(model, &want);
    CHECK_INT(image_walk(image, add_to_set, &got), OK);
    check_sets();
    for (size_t i = 0; i < ZONES; i++) {
        got.n = want.n = 0;
        CHECK_INT(image_walk_zone(image, &model->apexes[i], add_to_set, &got), OK);
        want_zone(model, i, &want);
        if (i == 0)
            want_delegation(model, &want);
        check_sets();
        struct str note;
        CHECK(image_note(image, &model->apexes[i], &note));
        CHECK(str_equal(note, str_bytes(model->notes[i], NOTE_SIZE)));
    }
}

static void check_name(const struct model *model, const struct image *image,
                       struct str name, struct str zone)
{
    const struct known *exist = &model->exist;
    char space[NAME_SIZE];
    struct str star = starred(name, space);
    CHECK(image_name_exists(image, NULL, name) == is_known(exist, name));
    CHECK(image_wildcard_exists(image, NULL, name) == (star.n && is_known(exist, star)));
    struct str nearest = name;
    while (nearest.n > zone.n && !is_known(exist, nearest))
        nearest = above(nearest);
    CHECK_INT(image_closest_encloser(image, NULL, name, zone).n, nearest.n);
}

/* All names that were ever in use, those above them, their stars, and names that never
 * were. */
static void check_names(const struct model *model, const struct image *image)
{
    for (size_t i = 0; i < model->count; i++) {
        struct name never;
        char space[NAME_SIZE];
        struct str zone = name_bytes(&model->apexes[model->spots[i].zone]);
        struct str name = name_bytes(&model->spots[i].name), star = starred(name, space);
        if (star.n)
            check_name(model, image, star, zone);
        if (name_prepend(STR("never"), &model->spots[i].name, &never) == OK)
            check_name(model, image, name_bytes(&never), zone);
        for (; name.n >= zone.n; name = above(name))
            check_name(model, image, name, zone);
    }
}

/* ----- changes ----- */

static enum status tell(struct set *set, const struct name *owner,
                        const struct record *record)
{
    struct record whole = *record;
    whole.owner = *owner;
    return add_to_set(set, &whole);
}

static void tell_gone(void *ctx, size_t node, const struct record *record)
{
    const struct image_node *nodes = (const struct image_node *)ctx;
    CHECK_INT(tell(&gone, &nodes[node].owner, record), OK);
}

static void tell_come(void *ctx, size_t node, const struct record *record)
{
    const struct image_node *nodes = (const struct image_node *)ctx;
    if (record->type) /* a marker is none that a reader is told of */
        CHECK_INT(tell(&come, &nodes[node].owner, record), OK);
}

static void drop(struct set *set, uint64_t digest_of)
{
    size_t i = 0;
    while (set->at[i] != digest_of)
        CHECK(++i < set->n);
    set->at[i] = set->at[--set->n];
}

/* The old records without those that went and with those that came are the new ones, but for
 * the zones' SOA records, of which nobody is told. */
static void check_told(const struct model *model, const uint32_t serials[ZONES])
{
    for (size_t i = 0; i < gone.n; i++) {
        for (size_t k = 0; k < come.n; k++)
            CHECK(gone.at[i] != come.at[k]); /* such a record only stayed */
        drop(&old, gone.at[i]);
    }
    for (size_t i = 0; i < come.n; i++)
        old.at[old.n++] = come.at[i];
    for (size_t i = 0; i < ZONES; i++) {
        struct record soa = soa_record(model, i, serials[i]);
        drop(&old, record_digest(&soa));
        soa = soa_record(model, i, model->serials[i]);
        CHECK_INT(add_to_set(&old, &soa), OK);
    }
    want_all(model, &want);
    memcpy(&got, &old, sizeof(got));
    check_sets();
}

static void set_zone(struct model *model, size_t zone, uint32_t serial)
{
    struct buf note = BUF_ON(model->notes[zone]);
    model->serials[zone] = serial;
    buf_put_u64(&note, serial * 0x100000001ULL);
}

/* How often each of them happened. */
struct seen {
    size_t applied, rebuilt, taken, doubled;
};

/* A place where the model's images are made. */
struct shop {
    struct folder folder;
    struct image_writer *writer;
    struct live_reader *reader;
    struct model *model;
    struct seen *seen;
};

static void rebuild(struct shop *shop)
{
    const struct image_source source = { walk_model, shop->model };
    struct error err;
    CHECK_INT(image_rebuild(shop->writer, &source, NULL), OK);
    while (image_writer_work(shop->writer, &err)) {
    }
    CHECK_TEXT(err.text, "");
    shop->seen->rebuilt++;
}

struct batch {
    struct image_node nodes[NODES_MAX];
    struct image_zone zones[ZONES];
    size_t node_count, zone_count;
};

static void change_model(struct model *model, struct batch *batch)
{
    batch->node_count = batch->zone_count = 0;
    size_t size = random_to(2) ? 1 + random_to(3) : 1 + random_to(NODES_MAX);
    size_t at = random_to((uint32_t)model->count);
    if (random_to(2)) /* where records belong to one zone and the wildcard's to another */
        at = (size_t)(find_spot(model, &model->apexes[random_to(ZONES)]) - model->spots);
    for (size_t i = 0; i < size; i++, at = (at + 251) % model->count) {
        struct spot *spot = &model->spots[at];
        fill(model, spot);
        batch->nodes[batch->node_count++] =
            (struct image_node){ spot->name, spot->records, spot->count };
    }
    for (size_t i = 0; i < ZONES; i++) {
        if (random_to(3) == 0)
            continue;
        set_zone(model, i, model->serials[i] + 1 + random_to(1U << 20));
        batch->zones[batch->zone_count++] =
            (struct image_zone){ model->apexes[i], model->serials[i],
                                 str_bytes(model->notes[i], NOTE_SIZE) };
    }
}

/* That nothing happened is seen by the records that there were before. */
static void check_unchanged(const struct shop *shop)
{
    CLEANUP(image_closep) struct image *image = NULL;
    CHECK_INT(image_open(shop->folder.file, &image, NULL), OK);
    got.n = 0;
    CHECK_INT(image_walk(image, add_to_set, &got), OK);
    memcpy(&want, &old, sizeof(want));
    check_sets();
}

static struct batch batch;

/* False: the room is used up, and a rebuild is due. */
static bool apply_batch(struct shop *shop)
{
    uint32_t serials[ZONES];
    memcpy(serials, shop->model->serials, sizeof(serials));
    want_all(shop->model, &old);
    gone.n = come.n = 0;
    change_model(shop->model, &batch);
    const struct image_changes changes = { batch.nodes, batch.node_count, batch.zones,
                                           batch.zone_count };
    const struct image_diff diff = { tell_gone, tell_come, batch.nodes };
    unsigned fill_before = image_writer_fill(shop->writer);
    uint64_t generation = inside_generation(shop->writer);
    enum status status = image_apply(shop->writer, &changes, &diff, NULL);
    if (status == ERR_LIMIT) {
        check_unchanged(shop);
        CHECK_INT(inside_generation(shop->writer), generation);
        CHECK_INT(image_apply(shop->writer, &changes, NULL, NULL), ERR_LIMIT);
        return false;
    }
    CHECK_INT(status, OK);
    CHECK(inside_generation(shop->writer) > generation);
    CHECK(image_writer_fill(shop->writer) >= fill_before);
    CHECK(image_writer_fill(shop->writer) <= 100);
    check_told(shop->model, serials);
    shop->seen->applied++;
    return true;
}

static bool apply_to_both(struct shop *shop, struct image_draft *draft)
{
    if (!apply_batch(shop))
        return false;
    const struct image_changes changes = { batch.nodes, batch.node_count, batch.zones,
                                           batch.zone_count };
    const struct image_diff diff = { tell_gone, tell_come, batch.nodes };
    gone.n = come.n = 0;
    CHECK_INT(image_draft_apply(draft, &changes, &diff, NULL), OK);
    return true;
}

/* A new file is made beside the live one; what changes meanwhile goes to both. False: the live
 * one has no room for that. */
static bool make_beside(struct shop *shop)
{
    const struct image_source source = { walk_model, shop->model };
    CLEANUP(image_draft_freep) struct image_draft *draft = NULL;
    CHECK_INT(image_draft_make(shop->writer, &source, &draft, NULL), OK);
    const atomic_bool is_stopped = random_to(3) == 0;
    uint32_t changes = random_to(5), doubled = random_to(changes + 1);
    for (uint32_t i = 0; i <= changes; i++) {
        if (i == doubled)
            image_draft_add_spare(draft, &is_stopped);
        if (i < changes && !apply_to_both(shop, draft))
            return false;
    }
    CHECK_INT(image_draft_take(shop->writer, draft, NULL), OK);
    CHECK(is_stopped || !image_writer_work(shop->writer, NULL));
    while (image_writer_work(shop->writer, NULL)) {
    }
    shop->seen->doubled += !is_stopped;
    shop->seen->taken++;
    return true;
}

static void add_file(void *ctx, uint32_t id, int fd)
{
    CHECK_INT(live_reader_add((struct live_reader *)ctx, id, fd, NULL), OK);
}

/* As readers of both kinds see it. */
static void check_image(const struct shop *shop)
{
    uint64_t ticket = 0;
    const struct image *live = live_reader_begin(shop->reader, &ticket);
    find_existing(shop->model);
    check_records(shop->model, live);
    check_names(shop->model, live);
    CHECK(live_reader_is_whole(shop->reader, ticket));
    CHECK(live_reader_is_current(shop->reader, shop->folder.file));

    CLEANUP(image_closep) struct image *file = NULL;
    CHECK_INT(image_open(shop->folder.file, &file, NULL), OK);
    check_records(shop->model, file);
    check_names(shop->model, file);
}

static void run(uint32_t from, struct seen *seen)
{
    seed = from;
    struct shop shop = { .folder = folder_make(),
                         .model = NEW(struct model),
                         .seen = seen };
    for (size_t i = 0; i < ZONES; i++) {
        shop.model->apexes[i] = name_of(zones[i]);
        set_zone(shop.model, i, UINT32_MAX - (1U << 22) - random_to(1U << 20));
    }
    add_spots(shop.model);
    for (size_t i = 0; i < shop.model->count && random_to(20); i++)
        fill(shop.model, &shop.model->spots[i]); /* some; the other zones begin empty */
    CHECK_INT(image_writer_open(shop.folder.path, &shop.writer, NULL), OK);
    CHECK(image_writer_patches(shop.writer, NULL));
    CHECK_INT(
        live_reader_open(image_writer_control_page(shop.writer), &shop.reader, NULL), OK);
    image_writer_on_file(shop.writer, add_file, shop.reader);
    rebuild(&shop);
    check_image(&shop);
    for (int i = 0; i < BATCHES; i++) {
        if (!(i % 40 == 39 ? make_beside(&shop) : apply_batch(&shop)))
            rebuild(&shop);
        check_image(&shop);
    }
    image_writer_on_file(shop.writer, NULL, NULL);
    live_reader_close(shop.reader);
    image_writer_close(shop.writer);
    mem_free(shop.model);
    folder_remove(&shop.folder);
}

TEST(random_changes_in_place_leave_what_the_model_says)
{
    struct seen seen = { 0 };
    uint64_t runs = 2;
    const char *more = getenv("ROVE_MODEL_RUNS");
    if (more)
        CHECK_INT(str_to_u64(str_from(more), 100000, &runs), OK);
    for (uint32_t i = 1; i <= runs; i++)
        run(i * 7919, &seen);
    CHECK(seen.applied > runs * BATCHES / 2);
    CHECK(seen.rebuilt > runs); /* the room was used up */
    CHECK(seen.taken > runs / 2);
    CHECK(seen.doubled > runs / 4);
}
