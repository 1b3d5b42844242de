// SPDX-License-Identifier: GPL-3.0-or-later
/* throttle.h - limits how often each of any number of clients may do something.
 *
 * The algorithm is GCRA, which keeps one number for each key: the time at which its debt is paid.
 * An admitted act adds `every_ms` to the debt. An act that would bring the debt above
 * burst * every_ms is refused, and costs nothing. So within any time t one key gets at most
 * burst + t / every_ms + 1 acts admitted.
 *
 * The table has a fixed size: 8 bytes for a key, eight keys in a set. A keyed hash, which nobody
 * outside can compute, chooses the set. In a full set a new key replaces the one with the least
 * debt, and starts with that debt. As the least debt of a set only grows, a key gains nothing by
 * leaving the table and coming back.
 *
 * A key that has an object of its own elsewhere can keep a bucket of four bytes there instead. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/ip.h"

struct throttle;

struct throttle_options {
    /* Size of the table, rounded down to a power of two. 0: 16 MiB, the most that is possible. */
    size_t bytes;
    int64_t every_ms; /* at least 1 */
    uint32_t burst;   /* acts that are admitted at once; at least 1 */
};

struct throttle *throttle_new(const struct throttle_options *options);
void throttle_free(struct throttle *throttle);
CLEANER(throttle_free, struct throttle *)

/* Whether the key may act now; if so, the act counts. `now_ms` is of a steady clock. A `throttle`
 * of NULL admits everything. */
bool throttle_take(struct throttle *throttle, uint64_t key, int64_t now_ms);
/* The same for a key of any length and an act that counts as `acts` of them, at least 1. More than
 * a burst counts as one burst. */
bool throttle_take_bytes(struct throttle *throttle, struct str key, size_t acts,
                         int64_t now_ms);

/* The key of a source, which is an IPv4 address or an IPv6 /64. */
uint64_t throttle_source(struct ip source);

/* The caller keeps the buckets, each of which begins as 0. A bucket counts time in parts of
 * every_ms, and its count wraps around: after years without use it may show a debt, of one burst at
 * most. */
struct bucket_rule {
    int64_t tick_ms;
    uint32_t every, debt_max; /* in ticks */
};
void bucket_rule_init(struct bucket_rule *rule, int64_t every_ms, uint32_t burst);
/* Like throttle_take(). */
bool bucket_take(const struct bucket_rule *rule, uint32_t *bucket, int64_t now_ms);
/* Whether bucket_take() would admit the act. Nothing is counted. */
bool bucket_would_admit(const struct bucket_rule *rule, uint32_t bucket, int64_t now_ms);
