// SPDX-License-Identifier: GPL-3.0-or-later
/* frozen_image.h - images that do not change. Each stays open as long as somebody reads it, and it
 * may have to be copied first: then its readers wait. */
#pragma once

#include <stdbool.h>
#include <sys/queue.h>

#include "net/loop.h"

struct image;

enum {
    FROZEN_WAIT_MS = 9000,  /* how long a reader waits for a copy */
    FROZEN_SHARE_MS = 1000, /* how long a copy is given to later readers, too */
};

/* An image that does not change, with a count of its users. */
struct frozen_image;
/* Takes the image, and has one user. */
struct frozen_image *frozen_image_new(struct image *image);
/* One more user, which releases it. */
struct frozen_image *frozen_image_share(struct frozen_image *frozen);
/* One user less; the last one closes the image. NULL is fine. */
void frozen_image_release(struct frozen_image *frozen);
CLEANER(frozen_image_release, struct frozen_image *)
const struct image *frozen_image_get(const struct frozen_image *frozen);
/* False: the file was changed in place, and must not be read any more. */
bool frozen_image_is_good(const struct frozen_image *frozen);
void frozen_image_spoil(struct frozen_image *frozen);

/* Gets the image that was waited for, and releases it. NULL: there is none. */
typedef void (*frozen_image_fn)(void *ctx, struct frozen_image *frozen);

/* A reader that waits. It is in the reader's storage, which `fn` may free. */
struct frozen_wait {
    struct frozen_copies *copies; /* NULL: not waiting */
    LIST_ENTRY(frozen_wait) links;
    struct timer timer;
    frozen_image_fn fn;
    void *ctx;
};
/* Ends the wait, if there is one. */
void frozen_wait_stop(struct frozen_wait *wait);

/* The readers that wait for the same copy, and the copy while it is fresh. For served_image.c. */
struct frozen_copies {
    struct loop *loop;
    LIST_HEAD(frozen_wait_list, frozen_wait) waits;
    struct frozen_image *fresh; /* NULL: none */
    struct timer timer;         /* ends the copy's freshness */
    bool is_asked;              /* the writer was asked for the copy */
};
/* The copy, if it is fresh. NULL: there is none, and `wait` waits. */
struct frozen_image *frozen_copies_ask(struct frozen_copies *copies,
                                       struct frozen_wait *wait, frozen_image_fn fn,
                                       void *ctx);
/* Gives the copy to all that wait; takes it. NULL: there is none. */
void frozen_copies_give(struct frozen_copies *copies, struct image *image);
/* All that wait get nothing. */
void frozen_copies_end(struct frozen_copies *copies);
