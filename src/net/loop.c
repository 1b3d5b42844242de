// SPDX-License-Identifier: GPL-3.0-or-later
/* The event loop, on top of epoll. A watch owns a slot of a table while it is started.
 *
 * Each event from epoll has the number of a slot and a generation, which grows with every stop. An
 * event for a watch that was stopped meanwhile has an old generation, and is dropped. That holds
 * even if the slot or the descriptor's number has a new owner. */
#include "net/loop.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"

enum {
    EVENTS_PER_ROUND = 256,
    NO_SLOT = INT_MAX, /* the end of the list of free slots */
};

struct slot {
    struct watch *watch; /* NULL: free */
    uint32_t generation;
    uint32_t interest;
    unsigned next_free;
};

struct loop {
    const struct clock *clock;
    int64_t now_ms;
    int epoll_fd;
    bool stopped;

    struct slot *slots;
    unsigned slot_count;
    unsigned first_free;

    /* The earliest timer is first: none is earlier than its parent, (place - 1) / 2. */
    struct timer **heap;
    size_t timer_count;
    uint64_t timer_order; /* of the next timer that is set */
    size_t timer_size;

    struct watch signal_watch;
    struct watch parent_watch; /* if the process ends with its parent */
    sigset_t mask_before;
    signal_fn signal_call;
    void *signal_ctx;

    struct epoll_event events[EVENTS_PER_ROUND];
};

static void die(const char *what)
{
    log_error("loop-failed", LOG_TEXT("call", what), LOG_TEXT("error", strerror(errno)));
    abort();
}

struct loop *loop_new(const struct clock *clock)
{
    struct loop *loop = NEW(struct loop);
    loop->clock = clock;
    loop->now_ms = clock_steady_ms(clock);
    loop->first_free = NO_SLOT;
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll_fd < 0)
        die("epoll_create1");
    return loop;
}

static void end_watch(struct watch *watch)
{
    int fd = watch->fd;
    watch_stop(watch);
    file_close(fd);
}

void loop_free(struct loop *loop)
{
    if (!loop)
        return;
    if (loop->parent_watch.loop)
        end_watch(&loop->parent_watch);
    if (loop->signal_watch.loop) {
        end_watch(&loop->signal_watch);
        (void)sigprocmask(SIG_SETMASK, &loop->mask_before, NULL);
    }
    file_close(loop->epoll_fd);
    mem_free(loop->slots);
    mem_free(loop->heap);
    mem_free(loop);
}

int64_t loop_now_ms(const struct loop *loop)
{
    return loop->now_ms;
}

const struct clock *loop_clock(const struct loop *loop)
{
    return loop->clock;
}

void loop_stop(struct loop *loop)
{
    loop->stopped = true;
}

/* Watches */

static void grow_slots(struct loop *loop)
{
    unsigned count = loop->slot_count ? loop->slot_count * 2 : 64;
    loop->slots = mem_resize(loop->slots, count, sizeof(*loop->slots));
    for (unsigned i = count; i-- > loop->slot_count;) {
        loop->slots[i] = (struct slot){ .next_free = loop->first_free };
        loop->first_free = i;
    }
    loop->slot_count = count;
}

static void control(const struct watch *watch, int operation, uint32_t events)
{
    uint64_t generation = watch->loop->slots[watch->slot].generation;
    struct epoll_event event = { .events = events,
                                 .data.u64 = generation << 32 | watch->slot };
    /* This fails when the kernel has no memory, or when the descriptor cannot be watched. */
    if (epoll_ctl(watch->loop->epoll_fd, operation, watch->fd, &event))
        die("epoll_ctl");
}

void watch_start(struct watch *watch, struct loop *loop, int fd, uint32_t events,
                 watch_fn fn, void *ctx)
{
    assert(!watch->loop);
    if (loop->first_free == NO_SLOT)
        grow_slots(loop);
    watch->loop = loop;
    watch->fd = fd;
    watch->fn = fn;
    watch->ctx = ctx;
    watch->slot = loop->first_free;
    struct slot *slot = &loop->slots[watch->slot];
    loop->first_free = slot->next_free;
    slot->watch = watch;
    slot->interest = events;
    control(watch, EPOLL_CTL_ADD, events);
}

void watch_change(struct watch *watch, uint32_t events)
{
    assert(watch->loop);
    struct slot *slot = &watch->loop->slots[watch->slot];
    if (slot->interest == events)
        return;
    slot->interest = events;
    control(watch, EPOLL_CTL_MOD, events);
}

void watch_stop(struct watch *watch)
{
    if (watch->loop)
        control(watch, EPOLL_CTL_DEL, 0);
    watch_forget(watch);
}

void watch_forget(struct watch *watch)
{
    struct loop *loop = watch->loop;
    if (!loop)
        return;
    struct slot *slot = &loop->slots[watch->slot];
    slot->watch = NULL;
    slot->generation++;
    slot->next_free = loop->first_free;
    loop->first_free = watch->slot;
    watch->loop = NULL;
}

static void deliver(struct loop *loop, const struct epoll_event *event, bool late)
{
    const struct slot *slot = &loop->slots[(uint32_t)event->data.u64];
    if (!slot->watch || slot->generation != (uint32_t)(event->data.u64 >> 32))
        return;
    if (slot->watch->late != late)
        return;
    /* The interest may have changed since the event was fetched. */
    uint32_t events = event->events & (slot->interest | EPOLLERR | EPOLLHUP);
    if (events)
        slot->watch->fn(slot->watch->ctx, events);
}

/* Timers: a binary heap. Timers of the same time run in the order in which they were set. */

static bool before(const struct timer *a, const struct timer *b)
{
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->order < b->order;
}

static void place_timer(struct loop *loop, struct timer *timer, size_t place)
{
    loop->heap[place] = timer;
    timer->place = place;
}

/* Puts `timer` where it belongs; `place` is free. */
static void sift(struct loop *loop, struct timer *timer, size_t place)
{
    while (place > 0 && before(timer, loop->heap[(place - 1) / 2])) {
        place_timer(loop, loop->heap[(place - 1) / 2], place);
        place = (place - 1) / 2;
    }
    for (size_t child = place * 2 + 1; child < loop->timer_count; child = place * 2 + 1) {
        if (child + 1 < loop->timer_count &&
            before(loop->heap[child + 1], loop->heap[child]))
            child++;
        if (before(timer, loop->heap[child]))
            break;
        place_timer(loop, loop->heap[child], place);
        place = child;
    }
    place_timer(loop, timer, place);
}

void timer_set(struct timer *timer, struct loop *loop, int64_t at_ms, timer_fn fn,
               void *ctx)
{
    assert(!timer->loop || timer->loop == loop);
    timer->at_ms = at_ms;
    timer->order = loop->timer_order++;
    timer->fn = fn;
    timer->ctx = ctx;
    if (!timer->loop) {
        loop->heap = mem_grow(loop->heap, loop->timer_count + 1, &loop->timer_size,
                              sizeof(*loop->heap));
        timer->loop = loop;
        timer->place = loop->timer_count++;
    }
    sift(loop, timer, timer->place);
}

void timer_stop(struct timer *timer)
{
    struct loop *loop = timer->loop;
    if (!loop)
        return;
    timer->loop = NULL;
    struct timer *last = loop->heap[--loop->timer_count];
    if (last != timer)
        sift(loop, last, timer->place);
}

static void run_timers(struct loop *loop)
{
    /* Only timers that were set before: one that sets itself to "now" waits for the next round. */
    const uint64_t end = loop->timer_order;
    while (loop->timer_count > 0) {
        struct timer *first = loop->heap[0];
        if (first->at_ms > loop->now_ms || first->order >= end)
            return;
        timer_stop(first);
        first->fn(first->ctx);
    }
}

static int wait_time(const struct loop *loop, int wait_ms)
{
    if (loop->timer_count == 0 || wait_ms == 0)
        return wait_ms;
    int64_t left = loop->heap[0]->at_ms - clock_steady_ms(loop->clock);
    if (left <= 0)
        return 0;
    if (wait_ms >= 0 && left > wait_ms)
        return wait_ms;
    return left < INT_MAX ? (int)left : INT_MAX;
}

/* Rounds */

void loop_turn(struct loop *loop, int wait_ms)
{
    int count = epoll_wait(loop->epoll_fd, loop->events, EVENTS_PER_ROUND,
                           wait_time(loop, wait_ms));
    if (count < 0 && errno != EINTR)
        die("epoll_wait");
    loop->now_ms = clock_steady_ms(loop->clock);
    for (int i = 0; i < count; i++)
        deliver(loop, &loop->events[i], false);
    for (int i = 0; i < count; i++)
        deliver(loop, &loop->events[i], true);
    run_timers(loop);
}

void loop_run(struct loop *loop)
{
    while (!loop->stopped)
        loop_turn(loop, -1);
    loop->stopped = false;
}

/* Wake-ups */

static void take_wake(void *ctx, uint32_t events)
{
    (void)events;
    struct wake *wake = ctx;
    uint64_t count = 0;
    if (read(wake->fd, &count, sizeof(count)) == sizeof(count))
        wake->fn(wake->ctx);
}

enum status wake_start(struct wake *wake, struct loop *loop, timer_fn fn, void *ctx,
                       struct error *err)
{
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0)
        return FAIL(err, ERR_IO, "eventfd: %s", strerror(errno));
    *wake = (struct wake){ .fd = fd, .fn = fn, .ctx = ctx };
    watch_start(&wake->watch, loop, fd, EPOLLIN, take_wake, wake);
    return OK;
}

void wake_send(struct wake *wake)
{
    int saved = errno; /* a signal handler must leave it alone */
    uint64_t one = 1;
    /* This fails only when the counter is at its limit, and then the loop wakes up anyway. */
    ssize_t written = write(wake->fd, &one, sizeof(one));
    (void)written;
    errno = saved;
}

void wake_stop(struct wake *wake)
{
    if (!wake->watch.loop)
        return;
    watch_stop(&wake->watch);
    file_close(wake->fd);
    wake->fd = -1;
}

/* Signals */

static void take_signal(void *ctx, uint32_t events)
{
    (void)events;
    struct loop *loop = ctx;
    struct signalfd_siginfo info;
    if (read(loop->signal_watch.fd, &info, sizeof(info)) == sizeof(info))
        loop->signal_call(loop->signal_ctx, (int)info.ssi_signo);
}

static const int signal_numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGUSR2 };

static sigset_t our_signals(void)
{
    sigset_t set;
    (void)sigemptyset(&set);
    for (size_t i = 0; i < LENGTH_OF(signal_numbers); i++)
        (void)sigaddset(&set, signal_numbers[i]);
    return set;
}

void loop_hold_signals(void)
{
    const sigset_t set = our_signals();
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
}

static void parent_ended(void *ctx, uint32_t events)
{
    struct loop *loop = ctx;
    (void)events;
    end_watch(&loop->parent_watch);
    (void)raise(SIGTERM);
}

/* The kernel sends the signal of PR_SET_PDEATHSIG with the rights of the parent, which may not
 * signal us if we run under another user. So we watch for the parent's end, too. */
static void follow_parent(struct loop *loop)
{
    int number = 0;
    if (prctl(PR_GET_PDEATHSIG, &number) || number != SIGTERM)
        return;
    int fd = (int)syscall(SYS_pidfd_open, getppid(), 0);
    if (fd >= 0)
        watch_start(&loop->parent_watch, loop, fd, EPOLLIN, parent_ended, loop);
}

enum status loop_signals(struct loop *loop, signal_fn fn, void *ctx, struct error *err)
{
    assert(!loop->signal_watch.loop);
    const sigset_t set = our_signals();
    int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0)
        return FAIL(err, ERR_IO, "signalfd: %s", strerror(errno));
    (void)signal(SIGPIPE, SIG_IGN);
    (void)sigprocmask(SIG_BLOCK, &set, &loop->mask_before);
    /* loop_free() unblocks signals that were blocked before: a process that ends must still get
     * SIGTERM. */
    for (size_t i = 0; i < LENGTH_OF(signal_numbers); i++)
        (void)sigdelset(&loop->mask_before, signal_numbers[i]);
    loop->signal_call = fn;
    loop->signal_ctx = ctx;
    watch_start(&loop->signal_watch, loop, fd, EPOLLIN, take_signal, loop);
    follow_parent(loop);
    return OK;
}
