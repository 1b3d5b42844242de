// SPDX-License-Identifier: GPL-3.0-or-later
#include "update/httpreq.h"

#include "base/json.h"
#include "update/credentials.h"
#include "update/request.h"

/* ----- replies ----- */

static int status_of(enum update_code code)
{
    switch (code) {
    case UPDATE_GOOD:
    case UPDATE_NOCHG:
        return 200;
    case UPDATE_NOTFQDN:
    case UPDATE_BADIP:
    case UPDATE_NUMHOST:
    case UPDATE_BADTXT:
        return 400;
    case UPDATE_BADAUTH:
        return 401;
    case UPDATE_NOHOST:
    case UPDATE_ABUSE:
        return 403;
    case UPDATE_TROUBLE:
        break;
    }
    return 503;
}

static void reply(void *ctx, const struct update_result *result)
{
    const struct update_call *call = (const struct update_call *)ctx;
    enum update_code code = result->whole ? result->code : result->outcomes[0].code;
    const struct txt_change *change = &call->update.txt->change;
    const struct txt_list *list = change->add.count > 0 ? &change->add : &change->remove;
    if (code <= UPDATE_NOCHG)
        update_reply_pair(call->exchange, 200, "value",
                          str_bytes(list->at[0], CHALLENGE_VALUE_SIZE));
    else
        update_reply_pair(call->exchange, status_of(code), "error",
                          str_from(update_code_word(code)));
}

/* ----- requests ----- */

/* The value as it is, or made of the key's authorization. */
static struct str read_value(const struct json *body, struct str key,
                             char digest[DIGEST_SHA256_TEXT_SIZE])
{
    if (key.n == 0)
        return json_get_text(body, "value");
    challenge_value(key, digest);
    return str_bytes(digest, CHALLENGE_VALUE_SIZE);
}

/* What cannot be read names no host and has no value. */
static void read_body(struct update_call *call, struct txt_list *list)
{
    struct update *update = &call->update;
    CLEANUP(json_freep) struct json *body = NULL;
    if (json_parse(http_request_body(call->exchange), &body, NULL))
        body = NULL;
    struct str key = json_get_text(body, "keyAuth");
    struct str host = json_get_text(body, key.n > 0 ? "domain" : "fqdn");
    /* There is one host; a comma would make two of it. */
    if (str_find(host, ',') == host.n)
        update->hosts = arena_copy(http_request_arena(call->exchange), host);
    char digest[DIGEST_SHA256_TEXT_SIZE];
    if (!txt_list_add(list, read_value(body, key, digest)))
        update->txt->is_bad = true;
}

static void handle(struct updates *updates, struct update_request *request)
{
    struct update_call *call = update_call_new(request);
    struct update *update = &call->update;
    struct arena *arena = http_request_arena(call->exchange);
    struct credentials credentials = { .secret = STR("") };
    credentials_find(http_request_head(call->exchange), arena, &credentials);
    update->secret = credentials.secret;
    update->wait = true;
    update->txt = update_txt_new(arena);
    update->txt->alone = true;
    struct txt_change *change = &update->txt->change;
    bool removes = str_ends(request->target.path, STR("/cleanup"));
    read_body(call, removes ? &change->remove : &change->add);
    update_run(updates, arena, update, reply, call);
}

const struct dialect httpreq = { .word = "httpreq",
                                 .handle = handle,
                                 .refusal = "Method Not Allowed\n" };
