// SPDX-License-Identifier: GPL-3.0-or-later
/* Any bytes as an image: the reader never looks outside and always comes to an end. What it
 * walks over, it finds. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"
#include "image/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    RECORDS_MAX = 64, /* looked up one by one */
};

static const char zone_bytes[] = "\7example\3org";

struct walk {
    const struct image *image;
    size_t records, bytes;
};

static size_t read_all(const struct image *image, struct str name, bool wildcard)
{
    struct image_cursor cursor;
    struct image_record record;
    size_t sum = 0;
    image_find(image, name, wildcard, &cursor);
    while (image_next(&cursor, &record)) {
        for (size_t i = 0; i < record.rdata.n; i++)
            sum += (uint8_t)record.rdata.at[i];
        sum += record.type + record.ttl_s;
    }
    return sum;
}

static void look_around(const struct image *image, struct str name)
{
    (void)read_all(image, name, false);
    (void)read_all(image, name, true);
    bool exists = image_name_exists(image, name);
    struct str root = STR("\0");
    struct str encloser = image_closest_encloser(image, name, root);
    assert(encloser.n <= name.n && exists == (encloser.n == name.n));
    assert(image_name_exists(image, encloser));
    (void)image_wildcard_exists(image, name);
}

static enum status take(void *ctx, const struct record *record)
{
    struct walk *walk = (struct walk *)ctx;
    for (size_t i = 0; i < record->rdata.n; i++)
        walk->bytes += (uint8_t)record->rdata.at[i] ? 1U : 2U;
    look_around(walk->image, name_bytes(&record->owner));
    return ++walk->records < RECORDS_MAX ? OK : ERR_LIMIT;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd = memfd_create("image", MFD_CLOEXEC);
    char path[64];
    struct buf text = BUF_ON(path);
    buf_printf(&text, "/proc/self/fd/%d", fd);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();

    CLEANUP(image_closep) struct image *image = NULL;
    if (image_open(buf_text(&text), &image, NULL) == OK) {
        assert(image_size(image) == size && image_is_current(image, path));
        struct name root = { .n = 1, .wire = { 0 } };
        struct walk walk = { .image = image };
        (void)!image_walk_zone(image, &root, take, &walk);
        look_around(image, str_bytes(zone_bytes, sizeof(zone_bytes)));
        look_around(image, STR("\0"));
        /* The end of the file as a name in it. */
        struct name name;
        for (size_t n = size < NAME_SIZE ? size : NAME_SIZE; n > 0; n--) {
            if (name_decode(str_bytes(data + size - n, n), &name) == OK)
                look_around(image, name_bytes(&name));
        }
    }
    (void)close(fd);
    return 0;
}
