// SPDX-License-Identifier: GPL-3.0-or-later
/* backup.h - a backup that an operator asked for. A thread of its own makes it while the loop
 * and the writer go on.
 *
 * The thread has a connection of its own. It writes a file beside the database under a name of
 * its own (base/backup_name.h), which needs room on that disk; rovectl takes it from there. One
 * backup is made at a time. One that is not fetched is removed when the second one after it
 * begins, or when the service ends. */
#pragma once

#include "account/keys.h"
#include "net/loop.h"
#include "store/backup.h"

struct backups;

/* `path` and `info` are of the backup; NULL when `status` is not OK. */
typedef void (*backup_done_fn)(void *ctx, enum status status, const char *path,
                               const struct backup_info *info, const struct error *err);

/* Both paths are lent for good; without a database nothing can be begun. */
struct backups *backups_new(struct loop *loop, const char *database,
                            const char *key_file);
/* Stops a backup that is being made; its `done` gets the error. NULL is fine. */
void backups_free(struct backups *backups);
/* Begins; `done` is called once on the loop. ERR_BUSY: one is being made. ERR_IO: the key file
 * cannot be read, or no thread started; `done` is not called. */
MUST_CHECK enum status backups_begin(struct backups *backups, bool with_keys,
                                     backup_done_fn done, void *ctx, struct error *err);
