// SPDX-License-Identifier: GPL-3.0-or-later
/* publisher_inside.h - what the publisher's two files share: when to look and to patch stands in
 * publisher.c, whole images in publisher_build.c. */
#pragma once

#include "publish/database.h"
#include "publish/ledger.h"
#include "publish/notice.h"
#include "publish/publisher.h"
#include "publish/rebuild.h"

/* What an attempt has to do. */
struct work {
    bool image, text;
};

/* What runs beside the loop. */
struct build {
    struct rebuild *rebuild; /* NULL: nothing */
    struct work work;
    struct static_look look; /* at the static files */
    int64_t begun_ms;
    bool is_void; /* nobody wants it any more */
};

struct publisher {
    struct publisher_options options; /* with the texts that follow */
    char *database_path, *text_path;
    struct static_paths statics;
    struct database database;
    struct timer timer;       /* for looks, and what they lead to */
    struct timer patch_timer; /* for changes in place */
    struct notice notice;

    int64_t applied; /* seq of the image; -1: none built yet */
    struct inplace inplace;
    struct ledger *ledger;
    struct build build;
    bool is_behind;     /* there may be changes */
    int64_t patched_ms; /* when it was changed last */
    struct digest fingerprint;
    bool unread;           /* has to build, whatever the inputs look like */
    int64_t rest_until_ms; /* no attempt before */
    bool text_is_old;
    int64_t text_rest_until_ms;
    struct error last_error, text_error;
    struct publisher_counts counts;
};

/* ----- publisher.c ----- */

int64_t publisher_now_ms(const struct publisher *publisher);
/* Opens the database, unless it is open; the image is forgotten when it is another one. */
MUST_CHECK enum status publisher_open_store(struct publisher *publisher,
                                            struct error *err);
/* The patch timer, at once and whatever rests. */
void publisher_go_on(struct publisher *publisher);
/* How long to rest after a build. */
int64_t publisher_rest(const struct publisher *publisher, int64_t took_ms);

/* ----- publisher_build.c ----- */

/* Begins the work; `done` comes when it is to be concluded. */
MUST_CHECK enum status publisher_begin(struct publisher *publisher,
                                       const struct static_look *look,
                                       const struct work *work, timer_fn done,
                                       struct error *err);
/* Nobody wants any more what is being made; nothing may be. */
void publisher_make_void(struct publisher *publisher);
/* Puts in place what was made, and tells its zones; a fragment that cannot be written is not an
 * error of the image. *more: not yet done, call again. What has become void is not an error. */
MUST_CHECK enum status publisher_conclude(struct publisher *publisher, bool *more,
                                          struct error *err);
