// SPDX-License-Identifier: GPL-3.0-or-later
/* Changes one name after the other: first its records, then the marks, which tell whether it
 * exists. At last it changes the zones' serials and notes. */
#include "image/edit.h"

#include "base/mem.h"
#include "image/extend.h"
#include "image/mark_update.h"
#include "image/value.h"

#include <string.h>

enum {
    SERIAL_AT_END = 20, /* of an SOA record's data, where the serial begins */
    SERIAL_SIZE = 4,
    ENTRIES_MAX = 4096, /* of one name; more are left to a rebuild */
};

/* An entry of the name, in use or switched off. */
struct found {
    size_t at;
    struct str value;
    bool is_live;
    bool is_done; /* stays, or was used again */
};

struct edit {
    const struct patch *patch;
    const struct image_diff *diff;
    size_t number; /* of the node */
    const struct image_node *node;
    struct str key;
    struct found *found;
    size_t found_n, found_size;
    bool *is_there; /* for each record of the node */
    struct error *err;
};

/* ----- what stands there ----- */

/* SOA records are left alone here: only a zone's serial changes them. */
static bool is_soa(struct str value)
{
    bool wildcard = false;
    struct image_record record;
    return view_value(value, &wildcard, &record) && record.type == RR_SOA && !wildcard;
}

static bool is_ours(const struct edit *edit, const struct view_entry *entry)
{
    if (entry->key.n != edit->key.n)
        return false;
    bool is_live = entry->key.at[0] == edit->key.at[0];
    return (is_live || entry->key.at[0] == 0) &&
           str_equal(str_from_at(entry->key, 1), str_from_at(edit->key, 1)) &&
           !(is_live && is_soa(entry->value));
}

static void add_found(struct edit *edit, const struct view_entry *entry, size_t at)
{
    edit->found =
        mem_grow(edit->found, edit->found_n + 1, &edit->found_size, sizeof(*edit->found));
    edit->found[edit->found_n++] = (struct found){ .at = at,
                                                   .value = entry->value,
                                                   .is_live = entry->key.at[0] != 0 };
}

static enum status find_all(struct edit *edit)
{
    struct image_cursor cursor;
    struct view_entry entry;
    size_t at = 0;
    edit->found_n = 0;
    view_seek(edit->patch->image, edit->key, &cursor);
    while (view_next_of_hash(&cursor, &entry, &at)) {
        if (!is_ours(edit, &entry))
            continue;
        if (edit->found_n == ENTRIES_MAX)
            return FAIL(edit->err, ERR_LIMIT, "%s: too many records to change in place",
                        name_text(&edit->node->owner));
        add_found(edit, &entry, at);
    }
    return OK;
}

/* ----- what should stand there ----- */

static bool is_marker(const struct record *record)
{
    return record->type == 0;
}

/* Whether the record stands there already; then its entry stays as it is. */
static bool stays(const struct edit *edit, const struct record *record)
{
    for (size_t i = 0; i < edit->found_n; i++) {
        struct found *found = &edit->found[i];
        if (!found->is_live || found->is_done || !value_is_of(found->value, record))
            continue;
        found->is_done = true;
        return true;
    }
    return false;
}

static void match(const struct edit *edit)
{
    for (size_t i = 0; i < edit->node->count; i++) {
        const struct record *record = &edit->node->records[i];
        edit->is_there[i] = is_marker(record) || stays(edit, record);
    }
}

static void tell_gone(const struct edit *edit, const struct found *found)
{
    struct image_record seen;
    struct record record = { .owner = edit->node->owner };
    if (!view_value(found->value, &record.wildcard, &seen))
        return;
    record.type = seen.type;
    record.ttl_s = seen.ttl_s;
    record.rdata = seen.rdata;
    record.stamp = seen.stamp;
    memcpy(record.location, seen.location, sizeof(record.location));
    edit->diff->gone(edit->diff->ctx, edit->number, &record);
}

/* Before anything is written over. */
static void tell(const struct edit *edit)
{
    if (!edit->diff)
        return;
    for (size_t i = 0; i < edit->found_n; i++)
        if (edit->found[i].is_live && !edit->found[i].is_done)
            tell_gone(edit, &edit->found[i]);
    for (size_t i = 0; i < edit->node->count; i++)
        if (!edit->is_there[i])
            edit->diff->come(edit->diff->ctx, edit->number, &edit->node->records[i]);
}

/* ----- from the one to the other ----- */

static void switch_entry(const struct edit *edit, struct found *found, bool on)
{
    struct str first = on ? str_first(edit->key, 1) : STR("\0");
    patch_write(edit->patch, found->at + CDB_PAIR_SIZE, first);
    found->is_live = on;
}

static bool is_wildcard(struct str value)
{
    char kind = value.at[VALUE_KIND_AT];
    return kind == '*' || kind == '+';
}

/* An entry of that size that is free: rather one that is in use now, so that an address
 * is written over. At an apex the name's own records stand in the index of another zone
 * than those of its wildcard. */
static struct found *find_free(struct edit *edit, size_t size, bool wildcard)
{
    struct found *free_one = NULL;
    for (size_t i = 0; i < edit->found_n; i++) {
        struct found *found = &edit->found[i];
        if (found->is_done || found->value.n != size ||
            is_wildcard(found->value) != wildcard)
            continue;
        if (found->is_live)
            return found;
        free_one = found;
    }
    return free_one;
}

static enum status put(struct edit *edit, const struct record *record)
{
    size_t size = value_size(record);
    CLEANUP(mem_freep) void *space = mem_new(size);
    struct buf value = buf_on(space, size);
    value_put(&value, record);
    struct found *found = find_free(edit, value.n, record->wildcard);
    if (!found)
        return extend_with(edit->patch, edit->key, record->wildcard, buf_str(&value),
                           edit->err);
    patch_write(edit->patch, view_position(edit->patch->image, found->value.at),
                buf_str(&value));
    if (!found->is_live)
        switch_entry(edit, found, true);
    found->is_done = true;
    return OK;
}

static enum status put_all(struct edit *edit)
{
    enum status status = OK;
    for (size_t i = 0; i < edit->node->count && !status; i++)
        if (!edit->is_there[i])
            status = put(edit, &edit->node->records[i]);
    for (size_t i = 0; i < edit->found_n && !status; i++)
        if (edit->found[i].is_live && !edit->found[i].is_done)
            switch_entry(edit, &edit->found[i], false);
    return status;
}

/* ----- one name ----- */

/* Whether the name, and its wildcard, have records now. */
static struct presence look(const struct patch *patch, struct str owner)
{
    struct image_cursor cursor;
    struct image_record record;
    struct presence state = { 0 };
    image_find(patch->image, NULL, owner, false, &cursor);
    state.name = image_next(&cursor, &record);
    image_find(patch->image, NULL, owner, true, &cursor);
    state.wildcard = image_next(&cursor, &record);
    return state;
}

static enum status check_node(const struct edit *edit)
{
    const struct name *owner = &edit->node->owner;
    if (owner->n <= 1 || after_wildcard_label(edit->key).n)
        return FAIL(edit->err, ERR_LIMIT, "%s cannot be changed in place",
                    name_text(owner));
    for (size_t i = 0; i < edit->node->count; i++)
        if (edit->node->records[i].wildcard && owner->n > NAME_SIZE - WILDCARD_LABEL_SIZE)
            return FAIL(edit->err, ERR_LIMIT, "name too long: *.%s", name_text(owner));
    return OK;
}

static enum status apply_node(struct edit *edit)
{
    enum status status = check_node(edit);
    if (status)
        return status;
    struct presence before = look(edit->patch, edit->key), marked = { 0 };
    for (size_t i = 0; i < edit->node->count; i++) {
        const struct record *record = &edit->node->records[i];
        if (is_marker(record) && record->wildcard)
            marked.wildcard = true;
        else if (is_marker(record))
            marked.name = true;
    }
    CLEANUP(mem_freep)
    bool *is_there = (bool *)mem_new_array(edit->node->count + 1, sizeof(bool));
    edit->is_there = is_there;
    status = find_all(edit);
    if (status)
        return status;
    match(edit);
    tell(edit);
    status = put_all(edit);
    if (status)
        return status;
    struct presence after = look(edit->patch, edit->key);
    return mark_update(edit->patch, edit->key, &before, &after, &marked, edit->err);
}

/* ----- zones ----- */

static bool put_serial(const struct patch *patch, const struct image_zone *zone)
{
    struct image_cursor cursor;
    struct image_record record;
    bool any = false;
    char bytes[SERIAL_SIZE];
    struct buf serial = BUF_ON(bytes);
    buf_put_u32(&serial, zone->serial);
    image_find(patch->image, NULL, name_bytes(&zone->apex), false, &cursor);
    while (image_next(&cursor, &record)) {
        if (record.type != RR_SOA || record.rdata.n < SERIAL_AT_END)
            continue;
        size_t end = view_position(patch->image, record.rdata.at) + record.rdata.n;
        patch_write(patch, end - SERIAL_AT_END, buf_str(&serial));
        any = true;
    }
    return any;
}

static bool put_note(const struct patch *patch, const struct image_zone *zone)
{
    struct str note;
    if (!image_note(patch->image, &zone->apex, &note))
        return zone->note.n == 0;
    if (note.n != zone->note.n)
        return false;
    patch_write(patch, view_position(patch->image, note.at), zone->note);
    return true;
}

static enum status apply_zone(const struct patch *patch, const struct image_zone *zone,
                              struct error *err)
{
    if (!put_serial(patch, zone) || !put_note(patch, zone))
        return FAIL(err, ERR_LIMIT, "zone %s cannot be changed in place",
                    name_text(&zone->apex));
    return OK;
}

enum status edit_apply(const struct patch *patch, const struct image_changes *changes,
                       const struct image_diff *diff, struct error *err)
{
    struct edit edit = { .patch = patch, .diff = diff, .err = err };
    enum status status = OK;
    for (size_t i = 0; i < changes->node_count && !status; i++) {
        edit.number = i;
        edit.node = &changes->nodes[i];
        edit.key = name_bytes(&edit.node->owner);
        status = apply_node(&edit);
    }
    mem_free(edit.found);
    for (size_t i = 0; i < changes->zone_count && !status; i++)
        status = apply_zone(patch, &changes->zones[i], err);
    return status;
}
