// SPDX-License-Identifier: GPL-3.0-or-later
/* file.h - whole files: read one, put one in place atomically. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "base/str.h"

/* Reads a file of at most `max` bytes. The caller frees *out (mem_free); a zero byte that
 * does not count follows the contents. ERR_NOT_FOUND, ERR_LIMIT, ERR_IO. */
MUST_CHECK enum status file_read(const char *path, size_t max, char **out, size_t *n_out,
                                 struct error *err);
/* The same where others may make files: a link is not followed, and what is no plain file is
 * not read. *owner_out tells whose it is. */
MUST_CHECK enum status file_read_plain(const char *path, size_t max, char **out,
                                       size_t *n_out, uid_t *owner_out,
                                       struct error *err);
/* Write to `path`.tmp, fsync, rename over `path`, fsync of the directory: a reader sees the
 * old or the new contents, also after a power loss. */
MUST_CHECK enum status file_replace(const char *path, struct str contents, mode_t mode,
                                    struct error *err);
/* The same for what tells of a state and need not outlive it: nothing waits for the disk. */
MUST_CHECK enum status file_replace_unsynced(const char *path, struct str contents,
                                             mode_t mode, struct error *err);
/* Copies what can still be read from `fd`, which is called `from`, to a new file `path` and
 * syncs it; what stood under `path` goes, also when this fails. ERR_NOT_FOUND: its folder. ERR_IO. */
MUST_CHECK enum status file_copy(int fd, const char *from, const char *path, mode_t mode,
                                 struct error *err);
/* fsync of the directory that holds `path`. */
MUST_CHECK enum status file_sync_directory(const char *path, struct error *err);
/* Opens and locks a file (flock, exclusive) or ERR_BUSY when another process holds it. The
 * lock lives as long as the descriptor. The holder's pid is written into it. */
MUST_CHECK enum status file_lock(const char *path, int *fd_out, struct error *err);
/* close() that takes -1; for CLEANUP(file_closep) int fd = -1; */
void file_close(int fd);
CLEANER(file_close, int)
