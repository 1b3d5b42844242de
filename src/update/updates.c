// SPDX-License-Identifier: GPL-3.0-or-later
#include "update/updates.h"

#include "update/ring.h"

enum {
    STRANGER_EVERY_MS = 10000,
    STRANGER_BURST = 20,
    HOUR_MS = 3600000,
    HOST_BURST = 10, /* and more where the ceiling is high: what ten minutes allow */
    HOST_BURST_PART = 6,
    ASKED_BITS = 20, /* more than there are questions in a second */
};

static void limit_changes(struct updates *updates)
{
    uint32_t burst = updates->changes_per_hour / HOST_BURST_PART;
    if (updates->changes_per_hour > 0 && updates->changes_per_hour <= HOUR_MS)
        bucket_rule_init(&updates->host_changes,
                         HOUR_MS / (int64_t)updates->changes_per_hour,
                         burst > HOST_BURST ? burst : HOST_BURST);
}

void updates_limit(struct updates *updates, size_t hosts_max, uint32_t changes_per_hour)
{
    updates->hosts_max = hosts_max;
    updates->changes_per_hour = changes_per_hour;
    limit_changes(updates);
}

void updates_init(struct updates *updates)
{
    const struct throttle_options strangers = { .every_ms = STRANGER_EVERY_MS,
                                                .burst = STRANGER_BURST };
    updates->strangers = throttle_new(&strangers);
    limit_changes(updates);
    updates->ring = ring_new(RING_LANE_SIZE);
    updates->counts = (struct update_counts){ .strangers_slowed = 0 };
    updates->replying = NULL;
    waits_init(&updates->waits, updates->loop, WAIT_IMAGE_MS);
    waits_init(&updates->secondaries, updates->loop, WAIT_SECONDARIES_MS);
    /* Not those of an earlier process, whose questions may still get their answers. */
    updates->asked = clock_wall_s(updates->clock) << ASKED_BITS;
}

void updates_done(struct updates *updates)
{
    waits_done(&updates->waits);
    waits_done(&updates->secondaries);
    ring_free(updates->ring);
    throttle_free(updates->strangers);
    updates->ring = NULL;
    updates->strangers = NULL;
}

bool updates_are_ready(const struct updates *updates)
{
    return updates->ready && !change_has_failed(updates->change);
}

void updates_applied(struct updates *updates, int64_t seq)
{
    waits_applied(&updates->waits, seq);
    change_applied(updates->change, seq);
}

void updates_acknowledged(struct updates *updates, int64_t number)
{
    waits_met(&updates->secondaries, number);
}
