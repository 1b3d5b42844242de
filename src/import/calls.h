// SPDX-License-Identifier: GPL-3.0-or-later
/* calls.h - gathers calls of front, and sends many of them in one message, which is one
 * transaction. In a dry run front undoes each message after it has done it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "config/config.h"

struct json;

enum {
    CALLS_MAX = 150 /* in a message: the errors of so many fit into one reply */
};

enum call_kind {
    CALL_ZONE,
    CALL_FOLLOWED, /* a host once more, for a follower in another message of a dry run */
    CALL_HOST,
    CALL_RECORD,
    CALL_TOKEN
};

#define CALL_NONE SIZE_MAX
struct call {
    enum call_kind kind;
    uint64_t line;
    const char *name; /* of a token's host; lent */
    size_t needs; /* it runs only if this call of its message succeeds; or CALL_NONE */
};

enum call_end {
    CALL_DONE,
    CALL_FAILED,
    CALL_NOT_RUN /* the call that it needs failed */
};

struct calls {
    const struct config *config;
    bool dry_run;
    /* Is called for each call, in order, when front has answered the message. `result` is lent. */
    void (*done)(void *ctx, const struct call *call, enum call_end end,
                 const struct json *result);
    void *ctx;

    struct json *list;
    struct call details[CALLS_MAX];
    size_t bytes, tokens;
};

void calls_init(struct calls *calls);
void calls_done(struct calls *calls);
/* Whether so many more calls may be added before calls_flush(). */
bool calls_have_room(const struct calls *calls, size_t count);
/* Adds a call, and takes `body`. Returns the call's number in its message. */
size_t calls_add(struct calls *calls, const struct call *call, struct json *body);
/* Sends the gathered calls. ERR_IO: nobody knows whether front has done them. `done` was not called
 * for any of them then, and `details` still has the *lost calls of the message. */
MUST_CHECK enum status calls_flush(struct calls *calls, size_t *lost, struct error *err);
