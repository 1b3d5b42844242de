// SPDX-License-Identifier: GPL-3.0-or-later
/* Starts the operator's command, reads what it says on standard error, stops it when it takes
 * too long, and tries again after a failure, with growing pauses. */
#include "publish/hook.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "net/loop.h"
#include "net/process.h"

enum {
    PAUSE_FIRST_MS = 1000,
    PAUSE_LAST_MS = 60000,
    GRACE_MS = 2000, /* between SIGTERM and SIGKILL */
    LINE_SIZE = 256,
    PIECE_SIZE = 4096,
    PIECES_MAX = 16, /* taken off the pipe at a time */
    VARIABLE_SIZE = PATH_MAX + 32,
};

struct hook {
    struct hook_options options;
    char *image, *text;
    pid_t pid; /* 0: nothing runs */
    int64_t running_seq, wanted_seq;
    bool wanted; /* a run is owed */
    bool timed_out;
    struct timer timer; /* of the run: its end; without one: the next try */
    int64_t pause_ms;   /* before the next try */
    struct hook_state state;

    int error_fd; /* -1: none; the command's standard error */
    struct watch watch;
    char line[LINE_SIZE], last[LINE_SIZE]; /* being read; the last one with text in it */
    size_t line_n;
};

static void start(void *ctx);

/* ----- what the command says ----- */

static void end_line(struct hook *hook)
{
    struct str line = str_trim(str_bytes(hook->line, hook->line_n));
    hook->line_n = 0;
    if (line.n == 0)
        return;
    struct buf last = BUF_ON(hook->last);
    buf_put(&last, line);
    (void)buf_text(&last);
}

/* Of a long line the first bytes count. */
static void take_text(struct hook *hook, struct str piece)
{
    for (size_t i = 0; i < piece.n; i++) {
        if (piece.at[i] == '\n')
            end_line(hook);
        else if (hook->line_n < LINE_SIZE - 1)
            hook->line[hook->line_n++] = piece.at[i];
    }
}

static void close_pipe(struct hook *hook)
{
    watch_stop(&hook->watch);
    file_close(hook->error_fd);
    hook->error_fd = -1;
}

static void read_pipe(struct hook *hook)
{
    char piece[PIECE_SIZE];
    for (int i = 0; i < PIECES_MAX && hook->error_fd >= 0; i++) {
        ssize_t n = read(hook->error_fd, piece, sizeof(piece));
        if (n > 0)
            take_text(hook, str_bytes(piece, (size_t)n));
        else if (n == 0 || errno != EAGAIN)
            close_pipe(hook);
        else
            return;
    }
}

static void on_readable(void *ctx, uint32_t events)
{
    (void)events;
    read_pipe(ctx);
}

/* ----- runs ----- */

static void wait_and_try(struct hook *hook)
{
    struct loop *loop = hook->options.loop;
    hook->pause_ms = hook->pause_ms ? hook->pause_ms * 2 : PAUSE_FIRST_MS;
    if (hook->pause_ms > PAUSE_LAST_MS)
        hook->pause_ms = PAUSE_LAST_MS;
    timer_set(&hook->timer, loop, loop_now_ms(loop) + hook->pause_ms, start, hook);
}

/* `why`: NULL after success. */
static void settle(struct hook *hook, const char *why)
{
    if (why && hook->options.argv) {
        hook->state.failures++;
        hook->wanted = true;
        wait_and_try(hook);
    } else {
        hook->state.failures = 0;
        hook->state.seq = hook->running_seq;
        hook->pause_ms = 0;
        if (hook->wanted)
            timer_set(&hook->timer, hook->options.loop, loop_now_ms(hook->options.loop),
                      start, hook);
    }
    if (hook->options.ended)
        hook->options.ended(hook->options.ctx, hook->running_seq, why);
}

static void kill_run(void *ctx)
{
    const struct hook *hook = ctx;
    (void)kill(-hook->pid, SIGKILL);
}

static void lose_patience(void *ctx)
{
    struct hook *hook = ctx;
    struct loop *loop = hook->options.loop;
    hook->timed_out = true;
    (void)kill(-hook->pid, SIGTERM);
    timer_set(&hook->timer, loop, loop_now_ms(loop) + GRACE_MS, kill_run, hook);
}

/* The pipe's end for the child; -1: its errors go where ours go. */
static int open_pipe(struct hook *hook)
{
    int ends[2];
    hook->line_n = 0;
    hook->last[0] = 0;
    if (pipe2(ends, O_CLOEXEC))
        return -1;
    hook->error_fd = ends[0];
    (void)fcntl(ends[0], F_SETFL, O_NONBLOCK); /* the child's end has to block */
    watch_start(&hook->watch, hook->options.loop, ends[0], EPOLLIN, on_readable, hook);
    return ends[1];
}

static const char *variable(char storage[VARIABLE_SIZE], const char *name,
                            const char *value)
{
    struct buf text = buf_on(storage, VARIABLE_SIZE);
    buf_printf(&text, "%s=%s", name, value ? value : "");
    return buf_text(&text);
}

static enum status start_child(struct hook *hook, struct error *err)
{
    char image[VARIABLE_SIZE], text[VARIABLE_SIZE], seq[64];
    struct buf seq_text = BUF_ON(seq);
    buf_printf(&seq_text, "ROVE_SEQ=%" PRId64, hook->running_seq);
    const char *const environment[] = { variable(image, "ROVE_IMAGE", hook->image),
                                        variable(text, "ROVE_TEXT", hook->text),
                                        buf_text(&seq_text), NULL };
    CLEANUP(file_closep) int child_end = open_pipe(hook);
    const struct process_options options = { .argv = hook->options.argv,
                                             .environment = environment,
                                             .error_fd = child_end < 0 ? 0 : child_end,
                                             .own_group = true };
    enum status status = process_start_with(&options, &hook->pid, err);
    if (status)
        hook->pid = 0;
    return status;
}

static void start(void *ctx)
{
    struct hook *hook = ctx;
    struct loop *loop = hook->options.loop;
    if (!hook->options.argv)
        return;
    struct error err = { .text = "" };
    hook->wanted = false;
    hook->timed_out = false;
    hook->running_seq = hook->wanted_seq;
    if (start_child(hook, &err)) {
        close_pipe(hook);
        settle(hook, err.text);
        return;
    }
    timer_set(&hook->timer, loop, loop_now_ms(loop) + hook->options.timeout_ms,
              lose_patience, hook);
    if (hook->options.began)
        hook->options.began(hook->options.ctx);
}

void hook_run(struct hook *hook, int64_t seq)
{
    hook->wanted_seq = seq;
    hook->wanted = true;
    /* The timer is that of a run, or of the next try, which is not hastened. */
    if (!hook->timer.loop && hook->pid == 0)
        timer_set(&hook->timer, hook->options.loop, loop_now_ms(hook->options.loop),
                  start, hook);
}

static void describe(const struct hook *hook, int wait_status, struct buf *out)
{
    if (hook->timed_out)
        buf_printf(out, "killed after %d s", hook->options.timeout_ms / 1000);
    else if (WIFSIGNALED(wait_status))
        buf_printf(out, "ended by signal %d", WTERMSIG(wait_status));
    else
        buf_printf(out, "exit code %d", WEXITSTATUS(wait_status));
    if (hook->last[0])
        buf_printf(out, ": %s", hook->last);
}

void hook_reap(struct hook *hook)
{
    int wait_status = 0;
    if (hook->pid == 0 || waitpid(hook->pid, &wait_status, WNOHANG) != hook->pid)
        return;
    if (hook->timed_out)
        (void)kill(-hook->pid, SIGKILL); /* what it had started, too */
    hook->pid = 0;
    timer_stop(&hook->timer);
    read_pipe(hook);
    end_line(hook);
    close_pipe(hook);

    char storage[LINE_SIZE + 64];
    struct buf why = BUF_ON(storage);
    bool good =
        !hook->timed_out && WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0;
    if (!good)
        describe(hook, wait_status, &why);
    settle(hook, good ? NULL : buf_text(&why));
}

struct hook_state hook_state(const struct hook *hook)
{
    struct hook_state state = hook->state;
    state.runs = hook->pid != 0;
    return state;
}

struct hook *hook_new(const struct hook_options *options)
{
    struct hook *hook = NEW(struct hook);
    hook->error_fd = -1;
    hook->state.seq = -1;
    hook_set(hook, options);
    return hook;
}

void hook_set(struct hook *hook, const struct hook_options *options)
{
    mem_free(hook->image);
    mem_free(hook->text);
    hook->options = *options;
    hook->image = mem_copy_text(options->image);
    hook->text = mem_copy_text(options->text);
}

void hook_free(struct hook *hook)
{
    if (!hook)
        return;
    timer_stop(&hook->timer);
    close_pipe(hook);
    if (hook->pid) {
        (void)kill(-hook->pid, SIGKILL);
        (void)waitpid(hook->pid, NULL, 0);
    }
    mem_free(hook->image);
    mem_free(hook->text);
    mem_free(hook);
}
