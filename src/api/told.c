// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/told.h"

#include "api/ring.h"
#include "api/who.h"
#include "base/log.h"

enum {
    VALUE_SIZE = 64,
    LOG_HOSTS_SIZE = 256,
    LOG_PATH_SIZE = 64,
    LOG_FIELDS = 8
};

static void count(struct api *api, const struct update *update, enum update_code code)
{
    size_t dialect = update->origin.dialect;
    if (dialect < API_DIALECTS && (size_t)code < API_CODES)
        api->counts.updates[dialect][code]++;
}

static enum ring_lane lane_of(const struct update *update, enum update_code code)
{
    if (code <= UPDATE_NOCHG)
        return RING_FINE;
    return update->origin.token_id ? RING_FAILED : RING_STRANGER;
}

/* ---- what came of the values -------------------------------------------------------- */

/* "NAME=VALUE (reason)". */
static void put_ignored(struct buf *out, struct str name, struct str value,
                        const char *why)
{
    char text[VALUE_SIZE];
    buf_put_text(out, out->n > 0 ? ", " : "");
    ring_text(name, false, text, sizeof(text));
    buf_printf(out, "%s%s", text, name.n > 0 ? "=" : "");
    ring_text(value, false, text, sizeof(text));
    buf_printf(out, "%s (%s)", text, why);
}

static struct str piece_of(struct str value, const struct rule_ignored *at)
{
    struct str piece = value;
    for (size_t i = 0; at->piece != RULE_WHOLE && i <= at->piece; i++)
        if (!str_next(&value, ',', &piece))
            return STR("");
    return str_trim(piece);
}

static void list_ignored(const struct update *update,
                         const struct update_outcome *outcome, char *text, size_t size)
{
    struct buf out = buf_on(text, size);
    for (size_t i = 0; i < outcome->ignored_count; i++) {
        const struct rule_ignored *one = &outcome->ignored[i];
        struct str piece = piece_of(update->values[one->value].text, one);
        if (piece.n > 0)
            put_ignored(&out, update->names[one->value], piece,
                        rule_why_word((enum rule_why)one->why));
    }
    for (size_t i = 0; i < update->passed_count; i++) {
        const struct update_passed *one = &update->passed[i];
        put_ignored(&out, one->name, str_trim(one->value), one->why);
    }
    (void)buf_text(&out);
}

static void keep_values(const struct update *update, const struct update_outcome *outcome,
                        struct ring_entry *entry)
{
    entry->from_source = outcome->from_source;
    entry->taken_count = outcome->takes_addresses ? (uint8_t)outcome->address_count : 0;
    for (size_t i = 0; i < entry->taken_count && i < RING_TAKEN_MAX; i++)
        entry->taken[i] = outcome->addresses[i];
    entry->prefix_length = outcome->has_prefix ? outcome->prefix.length : 0;
    if (outcome->has_prefix)
        entry->prefix = outcome->prefix.ip;
    entry->ignores = outcome->ignored_count > 0 || update->passed_count > 0;
    if (entry->ignores)
        list_ignored(update, outcome, entry->ignored, sizeof(entry->ignored));
}

static void keep(struct api *api, const struct update *update, struct str host,
                 const struct update_outcome *outcome)
{
    if (!api->ring)
        return;
    struct ring_entry entry; /* its texts need no zeros */
    entry.time_s = clock_wall_s(api->clock);
    entry.source = update->origin.source;
    entry.dialect = update->origin.dialect;
    entry.code = (uint8_t)outcome->code;
    entry.why = (uint8_t)outcome->why;
    entry.encrypted = update->origin.encrypted;
    entry.dry_run = update->dry_run;
    bool wildcard = false;
    ring_text(who_host_text(host, &wildcard), true, entry.host, sizeof(entry.host));
    ring_text(str_from(update->origin.agent), false, entry.agent, sizeof(entry.agent));
    keep_values(update, outcome, &entry);
    ring_put(api->ring, lane_of(update, outcome->code), &entry);
}

void told_note(struct api *api, const struct update *update,
               const struct update_result *result)
{
    const struct update_outcome whole = { .code = result->code, .why = result->why };
    if (result->whole)
        count(api, update, result->code);
    size_t i = 0;
    for (struct str rest = update->hosts, piece; str_next(&rest, ',', &piece);) {
        piece = str_trim(piece);
        if (piece.n == 0)
            continue;
        /* Of a call with too many names the first ones tell enough. */
        if (i == (result->whole ? api->hosts_max : result->count))
            return;
        const struct update_outcome *outcome =
            result->whole ? &whole : &result->outcomes[i];
        if (!result->whole)
            count(api, update, outcome->code);
        keep(api, update, piece, outcome);
        i++;
    }
}

/* ---- the request log ---------------------------------------------------------------- */

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
    struct log_field fields[LOG_FIELDS];
    size_t count;
    char path[LOG_PATH_SIZE], hosts[LOG_HOSTS_SIZE], words[LOG_HOSTS_SIZE];
};

/* The target as it came, up to where parameters may begin. */
static void put_request(struct log_line *line, const struct http_exchange *exchange)
{
    const struct http_head *head = http_request_head(exchange);
    struct str path = str_first(head->target, str_find(head->target, '?'));
    path = str_first(path, str_find(path, '&'));
    ring_text(path, false, line->path, sizeof(line->path));
    line->fields[line->count++] =
        LOG_TEXT("source", ip_text(http_request_source(exchange)));
    line->fields[line->count++] = LOG_STR("method", head->method);
    line->fields[line->count++] = LOG_TEXT("path", line->path);
}

static void put_told(struct log_line *line, const struct update_told *told)
{
    struct buf words = BUF_ON(line->words);
    put_words(&words, told->result);
    ring_text(told->update->hosts, true, line->hosts, sizeof(line->hosts));
    enum dialect dialect = (enum dialect)told->update->origin.dialect;
    line->fields[line->count++] = LOG_TEXT("dialect", update_dialect_word(dialect));
    line->fields[line->count++] = LOG_TEXT("hosts", line->hosts);
    line->fields[line->count++] = LOG_STR("result", buf_str(&words));
}

void api_replied(void *ctx, const struct http_exchange *exchange, int status)
{
    struct api *api = (struct api *)ctx;
    if (status >= 0 && status < API_STATUSES)
        api->counts.replies[status]++;
    if (!api->log_requests)
        return;
    struct log_line line = { .count = 0 };
    if (exchange)
        put_request(&line, exchange);
    line.fields[line.count++] = LOG_NUMBER("status", status);
    if (api->told)
        put_told(&line, api->told);
    log_event(LOG_INFO, "request", line.fields, line.count);
}
