// SPDX-License-Identifier: GPL-3.0-or-later
/* failing.h - tells owners of hosts whose devices are refused again and again.
 *
 * Whoever calls this knows that the device is the host's own: it has a token of the owner, or comes
 * from the address that the host has. What strangers send is not noted. A refusal counts until the
 * host is heard; three of them, over an hour at least, are told, once in a row. It is in memory, and
 * its size is fixed. Only for the files of this room. */
#pragma once

#include "change/jobs.h"
#include "change/resident.h"
#include "post/post.h"

enum {
    FAILING_BUCKETS = 512,
    FAILING_WAYS =
        8, /* hosts of a bucket; the one that was refused longest ago makes room */
    FAILING_TIMES = 3,
    FAILING_AFTER_S = 3600,
    FAILING_FORGOTTEN_S = 86400
};

struct failing_host {
    int64_t id, since_s, newest_s; /* id 0: free */
    uint32_t times;
    enum post_reason reason; /* of the newest refusal */
    bool is_told;
};

struct failing {
    struct jobs *jobs; /* NULL: not started, or stopped */
    const struct resident *resident;
    const struct post *post;
    struct failing_host hosts[FAILING_BUCKETS][FAILING_WAYS];
};

/* All are lent. */
void failing_start(struct failing *failing, struct jobs *jobs,
                   const struct resident *resident, const struct post *post);
void failing_note(struct failing *failing, int64_t host_id, enum post_reason reason);
/* Tells what is to be told; to be called now and then. */
void failing_look(struct failing *failing);
void failing_stop(struct failing *failing);
