// SPDX-License-Identifier: GPL-3.0-or-later
/* update.h - an update call as all dialects mean it: who asks, which hosts, which addresses.
 *
 * A dialect fills a `struct update`, update_run() authorises it for each host, hands it to
 * change/ and gives back one outcome per host; the dialect puts them into its words. */
#pragma once

#include "api/api.h"

enum {
    UPDATE_VALUES_MAX = 16
};

enum update_code {
    UPDATE_GOOD,
    UPDATE_NOCHG,
    UPDATE_NOTFQDN,
    UPDATE_NOHOST,
    UPDATE_BADIP,
    UPDATE_ABUSE,
    UPDATE_NUMHOST,
    UPDATE_BADAUTH,
    UPDATE_TROUBLE, /* our side: 911 */
};

/* Kept in the journal: never change a number. */
enum dialect {
    DIALECT_NONE = 0,
    DIALECT_DYNDNS2 = 1
};

struct update {
    struct str secret; /* as it came; empty: none */
    struct str hosts;  /* comma list, as it came */
    struct rule_value values[UPDATE_VALUES_MAX];
    size_t value_count;
    bool offline;
    struct change_origin origin; /* token_id is filled in */
};

struct update_outcome {
    enum update_code code;
    struct ip addresses[RULE_REPLY_MAX];
    size_t address_count;
};

struct update_result {
    bool whole; /* `code` speaks for the whole call, and there are no outcomes */
    enum update_code code;
    const struct update_outcome *outcomes; /* in the order of the hosts */
    size_t count;
};

/* `result` lives during the call. */
typedef void (*update_done_fn)(void *ctx, const struct update_result *result);

/* Calls `done` exactly once, now or after the commit. `update` and `arena` live until
 * then. */
void update_run(struct api *api, struct arena *arena, struct update *update,
                update_done_fn done, void *ctx);
