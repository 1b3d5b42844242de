// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/random.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

void random_init(void)
{
    if (sodium_init() >= 0)
        return;
    (void)fputs("no source of random bytes\n", stderr);
    abort();
}

void random_fill(void *at, size_t n)
{
    if (n)
        randombytes_buf(at, n);
}

uint32_t random_below(uint32_t below)
{
    assert(below > 0);
    return randombytes_uniform(below);
}
