// SPDX-License-Identifier: GPL-3.0-or-later
#include "update/dyndns2.h"

#include "update/request.h"

static void put_outcome(struct buf *body, const struct update_outcome *outcome)
{
    buf_put_text(body, update_code_word(outcome->code));
    /* The space comes also where there is no address to tell: clients look for "good ". */
    if (outcome->code <= UPDATE_NOCHG)
        buf_put_text(body, " ");
    for (size_t i = 0; i < outcome->address_count; i++) {
        buf_put_text(body, i == 0 ? "" : ",");
        ip_format(outcome->addresses[i], body);
    }
    buf_put_text(body, "\n");
}

static void reply(void *ctx, const struct update_result *result)
{
    const struct update_call *call = (const struct update_call *)ctx;
    const struct update_outcome whole = { .code = result->code };
    const struct update_outcome *outcomes = result->whole ? &whole : result->outcomes;
    size_t count = result->whole ? 1 : result->count;

    size_t line = sizeof("notfqdn \n") + RULE_REPLY_MAX * (size_t)IP_TEXT_SIZE;
    size_t size = count * line;
    struct buf body = buf_on(arena_take(http_request_arena(call->exchange), size), size);
    for (size_t i = 0; i < count; i++)
        put_outcome(&body, &outcomes[i]);
    update_call_reply(call, result, NULL, buf_str(&body));
}

static void handle(struct updates *updates, struct update_request *request)
{
    update_request_run(updates, request, reply);
}

const struct dialect dyndns2 = { .word = "dyndns2",
                                 .handle = handle,
                                 .refusal = "badagent\n" };
