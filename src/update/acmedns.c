// SPDX-License-Identifier: GPL-3.0-or-later
#include "update/acmedns.h"

#include "base/json.h"
#include "update/acmedns_part.h"
#include "update/acmedns_register.h"

enum {
    KEEP = 2
};

bool acmedns_is_asked(struct update_request *request)
{
    const struct http_head *head = http_request_head(request->exchange);
    return str_equal(head->method, STR("POST")) &&
           (http_head_field(head, "X-Api-User").n > 0 ||
            str_starts(str_trim(http_request_body(request->exchange)), STR("{")));
}

void acmedns_health(const struct updates *updates, struct http_exchange *exchange)
{
    static const struct http_response response = { .status = 200 };
    (void)updates;
    http_reply(exchange, &response);
}

/* ----- replies ----- */

static void reply(void *ctx, const struct update_result *result)
{
    const struct update_call *call = (const struct update_call *)ctx;
    enum update_code code = result->whole ? result->code : result->outcomes[0].code;
    const struct txt_list *added = &call->update.txt->change.add;
    if (code <= UPDATE_NOCHG)
        update_reply_pair(call->exchange, 200, "txt",
                          str_bytes(added->at[0], CHALLENGE_VALUE_SIZE));
    else
        acmedns_refuse_code(call->exchange, code);
}

/* ----- requests ----- */

/* What cannot be read names no host and has no value. */
static void read_body(struct update_call *call)
{
    struct update *update = &call->update;
    CLEANUP(json_freep) struct json *body = NULL;
    if (json_parse(http_request_body(call->exchange), &body, NULL))
        body = NULL;
    struct str host = json_get_text(body, "subdomain");
    /* There is one host; a comma would make two of it. */
    if (str_find(host, ',') == host.n)
        update->hosts = arena_copy(http_request_arena(call->exchange), host);
    if (!txt_list_add(&update->txt->change.add, json_get_text(body, "txt")))
        update->txt->is_bad = true;
}

static void run_update(struct updates *updates, struct update_request *request)
{
    struct update_call *call = update_call_new(request);
    struct update *update = &call->update;
    struct arena *arena = http_request_arena(call->exchange);
    struct str user;
    update->wait = true;
    update->txt = update_txt_new(arena);
    update->txt->alone = true;
    update->txt->change.keep = KEEP;
    acmedns_read_credentials(call, &user, &update->secret);
    read_body(call);
    update_run(updates, arena, update, reply, call);
}

static void handle(struct updates *updates, struct update_request *request)
{
    if (str_equal(request->target.path, STR("/register")))
        acmedns_register(updates, request);
    else
        run_update(updates, request);
}

const struct dialect acmedns = { .word = "acme-dns",
                                 .handle = handle,
                                 .refusal = "Method Not Allowed\n" };
