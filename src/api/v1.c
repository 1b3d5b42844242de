// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/v1.h"

#include "account/secret.h"
#include "account/token.h"
#include "api/cookie.h"
#include "api/problem.h"
#include "base/json.h"
#include "base/mem.h"
#include "change/change.h"
#include "people/people.h"
#include "people/session.h"
#include "rest/openapi.h"

enum {
    THROTTLE_BYTES = 1 << 20,
    MS_PER_S = 1000
};

static const char challenge[] = "WWW-Authenticate: Bearer realm=\"rove\"";

#define ROOT "/api/v1"

static struct throttle *new_throttle(int64_t every_ms, uint32_t burst)
{
    const struct throttle_options options = { .bytes = THROTTLE_BYTES,
                                              .every_ms = every_ms,
                                              .burst = burst };
    return throttle_new(&options);
}

/* NULL, which admits everything, for a rate of 0. */
static struct throttle *throttle_of_rate(uint32_t rate, uint32_t burst_s)
{
    return rate ? new_throttle(MS_PER_S / rate, rate * burst_s) : NULL;
}

void v1_init(struct v1 *v1)
{
    v1->web = (struct origin){ .is_https = false };
    v1->readers = v1->writers = v1->strangers = NULL;
    v1->document = NULL;
    v1->events.rest = v1->rest;
    v1->events.events = v1->rest->events;
    v1->events.loop = v1->rest->loop;
    api_events_init(&v1->events);
    if (!v1->origin || origin_parse(str_from(v1->origin), &v1->web, NULL))
        return;
    v1->readers = throttle_of_rate(v1->read_rate, V1_READS_BURST_S);
    v1->writers = throttle_of_rate(v1->write_rate, V1_WRITES_BURST_S);
    v1->strangers = new_throttle(V1_STRANGERS_EVERY_MS, V1_STRANGERS_BURST);
    CLEANUP(json_freep) struct json *document = rest_openapi(v1->origin);
    v1->document = json_text(document);
}

void v1_done(struct v1 *v1)
{
    api_events_done(&v1->events);
    throttle_free(v1->readers);
    throttle_free(v1->writers);
    throttle_free(v1->strangers);
    mem_free(v1->document);
}

bool v1_has(struct str path)
{
    return str_starts(path, STR(ROOT "/")) || str_equal(path, STR(ROOT));
}

/* ----- where and how it was asked ----- */

static bool is_here(const struct v1 *v1, struct http_exchange *exchange)
{
    struct str host = http_head_field(http_request_head(exchange), "Host");
    if (v1->web.text.n == 0) {
        problem_reply(exchange, 404, "there is no API here: web.origin is not set");
        return false;
    }
    if (!origin_has_host(&v1->web, host)) {
        problem_reply(exchange, 421, "the API is at " STR_FMT ROOT,
                      STR_ARG(v1->web.text));
        return false;
    }
    return true;
}

/* HEAD goes with GET, and the server leaves the body out. */
static struct str method_of(const struct http_head *head)
{
    return str_equal(head->method, STR("HEAD")) ? STR("GET") : head->method;
}

static bool only_reads(const struct http_head *head)
{
    return str_equal(method_of(head), STR("GET"));
}

/* ----- who asks ----- */

static struct str bearer_of(const struct http_head *head)
{
    static const struct str scheme = { "Bearer ", sizeof("Bearer ") - 1 };
    struct str value = http_head_field(head, "Authorization");
    if (!str_equal_any_case(str_first(value, scheme.n), scheme))
        return STR("");
    return str_trim(str_from_at(value, scheme.n));
}

static void refuse_token(const struct v1 *v1, struct http_exchange *exchange)
{
    int64_t now_ms = clock_steady_ms(v1->rest->clock);
    struct ip source = http_request_source(exchange);
    if (throttle_take(v1->strangers, throttle_source(source), now_ms))
        problem_refuse(exchange, 401, challenge, "this token is none for the API");
    else
        problem_wait(exchange, 429, V1_STRANGERS_EVERY_MS / MS_PER_S,
                     "too many requests from here came without a token of the API");
}

/* A token that came in clear may have been read by others. */
static bool is_safe(const struct v1 *v1, struct http_exchange *exchange,
                    const struct token_row *token)
{
    if (!v1->web.is_https || http_request_encrypted(exchange))
        return true;
    change_expose_token(v1->rest->change, token->id);
    problem_reply(exchange, 403,
                  "the token came in clear: make another one, and use it at " STR_FMT,
                  STR_ARG(v1->web.text));
    return false;
}

static void refuse_now(struct http_exchange *exchange)
{
    problem_wait(exchange, 503, 1, "not now: the service is starting, or has trouble");
}

/* False: it was replied. Whether the token still holds is judged where it is used. */
static bool find_program(const struct v1 *v1, struct http_exchange *exchange,
                         struct str secret, struct actor *out)
{
    struct token_row token;
    enum status status =
        token_is_formed(secret)
            ? change_find_token(v1->rest->change, token_digest(v1->rest->keys, secret),
                                &token, NULL)
            : ERR_NOT_FOUND;
    if (status && status != ERR_NOT_FOUND) {
        refuse_now(exchange);
        return false;
    }
    if (status || token.kind != TOKEN_API) {
        refuse_token(v1, exchange);
        return false;
    }
    *out = actor_of_token(&token, http_request_source(exchange));
    return is_safe(v1, exchange, &token);
}

/* A page of another origin cannot name ours, and does not know the session's token. `session` is
 * NULL for a stranger. */
static bool is_from_our_page(const struct v1 *v1, struct http_exchange *exchange,
                             const struct session_row *session)
{
    const struct http_head *head = http_request_head(exchange);
    char csrf[CSRF_TEXT_SIZE];
    if (only_reads(head))
        return true;
    if (!str_equal(http_head_field(head, "Origin"), v1->web.text)) {
        problem_code(exchange, 403, "origin",
                     "the field Origin must be this service's own origin");
        return false;
    }
    if (!session)
        return true;
    secret_csrf(v1->rest->keys, session->digest, csrf);
    if (secret_equal(http_head_field(head, "X-CSRF-Token"), str_from(csrf)))
        return true;
    problem_code(exchange, 403, "csrf",
                 "the field X-CSRF-Token must have the csrf of GET /session");
    return false;
}

/* Secrets of people come and go by these requests. */
static bool is_hidden(const struct v1 *v1, struct http_exchange *exchange)
{
    if (!v1->web.is_https || http_request_encrypted(exchange))
        return true;
    problem_reply(exchange, 403, "this came in clear: use " STR_FMT,
                  STR_ARG(v1->web.text));
    return false;
}

/* ERR_NOT_FOUND: who asks is a stranger. */
static enum status find_session(const struct v1 *v1, struct http_exchange *exchange,
                                struct session_row *out)
{
    struct str secret;
    switch (cookie_find(http_request_head(exchange), &secret)) {
    case COOKIE_SEVERAL:
        return ERR_SYNTAX;
    case COOKIE_ONE:
        if (v1->rest->people)
            return people_find_session(v1->rest->people, secret, out, NULL);
        break;
    case COOKIE_NONE:
        break;
    }
    return ERR_NOT_FOUND;
}

/* False: it was replied. Whether the session still holds is judged where it is used. */
static bool find_person(const struct v1 *v1, struct http_exchange *exchange,
                        const struct rest_request *request, struct actor *out)
{
    struct session_row session;
    struct ip source = http_request_source(exchange);
    enum status status = find_session(v1, exchange, &session);
    if (status == ERR_SYNTAX) {
        problem_reply(exchange, 400, "the cookie came twice");
        return false;
    }
    if (status && status != ERR_NOT_FOUND) {
        refuse_now(exchange);
        return false;
    }
    if (status && !rest_is_open(request)) {
        problem_refuse(exchange, 401, challenge,
                       "a session or a token for the API is needed");
        return false;
    }
    if (status)
        *out = (struct actor){ .kind = ACTOR_NONE, .source = source };
    else
        *out = actor_of_session(&session, source);
    return is_hidden(v1, exchange) &&
           is_from_our_page(v1, exchange, status ? NULL : &session);
}

static bool find_actor(const struct v1 *v1, struct http_exchange *exchange,
                       const struct rest_request *request, struct actor *out)
{
    struct str secret = bearer_of(http_request_head(exchange));
    return secret.n ? find_program(v1, exchange, secret, out)
                    : find_person(v1, exchange, request, out);
}

/* An account, wherever it asks from; a stranger by its address. The first byte keeps the two
 * apart: as a number, an address may be that of an account. */
static void put_key(struct buf *key, const struct actor *actor)
{
    bool is_stranger = actor->kind == ACTOR_NONE;
    buf_put_u8(key, is_stranger);
    buf_put_u64(key, is_stranger ? throttle_source(actor->source)
                                 : (uint64_t)actor->account_id);
}

static bool may_go_on(const struct v1 *v1, struct http_exchange *exchange,
                      const struct actor *actor)
{
    bool reads = only_reads(http_request_head(exchange));
    struct throttle *throttle = reads ? v1->readers : v1->writers;
    uint8_t storage[1 + sizeof(uint64_t)];
    struct buf key = BUF_ON(storage);
    put_key(&key, actor);
    if (throttle_take_bytes(throttle, buf_str(&key), 1, clock_steady_ms(v1->rest->clock)))
        return true;
    problem_wait(exchange, 429, 1, "too many requests: wait a while");
    return false;
}

/* ----- what is asked ----- */

static bool is_json(struct str type)
{
    struct str name = str_trim(str_first(type, str_find(type, ';')));
    return str_equal_any_case(name, STR("application/json"));
}

/* False: it was replied. */
static bool read_body(struct http_exchange *exchange, struct json **out)
{
    struct str body = http_request_body(exchange);
    struct error err = { "" };
    *out = NULL;
    if (body.n == 0)
        return true;
    if (!is_json(http_head_field(http_request_head(exchange), "Content-Type"))) {
        problem_reply(exchange, 415, "the body must be application/json");
        return false;
    }
    enum status status = json_parse(body, out, &err);
    if (status)
        problem_reply(exchange, 400, "body: %s", err.text);
    return !status;
}

/* The last_change that the client knows, as it stands in the field ETag of a reply. */
static bool read_version(struct http_exchange *exchange, int64_t *out)
{
    uint64_t number = 0;
    struct str value = http_head_field(http_request_head(exchange), "If-Match");
    *out = REST_ANY_VERSION;
    if (!value.at || str_equal(value, STR("*")))
        return true;
    if (value.n < 2 || value.at[0] != '"' || value.at[value.n - 1] != '"' ||
        str_to_u64(str_from_at(str_first(value, value.n - 1), 1), INT64_MAX, &number) ||
        number == REST_ANY_VERSION) {
        problem_reply(exchange, 400, "If-Match: must be one ETag of this resource");
        return false;
    }
    *out = (int64_t)number;
    return true;
}

/* ----- the reply ----- */

static const char *cookie_line(const struct rest_reply *reply, struct buf *line)
{
    switch (reply->cookie) {
    case COOKIE_BEGINS:
        cookie_put(line, reply->secret, reply->keep ? SESSION_KEEP_S : 0);
        break;
    case COOKIE_ENDS:
        cookie_put_end(line);
        break;
    case COOKIE_STAYS:
        return NULL;
    }
    return buf_text(line);
}

/* NULL: the resource has no version. */
static const char *version_line(const struct rest_reply *reply, struct buf *line)
{
    int64_t version = 0;
    if (!json_as_number(json_get(reply->body, "last_change"), &version))
        return NULL;
    buf_printf(line, "ETag: \"%lld\"", (long long)version);
    return buf_text(line);
}

static void reply_result(struct http_exchange *exchange, const struct rest_reply *reply)
{
    static const char file[] =
        "Content-Disposition: attachment; filename=\"rove-account.json\"";
    static const char repeated[] = "Idempotency-Replayed: true";
    char version[64], cookie[COOKIE_LINE_SIZE];
    struct buf version_on = BUF_ON(version), cookie_on = BUF_ON(cookie);
    const char *const lines[] = { cookie_line(reply, &cookie_on),
                                  version_line(reply, &version_on),
                                  reply->text.n ? file : NULL,
                                  reply->repeated ? repeated : NULL };
    const char *more[PROBLEM_FIELDS_MAX] = { NULL };
    size_t n = 0;
    for (size_t i = 0; i < LENGTH_OF(lines); i++)
        if (lines[i])
            more[n++] = lines[i];
    CLEANUP(mem_freep) char *text = reply->body ? json_text(reply->body) : NULL;
    if (reply->text.n)
        json_reply(exchange, reply->status, more, reply->text);
    else if (!text)
        json_reply(exchange, reply->status == 200 ? 204 : reply->status, more, STR(""));
    else
        json_reply(exchange, reply->made ? 201 : reply->status, more, str_from(text));
    mem_wipe(cookie, sizeof(cookie));
}

struct asked {
    struct v1 *v1;
    struct http_exchange *exchange;
};

static void take_reply(void *ctx, const struct rest_reply *reply)
{
    const struct asked *asked = (const struct asked *)ctx;
    if (reply->err)
        problem_tell(asked->exchange, reply);
    else if (reply->listening)
        api_events_begin(&asked->v1->events, asked->exchange, reply->listening);
    else
        reply_result(asked->exchange, reply);
}

void v1_call(struct v1 *v1, struct http_exchange *exchange)
{
    const struct http_head *head = http_request_head(exchange);
    struct rest_request request = { .method = method_of(head),
                                    .path = str_from_at(head->path, STR(ROOT).n),
                                    .query = head->query,
                                    .agent = http_head_field(head, "User-Agent"),
                                    .key = http_head_field(head, "Idempotency-Key"),
                                    .text = http_request_body(exchange) };
    struct actor actor;
    if (!is_here(v1, exchange))
        return;
    if (only_reads(head) && str_equal(request.path, STR("/openapi.json"))) {
        json_reply(exchange, 200, NULL, str_from(v1->document));
        return;
    }
    if (find_actor(v1, exchange, &request, &actor) && may_go_on(v1, exchange, &actor) &&
        read_version(exchange, &request.version) && read_body(exchange, &request.kept)) {
        struct asked *asked = ARENA_NEW(http_request_arena(exchange), struct asked);
        *asked = (struct asked){ v1, exchange };
        request.body = request.kept;
        rest_ask(v1->rest, &actor, &request, take_reply, asked);
    }
}
