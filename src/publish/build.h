// SPDX-License-Identifier: GPL-3.0-or-later
/* build.h - a whole image, a fragment, or both, from the order to their place.
 *
 * A thread makes them (rebuild.h). Then, on the loop, the image catches up with the one that is
 * in place and replaces it. For the publisher alone.
 *
 *     IDLE -- begin --> RUNNING -- conclude, end --> IDLE
 *                          |
 *                      make_void --> VOID -- end --> IDLE */
#pragma once

#include "publish/counts.h"
#include "publish/database.h"
#include "publish/ledger.h"
#include "publish/rebuild.h"

enum build_state {
    BUILD_IDLE,
    BUILD_RUNNING, /* in its thread, or made and not yet in place */
    BUILD_VOID,    /* the same, but its result will not be used */
};

/* What is to be made. */
struct build_work {
    bool image, text;
};

struct build {
    /* Where the image goes, and what has to agree with it; lent for good. */
    struct inplace *inplace;
    struct ledger *ledger;
    const struct database *database;

    enum build_state state;
    struct rebuild *rebuild; /* NULL while it is idle */
    struct build_work work;
    struct static_look look; /* at the static files, when it began */
    int64_t begun_ms;
};

struct build_order {
    struct loop *loop;
    const char *database; /* path; lent until the build ends */
    const char *text;     /* of the fragment, likewise; used if it is to be made */
    const struct static_paths *statics;
    const struct static_look *look;
    struct build_work work;
    /* Called from the loop when the thread has ended: build_conclude() comes next. */
    void (*done)(void *ctx);
    void *ctx;
};

/* Only while it is idle. ERR_IO. */
MUST_CHECK enum status build_begin(struct build *build, const struct build_order *order,
                                   struct error *err);
/* Changes wait for it: it is to end soon. */
void build_hurry(const struct build *build);
/* The result of the present build, if there is one, is not used. */
void build_make_void(struct build *build);
/* Whether the thread has ended, well or not. */
bool build_is_made(const struct build *build);
/* How the thread ended; OK for what is void. */
MUST_CHECK enum status build_status(const struct build *build, struct error *err);

/* What a build has brought. */
struct build_result {
    bool more; /* it has not caught up yet: conclude again, soon */

    bool has_image; /* a new image is in place */
    struct publisher_counts counts;

    bool has_text; /* a fragment was to be made */
    enum status text_status;
    struct error text_err;
    int64_t text_seq; /* that the fragment shows */
};
/* Puts in place what was made, when build_status() is OK. `applied` is the seq of the image in
 * place, -1: none. A new image that does not fit the one in place makes the build void, which
 * is no error; nor is a fragment that cannot be written. ERR_IO: the image is not, or may not
 * be, in place. */
MUST_CHECK enum status build_conclude(struct build *build, int64_t applied,
                                      struct build_result *out, struct error *err);
/* It is idle again. Waits for a thread that still runs, which ends soon. */
void build_end(struct build *build);
