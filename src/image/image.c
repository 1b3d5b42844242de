// SPDX-License-Identifier: GPL-3.0-or-later
/* Maps an image and reads its entries. The header is checked once and then kept; everything else is
 * checked at each look, since another process may write to the bytes meanwhile. */
#include "image/image.h"

#include "base/file.h"
#include "base/mem.h"
#include "image/format.h"
#include "image/view.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

struct image {
    void *mapping;     /* to be unmapped; NULL: the bytes are lent */
    uint8_t *writable; /* NULL: the bytes are only read */
    const uint8_t *at;
    size_t n;
    /* The header as it was checked. It is relied on, and another process may be able to write to
     * the bytes. */
    uint32_t tables[CDB_TABLES], slots[CDB_TABLES];
    size_t records_end; /* where the first table begins */
    bool has_locations; /* there may be some */
    bool has_marks;     /* no mark is missing */
    dev_t device;
    ino_t inode;
};

/* Every table must lie within the file and behind the records, in whole slots. Tables
 * without slots are never read, wherever they claim to be; but a header of zeros is no header:
 * it never reached the disk. */
static enum status read_header(struct image *image)
{
    size_t end = image->n;
    bool any = false;
    for (size_t i = 0; i < CDB_TABLES; i++) {
        image->tables[i] = cdb_get(image->at + i * CDB_PAIR_SIZE);
        image->slots[i] = cdb_get(image->at + i * CDB_PAIR_SIZE + 4);
        size_t at = image->tables[i], size = (size_t)image->slots[i] * CDB_PAIR_SIZE;
        if (size == 0)
            continue;
        if (at < CDB_HEADER_SIZE || at > image->n || size > image->n - at)
            return ERR_SYNTAX;
        any = true;
        if (at < end)
            end = at;
    }
    if (!any && cdb_get(image->at) == 0)
        return ERR_SYNTAX;
    /* Records that are in no table cannot be found. */
    image->records_end = any ? end : CDB_HEADER_SIZE;

    for (size_t i = 0; i < CDB_TABLES; i++)
        if (image->slots[i] && (image->tables[i] - image->records_end) % CDB_PAIR_SIZE)
            return ERR_SYNTAX;
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

static bool has_entry(const struct image *image, struct str key)
{
    struct image_cursor cursor;
    struct str value;
    view_seek(image, key, &cursor);
    return view_next(&cursor, &value);
}

static enum status begin(struct image *image, const char *path, struct error *err)
{
    if (read_header(image))
        return FAIL(err, ERR_SYNTAX, "%s: damaged, its tables lie outside", path);
    image->has_locations = !has_entry(image, NO_LOCATIONS);
    image->has_marks = has_entry(image, HAS_MARKS);
    return OK;
}

static enum status open_fd(int fd, const char *path, struct image **out,
                           struct error *err)
{
    CLEANUP(image_closep) struct image *image = NEW(struct image);
    enum status status = map(fd, path, image, err);
    if (!status)
        status = begin(image, path, err);
    if (!status)
        *out = TAKE(image);
    return status;
}

enum status image_open(const char *path, struct image **out, struct error *err)
{
    /* Without O_NONBLOCK a named pipe in its place would block us for ever. */
    CLEANUP(file_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return FAIL(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path,
                    strerror(errno));
    return open_fd(fd, path, out, err);
}

enum status image_open_fd(int fd, struct image **out, struct error *err)
{
    return open_fd(fd, "an image", out, err);
}

enum status view_open_memory(void *at, size_t n, struct image **out, struct error *err)
{
    CLEANUP(image_closep) struct image *image = NEW(struct image);
    *image =
        (struct image){ .writable = (uint8_t *)at, .at = (const uint8_t *)at, .n = n };
    if (n < CDB_HEADER_SIZE || n > UINT32_MAX)
        return FAIL(err, ERR_SYNTAX, "an image: %zu bytes are no cdb", n);
    enum status status = begin(image, "an image", err);
    if (!status)
        *out = TAKE(image);
    return status;
}

uint8_t *view_writable(struct image *image)
{
    assert(image->writable);
    return image->writable;
}

const uint8_t *view_bytes(const struct image *image)
{
    return image->at;
}

size_t view_position(const struct image *image, const void *at)
{
    return (size_t)((const uint8_t *)at - image->at);
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

bool view_has_locations(const struct image *image)
{
    return image->has_locations;
}

bool view_has_marks(const struct image *image)
{
    return image->has_marks;
}

/* ----- entries: keys and values, not interpreted yet ----- */

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

uint32_t view_table(const struct image *image, uint32_t hash, uint32_t *slots_out)
{
    *slots_out = image->slots[hash % CDB_TABLES];
    return image->tables[hash % CDB_TABLES];
}

void view_seek(const struct image *image, struct str key, struct image_cursor *cursor)
{
    uint32_t hash = cdb_hash(CDB_HASH_START, key), slots = 0;
    uint32_t table = view_table(image, hash, &slots);
    *cursor = (struct image_cursor){ .image = image,
                                     .key = key,
                                     .hash = hash,
                                     .table = table,
                                     .slots = slots,
                                     .slot = slots ? (hash >> 8) % slots : 0 };
}

static const uint8_t *slot_at(const struct image_cursor *cursor)
{
    return cursor->image->at + cursor->table + (size_t)cursor->slot * CDB_PAIR_SIZE;
}

/* Each slot is seen at most once. */
bool view_next_of_hash(struct image_cursor *cursor, struct view_entry *out,
                       size_t *at_out)
{
    const struct image *image = cursor->image;
    while (cursor->seen < cursor->slots) {
        const uint8_t *slot = slot_at(cursor);
        uint32_t hash = cdb_get(slot), at = cdb_get(slot + 4);
        if (at == 0)
            break;
        cursor->seen++;
        cursor->slot = cursor->slot + 1 == cursor->slots ? 0 : cursor->slot + 1;
        if (hash == cursor->hash && view_entry(image, at, out)) {
            *at_out = at;
            return true;
        }
    }
    cursor->seen = cursor->slots; /* it stays at the end */
    return false;
}

bool view_next(struct image_cursor *cursor, struct str *out)
{
    struct view_entry entry;
    size_t at = 0;
    while (view_next_of_hash(cursor, &entry, &at)) {
        if (str_equal(entry.key, cursor->key)) {
            *out = entry.value;
            return true;
        }
    }
    return false;
}

void image_prefetch(const struct image *image, const struct name *names, size_t count)
{
    enum {
        LINE_SIZE = 64 /* of the processor's cache */
    };
    const uint8_t *slots[IMAGE_PREFETCH_MAX];
    assert(count <= IMAGE_PREFETCH_MAX);
    for (size_t i = 0; i < count; i++) {
        struct image_cursor cursor;
        view_seek(image, name_bytes(&names[i]), &cursor);
        bool none = cursor.slots == 0;
        slots[i] = none ? NULL : slot_at(&cursor);
        __builtin_prefetch(slots[i]);
    }
    for (size_t i = 0; i < count; i++) {
        size_t at = slots[i] ? cdb_get(slots[i] + 4) : image->n;
        /* The records of one name mostly stand together. */
        for (size_t end = at + 2 * (size_t)LINE_SIZE; end < image->n && at < end;
             at += LINE_SIZE)
            __builtin_prefetch(image->at + at);
    }
}
