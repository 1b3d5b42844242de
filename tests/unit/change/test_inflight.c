// SPDX-License-Identifier: GPL-3.0-or-later
#include "test.h"

#include "base/random.h"
#include "change/inflight.h"

static struct inflight_value value_of(uint8_t last)
{
    return (struct inflight_value){
        .addresses = { .v4.at = { { IP_V4, { 192, 0, 2, last } } }, .v4.count = 1 }
    };
}

static int last_of(const struct inflight *inflight, int64_t id)
{
    const struct inflight_value *value = inflight_find(inflight, id);
    return value ? value->addresses.v4.at[0].bytes[3] : -1;
}

TEST(the_newest_value_lives_until_the_last_job_is_done)
{
    struct inflight *inflight = inflight_new(1);
    const struct inflight_value one = value_of(1), two = value_of(2);
    CHECK_INT(last_of(inflight, 7), -1);
    inflight_add(inflight, 7, &one);
    CHECK_INT(last_of(inflight, 7), 1);
    inflight_add(inflight, 7, &two);
    CHECK_INT(last_of(inflight, 7), 2);
    inflight_drop(inflight, 7);
    CHECK_INT(last_of(inflight, 7), 2);
    inflight_drop(inflight, 7);
    CHECK_INT(last_of(inflight, 7), -1);
    inflight_free(inflight);
}

TEST(hosts_that_share_a_bucket_are_kept_apart)
{
    enum {
        HOSTS = 500
    };
    struct inflight *inflight = inflight_new(16);
    size_t jobs[HOSTS] = { 0 };
    uint8_t newest[HOSTS] = { 0 };
    for (int i = 0; i < 20000; i++) {
        uint32_t host = random_below(HOSTS);
        if (jobs[host] > 0 && random_below(2)) {
            jobs[host]--;
            inflight_drop(inflight, host + 1);
        } else {
            newest[host] = (uint8_t)random_below(256);
            const struct inflight_value value = value_of(newest[host]);
            jobs[host]++;
            inflight_add(inflight, host + 1, &value);
        }
        CHECK_INT(last_of(inflight, host + 1), jobs[host] ? newest[host] : -1);
    }
    for (uint32_t host = 0; host < HOSTS; host++)
        CHECK_INT(last_of(inflight, host + 1), jobs[host] ? newest[host] : -1);
    inflight_free(inflight); /* with entries in it */
}

TEST(no_table_at_all_is_freed_too)
{
    inflight_free(NULL);
}
