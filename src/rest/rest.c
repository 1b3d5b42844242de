// SPDX-License-Identifier: GPL-3.0-or-later
/* The way of a request through the loop and the writer. */
#include "rest/rest.h"

#include "base/json.h"
#include "base/mem.h"
#include "people/people.h"
#include "rest/backup.h"
#include "rest/gate.h"
#include "rest/job.h"
#include "rest/repeat.h"
#include "rest/truths.h"
#include "rest/turns.h"
#include "update/updates.h"

enum {
    JOB_BLOCK = 4096,
    HTTP_ACCEPTED = 202,
    HTTP_METHOD_NOT_ALLOWED = 405,
    HTTP_PRECONDITION_FAILED = 412,
    HTTP_TOO_MANY_REQUESTS = 429
};

struct rest_job {
    struct rest *rest;
    struct arena *arena;
    struct json *kept;
    const struct rest_route *route;
    struct http_param params[HTTP_PARAMS_MAX];
    struct change_origin origin;
    struct admin_rules rules;
    struct word_list *words;     /* held */
    struct network_set *blocked; /* held */
    struct rest_call call;
    struct rest_repeat repeat;
    bool holds_key; /* rest_keys_take() */
    bool repeated;
    /* Methods that the path knows, when it does not know the one asked for. */
    char allow[64];
    rest_reply_fn reply;
    void *ctx;
};

struct rest_call *rest_job_call(struct rest_job *job)
{
    return &job->call;
}

void rest_init(struct rest *rest)
{
    const struct truths_options truths = { .loop = rest->loop,
                                           .clock = rest->clock,
                                           .ask = rest->ask_publish,
                                           .ctx = rest->ctx };
    rest->backups = backups_new(rest->loop, rest->database, rest->key_file);
    rest->truths = truths_new(&truths);
    rest->turns = rest_turns_new(rest);
    rest->keys_used = rest_keys_new();
}

void rest_done(struct rest *rest)
{
    rest_turns_free(TAKE(rest->turns));
    truths_free(TAKE(rest->truths));
    backups_free(TAKE(rest->backups));
    rest_keys_free(TAKE(rest->keys_used));
}

static void job_free(struct rest_job *job)
{
    if (!job)
        return;
    mem_wipe(job->call.secret, sizeof(job->call.secret));
    word_list_release(job->words);
    network_set_release(job->blocked);
    json_free(job->call.result);
    mem_free(job->call.text);
    json_free(job->kept);
    arena_free(job->arena);
    mem_free(job);
}

int rest_http_status(enum status status)
{
    switch (status) {
    case OK:
        return 200;
    case ERR_SYNTAX:
    case ERR_LIMIT:
        return 400;
    case ERR_DENIED:
        return 403;
    case ERR_NOT_FOUND:
        return 404;
    case ERR_EXISTS:
    case ERR_CONFLICT:
        return 409;
    case ERR_BUSY:
        return 503;
    case ERR_IO:
        break;
    }
    return 500;
}

static int http_status(const struct rest_job *job, enum status status)
{
    if (job->allow[0])
        return HTTP_METHOD_NOT_ALLOWED;
    if (status && job->call.http_status)
        return job->call.http_status;
    if (job->call.wait_s)
        return HTTP_TOO_MANY_REQUESTS;
    if (!status && job->route->defers)
        return HTTP_ACCEPTED;
    return job->call.is_stale ? HTTP_PRECONDITION_FAILED : rest_http_status(status);
}

struct str rest_error_member(const struct error *err)
{
    struct str text = str_from(err->text);
    size_t n = str_find(text, ':');
    for (size_t i = 0; i < n; i++)
        if (!(text.at[i] >= 'a' && text.at[i] <= 'z') && text.at[i] != '_')
            return STR("");
    return n < text.n ? str_first(text, n) : STR("");
}

void rest_job_end(struct rest_job *job, enum status status, const struct error *err)
{
    struct error why = { "" };
    if (status && err)
        why = *err;
    if (status && !why.text[0])
        error_set(&why, "%s", status_name(status));
    const struct rest_listening listening = {
        .actor = job->call.admin.actor,
        .account_id =
            job->call.listens_to_all ? EVENTS_OF_ALL : job->call.admin.actor.account_id,
    };
    const struct rest_reply reply = {
        .status = http_status(job, status),
        .code = status,
        .made = !status && job->route->makes,
        .allow = job->allow[0] ? job->allow : NULL,
        .body = status ? NULL : job->call.result,
        .err = status ? &why : NULL,
        .word = status ? job->call.word : NULL,
        .wait_s = status ? job->call.wait_s : 0,
        .cookie = status ? COOKIE_STAYS : job->call.cookie,
        .secret = job->call.secret,
        .keep = job->call.keep,
        .listening = !status && job->call.listens ? &listening : NULL,
        .text = status || !job->call.text ? STR("") : str_from(job->call.text),
        .repeated = !status && job->repeated,
    };
    if (job->holds_key)
        rest_keys_give(job->rest->keys_used, job->repeat.digest);
    if (!status && job->call.ends_account)
        change_go_on_ending(job->rest->change);
    job->reply(job->ctx, &reply);
    job_free(job);
}

/* What was done already is not done again. Whoever asks has to have the rights still, but what the
 * path names may be gone. */
static enum status run_once(struct rest_job *job, struct error *err)
{
    bool *found = &job->repeated;
    enum status status = rest_gate_judge_actor(job->route, &job->call, err);
    if (!status && job->route->needs_fresh)
        status = rest_need_fresh(&job->call, err);
    if (!status)
        status = rest_repeat_find(&job->call, &job->repeat, found, err);
    if (status || *found)
        return status;
    status = rest_gate_call(job->route, &job->call, err);
    return status || job->call.cookie != COOKIE_STAYS
               ? status
               : rest_repeat_keep(&job->call, &job->repeat, err);
}

static enum status run_write(struct store *store, void *work, struct error *err)
{
    struct rest_job *job = (struct rest_job *)work;
    /* The batch may run twice; only the last result counts. */
    json_free(TAKE(job->call.result));
    job->call.word = NULL;
    job->call.cookie = COOKIE_STAYS;
    job->call.http_status = 0;
    job->call.ends_account = false;
    job->call.admin.store = store;
    if (job->repeat.is_on)
        return run_once(job, err);
    return rest_gate_call(job->route, &job->call, err);
}

static void write_done(void *ctx, enum status status, const struct error *err)
{
    rest_job_end((struct rest_job *)ctx, status, err);
}

static void run(struct rest_job *job)
{
    const struct rest_route *route = job->route;
    struct rest *rest = job->rest;
    struct error err = { "" };
    /* What a look would find may not be what the next process finds. */
    if (change_has_failed(rest->change) && !route->after_failure) {
        rest_job_end(job, FAIL(&err, ERR_BUSY, "a commit has failed"), &err);
        return;
    }
    if (route->write) {
        if (change_submit(rest->change, run_write, job, write_done, job))
            rest_job_end(job, ERR_BUSY, NULL);
        return;
    }
    job->call.rest = rest;
    job->call.admin.store = change_reader(rest->change);
    enum status status = route->start ? rest_gate_judge(route, &job->call, &err)
                                      : rest_gate_call(route, &job->call, &err);
    if (route->start && !status)
        route->start(job);
    else
        rest_job_end(job, status, &err);
}

static enum status find_route(struct rest_job *job, struct str method, struct str path,
                              struct error *err)
{
    struct str raw;
    struct buf allow = BUF_ON(job->allow);
    job->route = rest_route_find(method, path, &raw, &allow);
    (void)buf_text(&allow);
    if (!job->route)
        return FAIL(err, ERR_NOT_FOUND, "no route " STR_FMT " " STR_FMT, STR_ARG(method),
                    STR_ARG(path));
    job->allow[0] = 0;
    return raw.n ? rest_arg_decode(raw, job->arena, &job->call.arg, err) : OK;
}

static enum status read_request(struct rest_job *job, const struct rest_request *request,
                                struct error *err)
{
    enum status status =
        http_query_parse(request->query, job->arena, job->params, &job->call.param_count);
    if (status)
        return FAIL(err, status, "the request has too many parameters");
    job->call.params = job->params;
    job->call.version = request->version;
    job->call.body = request->body;
    if (request->body && !json_is_object(request->body))
        return FAIL(err, ERR_SYNTAX, "the body must be an object");
    status = find_route(job, request->method, request->path, err);
    if (!status && request->key.n)
        status = rest_repeat_read(job->rest->keys, &job->call.admin.actor, job->route,
                                  request, &job->repeat, err);
    if (status || !job->repeat.is_on)
        return status;
    job->holds_key = rest_keys_take(job->rest->keys_used, job->repeat.digest);
    return job->holds_key ? OK
                          : FAIL(err, ERR_CONFLICT,
                                 "Idempotency-Key: the first request is under way");
}

bool rest_is_open(const struct rest_request *request)
{
    return rest_route_is_open(request->method, request->path);
}

/* The writer reads them, and a reload or a new block may replace them meanwhile. */
static void take_rules(struct rest_job *job)
{
    const struct rest *rest = job->rest;
    job->words = word_list_hold(rest->words);
    job->blocked = network_set_hold(change_blocked(rest->change));
    job->rules = rest->rules ? *rest->rules : admin_usual_rules;
    job->rules.words = job->words;
    job->rules.blocked = job->blocked;
    job->call.admin.rules = &job->rules;
}

void rest_ask(struct rest *rest, const struct actor *actor,
              const struct rest_request *request, rest_reply_fn reply, void *ctx)
{
    struct rest_job *job = NEW(struct rest_job);
    *job = (struct rest_job){ .rest = rest,
                              .arena = arena_new(JOB_BLOCK),
                              .kept = request->kept,
                              .reply = reply,
                              .ctx = ctx };
    job->call.admin.actor = *actor;
    job->call.admin.now_s = clock_wall_s(rest->clock);
    job->call.admin.origin = &job->origin;
    /* The writer reads it, and a reload may replace the list meanwhile. */
    if (rest->reserved)
        job->call.admin.reserved = arena_copy(job->arena, str_from(rest->reserved));
    take_rules(job);
    job->call.admin.post = rest->post;
    if (rest->people)
        job->call.admin.sign_up = people_settings(rest->people)->sign_up;
    job->call.keys = rest->keys;
    job->call.origin = rest->origin ? rest->origin : "";
    job->origin.source = actor->source;
    struct buf agent = BUF_ON(job->origin.agent);
    buf_put(&agent, str_first(request->agent, AGENT_SIZE - 1));
    (void)buf_text(&agent);
    job->call.is_tls_usual = rest->updates->is_tls_usual;
    if (actor->account_id)
        change_use_account(rest->change, actor->account_id);
    struct error err = { "" };
    enum status status = read_request(job, request, &err);
    if (status)
        rest_job_end(job, status, &err);
    else
        run(job);
}
