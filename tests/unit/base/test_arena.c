// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/arena.h"

#include <stdalign.h>
#include <string.h>

#include "ends.h"
#include "test.h"

static bool is_zero(const uint8_t *at, size_t n)
{
    while (n && *at == 0) {
        at++;
        n--;
    }
    return n == 0;
}

TEST(pieces_are_zero_aligned_and_apart)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new(256);
    uint8_t *pieces[64];
    for (size_t n = 0; n < LENGTH_OF(pieces); n++) {
        pieces[n] = arena_take(arena, n);
        CHECK_INT((uintptr_t)pieces[n] % alignof(max_align_t), 0);
        CHECK(is_zero(pieces[n], n));
        memset(pieces[n], (int)n, n);
    }
    for (size_t n = 1; n < LENGTH_OF(pieces); n++)
        CHECK(pieces[n][0] == n && pieces[n][n - 1] == n);
}

TEST(a_piece_may_be_larger_than_a_block)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new(16);
    uint8_t *large = arena_take_array(arena, 100, 100);
    CHECK(is_zero(large, 10000));
    CHECK(is_zero(arena_take(arena, 8), 8));
}

TEST(after_a_reset_the_first_block_serves_again_and_zeroed)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new(64);
    uint8_t *first = arena_take(arena, 48);
    memset(first, 0xff, 48);
    (void)arena_take(arena, 1000);
    arena_reset(arena);
    uint8_t *again = arena_take(arena, 48);
    CHECK(again == first);
    CHECK(is_zero(again, 48));
}

TEST(a_copy_ends_with_a_zero_byte)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new(64);
    struct str copy = arena_copy(arena, str_bytes("a\0b", 3));
    CHECK_INT(copy.n, 3);
    CHECK(memcmp(copy.at, "a\0b", 4) == 0);
    CHECK_TEXT(arena_copy(arena, str_from(NULL)).at, "");
}

TEST(a_typed_piece_has_the_size_of_its_type)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new(64);
    struct str *item = ARENA_NEW(arena, struct str);
    CHECK(!item->at && item->n == 0);
    arena_free(NULL);
}

static void take_array_that_overflows(void)
{
    (void)arena_take_array(arena_new(64), SIZE_MAX / 2, 4);
}
static void take_everything(void)
{
    (void)arena_take(arena_new(64), SIZE_MAX);
}

TEST(sizes_that_overflow_end_the_process)
{
    CHECK(ends(take_array_that_overflows));
    CHECK(ends(take_everything));
}
