// SPDX-License-Identifier: GPL-3.0-or-later
/* Follows the image, either in the directory or by what the writer hands out. Goes over from one to
 * the other only when the new image is complete. */
#include "answer/served_image.h"

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

struct served_image {
    struct loop *loop;
    const struct served_image_events *events;
    void *ctx;
    char directory[PATH_MAX], path[PATH_MAX], spare_path[PATH_MAX];
    struct frozen_image *held; /* our own mapping; NULL: none */
    /* The writer's images, in use if `held` is NULL; or NULL. */
    struct live_reader *reader;
    struct live_reader *coming; /* newer ones that are not complete yet; or NULL */
    bool has_writer;
    struct frozen_copies copies;
    bool refused; /* `last_refused` is set */
    struct file_sight last_refused;
    /* data.cdb as the writer left it. Nobody has that file open, so that its number may be that of
     * another one later. */
    struct file_sight left;
    int inotify; /* -1: the kernel gave none */
    struct watch watch;
    struct timer timer, settling;
};

static void settle_soon(struct served_image *served);

static bool is_current(const struct served_image *served)
{
    if (!served->held)
        return served->reader && live_reader_is_current(served->reader, served->path);
    return image_is_current(frozen_image_get(served->held), served->path);
}

/* Drops the image: there is none until one comes. */
static void drop(struct served_image *served)
{
    if (served->held)
        frozen_image_spoil(served->held);
    frozen_image_release(TAKE(served->held));
    live_reader_close(TAKE(served->reader));
}

/* Uses the writer's other file if there is no image at all. */
static bool take_spare(struct served_image *served)
{
    struct image *image = NULL;
    if (served_image_is_there(served) || image_open(served->spare_path, &image, NULL))
        return false;
    served->held = frozen_image_new(image);
    return true;
}

static void refuse(struct served_image *served, const struct file_sight *sight,
                   enum status status, const struct error *err)
{
    served->refused = true;
    served->last_refused = *sight;
    /* The file that we have mapped was itself cut, so that to read on could end the process. (What
     * the writer hands out is not a file that can be cut.) */
    if (served->held && is_current(served))
        drop(served);
    struct error told = *err;
    if (take_spare(served))
        error_set(&told, "%s; data.spare is used", err->text);
    if (served->events->refused)
        served->events->refused(served->ctx, status, &told);
}

/* Notes that the newest image is in use. */
static void be_content(struct served_image *served, bool is_news)
{
    is_news |= served->refused;
    served->refused = false;
    if (is_news && served->events->changed)
        served->events->changed(served->ctx);
}

static void take(struct served_image *served, struct image *image)
{
    /* The same file was written to in place. A reader would read past its end, or a mixture of two
     * states. */
    if (is_current(served) && served->held)
        frozen_image_spoil(served->held);
    frozen_image_release(served->held);
    served->held = frozen_image_new(image);
    if (!served->has_writer)
        live_reader_close(TAKE(served->reader));
    be_content(served, true);
}

static size_t size_in_use(const struct served_image *served)
{
    uint64_t ticket = 0;
    return image_size(served->held ? frozen_image_get(served->held)
                                   : live_reader_begin(served->reader, &ticket));
}

static void look(struct served_image *served)
{
    struct file_sight sight = file_look_at(served->path);
    bool is_reused =
        !served->held && !served->has_writer && !file_sight_equal(&sight, &served->left);
    if (is_current(served) && !is_reused && (size_t)sight.size == size_in_use(served)) {
        be_content(served, false);
        return;
    }
    if (served->refused && file_sight_equal(&sight, &served->last_refused))
        return;

    struct image *image = NULL;
    struct error err = { .text = "" };
    enum status status = image_open(served->path, &image, &err);
    if (status)
        refuse(served, &sight, status, &err);
    else
        take(served, image);
}

/* ----- the directory ----- */

/* Watches the directory. Nothing changes if it is watched already. */
static void watch_directory(const struct served_image *served)
{
    if (served->inotify >= 0)
        (void)inotify_add_watch(served->inotify, served->directory,
                                IN_MOVED_TO | IN_CLOSE_WRITE | IN_ONLYDIR);
}

static void on_event(void *ctx, uint32_t events)
{
    struct served_image *served = (struct served_image *)ctx;
    (void)events;
    char bytes[4096]; /* the events themselves do not matter */
    ssize_t n = 0;
    do
        n = read(served->inotify, bytes, sizeof(bytes));
    while (n > 0);
    look(served);
}

static void on_timer(void *ctx)
{
    struct served_image *served = (struct served_image *)ctx;
    timer_set(&served->timer, served->loop, loop_now_ms(served->loop) + LOOK_EVERY_MS,
              on_timer, served);
    watch_directory(served);
    look(served);
}

static void follow_directory(struct served_image *served)
{
    if (served->inotify < 0)
        served->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (served->inotify >= 0 && !served->watch.loop)
        watch_start(&served->watch, served->loop, served->inotify, EPOLLIN, on_event,
                    served);
    on_timer(served); /* watches before it looks, so that nothing is missed in between */
}

static void leave_directory(struct served_image *served)
{
    timer_stop(&served->timer);
    watch_stop(&served->watch);
    file_close(served->inotify);
    served->inotify = -1;
}

static void set_paths(struct served_image *served, const char *directory)
{
    struct buf out = BUF_ON(served->directory);
    buf_put_text(&out, directory);
    (void)buf_text(&out);
    out = BUF_ON(served->path);
    buf_printf(&out, "%s/data.cdb", directory);
    (void)buf_text(&out);
    out = BUF_ON(served->spare_path);
    buf_printf(&out, "%s/data.spare", directory);
    (void)buf_text(&out);
}

struct served_image *served_image_new(struct loop *loop, const char *directory,
                                      const struct served_image_events *events, void *ctx)
{
    struct served_image *served = NEW(struct served_image);
    served->loop = loop;
    served->events = events;
    served->ctx = ctx;
    set_paths(served, directory);
    served->copies.loop = loop;
    served->inotify = -1;
    follow_directory(served);
    return served;
}

void served_image_free(struct served_image *served)
{
    if (!served)
        return;
    frozen_copies_end(&served->copies);
    leave_directory(served);
    timer_stop(&served->settling);
    frozen_image_release(served->held);
    live_reader_close(served->reader);
    live_reader_close(served->coming);
    mem_free(served);
}

const char *served_image_directory(const struct served_image *served)
{
    return served->directory;
}

/* ----- reading ----- */

void served_image_begin(struct served_image *served, struct served_look *look)
{
    *look = (struct served_look){ .image = NULL };
    if (served->held) {
        look->image = frozen_image_get(served->held);
    } else if (served->reader) {
        look->image = live_reader_begin(served->reader, &look->ticket);
        look->changes = true;
    }
}

/* Opens the file ourselves. The writer does not write to it as long as we have it. */
static void open_own(struct served_image *served)
{
    struct image *image = NULL;
    if (!image_open(served->path, &image, NULL))
        take(served, image);
}

bool served_image_again(struct served_image *served, struct served_look *look)
{
    if (!look->changes || live_reader_is_whole(served->reader, look->ticket))
        return false;
    unsigned tries = look->tries + 1;
    if (tries == TRIES) {
        open_own(served);
        settle_soon(served);
    }
    served_image_begin(served, look);
    /* The file could not be opened: there is no image. */
    if (tries >= TRIES && look->changes)
        *look = (struct served_look){ .image = NULL };
    look->tries = tries;
    return true;
}

bool served_image_is_there(const struct served_image *served)
{
    return served->held || served->reader;
}

struct frozen_image *served_image_freeze(struct served_image *served,
                                         struct frozen_wait *wait, frozen_image_fn fn,
                                         void *ctx)
{
    assert(served_image_is_there(served));
    if (!served->held && !served->has_writer)
        open_own(served); /* there is no writer that this could delay */
    if (served->held)
        return frozen_image_share(served->held);
    struct frozen_image *frozen = frozen_copies_ask(&served->copies, wait, fn, ctx);
    if (frozen || served->copies.is_asked || !served->events->copy_wanted)
        return frozen;
    served->copies.is_asked = true;
    served->events->copy_wanted(served->ctx);
    return NULL;
}

/* ----- from the writer ----- */

static bool is_complete(const struct served_image *served,
                        const struct live_reader *reader)
{
    return reader && live_reader_is_current(reader, served->path);
}

/* Goes over to the writer's images, as soon as they are complete. */
static void settle(void *ctx)
{
    struct served_image *served = (struct served_image *)ctx;
    bool is_news = !served->reader || served->held;
    if (is_complete(served, served->coming)) {
        live_reader_close(served->reader);
        served->reader = TAKE(served->coming);
    }
    if (served->coming || !is_complete(served, served->reader)) {
        settle_soon(served);
        return;
    }
    frozen_image_release(TAKE(served->held));
    leave_directory(served);
    be_content(served, is_news);
}

static void settle_soon(struct served_image *served)
{
    if (served->has_writer)
        timer_set(&served->settling, served->loop, loop_now_ms(served->loop) + SETTLE_MS,
                  settle, served);
}

enum status served_image_control_page(struct served_image *served, int fd,
                                      struct error *err)
{
    struct live_reader *reader = NULL;
    enum status status = live_reader_open(fd, &reader, err);
    if (status)
        return status;
    live_reader_close(served->coming);
    served->coming = reader;
    served->has_writer = true;
    served->copies.is_asked = false; /* this writer was not asked yet */
    return OK;
}

enum status served_image_file(struct served_image *served, uint32_t id, int fd,
                              struct error *err)
{
    struct live_reader *reader = served->coming ? served->coming : served->reader;
    if (!served->has_writer)
        return FAIL(err, ERR_SYNTAX, "an image of no control page");
    enum status status = live_reader_add(reader, id, fd, err);
    if (!status)
        settle(served);
    return status;
}

enum status served_image_copy(struct served_image *served, int fd, struct error *err)
{
    struct image *image = NULL;
    enum status status = fd < 0 ? OK : image_open_fd(fd, &image, err);
    frozen_copies_give(&served->copies, image);
    return status;
}

void served_image_writer_gone(struct served_image *served)
{
    served->has_writer = false;
    served->left = file_look_at(served->path);
    live_reader_close(TAKE(served->coming));
    timer_stop(&served->settling);
    follow_directory(served);
    /* A reader that waits for a copy gets the file itself, as there is no writer that this could
     * delay. */
    struct image *image = NULL;
    if (!LIST_EMPTY(&served->copies.waits) && image_open(served->path, &image, NULL))
        image = NULL;
    frozen_copies_give(&served->copies, image);
}

bool served_image_is_from_writer(const struct served_image *served)
{
    return served->has_writer && served->reader && !served->coming && !served->held;
}
