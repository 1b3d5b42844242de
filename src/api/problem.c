// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/problem.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/json.h"
#include "base/mem.h"
#include "http/reply.h"

enum {
    TEXT_SIZE = 600,
    LINE_SIZE = 128
};

static const char *const safe_fields[] = {
    "Cache-Control: no-store",
    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options: nosniff",
    "Referrer-Policy: same-origin",
    "Cross-Origin-Opener-Policy: same-origin",
    "Cross-Origin-Resource-Policy: same-origin",
};

enum {
    FIELDS_MAX = LENGTH_OF(safe_fields) + PROBLEM_FIELDS_MAX
};

static void put_fields(const char *const *more, const char *fields[FIELDS_MAX])
{
    size_t n = 0;
    for (; n < LENGTH_OF(safe_fields); n++)
        fields[n] = safe_fields[n];
    for (; more && *more; more++)
        fields[n++] = *more;
    fields[n] = NULL;
}

static void send_reply(struct http_exchange *exchange, int status, const char *type,
                       const char *const *more, struct str body)
{
    const char *fields[FIELDS_MAX];
    put_fields(more, fields);
    const struct http_response response = {
        .status = status, .type = type, .body = body, .fields = fields
    };
    http_reply(exchange, &response);
}

void json_reply(struct http_exchange *exchange, int status, const char *const *more,
                struct str body)
{
    send_reply(exchange, status, "application/json", more, body);
}

struct http_stream *problem_stream(struct http_exchange *exchange, struct str first,
                                   void (*ended)(void *ctx), void *ctx)
{
    /* nginx would gather what comes, and tell it late. */
    static const char *const more[] = { "X-Accel-Buffering: no", NULL };
    const char *fields[FIELDS_MAX];
    put_fields(more, fields);
    const struct http_response response = {
        .status = 200, .type = "text/event-stream", .body = first, .fields = fields
    };
    return http_stream_begin(exchange, &response, ended, ctx);
}

static struct json *new_problem(int status, struct str detail)
{
    struct json *problem = json_new_object();
    json_put_text(problem, "type", STR("about:blank"));
    json_put_text(problem, "title", str_from(http_reason(status)));
    json_put_number(problem, "status", status);
    json_put_text(problem, "detail", detail);
    return problem;
}

static void send_problem(struct http_exchange *exchange, int status,
                         const struct json *problem, const char *line)
{
    const char *const more[] = { line, NULL };
    CLEANUP(mem_freep) char *text = json_text(problem);
    send_reply(exchange, status, "application/problem+json", more, str_from(text));
}

PRINTF_LIKE(4, 0)
static void reply(struct http_exchange *exchange, int status, const char *line,
                  const char *fmt, va_list arguments)
{
    char detail[TEXT_SIZE];
    if (vsnprintf(detail, sizeof(detail), fmt, arguments) < 0)
        detail[0] = '\0';
    CLEANUP(json_freep) struct json *problem = new_problem(status, str_from(detail));
    send_problem(exchange, status, problem, line);
}

void problem_reply(struct http_exchange *exchange, int status, const char *fmt, ...)
{
    va_list arguments;
    va_start(arguments, fmt);
    reply(exchange, status, NULL, fmt, arguments);
    va_end(arguments);
}

void problem_refuse(struct http_exchange *exchange, int status, const char *field,
                    const char *fmt, ...)
{
    va_list arguments;
    va_start(arguments, fmt);
    reply(exchange, status, field, fmt, arguments);
    va_end(arguments);
}

void problem_wait(struct http_exchange *exchange, int status, int seconds,
                  const char *fmt, ...)
{
    char line[LINE_SIZE];
    va_list arguments;
    (void)snprintf(line, sizeof(line), "Retry-After: %d", seconds);
    va_start(arguments, fmt);
    reply(exchange, status, line, fmt, arguments);
    va_end(arguments);
}

void problem_code(struct http_exchange *exchange, int status, const char *code,
                  const char *detail)
{
    CLEANUP(json_freep) struct json *problem = new_problem(status, str_from(detail));
    json_put_text(problem, "code", str_from(code));
    send_problem(exchange, status, problem, NULL);
}

/* A word for programs: what is wrong with the member. */
static struct str code_of(enum status status)
{
    switch (status) {
    case ERR_SYNTAX:
        return STR("form");
    case ERR_LIMIT:
        return STR("range");
    case ERR_NOT_FOUND:
        return STR("missing");
    case ERR_EXISTS:
        return STR("taken");
    case ERR_DENIED:
        return STR("denied");
    case ERR_CONFLICT:
    case ERR_BUSY:
    case ERR_IO:
    case OK:
        break;
    }
    return STR("conflict");
}

static void put_member(struct json *problem, const struct rest_reply *failed)
{
    struct str text = str_from(failed->err->text);
    struct str member = rest_error_member(failed->err);
    if (member.n == 0)
        return;
    struct json *list = json_new_array(), *item = json_new_object();
    json_put(item, "field", json_new_string(member));
    json_put_text(item, "code", code_of(failed->code));
    json_put_text(item, "message", str_trim(str_from_at(text, member.n + 1)));
    json_append(list, item);
    json_put(problem, "errors", list);
}

void problem_tell(struct http_exchange *exchange, const struct rest_reply *failed)
{
    char line[LINE_SIZE] = "";
    CLEANUP(json_freep)
    struct json *problem = new_problem(failed->status, str_from(failed->err->text));
    if (failed->word)
        json_put_text(problem, "code", str_from(failed->word));
    put_member(problem, failed);
    if (failed->allow)
        (void)snprintf(line, sizeof(line), "Allow: %s", failed->allow);
    else if (failed->code == ERR_BUSY)
        (void)snprintf(line, sizeof(line), "Retry-After: %d",
                       failed->wait_s ? failed->wait_s : 1);
    send_problem(exchange, failed->status, problem, line[0] ? line : NULL);
}
