// SPDX-License-Identifier: GPL-3.0-or-later
/* Several writing calls in one transaction:
 *
 *     {"calls": [{"method": "POST", "path": "/hosts", "body": {...}, "needs": 0}, ...],
 *      "dry_run": false, "bodies": false}
 *
 * gives {"results": [{"status": 200}, {"status": 409, "error": "..."}, ...]}. A call that
 * fails is undone alone. One that needs an earlier one, by its number from 0, is not run when
 * that one did not succeed, and has status 424 (RFC 4918 11.4). A dry run undoes all of them in
 * the end. There are fewer results than calls when those fill a message: the others were not
 * run. */
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "rest/gate.h"
#include "rest/job.h"
#include "rest/list.h"
#include "rest/resource.h"

enum {
    ARENA_BLOCK = 4096,
    FAILED_DEPENDENCY = 424
};

struct batch {
    const struct rest_call *call;
    struct arena *arena;
    struct json *results;
    size_t bytes;
    bool dry_run, bodies;
};

static void batch_done(const struct batch *batch)
{
    json_free(batch->results);
    arena_free(batch->arena);
}

/* Whether the member is true; false is what it is when it is not there. */
static enum status read_switch(const struct json *body, const char *key, bool *out,
                               struct error *err)
{
    const struct json *member = json_get(body, key);
    if (member && !json_as_bool(member, out))
        return FAIL(err, ERR_SYNTAX, "%s: must be true or false", key);
    return OK;
}

/* The call by its route; *result is what it has to say. */
static enum status run(const struct batch *batch, const struct json *one,
                       struct json **result, struct error *err)
{
    struct rest_call call = { .admin = batch->call->admin,
                              .keys = batch->call->keys,
                              .origin = batch->call->origin,
                              .is_tls_usual = batch->call->is_tls_usual };
    /* An operator's import is no news to whoever it is for. */
    if (actor_is_operator(&call.admin.actor))
        call.admin.post = NULL;
    struct str method, path, raw = STR("");
    char storage[64];
    struct buf allow = BUF_ON(storage);
    if (!json_as_text(json_get(one, "method"), &method) ||
        !json_as_text(json_get(one, "path"), &path))
        return FAIL(err, ERR_SYNTAX, "calls: method and path are needed");
    const struct rest_route *route = rest_route_find(method, path, &raw, &allow);
    /* A cookie belongs to the reply of one request. */
    if (!route || !route->write || route->write == rest_batch ||
        route->need == NEED_SESSION)
        return FAIL(err, ERR_NOT_FOUND, "no route " STR_FMT " " STR_FMT " in a batch",
                    STR_ARG(method), STR_ARG(path));
    call.body = json_get(one, "body");
    enum status status = OK;
    if (raw.n)
        status = rest_arg_decode(raw, batch->arena, &call.arg, err);
    if (!status)
        status = rest_gate_call(route, &call, err);
    *result = call.result;
    return status;
}

static void note(struct batch *batch, int code, enum status status,
                 const struct error *err, struct json *result)
{
    struct json *item = json_new_object();
    json_put_number(item, "status", code);
    if (status)
        json_put_text(item, "error",
                      str_from(err->text[0] ? err->text : status_name(status)));
    else if (batch->bodies && result)
        json_put(item, "body", json_clone(result));
    CLEANUP(mem_freep) char *text = json_text(item);
    batch->bytes += str_from(text).n + 1;
    json_append(batch->results, item);
}

/* ERR_IO: the transaction cannot be used any more. */
static enum status run_within(struct batch *batch, const struct json *one,
                              struct error *err)
{
    struct store *store = batch->call->admin.store;
    struct error why = { "" };
    CLEANUP(json_freep) struct json *result = NULL;
    enum status status = store_savepoint(store, err);
    if (status)
        return status;
    enum status judged = run(batch, one, &result, &why);
    status = judged ? store_undo(store, err) : store_release(store, err);
    if (judged == ERR_IO)
        return FAIL(err, ERR_IO, "%s", why.text);
    if (!status)
        note(batch, rest_http_status(judged), judged, &why, result);
    return status;
}

static bool has_succeeded(const struct batch *batch, size_t number)
{
    const struct json *result = json_item(batch->results, number);
    return json_get_number(result, "status") == rest_http_status(OK);
}

/* *missing: the call that it needs did not succeed. */
static enum status check_need(const struct batch *batch, const struct json *one,
                              size_t number, bool *missing, struct error *err)
{
    int64_t needed = 0;
    const struct json *member = json_get(one, "needs");
    *missing = false;
    if (!member)
        return OK;
    if (!json_as_number(member, &needed) || needed < 0 || (uint64_t)needed >= number)
        return FAIL(err, ERR_SYNTAX, "needs: must be the number of an earlier call");
    *missing = !has_succeeded(batch, (size_t)needed);
    return *missing ? FAIL(err, ERR_CONFLICT, "not run: call %lld did not succeed",
                           (long long)needed)
                    : OK;
}

static enum status run_one(struct batch *batch, const struct json *one, size_t number,
                           struct error *err)
{
    struct error why = { "" };
    bool missing = false;
    enum status status = check_need(batch, one, number, &missing, &why);
    if (!status)
        return run_within(batch, one, err);
    note(batch, missing ? FAILED_DEPENDENCY : rest_http_status(status), status, &why,
         NULL);
    return OK;
}

static enum status run_all(struct batch *batch, const struct json *calls,
                           struct error *err)
{
    struct store *store = batch->call->admin.store;
    enum status status = batch->dry_run ? store_savepoint(store, err) : OK;
    for (size_t i = 0; i < json_count(calls) && batch->bytes < REST_BYTES_MAX && !status;
         i++)
        status = run_one(batch, json_item(calls, i), i, err);
    if (!status && batch->dry_run)
        status = store_undo(store, err);
    return status;
}

enum status rest_batch(struct rest_call *call, struct error *err)
{
    const struct json *calls = NULL;
    CLEANUP(batch_done)
    struct batch batch = { .call = call,
                           .arena = arena_new(ARENA_BLOCK),
                           .results = json_new_array() };
    enum status status = rest_member_list(call->body, "calls", &calls, err);
    if (!status)
        status = read_switch(call->body, "dry_run", &batch.dry_run, err);
    if (!status)
        status = read_switch(call->body, "bodies", &batch.bodies, err);
    if (!status && json_count(calls) == 0)
        return FAIL(err, ERR_SYNTAX, "calls: at least one is needed");
    if (!status)
        status = run_all(&batch, calls, err);
    if (status)
        return status;
    call->result = json_new_object();
    json_put(call->result, "results", TAKE(batch.results));
    return OK;
}
