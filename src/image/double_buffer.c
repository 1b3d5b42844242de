// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/double_buffer.h"

#include "base/fault.h"
#include "base/file.h"
#include "image/edit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    PATIENCE_MS = 50, /* with somebody who keeps the spare file open */
    REST_MS = 1000,   /* between files left to such readers: each is a whole image */
    FILES_LEFT = 4, /* at a time; who keeps more open does not read, but fill the disk */
};

/* ----- words ----- */

static enum status share_words(struct twin *twin, struct error *err)
{
    enum status status = sealed_make(sizeof(struct words), &twin->shared, err);
    if (status)
        return status;
    sealed_close(&twin->shared);
    if (!twin->shared.holds) {
        sealed_done(&twin->shared);
        return FAIL(err, ERR_LIMIT, "no memory that others can only read");
    }
    twin->words = (struct words *)(void *)twin->shared.at;
    twin->words->magic = WORDS_MAGIC;
    return OK;
}

static void begin_patch(struct twin *twin, unsigned slot)
{
    _Atomic uint32_t *count = &twin->words->counts[slot];
    uint32_t now = atomic_load_explicit(count, memory_order_relaxed);
    atomic_store_explicit(count, now | 1U, memory_order_relaxed);
    atomic_thread_fence(memory_order_seq_cst); /* before any byte of the file */
}

static void end_patch(struct twin *twin, unsigned slot)
{
    _Atomic uint32_t *count = &twin->words->counts[slot];
    uint32_t now = atomic_load_explicit(count, memory_order_relaxed);
    atomic_store_explicit(count, now + now % 2, memory_order_release);
}

static void set_live(struct twin *twin, unsigned slot)
{
    twin->live = slot;
    atomic_store_explicit(&twin->words->live, twin->sides[slot].id, memory_order_release);
    (void)atomic_fetch_add_explicit(&twin->words->generation, 1, memory_order_release);
}

static void tell_file(const struct twin *twin, unsigned slot)
{
    const struct sheet *sheet = &twin->sides[slot].sheet;
    struct words *words = twin->words;
    atomic_store_explicit(&words->devices[slot], sheet->device, memory_order_relaxed);
    atomic_store_explicit(&words->inodes[slot], sheet->inode, memory_order_relaxed);
}

/* ----- sheets ----- */

static struct sheet *get_live(struct twin *twin)
{
    return &twin->sides[twin->live].sheet;
}

static struct sheet *get_spare(struct twin *twin)
{
    return &twin->sides[1 - twin->live].sheet;
}

/* A new sheet for a slot, with the next number that belongs there. Takes it. */
static void put_sheet(struct twin *twin, unsigned slot, struct sheet *sheet)
{
    struct twin_side *side = &twin->sides[slot];
    sheet_done(&side->sheet);
    *side = (struct twin_side){ .id = side->id + WORDS_SLOTS, .sheet = *sheet };
    *sheet = SHEET_NONE;
    tell_file(twin, slot);
    end_patch(twin, slot);
    if (twin->file_fn)
        twin->file_fn(twin->file_ctx, side->id, side->sheet.memory.fd);
}

enum status twin_init(struct twin *twin, const char *folder, const char *path,
                      struct error *err)
{
    *twin = (struct twin){
        .folder = folder, .path = path, .shared = SEALED_NONE, .coming = SHEET_NONE
    };
    for (unsigned i = 0; i < WORDS_SLOTS; i++)
        twin->sides[i] = (struct twin_side){ .id = i, .sheet = SHEET_NONE };
    snapshot_init(&twin->snapshot);
    twin->is_broken = true;
    enum status status = spare_init(&twin->spare, folder, path, err);
    if (status)
        return status;
    /* Who opens a file that is under a lease makes the kernel send one; it would end us. */
    (void)signal(SIGIO, SIG_IGN);
    return share_words(twin, err);
}

static void end_snapshot(struct twin *twin, bool whole)
{
    snapshot_end(&twin->snapshot,
                 atomic_load_explicit(&twin->words->generation, memory_order_relaxed),
                 whole);
}

static void drop_coming(struct twin *twin)
{
    spare_stop(&twin->spare);
    sheet_done(&twin->coming);
}

void twin_done(struct twin *twin)
{
    snapshot_done(&twin->snapshot);
    drop_coming(twin);
    left_done(&twin->left);
    steady_done(&twin->steady);
    if (twin->words && get_live(twin)->image) /* else answer may need it */
        spare_done(&twin->spare);
    for (unsigned i = 0; i < WORDS_SLOTS; i++)
        sheet_done(&twin->sides[i].sheet);
    redo_done(&twin->last);
    sealed_done(&twin->shared);
    twin->words = NULL;
}

static enum status give_up(struct twin *twin, enum status status, const struct error *err)
{
    if (status)
        twin->is_broken = true;
    if (status && err)
        twin->why_broken = *err;
    return status;
}

/* The memory of the spare sheet becomes as the live one's. */
static void catch_up(struct twin *twin)
{
    unsigned slot = 1 - twin->live;
    begin_patch(twin, slot);
    patch_replay(get_spare(twin)->image, &twin->last);
    end_patch(twin, slot);
}

/* No spare file: the one there was, if any, is left to who reads it. A new one is made, with
 * memory if there is none. */
static enum status begin_spare(struct twin *twin, struct error *err)
{
    const struct image *live = get_live(twin)->image;
    drop_coming(twin);
    twin->busy_from_ms = 0;
    enum status status = OK;
    if (get_spare(twin)->image)
        catch_up(twin);
    else
        status = sealed_make(image_size(live), &twin->coming.memory, err);
    twin->last.n = 0;
    if (!status)
        status = spare_begin(&twin->spare, live, twin->coming.memory.fd, err);
    return give_up(twin, status, err);
}

void twin_take(struct twin *twin, struct sheet *live, struct sheet *spare,
               const struct room *room, struct redo *redo)
{
    unsigned slot = 1 - twin->live;
    struct error err = { "" };
    end_snapshot(twin, false); /* of an image that is no more; its asker may ask again */
    twin->is_broken = false;
    put_sheet(twin, slot, live);
    twin->room = *room;
    twin->last.n = 0;
    set_live(twin, slot);
    sheet_done(get_spare(twin)); /* readers that have it mapped see it unchanged */
    if (spare->fd < 0) {
        sheet_done(spare);
        enum status status = begin_spare(twin, &err);
        (void)status; /* it is noted */
        return;
    }
    drop_coming(twin);
    twin->busy_from_ms = 0;
    redo_done(&twin->last);
    twin->last = *redo;
    *redo = (struct redo){ 0 };
    put_sheet(twin, 1 - twin->live, spare);
}

/* ----- changes ----- */

static int64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Whether the reader is to be left with the file. */
static bool has_waited(struct twin *twin)
{
    int64_t now = now_ms();
    if (twin->busy_from_ms == 0)
        twin->busy_from_ms = now;
    return now - twin->busy_from_ms >= PATIENCE_MS &&
           (twin->dropped_ms == 0 || now - twin->dropped_ms >= REST_MS);
}

/* Readers have kept the spare file for long: they may have it, and another one is made. Whoever
 * keeps several of them gets no more: he sees what is written to this one. */
static enum status leave_spare(struct twin *twin, struct error *err)
{
    if (left_count(&twin->left) >= FILES_LEFT)
        return OK;
    twin->dropped_ms = now_ms();
    left_add(&twin->left, sheet_drop_file(get_spare(twin)));
    enum status status = begin_spare(twin, err);
    if (!status)
        status = FAIL(err, ERR_BUSY, "%s: left to a reader", twin->spare.path);
    return status;
}

/* The spare file is ours alone, until unlock_spare(). */
static enum status lock_spare(struct twin *twin, struct error *err)
{
    int failed = fcntl(get_spare(twin)->fd, F_SETLEASE, F_WRLCK);
    if (fault_hit("image.lease")) {
        failed = -1;
        errno = EAGAIN;
    }
    if (!failed) {
        twin->busy_from_ms = 0;
        return OK;
    }
    if (errno != EAGAIN)
        return FAIL(err, ERR_IO, "%s: %s", twin->spare.path, strerror(errno));
    if (has_waited(twin))
        return leave_spare(twin, err);
    return FAIL(err, ERR_BUSY, "%s: somebody reads it", twin->spare.path);
}

static void unlock_spare(struct twin *twin)
{
    (void)fcntl(get_spare(twin)->fd, F_SETLEASE, F_UNLCK);
}

/* The file gets what the memory gets. */
static enum status patch_spare(struct twin *twin, const struct image_changes *changes,
                               const struct image_diff *diff, struct error *err)
{
    struct sheet *spare = get_spare(twin);
    patch_replay(spare->image, &twin->last);
    sheet_write(spare, &twin->last, 0);
    twin->last.n = 0;
    const struct patch patch = { .image = spare->image,
                                 .room = &twin->room,
                                 .redo = &twin->last };
    enum status status = edit_apply(&patch, changes, diff, err);
    sheet_write(spare, &twin->last, 0);
    sheet_stamp(spare);
    return status;
}

static enum status exchange(const struct twin *twin, struct error *err)
{
    if (fault_hit("image.exchange"))
        errno = EIO;
    else if (!renameat2(AT_FDCWD, twin->spare.path, AT_FDCWD, twin->path,
                        RENAME_EXCHANGE))
        return OK;
    return FAIL(err, ERR_IO, "%s: %s", twin->path, strerror(errno));
}

/* Whoever took our spare file away, put another one there or wrote to it: it is made anew.
 * While we have the lease nobody can cut it. */
static enum status check_spare(struct twin *twin, struct error *err)
{
    if (sheet_is_at(get_spare(twin), twin->spare.path))
        return OK;
    unlock_spare(twin);
    file_close(sheet_drop_file(get_spare(twin)));
    enum status status = begin_spare(twin, err);
    if (!status)
        status = FAIL(err, ERR_BUSY, "%s: gone, being made anew", twin->spare.path);
    return status;
}

/* Whether data.cdb, if there is one of ours, is as we left it. */
static bool is_sound(const struct twin *twin)
{
    const struct sheet *live = &twin->sides[twin->live].sheet;
    return !live->image || sheet_is_at(live, twin->path);
}

bool twin_look(struct twin *twin)
{
    (void)left_count(&twin->left);
    (void)left_count(&twin->snapshot.lent);
    return is_sound(twin);
}

static enum status check(struct twin *twin, struct error *err)
{
    if (twin->is_broken)
        return FAIL(err, ERR_LIMIT, "%s: to be built anew: %s", twin->path,
                    twin->why_broken.text);
    if (!is_sound(twin))
        return FAIL(err, ERR_CONFLICT, "%s: replaced or changed by another program",
                    twin->path);
    if (spare_is_coming(&twin->spare))
        return FAIL(err, ERR_BUSY, "%s: being made", twin->spare.path);
    return OK;
}

enum status twin_apply(struct twin *twin, const struct image_changes *changes,
                       const struct image_diff *diff, struct error *err)
{
    enum status status = check(twin, err);
    if (!status)
        status = lock_spare(twin, err);
    if (!status)
        status = check_spare(twin, err);
    if (status)
        return status;

    unsigned slot = 1 - twin->live;
    begin_patch(twin, slot);
    status = patch_spare(twin, changes, diff, err);
    unlock_spare(twin);
    if (!status)
        status = exchange(twin, err);
    if (status) /* what stands in the spare sheet is neither the one nor the other */
        return give_up(twin, status, err);
    end_patch(twin, slot);
    set_live(twin, slot);
    steady_changed(&twin->steady, now_ms());
    if (twin->snapshot.fn &&
        copy_follow(&twin->snapshot.copy, get_live(twin)->image, &twin->last, NULL))
        end_snapshot(twin, false);
    return OK;
}

/* ----- copies ----- */

/* It lags by nothing. Takes the file. */
static enum status finish_spare(struct twin *twin, int fd, struct error *err)
{
    unsigned slot = 1 - twin->live;
    bool has_memory = twin->coming.memory.at != NULL;
    struct sheet *sheet = has_memory ? &twin->coming : get_spare(twin);
    enum status status = has_memory ? sheet_open(sheet, err) : OK;
    if (status) {
        file_close(fd);
        return status;
    }
    status = sheet_take_file(sheet, fd, err);
    if (status)
        return status;
    if (has_memory)
        put_sheet(twin, slot, sheet);
    else
        tell_file(twin, slot);
    return OK;
}

static enum status work_on_spare(struct twin *twin, enum image_work *work,
                                 struct error *err)
{
    int fd = -1;
    enum status status = OK;
    *work = spare_work(&twin->spare, &fd, &status, err);
    if (fd >= 0)
        status = finish_spare(twin, fd, err);
    if (status) {
        drop_coming(twin);
        (void)unlink(twin->spare.path);
    }
    return give_up(twin, status, err);
}

static void work_on_snapshot(struct twin *twin)
{
    bool is_done = false;
    enum status status = copy_some(&twin->snapshot.copy, &is_done, NULL);
    if (status || is_done)
        end_snapshot(twin, !status);
}

enum image_work twin_work(struct twin *twin, struct error *err)
{
    enum image_work work = IMAGE_IDLE;
    if (err)
        err->text[0] = 0;
    steady_work(&twin->steady, now_ms(), twin->sides[0].sheet.fd,
                twin->sides[1].sheet.fd);
    if (work_on_spare(twin, &work, err))
        return IMAGE_IDLE;
    if (twin->snapshot.fn)
        work_on_snapshot(twin);
    return twin->snapshot.fn ? IMAGE_WORKS : work;
}

enum status twin_snapshot(struct twin *twin, image_snapshot_fn fn, void *ctx,
                          struct error *err)
{
    const struct image *live = get_live(twin)->image;
    if (!live)
        return FAIL(err, ERR_LIMIT, "%s: nothing to copy yet", twin->path);
    if (twin->snapshot.fn)
        return OK;
    enum status status = snapshot_begin(&twin->snapshot, twin->folder, live, err);
    if (!status) {
        twin->snapshot.fn = fn;
        twin->snapshot.ctx = ctx;
    }
    return status;
}
