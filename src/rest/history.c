// SPDX-License-Identifier: GPL-3.0-or-later
/* What happened to a host: changes from the journal, requests from the ring. */
#include "rest/history.h"

#include "base/json.h"
#include "change/change.h"
#include "change/host_rule.h"
#include "rest/event.h"
#include "rest/resource.h"
#include "rest/rest.h"
#include "update/ring.h"
#include "update/updates.h"
#include "update/who.h"

enum {
    LOOKED_AT_MAX = 32 /* requests, or changes, to find what a device said */
};

void rest_put_source(struct json *item, struct ip source)
{
    json_put(item, "source",
             source.family == IP_NONE ? json_new_null()
                                      : json_new_string(str_from(ip_text(source))));
}

void rest_put_dialect(struct json *item, uint8_t dialect)
{
    json_put(item, "dialect",
             dialect ? json_new_string(str_from(dialect_word(dialect)))
                     : json_new_null());
}

/* As it was sent, it is not fit for a terminal. */
void rest_put_agent(struct json *item, const char *agent)
{
    char text[AGENT_SIZE];
    ring_text(str_from(agent), false, text, sizeof(text));
    json_put_text(item, "agent", str_from(text));
}

static bool is_of_another(const struct actor *actor, const struct change_row *row)
{
    return row->via != VIA_UPDATE && row->via != VIA_SERVICE &&
           row->account_id != actor->account_id && !actor_is_operator(actor);
}

void rest_put_caller(const struct rest_call *call, const struct change_row *row,
                     struct json *item)
{
    static const struct ip nowhere = { .family = IP_NONE };
    bool hides = is_of_another(&call->admin.actor, row);
    rest_put_source(item, hides ? nowhere : row->source);
    rest_put_agent(item, hides ? "" : row->agent);
}

/* ----- changes ----- */

enum status rest_change_side(const uint8_t *bytes, size_t n, struct json **out,
                             struct error *err)
{
    struct addresses addresses;
    if (n && store_addresses_decode(str_bytes(bytes, n), &addresses))
        return FAIL(err, ERR_IO, "the journal holds bad addresses");
    *out = n ? rest_addresses_json(&addresses) : json_new_null();
    return OK;
}

static enum status put_side(struct json *item, const char *key, const uint8_t *bytes,
                            size_t n, struct error *err)
{
    struct json *side = NULL;
    enum status status = rest_change_side(bytes, n, &side, err);
    if (!status)
        json_put(item, key, side);
    return status;
}

enum status rest_change_json(const struct rest_call *call, const struct change_row *row,
                             struct json **out, struct error *err)
{
    CLEANUP(json_freep) struct json *item = json_new_object();
    json_put_number(item, "seq", row->seq);
    json_put_number(item, "time", row->time_s);
    enum status status = put_side(item, "before", row->before, row->before_n, err);
    if (!status)
        status = put_side(item, "after", row->after, row->after_n, err);
    if (status)
        return status;
    rest_put_dialect(item, row->dialect);
    json_put(item, "token",
             row->token_id ? json_new_number(row->token_id) : json_new_null());
    json_put_bool(item, "encrypted", row->encrypted);
    json_put_number(item, "undoes", row->undoes);
    rest_put_caller(call, row, item);
    *out = TAKE(item);
    return OK;
}

/* The host's change of that seq. ERR_NOT_FOUND: trimmed by now, or not this host's. */
static enum status find_change(const struct rest_call *call, int64_t host_id, int64_t seq,
                               struct change_row *out, struct error *err)
{
    enum status status = store_change_find(call->admin.store, seq, out, err);
    if (!status && (out->kind != CHANGE_HOST || out->id != host_id))
        return FAIL(err, ERR_NOT_FOUND, "change %lld is not of this host",
                    (long long)seq);
    return status;
}

/* From `seq` on back to where the journal was trimmed. */
static enum status fill_page(int64_t host_id, int64_t seq, struct rest_list *list,
                             rest_change_fn to_json)
{
    struct change_row row;
    while (seq && json_count(list->items) < list->page.limit) {
        enum status status = find_change(list->call, host_id, seq, &row, list->err);
        if (status == ERR_NOT_FOUND)
            return OK;
        struct json *item = NULL;
        if (!status)
            status = to_json(list->call, &row, &item, list->err);
        if (!status)
            status = rest_list_put(list, row.seq, item);
        if (status)
            return status;
        seq = row.prev;
    }
    return OK;
}

/* Where the page begins: after the change that ended the one before, or at the newest. */
static enum status find_start(const struct rest_call *call, const struct host_row *host,
                              int64_t after, int64_t *seq, struct error *err)
{
    struct change_row row;
    *seq = host->last_change;
    if (after == 0)
        return OK;
    enum status status = find_change(call, host->id, after, &row, err);
    *seq = status || host_was_of_another(host, row.time_s) ? 0 : row.prev;
    return status == ERR_NOT_FOUND ? OK : status;
}

enum status rest_history_put(const struct host_row *host, struct rest_list *list,
                             rest_change_fn to_json)
{
    int64_t seq = 0;
    enum status status = find_start(list->call, host, list->page.after, &seq, list->err);
    return status ? status : fill_page(host->id, seq, list, to_json);
}

enum status rest_host_log(struct rest_call *call, struct error *err)
{
    struct host_row host;
    struct rest_list list;
    enum status status = rest_find_host(call, call->arg, &host, err);
    if (!status)
        status = rest_list_begin(call, &list, err);
    return status ? status
                  : rest_list_end(call, &list,
                                  rest_history_put(&host, &list, rest_change_json));
}

/* ----- requests ----- */

/* Addresses that the request gave the host, and the prefix that it gave to others. */
static struct json *taken_to_json(const struct ring_entry *entry)
{
    struct json *list = json_new_array();
    for (size_t i = 0; i < entry->taken_count && i < RING_TAKEN_MAX; i++)
        json_append(list, json_new_string(str_from(ip_text(entry->taken[i]))));
    if (entry->prefix_length > 0) {
        char text[PREFIX_TEXT_SIZE];
        struct buf out = BUF_ON(text);
        prefix_format((struct prefix){ entry->prefix, entry->prefix_length }, &out);
        json_append(list, json_new_string(buf_str(&out)));
    }
    return list;
}

struct json *rest_request_json(const struct ring_entry *entry)
{
    struct json *item = json_new_object();
    json_put_number(item, "number", entry->number);
    json_put_number(item, "time", entry->time_s);
    json_put_text(item, "host", str_from(entry->host));
    json_put_text(item, "result",
                  str_from(update_code_word((enum update_code)entry->code)));
    json_put_text(item, "why", str_from(update_why_word((enum update_why)entry->why)));
    rest_put_source(item, entry->source);
    rest_put_dialect(item, entry->dialect);
    json_put_bool(item, "encrypted", entry->encrypted);
    json_put_bool(item, "dry_run", entry->dry_run);
    json_put(item, "taken", taken_to_json(entry));
    json_put_bool(item, "from_source", entry->from_source);
    json_put_text(item, "ignored", str_from(entry->ignores ? entry->ignored : ""));
    json_put_text(item, "agent", str_from(entry->agent));
    return item;
}

/* Requests from when the name was another's are not for the host's owner. */
static int64_t requests_since(const struct host_row *host)
{
    return host->owned_s ? host->owned_s + 1 : host->created_s;
}

/* Operators see all, of names without a host, too. */
static enum status find_since(const struct rest_call *call, int64_t *out,
                              struct error *err)
{
    struct host_row host;
    *out = 0;
    if (actor_is_operator(&call->admin.actor))
        return OK;
    enum status status = rest_find_host(call, call->arg, &host, err);
    if (!status)
        *out = requests_since(&host);
    return status;
}

enum status rest_host_requests(struct rest_call *call, struct error *err)
{
    const struct ring_entry *found[REST_PAGE_MAX];
    struct rest_list list;
    size_t count = 0;
    int64_t since_s = 0;
    bool wildcard = false;
    enum status status = find_since(call, &since_s, err);
    if (!status)
        status = rest_list_begin(call, &list, err);
    if (status)
        return status;
    const struct ring_span span = { .below = list.page.after, .since_s = since_s };
    count = ring_find(call->rest->updates->ring, who_host_text(call->arg, &wildcard),
                      span, found, list.page.limit);
    for (size_t i = 0; i < count && !status; i++)
        status = rest_list_put(&list, found[i]->number, rest_request_json(found[i]));
    return rest_list_end(call, &list, status);
}

/* ----- what the device said last ----- */

static struct json *new_said(const char *result, int64_t time_s, struct json *addresses)
{
    struct json *said = json_new_object();
    json_put_text(said, "result", str_from(result));
    json_put_number(said, "time", time_s);
    json_put(said, "addresses", addresses);
    return said;
}

static bool says_addresses(const struct ring_entry *entry)
{
    bool is_well = entry->code == UPDATE_GOOD || entry->code == UPDATE_NOCHG;
    return is_well && !entry->dry_run && entry->taken_count > 0;
}

/* NULL: no such request is remembered. */
static struct json *said_by_request(const struct rest_call *call,
                                    const struct host_row *host)
{
    const struct ring_entry *found[LOOKED_AT_MAX];
    const struct ring_span span = { .since_s = requests_since(host) };
    size_t count = ring_find(call->rest->updates->ring, str_from(name_text(&host->name)),
                             span, found, LOOKED_AT_MAX);
    for (size_t i = 0; i < count; i++) {
        const struct ring_entry *entry = found[i];
        if (!says_addresses(entry))
            continue;
        struct json *said = new_said(update_code_word((enum update_code)entry->code),
                                     entry->time_s, taken_to_json(entry));
        rest_put_source(said, entry->source);
        rest_put_dialect(said, entry->dialect);
        json_put_bool(said, "encrypted", entry->encrypted);
        json_put_text(said, "agent", str_from(entry->agent));
        return said;
    }
    return NULL;
}

static struct json *said_by_change(const struct change_row *row)
{
    struct addresses addresses = { .v4 = { .count = 0 } };
    char agent[AGENT_SIZE];
    if (store_addresses_decode(str_bytes(row->after, row->after_n), &addresses))
        addresses = (struct addresses){ .v4 = { .count = 0 } };
    struct json *said = new_said(update_code_word(UPDATE_GOOD), row->time_s,
                                 rest_addresses_json(&addresses));
    rest_put_source(said, row->source);
    rest_put_dialect(said, row->dialect);
    json_put_bool(said, "encrypted", row->encrypted);
    ring_text(str_from(row->agent), false, agent, sizeof(agent));
    json_put_text(said, "agent", str_from(agent));
    return said;
}

/* *out stays NULL where none of the newest changes was made by a device. */
static enum status find_said_change(const struct rest_call *call,
                                    const struct host_row *host, struct json **out,
                                    struct error *err)
{
    int64_t seq = host->last_change;
    for (int i = 0; i < LOOKED_AT_MAX && seq && !*out; i++) {
        struct change_row row;
        enum status status = find_change(call, host->id, seq, &row, err);
        if (status)
            return status == ERR_NOT_FOUND ? OK : status;
        if (row.dialect && row.after_n)
            *out = said_by_change(&row);
        seq = row.prev;
    }
    return OK;
}

enum status history_put_said(const struct rest_call *call, const struct host_row *host,
                             struct json *object, struct error *err)
{
    struct json *said = said_by_request(call, host);
    enum status status = said ? OK : find_said_change(call, host, &said, err);
    int64_t seen_s = change_last_seen(call->rest->change, host->id);
    if (status)
        return status;
    json_put(object, "said", said ? said : json_new_null());
    json_put_number(object, "last_seen",
                    seen_s > host->last_seen_s ? seen_s : host->last_seen_s);
    return OK;
}
