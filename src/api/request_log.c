// SPDX-License-Identifier: GPL-3.0-or-later
/* The request log: one line for each reply. */
#include "api/api.h"

#include "base/log.h"
#include "update/ring.h"

enum {
    HOSTS_SIZE = 256,
    PATH_SIZE = 64,
    FIELDS = 8
};

static void put_words(struct buf *words, const struct update_result *result)
{
    if (result->whole) {
        buf_put_text(words, update_code_word(result->code));
        return;
    }
    for (size_t i = 0; i < result->count; i++) {
        buf_put_text(words, i ? "," : "");
        buf_put_text(words, update_code_word(result->outcomes[i].code));
    }
}

struct log_line {
    struct log_field fields[FIELDS];
    size_t count;
    char path[PATH_SIZE], hosts[HOSTS_SIZE], words[HOSTS_SIZE];
};

/* The target as it came, up to where parameters may begin. */
static void put_request(struct log_line *line, const struct http_exchange *exchange)
{
    const struct http_head *head = http_request_head(exchange);
    struct str path = str_first(head->target, str_find(head->target, '?'));
    path = str_first(path, str_find(path, '&'));
    if (str_starts(path, STR("/u/"))) /* what follows is a secret of a mail */
        path = str_first(path, 3);
    ring_text(path, false, line->path, sizeof(line->path));
    line->fields[line->count++] =
        LOG_TEXT("source", ip_text(http_request_source(exchange)));
    line->fields[line->count++] = LOG_STR("method", head->method);
    line->fields[line->count++] = LOG_TEXT("path", line->path);
}

static void put_update(struct log_line *line, const struct update_reply *reply)
{
    struct buf words = BUF_ON(line->words);
    put_words(&words, reply->result);
    ring_text(reply->update->hosts, true, line->hosts, sizeof(line->hosts));
    line->fields[line->count++] =
        LOG_TEXT("dialect", dialect_word(reply->update->origin.dialect));
    line->fields[line->count++] = LOG_TEXT("hosts", line->hosts);
    line->fields[line->count++] = LOG_STR("result", buf_str(&words));
}

void api_replied(void *ctx, const struct http_exchange *exchange, int status)
{
    struct api *api = (struct api *)ctx;
    if (status >= 0 && status < API_STATUSES)
        api->replies[status]++;
    if (!api->log_requests)
        return;
    struct log_line line = { .count = 0 };
    if (exchange)
        put_request(&line, exchange);
    line.fields[line.count++] = LOG_NUMBER("status", status);
    if (api->updates.replying)
        put_update(&line, api->updates.replying);
    log_event(LOG_INFO, "request", line.fields, line.count);
}
