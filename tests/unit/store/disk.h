// SPDX-License-Identifier: GPL-3.0-or-later
/* disk.h - a disk for SQLite that fails when it is told to, and that can lose power.
 *
 * It stands between SQLite and the files. Every read, write, truncation and sync counts. What
 * was not synced is known, so that a cut can drop or tear it. Syncs do not reach the real
 * disk, which makes thousands of runs cheap. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum disk_trouble {
    DISK_WELL,
    DISK_IO_ERROR,
    DISK_FULL,       /* writes alone */
    DISK_SHORT,      /* half of a write arrives, then it is full */
    DISK_SYNC_FAILS, /* only syncs count, and fail */
    DISK_CUT,        /* from then on nothing works; see disk_power_on() */
    DISK_KILL        /* SIGKILL to the process */
};

/* From now on every connection goes through it. */
void disk_install(void);
/* The `nth` call from now on (1 is the next) meets the trouble; `sticky`: all later ones too. */
void disk_arm(enum disk_trouble trouble, uint64_t nth, bool sticky);
/* Calls since disk_arm(), and how many of them met the trouble. */
uint64_t disk_calls(void);
uint64_t disk_hits(void);
/* After a cut, when all connections are closed: of what was not synced each piece is there,
 * torn or not there, as the seed says. Disarms. */
void disk_power_on(uint64_t seed);
