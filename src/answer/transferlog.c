// SPDX-License-Identifier: GPL-3.0-or-later
#include "answer/transferlog.h"

#include "answer/transfer.h"
#include "dns/record.h"
#include "dns/tsig.h"

#include <inttypes.h>

enum {
    FIELDS_MAX = 12,
    SECOND_MS = 1000,
    SECONDS_SIZE = 32,
};

/* How many lines are logged at once, and how often one more. A busy zone has a transfer for each
 * change. */
static const struct kind {
    const char *event;
    enum log_level level;
    uint32_t at_once;
    int64_t pause_ms;
} kinds[] = {
    [TRANSFERLOG_DONE] = { "transferred", LOG_INFO, 100, 1000 },
    [TRANSFERLOG_BROKEN] = { "transfer-broken", LOG_WARNING, 20, 10000 },
    [TRANSFERLOG_REFUSED] = { "transfer-refused", LOG_WARNING, 20, 10000 },
    [TRANSFERLOG_STRANGER] = { "transfer-refused", LOG_INFO, 20, 60000 },
};

struct fields {
    struct log_field at[FIELDS_MAX];
    size_t n;
    char seconds[SECONDS_SIZE];
};

static void add_text(struct fields *fields, const char *key, const char *text)
{
    fields->at[fields->n++] = LOG_TEXT(key, text);
}

static void add_number(struct fields *fields, const char *key, uint64_t number)
{
    fields->at[fields->n++] = LOG_NUMBER(key, number);
}

static bool was_refused(const struct transferlog_line *line)
{
    return line->kind == TRANSFERLOG_REFUSED || line->kind == TRANSFERLOG_STRANGER;
}

static void add_question(struct fields *fields, const struct transferlog_line *line)
{
    add_text(fields, "zone", name_text(line->zone));
    add_text(fields, "asked", line->type == RR_IXFR ? "IXFR" : "AXFR");
    if (line->has_from)
        add_number(fields, "from", line->from);
}

static void add_client(struct fields *fields, const struct transferlog_line *line)
{
    add_text(fields, "client", ip_text(line->client));
    if (line->key)
        add_text(fields, "key", name_text(line->key));
    add_text(fields, "over", line->transport == ANSWER_UDP ? "udp" : "tcp");
}

static void add_amount(struct fields *fields, const struct transferlog_line *line)
{
    struct buf seconds = BUF_ON(fields->seconds);
    buf_printf(&seconds, "%" PRId64 ".%03d", line->took_ms / SECOND_MS,
               (int)(line->took_ms % SECOND_MS));
    add_number(fields, "bytes", line->bytes);
    add_text(fields, "seconds", buf_text(&seconds));
}

static void put(const struct kind *kind, const struct transferlog_line *line,
                uint64_t left_out)
{
    struct fields fields = { .n = 0 };
    add_question(&fields, line);
    if (!was_refused(line)) {
        add_number(&fields, "to", line->to);
        add_text(&fields, "sent", line->incremental ? "differences" : "zone");
    }
    add_client(&fields, line);
    if (was_refused(line))
        add_text(&fields, "rcode", rcode_word(line->rcode));
    else
        add_amount(&fields, line);
    if (line->why)
        add_text(&fields, "why", line->why);
    if (left_out > 0)
        add_number(&fields, "left_out", left_out);
    log_event(kind->level, kind->event, fields.at, fields.n);
}

static bool is_admitted(struct transferlog *log, enum transferlog_kind kind,
                        int64_t now_ms)
{
    struct bucket_rule rule;
    bucket_rule_init(&rule, kinds[kind].pause_ms, kinds[kind].at_once);
    return bucket_take(&rule, &log->buckets[kind], now_ms);
}

static void put_line(struct transferlog *log, const struct transferlog_line *line,
                     int64_t now_ms)
{
    uint64_t *left_out = &log->left_out[line->kind];
    log->counters->transfers_broken += line->kind == TRANSFERLOG_BROKEN;
    log->counters->transfers_refused += was_refused(line);
    if (!is_admitted(log, line->kind, now_ms)) {
        log->counters->transfers_unlogged++;
        ++*left_out;
        return;
    }
    put(&kinds[line->kind], line, *left_out);
    *left_out = 0;
}

void transferlog_put_ended(struct transferlog *log, const struct transfer *transfer,
                           struct ip client, const char *why, int64_t took_ms,
                           int64_t now_ms)
{
    struct transfer_about about;
    transfer_describe(transfer, &about);
    const struct transferlog_line line = {
        .kind = why ? TRANSFERLOG_BROKEN : TRANSFERLOG_DONE,
        .transport = ANSWER_TCP,
        .client = client,
        .zone = about.zone,
        .key = about.key,
        .type = about.type,
        .has_from = about.type == RR_IXFR,
        .from = about.from,
        .to = about.to,
        .incremental = transfer_is_incremental(transfer),
        .bytes = about.bytes,
        .took_ms = took_ms,
        .why = why,
    };
    if (why || !about.is_empty)
        put_line(log, &line, now_ms);
}

/* ----- the line that waits ----- */

struct transferlog_line *transferlog_begin(struct transferlog *log,
                                           const struct answer_job *job,
                                           const struct dns_question *question,
                                           const struct tsig *tsig)
{
    const struct name *key = tsig->key ? &tsig->key->name : &tsig->key_name;
    bool has_key = question->is_signed && key->n > 0;
    if (has_key)
        name_copy(&log->key, key);
    log->line = (struct transferlog_line){
        .transport = job->transport,
        .client = job->client,
        .zone = &question->name,
        .key = has_key ? &log->key : NULL,
        .type = question->type,
        .has_from = question->type == RR_IXFR && question->has_serial,
        .from = question->serial,
    };
    log->line_ms = job->now_ms;
    log->has_line = true;
    return &log->line;
}

void transferlog_drop(struct transferlog *log)
{
    log->has_line = false;
}

void transferlog_flush(struct transferlog *log)
{
    if (log->has_line)
        put_line(log, &log->line, log->line_ms);
    log->has_line = false;
}
