// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/orphans.h"

#include "base/file.h"

#include <assert.h>
#include <fcntl.h>

size_t left_count(struct left *left)
{
    size_t kept = 0;
    for (size_t i = 0; i < left->n; i++) {
        if (fcntl(left->fds[i], F_SETLEASE, F_WRLCK))
            left->fds[kept++] = left->fds[i];
        else
            file_close(left->fds[i]); /* and with it the lease */
    }
    left->n = kept;
    return kept;
}

void left_add(struct left *left, int fd)
{
    assert(left->n < LEFT_MAX);
    left->fds[left->n++] = fd;
}

void left_done(struct left *left)
{
    while (left->n > 0)
        file_close(left->fds[--left->n]);
}
