// SPDX-License-Identifier: GPL-3.0-or-later
/* tls: HTTPS sockets and the keys of certificates. The first thread follows files, clock and
 * signals; the others relay, and are paused when what they read is replaced. */
#include "server/role.h"

#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "net/loop_thread.h"
#include "net/pulse.h"
#include "net/socket.h"
#include "run/status.h"
#include "server/launch.h"
#include "server/limits.h"
#include "server/listen.h"
#include "server/sandbox.h"
#include "tls/certificates.h"
#include "tls/relay.h"

enum {
    STATUS_MS = 10000,
    LOOK_MS = 60000, /* at the clock: for keys of tickets and dates of certificates */
    DRAIN_MS = 5000,
    DRAIN_LOOK_MS = 20,
    HELLO_S = 10,
    OWN_DESCRIPTORS = 128,
    DESCRIPTORS_EACH = 3, /* of a connection, while it is handed over */
    SECONDS_PER_DAY = 86400,
};

struct thread {
    struct loop_thread *thread;
    struct relay *relay;
};

struct ending {
    struct config *config;
    struct loop *loop;
    struct sandbox *sandbox;
    struct certificates *certificates;
    struct site *site; /* NULL: no certificate can be used */
    struct ticket_secret secret;
    bool has_secret;
    struct ticket_keys keys;
    struct thread threads[CONFIG_HTTPS_THREADS_MAX];
    size_t thread_count;
    int listeners[CONFIG_LISTEN_MAX];
    size_t listener_count;
    struct json *addresses; /* as they were bound */
    struct timer status_timer, clock_timer, drain_timer;
    struct pulse *pulse;
    int64_t drained_by_ms; /* 0: not ending */
    int64_t warned_day;
    uid_t front_uid;
    bool front_is_apart;
};

/* ----- threads ----- */

static void pause_threads(struct ending *role)
{
    for (size_t i = 0; i < role->thread_count; i++)
        loop_thread_ask_pause(role->threads[i].thread);
    for (size_t i = 0; i < role->thread_count; i++)
        loop_thread_await_pause(role->threads[i].thread);
}

static void resume_threads(struct ending *role)
{
    for (size_t i = 0; i < role->thread_count; i++)
        loop_thread_resume(role->threads[i].thread);
}

static struct relay_options relay_options(const struct ending *role, size_t threads)
{
    const struct config *config = role->config;
    size_t room = limits_raise_descriptors();
    room = room > (size_t)2 * OWN_DESCRIPTORS
               ? (room - OWN_DESCRIPTORS) / DESCRIPTORS_EACH
               : 1;
    size_t max = config->connections_max < room ? config->connections_max : room;
    return (struct relay_options){
        .front = config->streams_socket,
        .front_uids = &role->front_uid,
        .front_uid_count = role->front_is_apart,
        .connections_max = max / threads + 1,
        .connections_per_source = config->connections_per_source,
        .proxy_peers = config->proxy_peers,
        .proxy_peer_count = config->proxy_peer_count,
    };
}

static void make_threads(struct ending *role)
{
    size_t count = listen_tls_threads(role->config);
    const struct relay_options options = relay_options(role, count);
    for (; role->thread_count < count; role->thread_count++) {
        struct thread *thread = &role->threads[role->thread_count];
        thread->thread = loop_thread_new(clock_system());
        thread->relay = relay_new(loop_thread_loop(thread->thread), &options);
        for (size_t i = 0; i < role->listener_count; i++)
            relay_listen(thread->relay, role->listeners[i]);
    }
}

static enum status run_threads(struct ending *role, struct error *err)
{
    enum status status = OK;
    for (size_t i = 0; i < role->thread_count && !status; i++) {
        pulse_follow(role->pulse, loop_thread_loop(role->threads[i].thread));
        status = loop_thread_run(role->threads[i].thread, err);
    }
    return status;
}

static void free_threads(struct ending *role)
{
    for (size_t i = 0; i < role->thread_count; i++) {
        loop_thread_stop(role->threads[i].thread);
        relay_free(role->threads[i].relay);
        loop_thread_free(role->threads[i].thread);
    }
}

/* ----- status ----- */

static const struct counter {
    const char *key;
    size_t offset;
} counters[] = {
    { "accepted", offsetof(struct relay_counters, accepted) },
    { "handshakes", offsetof(struct relay_counters, handshakes) },
    { "resumed", offsetof(struct relay_counters, resumed) },
    { "tls13", offsetof(struct relay_counters, by_13) },
    { "failed", offsetof(struct relay_counters, failed) },
    { "refused", offsetof(struct relay_counters, refused) },
    { "overdue", offsetof(struct relay_counters, overdue) },
    { "unheard", offsetof(struct relay_counters, unheard) },
};

static uint64_t value_of(const struct counter *counter, const struct relay *relay)
{
    uint64_t value = 0;
    memcpy(&value, (const char *)relay_counters(relay) + counter->offset, sizeof(value));
    return value;
}

static void put_counters(struct ending *role, struct json *status)
{
    size_t connections = 0;
    pause_threads(role);
    for (size_t i = 0; i < LENGTH_OF(counters); i++) {
        uint64_t sum = 0;
        for (size_t k = 0; k < role->thread_count; k++)
            sum += value_of(&counters[i], role->threads[k].relay);
        json_put_number(status, counters[i].key, (int64_t)sum);
    }
    for (size_t k = 0; k < role->thread_count; k++)
        connections += relay_connections(role->threads[k].relay);
    resume_threads(role);
    json_put_number(status, "connections", (int64_t)connections);
}

static struct json *describe(const struct ending *role, size_t index, int64_t now_s)
{
    const struct certificate *certificate = certificates_get(role->certificates, index);
    struct json *one = json_new_object(), *names = json_new_array();
    json_put_text(one, "title", str_from(certificates_title(role->certificates, index)));
    json_put_text(one, "trouble",
                  str_from(certificates_trouble(role->certificates, index)));
    for (size_t i = 0; certificate && i < certificate_name_count(certificate); i++)
        json_append(names, json_new_string(certificate_name(certificate, i)));
    json_put(one, "names", names);
    if (!certificate)
        return one;
    json_put_text(one, "kind", str_from(certificate_kind(certificate)));
    json_put_number(one, "expires", certificate_ends_s(certificate));
    json_put_number(one, "days_left", certificate_days_left(certificate, now_s));
    return one;
}

/* Of each certificate by its title, and of the one that ends first. */
static void put_certificates(const struct ending *role, struct json *status)
{
    int64_t now_s = clock_wall_s(clock_system()), least = INT64_MAX;
    struct json *all = json_new_array(), *days_of = json_new_object();
    const char *trouble = role->site ? "" : "there is no certificate to use";
    for (size_t i = 0; i < certificates_count(role->certificates); i++) {
        const struct certificate *certificate = certificates_get(role->certificates, i);
        if (certificates_trouble(role->certificates, i)[0])
            trouble = certificates_trouble(role->certificates, i);
        json_append(all, describe(role, i, now_s));
        if (!certificate)
            continue;
        int64_t days = certificate_days_left(certificate, now_s);
        least = days < least ? days : least;
        json_put_number(days_of, certificates_title(role->certificates, i), days);
    }
    json_put_text(status, "trouble", str_from(trouble));
    json_put(status, "certificates", all);
    json_put(status, "certificate_days", days_of);
    if (least != INT64_MAX)
        json_put_number(status, "days_left", least);
}

static void save_status(struct ending *role, const char *state)
{
    struct json *status = status_new("tls", state);
    json_put(status, "https", json_clone(role->addresses));
    put_certificates(role, status);
    put_counters(role, status);
    status_save(role->config, "tls", status);
}

static void refresh_status(void *ctx)
{
    struct ending *role = (struct ending *)ctx;
    save_status(role, "running");
    timer_set(&role->status_timer, role->loop, loop_now_ms(role->loop) + STATUS_MS,
              refresh_status, role);
}

/* ----- the end ----- */

static void look_at_drain(void *ctx)
{
    struct ending *role = (struct ending *)ctx;
    int64_t now_ms = loop_now_ms(role->loop);
    size_t connections = 0;
    pause_threads(role);
    for (size_t i = 0; i < role->thread_count; i++)
        connections += relay_connections(role->threads[i].relay);
    resume_threads(role);
    if (connections == 0 || now_ms >= role->drained_by_ms)
        loop_stop(role->loop);
    else
        timer_set(&role->drain_timer, role->loop, now_ms + DRAIN_LOOK_MS, look_at_drain,
                  role);
}

/* Open connections get their replies; a successor may accept already. */
static void drain(struct ending *role)
{
    if (role->drained_by_ms)
        return;
    role->drained_by_ms = loop_now_ms(role->loop) + DRAIN_MS;
    timer_stop(&role->status_timer);
    save_status(role, "stopping");
    pause_threads(role);
    for (size_t i = 0; i < role->thread_count; i++)
        relay_drain(role->threads[i].relay);
    resume_threads(role);
    look_at_drain(role);
}

/* What the bounds do not hold, a process that starts anew can read. */
static void renew_if_needed(struct ending *role)
{
    if (!role->sandbox || role->drained_by_ms ||
        sandbox_covers(role->sandbox, role->config))
        return;
    log_info("starting-anew",
             LOG_TEXT("why", "the sandbox does not reach the folder of a certificate"));
    drain(role);
}

/* ----- certificates and keys ----- */

/* Gives the threads what is there now. */
static void hand_out(struct ending *role, struct site *site)
{
    struct site *former = role->site;
    pause_threads(role);
    role->site = site;
    for (size_t i = 0; i < role->thread_count; i++)
        relay_use(role->threads[i].relay, role->site, &role->keys);
    resume_threads(role);
    if (former != site)
        site_free(former);
}

static void log_days(const struct ending *role, size_t index, int64_t now_s)
{
    const struct certificate *certificate = certificates_get(role->certificates, index);
    const char *title = certificates_title(role->certificates, index);
    if (!certificate)
        return;
    int64_t days = certificate_days_left(certificate, now_s);
    if (days < 0)
        log_error("certificate-expired", LOG_TEXT("certificate", title),
                  LOG_NUMBER("days", -days));
    else if (days < CERTIFICATE_WARN_DAYS)
        log_warning("certificate-expires", LOG_TEXT("certificate", title),
                    LOG_NUMBER("days", days));
    if (certificate_begins_s(certificate) > now_s)
        log_warning("certificate-too-early", LOG_TEXT("certificate", title));
}

static void log_all_days(struct ending *role, int64_t now_s)
{
    role->warned_day = now_s / SECONDS_PER_DAY;
    for (size_t i = 0; i < certificates_count(role->certificates); i++)
        log_days(role, i, now_s);
}

/* All that can be used, in the order of the configuration; those that cannot are told elsewhere. */
static void certificates_changed(void *ctx)
{
    struct ending *role = (struct ending *)ctx;
    struct certificate *usable[CONFIG_CERTIFICATES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < certificates_count(role->certificates); i++) {
        struct certificate *one = certificates_get(role->certificates, i);
        if (one)
            usable[count++] = one;
    }
    struct site *site = NULL;
    struct error err;
    if (count == 0 && role->site) {
        log_error("certificates-refused", LOG_TEXT("why", "none can be used"),
                  LOG_TEXT("serving", "those before"));
        return;
    }
    if (count > 0 && site_new(usable, count, role->config->https_ciphers, session_prepare,
                              &site, &err)) {
        log_error("certificates-refused", LOG_TEXT("why", err.text),
                  LOG_TEXT("serving", role->site ? "those before" : "nothing"));
        return;
    }
    hand_out(role, site);
    log_info("certificates-in-use", LOG_NUMBER("count", count));
    log_all_days(role, clock_wall_s(clock_system()));
    if (role->status_timer.loop)
        save_status(role, "running");
}

static void certificate_refused(void *ctx, const char *title, const char *why,
                                bool has_former)
{
    struct ending *role = (struct ending *)ctx;
    log_error("certificate-refused", LOG_TEXT("certificate", title), LOG_TEXT("why", why),
              LOG_TEXT("serving", has_former ? "the one before" : "nothing"));
    if (role->status_timer.loop)
        save_status(role, "running");
    renew_if_needed(role);
}

static void follow_certificates(struct ending *role)
{
    struct certificate_files list[CONFIG_CERTIFICATES_MAX];
    const struct config *config = role->config;
    for (size_t i = 0; i < config->certificate_count; i++)
        list[i] = (struct certificate_files){ .title = config->certificates[i].title,
                                              .chain = config->certificates[i].chain,
                                              .key = config->certificates[i].key };
    certificates_follow(role->certificates, list, config->certificate_count);
}

/* From the file, or where that cannot be used from what we have. */
static void load_tickets(struct ending *role)
{
    char storage[CONFIG_PATH_SIZE + 16];
    struct buf path = BUF_ON(storage);
    buf_printf(&path, "%s/tickets", role->config->tls_folder);
    struct error err;
    struct ticket_secret secret;
    struct ticket_keys keys;
    int64_t now_s = clock_wall_s(clock_system());
    enum status status = ticket_secret_load(buf_text(&path), now_s, &secret, &err);
    if (status)
        log_warning("tickets-not-kept", LOG_TEXT("why", err.text));
    if (status && role->has_secret)
        (void)ticket_secret_advance(&role->secret, now_s);
    else
        role->secret = secret;
    role->has_secret = true;
    mem_wipe(&secret, sizeof(secret));
    ticket_secret_derive(&role->secret, now_s, &keys);
    pause_threads(role);
    role->keys = keys;
    resume_threads(role);
    mem_wipe(&keys, sizeof(keys));
}

/* Twice a day there are other keys. */
static void renew_tickets(struct ending *role, int64_t now_s)
{
    struct ticket_secret secret = role->secret;
    if (ticket_secret_advance(&secret, now_s))
        load_tickets(role);
    mem_wipe(&secret, sizeof(secret));
}

static void look_at_clock(void *ctx)
{
    struct ending *role = (struct ending *)ctx;
    int64_t now_s = clock_wall_s(clock_system());
    timer_set(&role->clock_timer, role->loop, loop_now_ms(role->loop) + LOOK_MS,
              look_at_clock, role);
    renew_tickets(role, now_s);
    if (now_s / SECONDS_PER_DAY != role->warned_day)
        log_all_days(role, now_s);
}

/* ----- start ----- */

static void reload(struct ending *role)
{
    pause_threads(role);
    bool changed = config_log_reload(role->config, false);
    const struct relay_options options = relay_options(role, role->thread_count);
    for (size_t i = 0; i < role->thread_count && changed; i++)
        relay_change(role->threads[i].relay, &options);
    resume_threads(role);
    load_tickets(role);
    follow_certificates(role);
    renew_if_needed(role);
}

static void take_signal(void *ctx, int number)
{
    struct ending *role = (struct ending *)ctx;
    if (number == SIGTERM || number == SIGINT)
        drain(role);
    else if (number == SIGHUP)
        reload(role);
}

/* Both are handed down to what is accepted: no small piece waits for the peer's word of the one
 * before it, and a connection is there when its first bytes are. */
static void tune(int fd)
{
    int on = 1, wait_s = HELLO_S;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &wait_s, sizeof(wait_s));
}

static enum status listen_all(struct ending *role, struct error *err)
{
    for (size_t i = 0; i < role->config->https_count; i++) {
        const struct endpoint *at = &role->config->https[i];
        uint16_t port = 0;
        int *fd = &role->listeners[i];
        enum status status = socket_listen(at->ip, at->port, fd, &port, err);
        if (status)
            return status;
        role->listener_count++;
        tune(*fd);
        json_append(role->addresses, status_endpoint(at->ip, port));
        log_info("listening", LOG_TEXT("for", "https"),
                 LOG_TEXT("address", ip_text(at->ip)), LOG_NUMBER("port", port));
    }
    return OK;
}

static enum status start(struct ending *role, struct error *err)
{
    static const struct certificates_events events = { .changed = certificates_changed,
                                                       .refused = certificate_refused };
    role->front_is_apart = role_find_uid(role->config, ROLE_FRONT, &role->front_uid);
    enum status status = listen_all(role, err);
    if (!status)
        status = sandbox_enter(role->config, ROLE_TLS, &role->sandbox, err);
    if (!status)
        status = loop_signals(role->loop, take_signal, role, err);
    if (status)
        return status;
    make_threads(role);
    load_tickets(role);
    role->certificates = certificates_new(role->loop, &events, role);
    follow_certificates(role);
    role->pulse = launch_pulse(role->config, "tls", role->loop);
    return run_threads(role, err);
}

static void stop(struct ending *role)
{
    timer_stop(&role->status_timer);
    timer_stop(&role->clock_timer);
    timer_stop(&role->drain_timer);
    free_threads(role);
    certificates_free(role->certificates);
    site_free(role->site);
    for (size_t i = 0; i < role->listener_count; i++)
        file_close(role->listeners[i]);
    json_free(role->addresses);
    sandbox_free(role->sandbox);
    pulse_stop(role->pulse);
    loop_free(role->loop);
    mem_wipe(&role->secret, sizeof(role->secret));
    mem_wipe(&role->keys, sizeof(role->keys));
}

int role_tls(struct config *config)
{
    struct ending role = { .config = config,
                           .loop = loop_new(clock_system()),
                           .addresses = json_new_array() };
    struct error err = { "" };
    enum status status = start(&role, &err);
    if (status) {
        log_error("cannot-start", LOG_TEXT("why", err.text));
    } else {
        refresh_status(&role);
        look_at_clock(&role);
        sandbox_try_acts(config, ROLE_TLS);
        loop_run(role.loop);
        save_status(&role, "stopped");
    }
    stop(&role);
    return status ? EXIT_TROUBLE : EXIT_OK;
}
