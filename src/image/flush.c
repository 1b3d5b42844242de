// SPDX-License-Identifier: GPL-3.0-or-later
/* The thread owns the whole flush until it has changed RUNS into ENDED. If it finds ABANDONED there
 * instead, nobody waits for it any more, and it frees the flush. */
#include "image/flush.h"

#include "base/fault.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    FILES = 2
};

enum flush_state {
    RUNS,
    ENDED,
    ABANDONED,
};

struct flush {
    atomic_int state;
    int fds[FILES]; /* duplicates, which the thread closes; -1: none */
    int failed;     /* errno */
};

/* 0, or errno. */
static int sync_fd(int fd)
{
    if (fault_hit("image.sync"))
        return EIO;
    return fsync(fd) ? errno : 0;
}

enum status flush_now(int fd, const char *what, struct error *err)
{
    int failed = sync_fd(fd);
    return failed ? FAIL(err, ERR_IO, "%s: %s", what, strerror(failed)) : OK;
}

static void *run(void *ctx)
{
    struct flush *flush = (struct flush *)ctx;
    for (size_t i = 0; i < FILES; i++) {
        if (flush->fds[i] >= 0 && !flush->failed)
            flush->failed = sync_fd(flush->fds[i]);
        file_close(flush->fds[i]);
    }
    if (atomic_exchange(&flush->state, ENDED) == ABANDONED)
        mem_free(flush);
    return NULL;
}

struct flush *flush_new(int first, int second)
{
    const int fds[FILES] = { first, second };
    struct flush *flush = NEW(struct flush);
    atomic_init(&flush->state, RUNS);
    for (size_t i = 0; i < FILES; i++) {
        flush->fds[i] = fds[i] < 0 ? -1 : fcntl(fds[i], F_DUPFD_CLOEXEC, 0);
        if (fds[i] >= 0 && flush->fds[i] < 0)
            flush->failed = errno;
    }
    pthread_t thread;
    if (thread_start(&thread, run, flush, "flush", NULL))
        (void)run(flush); /* late is better than never */
    else
        (void)pthread_detach(thread);
    return flush;
}

bool flush_has_ended(const struct flush *flush, enum status *status, struct error *err)
{
    if (atomic_load(&flush->state) != ENDED)
        return false;
    *status = flush->failed ? FAIL(err, ERR_IO, "an image on its way to the disk: %s",
                                   strerror(flush->failed))
                            : OK;
    return true;
}

void flush_free(struct flush *flush)
{
    if (flush && atomic_exchange(&flush->state, ABANDONED) == ENDED)
        mem_free(flush);
}
