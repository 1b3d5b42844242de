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

TEST(a_size_that_overflows_ends_the_process)
{
    CHECK(ends(ask_too_many));
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
