// SPDX-License-Identifier: GPL-3.0-or-later
/* file.h - whole files: reads one, or replaces one atomically. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

#include "base/str.h"

/* Reads a file of at most `max` bytes. The caller frees *out (mem_free). A zero byte, which *n_out
 * does not count, follows the contents. ERR_NOT_FOUND; ERR_LIMIT: the file is longer; ERR_IO. */
MUST_CHECK enum status file_read(const char *path, size_t max, char **out, size_t *n_out,
                                 struct error *err);
/* Does the same in a folder where others may make files: it follows no link and reads plain files
 * only. *owner_out is the file's owner. */
MUST_CHECK enum status file_read_plain(const char *path, size_t max, char **out,
                                       size_t *n_out, uid_t *owner_out,
                                       struct error *err);
/* Writes `path`.tmp, syncs it, renames it to `path` and syncs the directory. So a reader sees the
 * old or the new contents, also after a loss of power. */
MUST_CHECK enum status file_replace(const char *path, struct str contents, mode_t mode,
                                    struct error *err);
/* Replaces the file without waiting for the disk. For contents that describe a present state and
 * need not outlive it. */
MUST_CHECK enum status file_replace_unsynced(const char *path, struct str contents,
                                             mode_t mode, struct error *err);
/* Copies what can still be read from `fd`, which messages call `from`, to a new file `path`, and
 * syncs that. A file that is at `path` is removed, also when this fails. ERR_NOT_FOUND: there is no
 * such folder. ERR_IO. */
MUST_CHECK enum status file_copy(int fd, const char *from, const char *path, mode_t mode,
                                 struct error *err);
/* What tells a file, or its absence, from the next one of its name; links are followed. */
struct file_sight {
    bool there;
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec written;
};
struct file_sight file_look_at(const char *path);
bool file_sight_equal(const struct file_sight *a, const struct file_sight *b);
/* The folder that holds `path`; "." for a bare name. The caller frees it (mem_free). */
char *file_folder(const char *path);
/* The name of `path` in it, lent. */
const char *file_name(const char *path);
/* Syncs the directory that holds `path`. */
MUST_CHECK enum status file_sync_directory(const char *path, struct error *err);
/* Opens a file, locks it (flock, exclusive) and writes our pid into it. The lock lasts as long as
 * the descriptor. ERR_BUSY: another process holds the lock. ERR_IO. */
MUST_CHECK enum status file_lock(const char *path, int *fd_out, struct error *err);
/* Closes `fd`; -1 is fine. For CLEANUP(file_closep) int fd = -1; */
void file_close(int fd);
CLEANER(file_close, int)
