// SPDX-License-Identifier: GPL-3.0-or-later
#include "import/calls.h"

#include <assert.h>

#include "base/json.h"
#include "base/mem.h"
#include "run/ask.h"

enum {
    BYTES_MAX = 90 * 1024,
    SECRETS_MAX = 24, /* tokens in a message: the reply has the whole result of each */
    REPLY_OK = 200,
    REPLY_NOT_RUN = 424
};

void calls_init(struct calls *calls)
{
    calls->list = json_new_array();
    calls->bytes = calls->tokens = 0;
}

void calls_done(struct calls *calls)
{
    json_free(calls->list);
}

bool calls_have_room(const struct calls *calls, size_t count)
{
    if (calls->tokens && json_count(calls->list) + count > (size_t)4 * SECRETS_MAX)
        return false;
    return json_count(calls->list) + count <= CALLS_MAX && calls->bytes <= BYTES_MAX &&
           calls->tokens < SECRETS_MAX;
}

size_t calls_add(struct calls *calls, const struct call *call, struct json *body)
{
    static const char *const paths[] = { [CALL_ZONE] = "/zones",
                                         [CALL_FOLLOWED] = "/hosts",
                                         [CALL_HOST] = "/hosts",
                                         [CALL_RECORD] = "/records",
                                         [CALL_TOKEN] = "/tokens" };
    size_t count = json_count(calls->list);
    assert(count < CALLS_MAX);
    struct json *item = json_new_object();
    json_put_text(item, "method", STR("POST"));
    json_put_text(item, "path", str_from(paths[call->kind]));
    json_put(item, "body", body);
    if (call->needs != CALL_NONE)
        json_put_number(item, "needs", (int64_t)call->needs);
    CLEANUP(mem_freep) char *text = json_text(item);
    calls->bytes += str_from(text).n + 1;
    calls->tokens += call->kind == CALL_TOKEN;
    calls->details[count] = *call;
    json_append(calls->list, item);
    return count;
}

static enum call_end end_of(const struct json *result)
{
    int64_t code = json_get_number(result, "status");
    if (code == REPLY_OK)
        return CALL_DONE;
    return code == REPLY_NOT_RUN ? CALL_NOT_RUN : CALL_FAILED;
}

enum status calls_flush(struct calls *calls, size_t *lost, struct error *err)
{
    size_t count = json_count(calls->list);
    *lost = 0;
    if (count == 0)
        return OK;
    CLEANUP(json_freep) struct json *body = json_new_object();
    CLEANUP(json_freep) struct json *reply = NULL;
    json_put_bool(body, "dry_run", calls->dry_run);
    json_put_bool(body, "bodies", calls->tokens > 0);
    json_put(body, "calls", TAKE(calls->list));
    calls_init(calls);
    const struct ask_request request = { .method = "POST",
                                         .path = "/batch",
                                         .body = body };
    enum status status = ask_front(calls->config, &request, &reply, err);
    const struct json *results = json_get(reply, "results");
    if (!status && json_count(results) != count)
        status = FAIL(err, ERR_IO, "front answered %zu of %zu calls", json_count(results),
                      count);
    if (status) {
        *lost = count;
        return ERR_IO;
    }
    for (size_t i = 0; i < count; i++) {
        const struct json *result = json_item(results, i);
        calls->done(calls->ctx, &calls->details[i], end_of(result), result);
    }
    return OK;
}
