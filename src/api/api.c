// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/api.h"

#include <assert.h>

#include "api/backup.h"
#include "api/ring.h"
#include "api/update.h"

enum {
    STRANGER_EVERY_MS = 10000,
    STRANGER_BURST = 20,
    HOUR_MS = 3600000,
    HOST_BURST = 10, /* and more where the ceiling is high: what ten minutes allow */
    HOST_BURST_PART = 6,
};

static_assert((int)UPDATE_CODES <= (int)API_CODES, "api_counts has room for all codes");
static_assert((int)DIALECT_LAST < (int)API_DIALECTS, "and for all dialects");

static void limit_changes(struct api *api)
{
    uint32_t burst = api->changes_per_hour / HOST_BURST_PART;
    if (api->changes_per_hour > 0 && api->changes_per_hour <= HOUR_MS)
        bucket_rule_init(&api->host_changes, HOUR_MS / (int64_t)api->changes_per_hour,
                         burst > HOST_BURST ? burst : HOST_BURST);
}

const struct http_response api_overdue = { .status = 503,
                                           .body = { "911\n", sizeof("911\n") - 1 } };

void api_limit(struct api *api, size_t hosts_max, uint32_t changes_per_hour)
{
    api->hosts_max = hosts_max;
    api->changes_per_hour = changes_per_hour;
    limit_changes(api);
}

void api_init(struct api *api)
{
    const struct throttle_options strangers = { .every_ms = STRANGER_EVERY_MS,
                                                .burst = STRANGER_BURST };
    api->strangers = throttle_new(&strangers);
    limit_changes(api);
    api->ring = ring_new(RING_LANE_SIZE);
    api->backups = backups_new(api->loop, api->database, api->key_file);
    api->counts = (struct api_counts){ .strangers_slowed = 0 };
    api->started_ms = clock_steady_ms(api->clock);
    api->told = NULL;
    waits_init(&api->waits, api->loop);
}

void api_done(struct api *api)
{
    waits_done(&api->waits);
    backups_free(api->backups);
    ring_free(api->ring);
    throttle_free(api->strangers);
    api->ring = NULL;
    api->strangers = NULL;
}

bool api_is_ready(const struct api *api)
{
    return api->ready && !change_has_failed(api->change);
}

void api_applied(struct api *api, int64_t seq)
{
    waits_applied(&api->waits, seq);
    change_applied(api->change, seq);
}
