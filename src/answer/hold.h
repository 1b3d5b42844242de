// SPDX-License-Identifier: GPL-3.0-or-later
/* hold.h - images that are kept open for as long as somebody reads them, and the wait for one
 * that has to be made first. */
#pragma once

#include <stdbool.h>
#include <sys/queue.h>

#include "net/loop.h"

struct image;

enum {
    ANSWER_COPY_WAIT_MS = 9000,  /* for a copy; then it is none */
    ANSWER_COPY_SHARE_MS = 1000, /* so long a copy is given to who comes later, too */
};

/* An image that nobody changes. */
struct answer_hold;
/* Takes the image; used once. */
struct answer_hold *answer_hold_new(struct image *image);
struct answer_hold *answer_hold_share(struct answer_hold *hold);
/* NULL is fine. */
void answer_hold_release(struct answer_hold *hold);
CLEANER(answer_hold_release, struct answer_hold *)
const struct image *answer_hold_image(const struct answer_hold *hold);
/* False: the file was cut in place and must not be read any more. */
bool answer_hold_is_good(const struct answer_hold *hold);
void answer_hold_spoil(struct answer_hold *hold);

/* Gets what was waited for, to be released by the callee; NULL: it could not be had. */
typedef void (*answer_hold_fn)(void *ctx, struct answer_hold *hold);

/* Somebody who waits, in his own storage, which he may free in his callback. */
struct answer_wait {
    struct answer_copies *copies; /* NULL: not waiting */
    LIST_ENTRY(answer_wait) links;
    struct timer timer;
    answer_hold_fn fn;
    void *ctx;
};
/* One that is not waiting is fine. */
void answer_wait_stop(struct answer_wait *wait);

/* Those who wait for the same copy, and the copy while it is fresh. For source.c. */
struct answer_copies {
    struct loop *loop;
    LIST_HEAD(answer_wait_list, answer_wait) waits;
    struct answer_hold *fresh; /* NULL: none */
    struct timer timer;        /* it ages */
    bool is_asked;             /* the copy is under way */
};
/* The copy, if it is fresh. Else NULL, and `wait` waits. */
struct answer_hold *answer_copies_ask(struct answer_copies *copies,
                                      struct answer_wait *wait, answer_hold_fn fn,
                                      void *ctx);
/* It came (NULL: it failed), and everybody gets it. */
void answer_copies_give(struct answer_copies *copies, struct image *image);
/* Everybody gets nothing. */
void answer_copies_end(struct answer_copies *copies);
