// SPDX-License-Identifier: GPL-3.0-or-later
/* All data of an account as one JSON document, or as several when there is much of it.
 *
 * It is read section by section, a few rows in a turn of the loop. So it is no picture of one moment:
 * what changes while it is made may be in it or not. A document that is full ends behind a row, and
 * `next` says where another one goes on. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "change/host_rule.h"
#include "rest/history.h"
#include "rest/people.h"
#include "rest/resource.h"
#include "rest/turns.h"

enum {
    ROWS_OF_TURN = 32, /* some 2 ms */
    DOCUMENT_MAX = 8 * 1024 * 1024,
    /* Of one that has to fit a message: it is read once more there. */
    PIECE_MAX = 32 * 1024,
    PLACE_SIZE = 64
};

enum section {
    SESSIONS,
    PASSKEYS,
    TOKENS,
    MEMBERS,
    REQUESTS,
    ZONES,
    RECORDS,
    HOSTS,
    MAILS,
    LOG,
    HISTORY,
    SECTIONS
};

/* Where reading goes on: behind the row `after` of the section; in HISTORY, behind the change
 * `after` of the host `host_id`, or (`after` 0) with the host behind that one. */
struct place {
    unsigned section;
    int64_t after, host_id;
};

struct document {
    int64_t account_id;
    size_t max;
    struct place place;
    char *text;
    size_t n, room;
    bool is_begun, has_item;
    /* Of the turn. */
    const struct rest_call *call;
    size_t rows;
    bool full;
    struct error *err;
};

static void document_free(void *ctx)
{
    struct document *document = (struct document *)ctx;
    if (!document)
        return;
    mem_free(document->text);
    mem_free(document);
}

static void put(struct document *document, struct str text)
{
    /* The zero byte at the end. */
    document->text =
        (char *)mem_grow(document->text, document->n + text.n + 1, &document->room, 1);
    memcpy(document->text + document->n, text.at, text.n);
    document->n += text.n;
    document->text[document->n] = 0;
}

/* ----- rows ----- */

/* Takes the item. ERR_LIMIT: the document is full without it. */
static enum status put_item(struct document *document, int64_t id, struct json *item)
{
    CLEANUP(json_freep) struct json *held = item;
    CLEANUP(mem_freep) char *text = json_text(held);
    struct str bytes = str_from(text);
    if (document->has_item && document->n + bytes.n > document->max) {
        document->full = true;
        return ERR_LIMIT;
    }
    put(document, document->has_item ? STR(",\n") : STR("\n"));
    put(document, bytes);
    document->has_item = true;
    document->place.after = id;
    document->rows++;
    return OK;
}

static enum status put_made(struct document *document, int64_t id, enum status status,
                            struct json *item)
{
    return status ? status : put_item(document, id, item);
}

static enum status put_session(void *ctx, const struct session_row *row)
{
    struct document *document = (struct document *)ctx;
    return put_item(document, row->id, rest_session_json(document->call, row));
}

static enum status put_passkey(void *ctx, const struct passkey_row *row)
{
    return put_item((struct document *)ctx, row->id, rest_passkey_json(row));
}

static enum status put_member(void *ctx, const struct member_row *row)
{
    struct document *document = (struct document *)ctx;
    struct json *item = NULL;
    enum status status = rest_member_json(document->call, row, &item, document->err);
    return put_made(document, row->id, status, item);
}

static enum status put_request(void *ctx, const struct request_row *row)
{
    struct document *document = (struct document *)ctx;
    struct json *item = NULL;
    enum status status = rest_consent_json(document->call, row, &item, document->err);
    return put_made(document, row->id, status, item);
}

static enum status put_token(void *ctx, const struct token_row *row)
{
    struct document *document = (struct document *)ctx;
    struct json *item = NULL;
    enum status status = rest_token_json(document->call, row, &item, document->err);
    return put_made(document, row->id, status, item);
}

static enum status put_zone(void *ctx, const struct zone_row *row)
{
    struct document *document = (struct document *)ctx;
    struct json *item = NULL;
    enum status status = rest_zone_json(document->call, row, &item, document->err);
    return put_made(document, row->id, status, item);
}

static enum status put_record(void *ctx, const struct record_row *row)
{
    return put_item((struct document *)ctx, row->id, rest_record_json(row));
}

static enum status put_host(void *ctx, const struct host_row *row)
{
    struct document *document = (struct document *)ctx;
    struct json *item = NULL;
    enum status status = rest_host_json(document->call, row, &item, document->err);
    return put_made(document, row->id, status, item);
}

static enum status put_mail(void *ctx, const struct mail_row *row)
{
    return put_item((struct document *)ctx, row->id, rest_mail_json(row));
}

static enum status put_action(void *ctx, const struct change_row *row)
{
    struct document *document = (struct document *)ctx;
    struct json *item = NULL;
    enum status status = rest_action_json(document->call, row, &item, document->err);
    return put_made(document, row->seq, status, item);
}

/* ----- the history of each host ----- */

static enum status put_change(struct document *document, const struct host_row *host,
                              const struct change_row *row)
{
    struct json *item = NULL;
    enum status status = rest_change_json(document->call, row, &item, document->err);
    if (status)
        return status;
    json_put_text(item, "host", str_from(name_text(&host->name)));
    status = put_item(document, row->seq, item);
    /* One for which there was no room begins the next document. */
    if (!status)
        document->place.host_id = host->id;
    return status;
}

static enum status note_host(void *ctx, const struct host_row *row)
{
    *(struct host_row *)ctx = *row;
    return OK;
}

/* The host whose changes are read now; id 0: all were. *seq is its next one; 0: it has no more. */
static enum status find_history(struct document *document, struct host_row *host,
                                int64_t *seq, struct error *err)
{
    struct store *store = document->call->admin.store;
    struct place *place = &document->place;
    struct change_row row;
    host->id = 0;
    if (place->after) {
        enum status status = store_change_find(store, place->after, &row, err);
        if (!status && row.id == place->host_id && row.kind == CHANGE_HOST && row.prev)
            status = store_host_find(store, place->host_id, host, err);
        if (status && status != ERR_NOT_FOUND)
            return status;
        *seq = status ? 0 : row.prev;
        /* The place is what the one that asks says. */
        if (host->id && host->owner_id == document->account_id &&
            !host_was_of_another(host, row.time_s))
            return OK;
        host->id = 0;
    }
    place->after = 0;
    struct store_page page = { place->host_id, 1, document->account_id };
    enum status status = store_host_list(store, 0, page, note_host, host, err);
    *seq = host->last_change;
    return status;
}

static enum status put_history(struct document *document, struct error *err)
{
    struct host_row host = { .id = 0 };
    struct store *store = document->call->admin.store;
    int64_t seq = 0;
    enum status status = find_history(document, &host, &seq, err);
    while (!status && host.id && document->rows < ROWS_OF_TURN) {
        struct change_row row = { .seq = 0 };
        status = seq ? store_change_find(store, seq, &row, err) : ERR_NOT_FOUND;
        if (!status && row.kind == CHANGE_HOST && row.id == host.id) {
            status = put_change(document, &host, &row);
            seq = row.prev;
        } else if (!status || status == ERR_NOT_FOUND) {
            /* Trimmed, or the end: the next host. */
            document->place = (struct place){ .section = HISTORY, .host_id = host.id };
            document->rows++;
            status = find_history(document, &host, &seq, err);
        }
    }
    return status;
}

/* ----- sections ----- */

static enum status put_requests(struct document *document, struct store_page page,
                                struct error *err)
{
    struct account_row account;
    const struct rest_call *call = document->call;
    enum status status =
        store_account_find(call->admin.store, document->account_id, &account, err);
    const struct store_open open = { call->admin.now_s, str_from(account.email) };
    return status ? status
                  : store_request_list(call->admin.store, page, open, put_request,
                                       document, err);
}

static enum status put_rows(struct document *document, struct error *err)
{
    struct store *store = document->call->admin.store;
    const struct store_page page = { document->place.after, ROWS_OF_TURN,
                                     document->account_id };
    switch (document->place.section) {
    case SESSIONS:
        return store_session_list(store, page.owner_id, page, put_session, document, err);
    case PASSKEYS:
        return store_passkey_list(store, page.owner_id, page, put_passkey, document, err);
    case MEMBERS:
        return store_member_list(store, 0, page, put_member, document, err);
    case REQUESTS:
        return put_requests(document, page, err);
    case TOKENS:
        return store_token_list(store, 0, page, put_token, document, err);
    case ZONES:
        return store_zone_list(store, page, put_zone, document, err);
    case RECORDS:
        return store_record_page(store, 0, page, put_record, document, err);
    case HOSTS:
        return store_host_list(store, 0, page, put_host, document, err);
    case MAILS:
        return store_mail_list(store, page, put_mail, document, err);
    case LOG:
        return store_change_log(store, STORE_LOG_ACCOUNT, page, put_action, document,
                                err);
    default:
        return put_history(document, err);
    }
}

static const char *const names[SECTIONS] = {
    [SESSIONS] = "sessions", [PASSKEYS] = "passkeys", [TOKENS] = "tokens",
    [MEMBERS] = "members",   [REQUESTS] = "requests", [ZONES] = "zones",
    [RECORDS] = "records",   [HOSTS] = "hosts",       [MAILS] = "mails",
    [LOG] = "log",           [HISTORY] = "history",
};

static void put_title(struct document *document)
{
    char storage[PLACE_SIZE];
    struct buf text = BUF_ON(storage);
    buf_printf(&text, ",\n\"%s\": [", names[document->place.section]);
    put(document, buf_str(&text));
    document->has_item = false;
}

static enum status put_head(struct document *document, struct error *err)
{
    struct account_row account;
    enum status status = store_account_find(document->call->admin.store,
                                            document->account_id, &account, err);
    if (status)
        return status;
    CLEANUP(json_freep) struct json *shown = rest_account_json(&account);
    CLEANUP(mem_freep) char *text = json_text(shown);
    char storage[PLACE_SIZE];
    struct buf made = BUF_ON(storage);
    buf_printf(&made,
               "{\"made\": %" PRId64 ",\n\"account\": ", document->call->admin.now_s);
    put(document, buf_str(&made));
    put(document, str_from(text));
    for (unsigned i = 0, section = document->place.section; i < section; i++) {
        document->place.section = i;
        put_title(document);
        put(document, STR("]"));
        document->place.section = section;
    }
    put_title(document);
    document->is_begun = true;
    return OK;
}

/* The sections behind a document that is full are empty in it. */
static void put_tail(struct document *document)
{
    char storage[2 * PLACE_SIZE];
    struct buf next = BUF_ON(storage);
    const struct place place = document->place;
    put(document, STR("]"));
    for (unsigned i = place.section + 1; i < SECTIONS; i++) {
        document->place.section = i;
        put_title(document);
        put(document, STR("]"));
    }
    if (place.section < SECTIONS && document->full)
        buf_printf(&next, ",\n\"next\": \"%u.%" PRId64 ".%" PRId64 "\"}\n", place.section,
                   place.after, place.host_id);
    else
        buf_put_text(&next, ",\n\"next\": null}\n");
    put(document, buf_str(&next));
}

static enum status put_some(struct document *document, struct error *err)
{
    enum status status = document->is_begun ? OK : put_head(document, err);
    if (!status)
        status = put_rows(document, err);
    if (document->full)
        return OK;
    if (status || document->rows)
        return status;
    if (document->place.section + 1 == SECTIONS) {
        document->place.section++;
        return OK;
    }
    document->place = (struct place){ .section = document->place.section + 1 };
    put(document, STR("]"));
    put_title(document);
    return OK;
}

static enum status take_turn(void *ctx, struct rest_call *call, bool *more,
                             struct error *err)
{
    struct document *document = (struct document *)ctx;
    document->call = call;
    document->rows = 0;
    document->err = err;
    enum status status = put_some(document, err);
    *more = !status && !document->full && document->place.section < SECTIONS;
    if (status || *more)
        return status;
    put_tail(document);
    call->text = TAKE(document->text);
    return OK;
}

/* ----- the calls ----- */

static enum status read_place(struct str text, struct place *out, struct error *err)
{
    struct str rest = text, pieces[3] = { { NULL, 0 } };
    uint64_t numbers[LENGTH_OF(pieces)] = { 0 };
    bool bad = false;
    if (text.n == 0)
        return OK;
    for (size_t i = 0; i < LENGTH_OF(pieces); i++)
        bad |= !str_next(&rest, '.', &pieces[i]) ||
               str_to_u64(pieces[i], i ? INT64_MAX : SECTIONS - 1, &numbers[i]);
    if (bad || rest.n)
        return FAIL(err, ERR_SYNTAX, "after: must be the next of a document");
    *out =
        (struct place){ (unsigned)numbers[0], (int64_t)numbers[1], (int64_t)numbers[2] };
    return OK;
}

static void start(struct rest_job *job, const struct account_row *account, size_t max)
{
    const struct rest_call *call = rest_job_call(job);
    struct document *document = NEW(struct document);
    struct error err = { "" };
    document->account_id = account->id;
    document->max = max;
    enum status status = read_place(rest_param(call, "after"), &document->place, &err);
    if (status) {
        document_free(document);
        rest_job_end(job, status, &err);
    } else {
        rest_turns_run(job, take_turn, document_free, document);
    }
}

void rest_own_export(struct rest_job *job)
{
    const struct rest_call *call = rest_job_call(job);
    const struct account_row own = { .id = call->admin.actor.account_id };
    if (own.id)
        start(job, &own, DOCUMENT_MAX);
    else
        rest_job_end(job, ERR_NOT_FOUND,
                     &(struct error){ "there is no account at the machine" });
}

void rest_account_export(struct rest_job *job)
{
    const struct rest_call *call = rest_job_call(job);
    struct account_row account;
    struct error err = { "" };
    enum status status = rest_find_account(call, call->arg, &account, &err);
    if (status)
        rest_job_end(job, status, &err);
    else
        start(job, &account, PIECE_MAX);
}

/* ----- what it is like ----- */

static struct json *list_of(const char *shape)
{
    char path[2 * PLACE_SIZE];
    struct json *list = json_new_object(), *item = json_new_object();
    (void)snprintf(path, sizeof(path), "#/components/schemas/%s", shape);
    json_put_text(item, "$ref", str_from(path));
    json_put_text(list, "type", STR("array"));
    json_put(list, "items", item);
    return list;
}

static struct json *of_type(const char *type)
{
    struct json *schema = json_new_object();
    json_put_text(schema, "type", str_from(type));
    return schema;
}

struct json *rest_export_schema(void)
{
    static const char *const shapes[SECTIONS] = {
        [SESSIONS] = "Session", [PASSKEYS] = "Passkey", [TOKENS] = "Token",
        [MEMBERS] = "Member",   [REQUESTS] = "Request", [ZONES] = "Zone",
        [RECORDS] = "Record",   [HOSTS] = "Host",       [MAILS] = "Mail",
        [LOG] = "Action",
    };
    struct json *schema = of_type("object"), *members = json_new_object(),
                *required = json_new_array(), *next = json_new_object(),
                *types = json_new_array(), *account = json_new_object(),
                *history = of_type("array");
    json_put(members, "made", of_type("integer"));
    json_put_text(account, "$ref", STR("#/components/schemas/Account"));
    json_put(members, "account", account);
    json_put(history, "items", of_type("object"));
    for (size_t i = 0; i < SECTIONS; i++) {
        json_put(members, names[i], shapes[i] ? list_of(shapes[i]) : history);
        json_append(required, json_new_string(str_from(names[i])));
    }
    json_append(types, json_new_string(STR("string")));
    json_append(types, json_new_string(STR("null")));
    json_put(next, "type", types);
    json_put(members, "next", next);
    json_append(required, json_new_string(STR("next")));
    json_put(schema, "properties", members);
    json_put(schema, "required", required);
    return schema;
}
