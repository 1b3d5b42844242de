// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/metrics.h"

#include <inttypes.h>

#include "base/log.h"
#include "people/people.h"

enum {
    PAGE_SIZE = 262144
};

static void put_head(struct buf *page, const char *name, const char *type,
                     const char *help)
{
    buf_printf(page, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void put_one(struct buf *page, const char *name, const char *type,
                    const char *help, int64_t value)
{
    put_head(page, name, type, help);
    buf_printf(page, "%s %" PRId64 "\n", name, value);
}

/* Every pair of a known dialect, also those still at 0, so that a first failure shows as a
 * step. */
static void put_updates(struct buf *page, const struct update_counts *counts)
{
    static const char name[] = "rove_updates_total";
    put_head(page, name, "counter", "Updates by dialect and word, one per host.");
    for (size_t number = 1; dialect_find(number); number++)
        for (size_t code = 0; code < UPDATE_CODES; code++)
            buf_printf(page, "%s{dialect=\"%s\",code=\"%s\"} %" PRIu64 "\n", name,
                       dialect_word(number), update_code_word((enum update_code)code),
                       counts->outcomes[number][code]);
}

static void put_replies(struct buf *page, const uint64_t replies[API_STATUSES])
{
    static const char name[] = "rove_http_requests_total";
    put_head(page, name, "counter", "HTTP requests by status of the reply.");
    for (size_t status = 0; status < API_STATUSES; status++)
        if (replies[status] || status == 200)
            buf_printf(page, "%s{status=\"%zu\"} %" PRIu64 "\n", name, status,
                       replies[status]);
}

static void put_slowed(struct buf *page, const struct update_counts *counts)
{
    static const char name[] = "rove_slowed_total";
    put_head(page, name, "counter", "Updates that a throttle answered with 911.");
    buf_printf(page, "%s{what=\"bad_credentials\"} %" PRIu64 "\n", name,
               counts->strangers_slowed);
    buf_printf(page, "%s{what=\"host_changes\"} %" PRIu64 "\n", name,
               counts->hosts_slowed);
}

static void put_heartbeats(struct buf *page, const struct change *change)
{
    static const char *const words[HEARTBEAT_STATES] = { "unknown", "fresh", "late",
                                                         "silent" };
    static const char name[] = "rove_hosts";
    put_head(page, name, "gauge", "Hosts by the state of their heartbeat.");
    for (size_t i = 0; i < HEARTBEAT_STATES; i++)
        buf_printf(page, "%s{heartbeat=\"%s\"} %zu\n", name, words[i],
                   change_count_in_state(change, (enum heartbeat_state)i));
}

static void put_passwords(struct buf *page, const struct people *people)
{
    if (!people)
        return;
    const struct hasher_counts counts = people_hashes(people);
    put_one(page, "rove_password_hashes_total", "counter", "Password hashes computed.",
            (int64_t)counts.hashes);
    put_one(page, "rove_passwords_refused_total", "counter",
            "Passwords that found the queue full.", (int64_t)counts.refused);
    put_one(page, "rove_passwords_waiting", "gauge", "Passwords in the queue.",
            (int64_t)counts.waiting);
}

static void put_page(struct buf *page, const struct api *api)
{
    const struct updates *updates = &api->updates;
    put_updates(page, &updates->counts);
    put_one(page, "rove_updates_in_clear_total", "counter",
            "Calls with a valid token that came without TLS.",
            (int64_t)updates->counts.in_clear);
    put_replies(page, api->replies);
    put_slowed(page, &updates->counts);
    put_passwords(page, api->rest.people);
    put_heartbeats(page, updates->change);
    put_one(page, "rove_ready", "gauge", "1 when updates are taken.",
            updates_are_ready(updates) ? 1 : 0);
    if (api->http)
        put_one(page, "rove_http_connections", "gauge", "Open HTTP connections.",
                (int64_t)http_server_connections(api->http));
    put_one(page, "rove_listeners", "gauge", "Streams of events that are open.",
            (int64_t)api->v1.events.count);
    put_one(page, "rove_updates_waiting", "gauge",
            "Updates that wait for the local image to carry them.",
            (int64_t)(updates->waits.count + updates->secondaries.count));
    put_one(page, "rove_seq", "gauge", "Newest change committed.",
            change_seq(updates->change));
    put_one(page, "rove_applied_seq", "gauge", "Newest change in the local image.",
            updates->waits.applied_seq);
    put_one(page, "rove_uptime_seconds", "gauge", "Seconds since front started.",
            (clock_steady_ms(updates->clock) - api->started_ms) / 1000);
    put_one(page, "rove_log_lines_lost_total", "counter",
            "Lines that nobody read in time from the log of front.", (int64_t)log_lost());
    if (api->measure)
        api->measure(api->ctx, page);
}

static void refuse(struct http_exchange *exchange, int status, struct str words)
{
    const struct http_response response = { .status = status, .body = words };
    http_reply(exchange, &response);
}

void api_metrics(void *ctx, struct http_exchange *exchange)
{
    const struct api *api = (const struct api *)ctx;
    const struct http_head *head = http_request_head(exchange);
    if (!str_equal(head->path, STR("/metrics"))) {
        refuse(exchange, 404, STR("not found\n"));
        return;
    }
    if (!str_equal(head->method, STR("GET")) && !str_equal(head->method, STR("HEAD"))) {
        refuse(exchange, 405, STR("method not allowed\n"));
        return;
    }
    struct buf page =
        buf_on(arena_take(http_request_arena(exchange), PAGE_SIZE), PAGE_SIZE);
    put_page(&page, api);
    const struct http_response response = { .status = 200,
                                            .type = "text/plain; version=0.0.4; "
                                                    "charset=utf-8",
                                            .body = buf_str(&page) };
    http_reply(exchange, &response);
}
