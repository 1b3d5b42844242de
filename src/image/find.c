// SPDX-License-Identifier: GPL-3.0-or-later
/* Look-ups in an open image: the records of a name that a client at some place and time sees,
 * which names exist, and where zones begin. */
#include "base/reader.h"
#include "image/format.h"
#include "image/view.h"

#include <string.h>

enum {
    DYING_TTL_MIN = 2,
    DYING_TTL_MAX = 3600,
};

/* ----- records ----- */

bool view_value(struct str value, bool *wildcard_out, struct image_record *out)
{
    if (value.n < VALUE_RDATA_AT)
        return false;
    char kind = value.at[VALUE_KIND_AT];
    bool has_location = kind == '>' || kind == '+';
    size_t location_n = has_location ? VALUE_LOCATION_SIZE : 0;
    if ((!has_location && kind != '=' && kind != '*') ||
        value.n - VALUE_RDATA_AT < location_n ||
        value.n - VALUE_RDATA_AT - location_n > RDATA_SIZE)
        return false;

    const uint8_t *at = (const uint8_t *)value.at;
    *out = (struct image_record){ .type = read_u16(at) };
    if (has_location)
        memcpy(out->location, at + VALUE_TTL_AT, sizeof(out->location));
    at += VALUE_TTL_AT + location_n;
    out->ttl_s = read_u32(at);
    out->stamp = read_u64(at + 4);
    out->rdata = str_from_at(value, VALUE_RDATA_AT + location_n);
    *wildcard_out = kind == '*' || kind == '+';
    return true;
}

bool image_is_seen(const struct image_view *view, struct image_record *record)
{
    static const uint8_t everywhere[sizeof(record->location)];
    if (memcmp(record->location, view->location, sizeof(everywhere)) != 0 &&
        memcmp(record->location, everywhere, sizeof(everywhere)) != 0)
        return false;
    if (record->stamp == 0)
        return true;
    if (record->ttl_s > 0)
        return record->stamp < view->now_tai;
    if (record->stamp < view->now_tai)
        return false;
    uint64_t left_s = record->stamp - view->now_tai;
    record->ttl_s = left_s <= DYING_TTL_MIN   ? DYING_TTL_MIN
                    : left_s >= DYING_TTL_MAX ? DYING_TTL_MAX
                                              : (uint32_t)left_s;
    return true;
}

/* Points the cursor at the records under a key. */
static void seek_seen(const struct image *image, const struct image_view *view,
                      struct str key, struct image_cursor *cursor)
{
    view_seek(image, key, cursor);
    cursor->sees_all = !view;
    if (view)
        cursor->view = *view;
}

static bool next_seen(struct image_cursor *cursor, bool *wildcard,
                      struct image_record *out)
{
    struct str value;
    while (view_next(cursor, &value))
        if (view_value(value, wildcard, out) &&
            (cursor->sees_all || image_is_seen(&cursor->view, out)))
            return true;
    return false;
}

void image_find(const struct image *image, const struct image_view *view, struct str name,
                bool wildcard, struct image_cursor *cursor)
{
    struct str covered = wildcard ? STR("") : after_wildcard_label(name);
    seek_seen(image, view, covered.n ? covered : name, cursor);
    cursor->wildcard = wildcard || covered.n > 0;
}

bool image_next(struct image_cursor *cursor, struct image_record *out)
{
    bool wildcard = false;
    struct image_record record;
    while (next_seen(cursor, &wildcard, &record)) {
        if (wildcard == cursor->wildcard) {
            *out = record;
            return true;
        }
    }
    return false;
}

/* ----- where and when somebody asks ----- */

uint64_t image_tai(int64_t unix_s)
{
    /* 2^62 is the beginning of 1970; ten leap seconds were counted before tinydns' time. */
    return (1ULL << 62) + 10 + (uint64_t)unix_s;
}

void image_locate(const struct image *image, const struct ip *client, uint8_t out[2])
{
    memset(out, 0, VALUE_LOCATION_SIZE);
    if (client->family != IP_V4 || !view_has_locations(image))
        return;
    uint8_t key[LOCATION_KEY_SIZE] = { 0, '%' };
    memcpy(key + 2, client->bytes, LOCATION_KEY_SIZE - 2);
    for (size_t n = LOCATION_KEY_SIZE; n >= 2; n--) {
        struct image_cursor cursor;
        struct str value;
        view_seek(image, str_bytes(key, n), &cursor);
        if (!view_next(&cursor, &value))
            continue;
        if (value.n == VALUE_LOCATION_SIZE)
            memcpy(out, value.at, VALUE_LOCATION_SIZE);
        return;
    }
}

/* ----- which names exist ----- */

struct view_mark view_mark(const struct image *image, struct str name)
{
    UNCLEARED char bytes[MARK_KEY_SIZE];
    struct buf key = BUF_ON(bytes);
    buf_put_u8(&key, 0);
    buf_put(&key, name);
    struct image_cursor cursor;
    struct str value;
    struct view_mark mark = { 0 };
    view_seek(image, buf_str(&key), &cursor);
    if (key.full || !view_next(&cursor, &value) || value.n < VALUE_RDATA_AT)
        return mark;
    const uint8_t *at = (const uint8_t *)value.at;
    mark.children = read_u32(at + VALUE_TTL_AT);
    mark.is_name = at[VALUE_RDATA_AT - 1] != 0;
    mark.value_at = view_position(image, at);
    return mark;
}

static bool has_mark(const struct image *image, struct str name)
{
    struct view_mark mark = view_mark(image, name);
    return mark.children > 0 || mark.is_name;
}

/* Records of the name itself and of its wildcard stand under one key. */
static bool has_records(const struct image *image, const struct image_view *view,
                        struct str name)
{
    struct image_cursor cursor;
    struct image_record record;
    bool wildcard = false;
    seek_seen(image, view, name, &cursor);
    return next_seen(&cursor, &wildcard, &record);
}

bool image_wildcard_exists(const struct image *image, const struct image_view *view,
                           struct str name)
{
    struct image_cursor cursor;
    struct image_record record;
    image_find(image, view, name, true, &cursor);
    if (image_next(&cursor, &record))
        return true;

    UNCLEARED char bytes[NAME_SIZE];
    struct buf wildcard = BUF_ON(bytes);
    buf_put(&wildcard, STR("\1*"));
    buf_put(&wildcard, name);
    return !wildcard.full && (has_mark(image, buf_str(&wildcard)) ||
                              has_records(image, view, buf_str(&wildcard)));
}

bool image_name_exists(const struct image *image, const struct image_view *view,
                       struct str name)
{
    if (name.n <= 1)
        return true;
    struct str covered = after_wildcard_label(name);
    if (covered.n)
        return image_wildcard_exists(image, view, covered);
    return has_records(image, view, name) || has_mark(image, name);
}

/* ----- the closest encloser ----- */

enum {
    LABELS_MAX = NAME_SIZE / 2 + 1 /* of a name, with the root */
};

/* A name without its first 0, 1, 2 and more labels; the last one is known to exist. */
struct path {
    struct str at[LABELS_MAX];
    size_t last;
};

/* `name` lies within `zone`. */
static void lay_out(struct str name, struct str zone, struct path *out)
{
    out->last = 0;
    for (; name.n > zone.n; name = name_above(name))
        out->at[out->last++] = name;
    out->at[out->last] = name;
}

/* The longest one with a mark. The one above a name with a mark has one itself, so that halving
 * finds it: a name of many labels costs hardly more than one of few. */
static size_t find_marked(const struct image *image, const struct path *path)
{
    size_t without = 0, with = path->last;
    while (without < with) {
        size_t middle = without + (with - without) / 2;
        if (has_mark(image, path->at[middle]))
            with = middle;
        else
            without = middle + 1;
    }
    return with;
}

static bool has_own_records(const struct image *image, const struct image_view *view,
                            struct str name)
{
    struct image_cursor cursor;
    struct image_record record;
    image_find(image, view, name, false, &cursor);
    return image_next(&cursor, &record);
}

/* Without marks only names with records are known. */
static size_t find_seen(const struct image *image, const struct image_view *view,
                        const struct path *path)
{
    size_t at = 0;
    while (at < path->last && !has_records(image, view, path->at[at]) &&
           !(after_wildcard_label(path->at[at]).n &&
             has_own_records(image, view, path->at[at])))
        at++;
    return at;
}

/* Where marks are missing they all are: no name below the root's children has any without
 * these. */
static bool is_marked(const struct image *image, const struct path *path)
{
    return view_has_marks(image) ||
           (path->last > 0 && has_mark(image, path->at[path->last - 1]));
}

struct str image_closest_encloser(const struct image *image,
                                  const struct image_view *view, struct str name,
                                  struct str zone)
{
    UNCLEARED struct path path;
    lay_out(name, zone, &path);
    if (!is_marked(image, &path))
        return path.at[find_seen(image, view, &path)];
    size_t at = find_marked(image, &path);
    /* One more may exist, without names below it and so without a mark. */
    bool is_more = at > 0 && image_name_exists(image, view, path.at[at - 1]);
    return path.at[is_more ? at - 1 : at];
}

bool view_begins_zone(const struct image *image, struct str name)
{
    struct image_cursor cursor;
    struct image_record record;
    if (after_wildcard_label(name).n) /* an SOA of a wildcard begins none */
        return false;
    image_find(image, NULL, name, false, &cursor);
    while (image_next(&cursor, &record))
        if (record.type == RR_SOA)
            return true;
    return false;
}
