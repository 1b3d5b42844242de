// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/mem.h"

#include <string.h>

#include "ends.h"
#include "test.h"

TEST(new_memory_is_zero_and_there)
{
    CLEANUP(mem_freep) char *one = mem_new(100);
    CLEANUP(mem_freep) int *many = mem_new_array(10, sizeof(int));
    CLEANUP(mem_freep) void *none = mem_new(0);
    CHECK(none);
    for (size_t i = 0; i < 100; i++)
        CHECK_INT(one[i], 0);
    for (size_t i = 0; i < 10; i++)
        CHECK_INT(many[i], 0);
}

TEST(a_resized_array_keeps_its_items)
{
    CLEANUP(mem_freep) int *items = NULL;
    items = mem_resize(items, 1, sizeof(int));
    items[0] = 7;
    items = mem_resize(items, 1000, sizeof(int));
    CHECK_INT(items[0], 7);
    items = mem_resize(items, 0, sizeof(int));
    CHECK(items);
}

TEST(an_array_that_grows_keeps_its_items_and_moves_seldom)
{
    CLEANUP(mem_freep) size_t *items = NULL;
    size_t room = 0, moves = 0;
    for (size_t i = 0; i < 10000; i++) {
        size_t before = room;
        items = mem_grow(items, i + 1, &room, sizeof(*items));
        CHECK(room > i);
        moves += room != before;
        items[i] = i;
    }
    for (size_t i = 0; i < 10000; i++)
        CHECK(items[i] == i);
    CHECK(moves <= 14); /* the binary logarithm of 10000 */
}

TEST(an_array_with_room_enough_stays_where_it_is)
{
    CLEANUP(mem_freep) char *items = NULL;
    size_t room = 0;
    CHECK(!mem_grow(NULL, 0, &room, 1));
    CHECK_INT(room, 0);
    items = mem_grow(items, 1000, &room, 1);
    CHECK(room >= 1000);
    size_t before = room;
    CHECK(mem_grow(items, before, &room, 1) == items);
    CHECK_INT(room, before);
}

TEST(a_text_is_copied)
{
    CLEANUP(mem_freep) char *copy = mem_copy_text("text");
    CHECK_TEXT(copy, "text");
    CHECK(!mem_copy_text(NULL));
}

TEST(a_secret_is_wiped)
{
    char secret[] = "secret";
    mem_wipe(secret, 3);
    CHECK(memcmp(secret, "\0\0\0ret", 6) == 0);
    mem_wipe(NULL, 0);
}

static void ask_too_many(void)
{
    mem_free(mem_new_array(SIZE_MAX, 2));
}

static void grow_too_far(void)
{
    size_t room = SIZE_MAX / 2 + 1;
    mem_free(mem_grow(NULL, room + 1, &room, 1));
}

static void grow_too_wide(void)
{
    size_t room = 0;
    mem_free(mem_grow(NULL, SIZE_MAX / 2, &room, 4));
}

TEST(a_size_that_overflows_ends_the_process)
{
    CHECK(ends(ask_too_many));
    CHECK(ends(grow_too_far));
    CHECK(ends(grow_too_wide));
}

TEST(sums_and_products_that_overflow_are_refused)
{
    size_t out = 7;
    CHECK(!size_add(SIZE_MAX, 1, &out));
    CHECK(!size_multiply(SIZE_MAX / 2, 3, &out));
    CHECK_INT(out, 7);
    CHECK(size_add(SIZE_MAX - 1, 1, &out));
    CHECK(out == SIZE_MAX);
    CHECK(size_multiply(6, 7, &out));
    CHECK_INT(out, 42);
}

TEST(take_leaves_null_behind)
{
    char *held = mem_copy_text("x");
    CLEANUP(mem_freep) char *taken = TAKE(held);
    CHECK(!held);
    CHECK_TEXT(taken, "x");
}
