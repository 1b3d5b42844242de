// SPDX-License-Identifier: GPL-3.0-or-later
#include "run/role_metrics.h"

#include <inttypes.h>

#include "base/json.h"
#include "run/status.h"

enum {
    LABEL_MAX = 64,    /* bytes; longer than any type's or code's name, or a title */
    MEMBERS_MAX = 512, /* of one metric */
};

/* One of a file's members: a number, or an object of numbers by `label`. A name that ends in
 * "_total" is a counter's. */
struct metric {
    const char *key, *name, *label, *help;
};

static const struct metric of_answer[] = {
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
    { "lines_lost", "rove_dns_log_lines_lost_total", NULL,
      "Lines that nobody read in time from the log of answer." },
    { .key = NULL },
};

static const struct metric of_tls[] = {
    { "accepted", "rove_tls_accepted_total", NULL, "Connections to HTTPS." },
    { "handshakes", "rove_tls_handshakes_total", NULL, "Handshakes that were ended." },
    { "resumed", "rove_tls_resumed_total", NULL, "Of these, by a ticket." },
    { "tls13", "rove_tls_13_total", NULL, "Of the handshakes, by TLS 1.3." },
    { "failed", "rove_tls_failed_total", NULL, "Handshakes that were not ended." },
    { "refused", "rove_tls_refused_total", NULL, "Connections closed for a limit." },
    { "overdue", "rove_tls_overdue_total", NULL, "Connections closed for a deadline." },
    { "unheard", "rove_tls_unheard_total", NULL,
      "Connections closed since front was away." },
    { "lines_lost", "rove_tls_log_lines_lost_total", NULL,
      "Lines that nobody read in time from the log of tls." },
    { "connections", "rove_tls_connections", NULL, "Open connections." },
    { "certificate_days", "rove_tls_certificate_days", "certificate",
      "Days until the certificate ends." },
    { .key = NULL },
};

static const struct metric of_outbound[] = {
    { "sent", "rove_mails_sent_total", NULL, "Mails that the server took." },
    { "later", "rove_mails_later_total", NULL, "Tries that were put off." },
    { "refused", "rove_mails_refused_total", NULL, "Mails that the server refused." },
    { "waiting", "rove_mails_waiting", NULL, "Mails that wait for their delivery." },
    { "dead", "rove_mails_dead", NULL, "Mails of the last month that were given up." },
    { .key = NULL },
};

static const struct file {
    const char *role;
    const struct metric *metrics;
} files[] = { { "answer", of_answer }, { "tls", of_tls }, { "outbound", of_outbound } };

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

/* The role wrote it: what is no plain name could say anything on the page. */
static bool is_label(const char *key)
{
    struct str text = str_from(key);
    bool good = text.n > 0 && text.n <= LABEL_MAX;
    for (size_t i = 0; i < text.n && good; i++)
        good = (key[i] >= 'A' && key[i] <= 'Z') || (key[i] >= 'a' && key[i] <= 'z') ||
               (key[i] >= '0' && key[i] <= '9') || key[i] == '-' || key[i] == '.' ||
               key[i] == '_';
    return good;
}

static void put_metric(const struct metric *metric, const struct json *value,
                       struct buf *page)
{
    buf_printf(page, "# HELP %s %s\n# TYPE %s %s\n", metric->name, metric->help,
               metric->name,
               str_ends(str_from(metric->name), STR("_total")) ? "counter" : "gauge");
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

static void put_file(const struct config *config, const struct file *file,
                     struct buf *page)
{
    CLEANUP(json_freep) struct json *status = NULL;
    bool alive = false;
    if (status_read(config, file->role, &status, &alive, NULL))
        return;
    for (const struct metric *at = file->metrics; at->key; at++) {
        const struct json *value = json_get(status, at->key);
        if (value)
            put_metric(at, value, page);
    }
}

void role_metrics_put(const struct config *config, struct buf *page)
{
    for (size_t i = 0; i < LENGTH_OF(files); i++)
        put_file(config, &files[i], page);
}
