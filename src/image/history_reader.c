// SPDX-License-Identifier: GPL-3.0-or-later
/* Reads the history file. It looks at the file's name and size before each answer, and reads what
 * is new. */
#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "image/history.h"
#include "image/history_frame.h"
#include "image/history_index.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct history_reader {
    char path[PATH_MAX];
    int fd; /* -1: there is no history */
    struct stat about;
    uint64_t at; /* what stands before is known */
    struct history_index index;
};

struct history_chain {
    int fd; /* a descriptor of its own */
    struct index_step *steps;
    size_t count, at, size;
};

/* ----- following ----- */

static void forget(struct history_reader *reader)
{
    index_clear(&reader->index);
    file_close(reader->fd);
    reader->fd = -1;
    reader->at = 0;
}

static void take_frame(void *ctx, const struct frame *frame, uint64_t at, size_t n)
{
    struct history_reader *reader = (struct history_reader *)ctx;
    index_add(&reader->index, frame, at, n);
}

static bool begin(struct history_reader *reader)
{
    char found[32];
    struct str head = frame_file_head();
    reader->fd = open(reader->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    reader->at = head.n;
    return reader->fd >= 0 && fstat(reader->fd, &reader->about) == 0 &&
           S_ISREG(reader->about.st_mode) &&
           pread(reader->fd, found, head.n, 0) == (ssize_t)head.n &&
           str_equal(str_bytes(found, head.n), head);
}

/* A broken frame makes all that came before it useless, since what has followed is not known. It is
 * read again later, since the writer cuts away what it could not finish. */
static void follow(struct history_reader *reader)
{
    struct stat about;
    bool is_there = stat(reader->path, &about) == 0;
    bool is_same = reader->fd >= 0 && is_there && about.st_ino == reader->about.st_ino &&
                   about.st_dev == reader->about.st_dev &&
                   (uint64_t)about.st_size >= reader->at;
    if (!is_same)
        forget(reader);
    if (!is_same && (!is_there || !begin(reader))) {
        forget(reader);
        return;
    }
    if (frame_read_all(reader->fd, &reader->at, (uint64_t)about.st_size, take_frame,
                       reader))
        index_clear(&reader->index);
}

struct history_reader *history_reader_new(const char *directory)
{
    struct history_reader *reader = NEW(struct history_reader);
    struct buf path = BUF_ON(reader->path);
    buf_printf(&path, "%s/history", directory);
    (void)buf_text(&path);
    reader->fd = -1;
    follow(reader);
    return reader;
}

void history_reader_free(struct history_reader *reader)
{
    if (!reader)
        return;
    forget(reader);
    mem_free(reader);
}

/* ----- chains ----- */

/* How many steps lead from `from` to the last one; -1: none do. */
static int64_t count_steps(const struct history_index *index, int32_t last, uint32_t from)
{
    if (index->steps[last].to == from)
        return 0;
    int64_t count = 0;
    for (int32_t at = last; at != INDEX_NONE; at = index->steps[at].previous) {
        count++;
        if (index->steps[at].from == from)
            return count;
    }
    return -1;
}

struct history_chain *history_chain_new(struct history_reader *reader,
                                        const struct name *zone, uint32_t from,
                                        uint32_t *to)
{
    follow(reader);
    const struct index_zone *found = index_find(&reader->index, zone);
    if (!found || found->last == INDEX_NONE)
        return NULL;
    const struct index_step *steps = reader->index.steps;
    int64_t count = count_steps(&reader->index, found->last, from);
    int fd = count < 0 ? -1 : fcntl(reader->fd, F_DUPFD_CLOEXEC, 0);
    if (fd < 0)
        return NULL;
    struct history_chain *chain = NEW(struct history_chain);
    *chain = (struct history_chain){ .fd = fd, .count = (size_t)count };
    chain->steps = (struct index_step *)mem_new_array((size_t)count + 1, sizeof(*steps));
    int32_t at = found->last;
    for (size_t i = chain->count; i > 0; i--, at = steps[at].previous) {
        chain->steps[i - 1] = steps[at];
        chain->size += steps[at].n;
    }
    *to = steps[found->last].to;
    return chain;
}

void history_chain_free(struct history_chain *chain)
{
    if (!chain)
        return;
    file_close(chain->fd);
    mem_free(chain->steps);
    mem_free(chain);
}

size_t history_chain_size(const struct history_chain *chain)
{
    return chain->size;
}

/* Every record of the list is one. */
static bool is_whole(struct str list)
{
    struct record record;
    while (list.n > 0) {
        if (!frame_next_record(&list, &record))
            return false;
    }
    return true;
}

static void give_records(struct str list, const struct history_sink *sink)
{
    struct record record;
    while (frame_next_record(&list, &record))
        sink->record(sink->ctx, &record);
}

struct giving {
    const struct history_sink *sink;
    bool good;
};

static void give(void *ctx, const struct frame *frame, uint64_t at, size_t n)
{
    struct giving *giving = (struct giving *)ctx;
    const struct history_sink *sink = giving->sink;
    (void)at;
    (void)n;
    giving->good = !frame->is_gap && is_whole(frame->gone) && is_whole(frame->come);
    if (!giving->good)
        return;
    sink->serial(sink->ctx, frame->from);
    give_records(frame->gone, sink);
    sink->serial(sink->ctx, frame->to);
    give_records(frame->come, sink);
}

enum status history_chain_next(struct history_chain *chain,
                               const struct history_sink *sink)
{
    if (chain->at == chain->count)
        return ERR_NOT_FOUND;
    const struct index_step *step = &chain->steps[chain->at++];
    struct giving giving = { .sink = sink };
    uint64_t at = step->at;
    chain->size -= step->n;
    enum status status = frame_read_all(chain->fd, &at, at + step->n, give, &giving);
    if (!status && !giving.good)
        status = ERR_SYNTAX;
    if (status)
        chain->at = chain->count;
    return status;
}
