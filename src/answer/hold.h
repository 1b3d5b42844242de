// SPDX-License-Identifier: GPL-3.0-or-later
/* hold.h - images that do not change. Each stays open as long as somebody reads it, and it may have
 * to be copied first: then its readers wait. */
#pragma once

#include <stdbool.h>
#include <sys/queue.h>

#include "net/loop.h"

struct image;

enum {
    ANSWER_COPY_WAIT_MS = 9000,  /* how long a reader waits for a copy */
    ANSWER_COPY_SHARE_MS = 1000, /* how long a copy is given to later readers, too */
};

/* A counted reference to an image that does not change. */
struct answer_hold;
/* Takes the image, and has one user. */
struct answer_hold *answer_hold_new(struct image *image);
/* One more user, which releases it. */
struct answer_hold *answer_hold_share(struct answer_hold *hold);
/* One user less; the last one closes the image. NULL is fine. */
void answer_hold_release(struct answer_hold *hold);
CLEANER(answer_hold_release, struct answer_hold *)
const struct image *answer_hold_image(const struct answer_hold *hold);
/* False: the file was changed in place, and must not be read any more. */
bool answer_hold_is_good(const struct answer_hold *hold);
void answer_hold_spoil(struct answer_hold *hold);

/* Gets the image that was waited for, and releases it. NULL: there is none. */
typedef void (*answer_hold_fn)(void *ctx, struct answer_hold *hold);

/* A reader that waits. It is in the reader's storage, which `fn` may free. */
struct answer_wait {
    struct answer_copies *copies; /* NULL: not waiting */
    LIST_ENTRY(answer_wait) links;
    struct timer timer;
    answer_hold_fn fn;
    void *ctx;
};
/* Ends the wait, if there is one. */
void answer_wait_stop(struct answer_wait *wait);

/* The readers that wait for the same copy, and the copy while it is fresh. For served_image.c. */
struct answer_copies {
    struct loop *loop;
    LIST_HEAD(answer_wait_list, answer_wait) waits;
    struct answer_hold *fresh; /* NULL: none */
    struct timer timer;        /* ends the copy's freshness */
    bool is_asked;             /* the writer was asked for the copy */
};
/* The copy, if it is fresh. NULL: there is none, and `wait` waits. */
struct answer_hold *answer_copies_ask(struct answer_copies *copies,
                                      struct answer_wait *wait, answer_hold_fn fn,
                                      void *ctx);
/* Gives the copy to all that wait; takes it. NULL: there is none. */
void answer_copies_give(struct answer_copies *copies, struct image *image);
/* All that wait get nothing. */
void answer_copies_end(struct answer_copies *copies);
