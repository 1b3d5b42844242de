// SPDX-License-Identifier: GPL-3.0-or-later
/* Changes the spare image and its file under a lease, then exchanges the two. When the spare file
 * cannot be had, it is left to those who read it, and another one is made in the background. */
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
    PATIENCE_MS = 50, /* with readers of the spare file, before it is left to them */
    PAUSE_MS = 1000,  /* between files that are left to readers: each is a whole image */
    /* So many may be left to readers at a time. More would not serve reading, but fill the disk. */
    ORPHANED_SPARES_MAX = 4,
};

/* ----- the control page ----- */

static enum status share_control_page(struct double_buffer *buffer, struct error *err)
{
    enum status status = sealed_make(sizeof(struct control_page), &buffer->shared, err);
    if (status)
        return status;
    sealed_close(&buffer->shared);
    if (!buffer->shared.holds) {
        sealed_done(&buffer->shared);
        return FAIL(err, ERR_LIMIT, "no memory that others can only read");
    }
    buffer->control = (struct control_page *)(void *)buffer->shared.at;
    buffer->control->magic = CONTROL_PAGE_MAGIC;
    return OK;
}

static void begin_patch(struct double_buffer *buffer, unsigned slot)
{
    _Atomic uint32_t *count = &buffer->control->counts[slot];
    uint32_t now = atomic_load_explicit(count, memory_order_relaxed);
    atomic_store_explicit(count, now | 1U, memory_order_relaxed);
    atomic_thread_fence(memory_order_seq_cst); /* before any byte of the file */
}

static void end_patch(struct double_buffer *buffer, unsigned slot)
{
    _Atomic uint32_t *count = &buffer->control->counts[slot];
    uint32_t now = atomic_load_explicit(count, memory_order_relaxed);
    atomic_store_explicit(count, now + now % 2, memory_order_release);
}

static void set_live(struct double_buffer *buffer, unsigned slot)
{
    buffer->live = slot;
    atomic_store_explicit(&buffer->control->live, buffer->halves[slot].id,
                          memory_order_release);
    (void)atomic_fetch_add_explicit(&buffer->control->generation, 1,
                                    memory_order_release);
}

static void tell_file(const struct double_buffer *buffer, unsigned slot)
{
    const struct mirrored_image *mirrored = &buffer->halves[slot].mirrored;
    struct control_page *control = buffer->control;
    atomic_store_explicit(&control->devices[slot], mirrored->device,
                          memory_order_relaxed);
    atomic_store_explicit(&control->inodes[slot], mirrored->inode, memory_order_relaxed);
}

/* ----- the two images ----- */

static struct mirrored_image *get_live(struct double_buffer *buffer)
{
    return &buffer->halves[buffer->live].mirrored;
}

static struct mirrored_image *get_spare(struct double_buffer *buffer)
{
    return &buffer->halves[1 - buffer->live].mirrored;
}

/* Puts a new image into a slot, with the next number that belongs there. Takes the image. */
static void fill_half(struct double_buffer *buffer, unsigned slot,
                      struct mirrored_image *mirrored)
{
    struct double_buffer_half *half = &buffer->halves[slot];
    mirrored_image_done(&half->mirrored);
    *half = (struct double_buffer_half){ .id = half->id + CONTROL_PAGE_SLOTS,
                                         .mirrored = *mirrored };
    *mirrored = MIRRORED_IMAGE_NONE;
    tell_file(buffer, slot);
    end_patch(buffer, slot);
    if (buffer->file_fn)
        buffer->file_fn(buffer->file_ctx, half->id, half->mirrored.memory.fd);
}

enum status double_buffer_init(struct double_buffer *buffer, const char *folder,
                               const char *path, struct error *err)
{
    *buffer = (struct double_buffer){ .folder = folder,
                                      .path = path,
                                      .shared = SEALED_NONE,
                                      .coming = MIRRORED_IMAGE_NONE };
    for (unsigned i = 0; i < CONTROL_PAGE_SLOTS; i++)
        buffer->halves[i] =
            (struct double_buffer_half){ .id = i, .mirrored = MIRRORED_IMAGE_NONE };
    snapshot_init(&buffer->snapshot);
    buffer->is_broken = true;
    enum status status = spare_file_init(&buffer->spare_file, folder, path, err);
    if (status)
        return status;
    /* The kernel sends this signal when anybody opens a file under our lease; it would end us. */
    (void)signal(SIGIO, SIG_IGN);
    return share_control_page(buffer, err);
}

static void end_snapshot(struct double_buffer *buffer, bool whole)
{
    snapshot_end(&buffer->snapshot,
                 atomic_load_explicit(&buffer->control->generation, memory_order_relaxed),
                 whole);
}

static void drop_coming(struct double_buffer *buffer)
{
    spare_file_stop(&buffer->spare_file);
    mirrored_image_done(&buffer->coming);
}

void double_buffer_done(struct double_buffer *buffer)
{
    snapshot_done(&buffer->snapshot);
    drop_coming(buffer);
    orphans_done(&buffer->orphans);
    periodic_sync_done(&buffer->sync);
    if (buffer->control && get_live(buffer)->image) /* else answer may need it */
        spare_file_done(&buffer->spare_file);
    for (unsigned i = 0; i < CONTROL_PAGE_SLOTS; i++)
        mirrored_image_done(&buffer->halves[i].mirrored);
    redo_done(&buffer->last);
    sealed_done(&buffer->shared);
    buffer->control = NULL;
}

static enum status give_up(struct double_buffer *buffer, enum status status,
                           const struct error *err)
{
    if (status)
        buffer->is_broken = true;
    if (status && err)
        buffer->why_broken = *err;
    return status;
}

/* Makes the spare image's memory the same as the live one's. */
static void catch_up(struct double_buffer *buffer)
{
    unsigned slot = 1 - buffer->live;
    begin_patch(buffer, slot);
    patch_replay(get_spare(buffer)->image, &buffer->last);
    end_patch(buffer, slot);
}

/* Begins to make a new spare file, and its memory too if there is none. */
static enum status begin_spare(struct double_buffer *buffer, struct error *err)
{
    const struct image *live = get_live(buffer)->image;
    drop_coming(buffer);
    buffer->busy_from_ms = 0;
    enum status status = OK;
    if (get_spare(buffer)->image)
        catch_up(buffer);
    else
        status = sealed_make(image_size(live), &buffer->coming.memory, err);
    buffer->last.n = 0;
    if (!status)
        status =
            spare_file_begin(&buffer->spare_file, live, buffer->coming.memory.fd, err);
    return give_up(buffer, status, err);
}

void double_buffer_take(struct double_buffer *buffer, struct mirrored_image *live,
                        struct mirrored_image *spare, const struct slack *slack,
                        struct redo *redo)
{
    unsigned slot = 1 - buffer->live;
    struct error err = { "" };
    /* Its image is no more. Whoever wanted the snapshot may ask again. */
    end_snapshot(buffer, false);
    buffer->is_broken = false;
    fill_half(buffer, slot, live);
    buffer->slack = *slack;
    buffer->last.n = 0;
    set_live(buffer, slot);
    /* Readers that have it mapped go on to see it unchanged. */
    mirrored_image_done(get_spare(buffer));
    if (spare->fd < 0) {
        mirrored_image_done(spare);
        enum status status = begin_spare(buffer, &err);
        (void)status; /* it is noted */
        return;
    }
    drop_coming(buffer);
    buffer->busy_from_ms = 0;
    redo_done(&buffer->last);
    buffer->last = *redo;
    *redo = (struct redo){ 0 };
    fill_half(buffer, 1 - buffer->live, spare);
}

/* ----- changes ----- */

static int64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Whether the spare file is to be left to its reader. */
static bool has_waited(struct double_buffer *buffer)
{
    int64_t now = now_ms();
    if (buffer->busy_from_ms == 0)
        buffer->busy_from_ms = now;
    return now - buffer->busy_from_ms >= PATIENCE_MS &&
           (buffer->dropped_ms == 0 || now - buffer->dropped_ms >= PAUSE_MS);
}

/* Readers have kept the spare file open for long. It is left to them, and another one is made. When
 * several files are left already, this one stays and is written to: its readers see that. */
static enum status leave_spare(struct double_buffer *buffer, struct error *err)
{
    if (orphans_count(&buffer->orphans) >= ORPHANED_SPARES_MAX)
        return OK;
    buffer->dropped_ms = now_ms();
    orphans_add(&buffer->orphans, mirrored_image_drop_file(get_spare(buffer)));
    enum status status = begin_spare(buffer, err);
    if (!status)
        status = FAIL(err, ERR_BUSY, "%s: left to a reader", buffer->spare_file.path);
    return status;
}

/* Takes the lease: until unlock_spare() nobody else has the spare file open. */
static enum status lock_spare(struct double_buffer *buffer, struct error *err)
{
    int failed = fcntl(get_spare(buffer)->fd, F_SETLEASE, F_WRLCK);
    if (fault_hit("image.lease")) {
        failed = -1;
        errno = EAGAIN;
    }
    if (!failed) {
        buffer->busy_from_ms = 0;
        return OK;
    }
    if (errno != EAGAIN)
        return FAIL(err, ERR_IO, "%s: %s", buffer->spare_file.path, strerror(errno));
    if (has_waited(buffer))
        return leave_spare(buffer, err);
    return FAIL(err, ERR_BUSY, "%s: somebody reads it", buffer->spare_file.path);
}

static void unlock_spare(struct double_buffer *buffer)
{
    (void)fcntl(get_spare(buffer)->fd, F_SETLEASE, F_UNLCK);
}

/* Makes the changes in the spare image's memory and in its file. */
static enum status patch_spare(struct double_buffer *buffer,
                               const struct image_changes *changes,
                               const struct image_diff *diff, struct error *err)
{
    struct mirrored_image *spare = get_spare(buffer);
    patch_replay(spare->image, &buffer->last);
    mirrored_image_write(spare, &buffer->last, 0);
    buffer->last.n = 0;
    const struct patch patch = { .image = spare->image,
                                 .slack = &buffer->slack,
                                 .redo = &buffer->last };
    enum status status = edit_apply(&patch, changes, diff, err);
    mirrored_image_write(spare, &buffer->last, 0);
    mirrored_image_stamp(spare);
    return status;
}

static enum status exchange(const struct double_buffer *buffer, struct error *err)
{
    if (fault_hit("image.exchange"))
        errno = EIO;
    else if (!renameat2(AT_FDCWD, buffer->spare_file.path, AT_FDCWD, buffer->path,
                        RENAME_EXCHANGE))
        return OK;
    return FAIL(err, ERR_IO, "%s: %s", buffer->path, strerror(errno));
}

/* Makes the spare file anew if somebody has removed, replaced or changed it. While we have the
 * lease nobody can cut it. */
static enum status check_spare(struct double_buffer *buffer, struct error *err)
{
    if (mirrored_image_is_at(get_spare(buffer), buffer->spare_file.path))
        return OK;
    unlock_spare(buffer);
    file_close(mirrored_image_drop_file(get_spare(buffer)));
    enum status status = begin_spare(buffer, err);
    if (!status)
        status =
            FAIL(err, ERR_BUSY, "%s: gone, being made anew", buffer->spare_file.path);
    return status;
}

/* Whether data.cdb, if there is one of ours, is as we left it. */
static bool is_sound(const struct double_buffer *buffer)
{
    const struct mirrored_image *live = &buffer->halves[buffer->live].mirrored;
    return !live->image || mirrored_image_is_at(live, buffer->path);
}

bool double_buffer_look(struct double_buffer *buffer)
{
    (void)orphans_count(&buffer->orphans);
    (void)orphans_count(&buffer->snapshot.lent);
    return is_sound(buffer);
}

static enum status check(struct double_buffer *buffer, struct error *err)
{
    if (buffer->is_broken)
        return FAIL(err, ERR_LIMIT, "%s: to be built anew: %s", buffer->path,
                    buffer->why_broken.text);
    if (!is_sound(buffer))
        return FAIL(err, ERR_CONFLICT, "%s: replaced or changed by another program",
                    buffer->path);
    if (spare_file_is_coming(&buffer->spare_file))
        return FAIL(err, ERR_BUSY, "%s: being made", buffer->spare_file.path);
    return OK;
}

enum status double_buffer_apply(struct double_buffer *buffer,
                                const struct image_changes *changes,
                                const struct image_diff *diff, struct error *err)
{
    enum status status = check(buffer, err);
    if (!status)
        status = lock_spare(buffer, err);
    if (!status)
        status = check_spare(buffer, err);
    if (status)
        return status;

    unsigned slot = 1 - buffer->live;
    begin_patch(buffer, slot);
    status = patch_spare(buffer, changes, diff, err);
    unlock_spare(buffer);
    if (!status)
        status = exchange(buffer, err);
    if (status) /* the spare image is neither the old nor the new one */
        return give_up(buffer, status, err);
    end_patch(buffer, slot);
    set_live(buffer, slot);
    periodic_sync_changed(&buffer->sync, now_ms());
    if (buffer->snapshot.fn &&
        copy_follow(&buffer->snapshot.copy, get_live(buffer)->image, &buffer->last, NULL))
        end_snapshot(buffer, false);
    return OK;
}

/* ----- copies ----- */

/* Makes a new spare file, which lags by nothing, part of the spare image. Takes the file. */
static enum status finish_spare(struct double_buffer *buffer, int fd, struct error *err)
{
    unsigned slot = 1 - buffer->live;
    bool has_memory = buffer->coming.memory.at != NULL;
    struct mirrored_image *mirrored = has_memory ? &buffer->coming : get_spare(buffer);
    enum status status = has_memory ? mirrored_image_open(mirrored, err) : OK;
    if (status) {
        file_close(fd);
        return status;
    }
    status = mirrored_image_take_file(mirrored, fd, err);
    if (status)
        return status;
    if (has_memory)
        fill_half(buffer, slot, mirrored);
    else
        tell_file(buffer, slot);
    return OK;
}

static enum status work_on_spare(struct double_buffer *buffer, enum image_work *work,
                                 struct error *err)
{
    int fd = -1;
    enum status status = OK;
    *work = spare_file_work(&buffer->spare_file, &fd, &status, err);
    if (fd >= 0)
        status = finish_spare(buffer, fd, err);
    if (status) {
        drop_coming(buffer);
        (void)unlink(buffer->spare_file.path);
    }
    return give_up(buffer, status, err);
}

static void work_on_snapshot(struct double_buffer *buffer)
{
    bool is_done = false;
    enum status status = copy_some(&buffer->snapshot.copy, &is_done, NULL);
    if (status || is_done)
        end_snapshot(buffer, !status);
}

enum image_work double_buffer_work(struct double_buffer *buffer, struct error *err)
{
    enum image_work work = IMAGE_IDLE;
    if (err)
        err->text[0] = 0;
    periodic_sync_work(&buffer->sync, now_ms(), buffer->halves[0].mirrored.fd,
                       buffer->halves[1].mirrored.fd);
    if (work_on_spare(buffer, &work, err))
        return IMAGE_IDLE;
    if (buffer->snapshot.fn)
        work_on_snapshot(buffer);
    return buffer->snapshot.fn ? IMAGE_WORKS : work;
}

enum status double_buffer_snapshot(struct double_buffer *buffer, image_snapshot_fn fn,
                                   void *ctx, struct error *err)
{
    const struct image *live = get_live(buffer)->image;
    if (!live)
        return FAIL(err, ERR_LIMIT, "%s: nothing to copy yet", buffer->path);
    if (buffer->snapshot.fn)
        return OK;
    enum status status = snapshot_begin(&buffer->snapshot, buffer->folder, live, err);
    if (!status) {
        buffer->snapshot.fn = fn;
        buffer->snapshot.ctx = ctx;
    }
    return status;
}
