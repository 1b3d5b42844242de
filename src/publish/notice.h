// SPDX-License-Identifier: GPL-3.0-or-later
/* notice.h - tells soon when something in the static files' folders changes (inotify).
 *
 * Only a hint: what it misses, the look by timer finds. */
#pragma once

#include "net/loop.h"
#include "publish/static.h"

struct notice {
    struct watch watch; /* loop is NULL: nothing is watched */
    int fd;
    timer_fn fn;
    void *ctx;
};

/* Watches every path that is a folder and the folders of the other paths. Calls `fn` once for
 * all events of a round. Does nothing where the system gives no notices. */
void notice_start(struct notice *notice, struct loop *loop,
                  const struct static_paths *paths, timer_fn fn, void *ctx);
void notice_stop(struct notice *notice);
