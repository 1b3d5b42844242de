// SPDX-License-Identifier: GPL-3.0-or-later
/* rebuild.h - makes a whole image, the fragment, or both in a thread of its own, while the loop
 * goes on. For the publisher alone: see build.h.
 *
 * The thread has its own connection to the database and reads it in one transaction. Of the loop's
 * data it sees only its order, and of the writer's calls it uses only
 * image_draft_make() and image_draft_add_spare(). In builds for tests it waits as long as the
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

/* `present` and `before` are taken even when it fails. ERR_IO. */
MUST_CHECK enum status rebuild_begin(const struct rebuild_order *order,
                                     struct rebuild **out, struct error *err);
/* Changes wait for it: the image is handed over without its second file, which would take time. */
void rebuild_hurry(struct rebuild *rebuild);
/* Makes it end soon, without a result. */
void rebuild_stop(struct rebuild *rebuild);
/* Stops it and waits for its end. */
void rebuild_free(struct rebuild *rebuild);
CLEANER(rebuild_free, struct rebuild *)

struct rebuild_result {
    enum status status; /* of everything except writing the fragment */
    struct error err;
    int64_t seq;                    /* newest of the database as it was read */
    struct store_identity database; /* which one that is */
    struct successor successor;     /* the image, if one was ordered */
    enum status text_status;
    struct error text_err;
};
/* NULL: the thread still runs. Lent. */
struct rebuild_result *rebuild_result(struct rebuild *rebuild);
