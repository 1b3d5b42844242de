// SPDX-License-Identifier: GPL-3.0-or-later
/* Writes the history file: a publication's steps are gathered in memory, then written at once. Of
 * what is in the file the writer knows only what a reader would. */
#include "image/history.h"

#include "base/fault.h"
#include "base/file.h"
#include "base/mem.h"
#include "image/history_frame.h"
#include "image/history_index.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FILE_MODE = 0644,      /* what stands in DNS is public */
    KEPT_SIZE = 64 * 1024, /* bytes kept for the next publication; few need more */
};

struct step {
    struct frame frame; /* without its records */
    struct frame_bytes gone, come;
};

struct history {
    char path[PATH_MAX], new_path[PATH_MAX];
    int fd; /* -1: there is no file, until it can be made */
    uint64_t size, limit;
    uint64_t young; /* where the younger half begins; 0: there is none yet */
    struct history_index index;
    struct step *steps;
    size_t count, room;
    struct frame_bytes out;
};

/* ----- the file ----- */

static bool write_all(int fd, struct str bytes, uint64_t at)
{
    if (fault_hit("history.write"))
        return false;
    ssize_t n = 0;
    do
        n = pwrite(fd, bytes.at, bytes.n, (off_t)at);
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)bytes.n;
}

static bool copy_from(int from, uint64_t at, uint64_t end, int to)
{
    off_t offset = (off_t)at, offset_out = (off_t)frame_file_head().n;
    while (offset < (off_t)end) {
        ssize_t n = copy_file_range(from, &offset, to, &offset_out,
                                    (size_t)(end - (uint64_t)offset), 0);
        if (n <= 0 && errno != EINTR)
            return false;
    }
    return true;
}

static int make_file(const char *path)
{
    (void)unlink(path);
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
    if (fd >= 0 && (fchmod(fd, FILE_MODE) != 0 || !write_all(fd, frame_file_head(), 0))) {
        file_close(fd);
        (void)unlink(path);
        return -1;
    }
    return fd;
}

/* Replaces the file by a new one with what stands in the old one from `from` on. */
static bool replace_file(struct history *history, uint64_t from)
{
    int fd = make_file(history->new_path);
    bool copied = fd >= 0 && (from == history->size ||
                              copy_from(history->fd, from, history->size, fd));
    if (!copied || rename(history->new_path, history->path) != 0) {
        file_close(fd);
        (void)unlink(history->new_path);
        return false;
    }
    file_close(history->fd);
    history->fd = fd;
    history->size = frame_file_head().n + history->size - from;
    history->young = 0;
    return true;
}

/* A reader of the old file knows no step that leads on from there. */
static void begin_anew(struct history *history)
{
    file_close(history->fd);
    (void)unlink(history->path);
    index_clear(&history->index);
    history->fd = -1;
    history->size = 0;
    (void)replace_file(history, 0);
}

static void take_frame(void *ctx, const struct frame *frame, uint64_t at, size_t n)
{
    struct history *history = (struct history *)ctx;
    index_add(&history->index, frame, at, n);
    if (!history->young && at >= history->limit / 2)
        history->young = at;
}

/* False: the file is no history. */
static bool read_file(struct history *history)
{
    struct stat about;
    struct str head = frame_file_head();
    char found[32];
    history->fd = open(history->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (history->fd < 0 || fstat(history->fd, &about) != 0 || !S_ISREG(about.st_mode) ||
        pread(history->fd, found, head.n, 0) != (ssize_t)head.n ||
        !str_equal(str_bytes(found, head.n), head))
        return false;
    history->size = head.n;
    enum status status = frame_read_all(history->fd, &history->size,
                                        (uint64_t)about.st_size, take_frame, history);
    return !status && ftruncate(history->fd, (off_t)history->size) == 0;
}

struct history *history_open(const char *directory, size_t size)
{
    struct history *history = NEW(struct history);
    history->limit = size ? size : HISTORY_SIZE;
    if (history->limit < HISTORY_SIZE_MIN)
        history->limit = HISTORY_SIZE_MIN;
    if (history->limit > HISTORY_SIZE_MAX)
        history->limit = HISTORY_SIZE_MAX;
    struct buf path = BUF_ON(history->path), new_path = BUF_ON(history->new_path);
    buf_printf(&path, "%s/history", directory);
    buf_printf(&new_path, "%s/history.tmp", directory);
    (void)buf_text(&path);
    (void)buf_text(&new_path);
    if (!read_file(history))
        begin_anew(history);
    return history;
}

void history_close(struct history *history)
{
    if (!history)
        return;
    history_drop(history);
    file_close(history->fd);
    index_clear(&history->index);
    frame_bytes_done(&history->out);
    mem_free(history->steps);
    mem_free(history);
}

/* ----- a publication ----- */

static size_t add_step(struct history *history, const struct frame *frame)
{
    history->steps = mem_grow(history->steps, history->count + 1, &history->room,
                              sizeof(*history->steps));
    history->steps[history->count] = (struct step){ .frame = *frame };
    return history->count++;
}

size_t history_step(struct history *history, const struct name *zone, uint32_t from,
                    uint32_t to)
{
    return add_step(history, &(struct frame){ .zone = *zone, .from = from, .to = to });
}

static void add_record(struct step *step, struct frame_bytes *to,
                       const struct record *record)
{
    if (step->frame.is_gap)
        return;
    frame_put_record(to, record);
    if (step->gone.n + step->come.n <= HISTORY_STEP_MAX)
        return;
    step->frame.is_gap = true;
    frame_bytes_done(&step->gone);
    frame_bytes_done(&step->come);
}

void history_gone(struct history *history, size_t step, const struct record *record)
{
    add_record(&history->steps[step], &history->steps[step].gone, record);
}

void history_come(struct history *history, size_t step, const struct record *record)
{
    add_record(&history->steps[step], &history->steps[step].come, record);
}

void history_settle(struct history *history, const struct name *zone, uint32_t serial)
{
    const struct index_zone *found = index_find(&history->index, zone);
    bool is_said = found && found->last == INDEX_NONE && found->is_gap;
    bool is_there = found && found->last != INDEX_NONE &&
                    history->index.steps[found->last].to == serial;
    if (!is_said && !is_there)
        (void)add_step(history,
                       &(struct frame){
                           .is_gap = true, .zone = *zone, .from = serial, .to = serial });
}

void history_drop(struct history *history)
{
    while (history->count > 0) {
        struct step *step = &history->steps[--history->count];
        frame_bytes_done(&step->gone);
        frame_bytes_done(&step->come);
    }
}

static void put_steps(struct history *history)
{
    history->out.n = 0;
    for (size_t i = 0; i < history->count; i++) {
        struct step *step = &history->steps[i];
        step->frame.gone = str_bytes(step->gone.at, step->gone.n);
        step->frame.come = str_bytes(step->come.at, step->come.n);
        size_t begin = history->out.n;
        frame_put(&history->out, &step->frame);
        take_frame(history, &step->frame, history->size + begin, history->out.n - begin);
    }
}

/* False when somebody has removed the file: nobody would see what is written to it. */
static bool is_in_place(const struct history *history)
{
    struct stat about;
    return history->fd >= 0 && fstat(history->fd, &about) == 0 && about.st_nlink > 0;
}

bool history_commit(struct history *history)
{
    if (history->count == 0)
        return true;
    if (!is_in_place(history))
        begin_anew(history); /* the disk may be well again */
    put_steps(history);
    history_drop(history);
    bool good =
        history->fd >= 0 &&
        write_all(history->fd, str_bytes(history->out.at, history->out.n), history->size);
    history->size += history->out.n;
    if (good && history->size > history->limit && history->young > 0)
        good = replace_file(history, history->young);
    if (!good)
        begin_anew(history);
    if (history->out.size > KEPT_SIZE)
        frame_bytes_done(&history->out);
    return good;
}
