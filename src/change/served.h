// SPDX-License-Identifier: GPL-3.0-or-later
/* served.h - hosts that have changed while somebody listens, until name servers serve the change.
 *
 * When the image carries the changes of some hosts of a zone, it is asked once for all of them
 * whether name servers serve what it has; at most every SERVED_PACE_MS, and of SERVED_ZONES_MAX
 * zones at once. Of a host only its newest change counts. Hosts for which no answer comes are
 * forgotten: after SERVED_KEPT_MS, or the oldest when there are more than SERVED_HOSTS_MAX. */
#pragma once

#include <stdint.h>

struct loop;
struct served;

enum {
    SERVED_HOSTS_MAX = 1024,
    SERVED_ZONES_MAX = 32,
    SERVED_PACE_MS = 250,
    SERVED_KEPT_MS = 3600000
};

struct served_options {
    struct loop *loop;
    /* Asks for served_answer(number). Each number is greater than the one before. */
    void (*ask)(void *ctx, int64_t number, int64_t zone_id);
    /* Name servers serve the host's newest change, which is `seq`. */
    void (*tell)(void *ctx, int64_t host_id, int64_t seq);
    void *ctx;
};

struct served *served_new(const struct served_options *options);
/* NULL is fine. */
void served_free(struct served *served);

/* The host has this newest change. */
void served_note(struct served *served, int64_t host_id, int64_t zone_id, int64_t seq);
/* The image carries all changes up to `seq`. */
void served_applied(struct served *served, int64_t seq);
/* The answer to this question, and to those before it about the zone. */
void served_answer(struct served *served, int64_t number);
/* No answer will come: after the next served_applied() all is asked again. */
void served_ask_again(struct served *served);
