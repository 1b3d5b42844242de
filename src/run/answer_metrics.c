// SPDX-License-Identifier: GPL-3.0-or-later
#include "run/answer_metrics.h"

#include <inttypes.h>

#include "base/json.h"
#include "run/status.h"

enum {
    LABEL_MAX = 24,    /* bytes; longer than any type's or code's name */
    MEMBERS_MAX = 512, /* of one metric */
};

/* One of the file's members: a number, or an object of numbers by `label`. */
static const struct metric {
    const char *key, *name, *label, *help;
} metrics[] = {
    { "queries_udp", "rove_dns_queries_udp_total", NULL, "Queries over UDP." },
    { "queries_tcp", "rove_dns_queries_tcp_total", NULL, "Queries over TCP." },
    { "types", "rove_dns_questions_total", "type", "Questions by type." },
    { "rcodes", "rove_dns_replies_total", "rcode", "Replies by response code." },
    { "ignored", "rove_dns_ignored_total", NULL, "Datagrams that were no queries." },
    { "truncated", "rove_dns_truncated_total", NULL, "Replies that were cut." },
    { "known_by_cookie", "rove_dns_cookies_total", NULL, "Queries with a good cookie." },
    { "slipped", "rove_dns_slipped_total", NULL,
      "Replies beyond the rate that were cut." },
    { "dropped", "rove_dns_dropped_total", NULL,
      "Replies beyond the rate that were not sent." },
    { "unlogged", "rove_dns_unlogged_total", NULL, "Lines missing in the query log." },
    { "transfers", "rove_dns_transfers_total", NULL, "Zone transfers." },
    { "transfers_broken", "rove_dns_transfers_broken_total", NULL,
      "Zone transfers that ended early." },
    { "transfers_refused", "rove_dns_transfers_refused_total", NULL,
      "Zone transfers refused." },
    { "transfers_unlogged", "rove_dns_transfers_unlogged_total", NULL,
      "Lines on transfers missing in the log." },
};

static void put_number(const struct metric *metric, const char *value_of,
                       const struct json *value, struct buf *page)
{
    int64_t number = 0;
    (void)json_as_number(value, &number);
    buf_put_text(page, metric->name);
    if (value_of)
        buf_printf(page, "{%s=\"%s\"}", metric->label, value_of);
    buf_printf(page, " %" PRId64 "\n", number);
}

/* answer wrote it: what is no name of a type or a code could say anything on the page. */
static bool is_label(const char *key)
{
    struct str text = str_from(key);
    bool good = text.n > 0 && text.n <= LABEL_MAX;
    for (size_t i = 0; i < text.n && good; i++)
        good = (key[i] >= 'A' && key[i] <= 'Z') || (key[i] >= 'a' && key[i] <= 'z') ||
               (key[i] >= '0' && key[i] <= '9');
    return good;
}

static void put_metric(const struct metric *metric, const struct json *value,
                       struct buf *page)
{
    buf_printf(page, "# HELP %s %s\n# TYPE %s counter\n", metric->name, metric->help,
               metric->name);
    if (!metric->label) {
        put_number(metric, NULL, value, page);
        return;
    }
    void *iterator = NULL;
    const char *key = NULL;
    const struct json *member = NULL;
    for (size_t i = 0; i < MEMBERS_MAX && json_next(value, &iterator, &key, &member); i++)
        if (is_label(key))
            put_number(metric, key, member, page);
}

void answer_metrics_put(const struct config *config, struct buf *page)
{
    CLEANUP(json_freep) struct json *status = NULL;
    bool alive = false;
    if (status_read(config, "answer", &status, &alive, NULL))
        return;
    for (size_t i = 0; i < LENGTH_OF(metrics); i++) {
        const struct json *value = json_get(status, metrics[i].key);
        if (value)
            put_metric(&metrics[i], value, page);
    }
}
