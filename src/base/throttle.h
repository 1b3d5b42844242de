// SPDX-License-Identifier: GPL-3.0-or-later
/* throttle.h - how often somebody may do something, for any number of somebodies.
 *
 * GCRA: for each key one number, the time at which its debt will be paid. An admitted act adds
 * `every_ms` to the debt; an act is refused while it would bring the debt above
 * burst * every_ms. So of one key at most burst + t / every_ms + 1 acts are admitted in any
 * time t, and a refused act costs nothing.
 *
 * The table has a fixed size: 8 bytes a key, eight keys a set, and the set comes from a keyed
 * hash that nobody outside can compute. When a set is full of debtors, the one with the
 * least debt gives way, and the key that takes its place starts with that debt. As a set's
 * least debt only grows, leaving the table and coming back never wins anything.
 *
 * Where a key has a place of its own elsewhere, a bucket of four bytes there does. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/ip.h"

struct throttle;

struct throttle_options {
    size_t bytes; /* of the table; rounded down to a power of two. 0: 16 MiB, the most */
    int64_t every_ms; /* at least 1 */
    uint32_t burst;   /* acts at once; at least 1 */
};

struct throttle *throttle_new(const struct throttle_options *options);
void throttle_free(struct throttle *throttle);
CLEANER(throttle_free, struct throttle *)

/* Whether the key may act now; if so, it has. `now_ms` is of a steady clock. A `throttle` of
 * NULL admits everything. */
bool throttle_take(struct throttle *throttle, uint64_t key, int64_t now_ms);
/* The same for a key of any length, and for something that counts as `acts` of them, at least
 * 1; what counts as more than a burst counts as one burst. */
bool throttle_take_bytes(struct throttle *throttle, struct str key, size_t acts,
                         int64_t now_ms);
/* As throttle_take(), without acting. */
bool throttle_would_admit(const struct throttle *throttle, uint64_t key, int64_t now_ms);

/* The key of a source: its IPv4 address, or its IPv6 /64. */
uint64_t throttle_source(struct ip source);

/* Buckets are in the caller's hands and begin as 0. Their time is counted in parts of
 * every_ms and goes round: a bucket that was not used for years may show a debt of one burst
 * at most. */
struct bucket_rule {
    int64_t tick_ms;
    uint32_t every, debt_max; /* in ticks */
};
void bucket_rule_init(struct bucket_rule *rule, int64_t every_ms, uint32_t burst);
/* As throttle_take() and throttle_would_admit(). */
bool bucket_take(const struct bucket_rule *rule, uint32_t *bucket, int64_t now_ms);
bool bucket_would_admit(const struct bucket_rule *rule, uint32_t bucket, int64_t now_ms);
