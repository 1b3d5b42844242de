// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/dyndns2.h"

#include "api/update.h"
#include "http/query.h"

/* What a parameter means here. Any address parameter takes either family: the text tells. */
enum meaning {
    MEANS_HOSTS,
    MEANS_ADDRESS,
    MEANS_PREFIX,
    MEANS_OFFLINE
};
static const struct {
    const char *name;
    enum meaning meaning;
} parameters[] = {
    { "hostname", MEANS_HOSTS },      { "myip", MEANS_ADDRESS },
    { "myipv4", MEANS_ADDRESS },      { "myipv6", MEANS_ADDRESS },
    { "ip6lanprefix", MEANS_PREFIX }, { "ipv6prefix", MEANS_PREFIX },
    { "offline", MEANS_OFFLINE },
};

/* What could stand in a list of hosts or addresses: glued URLs and placeholders do not. */
static bool is_clean(struct str value)
{
    for (size_t i = 0; i < value.n; i++) {
        char c = value.at[i];
        if (!char_is_alpha(c) && !char_is_digit(c) &&
            str_find(STR(".,:-_/[] "), c) == STR(".,:-_/[] ").n)
            return false;
    }
    return true;
}

/* Of a parameter that came several times the last clean value counts. */
static bool find_last_clean(const struct http_param *params, size_t count,
                            const char *name, struct str *out)
{
    bool found = false, clean = false;
    for (size_t i = 0; i < count; i++) {
        if (!str_equal_any_case(params[i].name, str_from(name)))
            continue;
        bool this_clean = is_clean(params[i].value);
        if (clean && !this_clean)
            continue;
        *out = params[i].value;
        found = true;
        clean = this_clean;
    }
    return found;
}

static void take_parameter(struct update *update, enum meaning meaning, struct str value)
{
    switch (meaning) {
    case MEANS_HOSTS:
        update->hosts = value;
        return;
    case MEANS_ADDRESS:
    case MEANS_PREFIX:
        if (update->value_count < UPDATE_VALUES_MAX)
            update->values[update->value_count++] = (struct rule_value){
                .role = meaning == MEANS_PREFIX ? RULE_PREFIX : RULE_ADDRESS,
                .text = value,
            };
        return;
    case MEANS_OFFLINE:
        update->offline = str_equal_any_case(value, STR("yes"));
        return;
    }
}

static const char *word_of(enum update_code code)
{
    switch (code) {
    case UPDATE_GOOD:
        return "good";
    case UPDATE_NOCHG:
        return "nochg";
    case UPDATE_NOTFQDN:
        return "notfqdn";
    case UPDATE_NOHOST:
        return "nohost";
    case UPDATE_BADIP:
        return "badip";
    case UPDATE_ABUSE:
        return "abuse";
    case UPDATE_NUMHOST:
        return "numhost";
    case UPDATE_BADAUTH:
        return "badauth";
    case UPDATE_TROUBLE:
        break;
    }
    return "911";
}

static void put_outcome(struct buf *body, const struct update_outcome *outcome)
{
    buf_put_text(body, word_of(outcome->code));
    /* The space comes also where there is no address to tell: clients look for "good ". */
    if (outcome->code <= UPDATE_NOCHG)
        buf_put_text(body, " ");
    for (size_t i = 0; i < outcome->address_count; i++) {
        buf_put_text(body, i == 0 ? "" : ",");
        ip_format(outcome->addresses[i], body);
    }
    buf_put_text(body, "\n");
}

static void reply_whole(struct http_exchange *exchange, enum update_code code)
{
    static const char *const challenge[] = { "WWW-Authenticate: Basic realm=\"rove\"",
                                             NULL };
    struct http_response response = { .status = 200 };
    if (code == UPDATE_BADAUTH) {
        response.status = 401;
        response.fields = challenge;
    } else if (code == UPDATE_TROUBLE) {
        response.status = 503;
    }
    char storage[16];
    struct buf body = BUF_ON(storage);
    buf_put_text(&body, word_of(code));
    buf_put_text(&body, "\n");
    response.body = buf_str(&body);
    http_reply(exchange, &response);
}

static void reply_result(void *ctx, const struct update_result *result)
{
    struct http_exchange *exchange = (struct http_exchange *)ctx;
    if (result->whole) {
        reply_whole(exchange, result->code);
        return;
    }
    size_t line = sizeof("notfqdn \n") + RULE_REPLY_MAX * (size_t)IP_TEXT_SIZE;
    size_t size = result->count * line;
    struct buf body = buf_on(arena_take(http_request_arena(exchange), size), size);
    for (size_t i = 0; i < result->count; i++)
        put_outcome(&body, &result->outcomes[i]);
    const struct http_response response = { .status = 200, .body = buf_str(&body) };
    http_reply(exchange, &response);
}

static void put_origin(const struct http_exchange *exchange, struct change_origin *origin)
{
    origin->source = http_request_source(exchange);
    origin->dialect = DIALECT_DYNDNS2;
    origin->encrypted = http_request_encrypted(exchange);
    struct buf agent = BUF_ON(origin->agent);
    struct str text = http_head_field(http_request_head(exchange), "User-Agent");
    buf_put(&agent, str_first(text, sizeof(origin->agent) - 1));
    (void)buf_text(&agent);
}

static bool is_form(const struct http_head *head)
{
    /* A POST without a type is taken for a form: small scripts leave it out. */
    struct str type = http_head_field(head, "Content-Type");
    return type.n == 0 ||
           str_equal_any_case(str_first(type, STR("application/x-www-form-urlencoded").n),
                              STR("application/x-www-form-urlencoded"));
}

void dyndns2_handle(struct api *api, struct http_exchange *exchange)
{
    const struct http_head *head = http_request_head(exchange);
    struct arena *arena = http_request_arena(exchange);
    struct update *update = ARENA_NEW(arena, struct update);
    put_origin(exchange, &update->origin);

    struct http_param *params = (struct http_param *)arena_take_array(
        arena, HTTP_PARAMS_MAX, sizeof(struct http_param));
    size_t count = 0;
    enum status status = http_query_parse(head->query, arena, params, &count);
    if (!status && str_equal(head->method, STR("POST")) && is_form(head))
        status = http_query_parse(http_request_body(exchange), arena, params, &count);
    if (status) {
        const struct http_response response = { .status = 400,
                                                .body = STR("too many parameters\n"),
                                                .close = true };
        http_reply(exchange, &response);
        return;
    }
    for (size_t i = 0; i < LENGTH_OF(parameters); i++) {
        struct str value;
        if (find_last_clean(params, count, parameters[i].name, &value))
            take_parameter(update, parameters[i].meaning, value);
    }
    struct str user;
    if (http_basic_parse(http_head_field(head, "Authorization"), arena, &user,
                         &update->secret))
        update->secret = STR("");
    update_run(api, arena, update, reply_result, exchange);
}
