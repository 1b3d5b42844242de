// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/throttle.h"

#include <assert.h>
#include <string.h>

#include "base/digest.h"
#include "base/mem.h"
#include "base/random.h"

/* An entry holds the upper 24 bits of the key's hash and, in 40 bits, when its debt is paid:
 * milliseconds since the throttle began, enough for 34 years. 0: the entry is free. An entry whose
 * time has passed is as good as free. The hash's lower bits choose the set. */
enum {
    WAYS = 8,
    BYTES_MAX = 16 * 1024 * 1024,
    TIME_BITS = 40,
    TICKS = 1000 /* in every_ms, for buckets */
};
static const uint64_t time_mask = ((uint64_t)1 << TIME_BITS) - 1;

struct throttle {
    uint64_t *entries;
    size_t set_mask;
    int64_t every_ms, debt_max_ms, began_ms;
    bool began;
    uint8_t secret[DIGEST_SHORT_KEY_SIZE];
};

struct throttle *throttle_new(const struct throttle_options *options)
{
    assert(options->every_ms > 0 && options->burst > 0);
    size_t bytes = options->bytes ? options->bytes : BYTES_MAX;
    assert(bytes <= BYTES_MAX);
    size_t sets = 1;
    while (sets * 2 * WAYS * sizeof(uint64_t) <= bytes)
        sets *= 2;
    struct throttle *throttle = NEW(struct throttle);
    throttle->entries = (uint64_t *)mem_new_array(sets * WAYS, sizeof(uint64_t));
    throttle->set_mask = sets - 1;
    throttle->every_ms = options->every_ms;
    throttle->debt_max_ms = (int64_t)options->burst * options->every_ms;
    random_fill(throttle->secret, sizeof(throttle->secret));
    return throttle;
}

void throttle_free(struct throttle *throttle)
{
    if (!throttle)
        return;
    mem_free(throttle->entries);
    mem_free(throttle);
}

static int64_t time_of(uint64_t entry)
{
    return (int64_t)(entry & time_mask);
}

static uint64_t hash_of(const struct throttle *throttle, struct str key)
{
    uint8_t bytes[DIGEST_SIP_SIZE];
    uint64_t hash = 0;
    digest_sip(throttle->secret, key, bytes);
    memcpy(&hash, bytes, sizeof(hash));
    return hash;
}

/* The key's entry, or else the one that it replaces. *paid_ms is when the debt is paid. */
static uint64_t *find_entry(const struct throttle *throttle, uint64_t hash,
                            int64_t *paid_ms)
{
    uint64_t *set = throttle->entries + (size_t)(hash & throttle->set_mask) * WAYS;
    uint64_t *least = set;
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i] != 0 && set[i] >> TIME_BITS == hash >> TIME_BITS) {
            *paid_ms = time_of(set[i]);
            return &set[i];
        }
        if (time_of(set[i]) < time_of(*least))
            least = &set[i];
    }
    *paid_ms = time_of(*least);
    return least;
}

/* The time as entries count it, which is never 0. */
static int64_t since_begin(const struct throttle *throttle, int64_t now_ms)
{
    int64_t passed = throttle->began ? now_ms - throttle->began_ms : 0;
    return passed < 0 ? 1 : passed + 1;
}

/* Whether so many acts are admitted. *paid_ms becomes the time at which the new debt is paid. */
static bool admits(const struct throttle *throttle, int64_t now, size_t acts,
                   int64_t *paid_ms)
{
    size_t burst = (size_t)(throttle->debt_max_ms / throttle->every_ms);
    if (*paid_ms < now)
        *paid_ms = now;
    *paid_ms += (int64_t)(acts < burst ? acts : burst) * throttle->every_ms;
    return *paid_ms - now <= throttle->debt_max_ms;
}

bool throttle_take_bytes(struct throttle *throttle, struct str key, size_t acts,
                         int64_t now_ms)
{
    if (!throttle)
        return true;
    if (!throttle->began) {
        throttle->began = true;
        throttle->began_ms = now_ms;
    }
    uint64_t hash = hash_of(throttle, key);
    int64_t paid_ms = 0;
    uint64_t *entry = find_entry(throttle, hash, &paid_ms);
    if (!admits(throttle, since_begin(throttle, now_ms), acts, &paid_ms))
        return false;
    *entry = (hash >> TIME_BITS << TIME_BITS) | ((uint64_t)paid_ms & time_mask);
    return true;
}

bool throttle_take(struct throttle *throttle, uint64_t key, int64_t now_ms)
{
    return throttle_take_bytes(throttle, str_bytes(&key, sizeof(key)), 1, now_ms);
}

uint64_t throttle_source(struct ip source)
{
    /* Marked by its family, an IPv4 address differs from the /64 of the same bits. */
    uint64_t key = 0;
    memcpy(&key, source.bytes, source.family == IP_V4 ? 4 : sizeof(key));
    return source.family == IP_V4 ? key | (uint64_t)IP_V4 << 56 : key;
}

/* ----- buckets ----- */

void bucket_rule_init(struct bucket_rule *rule, int64_t every_ms, uint32_t burst)
{
    assert(every_ms > 0 && burst > 0);
    rule->tick_ms = every_ms < TICKS ? 1 : every_ms / TICKS;
    int64_t every = (every_ms + rule->tick_ms - 1) / rule->tick_ms;
    assert(every * burst <= INT32_MAX);
    rule->every = (uint32_t)every;
    rule->debt_max = rule->every * burst;
}

/* The debt after an act now, in ticks. */
static uint32_t debt_after(const struct bucket_rule *rule, uint32_t bucket, uint32_t now)
{
    uint32_t debt = bucket >= now ? bucket - now : UINT32_MAX - (now - bucket) + 1;
    /* A debt that is more than anybody can owe is one that was paid long ago. */
    return (bucket == 0 || debt > rule->debt_max ? 0 : debt) + rule->every;
}

static uint32_t ticks(const struct bucket_rule *rule, int64_t now_ms)
{
    return (uint32_t)((uint64_t)(now_ms / rule->tick_ms) & UINT32_MAX);
}

bool bucket_would_admit(const struct bucket_rule *rule, uint32_t bucket, int64_t now_ms)
{
    return bucket == 0 || debt_after(rule, bucket, ticks(rule, now_ms)) <= rule->debt_max;
}

bool bucket_take(const struct bucket_rule *rule, uint32_t *bucket, int64_t now_ms)
{
    uint32_t now = ticks(rule, now_ms), debt = debt_after(rule, *bucket, now);
    if (debt > rule->debt_max)
        return false;
    uint32_t paid = (uint32_t)(((uint64_t)now + debt) & UINT32_MAX);
    *bucket = paid ? paid : 1;
    return true;
}
