// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/snapshot.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

void snapshot_init(struct snapshot *snapshot)
{
    *snapshot = (struct snapshot){ .copy = { .fd = -1, .memory = -1 }, .reader = -1 };
}

void snapshot_done(struct snapshot *snapshot)
{
    snapshot_end(snapshot, 0, false);
    orphans_done(&snapshot->lent);
}

enum status snapshot_begin(struct snapshot *snapshot, const char *folder,
                           const struct image *live, struct error *err)
{
    char storage[PATH_MAX];
    struct buf path = BUF_ON(storage);
    buf_printf(&path, "%s/data.copy", folder);
    const char *text = buf_text(&path);
    if (orphans_count(&snapshot->lent) >= ORPHANS_MAX)
        return FAIL(err, ERR_BUSY, "%s: %d of them are in use", text, ORPHANS_MAX);
    enum status status = copy_begin(&snapshot->copy, text, live, err);
    if (status)
        return status;
    snapshot->reader = open(text, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (snapshot->reader < 0) {
        status = FAIL(err, ERR_IO, "%s: %s", text, strerror(errno));
        copy_done(&snapshot->copy);
    }
    (void)unlink(text);
    return status;
}

void snapshot_end(struct snapshot *snapshot, uint64_t generation, bool whole)
{
    image_snapshot_fn fn = snapshot->fn;
    snapshot->fn = NULL;
    if (!fn)
        return;
    fn(snapshot->ctx, generation, whole ? snapshot->reader : -1);
    file_close(snapshot->reader);
    snapshot->reader = -1;
    if (whole) {
        orphans_add(&snapshot->lent, snapshot->copy.fd);
        snapshot->copy.fd = -1;
    }
    copy_done(&snapshot->copy);
}
