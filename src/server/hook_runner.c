// SPDX-License-Identifier: GPL-3.0-or-later
/* Runs the operator's command in a process of its own. publish's end sends orders, and the process
 * sends reports. Both ends are the same program, so messages are structs over a socket pair. */
#include "server/hook_runner.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "net/loop.h"

enum {
    MS_PER_S = 1000,
    MESSAGES_PER_ROUND = 64
};

struct order {
    bool reload; /* false: run */
    int64_t seq;
};

struct report {
    struct hook_state state;
    bool ended;  /* a run for `seq` has ended */
    bool failed; /* that run has failed */
    int64_t seq;
    char why[ERROR_TEXT_SIZE]; /* why it has failed; ends with a zero byte */
};

/* ----- the process ----- */

struct child {
    struct config *config;
    struct loop *loop;
    struct hook *hook;
    struct watch watch;
    int fd;
    char image[CONFIG_PATH_SIZE + 16];
};

/* If this fails, publish has gone, and we end, too. */
static void send_report(struct child *child, struct report *report)
{
    report->state = hook_state(child->hook);
    if (send(child->fd, report, sizeof(*report), MSG_NOSIGNAL) < 0)
        loop_stop(child->loop);
}

static void child_ended(void *ctx, int64_t seq, const char *why)
{
    struct report report = { .ended = true, .failed = why != NULL, .seq = seq };
    struct buf text = BUF_ON(report.why);
    buf_put_text(&text, why ? why : "");
    (void)buf_text(&text);
    send_report((struct child *)ctx, &report);
}

static void child_began(void *ctx)
{
    struct report report = { .ended = false };
    send_report((struct child *)ctx, &report);
}

static void set_hook(struct child *child)
{
    const struct config *config = child->config;
    struct buf path = BUF_ON(child->image);
    buf_printf(&path, "%s/data.cdb", config->image);
    const struct hook_options options = {
        .loop = child->loop,
        .argv = config->hook_count ? config->hook : NULL,
        .timeout_ms = (int)config->hook_timeout_s * MS_PER_S,
        .image = buf_text(&path),
        .text = config->publish_text[0] ? config->publish_text : NULL,
        .began = child_began,
        .ended = child_ended,
        .ctx = child,
    };
    if (child->hook)
        hook_set(child->hook, &options);
    else
        child->hook = hook_new(&options);
}

/* Reads the configuration. The roles report what is wrong with it. */
static void read_config(struct child *child)
{
    char storage[ERROR_TEXT_SIZE];
    struct buf restart = BUF_ON(storage);
    if (!config_reload(child->config, false, &restart, NULL))
        set_hook(child);
}

static void take_orders(void *ctx, uint32_t events)
{
    struct child *child = (struct child *)ctx;
    (void)events;
    for (int i = 0; i < MESSAGES_PER_ROUND; i++) {
        struct order order;
        ssize_t n = recv(child->fd, &order, sizeof(order), MSG_DONTWAIT);
        if (n < 0 && errno == EAGAIN)
            return;
        if (n != sizeof(order)) {
            loop_stop(child->loop); /* publish has gone */
            return;
        }
        if (order.reload)
            read_config(child);
        else if (child->config->hook_count)
            hook_run(child->hook, order.seq);
    }
}

static void take_signal(void *ctx, int number)
{
    const struct child *child = (const struct child *)ctx;
    if (number == SIGCHLD)
        hook_reap(child->hook);
    else if (number == SIGTERM || number == SIGINT)
        loop_stop(child->loop);
}

/* The command must not get what publish has open, or the secrets that it knows. */
static void forget(struct config *config, int fd)
{
    if (fd > STDERR_FILENO + 1)
        (void)close_range(STDERR_FILENO + 1, (unsigned)fd - 1, 0);
    (void)close_range((unsigned)fd + 1, ~0U, 0);
    for (size_t i = 0; i < config->key_count; i++)
        mem_wipe(config->keys[i].secret, sizeof(config->keys[i].secret));
    mem_wipe(config->dns_cookie_secrets, sizeof(config->dns_cookie_secrets));
}

static void run_child(struct config *config, int fd, pid_t parent)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        return; /* the parent ended before the line above */
    forget(config, fd);
    struct child child = { .config = config, .fd = fd, .loop = loop_new(clock_system()) };
    set_hook(&child);
    struct error err;
    if (loop_signals(child.loop, take_signal, &child, &err))
        return;
    watch_start(&child.watch, child.loop, fd, EPOLLIN, take_orders, &child);
    loop_run(child.loop);
    hook_free(child.hook);
}

/* ----- publish's end ----- */

struct hook_runner {
    int fd;
    pid_t pid;
    struct watch watch;
    struct hook_runner_events events;
    struct hook_state state;
    /* Orders that are not sent yet, as the process is busy or stopped. */
    bool reload_waits, run_waits;
    int64_t seq; /* of the run that waits */
};

enum status hook_runner_start(struct config *config, struct hook_runner **out,
                              struct error *err)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
        return FAIL(err, ERR_IO, "hook: socketpair: %s", strerror(errno));
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        run_child(config, ends[1], parent);
        _exit(0);
    }
    file_close(ends[1]);
    if (pid < 0) {
        file_close(ends[0]);
        return FAIL(err, ERR_IO, "hook: fork: %s", strerror(errno));
    }
    struct hook_runner *runner = NEW(struct hook_runner);
    runner->fd = ends[0];
    runner->pid = pid;
    runner->state.seq = -1;
    *out = runner;
    return OK;
}

static void lose(struct hook_runner *runner)
{
    watch_stop(&runner->watch);
    runner->events.lost(runner->events.ctx);
}

/* False: there is no room now. If the process has ended, the watch notices it. */
static bool send_order(const struct hook_runner *runner, struct order order)
{
    ssize_t n = send(runner->fd, &order, sizeof(order), MSG_NOSIGNAL | MSG_DONTWAIT);
    return n >= 0 || errno != EAGAIN;
}

/* What cannot be sent now is sent after the next report, which will come. A run is for the newest
 * change, with the newest configuration. */
static void send_waiting(struct hook_runner *runner)
{
    if (runner->reload_waits && !send_order(runner, (struct order){ .reload = true }))
        return;
    runner->reload_waits = false;
    if (runner->run_waits && send_order(runner, (struct order){ .seq = runner->seq }))
        runner->run_waits = false;
}

static void take_report(struct hook_runner *runner, struct report *report)
{
    const struct hook_runner_events *events = &runner->events;
    runner->state = report->state;
    report->why[sizeof(report->why) - 1] = 0;
    if (report->ended)
        events->ended(events->ctx, report->seq, report->failed ? report->why : NULL);
    events->changed(events->ctx);
    send_waiting(runner);
}

static void take_reports(void *ctx, uint32_t events)
{
    struct hook_runner *runner = (struct hook_runner *)ctx;
    (void)events;
    for (int i = 0; i < MESSAGES_PER_ROUND; i++) {
        struct report report;
        ssize_t n = recv(runner->fd, &report, sizeof(report), MSG_DONTWAIT);
        if (n < 0 && errno == EAGAIN)
            return;
        if (n != sizeof(report)) {
            lose(runner);
            return;
        }
        take_report(runner, &report);
    }
}

void hook_runner_watch(struct hook_runner *runner, struct loop *loop,
                       const struct hook_runner_events *events)
{
    runner->events = *events;
    watch_start(&runner->watch, loop, runner->fd, EPOLLIN, take_reports, runner);
}

void hook_runner_run(struct hook_runner *runner, int64_t seq)
{
    runner->run_waits = true;
    runner->seq = seq;
    send_waiting(runner);
}

void hook_runner_reload(struct hook_runner *runner)
{
    runner->reload_waits = true;
    send_waiting(runner);
}

struct hook_state hook_runner_state(const struct hook_runner *runner)
{
    return runner->state;
}

void hook_runner_free(struct hook_runner *runner)
{
    if (!runner)
        return;
    watch_stop(&runner->watch);
    file_close(runner->fd);
    (void)waitpid(runner->pid, NULL, 0);
    mem_free(runner);
}
