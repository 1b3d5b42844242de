// SPDX-License-Identifier: GPL-3.0-or-later
/* answer: answers DNS queries from the image, and serves transfers. It needs no other role and no
 * database. */
#include "server/role.h"

#include <signal.h>
#include <string.h>

#include "answer/querylog.h"
#include "answer/served_image.h"
#include "answer/server.h"
#include "base/json.h"
#include "base/random.h"
#include "dns/record.h"
#include "net/loop.h"
#include "net/pulse.h"
#include "run/status.h"
#include "server/feed.h"
#include "server/launch.h"
#include "server/limits.h"
#include "server/listen.h"
#include "server/sandbox.h"

enum {
    STATUS_MS = 10000,
    DRAIN_MS = 1000, /* for connections that are still open */
    DRAIN_LOOK_MS = 20,
    TYPE_SIZE = 32
};

struct answering {
    struct config *config;
    struct loop *loop;
    struct sandbox *sandbox;
    struct served_image *served;
    struct answer_server *server;
    struct feed *feed;
    struct answer_secondary secondaries[CONFIG_SECONDARIES_MAX];
    struct answer_access access; /* the clients that may transfer zones */
    struct answer_policy policy;
    struct cookie_secrets secrets;
    bool secret_is_ours;
    struct querylog *log; /* NULL: none */
    struct timer status_timer, drain_timer;
    struct pulse *pulse;
    int64_t drained_by_ms;  /* 0: we do not end */
    struct json *listeners; /* addresses as they were bound */
    bool had_image;
    struct error trouble; /* why the newest image is not in use; empty: it is */
};

/* Only counts that are not 0. */
static struct json *tell_rcodes(const struct answer_counters *counters)
{
    struct json *rcodes = json_new_object();
    for (unsigned i = 0; i < ANSWER_RCODES; i++)
        if (counters->rcodes[i])
            json_put_number(rcodes, rcode_word((enum dns_rcode)i),
                            (int64_t)counters->rcodes[i]);
    return rcodes;
}

static struct json *tell_types(const struct answer_counters *counters)
{
    struct json *types = json_new_object();
    for (unsigned i = 0; i <= ANSWER_TYPES; i++) {
        char storage[TYPE_SIZE];
        struct buf name = BUF_ON(storage);
        if (counters->types[i] == 0)
            continue;
        if (i < ANSWER_TYPES)
            rr_type_format((uint16_t)i, &name);
        else
            buf_put_text(&name, "others");
        json_put_number(types, buf_text(&name), (int64_t)counters->types[i]);
    }
    return types;
}

static void put_counters(const struct answering *role, struct json *status)
{
    if (!role->server)
        return;
    const struct answer_counters *counters = answer_server_counters(role->server);
    json_put_number(status, "queries_udp", (int64_t)counters->queries[ANSWER_UDP]);
    json_put_number(status, "queries_tcp", (int64_t)counters->queries[ANSWER_TCP]);
    json_put_number(status, "ignored", (int64_t)counters->ignored);
    json_put_number(status, "truncated", (int64_t)counters->truncated);
    json_put_number(status, "transfers", (int64_t)counters->transfers);
    json_put_number(status, "incremental", (int64_t)counters->incremental);
    json_put_number(status, "transfers_broken", (int64_t)counters->transfers_broken);
    json_put_number(status, "transfers_refused", (int64_t)counters->transfers_refused);
    json_put_number(status, "transfers_unlogged", (int64_t)counters->transfers_unlogged);
    json_put_number(status, "transfer_records", (int64_t)counters->transfer_records);
    json_put_number(status, "known_by_cookie", (int64_t)counters->known);
    json_put_number(status, "slipped", (int64_t)counters->slipped);
    json_put_number(status, "dropped", (int64_t)counters->dropped);
    json_put_number(status, "unlogged", (int64_t)counters->unlogged);
    json_put(status, "rcodes", tell_rcodes(counters));
    json_put(status, "types", tell_types(counters));
    json_put_number(status, "tcp_connections",
                    (int64_t)answer_server_connections(role->server));
    json_put_bool(status, "fed", served_image_is_from_writer(role->served));
}

static void save_status(const struct answering *role, const char *state)
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
    struct answering *role = (struct answering *)ctx;
    save_status(role, "running");
    timer_set(&role->status_timer, role->loop, loop_now_ms(role->loop) + STATUS_MS,
              refresh_status, role);
}

static void image_changed(void *ctx)
{
    struct answering *role = (struct answering *)ctx;
    bool is_first = !role->had_image;
    role->had_image = true;
    if (role->trouble.text[0]) {
        log_info(is_first ? "image-in-use" : "image-in-use-again");
        role->trouble.text[0] = 0;
        save_status(role, "running");
    }
}

static void look_at_drain(void *ctx)
{
    struct answering *role = (struct answering *)ctx;
    int64_t now_ms = loop_now_ms(role->loop);
    if (answer_server_connections(role->server) == 0 || now_ms >= role->drained_by_ms)
        loop_stop(role->loop);
    else
        timer_set(&role->drain_timer, role->loop, now_ms + DRAIN_LOOK_MS, look_at_drain,
                  role);
}

/* Open connections still get their answers. Our successor may read the sockets already. */
static void drain(struct answering *role)
{
    if (role->drained_by_ms)
        return;
    role->drained_by_ms = loop_now_ms(role->loop) + DRAIN_MS;
    answer_server_drain(role->server);
    look_at_drain(role);
}

/* The sandbox does not reach a folder that was made or replaced after it closed. A new process can
 * read it. Our supervisor starts one when we end. */
static void renew_if_needed(struct answering *role)
{
    if (!role->sandbox || role->drained_by_ms ||
        sandbox_covers_folder(role->sandbox, role->config->image))
        return;
    log_info("starting-anew",
             LOG_TEXT("why", "the sandbox does not reach the folder of the image"));
    drain(role);
}

/* A missing image is no fault before the first one: publish may start after us. */
static void image_refused(void *ctx, enum status status, const struct error *err)
{
    struct answering *role = (struct answering *)ctx;
    if (status == ERR_NOT_FOUND && !role->had_image)
        log_info("image-awaited", LOG_TEXT("why", err->text));
    else
        log_error("image-refused", LOG_TEXT("why", err->text),
                  LOG_TEXT("serving", role->served && served_image_is_there(role->served)
                                          ? "the one before"
                                          : "nothing"));
    role->trouble = *err;
    save_status(role, "running");
    if (status != ERR_NOT_FOUND)
        renew_if_needed(role);
}

static void copy_wanted(void *ctx)
{
    const struct answering *role = (const struct answering *)ctx;
    feed_want_copy(role->feed);
}

static void feed_trouble(void *ctx, const struct error *err)
{
    (void)ctx;
    log_warning("feed-refused", LOG_TEXT("why", err->text));
}

/* The access refers to the configuration. */
static void allow_transfers(struct answering *role)
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

/* Hands the options on. The policy refers to the configuration. If the operator gives no cookie
 * secret, we make one at the start and keep it. */
static void follow_config(struct answering *role)
{
    const struct config *config = role->config;
    if (config->dns_cookie_secret_count > 0) {
        role->secrets =
            (struct cookie_secrets){ .count = config->dns_cookie_secret_count };
        memcpy(role->secrets.secrets, config->dns_cookie_secrets,
               sizeof(role->secrets.secrets));
        role->secret_is_ours = false;
    } else if (!role->secret_is_ours) {
        role->secrets.count = 1;
        random_fill(role->secrets.secrets[0], COOKIE_SECRET_SIZE);
        role->secret_is_ours = true;
    }
    role->policy =
        (struct answer_policy){ .cookies = config->dns_cookies ? &role->secrets : NULL,
                                .nsid = str_from(config->dns_nsid),
                                .whoami = config->dns_whoami,
                                .whoami_count = config->dns_whoami_count,
                                .amplify = config->dns_amplify,
                                .rate = config->dns_rate,
                                .exempt = config->dns_exempt,
                                .exempt_count = config->dns_exempt_count };
    answer_server_follow(role->server, &role->policy);
}

/* Pauses the other threads, as they read what is replaced. */
static void reload(struct answering *role)
{
    answer_server_pause(role->server);
    if (config_log_reload(role->config, true)) {
        allow_transfers(role);
        follow_config(role);
    }
    answer_server_resume(role->server);
}

static void take_signal(void *ctx, int number)
{
    struct answering *role = (struct answering *)ctx;
    if (number == SIGTERM || number == SIGINT)
        drain(role);
    else if (number == SIGHUP)
        reload(role);
}

static void start_feed(struct answering *role)
{
    uid_t publish = 0;
    bool apart = role_find_uid(role->config, ROLE_PUBLISH, &publish);
    const struct feed_options options = { .loop = role->loop,
                                          .path = role->config->publish_socket,
                                          .uids = &publish,
                                          .uid_count = apart,
                                          .server = role->server,
                                          .served = role->served,
                                          .trouble = feed_trouble,
                                          .ctx = role };
    role->feed = feed_start(&options);
}

static enum status listen_all(struct answering *role, struct error *err)
{
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
    return OK;
}

static enum status open_log(struct answering *role, struct error *err)
{
    if (!role->config->dns_query_log[0])
        return OK;
    enum status status = querylog_open(role->config->dns_query_log, &role->log, err);
    if (!status)
        answer_server_log(role->server, querylog_pipe(role->log));
    return status;
}

static enum status start(struct answering *role, struct error *err)
{
    static const struct served_image_events events = { .changed = image_changed,
                                                       .refused = image_refused,
                                                       .copy_wanted = copy_wanted };
    (void)limits_raise_descriptors();
    role->listeners = json_new_array();
    role->served = served_image_new(role->loop, role->config->image, &events, role);
    role->server = answer_server_new(role->loop, role->served, NULL);
    answer_server_threads(role->server, listen_dns_threads(role->config));
    allow_transfers(role);
    follow_config(role);
    /* Threads may need sockets that were not inherited. These come before the sandbox closes. */
    enum status status = listen_all(role, err);
    if (!status)
        status = sandbox_enter(role->config, ROLE_ANSWER, &role->sandbox, err);
    if (!status)
        status = open_log(role, err);
    if (!status)
        status = loop_signals(role->loop, take_signal, role, err);
    if (status)
        return status;
    role->pulse = launch_pulse(role->config, "answer", role->loop);
    answer_server_watch(role->server, role->pulse);
    status = answer_server_run(role->server, err);
    if (!status)
        start_feed(role);
    return status;
}

int role_answer(struct config *config)
{
    struct answering role = { .config = config, .loop = loop_new(clock_system()) };
    struct error err = { "" };
    enum status status = start(&role, &err);
    if (status) {
        log_error("cannot-start", LOG_TEXT("why", err.text));
    } else {
        refresh_status(&role);
        sandbox_try_acts(config, ROLE_ANSWER);
        loop_run(role.loop);
        save_status(&role, "stopped");
    }
    timer_stop(&role.status_timer);
    timer_stop(&role.drain_timer);
    feed_stop(role.feed);
    answer_server_free(role.server);
    querylog_close(role.log);
    served_image_free(role.served);
    json_free(role.listeners);
    sandbox_free(role.sandbox);
    pulse_stop(role.pulse);
    loop_free(role.loop);
    return status ? EXIT_TROUBLE : EXIT_OK;
}
