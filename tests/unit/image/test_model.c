// SPDX-License-Identifier: GPL-3.0-or-later
/* Random zones against a plain model: the image holds exactly the records that it was given,
 * however it is asked, and knows exactly the names that exist. */
#include "folder.h"

#include "base/random.h"

enum {
    ROUNDS = 60,
    RECORDS_MAX = 400,
    NAMES_MAX = RECORDS_MAX * 8, /* with all ancestors */
    RDATA_MAX = 24,
};

/* A name as it is meant: a wildcard with its "*" label. */
struct fact {
    struct name name;
    size_t children;
    bool has_mark;
};

struct model {
    struct record records[RECORDS_MAX];
    char rdata[RECORDS_MAX][RDATA_MAX];
    size_t n;
    struct fact facts[NAMES_MAX];
    size_t fact_count;
};

static struct name random_name(void)
{
    static const struct str labels[] = {
        { "a", 1 },    { "B", 1 },
        { "\0", 1 },   { "*", 1 },
        { ".", 1 },    { "\\", 1 },
        { "\377", 1 }, { "a.b", 3 },
        { "zz", 2 },   { "\0%lo", 4 },
        { "\n:", 2 },  { "\1*", 2 },
        { "host", 4 }, { "0123456789012345678901234567890123456", 37 },
    };
    struct name name = name_of(random_below(4) ? "example.org" : ".");
    for (uint32_t depth = random_below(6); depth > 0; depth--) {
        struct str label = labels[random_below(LENGTH_OF(labels))];
        CHECK_INT(name_prepend(label, &name, &name), OK);
    }
    return name;
}

static void add_record(struct model *model)
{
    struct record *record = &model->records[model->n];
    char *rdata = model->rdata[model->n];
    /* Often the owner before, as sources do it; sometimes one from long ago. */
    *record = (struct record){ .owner = random_name() };
    if (model->n && random_below(2))
        record->owner = model->records[model->n - 1].owner;
    else if (model->n && random_below(3) == 0)
        record->owner = model->records[random_below((uint32_t)model->n)].owner;
    record->wildcard = random_below(4) == 0;
    if (random_below(6)) {
        record->type = (uint16_t)(1 + random_below(random_below(3) ? 40 : RR_SOA));
        record->ttl_s = random_below(100000);
        record->rdata = str_bytes(rdata, random_below(RDATA_MAX));
        record->stamp = random_below(3) ? 0 : 1 + random_below(1000);
        random_fill(rdata, RDATA_MAX);
        random_fill(record->location, random_below(3) ? 0 : sizeof(record->location));
    }
    model->n++;
}

static struct fact *find_fact(struct model *model, struct str name)
{
    for (size_t i = 0; i < model->fact_count; i++) {
        if (str_equal(name_bytes(&model->facts[i].name), name))
            return &model->facts[i];
    }
    return NULL;
}

/* Notes that a name exists, and its ancestors with it; each is a child of its parent. */
static struct fact *note(struct model *model, const struct name *name)
{
    struct fact *fact = find_fact(model, name_bytes(name));
    if (fact)
        return fact;
    CHECK(model->fact_count < NAMES_MAX);
    size_t index = model->fact_count++;
    model->facts[index] = (struct fact){ .name = *name };
    if (!name_is_root(name)) {
        struct name above;
        name_parent(name, &above);
        struct fact *parent = note(model, &above);
        parent->children++;
        parent->has_mark = !name_is_root(&above);
    }
    return &model->facts[index];
}

static struct name meant_by(const struct record *record)
{
    struct name name = record->owner;
    if (record->wildcard)
        CHECK_INT(name_prepend(STR("*"), &record->owner, &name), OK);
    return name;
}

static bool begins_zone(const struct record *record)
{
    struct name name = meant_by(record);
    return record->type == RR_SOA && !str_equal(name_first_label(&name), STR("*"));
}

static struct model *make_model(void)
{
    struct model *model = NEW(struct model);
    size_t n = 1 + random_below(RECORDS_MAX);
    while (model->n < n)
        add_record(model);
    for (size_t i = 0; i < n; i++) {
        struct name name = meant_by(&model->records[i]);
        struct fact *fact = note(model, &name);
        if ((model->records[i].type == 0 || begins_zone(&model->records[i])) &&
            !name_is_root(&name))
            fact->has_mark = true;
    }
    return model;
}

static bool is_same(const struct record *want, const struct name *name, uint16_t type,
                    uint32_t ttl_s, struct str rdata)
{
    struct name meant = meant_by(want);
    return want->type && want->type == type && want->ttl_s == ttl_s &&
           str_equal(want->rdata, rdata) && name_equal(&meant, name);
}

/* ----- the walk ----- */

struct walk {
    const struct model *model;
    size_t next;
};

/* Whether every member has come back. */
static bool is_whole(const struct record *want, const struct record *got)
{
    struct name name = meant_by(got);
    return is_same(want, &name, got->type, got->ttl_s, got->rdata) &&
           want->stamp == got->stamp &&
           memcmp(want->location, got->location, sizeof(got->location)) == 0;
}

/* The file keeps the order, so the walk gives the records one for one. */
static enum status check_walked(void *ctx, const struct record *record)
{
    struct walk *walk = (struct walk *)ctx;
    while (walk->next < walk->model->n && !walk->model->records[walk->next].type)
        walk->next++;
    CHECK(walk->next < walk->model->n);
    CHECK(is_whole(&walk->model->records[walk->next++], record));
    return OK;
}

static void check_walk(const struct image *image, const struct model *model)
{
    struct walk walk = { .model = model };
    CHECK_INT(image_walk(image, check_walked, &walk), OK);
    for (; walk.next < model->n; walk.next++)
        CHECK_INT(model->records[walk.next].type, 0);
}

/* ----- the zones ----- */

/* The nearest apex at or above a name, or NULL. */
static const struct name *zone_of(const struct model *model, struct name name)
{
    for (;;) {
        for (size_t i = 0; i < model->n; i++)
            if (begins_zone(&model->records[i]) &&
                name_equal(&model->records[i].owner, &name))
                return &model->records[i].owner;
        if (name_is_root(&name))
            return NULL;
        name_parent(&name, &name);
    }
}

/* Whether a transfer of `zone` has the record; glue apart, which random data has none of. */
static bool is_in_zone(const struct model *model, const struct record *record,
                       const struct name *zone)
{
    struct name name = meant_by(record), above;
    const struct name *own = zone_of(model, name);
    if (!record->type || !own)
        return false;
    if (name_equal(own, zone))
        return true;
    name_parent(&name, &above);
    const struct name *outer = name_is_root(&name) ? NULL : zone_of(model, above);
    return record->type == RR_NS && name_equal(own, &name) && outer &&
           name_equal(outer, zone);
}

struct zone_walk {
    const struct model *model;
    const struct name *zone;
    bool seen[RECORDS_MAX];
};

static enum status check_in_zone(void *ctx, const struct record *record)
{
    struct zone_walk *walk = (struct zone_walk *)ctx;
    size_t i = 0;
    while (i < walk->model->n &&
           (walk->seen[i] || !is_whole(&walk->model->records[i], record)))
        i++;
    CHECK(i < walk->model->n);
    CHECK(is_in_zone(walk->model, &walk->model->records[i], walk->zone));
    walk->seen[i] = true;
    return OK;
}

static void check_zone(const struct image *image, const struct model *model,
                       const struct name *zone)
{
    struct zone_walk walk = { .model = model, .zone = zone };
    CHECK_INT(image_walk_zone(image, zone, check_in_zone, &walk), OK);
    for (size_t i = 0; i < model->n; i++)
        CHECK(walk.seen[i] == is_in_zone(model, &model->records[i], zone));
}

/* ----- look-ups ----- */

static void check_found(const struct image *image, const struct model *model,
                        const struct name *name)
{
    struct image_cursor cursor;
    struct image_record record;
    size_t next = 0;
    image_find(image, NULL, name_bytes(name), false, &cursor);
    while (image_next(&cursor, &record)) {
        while (next < model->n && !is_same(&model->records[next], name, record.type,
                                           record.ttl_s, record.rdata))
            next++;
        CHECK(next++ < model->n);
    }
    size_t want = 0, got = 0;
    image_find(image, NULL, name_bytes(name), false, &cursor);
    while (image_next(&cursor, &record))
        got++;
    for (size_t i = 0; i < model->n; i++) {
        struct name meant = meant_by(&model->records[i]);
        want += model->records[i].type && name_equal(&meant, name);
    }
    CHECK_INT(got, want);
}

static void check_existence(const struct image *image, struct model *model,
                            const struct name *name)
{
    struct str bytes = name_bytes(name);
    CHECK(image_name_exists(image, NULL, bytes) ==
          (name_is_root(name) || find_fact(model, bytes)));

    struct name wildcard, encloser = *name;
    CHECK_INT(name_prepend(STR("*"), name, &wildcard), OK);
    CHECK(image_wildcard_exists(image, NULL, bytes) ==
          (find_fact(model, name_bytes(&wildcard)) != NULL));

    while (!name_is_root(&encloser) && !find_fact(model, name_bytes(&encloser)))
        name_parent(&encloser, &encloser);
    CHECK(str_equal(image_closest_encloser(image, NULL, bytes, STR("\0")),
                    name_bytes(&encloser)));
}

TEST(random_zones_come_back_whole_and_names_exist_exactly_when_they_do)
{
    struct folder folder = folder_make();
    for (unsigned round = 0; round < ROUNDS; round++) {
        CLEANUP(mem_freep) struct model *model = make_model();
        CLEANUP(image_closep)
        struct image *image =
            image_from(&folder, (struct rows){ model->records, model->n });
        check_walk(image, model);
        for (size_t i = 0; i < model->n; i++)
            if (begins_zone(&model->records[i]) && random_below(4) == 0)
                check_zone(image, model, &model->records[i].owner);
        for (size_t i = 0; i < model->fact_count; i++) {
            const struct fact *fact = &model->facts[i];
            check_found(image, model, &fact->name);
            check_existence(image, model, &fact->name);
            CHECK_INT(children_of(image, name_bytes(&fact->name)),
                      fact->has_mark ? (int64_t)fact->children : NO_MARK);
        }
        for (unsigned i = 0; i < 200; i++) {
            struct name name = random_name();
            check_found(image, model, &name);
            check_existence(image, model, &name);
        }
    }
    folder_remove(&folder);
}
