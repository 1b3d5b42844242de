// SPDX-License-Identifier: GPL-3.0-or-later
/* Any bytes as an image: the reader never looks outside and always comes to an end. What it
 * walks over, it finds. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
    /* Everything, or what somebody sees in 2001. */
    const struct image_view view = { .location = { 'l', 'o' },
                                     .now_tai = image_tai(1000000000) };
    image_find(image, name.n % 2 ? NULL : &view, name, wildcard, &cursor);
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
    bool exists = image_name_exists(image, NULL, name);
    struct str root = STR("\0");
    struct str encloser = image_closest_encloser(image, NULL, name, root);
    /* Where marks are damaged, a name may exist while none above it has one. */
    assert(encloser.n < name.n || (exists && encloser.n == name.n));
    assert(image_name_exists(image, NULL, encloser));
    (void)image_wildcard_exists(image, NULL, name);
}

static enum status count_record(void *ctx, const struct record *record)
{
    (void)record;
    ++*(size_t *)ctx;
    return OK;
}

/* What begins at the name, if it is a zone. */
static void look_at_zone(const struct image *image, const struct name *zone)
{
    size_t records = 0;
    struct str note;
    assert(image_walk_zone(image, zone, count_record, &records) == OK);
    if (image_note(image, zone, &note))
        assert(note.n <= image_size(image));
}

static enum status take_rule(void *ctx, const struct location_rule *rule)
{
    const struct walk *walk = (const struct walk *)ctx;
    struct ip client = { .family = IP_V4 };
    uint8_t location[2];
    memcpy(client.bytes, rule->prefix, sizeof(rule->prefix));
    image_locate(walk->image, &client, location);
    return OK;
}

static enum status take(void *ctx, const struct record *record)
{
    struct walk *walk = (struct walk *)ctx;
    if (record->type == RR_SOA)
        look_at_zone(walk->image, &record->owner);
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
        struct walk walk = { .image = image };
        (void)!image_walk(image, take, &walk);
        (void)!image_walk_locations(image, take_rule, &walk);
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
