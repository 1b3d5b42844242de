// SPDX-License-Identifier: GPL-3.0-or-later
/* publish: makes the image from the database whenever front has committed something. */
#include "server/role.h"

#include <signal.h>

#include "base/json.h"
#include "net/local.h"
#include "net/loop.h"
#include "publish/publisher.h"
#include "server/status.h"
#include "server/wire.h"

enum {
    STATUS_MS = 1000
};

struct publish {
    const struct config *config;
    struct loop *loop;
    struct timer status_timer;
    struct publisher *publisher;
    struct local_link *link;
    int64_t seq;
    size_t shadowed;      /* hosts that are left out, as told last */
    struct error trouble; /* empty text: none */
};

static void save_status(const struct publish *publish, const char *state)
{
    struct json *status = status_new("publish", state);
    json_put_number(status, "applied", publish->seq);
    json_put_text(status, "trouble", str_from(publish->trouble.text));
    if (publish->publisher) {
        const struct publisher_counts *counts = publisher_counts(publish->publisher);
        json_put_number(status, "zones", (int64_t)counts->zones);
        json_put_number(status, "hosts", (int64_t)counts->hosts);
        json_put_number(status, "hosts_shadowed", (int64_t)counts->hosts_shadowed);
        json_put_number(status, "static_records", (int64_t)counts->static_records);
    }
    status_save(publish->config, "publish", status);
}

static void save_status_late(void *ctx)
{
    const struct publish *publish = (const struct publish *)ctx;
    save_status(publish, publish->trouble.text[0] ? "trouble" : "running");
}

/* The file may lag by a second: it is not written again for every image. */
static void save_status_soon(struct publish *publish)
{
    if (!publish->status_timer.loop)
        timer_set(&publish->status_timer, publish->loop,
                  loop_now_ms(publish->loop) + STATUS_MS, save_status_late, publish);
}

static void tell_front(const struct publish *publish)
{
    struct local_channel *channel = local_link_channel(publish->link);
    if (!channel)
        return;
    uint8_t storage[WIRE_SEQ_SIZE + ERROR_TEXT_SIZE];
    struct buf body = BUF_ON(storage);
    wire_put_seq(&body, publish->seq);
    buf_put_text(&body, publish->trouble.text);
    wire_send(channel, WIRE_APPLIED, buf_str(&body));
}

/* Hosts that the operator's own lines of the same name keep out of DNS. */
static void tell_shadowed(struct publish *publish)
{
    const struct publisher_counts *counts = publisher_counts(publish->publisher);
    if (counts->hosts_shadowed && counts->hosts_shadowed != publish->shadowed)
        log_warning("hosts-shadowed", LOG_NUMBER("count", counts->hosts_shadowed),
                    LOG_TEXT("example", counts->shadowed_example));
    publish->shadowed = counts->hosts_shadowed;
}

/* The image is up to date, or why it is not. */
static void settled(void *ctx, int64_t seq, enum status status, const struct error *err)
{
    struct publish *publish = (struct publish *)ctx;
    struct error before = publish->trouble;
    publish->seq = seq > 0 ? seq : 0; /* -1: no image of ours yet */
    error_set(&publish->trouble, "%s", status ? err->text : "");
    if (!str_equal(str_from(before.text), str_from(publish->trouble.text))) {
        if (status)
            log_error("not-published", LOG_TEXT("why", err->text));
        else
            log_info("published-again", LOG_NUMBER("seq", seq));
    }
    if (!status)
        tell_shadowed(publish);
    save_status_soon(publish);
    log_debug("published", LOG_NUMBER("seq", seq));
    tell_front(publish);
}

static void link_opened(void *ctx, struct local_channel *channel)
{
    const struct publish *publish = (const struct publish *)ctx;
    wire_send(channel, WIRE_SUBSCRIBE, STR(""));
    tell_front(publish);
}

static void link_message(void *ctx, struct local_channel *channel, uint16_t type,
                         struct str body)
{
    const struct publish *publish = (const struct publish *)ctx;
    (void)channel;
    int64_t seq = 0;
    struct str rest;
    if (type == WIRE_COMMITTED && !wire_take_seq(body, &seq, &rest) && seq > publish->seq)
        publisher_wake(publish->publisher);
}

static void take_signal(void *ctx, int number)
{
    struct publish *publish = (struct publish *)ctx;
    if (number == SIGHUP)
        publisher_wake(publish->publisher);
    else if (number != SIGCHLD)
        loop_stop(publish->loop);
}

static enum status start(struct publish *publish, struct error *err)
{
    static const struct local_events events = { .message = link_message };
    const struct config *config = publish->config;
    const struct publisher_options options = {
        .loop = publish->loop,
        .database = config->database,
        .directory = config->image,
        .statics = (const char *const *)config->static_paths,
        .static_count = config->static_count,
        .settled = settled,
        .ctx = publish,
    };
    enum status status = loop_signals(publish->loop, take_signal, publish, err);
    if (status)
        return status;
    publish->link = local_link_new(publish->loop, config->front_socket, NULL, 0, &events,
                                   link_opened, publish);
    return publisher_start(&options, &publish->publisher, err);
}

int role_publish(const struct config *config)
{
    struct publish publish = { .config = config, .loop = loop_new(clock_system()) };
    struct error err = { "" };
    enum status status = config_make_directories(config, &err);
    if (!status)
        status = start(&publish, &err);
    if (status) {
        log_error("cannot-start", LOG_TEXT("why", err.text));
    } else {
        save_status(&publish, "running");
        loop_run(publish.loop);
        save_status(&publish, "stopped");
    }
    timer_stop(&publish.status_timer);
    publisher_stop(publish.publisher);
    local_link_free(publish.link);
    loop_free(publish.loop);
    return status ? EXIT_TROUBLE : EXIT_OK;
}
