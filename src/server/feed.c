// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/feed.h"

#include "answer/served_image.h"
#include "answer/server.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/reader.h"
#include "image/changes.h"
#include "image/feed.h"
#include "net/local.h"

enum {
    ID_SIZE = 4,
    FEEDER_MODE = 0660 /* for the group: answer may run under its own user */
};

/* If this fails, the channel closes, and answer connects again. */
static void send_fd(struct local_channel *channel, enum feed_type type, struct str body,
                    int fd)
{
    enum status lost = local_send_fds(channel, (uint16_t)type, body, &fd, fd < 0 ? 0 : 1);
    (void)lost;
}

/* ----- publish's end ----- */

struct feeder {
    struct feeder_options options;
    struct local_server *server;
    bool is_copying;
};

struct handed {
    uint32_t id;
    int fd;
};

static void hand_file(struct local_channel *channel, uint32_t id, int fd)
{
    uint8_t storage[ID_SIZE];
    struct buf body = BUF_ON(storage);
    buf_put_u32(&body, id);
    send_fd(channel, FEED_FILE, buf_str(&body), fd);
}

static void hand_to_one(void *ctx, uint32_t id, int fd)
{
    hand_file((struct local_channel *)ctx, id, fd);
}

static void hand_on(void *ctx, struct local_channel *channel)
{
    const struct handed *file = (const struct handed *)ctx;
    hand_file(channel, file->id, file->fd);
}

static void hand_to_all(void *ctx, uint32_t id, int fd)
{
    const struct feeder *feeder = (const struct feeder *)ctx;
    struct handed file = { .id = id, .fd = fd };
    if (feeder->server)
        local_server_each(feeder->server, hand_on, &file);
}

static void reader_came(void *ctx, struct local_channel *channel)
{
    const struct feeder *feeder = (const struct feeder *)ctx;
    struct image_writer *writer = feeder->options.writer;
    if (!image_writer_patches(writer, NULL))
        return; /* each image is a new file, which readers find themselves */
    send_fd(channel, FEED_CONTROL_PAGE, STR(""), image_writer_control_page(writer));
    image_writer_each_file(writer, hand_to_one, channel);
}

static void hand_copy(void *ctx, struct local_channel *channel)
{
    const int *fd = (const int *)ctx;
    if (!local_data(channel))
        return;
    local_set_data(channel, NULL);
    send_fd(channel, FEED_COPY, STR(""), *fd);
}

static void copy_made(void *ctx, uint64_t generation, int fd)
{
    struct feeder *feeder = (struct feeder *)ctx;
    (void)generation;
    feeder->is_copying = false;
    if (feeder->server)
        local_server_each(feeder->server, hand_copy, &fd);
}

static void reader_asks(void *ctx, struct local_channel *channel, uint16_t type,
                        struct str body)
{
    struct feeder *feeder = (struct feeder *)ctx;
    (void)body;
    if (type != FEED_COPY_WANTED)
        return;
    local_set_data(channel, feeder); /* it waits for a copy */
    if (feeder->is_copying)
        return;
    feeder->is_copying = true;
    if (image_writer_snapshot(feeder->options.writer, copy_made, feeder))
        copy_made(feeder, 0, -1);
    else
        feeder->options.work(feeder->options.ctx);
}

enum status feeder_start(const struct feeder_options *options, struct feeder **out,
                         struct error *err)
{
    static const struct local_events events = { .opened = reader_came,
                                                .message = reader_asks };
    struct feeder *feeder = NEW(struct feeder);
    feeder->options = *options;
    const struct local_options local = { .loop = options->loop,
                                         .path = options->path,
                                         .mode = FEEDER_MODE,
                                         .uids = options->uids,
                                         .uid_count = options->uid_count,
                                         .events = &events,
                                         .ctx = feeder };
    enum status status = local_listen(&local, &feeder->server, err);
    if (status) {
        mem_free(feeder);
        return status;
    }
    image_writer_on_file(options->writer, hand_to_all, feeder);
    *out = feeder;
    return OK;
}

void feeder_stop(struct feeder *feeder)
{
    if (!feeder)
        return;
    local_server_close(feeder->server);
    mem_free(feeder);
}

/* ----- answer's end ----- */

struct feed {
    struct feed_options options;
    struct local_link *link;
};

static enum status take_file(const struct feed *feed, struct str body, int fd,
                             struct error *err)
{
    struct reader in = reader_on(body);
    uint32_t id = reader_u32(&in);
    if (!reader_is_done(&in) || fd < 0)
        return FAIL(err, ERR_SYNTAX, "a message without its file");
    return answer_server_file(feed->options.server, id, fd, err);
}

static enum status take_message(const struct feed *feed, uint16_t type, struct str body,
                                int fd, struct error *err)
{
    switch (type) {
    case FEED_CONTROL_PAGE:
        if (fd < 0)
            return FAIL(err, ERR_SYNTAX, "a message without its control page");
        return answer_server_control_page(feed->options.server, fd, err);
    case FEED_FILE:
        return take_file(feed, body, fd, err);
    case FEED_COPY:
        return served_image_copy(feed->options.served, fd, err);
    default:
        return OK; /* a newer publish may have more types */
    }
}

static void writer_tells(void *ctx, struct local_channel *channel, uint16_t type,
                         struct str body)
{
    const struct feed *feed = (const struct feed *)ctx;
    CLEANUP(file_closep) int fd = local_take_fd(channel);
    struct error err = { "" };
    if (!take_message(feed, type, body, fd, &err))
        return;
    answer_server_writer_gone(feed->options.server);
    local_close(channel);
    feed->options.trouble(feed->options.ctx, &err);
}

static void writer_gone(void *ctx, struct local_channel *channel)
{
    const struct feed *feed = (const struct feed *)ctx;
    (void)channel;
    answer_server_writer_gone(feed->options.server);
}

struct feed *feed_start(const struct feed_options *options)
{
    static const struct local_events events = { .message = writer_tells,
                                                .closed = writer_gone };
    struct feed *feed = NEW(struct feed);
    feed->options = *options;
    const struct local_options link = { .loop = options->loop,
                                        .path = options->path,
                                        .uids = options->uids,
                                        .uid_count = options->uid_count,
                                        .events = &events,
                                        .ctx = feed };
    feed->link = local_link_new(&link);
    return feed;
}

void feed_want_copy(struct feed *feed)
{
    struct local_channel *channel = feed ? local_link_channel(feed->link) : NULL;
    if (channel)
        send_fd(channel, FEED_COPY_WANTED, STR(""), -1);
}

void feed_stop(struct feed *feed)
{
    if (!feed)
        return;
    local_link_free(feed->link);
    mem_free(feed);
}
