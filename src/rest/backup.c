// SPDX-License-Identifier: GPL-3.0-or-later
/* The thread owns the order, its result and its error from its start until it has sent the
 * wake; the loop then joins it. The one thing both look at meanwhile is `stop`. */
#include "rest/backup.h"

#include <assert.h>
#include <stdatomic.h>
#include <string.h>

#include "base/backup_name.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/thread.h"

enum {
    PATH_SIZE = 4096,
    TIME_MAX_MS =
        15 * 60 * 1000 /* the database's log grows for as long as the copy takes */
};

struct backups {
    struct loop *loop;
    const char *database, *key_file;
    char path[PATH_SIZE];   /* of the newest */
    char before[PATH_SIZE]; /* of the one before, which somebody may still be fetching */

    bool running;
    pthread_t thread;
    struct wake wake;
    atomic_bool stop;
    backup_done_fn done;
    void *ctx;

    /* The thread's while it runs. */
    int64_t now_s, deadline_ms;
    char *keys; /* NULL: without */
    size_t keys_n;
    enum status status;
    struct backup_info info;
    struct error err;
};

static bool go_on(void *ctx)
{
    struct backups *backups = (struct backups *)ctx;
    return !atomic_load(&backups->stop) &&
           clock_steady_ms(loop_clock(backups->loop)) < backups->deadline_ms;
}

static void *make(void *ctx)
{
    struct backups *backups = (struct backups *)ctx;
    const struct backup_order order = {
        .database = backups->database,
        .path = backups->path,
        .keys = str_bytes(backups->keys, backups->keys_n),
        .now_s = backups->now_s,
        .go_on = go_on,
        .ctx = backups,
    };
    backups->status = backup_make(&order, &backups->info, &backups->err);
    wake_send(&backups->wake);
    return NULL;
}

static void forget_keys(struct backups *backups)
{
    if (backups->keys)
        mem_wipe(backups->keys, backups->keys_n);
    mem_free(TAKE(backups->keys));
    backups->keys_n = 0;
}

static void join(struct backups *backups)
{
    int failed = pthread_join(backups->thread, NULL);
    assert(!failed);
    backups->running = false;
    wake_stop(&backups->wake);
    forget_keys(backups);
}

static void made(void *ctx)
{
    struct backups *backups = (struct backups *)ctx;
    join(backups);
    bool well = backups->status == OK;
    backups->done(backups->ctx, backups->status, well ? backups->path : NULL,
                  well ? &backups->info : NULL, &backups->err);
}

/* ----- files ----- */

static void remove_file(char *path)
{
    if (path[0])
        backup_remove(path);
    path[0] = '\0';
}

static bool choose_path(struct backups *backups)
{
    struct buf path = BUF_ON(backups->path);
    if (backups->database)
        backup_name_put(&path, backups->database);
    (void)buf_text(&path);
    if (backups->database && !path.full)
        return true;
    backups->path[0] = '\0';
    return false;
}

/* ----- the thread ----- */

struct backups *backups_new(struct loop *loop, const char *database, const char *key_file)
{
    struct backups *backups = NEW(struct backups);
    backups->loop = loop;
    backups->database = database;
    backups->key_file = key_file;
    if (database)
        backup_remove_left(database);
    return backups;
}

void backups_free(struct backups *backups)
{
    if (!backups)
        return;
    if (backups->running) {
        atomic_store(&backups->stop, true);
        made(backups);
    }
    remove_file(backups->path);
    remove_file(backups->before);
    mem_free(backups);
}

static enum status start_thread(struct backups *backups, struct error *err)
{
    enum status status = wake_start(&backups->wake, backups->loop, made, backups, err);
    if (status)
        return status;
    status = thread_start(&backups->thread, make, backups, "backup", err);
    if (status)
        wake_stop(&backups->wake);
    else
        backups->running = true;
    return status;
}

enum status backups_begin(struct backups *backups, bool with_keys, backup_done_fn done,
                          void *ctx, struct error *err)
{
    if (backups->running)
        return FAIL(err, ERR_BUSY, "a backup is being made");
    remove_file(backups->before);
    memcpy(backups->before, backups->path, sizeof(backups->before));
    if (!choose_path(backups))
        return FAIL(err, ERR_IO, "no path for a backup");
    enum status status = OK;
    if (with_keys)
        status = file_read(backups->key_file, BACKUP_KEYS_SIZE, &backups->keys,
                           &backups->keys_n, err);
    if (status)
        return FAIL(err, ERR_IO, "key file: %s", err ? err->text : "");
    const struct clock *clock = loop_clock(backups->loop);
    backups->now_s = clock_wall_s(clock);
    backups->deadline_ms = clock_steady_ms(clock) + TIME_MAX_MS;
    backups->done = done;
    backups->ctx = ctx;
    backups->err.text[0] = '\0';
    status = start_thread(backups, err);
    if (status)
        forget_keys(backups);
    return status;
}
