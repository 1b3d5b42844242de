// SPDX-License-Identifier: GPL-3.0-or-later
/* calls.h - calls of front that are gathered and sent many in one message, which is one
 * transaction. In a dry run front does the same and undoes each message. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "config/config.h"

struct json;

enum {
    CALLS_MAX = 150 /* whose errors fit one message */
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
    size_t needs;     /* the call of its message without which it is not run; CALL_NONE */
};

enum call_end {
    CALL_DONE,
    CALL_FAILED,
    CALL_NOT_RUN /* what it needs failed */
};

struct calls {
    const struct config *config;
    bool dry_run;
    /* Told of each when its message is answered, in their order; `result` is lent. */
    void (*done)(void *ctx, const struct call *call, enum call_end end,
                 const struct json *result);
    void *ctx;

    struct json *list;
    struct call details[CALLS_MAX];
    size_t bytes, tokens;
};

void calls_init(struct calls *calls);
void calls_done(struct calls *calls);
/* Whether these many more may come before calls_flush(). */
bool calls_have_room(const struct calls *calls, size_t count);
/* Takes `body`; returns the call's number in its message. */
size_t calls_add(struct calls *calls, const struct call *call, struct json *body);
/* Sends what has gathered. ERR_IO: what became of it is not known; `details` are still those
 * of the message, `*lost` of them, and nothing was told of any. */
MUST_CHECK enum status calls_flush(struct calls *calls, size_t *lost, struct error *err);
