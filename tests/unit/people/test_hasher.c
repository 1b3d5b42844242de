// SPDX-License-Identifier: GPL-3.0-or-later
#include "people/hasher.h"

#include <string.h>

#include "test.h"

enum {
    TURNS_MAX = 5000,
    TURN_MS = 20,
    TOO_MANY = HASHER_QUEUE + 3
};

static const char outdated[] = "$argon2id$v=19$m=64,t=1,p=1$pz+fJO0zvf5OIyWMT/99AQ$"
                               "sviLvS2eTYscXALsDiiOI2eY73hE1iQxZzCPiBX7Bm4";

struct got {
    size_t count;
    struct hash_order *last;
};

static void keep(void *ctx, struct hash_order *order)
{
    struct got *got = (struct got *)ctx;
    got->count++;
    hash_order_free(got->last);
    got->last = order;
}

static struct hash_order *order_for(struct got *got)
{
    struct hash_order *order = hash_order_new();
    order->done = keep;
    order->ctx = got;
    return order;
}

static struct hash_order *checking(struct got *got, const char *password,
                                   const char *hash)
{
    char room[PASSWORD_HASH_SIZE] = "";
    struct hash_order *order = order_for(got);
    memcpy(room, hash, strlen(hash) + 1);
    CHECK(hash_order_check(order, str_from(password), room));
    return order;
}

static void wait_for(struct loop *loop, const struct got *got, size_t count)
{
    for (int i = 0; i < TURNS_MAX && got->count < count; i++)
        loop_turn(loop, TURN_MS);
    CHECK_INT(got->count, count);
}

/* One order, alone. */
static struct hash_order *work(struct loop *loop, struct hasher *hasher,
                               struct hash_order *order)
{
    struct got *got = (struct got *)order->ctx;
    *got = (struct got){ .count = 0 };
    CHECK_INT(hasher_submit(hasher, order), OK);
    wait_for(loop, got, 1);
    return got->last;
}

TEST(nobodys_password_costs_as_many_hashes_as_a_wrong_one_and_a_right_one)
{
    CLEANUP(loop_freep) struct loop *loop = loop_new(clock_system());
    struct hasher *hasher = NULL;
    struct got got;
    char hash[PASSWORD_HASH_SIZE];
    CHECK_INT(password_hash(STR("hat 9 Esel, braun"), hash, NULL), OK);
    CHECK_INT(hasher_start(loop, &hasher, NULL), OK);
    static const struct {
        const char *password;
        bool known, matches;
    } rows[] = {
        { "hat 9 Esel, braun", true, true },
        { "hat 9 Esel, grau", true, false },
        { "hat 9 Esel, braun", false, false },
        { "", false, false },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct hash_order *order = work(
            loop, hasher, checking(&got, rows[i].password, rows[i].known ? hash : ""));
        CHECK_INT(order->matches, rows[i].matches);
        CHECK_INT(order->hashes, 1);
        CHECK(!order->made[0]);
        hash_order_free(order);
    }
    CHECK_INT(hasher_count(hasher).hashes, LENGTH_OF(rows));
    hasher_stop(hasher);
}

TEST(a_new_password_is_hashed_only_if_the_old_one_matches_and_it_is_good)
{
    CLEANUP(loop_freep) struct loop *loop = loop_new(clock_system());
    struct hasher *hasher = NULL;
    struct got got;
    char hash[PASSWORD_HASH_SIZE];
    CHECK_INT(password_hash(STR("old"), hash, NULL), OK);
    CHECK_INT(hasher_start(loop, &hasher, NULL), OK);
    static const struct {
        const char *old, *wanted;
        enum status status;
        bool made;
        unsigned hashes;
    } rows[] = {
        { "old", "vier blaue Tische am Abend", OK, true, 2 },
        { "old", "Passwort1234", ERR_LIMIT, false, 1 },
        { "oldd", "vier blaue Tische am Abend", OK, false, 1 },
        { NULL, "vier blaue Tische am Abend", OK, true, 1 },
        { NULL, "kurz", ERR_LIMIT, false, 0 },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct hash_order *order =
            rows[i].old ? checking(&got, rows[i].old, hash) : order_for(&got);
        CHECK(hash_order_want(order, str_from(rows[i].wanted)));
        order = work(loop, hasher, order);
        CHECK_INT(order->status, rows[i].status);
        CHECK_INT(order->made[0] != 0, rows[i].made);
        CHECK_INT(order->hashes, rows[i].hashes);
        if (rows[i].made)
            CHECK(password_matches(str_from(rows[i].wanted), order->made));
        hash_order_free(order);
    }
    hasher_stop(hasher);
}

TEST(a_password_that_matches_an_outdated_hash_gets_a_new_one)
{
    CLEANUP(loop_freep) struct loop *loop = loop_new(clock_system());
    struct hasher *hasher = NULL;
    struct got got;
    CHECK_INT(hasher_start(loop, &hasher, NULL), OK);
    struct hash_order *order = work(loop, hasher, checking(&got, "password", outdated));
    CHECK(order->matches);
    CHECK(strncmp(order->made, "$argon2id$v=19$m=19456,t=2,p=1$", 31) == 0);
    CHECK(password_matches(STR("password"), order->made));
    hash_order_free(order);
    order = work(loop, hasher, checking(&got, "passwort", outdated));
    CHECK(!order->matches && !order->made[0]);
    hash_order_free(order);
    hasher_stop(hasher);
}

TEST(a_full_queue_refuses_at_once_and_every_order_comes_back)
{
    CLEANUP(loop_freep) struct loop *loop = loop_new(clock_system());
    struct hasher *hasher = NULL;
    struct got got = { .count = 0 };
    size_t taken = 0;
    CHECK_INT(hasher_start(loop, &hasher, NULL), OK);
    for (size_t i = 0; i < TOO_MANY; i++) {
        struct hash_order *order = checking(&got, "x", "");
        enum status status = hasher_submit(hasher, order);
        CHECK_INT(status, taken < HASHER_QUEUE ? OK : ERR_BUSY);
        taken += !status;
        if (status)
            hash_order_free(order);
    }
    CHECK_INT(hasher_count(hasher).refused, TOO_MANY - HASHER_QUEUE);
    CHECK_INT(hasher_count(hasher).waiting, HASHER_QUEUE);
    wait_for(loop, &got, 1);
    struct hash_order *more = checking(&got, "x", "");
    CHECK_INT(hasher_submit(hasher, more), OK);
    hasher_stop(hasher);
    CHECK_INT(got.count, HASHER_QUEUE + 1);
    CHECK(got.last->dropped);
    hash_order_free(got.last);
}

TEST(what_is_longer_than_a_password_is_not_taken)
{
    char text[PASSWORD_BYTES_MAX + 1] = "", hash[PASSWORD_HASH_SIZE] = "";
    struct hash_order *order = hash_order_new();
    CHECK(!hash_order_check(order, str_bytes(text, sizeof(text)), hash));
    CHECK(!hash_order_want(order, str_bytes(text, sizeof(text))));
    CHECK(hash_order_want(order, str_bytes(text, PASSWORD_BYTES_MAX)));
    hash_order_free(order);
}
