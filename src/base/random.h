// SPDX-License-Identifier: GPL-3.0-or-later
/* random.h - unpredictable bytes (libsodium). */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Makes libsodium ready; ends the process when the system has no random source. Every main
 * and every test calls it first. */
void random_init(void);
void random_fill(void *at, size_t n);
/* Uniform in 0..below-1; `below` is at least 1. */
uint32_t random_below(uint32_t below);
