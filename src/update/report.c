// SPDX-License-Identifier: GPL-3.0-or-later
#include "update/report.h"

#include "change/events.h"
#include "rule/challenge.h"
#include "update/ring.h"
#include "update/who.h"

enum {
    VALUE_SIZE = 64
};

static void count(struct updates *updates, const struct update *update,
                  enum update_code code)
{
    size_t dialect = update->origin.dialect;
    if (dialect < DIALECTS_MAX)
        updates->counts.outcomes[dialect][code]++;
}

static enum ring_lane lane_of(const struct update *update, enum update_code code)
{
    if (code <= UPDATE_NOCHG)
        return RING_FINE;
    return update->origin.token_id ? RING_FAILED : RING_STRANGER;
}

/* ----- what came of the values ----- */

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

static void keep(struct updates *updates, const struct update *update, struct str host,
                 const struct update_outcome *outcome)
{
    if (!updates->ring)
        return;
    struct ring_entry entry; /* its texts need no zeros */
    entry.time_s = clock_wall_s(updates->clock);
    entry.source = update->origin.source;
    entry.dialect = update->origin.dialect;
    entry.code = (uint8_t)outcome->code;
    entry.why = (uint8_t)outcome->why;
    entry.encrypted = update->origin.encrypted;
    entry.dry_run = update->dry_run;
    bool wildcard = false;
    if (update->txt)
        host = challenge_host(host);
    ring_text(who_host_text(host, &wildcard), true, entry.host, sizeof(entry.host));
    ring_text(str_from(update->origin.agent), false, entry.agent, sizeof(entry.agent));
    keep_values(update, outcome, &entry);
    entry.number = ring_put(updates->ring, lane_of(update, outcome->code), &entry);
    if (updates->events && events_are_wanted(updates->events))
        updates->reported(updates->reported_ctx, &entry);
}

void report_outcomes(struct updates *updates, const struct update *update,
                     const struct update_result *result)
{
    const struct update_outcome whole = { .code = result->code, .why = result->why };
    if (update->origin.token_id && !update->origin.encrypted)
        updates->counts.in_clear++;
    if (result->whole)
        count(updates, update, result->code);
    size_t i = 0;
    for (struct str left = update->hosts, piece; str_next(&left, ',', &piece);) {
        piece = str_trim(piece);
        if (piece.n == 0)
            continue;
        /* Of a call with too many names the first ones tell enough. */
        if (i == (result->whole ? updates->hosts_max : result->count))
            return;
        const struct update_outcome *outcome =
            result->whole ? &whole : &result->outcomes[i];
        if (!result->whole)
            count(updates, update, outcome->code);
        keep(updates, update, piece, outcome);
        i++;
    }
}
