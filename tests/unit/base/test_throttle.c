// SPDX-License-Identifier: GPL-3.0-or-later
#include "test.h"

#include <string.h>

#include "base/mem.h"
#include "base/random.h"
#include "base/throttle.h"

/* The bad-credentials throttle of the service. */
static const struct throttle_options strict = { .every_ms = 10000, .burst = 20 };

/* A sequence that is the same in every run: xorshift. */
static uint64_t sequence = 88172645463325252U;
static uint64_t next_random(uint64_t below)
{
    sequence ^= sequence << 13;
    sequence ^= sequence >> 7;
    sequence ^= sequence << 17;
    return sequence % below;
}

static struct throttle *make(size_t bytes, int64_t every_ms, uint32_t burst)
{
    const struct throttle_options options = { .bytes = bytes,
                                              .every_ms = every_ms,
                                              .burst = burst };
    return throttle_new(&options);
}

TEST(a_burst_is_admitted_and_then_one_per_interval)
{
    CLEANUP(throttle_freep) struct throttle *throttle = throttle_new(&strict);
    int64_t now = 777;
    for (int i = 0; i < 20; i++)
        CHECK(throttle_take(throttle, 1, now));
    CHECK(!throttle_take(throttle, 1, now));
    CHECK(!throttle_take(throttle, 1, now + 9999));
    /* Refusals cost nothing. */
    CHECK(throttle_take(throttle, 1, now + 10000));
    CHECK(!throttle_take(throttle, 1, now + 10000));
    CHECK(throttle_take(throttle, 2, now + 10000));
    /* All is forgiven in the end. */
    for (int i = 0; i < 20; i++)
        CHECK(throttle_take(throttle, 1, now + 1000000));
    CHECK(!throttle_take(throttle, 1, now + 1000000));
}

TEST(none_at_all_admits_everything)
{
    CHECK(throttle_take(NULL, 1, 1));
    throttle_free(NULL);
}

TEST(a_clock_that_steps_back_opens_nothing)
{
    CLEANUP(throttle_freep) struct throttle *throttle = make(0, 1000, 1);
    CHECK(throttle_take(throttle, 1, 50000));
    CHECK(!throttle_take(throttle, 1, 50999));
    CHECK(!throttle_take(throttle, 1, 0));
    CHECK(throttle_take(throttle, 1, 51000));
}

TEST(sources_are_ipv4_addresses_and_ipv6_networks)
{
    static const struct {
        const char *a, *b;
        bool same;
    } rows[] = {
        { "192.0.2.1", "192.0.2.1", true },
        { "192.0.2.1", "192.0.2.2", false },
        { "2001:db8:0:1::1", "2001:db8:0:1:ffff::9", true },
        { "2001:db8:0:1::1", "2001:db8:0:2::1", false },
        { "32.1.13.184", "2001:db8::", false },
        { "0.0.0.0", "::", false },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct ip a, b;
        CHECK_INT(ip_parse(str_from(rows[i].a), &a), OK);
        CHECK_INT(ip_parse(str_from(rows[i].b), &b), OK);
        CHECK((throttle_source(a) == throttle_source(b)) == rows[i].same);
    }
}

/* Many short histories of a few keys in a table that is too small for them, with the bound
 * asked over every window that begins with an admitted act. */
enum {
    SEQUENCES = 1000000,
    ACTS = 8,
    KEYS = 24
};

struct run {
    struct throttle *throttle;
    int64_t every_ms, now;
    uint32_t burst;
    int64_t times[KEYS][ACTS]; /* of admitted acts */
    size_t counts[KEYS];
    size_t admitted, refused;
};

static void check_bound(const struct run *run, size_t key)
{
    const int64_t *times = run->times[key];
    size_t count = run->counts[key];
    for (size_t from = 0; from < count; from++) {
        int64_t passed = times[count - 1] - times[from];
        CHECK((int64_t)(count - from) <= run->burst + passed / run->every_ms + 1);
    }
}

static void run_sequence(struct run *run)
{
    uint64_t keys = 1 + next_random(KEYS), first = next_random(UINT32_MAX);
    memset(run->counts, 0, sizeof(run->counts));
    run->now += (int64_t)next_random((uint64_t)run->every_ms * run->burst);
    for (size_t act = 0; act < ACTS; act++) {
        run->now += (int64_t)next_random((uint64_t)run->every_ms / 4 + 1);
        uint64_t key = next_random(keys);
        if (!throttle_take(run->throttle, first + key, run->now)) {
            run->refused++;
            continue;
        }
        run->admitted++;
        run->times[key][run->counts[key]++] = run->now;
        check_bound(run, key);
    }
}

TEST(admitted_acts_never_pass_burst_and_rate_over_a_million_random_sequences)
{
    static struct run run;
    for (size_t i = 0; i < SEQUENCES; i++) {
        if (i % 1000 == 0) {
            throttle_free(run.throttle);
            run.every_ms = 1 + (int64_t)next_random(2000);
            run.burst = 1 + (uint32_t)next_random(6);
            run.throttle = make(64, run.every_ms, run.burst); /* one set of eight */
        }
        run_sequence(&run);
    }
    throttle_free(run.throttle);
    CHECK(run.refused > SEQUENCES / 2);
    CHECK(run.admitted > SEQUENCES / 2);
}

TEST(a_key_that_is_alone_gets_exactly_its_due)
{
    CLEANUP(throttle_freep) struct throttle *throttle = make(0, 1000, 5);
    double debt = 0;
    int64_t now = 0;
    for (size_t i = 0; i < 100000; i++) {
        int64_t passed = (int64_t)next_random(2000);
        now += passed;
        debt = debt > (double)passed ? debt - (double)passed : 0;
        bool want = debt + 1000 <= 5000;
        CHECK(throttle_take(throttle, 7, now) == want);
        if (want)
            debt += 1000;
    }
}

TEST(nobody_is_let_off_by_flooding_the_table_with_other_keys)
{
    CLEANUP(throttle_freep) struct throttle *throttle = make(4096, 10000, 20);
    size_t admitted = 0;
    for (uint64_t i = 0; i < 1000000; i++) {
        admitted += throttle_take(throttle, 1, 0) ? 1 : 0;
        (void)throttle_take(throttle, 1000 + i, 0);
    }
    CHECK(admitted <= 20);
}

TEST(a_bucket_of_four_bytes_keeps_the_same_bound)
{
    static const struct {
        int64_t every_ms;
        uint32_t burst;
        int64_t start_ms;
    } rows[] = {
        { 30000, 20, 5 },      { 30000, 10, 0 },     { 4, 500, 77 },
        { 3600000, 10, 1000 }, { 1, 1, 4294967290 }, /* about to go round */
        { 3, 7, 4294967000 },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct bucket_rule rule;
        uint32_t bucket = 0;
        int64_t now = rows[i].start_ms, every = rows[i].every_ms;
        size_t admitted = 0, refused = 0;
        bucket_rule_init(&rule, every, rows[i].burst);
        for (size_t act = 0; act < 200000; act++) {
            bool would = bucket_would_admit(&rule, bucket, now);
            CHECK(bucket_take(&rule, &bucket, now) == would);
            admitted += would ? 1 : 0;
            refused += would ? 0 : 1;
            int64_t due = rows[i].burst + (now - rows[i].start_ms) / every;
            CHECK((int64_t)admitted <= due + 1);
            now += (int64_t)next_random((uint64_t)every + 1);
        }
        /* Its due, but for what ticks round away. */
        int64_t due = (now - rows[i].start_ms) / every;
        CHECK((int64_t)admitted >= due - due / 16 - 2);
        CHECK(refused > 0);
    }
}

TEST(a_bucket_is_forgiven_in_time)
{
    struct bucket_rule rule;
    uint32_t bucket = 0;
    bucket_rule_init(&rule, 30000, 10);
    for (int i = 0; i < 10; i++)
        CHECK(bucket_take(&rule, &bucket, 1000));
    CHECK(!bucket_take(&rule, &bucket, 1000));
    CHECK(!bucket_would_admit(&rule, bucket, 25000));
    CHECK(bucket_would_admit(&rule, bucket, 31000));
    for (int i = 0; i < 10; i++)
        CHECK(bucket_take(&rule, &bucket, 600000));
    CHECK(!bucket_take(&rule, &bucket, 600000));
}

/* Ten million strangers with a bad credential each, within 1,000 s, and among them 1,000
 * sources of owners that mistype now and then, each well within its rate. */
TEST(ten_million_strangers_cost_the_others_next_to_nothing)
{
    enum {
        STRANGERS = 10000000,
        OWNERS = 1000
    };
    CLEANUP(throttle_freep) struct throttle *throttle = throttle_new(&strict);
    size_t asked = 0, lost = 0, attacker = 0;
    for (uint64_t i = 0; i < STRANGERS; i++) {
        int64_t now = (int64_t)(i / 10);
        (void)throttle_take(throttle, ((uint64_t)1 << 40) + i, now);
        if (i % 100 == 0) {
            /* Each owner every 10 s. */
            asked++;
            lost += throttle_take(throttle, i / 100 % OWNERS, now) ? 0 : 1;
        }
        if (i % 10 == 0)
            attacker += throttle_take(throttle, (uint64_t)1 << 50, now) ? 1 : 0;
    }
    CHECK_INT(asked, STRANGERS / 100);
    CHECK(lost * 1000 <= asked);
    CHECK(attacker <= 20 + 1000 / 10 + 1);
}
