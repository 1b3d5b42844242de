// SPDX-License-Identifier: GPL-3.0-or-later
#include "answer/source.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "image/image.h"

#include <assert.h>
#include <limits.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    /* Finds what a watch cannot tell of: a directory that was missing or was replaced, and
     * changes while the kernel had no watch to give. */
    LOOK_EVERY_MS = 1000
};

/* What tells one file, or its absence, from the next. */
struct sight {
    bool there;
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec written;
};

struct answer_hold {
    struct image *image;
    size_t users;
    bool good;
};

struct answer_source {
    struct loop *loop;
    const struct answer_source_events *events;
    void *ctx;
    char directory[PATH_MAX], path[PATH_MAX];
    struct answer_hold *held; /* NULL: there is no image */
    bool refused;             /* `last_refused` is set */
    struct sight last_refused;
    int inotify; /* -1: none could be had */
    struct watch watch;
    struct timer timer;
};

static struct sight look_at(const char *path)
{
    struct stat info;
    if (stat(path, &info))
        return (struct sight){ .there = false };
    return (struct sight){ .there = true,
                           .device = info.st_dev,
                           .inode = info.st_ino,
                           .size = info.st_size,
                           .written = info.st_mtim };
}

static bool is_same(const struct sight *a, const struct sight *b)
{
    return a->there == b->there && a->device == b->device && a->inode == b->inode &&
           a->size == b->size && a->written.tv_sec == b->written.tv_sec &&
           a->written.tv_nsec == b->written.tv_nsec;
}

static bool is_current(const struct answer_source *source)
{
    return source->held && image_is_current(source->held->image, source->path);
}

static void refuse(struct answer_source *source, const struct sight *sight,
                   const struct error *err)
{
    source->refused = true;
    source->last_refused = *sight;
    /* The file that we have mapped was itself cut: reading it on could end the process. */
    if (is_current(source)) {
        source->held->good = false;
        answer_hold_release(source->held);
        source->held = NULL;
    }
    if (source->events->refused)
        source->events->refused(source->ctx, err);
}

static void take(struct answer_source *source, struct image *image)
{
    /* The same file, written over in place: whoever reads it on would read past its end, or two
     * zones mixed. */
    if (is_current(source))
        source->held->good = false;
    answer_hold_release(source->held);
    source->held = NEW(struct answer_hold);
    *source->held = (struct answer_hold){ .image = image, .users = 1, .good = true };
    source->refused = false;
    if (source->events->changed)
        source->events->changed(source->ctx);
}

static void look(struct answer_source *source)
{
    struct sight sight = look_at(source->path);
    if (is_current(source) && (size_t)sight.size == image_size(source->held->image)) {
        source->refused = false;
        return;
    }
    if (source->refused && is_same(&sight, &source->last_refused))
        return;

    struct image *image = NULL;
    struct error err = { .text = "" };
    if (image_open(source->path, &image, &err))
        refuse(source, &sight, &err);
    else
        take(source, image);
}

/* Doing it again for a directory that is watched already changes nothing. */
static void watch_directory(const struct answer_source *source)
{
    if (source->inotify >= 0)
        (void)inotify_add_watch(source->inotify, source->directory,
                                IN_MOVED_TO | IN_CLOSE_WRITE | IN_ONLYDIR);
}

static void on_timer(void *ctx)
{
    struct answer_source *source = (struct answer_source *)ctx;
    timer_set(&source->timer, source->loop, loop_now_ms(source->loop) + LOOK_EVERY_MS,
              on_timer, source);
    watch_directory(source);
    look(source);
}

static void on_event(void *ctx, uint32_t events)
{
    struct answer_source *source = (struct answer_source *)ctx;
    (void)events;
    char bytes[4096]; /* what they say does not matter */
    ssize_t n = 0;
    do
        n = read(source->inotify, bytes, sizeof(bytes));
    while (n > 0);
    look(source);
}

static void set_paths(struct answer_source *source, const char *directory)
{
    struct buf out = BUF_ON(source->directory);
    buf_put_text(&out, directory);
    (void)buf_text(&out);
    out = BUF_ON(source->path);
    buf_printf(&out, "%s/data.cdb", directory);
    (void)buf_text(&out);
}

struct answer_source *answer_source_new(struct loop *loop, const char *directory,
                                        const struct answer_source_events *events,
                                        void *ctx)
{
    struct answer_source *source = NEW(struct answer_source);
    source->loop = loop;
    source->events = events;
    source->ctx = ctx;
    set_paths(source, directory);
    source->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (source->inotify >= 0)
        watch_start(&source->watch, loop, source->inotify, EPOLLIN, on_event, source);
    on_timer(source); /* watches first, so that nothing is missed in between */
    return source;
}

void answer_source_free(struct answer_source *source)
{
    if (!source)
        return;
    timer_stop(&source->timer);
    watch_stop(&source->watch);
    file_close(source->inotify);
    answer_hold_release(source->held);
    mem_free(source);
}

const struct image *answer_source_image(const struct answer_source *source)
{
    return source->held ? source->held->image : NULL;
}

struct answer_hold *answer_source_hold(const struct answer_source *source)
{
    assert(source->held);
    source->held->users++;
    return source->held;
}

void answer_hold_release(struct answer_hold *hold)
{
    if (!hold || --hold->users > 0)
        return;
    image_close(hold->image);
    mem_free(hold);
}

bool answer_hold_is_good(const struct answer_hold *hold)
{
    return hold->good;
}
