// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/mark_update.h"

#include <string.h>

static bool counts(const struct view_mark *mark)
{
    return mark->children > 0 || mark->is_name;
}

/* A mark that says nothing is not made; one that exists already stays. */
static enum status put_mark(const struct patch *patch, struct str name,
                            const struct view_mark *mark, struct error *err)
{
    char key_bytes[MARK_KEY_SIZE], value_bytes[VALUE_RDATA_AT];
    struct buf key = BUF_ON(key_bytes), value = BUF_ON(value_bytes);
    buf_put_u16(&value, 0);
    buf_put_u8(&value, '=');
    buf_put_u32(&value, mark->children);
    buf_put_u64(&value, mark->is_name);
    if (mark->value_at) {
        patch_write(patch, mark->value_at, buf_str(&value));
        return OK;
    }
    if (!counts(mark))
        return OK;
    uint32_t at = 0;
    buf_put_u8(&key, 0);
    buf_put(&key, name);
    return patch_add(patch, buf_str(&key), buf_str(&value), &at, err);
}

static bool has_records(const struct patch *patch, struct str name)
{
    struct image_cursor cursor;
    struct image_record record;
    image_find(patch->image, NULL, name, false, &cursor);
    return image_next(&cursor, &record);
}

/* A child of `name` came or went. By that `name` itself may come or go. The root is always
 * there and has no mark. */
static enum status count_child(const struct patch *patch, struct str name, bool came,
                               struct error *err)
{
    while (name.n > 1) {
        struct view_mark mark = view_mark(patch->image, name);
        bool counted = counts(&mark);
        if (!came && mark.children == 0)
            return FAIL(err, ERR_LIMIT, "the image's count of names is wrong");
        mark.children += came ? 1 : UINT32_MAX;
        enum status status = put_mark(patch, name, &mark, err);
        if (status || counted == counts(&mark) || has_records(patch, name))
            return status;
        name = name_above(name);
    }
    return OK;
}

struct update {
    const struct patch *patch;
    struct str name;
    const struct presence *before, *after, *marked;
    struct error *err;
};

/* Updates the mark of "*.name". *change_out: what to add to the count of children of `name`. */
static enum status update_wildcard(const struct update *update, uint32_t *change_out)
{
    char bytes[NAME_SIZE];
    struct buf wildcard = BUF_ON(bytes);
    buf_put(&wildcard, STR("\1*"));
    buf_put(&wildcard, update->name);
    *change_out = 0;
    if (wildcard.full) /* no such name can be */
        return OK;
    struct view_mark mark = view_mark(update->patch->image, buf_str(&wildcard));
    bool existed = update->before->wildcard || counts(&mark);
    bool was_name = mark.is_name;
    mark.is_name = update->marked->wildcard;
    bool exists = update->after->wildcard || counts(&mark);
    *change_out = (uint32_t)exists - (uint32_t)existed; /* modulo 2^32 */
    return was_name == mark.is_name
               ? OK
               : put_mark(update->patch, buf_str(&wildcard), &mark, update->err);
}

enum status mark_update(const struct patch *patch, struct str name,
                        const struct presence *before, const struct presence *after,
                        const struct presence *marked, struct error *err)
{
    const struct update update = { patch, name, before, after, marked, err };
    uint32_t change = 0;
    enum status status = update_wildcard(&update, &change);
    if (status)
        return status;
    struct view_mark mark = view_mark(patch->image, name), now = mark;
    now.is_name = marked->name;
    now.children += change;
    if (now.children != mark.children || now.is_name != mark.is_name)
        status = put_mark(patch, name, &now, err);
    bool existed = before->name || counts(&mark), exists = after->name || counts(&now);
    if (status || existed == exists)
        return status;
    return count_child(patch, name_above(name), exists, err);
}
