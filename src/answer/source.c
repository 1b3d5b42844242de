// SPDX-License-Identifier: GPL-3.0-or-later
/* Follows the image, either in the directory or by what the writer hands out. Goes over from one to
 * the other only when the new image is complete. */
#include "answer/source.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "image/image.h"
#include "image/live_reader.h"

#include <assert.h>
#include <limits.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    /* The directory is also checked by a timer. That finds what a watch cannot: a directory that
     * was missing or was replaced, and changes while the kernel had no watch to give. */
    LOOK_EVERY_MS = 1000,
    SETTLE_MS = 20, /* until the next check whether the writer's images are complete */
    TRIES = 8,      /* to read something whole, before we open the file ourselves */
};

/* What distinguishes one file, or its absence, from the next. */
struct sight {
    bool there;
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec written;
};

struct answer_source {
    struct loop *loop;
    const struct answer_source_events *events;
    void *ctx;
    char directory[PATH_MAX], path[PATH_MAX], spare_path[PATH_MAX];
    struct answer_hold *held; /* our own mapping; NULL: none */
    /* The writer's images, in use if `held` is NULL; or NULL. */
    struct live_reader *reader;
    struct live_reader *coming; /* newer ones that are not complete yet; or NULL */
    bool has_writer;
    struct answer_copies copies;
    bool refused; /* `last_refused` is set */
    struct sight last_refused;
    int inotify; /* -1: the kernel gave none */
    struct watch watch;
    struct timer timer, settling;
};

static void settle_soon(struct answer_source *source);

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
    if (!source->held)
        return source->reader && live_reader_is_current(source->reader, source->path);
    return image_is_current(answer_hold_image(source->held), source->path);
}

/* Drops the image: there is none until one comes. */
static void drop(struct answer_source *source)
{
    if (source->held)
        answer_hold_spoil(source->held);
    answer_hold_release(TAKE(source->held));
    live_reader_close(TAKE(source->reader));
}

/* Uses the writer's other file if there is no image at all. */
static bool take_spare(struct answer_source *source)
{
    struct image *image = NULL;
    if (answer_source_has_image(source) || image_open(source->spare_path, &image, NULL))
        return false;
    source->held = answer_hold_new(image);
    return true;
}

static void refuse(struct answer_source *source, const struct sight *sight,
                   enum status status, const struct error *err)
{
    source->refused = true;
    source->last_refused = *sight;
    /* The file that we have mapped was itself cut, so that to read on could end the process. (What
     * the writer hands out is not a file that can be cut.) */
    if (source->held && is_current(source))
        drop(source);
    struct error told = *err;
    if (take_spare(source))
        error_set(&told, "%s; data.spare is used", err->text);
    if (source->events->refused)
        source->events->refused(source->ctx, status, &told);
}

/* Notes that the newest image is in use. */
static void be_content(struct answer_source *source, bool is_news)
{
    is_news |= source->refused;
    source->refused = false;
    if (is_news && source->events->changed)
        source->events->changed(source->ctx);
}

static void take(struct answer_source *source, struct image *image)
{
    /* The same file was written to in place. A reader would read past its end, or a mixture of two
     * states. */
    if (is_current(source) && source->held)
        answer_hold_spoil(source->held);
    answer_hold_release(source->held);
    source->held = answer_hold_new(image);
    if (!source->has_writer)
        live_reader_close(TAKE(source->reader));
    be_content(source, true);
}

static size_t size_in_use(const struct answer_source *source)
{
    uint64_t ticket = 0;
    return image_size(source->held ? answer_hold_image(source->held)
                                   : live_reader_begin(source->reader, &ticket));
}

static void look(struct answer_source *source)
{
    struct sight sight = look_at(source->path);
    if (is_current(source) && (size_t)sight.size == size_in_use(source)) {
        be_content(source, false);
        return;
    }
    if (source->refused && is_same(&sight, &source->last_refused))
        return;

    struct image *image = NULL;
    struct error err = { .text = "" };
    enum status status = image_open(source->path, &image, &err);
    if (status)
        refuse(source, &sight, status, &err);
    else
        take(source, image);
}

/* ----- the directory ----- */

/* Watches the directory. Nothing changes if it is watched already. */
static void watch_directory(const struct answer_source *source)
{
    if (source->inotify >= 0)
        (void)inotify_add_watch(source->inotify, source->directory,
                                IN_MOVED_TO | IN_CLOSE_WRITE | IN_ONLYDIR);
}

static void on_event(void *ctx, uint32_t events)
{
    struct answer_source *source = (struct answer_source *)ctx;
    (void)events;
    char bytes[4096]; /* the events themselves do not matter */
    ssize_t n = 0;
    do
        n = read(source->inotify, bytes, sizeof(bytes));
    while (n > 0);
    look(source);
}

static void on_timer(void *ctx)
{
    struct answer_source *source = (struct answer_source *)ctx;
    timer_set(&source->timer, source->loop, loop_now_ms(source->loop) + LOOK_EVERY_MS,
              on_timer, source);
    watch_directory(source);
    look(source);
}

static void follow_directory(struct answer_source *source)
{
    if (source->inotify < 0)
        source->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (source->inotify >= 0 && !source->watch.loop)
        watch_start(&source->watch, source->loop, source->inotify, EPOLLIN, on_event,
                    source);
    on_timer(source); /* watches before it looks, so that nothing is missed in between */
}

static void leave_directory(struct answer_source *source)
{
    timer_stop(&source->timer);
    watch_stop(&source->watch);
    file_close(source->inotify);
    source->inotify = -1;
}

static void set_paths(struct answer_source *source, const char *directory)
{
    struct buf out = BUF_ON(source->directory);
    buf_put_text(&out, directory);
    (void)buf_text(&out);
    out = BUF_ON(source->path);
    buf_printf(&out, "%s/data.cdb", directory);
    (void)buf_text(&out);
    out = BUF_ON(source->spare_path);
    buf_printf(&out, "%s/data.spare", directory);
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
    source->copies.loop = loop;
    source->inotify = -1;
    follow_directory(source);
    return source;
}

void answer_source_free(struct answer_source *source)
{
    if (!source)
        return;
    answer_copies_end(&source->copies);
    leave_directory(source);
    timer_stop(&source->settling);
    answer_hold_release(source->held);
    live_reader_close(source->reader);
    live_reader_close(source->coming);
    mem_free(source);
}

const char *answer_source_directory(const struct answer_source *source)
{
    return source->directory;
}

/* ----- reading ----- */

void answer_source_begin(struct answer_source *source, struct answer_look *look)
{
    *look = (struct answer_look){ .image = NULL };
    if (source->held) {
        look->image = answer_hold_image(source->held);
    } else if (source->reader) {
        look->image = live_reader_begin(source->reader, &look->ticket);
        look->changes = true;
    }
}

/* Opens the file ourselves. The writer does not write to it as long as we have it. */
static void open_own(struct answer_source *source)
{
    struct image *image = NULL;
    if (!image_open(source->path, &image, NULL))
        take(source, image);
}

bool answer_source_again(struct answer_source *source, struct answer_look *look)
{
    if (!look->changes || live_reader_is_whole(source->reader, look->ticket))
        return false;
    unsigned tries = look->tries + 1;
    if (tries == TRIES) {
        open_own(source);
        settle_soon(source);
    }
    answer_source_begin(source, look);
    /* The file could not be opened: there is no image. */
    if (tries >= TRIES && look->changes)
        *look = (struct answer_look){ .image = NULL };
    look->tries = tries;
    return true;
}

bool answer_source_has_image(const struct answer_source *source)
{
    return source->held || source->reader;
}

struct answer_hold *answer_source_hold(struct answer_source *source,
                                       struct answer_wait *wait, answer_hold_fn fn,
                                       void *ctx)
{
    assert(answer_source_has_image(source));
    if (!source->held && !source->has_writer)
        open_own(source); /* there is no writer that this could delay */
    if (source->held)
        return answer_hold_share(source->held);
    struct answer_hold *hold = answer_copies_ask(&source->copies, wait, fn, ctx);
    if (hold || source->copies.is_asked || !source->events->copy_wanted)
        return hold;
    source->copies.is_asked = true;
    source->events->copy_wanted(source->ctx);
    return NULL;
}

/* ----- from the writer ----- */

static bool is_complete(const struct answer_source *source,
                        const struct live_reader *reader)
{
    return reader && live_reader_is_current(reader, source->path);
}

/* Goes over to the writer's images, as soon as they are complete. */
static void settle(void *ctx)
{
    struct answer_source *source = (struct answer_source *)ctx;
    bool is_news = !source->reader || source->held;
    if (is_complete(source, source->coming)) {
        live_reader_close(source->reader);
        source->reader = TAKE(source->coming);
    }
    if (source->coming || !is_complete(source, source->reader)) {
        settle_soon(source);
        return;
    }
    answer_hold_release(TAKE(source->held));
    leave_directory(source);
    be_content(source, is_news);
}

static void settle_soon(struct answer_source *source)
{
    if (source->has_writer)
        timer_set(&source->settling, source->loop, loop_now_ms(source->loop) + SETTLE_MS,
                  settle, source);
}

enum status answer_source_control_page(struct answer_source *source, int fd,
                                       struct error *err)
{
    struct live_reader *reader = NULL;
    enum status status = live_reader_open(fd, &reader, err);
    if (status)
        return status;
    live_reader_close(source->coming);
    source->coming = reader;
    source->has_writer = true;
    source->copies.is_asked = false; /* this writer was not asked yet */
    return OK;
}

enum status answer_source_file(struct answer_source *source, uint32_t id, int fd,
                               struct error *err)
{
    struct live_reader *reader = source->coming ? source->coming : source->reader;
    if (!source->has_writer)
        return FAIL(err, ERR_SYNTAX, "an image of no control page");
    enum status status = live_reader_add(reader, id, fd, err);
    if (!status)
        settle(source);
    return status;
}

enum status answer_source_copy(struct answer_source *source, int fd, struct error *err)
{
    struct image *image = NULL;
    enum status status = fd < 0 ? OK : image_open_fd(fd, &image, err);
    answer_copies_give(&source->copies, image);
    return status;
}

void answer_source_unfed(struct answer_source *source)
{
    source->has_writer = false;
    live_reader_close(TAKE(source->coming));
    timer_stop(&source->settling);
    follow_directory(source);
    /* A reader that waits for a copy gets the file itself, as there is no writer that this could
     * delay. */
    struct image *image = NULL;
    if (!LIST_EMPTY(&source->copies.waits) && image_open(source->path, &image, NULL))
        image = NULL;
    answer_copies_give(&source->copies, image);
}

bool answer_source_is_fed(const struct answer_source *source)
{
    return source->has_writer && source->reader && !source->coming && !source->held;
}
