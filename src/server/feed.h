// SPDX-License-Identifier: GPL-3.0-or-later
/* feed.h - how publish hands the memory of the image to answer over RUN/publish/socket. publish
 * changes that memory in place (image/feed.h, answer/served_image.h). What it hands out cannot be
 * written to, so it may go to any process that is allowed to connect.
 *
 * answer never waits for the feed. Without publish it reads data.cdb itself. */
#pragma once

#include <sys/types.h>

#include "base/error.h"
#include "net/loop.h"

struct answer_server;
struct served_image;
struct image_writer;

enum feed_type {
    FEED_CONTROL_PAGE = 1, /* from publish: a new control page; its images follow */
    FEED_FILE = 2,         /* from publish: id, 4 bytes big-endian; the image */
    FEED_COPY_WANTED = 3,  /* from answer: no body */
    FEED_COPY = 4,         /* from publish: the copy; no descriptor: there is none */
};

/* publish's end. It listens, and hands out what the writer has. */
struct feeder;
struct feeder_options {
    struct loop *loop;
    const char *path;
    const uid_t *uids; /* users that may connect, as for local_listen() */
    size_t uid_count;
    /* Closed before the feeder is stopped. The feeder sets its image_writer_on_file(). */
    struct image_writer *writer;
    void (*work)(void *ctx); /* the writer has work to do (image_writer_work()) */
    void *ctx;
};
/* Copies the options. ERR_BUSY, ERR_EXISTS, ERR_LIMIT, ERR_IO as local_listen(). */
MUST_CHECK enum status feeder_start(const struct feeder_options *options,
                                    struct feeder **out, struct error *err);
/* NULL is fine. */
void feeder_stop(struct feeder *feeder);
CLEANER(feeder_stop, struct feeder *)

/* answer's end. It connects whenever it is not connected, and passes on what comes. */
struct feed;
struct feed_options {
    struct loop *loop;
    const char *path;
    const uid_t *uids; /* users that may hand out images, as for local_link_new() */
    size_t uid_count;
    struct answer_server *server;
    struct served_image *served; /* of the server's first thread; gets the copies */
    /* A message cannot be used. The connection is made again. */
    void (*trouble)(void *ctx, const struct error *err);
    void *ctx;
};
struct feed *feed_start(const struct feed_options *options);
/* For `copy_wanted` of the served image: asks publish for a copy. `feed` NULL: asks nobody. */
void feed_want_copy(struct feed *feed);
/* What was handed out stays in use. NULL is fine. */
void feed_stop(struct feed *feed);
CLEANER(feed_stop, struct feed *)
