// SPDX-License-Identifier: GPL-3.0-or-later
/* The JSON interface: its routes, and the way of a request through loop and writer. */
#include "api/rest.h"

#include <string.h>

#include "api/api.h"
#include "api/backup.h"
#include "base/json.h"
#include "base/mem.h"

enum {
    JOB_BLOCK = 4096,
    HTTP_METHOD_NOT_ALLOWED = 405
};

/* Those without a function are the loop's own: run_own(). */
static const struct rest_route routes[] = {
    { "GET", "/status", false, NULL },
    { "POST", "/backups", false, NULL },
    { "GET", "/accounts", false, rest_account_list },
    { "GET", "/accounts/", false, rest_account_show },
    { "POST", "/accounts", true, rest_account_add },
    { "PATCH", "/accounts/", true, rest_account_set },
    { "DELETE", "/accounts/", true, rest_account_remove },
    { "GET", "/zones", false, rest_zone_list },
    { "GET", "/zones/", false, rest_zone_show },
    { "POST", "/zones", true, rest_zone_add },
    { "PATCH", "/zones/", true, rest_zone_set },
    { "DELETE", "/zones/", true, rest_zone_remove },
    { "GET", "/delegations/", false, rest_zone_delegation },
    { "GET", "/hosts", false, rest_host_list },
    { "GET", "/hosts/", false, rest_host_show },
    { "POST", "/hosts", true, rest_host_add },
    { "PATCH", "/hosts/", true, rest_host_set },
    { "DELETE", "/hosts/", true, rest_host_remove },
    { "GET", "/host-logs/", false, rest_host_log },
    { "GET", "/host-requests/", false, rest_host_requests },
    { "GET", "/records", false, rest_record_list },
    { "POST", "/records", true, rest_record_add },
    { "DELETE", "/records/", true, rest_record_remove },
    { "GET", "/tokens", false, rest_token_list },
    { "GET", "/tokens/", false, rest_token_show },
    { "POST", "/tokens", true, rest_token_add },
    { "PATCH", "/tokens/", true, rest_token_set },
    { "DELETE", "/tokens/", true, rest_token_remove },
    { "POST", "/batch", true, rest_batch },
};

/* One request from its arrival to its reply. */
struct job {
    struct api *api;
    struct arena *arena;
    struct json *request;
    const struct rest_route *route;
    struct http_param params[HTTP_PARAMS_MAX];
    struct change_origin origin;
    struct rest_call call;
    char allow
        [64]; /* methods that the path knows, when it does not know the one asked for */
    api_reply_fn reply;
    void *ctx;
};

static void job_free(struct job *job)
{
    if (!job)
        return;
    json_free(job->call.result);
    json_free(job->request);
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

/* Ends the job with its result or its error. */
static void job_reply(struct job *job, enum status status, const struct error *err)
{
    CLEANUP(json_freep) struct json *reply = json_new_object();
    json_put_number(reply, "status",
                    job->allow[0] ? HTTP_METHOD_NOT_ALLOWED : rest_http_status(status));
    if (job->allow[0])
        json_put_text(reply, "allow", str_from(job->allow));
    struct json *body = NULL;
    if (status) {
        body = json_new_object();
        json_put_text(body, "error",
                      str_from(err && err->text[0] ? err->text : status_name(status)));
    } else {
        body = job->call.result ? TAKE(job->call.result) : json_new_null();
    }
    json_put(reply, "body", body);
    CLEANUP(mem_freep) char *text = json_text(reply);
    job->reply(job->ctx, str_from(text));
    job_free(job);
}

static enum status run_write(struct store *store, void *work, struct error *err)
{
    struct job *job = (struct job *)work;
    /* The batch may run twice; only the last result counts. */
    json_free(TAKE(job->call.result));
    job->call.admin.store = store;
    return job->route->fn(&job->call, err);
}

static void write_done(void *ctx, enum status status, const struct error *err)
{
    job_reply((struct job *)ctx, status, err);
}

/* What front knows of itself; needs no database. */
static struct json *describe(const struct api *api)
{
    struct json *status = json_new_object();
    json_put_bool(status, "ready", api_is_ready(api));
    json_put_number(status, "seq", change_seq(api->change));
    if (api->describe)
        api->describe(api->ctx, status);
    return status;
}

static void backup_made(void *ctx, enum status status, const char *path,
                        const struct backup_info *info, const struct error *err)
{
    struct job *job = (struct job *)ctx;
    if (info) {
        struct json *result = json_new_object();
        json_put_text(result, "file", str_from(path));
        json_put_number(result, "seq", info->seq);
        json_put_number(result, "schema", info->schema);
        json_put_number(result, "time", info->time_s);
        json_put_bool(result, "keys", info->has_keys);
        job->call.result = result;
    }
    job_reply(job, status, err);
}

static void back_up(struct job *job)
{
    struct error err = { "" };
    bool with_keys = true;
    const struct json *member = json_get(job->call.body, "keys");
    enum status status = OK;
    if (member && !json_as_bool(member, &with_keys))
        status = FAIL(&err, ERR_SYNTAX, "keys: must be true or false");
    if (!status)
        status = backups_begin(job->api->backups, with_keys, backup_made, job, &err);
    if (status)
        job_reply(job, status, &err);
}

static void run_own(struct job *job)
{
    if (strcmp(job->route->path, "/backups") == 0) {
        back_up(job);
        return;
    }
    job->call.result = describe(job->api);
    job_reply(job, OK, NULL);
}

static void run(struct job *job)
{
    struct error err = { "" };
    /* What a look would find may not be what the next process finds. */
    if (change_has_failed(job->api->change) && strcmp(job->route->path, "/status") != 0) {
        job_reply(job, FAIL(&err, ERR_BUSY, "a commit has failed"), &err);
        return;
    }
    if (!job->route->fn) {
        run_own(job);
        return;
    }
    if (job->route->writes) {
        if (change_submit(job->api->change, run_write, job, write_done, job))
            job_reply(job, ERR_BUSY, NULL);
        return;
    }
    job->call.admin.store = change_reader(job->api->change);
    job->call.change = job->api->change;
    job->call.ring = job->api->ring;
    enum status status = job->route->fn(&job->call, &err);
    job_reply(job, status, &err);
}

/* The query reader decodes %xx. */
enum status rest_arg_decode(struct str raw, struct arena *arena, struct str *out,
                            struct error *err)
{
    struct http_param piece[HTTP_PARAMS_MAX];
    size_t count = 0;
    if (http_query_parse(raw, arena, piece, &count) || count != 1 || piece[0].has_value)
        return FAIL(err, ERR_SYNTAX, "path: bad last piece");
    *out = piece[0].name;
    return OK;
}

static bool has_path(const struct rest_route *route, struct str path)
{
    struct str pattern = str_from(route->path);
    return str_ends(pattern, STR("/")) ? path.n > pattern.n && str_starts(path, pattern)
                                       : str_equal(path, pattern);
}

const struct rest_route *rest_route_find(struct str method, struct str path,
                                         struct str *raw_arg, struct buf *allow)
{
    for (size_t i = 0; i < LENGTH_OF(routes); i++) {
        if (!has_path(&routes[i], path))
            continue;
        if (str_equal(method, str_from(routes[i].method))) {
            *raw_arg = str_from_at(path, str_from(routes[i].path).n);
            return &routes[i];
        }
        buf_printf(allow, "%s%s", allow->n ? ", " : "", routes[i].method);
    }
    return NULL;
}

static enum status find_route(struct job *job, struct str method, struct str path,
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

static enum status read_request(struct job *job, struct str text, struct error *err)
{
    enum status status = json_parse(text, &job->request, err);
    if (status)
        return status;
    struct str method, target;
    if (!json_as_text(json_get(job->request, "method"), &method) ||
        !json_as_text(json_get(job->request, "path"), &target))
        return FAIL(err, ERR_SYNTAX, "request: method and path are needed");
    size_t mark = str_find(target, '?');
    status = http_query_parse(str_from_at(target, mark + 1), job->arena, job->params,
                              &job->call.param_count);
    if (status)
        return FAIL(err, status, "request: too many parameters");
    job->call.params = job->params;
    job->call.body = json_get(job->request, "body");
    if (job->call.body && !json_is_object(job->call.body))
        return FAIL(err, ERR_SYNTAX, "request: body must be an object");
    return find_route(job, method, str_first(target, mark), err);
}

void api_local(struct api *api, struct str request, api_reply_fn reply, void *ctx)
{
    struct job *job = NEW(struct job);
    *job = (struct job){
        .api = api, .arena = arena_new(JOB_BLOCK), .reply = reply, .ctx = ctx
    };
    job->call.admin.now_s = clock_wall_s(api->clock);
    job->call.admin.origin = &job->origin;
    /* The writer reads it, and the operator may reload his list meanwhile. */
    if (api->reserved)
        job->call.admin.reserved = arena_copy(job->arena, str_from(api->reserved));
    job->call.keys = api->keys;
    struct error err = { "" };
    enum status status = read_request(job, request, &err);
    if (status)
        job_reply(job, status, &err);
    else
        run(job);
}

struct str rest_param(const struct rest_call *call, const char *name)
{
    for (size_t i = 0; i < call->param_count; i++)
        if (str_equal(call->params[i].name, str_from(name)))
            return call->params[i].value;
    return STR("");
}

enum status rest_list_begin(const struct rest_call *call, struct rest_list *list,
                            struct error *err)
{
    uint64_t from = 0, count = REST_PAGE;
    struct str text = rest_param(call, "after");
    if (text.n && str_to_u64(text, INT64_MAX, &from))
        return FAIL(err, ERR_SYNTAX, "after: not a number");
    text = rest_param(call, "limit");
    if (text.n && (str_to_u64(text, REST_PAGE_MAX, &count) || count == 0))
        return FAIL(err, ERR_LIMIT, "limit: not a number from 1 to %d", REST_PAGE_MAX);
    *list = (struct rest_list){ .call = call,
                                .after = (int64_t)from,
                                .limit = (size_t)count,
                                .items = json_new_array(),
                                .err = err };
    return OK;
}

enum status rest_list_put(struct rest_list *list, int64_t id, struct json *item)
{
    CLEANUP(mem_freep) char *text = json_text(item);
    size_t n = str_from(text).n + 1;
    if (list->bytes && list->bytes + n > REST_BYTES_MAX) {
        json_free(item);
        list->full = true;
        return ERR_LIMIT;
    }
    list->bytes += n;
    list->last = id;
    json_append(list->items, item);
    return OK;
}

enum status rest_list_end(struct rest_call *call, struct rest_list *list,
                          enum status status)
{
    bool more = list->full || json_count(list->items) == list->limit;
    call->result = json_new_object();
    json_put(call->result, "items", list->items);
    json_put(call->result, "next", more ? json_new_number(list->last) : json_new_null());
    return list->full ? OK : status;
}

enum status rest_member_list(const struct json *body, const char *key,
                             const struct json **out, struct error *err)
{
    const struct json *member = json_get(body, key);
    if (member && !json_is_array(member))
        return FAIL(err, ERR_SYNTAX, "%s: must be a list", key);
    *out = member;
    return OK;
}

static enum status read_make_owner(const struct json *body, bool *make, struct error *err)
{
    const struct json *member = json_get(body, "make_owner");
    if (member && !json_as_bool(member, make))
        return FAIL(err, ERR_SYNTAX, "make_owner: must be true or false");
    return OK;
}

static enum status make_account(const struct rest_call *call, struct str email,
                                struct account_row *out, struct error *err)
{
    struct buf text = BUF_ON(out->email);
    *out = (struct account_row){ .language = "en" };
    buf_put(&text, email);
    if (text.full)
        return FAIL(err, ERR_LIMIT, "owner: is too long");
    (void)buf_text(&text);
    return admin_account_add(&call->admin, out, err);
}

enum status rest_member_owner(const struct rest_call *call, int64_t *owner_id,
                              struct error *err)
{
    const struct json *member = json_get(call->body, "owner");
    struct str email;
    struct account_row account;
    if (!member)
        return OK;
    if (!json_as_text(member, &email))
        return FAIL(err, ERR_SYNTAX, "owner: must be a text");
    bool make = false;
    enum status status = read_make_owner(call->body, &make, err);
    if (!status)
        status = rest_find_account(call, email, &account, err);
    if (status == ERR_NOT_FOUND && make)
        status = make_account(call, email, &account, err);
    if (!status)
        *owner_id = account.id;
    return status;
}

enum status rest_member_zone(const struct rest_call *call, int64_t zone_id,
                             const struct name *name, struct error *err)
{
    const struct json *member = json_get(call->body, "zone");
    struct str text;
    struct name wanted;
    struct zone_row zone;
    if (!member)
        return OK;
    if (!json_as_text(member, &text))
        return FAIL(err, ERR_SYNTAX, "zone: must be a name");
    enum status status = name_parse(text, &wanted, err);
    if (!status)
        status = store_zone_find(call->admin.store, zone_id, &zone, err);
    if (status || name_equal(&wanted, &zone.name))
        return status;
    return FAIL(err, ERR_CONFLICT, "%s: lies in the zone %s, not in %s", name_text(name),
                name_text(&zone.name), name_text(&wanted));
}

struct json *rest_addresses_json(const struct addresses *addresses)
{
    struct json *list = json_new_array();
    for (size_t i = 0; i < addresses_count(addresses); i++)
        json_append(list,
                    json_new_string(str_from(ip_text(addresses_get(addresses, i)))));
    return list;
}

enum status rest_missing(enum status status, const char *thing, struct str which,
                         struct error *err)
{
    if (status == ERR_NOT_FOUND)
        return FAIL(err, status, "no %s " STR_FMT, thing, STR_ARG(which));
    return status;
}

enum status rest_find_account(const struct rest_call *call, struct str email,
                              struct account_row *out, struct error *err)
{
    enum status status = store_account_find_email(call->admin.store, email, out, err);
    return rest_missing(status, "account", email, err);
}

enum status rest_find_zone(const struct rest_call *call, struct str text,
                           struct zone_row *out, struct error *err)
{
    struct name name;
    enum status status = name_parse(text, &name, err);
    if (status)
        return status;
    status = store_zone_find_name(call->admin.store, &name, out, err);
    return rest_missing(status, "zone", text, err);
}

enum status rest_find_host(const struct rest_call *call, struct str text,
                           struct host_row *out, struct error *err)
{
    struct name name;
    enum status status = name_parse(text, &name, err);
    if (status)
        return status;
    status = store_host_find_name(call->admin.store, &name, out, err);
    return rest_missing(status, "host", text, err);
}
