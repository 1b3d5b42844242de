// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/twin.h"

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
};

/* ----- words ----- */

static enum status map_words(struct twin *twin, struct error *err)
{
    static const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE;
    twin->words_fd = memfd_create("rove-image", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (twin->words_fd < 0 || ftruncate(twin->words_fd, sizeof(struct words)))
        return FAIL(err, ERR_IO, "shared memory: %s", strerror(errno));
    void *at = mmap(NULL, sizeof(struct words), PROT_READ | PROT_WRITE, MAP_SHARED,
                    twin->words_fd, 0);
    if (at == MAP_FAILED)
        return FAIL(err, ERR_IO, "shared memory: %s", strerror(errno));
    twin->words = (struct words *)at;
    twin->words->magic = WORDS_MAGIC;
    /* Readers cannot change it; without the seal they are only asked not to. */
    (void)fcntl(twin->words_fd, F_ADD_SEALS, seals);
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
    atomic_store_explicit(&twin->words->live, twin->files[slot].id, memory_order_release);
    (void)atomic_fetch_add_explicit(&twin->words->generation, 1, memory_order_release);
}

/* ----- files ----- */

static struct twin_file *get_spare(struct twin *twin)
{
    return &twin->files[1 - twin->live];
}

static void close_file(struct twin_file *file)
{
    image_close(file->image);
    file_close(file->fd);
    file->image = NULL;
    file->fd = -1;
}

/* A new file for a slot, with the next number that belongs there. */
static enum status put_file(struct twin *twin, unsigned slot, int fd, struct error *err)
{
    struct twin_file *file = &twin->files[slot];
    struct image *image = NULL;
    enum status status = view_open_writable(fd, &image, err);
    if (status) {
        file_close(fd);
        return status;
    }
    close_file(file);
    *file = (struct twin_file){ .id = file->id + WORDS_SLOTS, .fd = fd, .image = image };
    end_patch(twin, slot);
    if (twin->file_fn)
        twin->file_fn(twin->file_ctx, file->id, fd);
    return OK;
}

enum status twin_init(struct twin *twin, const char *folder, const char *path,
                      struct error *err)
{
    *twin = (struct twin){ .folder = folder, .path = path, .words_fd = -1 };
    struct buf spare = BUF_ON(twin->spare_path);
    buf_printf(&spare, "%s/data.spare", folder);
    (void)buf_text(&spare);
    for (unsigned i = 0; i < WORDS_SLOTS; i++)
        twin->files[i] = (struct twin_file){ .id = i, .fd = -1 };
    twin->spare.fd = twin->snapshot.fd = -1;
    twin->is_broken = true;
    if (spare.full)
        return FAIL(err, ERR_IO, "%s: %s", folder, strerror(ENAMETOOLONG));
    if (unlink(twin->spare_path) && errno != ENOENT)
        return FAIL(err, ERR_IO, "%s: %s", twin->spare_path, strerror(errno));
    /* Who opens a file that is under a lease makes the kernel send one; it would end us. */
    (void)signal(SIGIO, SIG_IGN);
    return map_words(twin, err);
}

static void end_snapshot(struct twin *twin, bool whole)
{
    image_snapshot_fn fn = twin->snapshot_fn;
    twin->snapshot_fn = NULL;
    if (!fn)
        return;
    uint64_t generation =
        atomic_load_explicit(&twin->words->generation, memory_order_relaxed);
    fn(twin->snapshot_ctx, generation, whole ? twin->snapshot.fd : -1);
    copy_done(&twin->snapshot);
}

void twin_done(struct twin *twin)
{
    end_snapshot(twin, false);
    copy_done(&twin->spare);
    if (twin->words)
        (void)unlink(twin->spare_path);
    for (unsigned i = 0; i < WORDS_SLOTS; i++)
        close_file(&twin->files[i]);
    redo_done(&twin->last);
    if (twin->words)
        (void)munmap(twin->words, sizeof(struct words));
    file_close(twin->words_fd);
    twin->words_fd = -1;
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

/* No spare file: the one there was, if any, is left to who reads it. */
static enum status begin_spare(struct twin *twin, struct error *err)
{
    (void)unlink(twin->spare_path);
    copy_done(&twin->spare);
    twin->busy_from_ms = 0;
    return give_up(twin,
                   copy_begin(&twin->spare, twin->folder, twin->spare_path,
                              twin->files[twin->live].image, err),
                   err);
}

static void drop_spare(struct twin *twin)
{
    close_file(get_spare(twin)); /* readers that have it mapped see it unchanged */
}

static enum status take_spare(struct twin *twin, int fd, struct redo *redo,
                              struct error *err)
{
    copy_done(&twin->spare);
    twin->busy_from_ms = 0;
    redo_done(&twin->last);
    twin->last = *redo;
    *redo = (struct redo){ 0 };
    return give_up(twin, put_file(twin, 1 - twin->live, fd, err), err);
}

void twin_take(struct twin *twin, int fd, int spare_fd, const struct room *room,
               struct redo *redo)
{
    unsigned slot = 1 - twin->live;
    struct error err = { "" };
    end_snapshot(twin, false); /* of a file that is no more; its asker may ask again */
    twin->is_broken = false;
    if (give_up(twin, put_file(twin, slot, fd, &err), &err)) {
        file_close(spare_fd);
        return;
    }
    twin->room = *room;
    twin->last.n = 0;
    set_live(twin, slot);
    drop_spare(twin);
    enum status status =
        spare_fd < 0 ? begin_spare(twin, &err) : take_spare(twin, spare_fd, redo, &err);
    (void)status; /* it is noted */
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
        return FAIL(err, ERR_IO, "%s: %s", twin->spare_path, strerror(errno));
    if (has_waited(twin)) {
        twin->dropped_ms = now_ms();
        drop_spare(twin);
        enum status status = begin_spare(twin, err);
        if (status)
            return status;
    }
    return FAIL(err, ERR_BUSY, "%s: somebody reads it", twin->spare_path);
}

static void unlock_spare(struct twin *twin)
{
    int fd = get_spare(twin)->fd;
    /* Others tell by the time that a file has changed; ours is always of one size, and what is
     * written through a mapping is noted late. */
    (void)futimens(fd, NULL);
    (void)fcntl(fd, F_SETLEASE, F_UNLCK);
}

static enum status patch_spare(struct twin *twin, const struct image_changes *changes,
                               const struct image_diff *diff, struct error *err)
{
    struct twin_file *spare = get_spare(twin);
    patch_replay(spare->image, &twin->last);
    twin->last.n = 0;
    const struct patch patch = { .image = spare->image,
                                 .room = &twin->room,
                                 .redo = &twin->last };
    return edit_apply(&patch, changes, diff, err);
}

static enum status exchange(const struct twin *twin, struct error *err)
{
    if (fault_hit("image.exchange"))
        errno = EIO;
    else if (!renameat2(AT_FDCWD, twin->spare_path, AT_FDCWD, twin->path,
                        RENAME_EXCHANGE))
        return OK;
    return FAIL(err, ERR_IO, "%s: %s", twin->path, strerror(errno));
}

/* Whoever took our spare file away, or put another one there: it is made anew. */
static enum status check_spare(struct twin *twin, struct error *err)
{
    if (image_is_current(get_spare(twin)->image, twin->spare_path))
        return OK;
    drop_spare(twin);
    enum status status = begin_spare(twin, err);
    if (!status)
        status = FAIL(err, ERR_BUSY, "%s: gone, being made anew", twin->spare_path);
    return status;
}

static enum status check(struct twin *twin, struct error *err)
{
    if (twin->is_broken)
        return FAIL(err, ERR_LIMIT, "%s: to be built anew: %s", twin->path,
                    twin->why_broken.text);
    if (!image_is_current(twin->files[twin->live].image, twin->path))
        return FAIL(err, ERR_CONFLICT, "%s: replaced by another program", twin->path);
    if (twin->spare.fd >= 0)
        return FAIL(err, ERR_BUSY, "%s: being made", twin->spare_path);
    return check_spare(twin, err);
}

enum status twin_apply(struct twin *twin, const struct image_changes *changes,
                       const struct image_diff *diff, struct error *err)
{
    enum status status = check(twin, err);
    if (!status)
        status = lock_spare(twin, err);
    if (status)
        return status;

    unsigned slot = 1 - twin->live;
    begin_patch(twin, slot);
    status = patch_spare(twin, changes, diff, err);
    unlock_spare(twin);
    if (!status)
        status = exchange(twin, err);
    if (status) /* what stands in the spare file is neither the one nor the other */
        return give_up(twin, status, err);
    end_patch(twin, slot);
    set_live(twin, slot);
    if (twin->snapshot_fn &&
        copy_follow(&twin->snapshot, twin->files[slot].image, &twin->last, NULL))
        end_snapshot(twin, false);
    return OK;
}

/* ----- copies ----- */

static enum status work_on_spare(struct twin *twin, struct error *err)
{
    bool is_done = false;
    enum status status = copy_some(&twin->spare, &is_done, err);
    if (!status && is_done) {
        int fd = twin->spare.fd;
        twin->spare.fd = -1;
        twin->last.n = 0; /* it lags by nothing */
        status = put_file(twin, 1 - twin->live, fd, err);
    }
    if (status) {
        copy_done(&twin->spare);
        (void)unlink(twin->spare_path);
    }
    return give_up(twin, status, err);
}

bool twin_work(struct twin *twin, struct error *err)
{
    if (err)
        err->text[0] = 0;
    if (twin->spare.fd >= 0 && work_on_spare(twin, err))
        return false;
    if (twin->snapshot_fn) {
        bool is_done = false;
        enum status status = copy_some(&twin->snapshot, &is_done, NULL);
        if (status || is_done)
            end_snapshot(twin, !status);
    }
    return twin->spare.fd >= 0 || twin->snapshot_fn;
}

enum status twin_snapshot(struct twin *twin, image_snapshot_fn fn, void *ctx,
                          struct error *err)
{
    const struct image *live = twin->files[twin->live].image;
    if (!live)
        return FAIL(err, ERR_LIMIT, "%s: nothing to copy yet", twin->path);
    if (twin->snapshot_fn)
        return OK;
    enum status status = copy_begin(&twin->snapshot, twin->folder, NULL, live, err);
    if (!status) {
        twin->snapshot_fn = fn;
        twin->snapshot_ctx = ctx;
    }
    return status;
}
