// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/keeper.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "net/pulse.h"

enum {
    MS_PER_S = 1000,
    START_FACTOR = 10, /* a role without a beat so far has so many times as long */
    STAT_MAX = 4096
};

static int64_t limit_ms(const struct keeper *keeper)
{
    return (int64_t)keeper->config->hang_after_s * MS_PER_S;
}

int64_t keeper_limit_ms(const struct keeper *keeper, enum role role)
{
    const struct keeper_role *kept = &keeper->of[role];
    return kept->former_pid ? kept->former_limit_ms : limit_ms(keeper);
}

/* How long a role may give no beat. While a former process runs, perhaps beside the next one, the
 * longer of both limits counts. 0: the former process gives no beats. */
static int64_t patience_ms(const struct keeper *keeper, enum role role)
{
    int64_t of_role = keeper_limit_ms(keeper, role), ours = limit_ms(keeper);
    return of_role == 0 || of_role > ours ? of_role : ours;
}

/* What the process does, in the kernel's letters: R runs, S and D wait, T is stopped. */
static char state_of(pid_t pid)
{
    char storage[64];
    struct buf path = BUF_ON(storage);
    buf_printf(&path, "/proc/%d/stat", (int)pid);
    CLEANUP(mem_freep) char *text = NULL;
    size_t n = 0;
    if (file_read(buf_text(&path), STAT_MAX, &text, &n, NULL))
        return '?';
    const char *end = strrchr(text, ')'); /* of the name, which may have any character */
    return end && end[1] == ' ' && end[2] ? end[2] : '?';
}

static void give_up(struct keeper *keeper, enum role role)
{
    struct keeper_role *kept = &keeper->of[role];
    const char *name = role_names[role];
    pid_t pid = process_group_pid(keeper->group, name);
    const char state[2] = { state_of(pid), 0 };
    struct buf reason = BUF_ON(kept->reason);
    int64_t ms = patience_ms(keeper, role) * (kept->was_heard ? 1 : START_FACTOR);
    buf_printf(&reason, "hung: its loop %s for %lld s (state %s)",
               kept->was_heard ? "did not turn" : "did not begin to turn",
               (long long)(ms / MS_PER_S), state);
    log_error("role-hung", LOG_TEXT("role", name), LOG_NUMBER("pid", pid),
              LOG_TEXT("why", buf_text(&reason)));
    kept->is_hung = true;
    kept->hangs++;
    kept->ended_s = clock_wall_s(clock_system());
    keeper->changed(keeper->ctx);
    /* No other signal ends a process that is stopped or in an endless loop. */
    process_group_kill(keeper->group, name, SIGKILL);
}

static void look_at(struct keeper *keeper, enum role role)
{
    struct keeper_role *kept = &keeper->of[role];
    uint64_t beats = 0;
    int64_t looks = patience_ms(keeper, role) / pulse_interval(limit_ms(keeper));
    if (!looks || !kept->is_watched ||
        !process_group_pid(keeper->group, role_names[role]))
        return;
    if (read(kept->fd, &beats, sizeof(beats)) == sizeof(beats)) {
        kept->was_heard = true;
        kept->missing = 0;
        return;
    }
    int64_t allowed = looks * (kept->was_heard ? 1 : START_FACTOR);
    if (++kept->missing > allowed && !kept->is_hung)
        give_up(keeper, role);
}

static void look(void *ctx)
{
    struct keeper *keeper = (struct keeper *)ctx;
    for (enum role role = 0; role < ROLE_COUNT; role++)
        look_at(keeper, role);
    timer_set(&keeper->timer, keeper->loop,
              loop_now_ms(keeper->loop) + pulse_interval(limit_ms(keeper)), look, keeper);
}

void keeper_start(struct keeper *keeper, const struct keeper_former former[ROLE_COUNT])
{
    for (enum role role = 0; role < ROLE_COUNT; role++) {
        int fd = former[role].pulse.fd;
        int64_t told_ms = former[role].pulse.limit_ms;
        keeper->of[role].is_watched = fd >= 0;
        keeper->of[role].former_pid = former[role].pid;
        keeper->of[role].former_limit_ms =
            told_ms == INHERIT_NO_TIME ? limit_ms(keeper) : told_ms;
        if (fd < 0)
            fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (fd < 0)
            log_warning("role-not-watched", LOG_TEXT("role", role_names[role]),
                        LOG_TEXT("why", strerror(errno)));
        keeper->of[role].fd = fd;
    }
    if (limit_ms(keeper) > 0)
        look(keeper);
}

void keeper_stop(struct keeper *keeper)
{
    timer_stop(&keeper->timer);
    for (enum role role = 0; role < ROLE_COUNT; role++)
        file_close(keeper->of[role].fd);
}

void keeper_find(struct keeper *keeper, enum role role)
{
    struct keeper_role *kept = &keeper->of[role];
    if (process_group_pid(keeper->group, role_names[role]) != kept->former_pid)
        kept->former_pid = 0; /* it has ended */
}

void keeper_describe(struct keeper *keeper, enum role role,
                     struct launch_sockets *sockets, struct process_options *options)
{
    struct keeper_role *kept = &keeper->of[role];
    if (kept->fd < 0 || sockets->count == INHERIT_MAX)
        return;
    struct buf variable = BUF_ON(kept->variable);
    buf_printf(&variable, INHERIT_PULSE "=%zu:%lld",
               (size_t)INHERIT_FIRST + sockets->count, (long long)limit_ms(keeper));
    kept->environment[0] = buf_text(&variable);
    sockets->list[sockets->count++] =
        (struct process_socket){ .fd = kept->fd, .name = "pulse" };
    options->sockets = sockets->list;
    options->socket_count = sockets->count;
    options->environment = kept->environment;
}

static void tell_reason(struct keeper_role *kept, int wait_status)
{
    struct buf reason = BUF_ON(kept->reason);
    if (WIFSIGNALED(wait_status))
        buf_printf(&reason, "ended by signal %d", WTERMSIG(wait_status));
    else
        buf_printf(&reason, "ended with code %d", WEXITSTATUS(wait_status));
    (void)buf_text(&reason);
    kept->ended_s = clock_wall_s(clock_system());
}

void keeper_note(struct keeper *keeper, const char *name,
                 const struct keeper_event *event)
{
    bool started = event->started;
    enum role role = ROLE_FRONT;
    while (strcmp(role_names[role], name) != 0)
        role++;
    struct keeper_role *kept = &keeper->of[role];
    uint64_t beats = 0;
    if (started && kept->fd >= 0) /* beats of the process before do not count */
        (void)!read(kept->fd, &beats, sizeof(beats));
    if (!started && event->pid == kept->former_pid)
        kept->former_pid = 0;
    kept->missing = 0;
    kept->is_watched |= started && kept->environment[0];
    kept->was_heard &= !started;
    if (!started && !event->meant) {
        kept->restarts++;
        if (!kept->is_hung)
            tell_reason(kept, event->wait_status);
    }
    kept->is_hung &= started;
    keeper->changed(keeper->ctx);
}

void keeper_put_status(const struct keeper *keeper, struct json *status)
{
    struct json *all = json_new_array();
    for (enum role role = 0; role < ROLE_COUNT; role++) {
        const struct keeper_role *kept = &keeper->of[role];
        struct json *one = json_new_object();
        json_put_text(one, "role", str_from(role_names[role]));
        json_put_bool(one, "hung", kept->is_hung);
        json_put_number(one, "restarts", kept->restarts);
        json_put_number(one, "hangs", kept->hangs);
        if (kept->ended_s) {
            json_put_text(one, "last_end", str_from(kept->reason));
            json_put_number(one, "last_end_at", kept->ended_s);
        }
        json_append(all, one);
    }
    json_put(status, "roles", all);
}
