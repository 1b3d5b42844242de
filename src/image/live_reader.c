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

struct pair_file {
    uint32_t id;
    struct image *image; /* NULL: none was added */
};

struct image_pair {
    struct words *words;
    struct pair_file files[WORDS_SLOTS];
};

enum status image_pair_open(int words, struct image_pair **out, struct error *err)
{
    struct stat about;
    if (fstat(words, &about))
        return FAIL(err, ERR_IO, "words of the image: %s", strerror(errno));
    if ((size_t)about.st_size < sizeof(struct words) || !sealed_is_firm(words))
        return FAIL(err, ERR_SYNTAX, "words of the image: too short, or could become so");
    void *at = mmap(NULL, sizeof(struct words), PROT_READ, MAP_SHARED, words, 0);
    if (at == MAP_FAILED)
        return FAIL(err, ERR_IO, "words of the image: %s", strerror(errno));
    struct words *mapped = (struct words *)at;
    if (mapped->magic != WORDS_MAGIC) {
        (void)munmap(at, sizeof(struct words));
        return FAIL(err, ERR_SYNTAX, "words of the image: of another kind");
    }
    *out = NEW(struct image_pair);
    (*out)->words = mapped;
    return OK;
}

void image_pair_close(struct image_pair *pair)
{
    if (!pair)
        return;
    for (size_t i = 0; i < WORDS_SLOTS; i++)
        image_close(pair->files[i].image);
    (void)munmap(pair->words, sizeof(struct words));
    mem_free(pair);
}

enum status image_pair_add(struct image_pair *pair, uint32_t id, int fd,
                           struct error *err)
{
    struct image *image = NULL;
    if (!sealed_is_firm(fd))
        return FAIL(err, ERR_SYNTAX, "an image that could be cut under its readers");
    enum status status = image_open_fd(fd, &image, err);
    if (status)
        return status;
    struct pair_file *file = &pair->files[words_slot(id)];
    image_close(file->image);
    *file = (struct pair_file){ .id = id, .image = image };
    return OK;
}

/* The live file. While it is not known yet, the other one is the best there is: it was live
 * before. */
static unsigned find_slot(const struct image_pair *pair)
{
    uint32_t live = atomic_load_explicit(&pair->words->live, memory_order_acquire);
    unsigned slot = words_slot(live);
    const struct pair_file *file = &pair->files[slot];
    bool is_known = file->image && file->id == live;
    return is_known || !pair->files[1 - slot].image ? slot : 1 - slot;
}

static uint32_t get_count(const struct image_pair *pair, unsigned slot)
{
    return atomic_load_explicit(&pair->words->counts[slot], memory_order_acquire);
}

const struct image *image_pair_begin(const struct image_pair *pair, uint64_t *ticket)
{
    unsigned slot = find_slot(pair);
    uint32_t count = get_count(pair, slot);
    if (count % 2) { /* let the writer come to its end */
        (void)sched_yield();
        slot = find_slot(pair);
        count = get_count(pair, slot);
    }
    *ticket = (uint64_t)slot << 32 | count;
    return pair->files[slot].image;
}

bool image_pair_is_whole(const struct image_pair *pair, uint64_t ticket)
{
    atomic_thread_fence(memory_order_acquire);
    uint32_t count = (uint32_t)(ticket & UINT32_MAX);
    const _Atomic uint32_t *now = &pair->words->counts[ticket >> 32];
    return count % 2 == 0 && atomic_load_explicit(now, memory_order_relaxed) == count;
}

uint64_t image_pair_generation(const struct image_pair *pair)
{
    return atomic_load_explicit(&pair->words->generation, memory_order_acquire);
}

bool image_pair_is_current(const struct image_pair *pair, const char *path)
{
    struct stat info;
    unsigned slot = find_slot(pair);
    return pair->files[slot].image && stat(path, &info) == 0 &&
           atomic_load_explicit(&pair->words->devices[slot], memory_order_relaxed) ==
               (uint64_t)info.st_dev &&
           atomic_load_explicit(&pair->words->inodes[slot], memory_order_relaxed) ==
               (uint64_t)info.st_ino;
}
