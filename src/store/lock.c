// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/lock.h"

#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"

enum {
    LOCK_PATH_SIZE = 4096
};

/* NULL: it is too long. */
static const char *name_lock(char storage[LOCK_PATH_SIZE], const char *path)
{
    struct buf lock_path = buf_on(storage, LOCK_PATH_SIZE);
    buf_put_text(&lock_path, path);
    buf_put_text(&lock_path, ".lock");
    const char *text = buf_text(&lock_path);
    return lock_path.full ? NULL : text;
}

enum status lock_take(const char *path, int *fd_out, struct error *err)
{
    char storage[LOCK_PATH_SIZE];
    const char *text = name_lock(storage, path);
    if (!text)
        return FAIL(err, ERR_IO, "the path is too long");
    enum status status = file_lock(text, fd_out, err);
    return status == OK || status == ERR_BUSY ? status : ERR_IO;
}

void lock_remove(const char *path)
{
    char storage[LOCK_PATH_SIZE];
    const char *text = name_lock(storage, path);
    if (text)
        (void)unlink(text);
}
