// SPDX-License-Identifier: GPL-3.0-or-later
/* rebuild.h - makes a whole image, or the fragment, or both, in a thread of its own: from a
 * connection to the database of its own, in one transaction, beside the loop that goes on.
 * For the publisher alone, whose contract has the rest.
 *
 * Of what the loop has the thread sees nothing but its order, and of the writer nothing but
 * image_draft_make() and image_draft_add_spare(). In builds for tests it waits for as long as the
 * fault "rebuild.hold" hits. */
#pragma once

#include "net/loop.h"
#include "publish/successor.h"
#include "store/files.h"

struct rebuild;

struct rebuild_order {
    struct loop *loop;
    const struct image_writer *writer; /* NULL: no image */
    const char *database;              /* path; lives as long as the rebuild */
    const char *text;                  /* of the fragment, likewise; NULL: none */
    struct static_paths statics;       /* copied */
    uint32_t static_serial;            /* static_look()'s */
    /* What is published now: `before`, or else `present`. Both are taken and may be NULL. */
    struct image *present;
    struct serials *before;
    const struct ledger *ledger; /* lent */
    bool is_waited_for;          /* as after rebuild_hurry() */
    /* Called from the loop when the thread has ended. */
    void (*done)(void *ctx);
    void *ctx;
};

/* Takes what it takes in any case. ERR_IO. */
MUST_CHECK enum status rebuild_begin(const struct rebuild_order *order,
                                     struct rebuild **out, struct error *err);
/* Changes wait for it: the image comes without its second file, which takes time as well. */
void rebuild_hurry(struct rebuild *rebuild);
/* It is to end soon, without a result. */
void rebuild_stop(struct rebuild *rebuild);
/* Waits for its end, which a stop makes soon. */
void rebuild_free(struct rebuild *rebuild);
CLEANER(rebuild_free, struct rebuild *)

struct rebuild_result {
    enum status status; /* of all but writing the fragment */
    struct error err;
    int64_t seq;                    /* that was read */
    struct store_identity database; /* that was read */
    struct successor successor;     /* the image, if one was ordered */
    enum status text_status;
    struct error text_err;
};
/* NULL: it still runs. Lent. */
struct rebuild_result *rebuild_result(struct rebuild *rebuild);
