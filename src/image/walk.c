// SPDX-License-Identifier: GPL-3.0-or-later
/* Walks the whole file in order, or the records of one zone by its index. Bytes may be damaged or
 * change meanwhile: a walk ends, and never leaves the file. */
#include "base/mem.h"
#include "image/format.h"
#include "image/view.h"

#include <string.h>

/* The entry as a record; false when it is none: keys of marks, locations and the like are no
 * names, they do not end at their first zero. */
static bool read_entry(const struct view_entry *entry, struct record *out)
{
    struct image_record found;
    if (!view_value(entry->value, &out->wildcard, &found) ||
        name_decode(entry->key, &out->owner))
        return false;
    out->type = found.type;
    out->ttl_s = found.ttl_s;
    out->rdata = found.rdata;
    out->stamp = found.stamp;
    memcpy(out->location, found.location, sizeof(out->location));
    return true;
}

enum status image_walk(const struct image *image, image_walk_fn fn, void *ctx)
{
    struct view_entry entry;
    size_t next = 0;
    for (size_t at = CDB_HEADER_SIZE; (next = view_entry(image, at, &entry)) > at;
         at = next) {
        struct record record = { 0 };
        enum status status = read_entry(&entry, &record) ? fn(ctx, &record) : OK;
        if (status)
            return status;
    }
    return OK;
}

static bool read_location(const struct view_entry *entry, struct location_rule *out)
{
    if (!str_starts(entry->key, STR("\0%")) || entry->key.n > LOCATION_KEY_SIZE ||
        entry->value.n != VALUE_LOCATION_SIZE)
        return false;
    *out = (struct location_rule){ .prefix_n = (uint8_t)(entry->key.n - 2) };
    memcpy(out->prefix, entry->key.at + 2, out->prefix_n);
    memcpy(out->location, entry->value.at, VALUE_LOCATION_SIZE);
    return true;
}

enum status image_walk_locations(const struct image *image, image_location_fn fn,
                                 void *ctx)
{
    struct view_entry entry;
    size_t next = 0;
    for (size_t at = CDB_HEADER_SIZE; (next = view_entry(image, at, &entry)) > at;
         at = next) {
        struct location_rule rule;
        enum status status = read_location(&entry, &rule) ? fn(ctx, &rule) : OK;
        if (status)
            return status;
    }
    return OK;
}

/* ----- one zone ----- */

struct image_walk {
    const struct image *image;
    struct name zone;
    image_walk_fn fn;
    void *ctx;
    /* What was found out last: records of one name, and names of one zone, come together. */
    struct name owner, parent;
    bool owner_begins_zone, parent_is_ours;
    bool is_done, has_apex;     /* nothing is left; the apex was given */
    size_t at, to;              /* of the file, what is being read */
    char key[HIDDEN_KEY_SIZE];  /* of the zone's index */
    struct image_cursor chunks; /* of the index */
    struct str chunk;           /* ranges that come next */
};

/* Whether the zone nearest above `parent`, or at it, is the one that is walked. */
static bool is_ours(struct image_walk *walk, struct str parent)
{
    if (str_equal(name_bytes(&walk->parent), parent))
        return walk->parent_is_ours;
    struct str at = parent;
    while (at.n > walk->zone.n && !view_begins_zone(walk->image, at))
        at = name_above(at);
    walk->parent.n = (uint8_t)parent.n;
    memcpy(walk->parent.wire, parent.at, parent.n);
    walk->parent_is_ours = at.n == walk->zone.n;
    return walk->parent_is_ours;
}

static bool is_foreign_apex(struct image_walk *walk, const struct record *record)
{
    if (record->wildcard)
        return false;
    if (!name_equal(&walk->owner, &record->owner)) {
        walk->owner = record->owner;
        walk->owner_begins_zone =
            view_begins_zone(walk->image, name_bytes(&record->owner));
    }
    return walk->owner_begins_zone;
}

/* Whether an earlier NS record of the same owner names the same server. */
static bool is_repeated(const struct image *image, const struct record *ns,
                        const struct name *server)
{
    struct image_cursor cursor;
    struct image_record record;
    struct name other;
    image_find(image, NULL, name_bytes(&ns->owner), false, &cursor);
    while (image_next(&cursor, &record) && record.rdata.at != ns->rdata.at)
        if (record.type == RR_NS && !name_decode(record.rdata, &other) &&
            name_equal(&other, server))
            return true;
    return false;
}

static enum status give_found(const struct image_walk *walk, const struct name *owner,
                              const struct image_record *found)
{
    struct record record = { .owner = *owner,
                             .type = found->type,
                             .ttl_s = found->ttl_s,
                             .rdata = found->rdata,
                             .stamp = found->stamp };
    memcpy(record.location, found->location, sizeof(record.location));
    return walk->fn(walk->ctx, &record);
}

/* An NS record where another zone begins, and the addresses without which its server, if
 * that lies in there, could not be found. */
static enum status give_delegation(const struct image_walk *walk, const struct record *ns)
{
    struct name server;
    enum status status = walk->fn(walk->ctx, ns);
    if (status || name_decode(ns->rdata, &server) ||
        !name_is_within(&server, &ns->owner) || is_repeated(walk->image, ns, &server))
        return status;
    struct image_cursor cursor;
    struct image_record found;
    image_find(walk->image, NULL, name_bytes(&server), false, &cursor);
    while (!status && image_next(&cursor, &found))
        if (found.type == RR_A || found.type == RR_AAAA)
            status = give_found(walk, &server, &found);
    return status;
}

static enum status take(struct image_walk *walk, const struct view_entry *entry)
{
    struct record record = { 0 };
    struct str zone = name_bytes(&walk->zone);
    if (!str_ends(entry->key, zone) || !read_entry(entry, &record) ||
        !name_is_within(&record.owner, &walk->zone))
        return OK;
    /* The apex was given first. */
    if (!record.wildcard && record.owner.n == walk->zone.n)
        return OK;
    struct str owner = name_bytes(&record.owner);
    if (!is_ours(walk, record.wildcard ? owner : name_above(owner)))
        return OK;
    if (!is_foreign_apex(walk, &record))
        return walk->fn(walk->ctx, &record);
    return record.type == RR_NS ? give_delegation(walk, &record) : OK;
}

static enum status give_apex(const struct image_walk *walk)
{
    struct image_cursor cursor;
    struct image_record found;
    enum status status = OK;
    image_find(walk->image, NULL, name_bytes(&walk->zone), false, &cursor);
    while (!status && image_next(&cursor, &found))
        status = give_found(walk, &walk->zone, &found);
    return status;
}

/* Goes to the next range. They only go forward, so that damaged ones cannot make the walk
 * longer than the file. */
static bool next_range(struct image_walk *walk)
{
    while (walk->chunk.n >= CDB_PAIR_SIZE || view_next(&walk->chunks, &walk->chunk)) {
        const uint8_t *pair = (const uint8_t *)walk->chunk.at;
        if (walk->chunk.n < CDB_PAIR_SIZE)
            continue;
        size_t from = cdb_get(pair), to = cdb_get(pair + 4);
        walk->chunk = str_from_at(walk->chunk, CDB_PAIR_SIZE);
        if (from < walk->to || to < from) {
            walk->chunk = STR("");
            continue;
        }
        walk->at = from;
        walk->to = to;
        return true;
    }
    return false;
}

static bool next_entry(struct image_walk *walk, struct view_entry *out)
{
    while (walk->at < walk->to || next_range(walk)) {
        size_t next = view_entry(walk->image, walk->at, out);
        bool found = next > walk->at;
        walk->at = found ? next : walk->to;
        if (found)
            return true;
    }
    return false;
}

/* Without an index, which another program's file lacks, the whole file is one range. */
static void find_index(struct image_walk *walk)
{
    struct buf key = BUF_ON(walk->key);
    buf_put(&key, INDEX_PREFIX);
    buf_put(&key, name_bytes(&walk->zone));
    view_seek(walk->image, buf_str(&key), &walk->chunks);
    walk->at = walk->to = CDB_HEADER_SIZE;
    if (!view_next(&walk->chunks, &walk->chunk))
        walk->to = SIZE_MAX;
}

struct image_walk *image_walk_new(const struct image *image, const struct name *zone)
{
    /* A name of no bytes is no name: nothing is known yet. */
    struct image_walk *walk = NEW(struct image_walk);
    walk->image = image;
    walk->zone = *zone;
    walk->is_done = !view_begins_zone(image, name_bytes(zone));
    find_index(walk);
    return walk;
}

void image_walk_free(struct image_walk *walk)
{
    mem_free(walk);
}

bool image_walk_is_done(const struct image_walk *walk)
{
    return walk->is_done;
}

enum status image_walk_some(struct image_walk *walk, size_t entries, image_walk_fn fn,
                            void *ctx)
{
    enum status status = OK;
    walk->fn = fn;
    walk->ctx = ctx;
    if (!walk->has_apex && !walk->is_done && entries > 0) {
        status = give_apex(walk);
        walk->has_apex = true;
        entries--;
    }
    struct view_entry entry;
    for (; entries > 0 && !status && !walk->is_done; entries--) {
        if (next_entry(walk, &entry))
            status = take(walk, &entry);
        else
            walk->is_done = true;
    }
    return status;
}

enum status image_walk_zone(const struct image *image, const struct name *zone,
                            image_walk_fn fn, void *ctx)
{
    CLEANUP(image_walk_freep) struct image_walk *walk = image_walk_new(image, zone);
    enum status status = OK;
    while (!status && !image_walk_is_done(walk))
        status = image_walk_some(walk, SIZE_MAX, fn, ctx);
    return status;
}

bool image_note(const struct image *image, const struct name *zone, struct str *out)
{
    char bytes[HIDDEN_KEY_SIZE];
    struct buf key = BUF_ON(bytes);
    buf_put(&key, NOTE_PREFIX);
    buf_put(&key, name_bytes(zone));
    struct image_cursor cursor;
    view_seek(image, buf_str(&key), &cursor);
    return view_next(&cursor, out);
}
