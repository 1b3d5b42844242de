// SPDX-License-Identifier: GPL-3.0-or-later
/* targets.h - what publish does with a new image: the operator's command, and the secondaries
 * that are told of changed zones. */
#pragma once

#include <stdint.h>

#include "server/config.h"

struct json;
struct loop;
struct targets;

/* Borrows the configuration, for config_reload() see below. `changed` is called when the status
 * is another one. */
struct targets *targets_new(const struct config *config, struct loop *loop,
                            void (*changed)(void *ctx), void *ctx);
/* Lets go of the configuration, which may be read anew then, and takes it up again. The
 * secondaries are told of all zones again; a command that runs goes on. Nothing else may be
 * called in between. */
void targets_pause(struct targets *targets);
void targets_resume(struct targets *targets);
/* NULL is fine. */
void targets_free(struct targets *targets);

/* As publisher_zone_fn. */
void targets_note_zone(struct targets *targets, const struct name *zone, uint32_t serial);
/* As publisher_changed_fn. */
void targets_zone_changed(struct targets *targets, const struct name *zone,
                          uint32_t serial);
/* The image with those zones is in place. */
void targets_published(struct targets *targets, int64_t seq);
/* Call on SIGCHLD. */
void targets_reap(struct targets *targets);

/* What is wrong now; empty: nothing. Lent. */
const char *targets_trouble(const struct targets *targets);
/* Puts the members "hook" and "secondaries", as far as there are any. */
void targets_put_status(const struct targets *targets, struct json *status);
