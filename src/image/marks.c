// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/marks.h"

#include "base/mem.h"
#include "image/format.h"

#include <assert.h>
#include <string.h>

enum {
    FIRST_SIZE = 64
};

void marks_done(struct marks *marks)
{
    mem_free(marks->names);
    mem_free(marks->items);
    mem_free(marks->slots);
    *marks = (struct marks){ 0 };
}

struct str marks_name(const struct marks *marks, const struct mark *mark)
{
    return str_bytes(marks->names + mark->name_at, mark->name_n);
}

static uint32_t hash_of(struct str name)
{
    return cdb_hash(cdb_hash(CDB_HASH_START, STR("\0")), name);
}

/* Where `name` is, or the empty slot where it belongs. There always is an empty slot. */
static uint32_t *slot_of(const struct marks *marks, struct str name, uint32_t hash)
{
    size_t slot = hash & (marks->slot_count - 1);
    while (marks->slots[slot]) {
        const struct mark *mark = &marks->items[marks->slots[slot] - 1];
        if (mark->hash == hash && str_equal(marks_name(marks, mark), name))
            break;
        slot = (slot + 1) & (marks->slot_count - 1);
    }
    return &marks->slots[slot];
}

/* Keeps the slots at most half full. */
static void grow(struct marks *marks)
{
    size_t size = marks->size ? 2 * marks->size : FIRST_SIZE;
    marks->items = (struct mark *)mem_resize(marks->items, size, sizeof(struct mark));
    marks->size = size;

    mem_free(marks->slots);
    marks->slot_count = 2 * size;
    marks->slots = (uint32_t *)mem_new_array(marks->slot_count, sizeof(uint32_t));
    for (size_t i = 0; i < marks->n; i++) {
        struct str name = marks_name(marks, &marks->items[i]);
        *slot_of(marks, name, marks->items[i].hash) = (uint32_t)(i + 1);
    }
}

static void keep_name(struct marks *marks, struct str name)
{
    marks->names = mem_grow(marks->names, marks->names_n + name.n, &marks->names_size, 1);
    memcpy(marks->names + marks->names_n, name.at, name.n);
    marks->names_n += name.n;
}

static struct mark *add(struct marks *marks, struct str name, uint32_t hash)
{
    if (marks->n == marks->size)
        grow(marks);
    /* The file's own limit is met long before this one. */
    assert(marks->names_n <= UINT32_MAX && marks->n < UINT32_MAX);
    struct mark *mark = &marks->items[marks->n];
    *mark = (struct mark){ .name_at = (uint32_t)marks->names_n,
                           .hash = hash,
                           .name_n = (uint16_t)name.n };
    keep_name(marks, name);
    *slot_of(marks, name, hash) = (uint32_t)(++marks->n);
    return mark;
}

struct mark *marks_find(struct marks *marks, struct str name)
{
    if (marks->n == 0)
        return NULL;
    struct mark *last = &marks->items[marks->last];
    if (str_equal(marks_name(marks, last), name))
        return last;
    uint32_t index = *slot_of(marks, name, hash_of(name));
    if (index == 0)
        return NULL;
    marks->last = index - 1;
    return &marks->items[index - 1];
}

struct mark *marks_get(struct marks *marks, struct str name)
{
    struct mark *found = marks_find(marks, name);
    if (found)
        return found;

    size_t wanted = marks->n;
    (void)add(marks, name, hash_of(name));
    for (struct str above = name_above(name); above.n > 1; above = name_above(above)) {
        struct mark *parent = marks_find(marks, above);
        bool fresh = !parent;
        if (fresh)
            parent = add(marks, above, hash_of(above));
        parent->children++;
        if (!fresh)
            break;
    }
    marks->last = wanted;
    return &marks->items[wanted];
}

struct mark *marks_get_parent(struct marks *marks, struct str name)
{
    struct str above = name_above(name);
    return above.n > 1 ? marks_get(marks, above) : NULL;
}
