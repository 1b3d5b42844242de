// SPDX-License-Identifier: GPL-3.0-or-later
/* notice.h - reports soon that something in the static files' folders has changed (inotify).
 *
 * It is only a hint: the look by timer finds what it misses. */
#pragma once

#include "net/loop.h"
#include "publish/static.h"

struct notice {
    struct watch watch; /* loop is NULL: nothing is watched */
    int fd;
    timer_fn fn;
    void *ctx;
};

/* Watches every path that is a folder, and the folders of the other paths. Calls `fn` once for all
 * events of a round. Does nothing where inotify does not work. */
void notice_start(struct notice *notice, struct loop *loop,
                  const struct static_paths *paths, timer_fn fn, void *ctx);
void notice_stop(struct notice *notice);
