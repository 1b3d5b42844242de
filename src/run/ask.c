// SPDX-License-Identifier: GPL-3.0-or-later
#include "run/ask.h"

#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "net/local.h"
#include "run/role.h"
#include "run/wire.h"

enum {
    PAGE_PATH_SIZE = 2048 + 32,
    REPLY_OK = 200,
    REPLY_NOT_FOUND = 404
};

static enum status read_reply(const struct config *config, struct str answer,
                              struct json **out, struct error *err)
{
    CLEANUP(json_freep) struct json *reply = NULL;
    int64_t code = 0;
    enum status status = json_parse(answer, &reply, err);
    if (status)
        return status;
    const struct json *body = json_get(reply, "body");
    if (!json_as_number(json_get(reply, "status"), &code))
        return FAIL(err, ERR_IO, "%s: not the reply of a front", config->front_socket);
    if (code != REPLY_OK) {
        struct str why = STR("refused");
        (void)json_as_text(json_get(body, "error"), &why);
        return FAIL(err, code == REPLY_NOT_FOUND ? ERR_NOT_FOUND : ERR_CONFLICT, STR_FMT,
                    STR_ARG(why));
    }
    *out = body ? json_clone(body) : json_new_null();
    return OK;
}

enum status ask_front(const struct config *config, const struct ask_request *request,
                      struct json **out, struct error *err)
{
    CLEANUP(json_freep) struct json *message = json_new_object();
    json_put_text(message, "method", str_from(request->method));
    json_put_text(message, "path", str_from(request->path));
    if (request->body)
        json_put(message, "body", json_clone(request->body));
    CLEANUP(mem_freep) char *text = json_text(message);
    CLEANUP(mem_freep) char *answer = NULL;
    uint16_t type = 0;
    size_t n = 0;
    uid_t front = 0;
    const struct local_question question = {
        .path = config->front_socket,
        .uids = &front,
        .uid_count = role_find_uid(config, ROLE_FRONT, &front),
        .type = WIRE_REQUEST,
        .body = str_from(text),
        .wait_ms = request->wait_ms > 0 ? request->wait_ms : ASK_WAIT_MS
    };
    enum status status = local_call(&question, &type, &answer, &n, err);
    if (status == ERR_NOT_FOUND)
        return FAIL(err, ERR_IO, "roved does not run: nobody listens on %s",
                    config->front_socket);
    if (status)
        return status;
    if (type != WIRE_REPLY)
        return FAIL(err, ERR_IO, "%s: not the reply of a front", config->front_socket);
    return read_reply(config, str_bytes(answer, n), out, err);
}

enum status ask_for(const struct config *config, const char *path, struct json **out,
                    struct error *err)
{
    const struct ask_request request = { .method = "GET", .path = path };
    return ask_front(config, &request, out, err);
}

static enum status give_items(const struct json *page, ask_item_fn fn, void *ctx,
                              struct error *err)
{
    const struct json *items = json_get(page, "items");
    enum status status = OK;
    for (size_t i = 0; i < json_count(items) && !status; i++)
        status = fn(ctx, json_item(items, i), err);
    return status;
}

enum status ask_each(const struct config *config, const char *path, ask_item_fn fn,
                     void *ctx, struct error *err)
{
    int64_t after = 0;
    do {
        char storage[PAGE_PATH_SIZE];
        struct buf page_path = BUF_ON(storage);
        buf_printf(&page_path, "%s%safter=%lld", path, strchr(path, '?') ? "&" : "?",
                   (long long)after);
        CLEANUP(json_freep) struct json *page = NULL;
        enum status status = ask_for(config, buf_text(&page_path), &page, err);
        if (!status)
            status = give_items(page, fn, ctx, err);
        if (status)
            return status;
        after = json_get_number(page, "next");
    } while (after);
    return OK;
}

void ask_put_escaped(struct buf *path, struct str text)
{
    struct str plain = STR("-._~");
    for (size_t i = 0; i < text.n; i++) {
        char c = text.at[i];
        if (char_is_alpha(c) || char_is_digit(c) || str_find(plain, c) < plain.n)
            buf_put_u8(path, (uint8_t)c);
        else
            buf_printf(path, "%%%02X", (unsigned)(uint8_t)c);
    }
}
