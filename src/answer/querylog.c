// SPDX-License-Identifier: GPL-3.0-or-later
/* Writes the query log. A write of at most PIPE_BUF bytes into a pipe is done whole or not at all,
 * so that threads need no lock to keep their lines apart. */
#include "answer/querylog.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/thread.h"
#include "dns/record.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PIPE_SIZE = 1 << 20, /* some ten thousand lines */
    CHUNK_SIZE = 65536,
    LINE_MAX_SIZE = NAME_TEXT_SIZE + IP_TEXT_SIZE + 128,
    FILE_MODE = 0640,
};
_Static_assert(LINE_MAX_SIZE <= PIPE_BUF, "a line goes in whole");

struct querylog {
    int pipe[2];
    int file;
    pthread_t thread;
    char chunk[CHUNK_SIZE];
    char path[];
};

struct querylines {
    int pipe;
    uint64_t count, lost;
    struct buf text;
    char storage[PIPE_BUF];
};

/* ----- the file ----- */

static int open_file(const char *path)
{
    return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
                FILE_MODE);
}

static bool is_still_there(const struct querylog *log)
{
    struct stat ours, there;
    return fstat(log->file, &ours) == 0 && lstat(log->path, &there) == 0 &&
           ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

/* Writes all bytes. If that fails, for example on a full disk, they are lost. */
static void write_all(int file, const char *at, size_t n)
{
    while (n > 0) {
        ssize_t written = write(file, at, n);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return;
        at += written;
        n -= (size_t)written;
    }
}

static void *write_lines(void *ctx)
{
    struct querylog *log = (struct querylog *)ctx;
    for (;;) {
        ssize_t n = read(log->pipe[0], log->chunk, sizeof(log->chunk));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return NULL; /* the other end was closed */
        if (!is_still_there(log)) {
            file_close(log->file);
            log->file = open_file(log->path);
        }
        write_all(log->file, log->chunk, (size_t)n);
    }
}

/* ----- the thread ----- */

static enum status open_both(struct querylog *log, struct error *err)
{
    struct stat info;
    log->file = open_file(log->path);
    if (log->file < 0 || fstat(log->file, &info))
        return FAIL(err, ERR_IO, "%s: %s", log->path, strerror(errno));
    if (!S_ISREG(info.st_mode))
        return FAIL(err, ERR_IO, "%s: is not a plain file", log->path);
    if (pipe2(log->pipe, O_CLOEXEC))
        return FAIL(err, ERR_IO, "pipe: %s", strerror(errno));
    if (fcntl(log->pipe[1], F_SETFL, O_NONBLOCK))
        return FAIL(err, ERR_IO, "pipe: %s", strerror(errno));
    (void)fcntl(log->pipe[1], F_SETPIPE_SZ,
                PIPE_SIZE); /* if that fails, the pipe stays smaller */
    return OK;
}

static void close_both(struct querylog *log)
{
    file_close(log->pipe[0]);
    file_close(log->pipe[1]);
    file_close(log->file);
    mem_free(log);
}

enum status querylog_open(const char *path, struct querylog **out, struct error *err)
{
    size_t n = strlen(path) + 1;
    struct querylog *log = (struct querylog *)mem_new(sizeof(*log) + n);
    memcpy(log->path, path, n);
    log->pipe[0] = log->pipe[1] = log->file = -1;
    enum status status = open_both(log, err);
    if (!status)
        status = thread_start(&log->thread, write_lines, log, "query log", err);
    if (status)
        close_both(log);
    else
        *out = log;
    return status;
}

void querylog_close(struct querylog *log)
{
    if (!log)
        return;
    file_close(log->pipe[1]);
    log->pipe[1] = -1;
    (void)pthread_join(log->thread, NULL);
    close_both(log);
}

int querylog_pipe(const struct querylog *log)
{
    return log->pipe[1];
}

/* ----- lines ----- */

struct querylines *querylines_new(int pipe)
{
    struct querylines *lines = NEW(struct querylines);
    lines->pipe = pipe;
    lines->text = BUF_ON(lines->storage);
    return lines;
}

void querylines_free(struct querylines *lines)
{
    mem_free(lines);
}

static void give(struct querylines *lines)
{
    if (lines->text.n == 0)
        return;
    ssize_t n = 0;
    do
        n = write(lines->pipe, lines->storage, lines->text.n);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        lines->lost += lines->count;
    lines->text.n = 0;
    lines->count = 0;
}

static void put_question(const struct dns_question *question, struct buf *out)
{
    if (!question) {
        buf_put_text(out, "- -");
        return;
    }
    name_format(&question->name, out);
    buf_put_u8(out, ' ');
    rr_type_format(question->type, out);
}

void querylines_add(struct querylines *lines, const struct answer_job *job,
                    const struct dns_question *question, enum dns_rcode rcode, size_t n)
{
    struct buf *text = &lines->text;
    if (text->size - text->n < LINE_MAX_SIZE)
        give(lines);
    buf_printf(text, "%" PRId64 " ", job->now_s);
    ip_format(job->client, text);
    buf_put_text(text, job->transport == ANSWER_UDP ? " udp " : " tcp ");
    put_question(question, text);
    buf_printf(text, " %s %zu\n", n ? rcode_word(rcode) : "-", n);
    assert(!text->full);
    lines->count++;
}

uint64_t querylines_flush(struct querylines *lines)
{
    give(lines);
    uint64_t lost = lines->lost;
    lines->lost = 0;
    return lost;
}
