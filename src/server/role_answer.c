// SPDX-License-Identifier: GPL-3.0-or-later
/* answer: DNS from the image. Needs no other role and no database. */
#include "server/role.h"

#include <signal.h>

#include "answer/server.h"
#include "answer/source.h"
#include "base/json.h"
#include "net/loop.h"
#include "server/limits.h"
#include "server/status.h"

enum {
    STATUS_MS = 10000,
    DRAIN_MS = 1000, /* for connections that are open at the end */
    DRAIN_LOOK_MS = 20
};

struct role {
    struct config *config;
    struct loop *loop;
    struct answer_source *source;
    struct answer_server *server;
    struct answer_secondary secondaries[CONFIG_SECONDARIES_MAX];
    struct answer_access access; /* who may take zones */
    struct timer status_timer, drain_timer;
    int64_t drained_by_ms;  /* 0: not ending */
    struct json *listeners; /* addresses as they were bound */
    struct error trouble;   /* why the newest file is not in use; empty: it is */
};

static void put_counters(const struct role *role, struct json *status)
{
    if (!role->server)
        return;
    const struct answer_counters *counters = answer_server_counters(role->server);
    json_put_number(status, "queries_udp", (int64_t)counters->queries[ANSWER_UDP]);
    json_put_number(status, "queries_tcp", (int64_t)counters->queries[ANSWER_TCP]);
    json_put_number(status, "ignored", (int64_t)counters->ignored);
    json_put_number(status, "truncated", (int64_t)counters->truncated);
    json_put_number(status, "transfers", (int64_t)counters->transfers);
    json_put_number(status, "transfer_records", (int64_t)counters->transfer_records);
    json_put_number(status, "tcp_connections",
                    (int64_t)answer_server_connections(role->server));
}

static void save_status(const struct role *role, const char *state)
{
    struct json *status = status_new("answer", state);
    json_put(status, "dns", json_clone(role->listeners));
    json_put_text(status, "trouble", str_from(role->trouble.text));
    put_counters(role, status);
    status_save(role->config, "answer", status);
}

/* The counters in the status file are at most this old. */
static void refresh_status(void *ctx)
{
    struct role *role = (struct role *)ctx;
    save_status(role, "running");
    timer_set(&role->status_timer, role->loop, loop_now_ms(role->loop) + STATUS_MS,
              refresh_status, role);
}

static void image_changed(void *ctx)
{
    struct role *role = (struct role *)ctx;
    if (role->trouble.text[0]) {
        log_info("image-in-use-again");
        role->trouble.text[0] = 0;
        save_status(role, "running");
    }
}

static void image_refused(void *ctx, const struct error *err)
{
    struct role *role = (struct role *)ctx;
    log_error("image-refused", LOG_TEXT("why", err->text),
              LOG_TEXT("serving", role->source && answer_source_image(role->source)
                                      ? "the one before"
                                      : "nothing"));
    role->trouble = *err;
    save_status(role, "running");
}

/* What is in the configuration is lent on. */
static void allow_transfers(struct role *role)
{
    const struct config *config = role->config;
    for (size_t i = 0; i < config->secondary_count; i++) {
        const struct config_secondary *from = &config->secondaries[i];
        role->secondaries[i] = (struct answer_secondary){
            .from = from->from,
            .from_count = from->from_count,
            .key = from->key < 0 ? NULL : &config->keys[from->key],
            .zones = from->zones,
            .zone_count = from->zone_count,
        };
    }
    role->access = (struct answer_access){ .keys = config->keys,
                                           .key_count = config->key_count,
                                           .secondaries = role->secondaries,
                                           .secondary_count = config->secondary_count };
    answer_server_allow(role->server, &role->access);
}

static void look_at_drain(void *ctx)
{
    struct role *role = (struct role *)ctx;
    int64_t now_ms = loop_now_ms(role->loop);
    if (answer_server_connections(role->server) == 0 || now_ms >= role->drained_by_ms)
        loop_stop(role->loop);
    else
        timer_set(&role->drain_timer, role->loop, now_ms + DRAIN_LOOK_MS, look_at_drain,
                  role);
}

/* Who has a connection open gets his answer; our successor may read the sockets already. */
static void drain(struct role *role)
{
    if (role->drained_by_ms)
        return;
    role->drained_by_ms = loop_now_ms(role->loop) + DRAIN_MS;
    answer_server_drain(role->server);
    look_at_drain(role);
}

static void take_signal(void *ctx, int number)
{
    struct role *role = (struct role *)ctx;
    if (number == SIGTERM || number == SIGINT)
        drain(role);
    else if (number == SIGHUP && config_log_reload(role->config, true))
        allow_transfers(role);
}

static enum status start(struct role *role, struct error *err)
{
    static const struct answer_source_events events = { .changed = image_changed,
                                                        .refused = image_refused };
    (void)limits_raise_descriptors();
    role->listeners = json_new_array();
    role->source = answer_source_new(role->loop, role->config->image, &events, role);
    role->server = answer_server_new(role->loop, role->source, NULL);
    allow_transfers(role);
    for (size_t i = 0; i < role->config->dns_count; i++) {
        const struct endpoint *at = &role->config->dns[i];
        uint16_t port = 0;
        enum status status =
            answer_server_listen(role->server, at->ip, at->port, false, &port, err);
        if (status)
            return status;
        json_append(role->listeners, status_endpoint(at->ip, port));
        log_info("listening", LOG_TEXT("for", "dns"),
                 LOG_TEXT("address", ip_text(at->ip)), LOG_NUMBER("port", port));
    }
    return loop_signals(role->loop, take_signal, role, err);
}

int role_answer(struct config *config)
{
    struct role role = { .config = config, .loop = loop_new(clock_system()) };
    struct error err = { "" };
    enum status status = start(&role, &err);
    if (status) {
        log_error("cannot-start", LOG_TEXT("why", err.text));
    } else {
        refresh_status(&role);
        loop_run(role.loop);
        save_status(&role, "stopped");
    }
    timer_stop(&role.status_timer);
    timer_stop(&role.drain_timer);
    answer_server_free(role.server);
    answer_source_free(role.source);
    json_free(role.listeners);
    loop_free(role.loop);
    return status ? EXIT_TROUBLE : EXIT_OK;
}
