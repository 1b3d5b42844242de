// SPDX-License-Identifier: GPL-3.0-or-later
/* front: serves plain HTTP, writes the database, and listens on the socket to which rovectl and
 * publish connect. */
#include "server/role.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "account/keys.h"
#include "api/api.h"
#include "api/metrics.h"
#include "base/json.h"
#include "base/mem.h"
#include "change/change.h"
#include "http/server.h"
#include "net/local.h"
#include "net/loop.h"
#include "net/pulse.h"
#include "net/socket.h"
#include "people/people.h"
#include "people/refused.h"
#include "rest/message.h"
#include "rest/truths.h"
#include "run/role_metrics.h"
#include "run/role_states.h"
#include "run/secondary_metrics.h"
#include "run/status.h"
#include "run/wire.h"
#include "server/launch.h"
#include "server/limits.h"
#include "server/lists.h"
#include "server/mail_office.h"
#include "server/sandbox.h"
#include "server/streams.h"

enum {
    /* For database, listeners and local peers. */
    OWN_DESCRIPTORS = 64 + 2 * LOCAL_CHANNELS_MAX * LOCAL_USERS_MAX,
    DRAIN_MS = 5000,
    SECONDS_PER_DAY = 86400
};

/* A peer on the local socket. */
struct peer {
    struct front *front;
    struct local_channel *channel; /* NULL: it has gone; a reply may still be due */
    size_t replies_due;
    bool subscribed;
};

struct front {
    struct config *config;
    struct lists lists; /* the operator's files */
    struct admin_rules rules;
    struct keys keys;
    struct loop *loop;
    struct sandbox *sandbox;
    struct events *events;
    struct change *change;
    struct http_server *http, *metrics;
    struct local_server *local;
    struct local_server *streams; /* from tls; NULL: there is no such role */
    struct mail_office *mails;    /* NULL: none are sent */
    struct api api;
    struct pages *pages; /* NULL: none were read */
    struct people *people;
    struct refused
        *refused;         /* NULL: no list of domains is configured, or none was read */
    bool refused_missing; /* one is configured, and none was read yet */
    struct timer drain_timer;
    struct pulse *pulse;
    struct json *listeners, *metrics_listeners; /* addresses as they were bound */
    bool published;                             /* publish has reported at least once */
    int64_t applied_seq;
    char publish_trouble[ERROR_TEXT_SIZE];
    bool failed;
};

static void save_status(const struct front *front, const char *state)
{
    struct json *status = status_new("front", state);
    json_put(status, "http", json_clone(front->listeners));
    json_put(status, "metrics", json_clone(front->metrics_listeners));
    json_put_text(status, "local", str_from(front->config->front_socket));
    status_save(front->config, "front", status);
}

/* ----- local socket ----- */

static void peer_opened(void *ctx, struct local_channel *channel)
{
    struct peer *peer = NEW(struct peer);
    *peer = (struct peer){ .front = (struct front *)ctx, .channel = channel };
    local_set_data(channel, peer);
}

static void peer_free_if_over(struct peer *peer)
{
    if (!peer->channel && peer->replies_due == 0)
        mem_free(peer);
}

static void peer_closed(void *ctx, struct local_channel *channel)
{
    (void)ctx;
    struct peer *peer = (struct peer *)local_data(channel);
    peer->channel = NULL;
    peer_free_if_over(peer);
}

static void send_reply(void *ctx, struct str reply)
{
    struct peer *peer = (struct peer *)ctx;
    peer->replies_due--;
    if (peer->channel && local_send(peer->channel, WIRE_REPLY, reply) == ERR_LIMIT)
        wire_send(peer->channel, WIRE_REPLY,
                  STR("{\"status\":500,\"body\":{\"error\":\"the reply is too long: "
                      "ask for fewer items\"}}"));
    peer_free_if_over(peer);
}

static void send_committed(struct local_channel *channel, int64_t seq)
{
    uint8_t storage[WIRE_SEQ_SIZE];
    struct buf body = BUF_ON(storage);
    wire_put_seq(&body, seq);
    /* A lost message only costs delay: publish also looks by timer. */
    wire_send(channel, WIRE_COMMITTED, buf_str(&body));
}

static void take_applied(struct front *front, struct str body)
{
    struct str trouble;
    if (wire_take_seq(body, &front->applied_seq, &trouble))
        return;
    front->published = true;
    updates_applied(&front->api.updates, front->applied_seq);
    struct buf text = BUF_ON(front->publish_trouble);
    buf_put(&text, str_first(trouble, sizeof(front->publish_trouble) - 1));
    (void)buf_text(&text);
}

static void take_acknowledged(struct front *front, struct str body)
{
    int64_t number = 0;
    struct str rest;
    if (!wire_take_seq(body, &number, &rest))
        updates_acknowledged(&front->api.updates, number);
}

static void take_served(struct front *front, struct str body)
{
    int64_t number = 0;
    struct str rest;
    if (!wire_take_seq(body, &number, &rest))
        change_served(front->change, number);
}

/* As publish sends it: an object, of which rest/ takes what it knows. */
static void take_seen(struct front *front, struct str body)
{
    int64_t number = 0;
    struct str text;
    CLEANUP(json_freep) struct json *seen = NULL;
    if (!wire_take_seq(body, &number, &text) && !json_parse(text, &seen, NULL))
        truths_take(front->api.rest.truths, number, seen);
}

/* Only operators may send requests: root and front's own user. */
static void take_request(struct front *front, const struct local_channel *channel,
                         struct peer *peer, struct str body)
{
    uid_t uid = local_peer_uid(channel);
    if (uid != 0 && uid != geteuid()) {
        log_warning("request-refused", LOG_NUMBER("uid", uid));
        wire_send(peer->channel, WIRE_REPLY,
                  STR("{\"status\":403,\"body\":{\"error\":\"only root and the user of "
                      "front may ask\"}}"));
        return;
    }
    const struct actor actor = actor_at_machine();
    peer->replies_due++;
    rest_ask_text(&front->api.rest, &actor, body, send_reply, peer);
}

static void peer_message(void *ctx, struct local_channel *channel, uint16_t type,
                         struct str body)
{
    struct front *front = (struct front *)ctx;
    struct peer *peer = (struct peer *)local_data(channel);
    switch (type) {
    case WIRE_REQUEST:
        take_request(front, channel, peer, body);
        return;
    case WIRE_SUBSCRIBE:
        peer->subscribed = true;
        change_ask_served_again(front->change);
        send_committed(channel, change_seq(front->change));
        return;
    case WIRE_APPLIED:
        take_applied(front, body);
        return;
    case WIRE_ACKNOWLEDGED:
        take_acknowledged(front, body);
        return;
    case WIRE_SERVED:
        take_served(front, body);
        return;
    case WIRE_SEEN:
        take_seen(front, body);
        return;
    default:
        log_warning("unknown-message", LOG_NUMBER("type", type),
                    LOG_NUMBER("pid", local_peer_pid(channel)));
    }
}

static void tell_one(void *ctx, struct local_channel *channel)
{
    const struct front *front = (const struct front *)ctx;
    const struct peer *peer = (const struct peer *)local_data(channel);
    if (peer->subscribed)
        send_committed(channel, change_seq(front->change));
}

struct question {
    enum wire_type type;
    int64_t number;
    const struct name *zone;
};

static void ask_one(void *ctx, struct local_channel *channel)
{
    const struct question *question = (const struct question *)ctx;
    const struct peer *peer = (const struct peer *)local_data(channel);
    uint8_t storage[WIRE_SEQ_SIZE + NAME_SIZE];
    struct buf body = BUF_ON(storage);
    wire_put_seq(&body, question->number);
    buf_put(&body, name_bytes(question->zone));
    if (peer->subscribed)
        wire_send(channel, question->type, buf_str(&body));
}

/* Only publish subscribes. */
static void ask_secondaries(void *ctx, int64_t number, const struct name *zone)
{
    const struct front *front = (const struct front *)ctx;
    struct question question = { WIRE_AWAIT, number, zone };
    local_server_each(front->local, ask_one, &question);
}

static void ask_served(void *ctx, int64_t number, const struct name *zone)
{
    const struct front *front = (const struct front *)ctx;
    struct question question = { WIRE_AWAIT_SERVED, number, zone };
    local_server_each(front->local, ask_one, &question);
}

struct look {
    struct wire_look wire;
    bool is_sent;
};

static void look_by_one(void *ctx, struct local_channel *channel)
{
    struct look *look = (struct look *)ctx;
    const struct peer *peer = (const struct peer *)local_data(channel);
    uint8_t storage[WIRE_LOOK_SIZE];
    struct buf body = BUF_ON(storage);
    wire_put_look(&body, &look->wire);
    if (peer->subscribed)
        look->is_sent |= local_send(channel, WIRE_LOOK, buf_str(&body)) == OK;
}

/* name.n 0: no name. */
static struct str name_or_none(const struct name *name)
{
    return str_bytes(name->wire, name->n);
}

static bool ask_publish(void *ctx, const struct truth_question *question)
{
    static const enum wire_subject subjects[] = { [TRUTH_OF_HOST] = WIRE_OF_HOST,
                                                  [TRUTH_OF_ZONE] = WIRE_OF_ZONE,
                                                  [TRUTH_OF_SECONDARIES] =
                                                      WIRE_OF_SECONDARIES };
    const struct front *front = (const struct front *)ctx;
    struct look look = { .wire = { .number = question->number,
                                   .subject = subjects[question->subject],
                                   .waits = question->waits,
                                   .zone = name_or_none(&question->zone),
                                   .host = name_or_none(&question->host) } };
    local_server_each(front->local, look_by_one, &look);
    return look.is_sent;
}

/* ----- change ----- */

static void committed(void *ctx, int64_t seq)
{
    struct front *front = (struct front *)ctx;
    (void)seq;
    local_server_each(front->local, tell_one, front);
}

static void administered(void *ctx)
{
    mail_office_look(((struct front *)ctx)->mails);
}

/* We do not know what reached the disk, so we end and start again from it. */
static void commit_failed(void *ctx, const struct error *err)
{
    struct front *front = (struct front *)ctx;
    log_error("commit-failed", LOG_TEXT("why", err->text));
    front->api.updates.ready = false;
    front->failed = true;
    loop_stop(front->loop);
}

static void tables_ready(void *ctx)
{
    struct front *front = (struct front *)ctx;
    front->api.updates.ready = true;
    log_info("ready", LOG_NUMBER("seq", change_seq(front->change)));
}

static void measure(void *ctx, struct buf *page)
{
    const struct front *front = (const struct front *)ctx;
    role_metrics_put(front->config, page);
    secondary_metrics_put(front->config, clock_wall_s(loop_clock(front->loop)), page);
}

static void describe(void *ctx, struct json *status)
{
    const struct front *front = (const struct front *)ctx;
    json_put_number(status, "connections", (int64_t)http_server_connections(front->http));
    json_put_bool(status, "published", front->published);
    json_put_number(status, "applied", front->applied_seq);
    json_put_text(status, "publish_trouble", str_from(front->publish_trouble));
}

static struct json *describe_roles(void *ctx)
{
    return role_states(((const struct front *)ctx)->config);
}

/* ----- start and stop ----- */

static void stop_now(void *ctx)
{
    loop_stop(((struct front *)ctx)->loop);
}

/* Fewer connections than configured, if the system does not allow as many descriptors. At our own
 * limit a new connection replaces the one that has waited longest. At the system's limit new ones
 * would be refused. */
static size_t connections_max(const struct config *config)
{
    size_t room = limits_raise_descriptors();
    room = room >= (size_t)2 * OWN_DESCRIPTORS ? room - OWN_DESCRIPTORS : OWN_DESCRIPTORS;
    if (config->connections_max <= room)
        return config->connections_max;
    log_warning("fewer-connections", LOG_NUMBER("wanted", config->connections_max),
                LOG_NUMBER("possible", room));
    return room;
}

/* A list that cannot be read leaves the one that there was. Without any, nobody signs up until it
 * can; all else goes on. */
static void load_refused(struct front *front)
{
    const char *path = front->config->web_refused_domains;
    struct refused *fresh = NULL;
    struct error err;
    enum status status = path[0] ? refused_load(path, &fresh, &err) : OK;
    front->refused_missing = status && !front->refused;
    if (status) {
        log_error("refused-domains-not-read", LOG_TEXT("why", err.text));
        return;
    }
    refused_free(front->refused);
    front->refused = fresh;
}

/* What cannot be read leaves what was read before, and all else goes on. */
static void load_pages(struct front *front)
{
    const struct config *config = front->config;
    struct pages *fresh = NULL;
    struct error err;
    if (!config->web_origin[0] || !config->web_pages[0])
        return;
    enum status status = pages_load(config->web_pages, &fresh, &err);
    if (status == ERR_NOT_FOUND && !front->pages) {
        log_info("no-pages", LOG_TEXT("folder", config->web_pages),
                 LOG_TEXT("why", err.text));
        return;
    }
    if (status) {
        log_error("pages-not-read", LOG_TEXT("folder", config->web_pages),
                  LOG_TEXT("why", err.text));
        return;
    }
    pages_free(front->pages);
    front->pages = fresh;
    front->api.site.pages = fresh;
    log_info("pages", LOG_TEXT("folder", config->web_pages),
             LOG_NUMBER("files", pages_count(fresh)),
             LOG_NUMBER("bytes", pages_size(fresh)));
}

static void follow_people(struct front *front)
{
    static const enum sign_up ways[] = { [CONFIG_SIGN_UP_INVITED] = SIGN_UP_INVITED,
                                         [CONFIG_SIGN_UP_OPEN] = SIGN_UP_OPEN,
                                         [CONFIG_SIGN_UP_APPROVAL] = SIGN_UP_APPROVAL,
                                         [CONFIG_SIGN_UP_CLOSED] = SIGN_UP_CLOSED };
    const struct config *config = front->config;
    const struct people_settings settings = {
        .sign_up = front->refused_missing ? SIGN_UP_CLOSED : ways[config->web_sign_up],
        .new_hosts = (int32_t)config->web_new_hosts,
        .mails_per_hour = config->web_mails_per_hour,
        .contact = config->web_contact,
        .refused = front->refused,
    };
    people_set(front->people, &settings);
}

/* What the operator has decided for all hosts. */
static void follow_rules(struct front *front)
{
    const struct config *config = front->config;
    front->api.rest.words = front->lists.words;
    front->api.rest.abuse = config->web_abuse;
    front->api.rest.rules = &front->rules;
    front->rules = (struct admin_rules){
        .hosts_per_account = (int32_t)config->hosts_per_account,
        .hosts_per_zone = (int32_t)config->hosts_per_zone,
        .hosts_per_account_in_zone = (int32_t)config->hosts_per_account_in_zone,
        .quarantine_s = (int64_t)config->quarantine_days * SECONDS_PER_DAY,
    };
    change_block(front->change,
                 (struct prefixes){ front->lists.networks, front->lists.network_count });
}

/* Files that cannot be used leave what was read before. */
static void read_lists_again(struct front *front)
{
    struct lists lists = { .words = NULL };
    struct error err;
    if (lists_load(front->config, &lists, &err)) {
        log_error("lists-not-reloaded", LOG_TEXT("why", err.text));
        lists_done(&lists);
        return;
    }
    lists_done(&front->lists);
    front->lists = lists;
}

static void follow_life(struct front *front)
{
    const struct config *config = front->config;
    const struct change_life life = {
        .hosts_s = (int64_t)config->stale_days * SECONDS_PER_DAY,
        .withdrawn_s = (int64_t)config->withdrawn_days * SECONDS_PER_DAY,
        .accounts_s = (int64_t)config->stale_account_days * SECONDS_PER_DAY,
        .zones_s = (int64_t)config->stale_zone_days * SECONDS_PER_DAY,
    };
    change_set_life(front->change, &life);
}

/* Hands on the options that a reload takes. They refer to the configuration, so a reload hands them
 * on again. http_server_change() takes only what is set here. */
static void follow_config(struct front *front)
{
    const struct config *config = front->config;
    const struct http_server_options http = {
        .connections_per_source = config->connections_per_source,
        .proxy_peers = config->proxy_peers,
        .proxy_peer_count = config->proxy_peer_count,
        .forwarded_peers = config->forwarded_peers,
        .forwarded_peer_count = config->forwarded_peer_count,
    };
    http_server_change(front->http, &http);
    front->api.log_requests = config->log_requests;
    front->api.updates.is_tls_usual = config->https_count > 0;
    front->api.rest.reserved = config->reserved_given ? config->reserved : NULL;
    front->api.updates.register_zone =
        config->register_zone.n > 0 ? &config->register_zone : NULL;
    updates_limit(&front->api.updates, config->hosts_max, config->changes_per_hour);
    follow_rules(front);
    change_allow_private(front->change, config->private_addresses);
    change_keep(front->change, (int64_t)config->keep_days * SECONDS_PER_DAY);
    follow_life(front);
    follow_people(front);
}

static void reload(struct front *front)
{
    if (!config_log_reload(front->config, false))
        return;
    load_refused(front);
    load_pages(front);
    read_lists_again(front);
    follow_config(front);
}

static void take_signal(void *ctx, int number)
{
    struct front *front = (struct front *)ctx;
    if (number == SIGHUP) {
        reload(front);
    } else if (number == SIGTERM || number == SIGINT) {
        save_status(front, "stopping");
        if (front->streams)
            local_server_drain(front->streams);
        http_server_drain(front->http, stop_now, front);
        timer_set(&front->drain_timer, front->loop, loop_now_ms(front->loop) + DRAIN_MS,
                  stop_now, front);
    }
}

static enum status listen_on(struct http_server *server, const struct endpoint *at,
                             const char *what, struct json *listeners, struct error *err)
{
    int fd = -1;
    uint16_t port = 0;
    enum status status = socket_listen(at->ip, at->port, &fd, &port, err);
    if (!status)
        status = http_server_add_listener(server, fd, err);
    if (status)
        return status;
    json_append(listeners, status_endpoint(at->ip, port));
    log_info("listening", LOG_TEXT("for", what), LOG_TEXT("address", ip_text(at->ip)),
             LOG_NUMBER("port", port));
    return OK;
}

static enum status listen_http(struct front *front, struct error *err)
{
    const struct config *config = front->config;
    const struct http_server_options options = {
        .connections_max = connections_max(config),
        .handler = api_http,
        .overdue = &api_overdue,
        .keepalive_ms = (int64_t)config->web_event_keepalive_s * 1000,
        .replied = api_replied,
        .ctx = &front->api
    };
    front->http = http_server_new(front->loop, &options);
    front->api.http = front->http;
    enum status status = OK;
    for (size_t i = 0; i < config->http_count && !status; i++)
        status = listen_on(front->http, &config->http[i], "http", front->listeners, err);
    return status;
}

/* The metrics have their own addresses, since they are not public. */
static enum status listen_metrics(struct front *front, struct error *err)
{
    const struct config *config = front->config;
    const struct http_server_options options = { .handler = api_metrics,
                                                 .ctx = &front->api };
    front->metrics = http_server_new(front->loop, &options);
    enum status status = OK;
    for (size_t i = 0; i < config->metrics_count && !status; i++)
        status = listen_on(front->metrics, &config->metrics[i], "metrics",
                           front->metrics_listeners, err);
    return status;
}

static enum status start_people(struct front *front, struct error *err)
{
    const struct people_options options = { .loop = front->loop,
                                            .change = front->change,
                                            .keys = &front->keys,
                                            .clock = clock_system(),
                                            .origin = front->config->web_origin,
                                            .post = mail_office_post(front->mails) };
    return people_new(&options, &front->people, err);
}

static void set_up_api(struct front *front)
{
    const struct config *config = front->config;
    struct api *api = &front->api;
    api->updates = (struct updates){
        .change = front->change,
        .keys = &front->keys,
        .clock = clock_system(),
        .loop = front->loop,
        .ready = change_is_ready(front->change),
        .ask_secondaries = ask_secondaries,
        .ask_ctx = front,
    };
    api->rest = (struct rest){
        .change = front->change,
        .keys = &front->keys,
        .post = mail_office_post(front->mails),
        .clock = clock_system(),
        .loop = front->loop,
        .database = config->database,
        .key_file = config->key_file,
        .updates = &api->updates,
        .people = front->people,
        .events = front->events,
        .origin = config->web_origin,
        .origin_4 = config->web_origin_4,
        .origin_6 = config->web_origin_6,
        .describe = describe,
        .roles = describe_roles,
        .ask_publish = ask_publish,
        .ctx = front,
    };
    api->v1.origin = config->web_origin;
    api->v1.read_rate = config->web_read_rate;
    api->v1.write_rate = config->web_write_rate;
    api->site.origin = config->web_origin;
    api->site.origin_4 = config->web_origin_4;
    api->site.origin_6 = config->web_origin_6;
    api->challenges = config->challenges;
    api->measure = measure;
    api->ctx = front;
    api_init(api);
}

/* One that comes later is not within our bounds. */
static void look_for_challenges(const struct config *config)
{
    struct stat about;
    if (config->challenges[0] && stat(config->challenges, &about))
        log_warning("no-challenges", LOG_TEXT("folder", config->challenges),
                    LOG_TEXT("why", strerror(errno)));
}

static enum status start(struct front *front, struct error *err)
{
    const struct config *config = front->config;
    static const struct local_events events = { .opened = peer_opened,
                                                .message = peer_message,
                                                .closed = peer_closed };
    enum status status = sandbox_enter(config, ROLE_FRONT, &front->sandbox, err);
    if (!status)
        status = lists_load(config, &front->lists, err);
    if (!status)
        status = keys_load(config->key_file, &front->keys, err);
    if (status)
        return status;
    front->mails = mail_office_new(config, &front->keys);
    front->events = events_new(front->loop);
    uid_t publish = 0;
    bool apart = role_find_uid(config, ROLE_PUBLISH, &publish);
    const struct change_options options = {
        .database = config->database,
        .keys = &front->keys,
        .post = mail_office_post(front->mails),
        .events = front->events,
        .committed = committed,
        .administered = administered,
        .ready = tables_ready,
        .failed = commit_failed,
        .ask_served = ask_served,
        .ctx = front,
    };
    /* The mode allows the group, since publish may run under its own user. */
    const struct local_options local = { .loop = front->loop,
                                         .path = config->front_socket,
                                         .mode = 0660,
                                         .uids = &publish,
                                         .uid_count = apart,
                                         .events = &events,
                                         .ctx = front };
    status = local_listen(&local, &front->local, err);
    if (!status)
        status = change_start(front->loop, &options, &front->change, err);
    if (!status)
        status = loop_signals(front->loop, take_signal, front, err);
    if (status)
        return status;
    status = start_people(front, err);
    if (status)
        return status;
    load_refused(front);
    set_up_api(front);
    load_pages(front);
    look_for_challenges(config);
    status = listen_http(front, err);
    if (!status)
        status = mail_office_start(front->mails, front->loop, front->change, err);
    if (!status && config->https_count > 0)
        status = streams_listen(front->loop, config, front->http, &front->streams, err);
    if (!status)
        status = listen_metrics(front, err);
    if (!status)
        follow_config(front);
    return status;
}

static void free_peer(void *ctx, struct local_channel *channel)
{
    (void)ctx;
    mem_free(local_data(channel));
}

/* After a failed commit nothing more is sent or written. */
static void end_if_failed(const struct front *front)
{
    if (!front->failed)
        return;
    save_status(front, "failed");
    _exit(EXIT_TROUBLE);
}

/* What may still call the others ends first: passwords are given up, the writer commits its queue,
 * and replies are sent. Then the connections are closed. */
static void stop(struct front *front)
{
    people_free(front->people);
    refused_free(front->refused);
    mail_office_close(front->mails);
    change_stop(front->change);
    mail_office_stop(front->mails);
    end_if_failed(front);
    timer_stop(&front->drain_timer);
    api_done(&front->api);
    local_server_close(front->streams);
    http_server_free(front->metrics);
    http_server_free(front->http);
    if (front->local)
        local_server_each(front->local, free_peer, NULL);
    local_server_close(front->local);
    events_free(front->events);
    json_free(front->metrics_listeners);
    json_free(front->listeners);
    sandbox_free(front->sandbox);
    pulse_stop(front->pulse);
    loop_free(front->loop);
    mail_office_free(front->mails);
    pages_free(front->pages);
    keys_done(&front->keys);
    lists_done(&front->lists);
}

int role_front(struct config *config)
{
    struct front front = { .config = config,
                           .loop = loop_new(clock_system()),
                           .listeners = json_new_array(),
                           .metrics_listeners = json_new_array() };
    struct error err = { "" };
    enum status status = start(&front, &err);
    if (status) {
        log_error("cannot-start", LOG_TEXT("why", err.text));
    } else {
        save_status(&front, "running");
        sandbox_try_acts(config, ROLE_FRONT);
        front.pulse = launch_pulse(config, "front", front.loop);
        loop_run(front.loop);
        end_if_failed(&front);
        save_status(&front, "stopped");
    }
    stop(&front);
    return status ? EXIT_TROUBLE : EXIT_OK;
}
