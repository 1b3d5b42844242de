// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/random.h"

#include <stdbool.h>
#include <string.h>

#include "test.h"

TEST(two_fillings_differ)
{
    uint8_t a[32] = { 0 }, b[32] = { 0 };
    random_fill(a, sizeof(a));
    random_fill(b, sizeof(b));
    random_fill(NULL, 0);
    CHECK(memcmp(a, b, sizeof(a)) != 0);
}

TEST(every_number_below_the_bound_comes_up)
{
    bool seen[5] = { false };
    for (int i = 0; i < 2000; i++) {
        uint32_t number = random_below(5);
        CHECK(number < 5);
        seen[number] = true;
    }
    for (int i = 0; i < 5; i++)
        CHECK(seen[i]);
    CHECK_INT(random_below(1), 0);
}
