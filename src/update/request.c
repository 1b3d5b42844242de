// SPDX-License-Identifier: GPL-3.0-or-later
#include "update/request.h"

#include "account/token.h"
#include "update/credentials.h"
#include "update/parameter.h"
#include "update/parameters.h"

enum {
    PAIR_SIZE = 128
};

void update_request_open(struct http_exchange *exchange, struct update_request *out)
{
    *out = (struct update_request){ .exchange = exchange };
    target_normalise(http_request_head(exchange)->target, http_request_arena(exchange),
                     &out->target);
}

static bool is_form(const struct http_head *head, struct str body)
{
    /* A body without a type is taken for a form: small scripts leave it out. And some say
     * that JSON or XML were one. */
    struct str form = STR("application/x-www-form-urlencoded");
    struct str type = http_head_field(head, "Content-Type");
    struct str text = str_trim(body);
    if (text.n > 0 && str_find(STR("{[<\""), text.at[0]) < STR("{[<\"").n)
        return false;
    return type.n == 0 || str_equal_any_case(str_first(type, form.n), form);
}

enum status update_request_parse(struct update_request *request)
{
    if (request->parsed)
        return request->parse_status;
    struct arena *arena = http_request_arena(request->exchange);
    const struct http_head *head = http_request_head(request->exchange);
    request->parsed = true;
    request->params = (struct http_param *)arena_take_array(arena, HTTP_PARAMS_MAX,
                                                            sizeof(struct http_param));
    enum status status = http_query_parse(request->target.query, arena, request->params,
                                          &request->param_count);
    struct str body = http_request_body(request->exchange);
    request->body_unread = body.n > 0 && !is_form(head, body);
    if (!status && body.n > 0 && !request->body_unread)
        status = http_query_parse(body, arena, request->params, &request->param_count);
    request->parse_status = status;
    return status;
}

bool update_request_has(struct update_request *request, const char *name)
{
    /* Those that fitted are there even if there are too many, which is told later. */
    (void)update_request_parse(request);
    for (size_t i = 0; i < request->param_count; i++)
        if (str_equal_any_case(request->params[i].name, str_from(name)))
            return true;
    return false;
}

static bool says_something(const struct http_param *param)
{
    return param->has_value || parameters_is_full_name(param->name) ||
           parameter_is_addressed(param->name) || token_is_formed(param->name);
}

bool update_request_is_bare(struct update_request *request)
{
    const struct http_head *head = http_request_head(request->exchange);
    if (http_request_body(request->exchange).n > 0 ||
        http_head_field(head, "Authorization").n > 0)
        return false;
    (void)update_request_parse(request);
    for (size_t i = 0; i < request->param_count; i++)
        if (says_something(&request->params[i]))
            return false;
    return true;
}

bool update_request_names(struct update_request *request)
{
    (void)update_request_parse(request);
    for (size_t i = 0; i < request->param_count; i++) {
        const struct http_param *param = &request->params[i];
        struct parameter_name name = parameter_name_read(param->name);
        if ((name.meaning >= MEANS_HOSTNAME && name.meaning <= MEANS_PREFIX) ||
            (name.meaning == MEANS_UNKNOWN && parameter_is_addressed(param->value)))
            return true;
    }
    return false;
}

static void put_origin(const struct http_exchange *exchange, struct change_origin *origin)
{
    origin->source = http_request_source(exchange);
    origin->encrypted = http_request_encrypted(exchange);
    struct buf agent = BUF_ON(origin->agent);
    struct str text = http_head_field(http_request_head(exchange), "User-Agent");
    buf_put(&agent, str_first(text, sizeof(origin->agent) - 1));
    (void)buf_text(&agent);
}

/* Addresses may stand in what was not read: the source must not come in for them. */
static void note_unread(const struct http_head *head, struct update *update)
{
    struct str type = http_head_field(head, "Content-Type");
    if (update->value_count == UPDATE_VALUES_MAX)
        return;
    update->names[update->value_count] = STR("body");
    update->values[update->value_count++] =
        (struct rule_value){ .role = RULE_STRANGE,
                             .text = type.n > 0 ? type : STR("of no type") };
}

struct update_call *update_call_new(const struct update_request *request)
{
    struct update_call *call =
        ARENA_NEW(http_request_arena(request->exchange), struct update_call);
    call->exchange = request->exchange;
    put_origin(call->exchange, &call->update.origin);
    call->update.origin.dialect = dialect_number(request->dialect);
    return call;
}

/* The update that the request asks for; NULL: it was refused already. */
static struct update_call *read_update(struct update_request *request)
{
    struct http_exchange *exchange = request->exchange;
    struct arena *arena = http_request_arena(exchange);
    if (update_request_parse(request)) {
        const struct http_response response = { .status = 400,
                                                .body = STR("too many parameters\n"),
                                                .close = true };
        http_reply(exchange, &response);
        return NULL;
    }
    struct update_call *call = update_call_new(request);
    struct update *update = &call->update;
    struct credentials credentials;
    parameters_read(request->params, request->param_count, arena, update,
                    &credentials.user);
    if (request->body_unread && !(update->txt && update->txt->alone))
        note_unread(http_request_head(exchange), update);
    credentials.secret = update->secret;
    credentials_find(http_request_head(exchange), arena, &credentials);
    update->secret = credentials.secret;
    /* Services with a secret per host take the host for the user; their clients may leave
     * the parameter out. */
    if (update->hosts.n == 0 && parameters_is_full_name(credentials.user))
        update->hosts = credentials.user;
    return call;
}

void update_request_run(struct updates *updates, struct update_request *request,
                        update_done_fn reply)
{
    struct update_call *call = read_update(request);
    if (call)
        update_run(updates, http_request_arena(call->exchange), &call->update, reply,
                   call);
}

static int status_of(const struct update_result *result)
{
    if (!result->whole)
        return 200;
    if (result->code == UPDATE_BADAUTH)
        return 401;
    return result->code == UPDATE_TROUBLE ? 503 : 200;
}

/* The secondaries are waited for only with values for certificate authorities. */
static void put_published(const struct update *update, const struct update_result *result,
                          const char *fields[3])
{
    fields[0] = result->unseen ? "Rove-Published: no" : "Rove-Published: yes";
    if (update->txt)
        fields[1] =
            result->unacknowledged ? "Rove-Secondaries: no" : "Rove-Secondaries: yes";
}

void update_call_reply(const struct update_call *call, const struct update_result *result,
                       const char *type, struct str body)
{
    const char *fields[3] = { NULL };
    int status = status_of(result);
    if (status == 401)
        fields[0] = "WWW-Authenticate: Basic realm=\"rove\"";
    else if (call->update.wait && !call->update.dry_run && !result->whole)
        put_published(&call->update, result, fields);
    const struct http_response response = {
        .status = status, .type = type, .body = body, .fields = fields
    };
    http_reply(call->exchange, &response);
}

void update_reply_pair(struct http_exchange *exchange, int status, const char *key,
                       struct str value)
{
    char text[PAIR_SIZE];
    struct buf body = BUF_ON(text);
    buf_printf(&body, "{\"%s\": \"" STR_FMT "\"}", key, STR_ARG(value));
    const struct http_response response = { .status = status,
                                            .type = "application/json",
                                            .body = buf_str(&body) };
    http_reply(exchange, &response);
}
