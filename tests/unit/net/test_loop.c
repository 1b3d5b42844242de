// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/loop.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "base/random.h"
#include "test.h"

/* A loop on a clock that stands, and a pair of sockets. */
struct world {
    struct clock_manual clock;
    struct loop *loop;
    int ours, theirs;
};

static void world_init(struct world *world)
{
    clock_manual_init(&world->clock, 1000, 5000);
    world->loop = loop_new(&world->clock.clock);
    int ends[2];
    CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends),
              0);
    world->ours = ends[0];
    world->theirs = ends[1];
}

static void world_done(struct world *world)
{
    file_close(world->ours);
    file_close(world->theirs);
    loop_free(world->loop);
}

struct seen {
    struct watch watch;
    struct watch *victim; /* stopped by the callback */
    unsigned *order;
    unsigned place, calls;
    uint32_t events;
};

static void note(void *ctx, uint32_t events)
{
    struct seen *seen = ctx;
    seen->calls++;
    seen->events |= events;
    if (seen->order)
        seen->place = (*seen->order)++;
    if (seen->victim)
        watch_stop(seen->victim);
}

TEST(a_watch_hears_what_it_asked_for_until_it_is_stopped)
{
    struct world world;
    world_init(&world);
    struct seen seen = { 0 };
    watch_start(&seen.watch, world.loop, world.ours, EPOLLOUT, note, &seen);
    loop_turn(world.loop, 0);
    CHECK_INT(seen.calls, 1);
    CHECK_INT(seen.events, EPOLLOUT);
    watch_change(&seen.watch, EPOLLIN);
    watch_change(&seen.watch, EPOLLIN);
    loop_turn(world.loop, 0);
    CHECK_INT(seen.calls, 1);
    CHECK_INT(write(world.theirs, "x", 1), 1);
    loop_turn(world.loop, 0);
    loop_turn(world.loop, 0);
    CHECK_INT(seen.calls, 3); /* level-triggered */
    watch_stop(&seen.watch);
    watch_stop(&seen.watch);
    loop_turn(world.loop, 0);
    CHECK_INT(seen.calls, 3);
    world_done(&world);
}

TEST(a_forgotten_watch_is_gone_with_its_descriptor)
{
    struct world world;
    world_init(&world);
    struct seen seen = { 0 }, next = { 0 };
    watch_start(&seen.watch, world.loop, world.ours, EPOLLIN, note, &seen);
    CHECK_INT(write(world.theirs, "x", 1), 1);
    watch_forget(&seen.watch);
    watch_forget(&seen.watch);
    CHECK(!seen.watch.loop);
    file_close(world.ours);
    loop_turn(world.loop, 0);
    CHECK_INT(seen.calls, 0);
    /* Another file under the same number in the same slot. */
    world.ours = dup(world.theirs);
    watch_start(&next.watch, world.loop, world.ours, EPOLLOUT, note, &next);
    loop_turn(world.loop, 0);
    CHECK_INT(seen.calls, 0);
    CHECK_INT(next.calls, 1);
    watch_stop(&next.watch);
    world_done(&world);
}

TEST(a_hang_up_comes_unasked)
{
    struct world world;
    world_init(&world);
    struct seen seen = { 0 };
    watch_start(&seen.watch, world.loop, world.ours, 0, note, &seen);
    loop_turn(world.loop, 0);
    CHECK_INT(seen.calls, 0);
    file_close(world.theirs);
    world.theirs = -1;
    loop_turn(world.loop, 0);
    CHECK_INT(seen.calls, 1);
    CHECK(seen.events & EPOLLHUP);
    watch_stop(&seen.watch);
    world_done(&world);
}

TEST(an_event_fetched_for_a_stopped_watch_is_dropped)
{
    struct world world;
    world_init(&world);
    struct seen a = { 0 }, b = { 0 };
    a.victim = &b.watch;
    b.victim = &a.watch;
    watch_start(&a.watch, world.loop, world.ours, EPOLLOUT, note, &a);
    watch_start(&b.watch, world.loop, world.theirs, EPOLLOUT, note, &b);
    loop_turn(world.loop, 0);
    CHECK_INT(a.calls + b.calls, 1);
    watch_stop(&a.watch);
    watch_stop(&b.watch);
    world_done(&world);
}

/* Stops its victim and starts another watch at once, which gets the victim's slot. */
struct swap {
    struct seen seen;
    struct seen *old, *new;
    int fd;
};

static void swap_watches(void *ctx, uint32_t events)
{
    struct swap *swap = ctx;
    (void)events;
    struct loop *loop = swap->old->watch.loop;
    if (!loop)
        return;
    watch_stop(&swap->old->watch);
    watch_start(&swap->new->watch, loop, swap->fd, EPOLLIN, note, swap->new);
}

TEST(a_new_watch_in_the_slot_of_a_stopped_one_does_not_get_its_event)
{
    struct world world;
    world_init(&world);
    struct seen old = { 0 }, new = { 0 };
    struct swap swap = { .old = &old, .new = &new, .fd = world.theirs };
    old.watch.late = true; /* so that the swap comes first */
    watch_start(&old.watch, world.loop, world.theirs, EPOLLOUT, note, &old);
    watch_start(&swap.seen.watch, world.loop, world.ours, EPOLLOUT, swap_watches, &swap);
    loop_turn(world.loop, 0);
    CHECK(new.watch.loop != NULL);
    CHECK_INT(old.calls, 0);
    CHECK_INT(new.calls, 0);
    watch_stop(&new.watch);
    watch_stop(&swap.seen.watch);
    world_done(&world);
}

static void lose_interest(void *ctx, uint32_t events)
{
    (void)events;
    watch_change(ctx, EPOLLIN);
}

TEST(an_event_that_nobody_is_interested_in_any_more_is_dropped)
{
    struct world world;
    world_init(&world);
    struct seen late = { 0 };
    late.watch.late = true;
    struct watch first = { 0 };
    watch_start(&late.watch, world.loop, world.ours, EPOLLOUT, note, &late);
    watch_start(&first, world.loop, world.theirs, EPOLLOUT, lose_interest, &late.watch);
    loop_turn(world.loop, 0);
    CHECK_INT(late.calls, 0);
    watch_stop(&first);
    watch_stop(&late.watch);
    world_done(&world);
}

TEST(late_watches_come_after_all_others_of_a_round)
{
    struct world world;
    world_init(&world);
    unsigned order = 0;
    struct seen late = { .order = &order }, other = { .order = &order };
    late.watch.late = true;
    watch_start(&late.watch, world.loop, world.ours, EPOLLOUT, note, &late);
    watch_start(&other.watch, world.loop, world.theirs, EPOLLOUT, note, &other);
    loop_turn(world.loop, 0);
    CHECK_INT(other.place, 0);
    CHECK_INT(late.place, 1);
    watch_stop(&late.watch);
    watch_stop(&other.watch);
    world_done(&world);
}

TEST(more_watches_than_the_first_table_holds_all_hear)
{
    enum {
        COUNT = 200
    };
    struct world world;
    world_init(&world);
    static struct seen seen[COUNT];
    int fds[COUNT];
    for (int i = 0; i < COUNT; i++) {
        fds[i] = dup(world.ours);
        seen[i] = (struct seen){ 0 };
        watch_start(&seen[i].watch, world.loop, fds[i], EPOLLOUT, note, &seen[i]);
    }
    loop_turn(world.loop, 0);
    for (int i = 0; i < COUNT; i++) {
        CHECK_INT(seen[i].calls, 1);
        watch_stop(&seen[i].watch);
        file_close(fds[i]);
    }
    world_done(&world);
}

/* Timers */

enum {
    TIMERS = 500
};

struct alarms {
    struct world world;
    struct timer timers[TIMERS];
    int64_t at_ms[TIMERS];
    int64_t last_ms;
    unsigned fired;
};

static struct alarms alarms;

static void ring(void *ctx)
{
    const int64_t *at_ms = ctx;
    assert_true(*at_ms >= alarms.last_ms);
    assert_true(*at_ms <= loop_now_ms(alarms.world.loop));
    alarms.last_ms = *at_ms;
    alarms.fired++;
}

TEST(timers_ring_in_their_order_and_stopped_ones_never)
{
    memset(&alarms, 0, sizeof(alarms));
    world_init(&alarms.world);
    struct loop *loop = alarms.world.loop;
    unsigned stopped = 0;
    for (unsigned i = 0; i < TIMERS; i++) {
        alarms.at_ms[i] = 5000 + random_below(1000);
        timer_set(&alarms.timers[i], loop, alarms.at_ms[i], ring, &alarms.at_ms[i]);
    }
    for (unsigned i = 0; i < TIMERS; i += 3) { /* moved, both ways */
        alarms.at_ms[i] = 5000 + random_below(1000);
        timer_set(&alarms.timers[i], loop, alarms.at_ms[i], ring, &alarms.at_ms[i]);
    }
    for (unsigned i = 1; i < TIMERS; i += 5, stopped++)
        timer_stop(&alarms.timers[i]);
    timer_stop(&alarms.timers[1]);
    unsigned before = 0;
    for (int64_t now_ms = 5000; now_ms <= 6000; now_ms += 50) {
        alarms.world.clock.now_ms = now_ms;
        loop_turn(loop, 0);
        CHECK(alarms.fired >= before);
        before = alarms.fired;
    }
    CHECK_INT(alarms.fired, TIMERS - stopped);
    world_done(&alarms.world);
}

struct again {
    struct timer timer;
    struct loop *loop;
    unsigned calls;
};

static void set_again(void *ctx)
{
    struct again *again = ctx;
    again->calls++;
    timer_set(&again->timer, again->loop, loop_now_ms(again->loop), set_again, again);
}

TEST(a_timer_that_sets_itself_to_now_rings_once_a_round)
{
    struct world world;
    world_init(&world);
    struct again again = { .loop = world.loop };
    struct timer much_later = { 0 };
    timer_set(&much_later, world.loop, loop_now_ms(world.loop) + 1000000, set_again,
              NULL);
    set_again(&again);
    loop_turn(world.loop, -1);
    loop_turn(world.loop, -1);
    CHECK_INT(again.calls, 3);
    timer_stop(&again.timer);
    timer_stop(&much_later);
    world_done(&world);
}

static void stop_loop(void *ctx)
{
    loop_stop(ctx);
}

TEST(a_run_waits_for_its_timer_and_ends_when_told)
{
    struct loop *loop = loop_new(clock_system());
    CHECK(loop_clock(loop) == clock_system());
    struct timer timer = { 0 }, never = { 0 };
    int64_t at_ms = loop_now_ms(loop) + 20;
    timer_set(&timer, loop, at_ms, stop_loop, loop);
    timer_set(&never, loop, INT64_MAX, stop_loop, loop);
    loop_run(loop);
    CHECK(loop_now_ms(loop) >= at_ms);
    int64_t before_ms = loop_now_ms(loop);
    loop_turn(loop, 1);
    CHECK(loop_now_ms(loop) < before_ms + 5000);
    loop_free(loop);
    loop_free(NULL);
}

/* Wake-ups and signals */

struct woken {
    struct wake wake;
    struct loop *loop;
    unsigned calls;
};

static void woken(void *ctx)
{
    struct woken *seen = ctx;
    seen->calls++;
    loop_stop(seen->loop);
}

static void *wake_up(void *ctx)
{
    wake_send(ctx);
    return NULL;
}

TEST(another_thread_wakes_the_loop)
{
    struct woken seen = { .loop = loop_new(clock_system()) };
    CHECK_INT(wake_start(&seen.wake, seen.loop, woken, &seen, NULL), OK);
    pthread_t thread;
    CHECK_INT(pthread_create(&thread, NULL, wake_up, &seen.wake), 0);
    loop_run(seen.loop);
    CHECK_INT(pthread_join(thread, NULL), 0);
    CHECK_INT(seen.calls, 1);
    wake_send(&seen.wake);
    wake_send(&seen.wake);
    loop_turn(seen.loop, 0);
    CHECK_INT(seen.calls, 2);
    loop_turn(seen.loop, 0);
    CHECK_INT(seen.calls, 2);
    wake_stop(&seen.wake);
    wake_stop(&seen.wake);
    loop_free(seen.loop);
}

struct signals {
    int numbers[8];
    unsigned count;
};

static void take_signal(void *ctx, int number)
{
    struct signals *signals = ctx;
    signals->numbers[signals->count++ % 8] = number;
}

TEST(a_signal_that_comes_during_the_start_waits_for_the_loop)
{
    loop_hold_signals();
    CHECK_INT(raise(SIGHUP), 0);
    CHECK_INT(raise(SIGUSR2), 0);
    struct loop *loop = loop_new(clock_system());
    struct signals seen = { 0 };
    CHECK_INT(loop_signals(loop, take_signal, &seen, NULL), OK);
    for (int turn = 0; turn < 10 && seen.count < 2; turn++)
        loop_turn(loop, 1000);
    CHECK_INT(seen.count, 2);
    CHECK_INT(seen.numbers[0] + seen.numbers[1], SIGHUP + SIGUSR2);
    loop_free(loop);
    sigset_t mask;
    CHECK_INT(sigprocmask(SIG_BLOCK, NULL, &mask), 0);
    CHECK(!sigismember(&mask, SIGTERM) && !sigismember(&mask, SIGHUP));
}

TEST(signals_become_calls_and_the_old_mask_comes_back)
{
    struct loop *loop = loop_new(clock_system());
    struct signals seen = { 0 };
    CHECK_INT(loop_signals(loop, take_signal, &seen, NULL), OK);
    static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGCHLD };
    for (unsigned i = 0; i < LENGTH_OF(numbers); i++) {
        CHECK_INT(raise(numbers[i]), 0);
        loop_turn(loop, 1000);
        CHECK_INT(seen.count, i + 1);
        CHECK_INT(seen.numbers[i], numbers[i]);
    }
    CHECK_INT(raise(SIGPIPE), 0);
    loop_free(loop);
    sigset_t mask;
    CHECK_INT(sigprocmask(SIG_BLOCK, NULL, &mask), 0);
    CHECK(!sigismember(&mask, SIGTERM));
}
