// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/orphans.h"

#include "base/file.h"

#include <assert.h>
#include <fcntl.h>

size_t orphans_count(struct orphans *orphans)
{
    size_t kept = 0;
    for (size_t i = 0; i < orphans->n; i++) {
        if (fcntl(orphans->fds[i], F_SETLEASE, F_WRLCK))
            orphans->fds[kept++] = orphans->fds[i];
        else
            file_close(orphans->fds[i]); /* and with it the lease */
    }
    orphans->n = kept;
    return kept;
}

void orphans_add(struct orphans *orphans, int fd)
{
    assert(orphans->n < ORPHANS_MAX);
    orphans->fds[orphans->n++] = fd;
}

void orphans_done(struct orphans *orphans)
{
    while (orphans->n > 0)
        file_close(orphans->fds[--orphans->n]);
}
