// SPDX-License-Identifier: GPL-3.0-or-later
/* truths.h - what publish is asked about name servers, and its answers.
 *
 * At most TRUTHS_MAX questions wait, each for TRUTHS_WAIT_MS at most. */
#pragma once

#include "dns/name.h"
#include "net/loop.h"

struct json;
struct truths;

enum {
    TRUTHS_MAX = 1024,
    TRUTHS_WAIT_MS = 3000 /* longer than publish waits for name servers */
};

enum truth_subject {
    TRUTH_OF_HOST,
    TRUTH_OF_ZONE,
    TRUTH_OF_SECONDARIES
};
struct truth_question {
    int64_t number; /* set by truths_ask() */
    enum truth_subject subject;
    bool waits;             /* for answers of the servers; else what is known is told */
    struct name zone, host; /* n 0: none */
};
/* `seen` is lent; NULL: publish does not answer. */
typedef void (*truth_fn)(void *ctx, const struct json *seen);

struct truths_options {
    struct loop *loop;
    const struct clock *clock;
    /* Sends it to publish. False: it cannot be asked now. NULL: nobody can. */
    bool (*ask)(void *ctx, const struct truth_question *question);
    void *ctx;
};
struct truths *truths_new(const struct truths_options *options);
/* Those that wait get NULL. */
void truths_free(struct truths *truths);

/* `fn` is called once, from here or later. */
void truths_ask(struct truths *truths, const struct truth_question *question, truth_fn fn,
                void *ctx);
/* publish has answered. A number that nobody waits for is ignored. */
void truths_take(struct truths *truths, int64_t number, const struct json *seen);
