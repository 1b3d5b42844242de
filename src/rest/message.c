// SPDX-License-Identifier: GPL-3.0-or-later
#include "rest/message.h"

#include <assert.h>

#include "base/json.h"
#include "base/mem.h"

enum {
    HTTP_BAD_REQUEST = 400
};

struct asker {
    rest_text_fn reply;
    void *ctx;
};

static void put_body(struct json *message, const struct rest_reply *reply)
{
    struct json *body = NULL;
    if (reply->err) {
        body = json_new_object();
        json_put_text(body, "error", str_from(reply->err->text));
    } else if (reply->text.n) {
        enum status status = json_parse(reply->text, &body, NULL);
        assert(!status); /* our own */
    } else {
        body = reply->body ? json_clone(reply->body) : json_new_null();
    }
    json_put(message, "body", body);
}

static void send_text(void *ctx, const struct rest_reply *reply)
{
    CLEANUP(mem_freep) struct asker *asker = (struct asker *)ctx;
    CLEANUP(json_freep) struct json *message = json_new_object();
    json_put_number(message, "status", reply->status);
    if (reply->allow)
        json_put_text(message, "allow", str_from(reply->allow));
    put_body(message, reply);
    CLEANUP(mem_freep) char *text = json_text(message);
    asker->reply(asker->ctx, str_from(text));
}

static enum status read_message(const struct json *message, struct rest_request *out,
                                struct error *err)
{
    struct str target;
    if (!json_as_text(json_get(message, "method"), &out->method) ||
        !json_as_text(json_get(message, "path"), &target))
        return FAIL(err, ERR_SYNTAX, "request: method and path are needed");
    size_t mark = str_find(target, '?');
    out->path = str_first(target, mark);
    out->query = str_from_at(target, mark + 1);
    out->body = json_get(message, "body");
    return OK;
}

void rest_ask_text(struct rest *rest, const struct actor *actor, struct str request,
                   rest_text_fn reply, void *ctx)
{
    struct asker *asker = NEW(struct asker);
    *asker = (struct asker){ reply, ctx };
    struct error err = { "" };
    struct rest_request call = { .version = REST_ANY_VERSION };
    CLEANUP(json_freep) struct json *message = NULL;
    enum status status = json_parse(request, &message, &err);
    if (!status)
        status = read_message(message, &call, &err);
    if (status) {
        send_text(asker, &(struct rest_reply){
                             .status = HTTP_BAD_REQUEST, .code = status, .err = &err });
    } else {
        call.kept = TAKE(message);
        rest_ask(rest, actor, &call, send_text, asker);
    }
}
