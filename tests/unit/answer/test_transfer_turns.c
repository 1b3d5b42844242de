// SPDX-License-Identifier: GPL-3.0-or-later
#include <string.h>

#include "answer/transfer_turns.h"
#include "base/clock.h"
#include "test.h"

enum {
    MANY = 120,
    FAST = 1000 /* times the rate below which a reader is slow */
};

struct world {
    struct clock_manual clock;
    struct loop *loop;
    struct turns turns;
    struct user {
        struct turn turn;
        size_t words[TURN_IS_OUT + 1]; /* that it was told, by kind */
        size_t number;                 /* how many had their turn before */
    } users[MANY];
    size_t given;
};

static struct world *now; /* the one that is being tested */

static void hear(void *ctx, enum turn_word word)
{
    struct user *user = (struct user *)ctx;
    user->words[word]++;
    if (word == TURN_COMES)
        user->number = now->given++;
}

static void world_open(struct world *world)
{
    memset(world, 0, sizeof(*world));
    clock_manual_init(&world->clock, 1000, 1000);
    world->loop = loop_new(&world->clock.clock);
    turns_init(&world->turns, world->loop);
    now = world;
}

static void world_done(struct world *world)
{
    for (size_t i = 0; i < MANY; i++)
        turn_end(&world->users[i].turn);
    turns_done(&world->turns);
    loop_free(world->loop);
}

static struct ip source(unsigned last)
{
    return (struct ip){ .family = IP_V4, .bytes = { 192, 0, 2, (uint8_t)last } };
}

static void want(struct world *world, size_t from, size_t to, struct ip ip)
{
    for (size_t i = from; i < to; i++)
        turn_ask(&world->users[i].turn, &world->turns, ip, hear, &world->users[i]);
}

static void settle(struct world *world)
{
    for (int i = 0; i < 32; i++)
        loop_turn(world->loop, 0);
}

static void pass(struct world *world, int64_t ms)
{
    world->clock.now_ms += ms;
    settle(world);
}

static size_t count_going(const struct world *world, size_t from, size_t to)
{
    size_t count = 0;
    for (size_t i = from; i < to; i++)
        count += world->users[i].turn.state == TURN_GOING;
    return count;
}

static size_t count_words(const struct world *world, enum turn_word word)
{
    size_t count = 0;
    for (size_t i = 0; i < MANY; i++)
        count += world->users[i].words[word];
    return count;
}

TEST(turns_are_given_later_and_to_so_many_at_a_time)
{
    static struct world world;
    world_open(&world);
    for (size_t i = 0; i < 60; i++)
        want(&world, i, i + 1, source((unsigned)i));
    CHECK_INT(world.given, 0);
    loop_turn(world.loop, 0); /* questions have their part of each round */
    CHECK(world.given > 0 && world.given < TURNS_MAX);
    settle(&world);
    CHECK_INT(world.given, TURNS_MAX);
    for (size_t i = 0; i < TURNS_MAX; i++)
        CHECK_INT(world.users[i].number, i);
    turn_end(&world.users[5].turn);
    settle(&world);
    CHECK_INT(world.users[TURNS_MAX].number, TURNS_MAX);
    turn_end(&world.users[TURNS_MAX + 1].turn); /* gives up */
    turn_end(&world.users[6].turn);
    settle(&world);
    CHECK_INT(world.users[TURNS_MAX + 1].words[TURN_COMES], 0);
    CHECK_INT(world.users[TURNS_MAX + 2].words[TURN_COMES], 1);
    world_done(&world);
}

TEST(no_source_takes_all_turns_and_the_one_with_the_fewest_is_next)
{
    static struct world world;
    world_open(&world);
    want(&world, 0, 60, source(1));
    settle(&world);
    CHECK_INT(world.given, TURNS_OF_SOURCE);
    want(&world, 60, 70, source(2));
    settle(&world);
    CHECK_INT(count_going(&world, 60, 70), TURNS_MAX - TURNS_OF_SOURCE);
    want(&world, 70, 80, source(3));
    for (size_t i = 0; i < 4; i++)
        turn_end(&world.users[i].turn);
    settle(&world);
    CHECK_INT(count_going(&world, 70, 80), 4);
    CHECK_INT(count_going(&world, 0, 60), TURNS_OF_SOURCE - 4);
    CHECK_INT(world.turns.going, TURNS_MAX);
    world_done(&world);
}

TEST(the_addresses_of_one_network_are_one_source)
{
    static const struct {
        const char *a, *b;
        bool want;
    } rows[] = { { "192.0.2.1", "192.0.2.1", true },
                 { "192.0.2.1", "192.0.2.2", false },
                 { "2001:db8::1", "2001:db8::ffff:2", true },
                 { "2001:db8::1", "2001:db8:0:1::1", false },
                 { "2001:db8::1", "192.0.2.1", false } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct ip a, b;
        CHECK(!ip_parse(str_from(rows[i].a), &a));
        CHECK(!ip_parse(str_from(rows[i].b), &b));
        CHECK(turn_is_same_source(a, b) == rows[i].want);
    }
}

TEST(who_reads_too_slowly_holds_up_nobody)
{
    static struct world world;
    world_open(&world);
    for (size_t i = 0; i < TURNS_MAX; i++)
        want(&world, i, i + 1, source((unsigned)i));
    settle(&world);
    turn_count(&world.users[7].turn, (size_t)FAST * TURNS_SLOW_RATE * TURNS_SLOW_MS);
    pass(&world, TURNS_SLOW_MS);
    CHECK_INT(world.turns.aside, 0); /* nobody waits */
    want(&world, 40, 41, source(40));
    pass(&world, 250);
    CHECK_INT(world.turns.aside, TURNS_MAX - 1);
    CHECK(world.users[7].turn.state == TURN_GOING);
    CHECK(world.users[40].turn.state == TURN_GOING);
    CHECK_INT(count_words(&world, TURN_IS_OUT), 0);
    world_done(&world);
}

TEST(of_too_many_slow_readers_the_slowest_is_ended)
{
    static struct world world;
    world_open(&world);
    for (size_t i = 0; i < MANY; i++) {
        want(&world, i, i + 1, source((unsigned)i));
        settle(&world);
        turn_count(&world.users[i].turn, i == 3 ? 0 : 100 + i); /* far too little */
    }
    CHECK_INT(world.given, TURNS_MAX);
    pass(&world, TURNS_SLOW_MS);
    CHECK_INT(world.given, 2 * TURNS_MAX);
    CHECK_INT(world.turns.aside, TURNS_ASIDE);
    CHECK_INT(count_words(&world, TURN_IS_OUT), 0);
    pass(&world, TURNS_SLOW_MS);
    CHECK_INT(count_words(&world, TURN_IS_OUT), TURNS_MAX);
    CHECK_INT(world.users[3].words[TURN_IS_OUT], 1);
    CHECK_INT(world.turns.aside, TURNS_ASIDE);
    CHECK_INT(world.given, 3 * TURNS_MAX);
    CHECK(world.users[3].turn.state == TURN_NONE);
    world_done(&world);
}

TEST(nobody_waits_for_ever)
{
    static struct world world;
    world_open(&world);
    want(&world, 0, TURNS_OF_SOURCE + 3, source(1));
    settle(&world);
    for (int64_t ms = 0; ms < TURNS_WAIT_MS; ms += 1000) {
        for (size_t i = 0; i < TURNS_OF_SOURCE; i++)
            turn_count(&world.users[i].turn, (size_t)FAST * TURNS_SLOW_RATE * 1000);
        CHECK_INT(count_words(&world, TURN_NEVER), 0);
        pass(&world, 1000);
    }
    for (int i = 0; i < 3; i++)
        pass(&world, 250);
    CHECK_INT(count_words(&world, TURN_NEVER), 3);
    CHECK_INT(world.turns.waiting, 0);
    CHECK_INT(world.turns.going, TURNS_OF_SOURCE);
    world_done(&world);
}
