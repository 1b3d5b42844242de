// SPDX-License-Identifier: GPL-3.0-or-later
/* inplace.h - the image in place, which follows the journal by changes, and its history. For the
 * publisher alone. */
#pragma once

#include "publish/delta.h"

struct history;

enum inplace_state {
    INPLACE_UNKNOWN, /* it is not known which image is in place */
    INPLACE_STUCK,   /* it is as the ground says; what comes next needs another image */
    INPLACE_FOLLOWS, /* it is as the ground says, and follows the journal */
};

struct inplace {
    enum inplace_state state;
    struct image_writer *writer;
    struct history *history;
    struct content_ground ground; /* of the image; empty while it is unknown */
    struct change_row newest;     /* that the image has; seq is 0: none */
    struct delta *pending;        /* waits until the image can be changed; NULL: none */
};

/* Whether there is an image that can be changed in place. */
bool inplace_is_possible(const struct inplace *inplace);
/* Changes wait for another image from now on. */
void inplace_stick(struct inplace *inplace);
/* The same, and it is not known which image is in place. */
void inplace_forget(struct inplace *inplace);
/* Another image has come into place. Takes what the ground holds. */
void inplace_replace(struct inplace *inplace, struct content_ground *ground,
                     const struct change_row *newest);

struct inplace_events {
    /* A zone has a new serial. */
    void (*zone)(void *ctx, const struct name *zone, uint32_t serial);
    void *ctx;
};
struct inplace_outcome {
    bool is_new; /* the image has more of the journal than before */
    bool more;   /* there may be more */
    struct delta_counts counts;
};
/* Brings one stretch of the journal into the image and its history, then calls the events.
 * ERR_BUSY: try again soon. Any other error: a whole image is needed. */
MUST_CHECK enum status inplace_follow(struct inplace *inplace, struct store *store,
                                      const struct inplace_events *events,
                                      struct inplace_outcome *out, struct error *err);
