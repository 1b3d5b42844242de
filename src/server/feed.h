// SPDX-License-Identifier: GPL-3.0-or-later
/* feed.h - publish hands the image's memory, which it changes in place, to answer
 * (image/feed.h, answer/served_image.h), over RUN/publish/socket. Nothing that is handed out can be
 * written to, so that nothing depends on who is there.
 *
 * Nothing in answer waits for it: without publish it reads data.cdb by itself. */
#pragma once

#include <sys/types.h>

#include "base/error.h"
#include "net/loop.h"

struct answer_server;
struct served_image;
struct image_writer;

enum feed_type {
    FEED_CONTROL_PAGE = 1, /* publish: a new control page; its images follow */
    FEED_FILE = 2,         /* publish: id, 4 bytes big-endian; the image */
    FEED_COPY_WANTED = 3,  /* answer: no body */
    FEED_COPY = 4,         /* publish: the copy; without a descriptor: it cannot be had */
};

/* publish's end: listens, and hands out what the writer has. */
struct feeder;
struct feeder_options {
    struct loop *loop;
    const char *path;
    const uid_t *uids; /* who may come, as for local_listen() */
    size_t uid_count;
    /* Is closed before the feeder is stopped. Its image_writer_on_file() is taken. */
    struct image_writer *writer;
    void (*work)(void *ctx); /* the writer has work to do (image_writer_work()) */
    void *ctx;
};
/* Copies the options. ERR_BUSY, ERR_EXISTS, ERR_IO as local_listen(). */
MUST_CHECK enum status feeder_start(const struct feeder_options *options,
                                    struct feeder **out, struct error *err);
void feeder_stop(struct feeder *feeder);
CLEANER(feeder_stop, struct feeder *)

/* answer's end: connects, again and again, and passes on what comes. */
struct feed;
struct feed_options {
    struct loop *loop;
    const char *path;
    const uid_t *uids; /* who may hand out, as for local_link_new() */
    size_t uid_count;
    struct answer_server *server;
    struct served_image *served; /* of its first thread: copies are for it */
    /* What came cannot be used; the connection is made anew. */
    void (*trouble)(void *ctx, const struct error *err);
    void *ctx;
};
struct feed *feed_start(const struct feed_options *options);
/* For `copy_wanted` of the served image; `feed` NULL: nobody is there to ask. */
void feed_want_copy(struct feed *feed);
/* What was handed out stays in use. */
void feed_stop(struct feed *feed);
CLEANER(feed_stop, struct feed *)
