// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/live_reader.h"

#include "base/mem.h"
#include "image/control_page.h"
#include "image/sealed.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

struct live_reader_file {
    uint32_t id;
    struct image *image; /* NULL: none was added */
};

struct live_reader {
    struct control_page *control;
    struct live_reader_file files[CONTROL_PAGE_SLOTS];
};

enum status live_reader_open(int control, struct live_reader **out, struct error *err)
{
    struct stat about;
    if (fstat(control, &about))
        return FAIL(err, ERR_IO, "control page of the image: %s", strerror(errno));
    if ((size_t)about.st_size < sizeof(struct control_page) || !sealed_is_firm(control))
        return FAIL(err, ERR_SYNTAX,
                    "control page of the image: too short, or could become so");
    void *at = mmap(NULL, sizeof(struct control_page), PROT_READ, MAP_SHARED, control, 0);
    if (at == MAP_FAILED)
        return FAIL(err, ERR_IO, "control page of the image: %s", strerror(errno));
    struct control_page *mapped = (struct control_page *)at;
    if (mapped->magic != CONTROL_PAGE_MAGIC) {
        (void)munmap(at, sizeof(struct control_page));
        return FAIL(err, ERR_SYNTAX, "control page of the image: of another kind");
    }
    *out = NEW(struct live_reader);
    (*out)->control = mapped;
    return OK;
}

void live_reader_close(struct live_reader *reader)
{
    if (!reader)
        return;
    for (size_t i = 0; i < CONTROL_PAGE_SLOTS; i++)
        image_close(reader->files[i].image);
    (void)munmap(reader->control, sizeof(struct control_page));
    mem_free(reader);
}

enum status live_reader_add(struct live_reader *reader, uint32_t id, int fd,
                            struct error *err)
{
    struct image *image = NULL;
    if (!sealed_is_firm(fd))
        return FAIL(err, ERR_SYNTAX, "an image that could be cut under its readers");
    enum status status = image_open_fd(fd, &image, err);
    if (status)
        return status;
    struct live_reader_file *file = &reader->files[control_page_slot(id)];
    image_close(file->image);
    *file = (struct live_reader_file){ .id = id, .image = image };
    return OK;
}

/* The slot of the live image. While that image was not added yet, the other one is used: it was
 * live before. */
static unsigned find_slot(const struct live_reader *reader)
{
    uint32_t live = atomic_load_explicit(&reader->control->live, memory_order_acquire);
    unsigned slot = control_page_slot(live);
    const struct live_reader_file *file = &reader->files[slot];
    bool is_known = file->image && file->id == live;
    return is_known || !reader->files[1 - slot].image ? slot : 1 - slot;
}

static uint32_t get_count(const struct live_reader *reader, unsigned slot)
{
    return atomic_load_explicit(&reader->control->counts[slot], memory_order_acquire);
}

const struct image *live_reader_begin(const struct live_reader *reader, uint64_t *ticket)
{
    unsigned slot = find_slot(reader);
    uint32_t count = get_count(reader, slot);
    if (count % 2) { /* let the writer finish */
        (void)sched_yield();
        slot = find_slot(reader);
        count = get_count(reader, slot);
    }
    *ticket = (uint64_t)slot << 32 | count;
    return reader->files[slot].image;
}

bool live_reader_is_whole(const struct live_reader *reader, uint64_t ticket)
{
    atomic_thread_fence(memory_order_acquire);
    uint32_t count = (uint32_t)(ticket & UINT32_MAX);
    const _Atomic uint32_t *now = &reader->control->counts[ticket >> 32];
    return count % 2 == 0 && atomic_load_explicit(now, memory_order_relaxed) == count;
}

bool live_reader_is_current(const struct live_reader *reader, const char *path)
{
    struct stat info;
    unsigned slot = find_slot(reader);
    return reader->files[slot].image && stat(path, &info) == 0 &&
           atomic_load_explicit(&reader->control->devices[slot], memory_order_relaxed) ==
               (uint64_t)info.st_dev &&
           atomic_load_explicit(&reader->control->inodes[slot], memory_order_relaxed) ==
               (uint64_t)info.st_ino;
}
