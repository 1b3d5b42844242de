// SPDX-License-Identifier: GPL-3.0-or-later
/* targets.h - what publish does after it has published: it has the operator's command run, and
 * notifies the secondaries of changed zones. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"

struct hook_runner;
struct image_writer;
struct json;
struct loop;
struct targets;
struct wire_look;

struct targets_options {
    const struct config *config; /* lent; see targets_pause() */
    struct loop *loop;
    struct hook_runner *hook;   /* taken; NULL: no command is run */
    void (*changed)(void *ctx); /* the status has changed */
    void (*lost)(void *ctx);    /* the command cannot be run any more */
    /* The answers to targets_await() and targets_await_served(). */
    void (*acknowledged)(void *ctx, int64_t number);
    void (*served)(void *ctx, int64_t number);
    /* The answer to targets_look(). `seen` is lent. */
    void (*seen)(void *ctx, int64_t number, const struct json *seen);
    void *ctx;
};
struct targets *targets_new(const struct targets_options *options);
/* Call these two around config_reload(): in between the configuration is not used, and no other
 * function may be called. Afterwards the secondaries are notified of all zones again. A command
 * that runs goes on. */
void targets_pause(struct targets *targets);
void targets_resume(struct targets *targets);
/* Whether the configuration has a command, but no process can run it. */
bool targets_hook_is_missing(const struct targets *targets);
/* NULL is fine. */
void targets_free(struct targets *targets);

/* As publisher_zone_fn. */
void targets_note_zone(struct targets *targets, const struct name *zone, uint32_t serial);
/* As publisher_changed_fn. */
void targets_zone_changed(struct targets *targets, const struct name *zone,
                          uint32_t serial);
/* The image with those zones is in place, and has all changes up to `seq`. */
void targets_published(struct targets *targets, int64_t seq);

/* As notify_await(); answered at once if nobody is notified. A reload forgets what was asked. */
void targets_await(struct targets *targets, const struct name *zone, int64_t number);
/* As serial_watch_await(); likewise. */
void targets_await_served(struct targets *targets, const struct name *zone,
                          int64_t number);

/* From here on name servers are asked what they serve of the image of this writer, which is lent. */
void targets_watch(struct targets *targets, const struct image_writer *writer);
/* What front asks for (run/wire.h): the members that the reply to its request has. */
void targets_look(struct targets *targets, const struct wire_look *look);

/* What is wrong now; empty: nothing. Lent. */
const char *targets_trouble(const struct targets *targets);
/* Puts the members "hook" and "secondaries", where there are any. */
void targets_put_status(const struct targets *targets, struct json *status);
