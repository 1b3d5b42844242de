// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/image.h"

#include "base/file.h"
#include "base/mem.h"
#include "image/format.h"
#include "image/view.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

struct image {
    void *mapping;
    const uint8_t *at; /* the same, to read */
    size_t n;
    size_t records_end; /* where the first table begins */
    dev_t device;
    ino_t inode;
};

/* Every table must lie within the file and behind the records, in whole slots. Tables
 * without slots are never read, wherever they claim to be. */
static enum status check_header(struct image *image)
{
    size_t end = image->n;
    bool any = false;
    for (size_t i = 0; i < CDB_TABLES; i++) {
        size_t at = cdb_get(image->at + i * CDB_PAIR_SIZE);
        size_t size = (size_t)cdb_get(image->at + i * CDB_PAIR_SIZE + 4) * CDB_PAIR_SIZE;
        if (size == 0)
            continue;
        if (at < CDB_HEADER_SIZE || at > image->n || size > image->n - at)
            return ERR_SYNTAX;
        any = true;
        if (at < end)
            end = at;
    }
    /* Records that stand in no table are for no one. */
    image->records_end = any ? end : CDB_HEADER_SIZE;

    for (size_t i = 0; i < CDB_TABLES; i++) {
        size_t at = cdb_get(image->at + i * CDB_PAIR_SIZE);
        size_t slots = cdb_get(image->at + i * CDB_PAIR_SIZE + 4);
        if (slots && (at - image->records_end) % CDB_PAIR_SIZE)
            return ERR_SYNTAX;
    }
    return OK;
}

static enum status map(int fd, const char *path, struct image *image, struct error *err)
{
    struct stat info;
    if (fstat(fd, &info))
        return FAIL(err, ERR_IO, "%s: %s", path, strerror(errno));
    if (!S_ISREG(info.st_mode) || info.st_size < CDB_HEADER_SIZE ||
        info.st_size > (off_t)UINT32_MAX)
        return FAIL(err, ERR_SYNTAX, "%s: not a cdb file", path);

    void *at = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED)
        return FAIL(err, ERR_IO, "%s: %s", path, strerror(errno));
    image->mapping = at;
    image->at = (const uint8_t *)at;
    image->n = (size_t)info.st_size;
    image->device = info.st_dev;
    image->inode = info.st_ino;
    return OK;
}

enum status image_open(const char *path, struct image **out, struct error *err)
{
    /* Without O_NONBLOCK a named pipe in its place would hold us up for ever. */
    CLEANUP(file_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return FAIL(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path,
                    strerror(errno));

    CLEANUP(image_closep) struct image *image = NEW(struct image);
    enum status status = map(fd, path, image, err);
    if (status)
        return status;
    if (check_header(image))
        return FAIL(err, ERR_SYNTAX, "%s: damaged, its tables lie outside", path);
    *out = TAKE(image);
    return OK;
}

void image_close(struct image *image)
{
    if (!image)
        return;
    if (image->mapping)
        (void)munmap(image->mapping, image->n);
    mem_free(image);
}

bool image_is_current(const struct image *image, const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && info.st_dev == image->device &&
           info.st_ino == image->inode;
}

size_t image_size(const struct image *image)
{
    return image->n;
}

/* ----- entries: a key and a value, not understood yet ----- */

size_t view_entry(const struct image *image, size_t at, struct view_entry *out)
{
    if (at < CDB_HEADER_SIZE || at > image->records_end ||
        image->records_end - at < CDB_PAIR_SIZE)
        return 0;
    size_t key_n = cdb_get(image->at + at), value_n = cdb_get(image->at + at + 4);
    size_t left = image->records_end - at - CDB_PAIR_SIZE;
    if (key_n > left || value_n > left - key_n)
        return 0;
    const uint8_t *bytes = image->at + at + CDB_PAIR_SIZE;
    out->key = str_bytes(bytes, key_n);
    out->value = str_bytes(bytes + key_n, value_n);
    return at + CDB_PAIR_SIZE + key_n + value_n;
}

/* Points the cursor at all entries under `key`. */
static void seek(const struct image *image, struct str key, struct image_cursor *cursor)
{
    uint32_t hash = cdb_hash(CDB_HASH_START, key);
    const uint8_t *pair = image->at + (size_t)(hash % CDB_TABLES) * CDB_PAIR_SIZE;
    uint32_t slots = cdb_get(pair + 4);
    *cursor = (struct image_cursor){ .image = image,
                                     .key = key,
                                     .hash = hash,
                                     .table = cdb_get(pair),
                                     .slots = slots,
                                     .slot = slots ? (hash >> 8) % slots : 0 };
}

/* The value of the next entry under the cursor's key. Each slot is seen at most once. */
static bool next_value(struct image_cursor *cursor, struct str *out)
{
    const struct image *image = cursor->image;
    while (cursor->seen < cursor->slots) {
        const uint8_t *slot =
            image->at + cursor->table + (size_t)cursor->slot * CDB_PAIR_SIZE;
        uint32_t hash = cdb_get(slot), at = cdb_get(slot + 4);
        if (at == 0)
            break;
        cursor->seen++;
        cursor->slot = cursor->slot + 1 == cursor->slots ? 0 : cursor->slot + 1;

        struct view_entry entry;
        if (hash == cursor->hash && view_entry(image, at, &entry) &&
            str_equal(entry.key, cursor->key)) {
            *out = entry.value;
            return true;
        }
    }
    cursor->seen = cursor->slots; /* it stays at the end */
    return false;
}

/* ----- records ----- */

bool view_value(struct str value, bool *wildcard_out, struct image_record *out)
{
    static const uint8_t always[8];
    /* A location would make the data begin 2 bytes later; it is passed over here. */
    if (value.n < VALUE_RDATA_AT || value.n - VALUE_RDATA_AT > RDATA_SIZE ||
        (value.at[2] != '=' && value.at[2] != '*') ||
        memcmp(value.at + VALUE_RDATA_AT - sizeof(always), always, sizeof(always)) != 0)
        return false;
    const uint8_t *at = (const uint8_t *)value.at;
    const uint8_t *ttl = at + VALUE_TTL_AT;
    *wildcard_out = value.at[2] == '*';
    out->type = (uint16_t)(at[0] << 8 | at[1]);
    out->ttl_s =
        (uint32_t)ttl[0] << 24 | (uint32_t)ttl[1] << 16 | (uint32_t)ttl[2] << 8 | ttl[3];
    out->rdata = str_from_at(value, VALUE_RDATA_AT);
    return true;
}

void image_find(const struct image *image, struct str name, bool wildcard,
                struct image_cursor *cursor)
{
    struct str covered = wildcard ? STR("") : after_wildcard_label(name);
    seek(image, covered.n ? covered : name, cursor);
    cursor->wildcard = wildcard || covered.n > 0;
}

bool image_next(struct image_cursor *cursor, struct image_record *out)
{
    struct str value;
    while (next_value(cursor, &value)) {
        bool wildcard = false;
        struct image_record record;
        if (view_value(value, &wildcard, &record) && wildcard == cursor->wildcard) {
            *out = record;
            return true;
        }
    }
    return false;
}

/* ----- which names exist ----- */

static bool has_mark(const struct image *image, struct str name)
{
    char bytes[MARK_KEY_SIZE];
    struct buf key = BUF_ON(bytes);
    buf_put_u8(&key, 0);
    buf_put(&key, name);
    struct image_cursor cursor;
    seek(image, buf_str(&key), &cursor);
    struct str value;
    return !key.full && next_value(&cursor, &value);
}

/* Records of the name itself and of its wildcard stand under one key. */
static bool has_records(const struct image *image, struct str name)
{
    struct image_cursor cursor;
    struct str value;
    bool wildcard = false;
    struct image_record record;
    seek(image, name, &cursor);
    while (next_value(&cursor, &value)) {
        if (view_value(value, &wildcard, &record))
            return true;
    }
    return false;
}

bool image_wildcard_exists(const struct image *image, struct str name)
{
    struct image_cursor cursor;
    struct image_record record;
    image_find(image, name, true, &cursor);
    if (image_next(&cursor, &record))
        return true;

    char bytes[NAME_SIZE];
    struct buf wildcard = BUF_ON(bytes);
    buf_put(&wildcard, STR("\1*"));
    buf_put(&wildcard, name);
    return !wildcard.full && (has_mark(image, buf_str(&wildcard)) ||
                              has_records(image, buf_str(&wildcard)));
}

bool image_name_exists(const struct image *image, struct str name)
{
    if (name.n <= 1)
        return true;
    struct str covered = after_wildcard_label(name);
    if (covered.n)
        return image_wildcard_exists(image, covered);
    return has_records(image, name) || has_mark(image, name);
}

struct str image_closest_encloser(const struct image *image, struct str name,
                                  struct str zone)
{
    while (name.n > zone.n && !image_name_exists(image, name))
        name = name_above(name);
    return name;
}

/* ----- the whole file in order ----- */

enum status image_walk_zone(const struct image *image, const struct name *zone,
                            image_walk_fn fn, void *ctx)
{
    struct view_entry entry;
    size_t next = 0;
    for (size_t at = CDB_HEADER_SIZE; (next = view_entry(image, at, &entry)) > at;
         at = next) {
        struct image_record found;
        struct record record = { 0 };
        /* Keys of marks and locations are no names: they do not end at their first zero. */
        if (!str_ends(entry.key, name_bytes(zone)) ||
            !view_value(entry.value, &record.wildcard, &found) ||
            name_decode(entry.key, &record.owner) || !name_is_within(&record.owner, zone))
            continue;
        record.type = found.type;
        record.ttl_s = found.ttl_s;
        record.rdata = found.rdata;
        enum status status = fn(ctx, &record);
        if (status)
            return status;
    }
    return OK;
}
