// SPDX-License-Identifier: GPL-3.0-or-later
/* Finds the watchers of this process, collects the turns of its loops, and gives beats. Without a
 * watcher, a SIGALRM that each beat puts off ends the process. */
#include "net/pulse.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fault.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "net/inherit.h"

enum {
    US_PER_MS = 1000,
    MS_PER_S = 1000,
    INTERVAL_MIN_MS = 50,
    LINE_SIZE = 128
};

/* A loop of another thread. */
struct follower {
    struct follower *next;
    struct pulse *pulse;
    struct loop *loop;
    struct timer timer;
    atomic_uint turns; /* written by its own thread alone */
    unsigned seen;     /* what the first loop saw when it looked last */
};

struct pulse {
    struct pulse_options options;
    int64_t interval_ms;
    struct timer timer;
    struct follower *followers;
    int parent_fd; /* the eventfd of our parent; -1: none */
    int notify_fd; /* connected to NOTIFY_SOCKET; -1: there is none */
    bool is_watched_there;
    bool has_alarm;
    char fault[LINE_SIZE];
};

int64_t pulse_interval(int64_t limit_ms)
{
    int64_t interval_ms = limit_ms / PULSE_BEATS;
    return interval_ms > INTERVAL_MIN_MS ? interval_ms : INTERVAL_MIN_MS;
}

/* ----- the kernel's alarm ----- */

/* For the signal handler, which gets no argument of ours. */
static struct {
    volatile sig_atomic_t missed;
    char line[LINE_SIZE];
    size_t n;
} alarm_state;

static void take_alarm(int number)
{
    alarm_state.missed = alarm_state.missed + 1;
    if (alarm_state.missed < PULSE_BEATS)
        return;
    (void)log_write(str_bytes(alarm_state.line, alarm_state.n));
    (void)signal(number, SIG_DFL);
    (void)raise(number); /* it takes effect when we return */
}

/* Every beat starts the alarm again, so that it never goes off while beats come. 0: ends it. */
static void set_alarm(int64_t interval_ms)
{
    const struct timeval every = { .tv_sec = interval_ms / MS_PER_S,
                                   .tv_usec = interval_ms % MS_PER_S * US_PER_MS };
    /* The first alarm waits for half an interval more, since the beat may be late. */
    int64_t first_ms = interval_ms * 3 / 2;
    const struct itimerval value = { .it_interval = every,
                                     .it_value = { .tv_sec = first_ms / MS_PER_S,
                                                   .tv_usec = first_ms % MS_PER_S *
                                                              US_PER_MS } };
    (void)setitimer(ITIMER_REAL, &value, NULL);
    alarm_state.missed = 0;
}

static void start_alarm(struct pulse *pulse)
{
    struct buf line = BUF_ON(alarm_state.line);
    buf_printf(&line, "error %s hung limit_ms=%lld\n", pulse->options.name,
               (long long)pulse->options.limit_ms);
    alarm_state.n = line.n;
    struct sigaction action = { .sa_handler = take_alarm, .sa_flags = SA_RESTART };
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGALRM, &action, NULL);
    pulse->has_alarm = true;
}

/* ----- watchers ----- */

static int64_t get_number(const char *name)
{
    const char *text = getenv(name);
    uint64_t number = 0;
    return text && !str_to_u64(str_from(text), INT64_MAX, &number) ? (int64_t)number : 0;
}

/* The socket of pulse_connect(), until pulse_start() takes it. There is one for the process. */
static struct {
    bool is_known;
    int fd;
} notify_socket;

/* -1: there is no NOTIFY_SOCKET, or it cannot be connected to. */
static int connect_notify(void)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    size_t n = path ? strlen(path) : 0;
    if (n < 2 || n >= sizeof(address.sun_path) || (path[0] != '/' && path[0] != '@'))
        return -1;
    memcpy(address.sun_path, path, n);
    if (path[0] == '@')
        address.sun_path[0] = 0; /* an abstract socket: no zero ends its name */
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, size) == 0)
        return fd;
    log_warning("notify-socket-refused", LOG_TEXT("why", strerror(errno)));
    file_close(fd);
    return -1;
}

void pulse_connect(void)
{
    notify_socket.fd = connect_notify();
    notify_socket.is_known = true;
}

static int take_notify(void)
{
    if (!notify_socket.is_known)
        return connect_notify();
    notify_socket.is_known = false;
    return notify_socket.fd;
}

/* Sends a word. One that is lost does no harm, since more are sent than are needed. */
static void notify(const struct pulse *pulse, const char *word)
{
    if (pulse->notify_fd >= 0)
        (void)send(pulse->notify_fd, word, strlen(word), MSG_NOSIGNAL);
}

static void find_watchers(struct pulse *pulse)
{
    struct pulse_options *options = &pulse->options;
    const struct inherit_pulse parent = inherit_take_pulse();
    pulse->parent_fd = parent.fd;
    if (parent.fd >= 0 && parent.limit_ms != INHERIT_NO_TIME)
        options->limit_ms = parent.limit_ms;
    pulse->notify_fd = take_notify();
    int64_t wanted_ms = get_number("WATCHDOG_USEC") / US_PER_MS;
    int64_t pid = get_number("WATCHDOG_PID");
    pulse->is_watched_there =
        pulse->notify_fd >= 0 && wanted_ms > 0 && (pid == 0 || pid == getpid());
    if (pulse->is_watched_there)
        options->limit_ms = wanted_ms;
    else if (pulse->parent_fd < 0 && options->limit_ms > 0)
        start_alarm(pulse);
}

/* ----- the beat ----- */

static void hang(const char *fault)
{
    if (fault_hit(fault))
        for (volatile bool hangs = true; hangs;)
            ;
}

static void follower_turned(void *ctx)
{
    struct follower *follower = (struct follower *)ctx;
    (void)atomic_fetch_add(&follower->turns, 1);
    hang("hang.thread");
    /* Turns twice in each interval, so that a slightly late turn is not missed. */
    timer_set(&follower->timer, follower->loop,
              loop_now_ms(follower->loop) + follower->pulse->interval_ms / 2,
              follower_turned, follower);
}

static bool have_all_turned(const struct pulse *pulse)
{
    bool all = true;
    for (struct follower *at = pulse->followers; at; at = at->next) {
        if (atomic_load(&at->turns) == at->seen)
            all = false;
    }
    for (struct follower *at = pulse->followers; at && all; at = at->next)
        at->seen = atomic_load(&at->turns);
    return all;
}

static void give_beat(const struct pulse *pulse)
{
    const uint64_t one = 1;
    if (pulse->parent_fd >= 0) {
        ssize_t written = write(pulse->parent_fd, &one, sizeof(one));
        (void)written; /* it fails only if the parent has read nothing for ages */
    }
    if (pulse->is_watched_there)
        notify(pulse, "WATCHDOG=1");
    if (pulse->has_alarm)
        set_alarm(pulse->interval_ms);
}

static void beat(void *ctx)
{
    struct pulse *pulse = (struct pulse *)ctx;
    timer_set(&pulse->timer, pulse->options.loop,
              loop_now_ms(pulse->options.loop) + pulse->interval_ms, beat, pulse);
    hang(pulse->fault);
    if (have_all_turned(pulse))
        give_beat(pulse);
}

struct pulse *pulse_start(const struct pulse_options *options)
{
    struct pulse *pulse = NEW(struct pulse);
    pulse->options = *options;
    find_watchers(pulse);
    notify(pulse, "READY=1");
    struct buf fault = BUF_ON(pulse->fault);
    buf_printf(&fault, "hang.%s", options->name);
    (void)buf_text(&fault);
    pulse->interval_ms = pulse_interval(pulse->options.limit_ms);
    if (pulse->options.limit_ms > 0)
        beat(pulse);
    return pulse;
}

void pulse_follow(struct pulse *pulse, struct loop *loop)
{
    if (pulse->options.limit_ms <= 0)
        return;
    struct follower *follower = NEW(struct follower);
    follower->pulse = pulse;
    follower->loop = loop;
    follower->next = pulse->followers;
    pulse->followers = follower;
    timer_set(&follower->timer, loop, loop_now_ms(loop), follower_turned, follower);
}

void pulse_stop(struct pulse *pulse)
{
    if (!pulse)
        return;
    if (pulse->has_alarm) {
        const struct itimerval none = { .it_value = { .tv_sec = 0 } };
        (void)setitimer(ITIMER_REAL, &none, NULL);
    }
    timer_stop(&pulse->timer);
    while (pulse->followers) {
        struct follower *follower = pulse->followers;
        pulse->followers = follower->next;
        mem_free(follower); /* its loop, and so its timer, is gone */
    }
    file_close(pulse->parent_fd);
    file_close(pulse->notify_fd);
    mem_free(pulse);
}
