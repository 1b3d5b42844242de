// SPDX-License-Identifier: GPL-3.0-or-later
/* targets.h - what publish does with a new image: the operator's command, and the secondaries
 * that are told of changed zones. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"

struct hook_runner;
struct json;
struct loop;
struct targets;

struct targets_options {
    const struct config *config; /* lent; for config_reload() see below */
    struct loop *loop;
    struct hook_runner *hook;   /* taken; NULL: no command is run */
    void (*changed)(void *ctx); /* the status is another one */
    void (*lost)(void *ctx);    /* the command can be run no more */
    void *ctx;
};
struct targets *targets_new(const struct targets_options *options);
/* Lets go of the configuration, which may be read anew then, and takes it up again. The
 * secondaries are told of all zones again; a command that runs goes on. Nothing else may be
 * called in between. */
void targets_pause(struct targets *targets);
void targets_resume(struct targets *targets);
/* Whether the configuration has a command that nobody runs. */
bool targets_hook_is_missing(const struct targets *targets);
/* NULL is fine. */
void targets_free(struct targets *targets);

/* As publisher_zone_fn. */
void targets_note_zone(struct targets *targets, const struct name *zone, uint32_t serial);
/* As publisher_changed_fn. */
void targets_zone_changed(struct targets *targets, const struct name *zone,
                          uint32_t serial);
/* The image with those zones is in place. */
void targets_published(struct targets *targets, int64_t seq);

/* What is wrong now; empty: nothing. Lent. */
const char *targets_trouble(const struct targets *targets);
/* Puts the members "hook" and "secondaries", as far as there are any. */
void targets_put_status(const struct targets *targets, struct json *status);
