// SPDX-License-Identifier: GPL-3.0-or-later
/* random.h - unpredictable bytes (libsodium). */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Makes libsodium ready. Every main() and every test calls it first. Ends the process if the
 * system has no random source. */
void random_init(void);
void random_fill(void *at, size_t n);
/* A number from 0 to below - 1, all equally likely; `below` is at least 1. */
uint32_t random_below(uint32_t below);
