// SPDX-License-Identifier: GPL-3.0-or-later
#include "rest/openapi.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/version.h"
#include "rest/list.h"
#include "rest/repeat.h"
#include "rest/resource.h"
#include "rest/route.h"

enum {
    WORD_SIZE = 64
};

/* ----- values ----- */

/* An object with one text in it. */
static struct json *new_pair(const char *key, const char *value)
{
    struct json *object = json_new_object();
    json_put_text(object, key, str_from(value));
    return object;
}

static struct json *new_type(const char *type)
{
    return new_pair("type", type);
}

static struct json *new_reference(const char *what, const char *name, const char *suffix)
{
    char path[2 * WORD_SIZE];
    (void)snprintf(path, sizeof(path), "#/components/%s/%s%s", what, name, suffix);
    return new_pair("$ref", path);
}

static struct json *new_either(const char *type, const char *other)
{
    struct json *object = json_new_object(), *types = json_new_array();
    json_append(types, json_new_string(str_from(type)));
    json_append(types, json_new_string(str_from(other)));
    json_put(object, "type", types);
    return object;
}

static void put_words(struct json *schema, const char *const *words)
{
    struct json *list = json_new_array();
    for (size_t i = 0; words[i]; i++)
        json_append(list, json_new_string(str_from(words[i])));
    json_put(schema, "enum", list);
}

static int64_t greatest(size_t size)
{
    return size < sizeof(int64_t) ? ((int64_t)1 << (8 * size)) - 1 : INT64_MAX;
}

static struct json *shown_object(const struct shape *shape);

// NOLINTNEXTLINE(misc-no-recursion): an object within an object, and no more
static struct json *schema_of(const struct field *field)
{
    struct json *schema = NULL, *item = NULL;
    switch (field->kind) {
    case FIELD_NUMBER:
        schema = new_type("integer");
        json_put_number(schema, "minimum", 0);
        json_put_number(schema, "maximum", greatest(field->size));
        return schema;
    case FIELD_BOOL:
    case HAND_BOOL:
        return new_type("boolean");
    case FIELD_WORD:
        schema = new_type("string");
        put_words(schema, field->words);
        return schema;
    case FIELD_TEXT:
        schema = new_type("string");
        json_put_number(schema, "maxLength", (int64_t)field->size - 1);
        return schema;
    case HAND_TEXTS:
        schema = new_type("array");
        item = new_type("string");
        if (field->words)
            put_words(item, field->words);
        json_put(schema, "items", item);
        return schema;
    case HAND_OBJECT:
        return new_type("object");
    case HAND_SHAPE:
        return shown_object(field->shape);
    case HAND_TEXT_OR_NULL:
        return new_either("string", "null");
    case FIELD_NAME:
    case HAND_TEXT:
        break;
    }
    return new_type("string");
}

/* ----- objects ----- */

/* What an object is: shown, shown when it was made, given to make one, given to change one. */
enum use {
    SHOWN,
    MADE,
    NEW,
    CHANGED,
    USES
};
static const char *const suffixes[USES] = { "", "Made", "New", "Change" };

static bool has_field(const struct field *field, enum use use)
{
    switch (use) {
    case SHOWN:
        return !field->unshown && !field->shown_once;
    case MADE:
        return !field->unshown;
    case NEW:
        return field->setter != SET_BY_NOBODY;
    case CHANGED:
        return field->setter != SET_BY_NOBODY && !field->only_new;
    case USES:
        break;
    }
    return false;
}

static bool is_required(const struct field *field, enum use use)
{
    return ((use == SHOWN || use == MADE) && !field->may_miss) ||
           (use == NEW && field->needed);
}

static void put_about(struct json *schema, const struct field *field)
{
    char text[256];
    (void)snprintf(text, sizeof(text), "%s%s%s", field->about,
                   field->setter >= SET_BY_ZONE ? "; only " : "",
                   field_setter_text(field->setter));
    json_put_text(schema, "description", str_from(text));
}

// NOLINTNEXTLINE(misc-no-recursion): as above
static struct json *object_of(const struct shape *shape, enum use use)
{
    struct json *object = new_type("object"), *members = json_new_object(),
                *required = json_new_array();
    for (size_t i = 0; i < shape->count; i++) {
        const struct field *field = &shape->fields[i];
        if (!has_field(field, use))
            continue;
        struct json *schema = schema_of(field);
        put_about(schema, field);
        json_put(members, field->key, schema);
        if (is_required(field, use))
            json_append(required, json_new_string(str_from(field->key)));
    }
    json_put(object, "properties", members);
    json_put(object, "required", required);
    json_put_bool(object, "additionalProperties", false);
    return object;
}

// NOLINTNEXTLINE(misc-no-recursion): as above
static struct json *shown_object(const struct shape *shape)
{
    return object_of(shape, SHOWN);
}

static void put_objects(struct json *schemas, const struct shape *shape)
{
    for (enum use use = SHOWN; use < USES; use++) {
        char name[WORD_SIZE];
        (void)snprintf(name, sizeof(name), "%s%s", shape->name, suffixes[use]);
        json_put(schemas, name, object_of(shape, use));
    }
}

static struct json *problem_schema(void)
{
    static const char *const texts[] = { "type", "title", "detail" };
    static const char *const about_member[] = { "field", "code", "message" };
    static const char *const codes[] = { "form",   "range",    "missing", "taken",
                                         "denied", "conflict", NULL };
    struct json *problem = new_type("object"), *members = json_new_object(),
                *list = new_type("array"), *item = new_type("object"),
                *parts = json_new_object();
    for (size_t i = 0; i < LENGTH_OF(texts); i++)
        json_put(members, texts[i], new_type("string"));
    json_put(members, "status", new_type("integer"));
    json_put(members, "code", new_type("string"));
    for (size_t i = 0; i < LENGTH_OF(about_member); i++) {
        struct json *part = new_type("string");
        if (strcmp(about_member[i], "code") == 0)
            put_words(part, codes);
        json_put(parts, about_member[i], part);
    }
    json_put(item, "properties", parts);
    json_put(list, "items", item);
    json_put(members, "errors", list);
    json_put(problem, "properties", members);
    return problem;
}

/* ----- routes ----- */

static bool has_argument(const struct rest_route *route)
{
    return str_ends(str_from(route->path), STR("/"));
}

static bool is_list(const struct rest_route *route)
{
    return route->lists;
}

static struct json *parameter(const char *name, const char *in, bool required,
                              struct json *schema)
{
    struct json *parameter = new_pair("name", name);
    json_put_text(parameter, "in", str_from(in));
    json_put_bool(parameter, "required", required);
    json_put(parameter, "schema", schema);
    return parameter;
}

/* Whether If-Match counts: what the path names has a last_change. */
static bool has_version(const struct rest_route *route)
{
    switch (route->need) {
    case NEED_SELF:
    case NEED_OWN_ACCOUNT:
    case NEED_LOOK_AT_ZONE:
    case NEED_SET_ZONE:
    case NEED_OWN_ZONE:
    case NEED_JUDGE_HOST:
    case NEED_OWN_HOST:
    case NEED_OWN_TOKEN:
        return true;
    case NEED_UNDECIDED:
    case NEED_ANYONE:
    case NEED_OPERATOR:
    case NEED_SESSION:
    case NEED_ACCOUNT:
    case NEED_OWN_RECORD:
    case NEED_OWN_SESSION:
    case NEED_MEMBER:
    case NEED_REQUEST:
    case NEED_OWN_RESERVED:
    case NEED_OWN_QUARANTINE:
        break;
    }
    return false;
}

static struct json *key_schema(void)
{
    struct json *schema = new_type("string");
    json_put_number(schema, "minLength", 1);
    json_put_number(schema, "maxLength", REPEAT_KEY_MAX);
    return schema;
}

static struct json *parameters_of(const struct rest_route *route)
{
    struct json *list = json_new_array();
    if (has_argument(route))
        json_append(list, parameter("id", "path", true, new_type("string")));
    if (is_list(route)) {
        struct json *limit = new_type("integer");
        json_put_number(limit, "minimum", 1);
        json_put_number(limit, "maximum", REST_PAGE_MAX);
        json_append(list, parameter("after", "query", false, new_type("integer")));
        json_append(list, parameter("limit", "query", false, limit));
    }
    for (size_t i = 0; route->filters && route->filters[i]; i++)
        json_append(list,
                    parameter(route->filters[i], "query", false, new_type("string")));
    if (route->streams)
        json_append(list,
                    parameter("Last-Event-ID", "header", false, new_type("string")));
    if (route->write && has_version(route))
        json_append(list, parameter("If-Match", "header", false, new_type("string")));
    if (route->write)
        json_append(list, parameter("Idempotency-Key", "header", false, key_schema()));
    return list;
}

/* {"description": ..., "content": {TYPE: {"schema": ...}}} */
static struct json *content(const char *about, const char *type, struct json *schema)
{
    struct json *media = json_new_object(), *types = json_new_object(),
                *whole = new_pair("description", about);
    json_put(media, "schema", schema);
    json_put(types, type, media);
    json_put(whole, "content", types);
    return whole;
}

static struct json *list_schema(const struct rest_route *route)
{
    struct json *list = new_type("object"), *members = json_new_object(),
                *items = new_type("array"), *required = json_new_array();
    json_put(items, "items", new_reference("schemas", route->shape->name, ""));
    json_put(members, "items", items);
    json_put(members, "next", new_either("integer", "null"));
    json_append(required, json_new_string(STR("items")));
    json_append(required, json_new_string(STR("next")));
    json_put(list, "properties", members);
    json_put(list, "required", required);
    json_put_bool(list, "additionalProperties", false);
    return list;
}

static struct json *reply_schema(const struct rest_route *route)
{
    if (!route->shape)
        return route->describe ? route->describe() : new_type("object");
    return is_list(route) ? list_schema(route)
                          : new_reference("schemas", route->shape->name,
                                          suffixes[route->makes ? MADE : SHOWN]);
}

static struct json *responses_of(const struct rest_route *route)
{
    struct json *responses = json_new_object();
    if (strcmp(route->method, "DELETE") == 0)
        json_put(responses, "204", new_pair("description", "it is gone"));
    else if (route->defers)
        json_put(responses, "202",
                 new_pair("description", "it is taken; a mail has what comes of it"));
    else if (route->streams)
        json_put(
            responses, "200",
            content("server-sent events: host, heard, failed, published, served, reset",
                    "text/event-stream", new_type("string")));
    else
        json_put(responses, route->makes ? "201" : "200",
                 content("it is done", "application/json", reply_schema(route)));
    json_put(responses, "default", new_reference("responses", "Problem", ""));
    return responses;
}

static struct json *body_of(const struct rest_route *route)
{
    if (route->asks)
        return content("the members", "application/json",
                       new_reference("schemas", route->asks->name, ""));
    struct json *schema = route->shape
                              ? new_reference("schemas", route->shape->name,
                                              suffixes[route->makes ? NEW : CHANGED])
                              : new_type("object");
    return content("the members", "application/json", schema);
}

/* "get_hosts", "get_hosts_id" */
static void put_name(struct json *operation, const struct rest_route *route)
{
    char storage[WORD_SIZE];
    struct buf name = BUF_ON(storage);
    for (const char *at = route->method; *at; at++)
        buf_put_u8(&name, (uint8_t)char_lower(*at));
    for (const char *at = route->path; *at; at++)
        buf_put_u8(&name, (uint8_t)(*at == '/' || *at == '-' ? '_' : *at));
    if (has_argument(route))
        buf_put_text(&name, "id");
    json_put_text(operation, "operationId", buf_str(&name));
}

static void put_way(struct json *ways, const char *scheme, const char *also)
{
    struct json *way = json_new_object();
    json_put(way, scheme, json_new_array());
    if (also)
        json_put(way, also, json_new_array());
    json_append(ways, way);
}

/* The ways to ask, of which one is enough; none: anybody may. */
static struct json *security_of(const struct rest_route *route)
{
    struct json *ways = json_new_array();
    if (route->need == NEED_ANYONE)
        return ways;
    if (route->need != NEED_SESSION)
        put_way(ways, "token", NULL);
    put_way(ways, "session", rest_route_reads(route) ? NULL : "csrf");
    return ways;
}

static struct json *operation_of(const struct rest_route *route)
{
    struct json *operation = new_pair("summary", route->about);
    bool has_body = !rest_route_reads(route) && strcmp(route->method, "DELETE") != 0;
    put_name(operation, route);
    json_put(operation, "parameters", parameters_of(route));
    if (has_body)
        json_put(operation, "requestBody", body_of(route));
    json_put(operation, "security", security_of(route));
    json_put(operation, "responses", responses_of(route));
    return operation;
}

/* The operations of one path: all rows that have it. */
static struct json *path_of(const struct rest_route *first)
{
    struct json *operations = json_new_object();
    for (size_t i = 0; i < rest_route_count; i++) {
        const struct rest_route *route = &rest_routes[i];
        char method[WORD_SIZE];
        struct buf text = BUF_ON(method);
        if (strcmp(route->path, first->path) != 0)
            continue;
        for (const char *at = route->method; *at; at++)
            buf_put_u8(&text, (uint8_t)char_lower(*at));
        json_put(operations, buf_text(&text), operation_of(route));
    }
    return operations;
}

static struct json *paths(void)
{
    struct json *paths = json_new_object();
    for (size_t i = 0; i < rest_route_count; i++) {
        char path[WORD_SIZE];
        (void)snprintf(path, sizeof(path), "%s%s", rest_routes[i].path,
                       has_argument(&rest_routes[i]) ? "{id}" : "");
        if (!json_get(paths, path))
            json_put(paths, path, path_of(&rest_routes[i]));
    }
    return paths;
}

static struct json *api_key(const char *in, const char *name)
{
    struct json *scheme = new_pair("type", "apiKey");
    json_put_text(scheme, "in", str_from(in));
    json_put_text(scheme, "name", str_from(name));
    return scheme;
}

static struct json *components(void)
{
    struct json *components = json_new_object(), *schemas = json_new_object(),
                *responses = json_new_object(), *schemes = json_new_object(),
                *bearer = new_pair("type", "http");
    for (size_t i = 0; i < rest_route_count; i++)
        if (rest_routes[i].asks)
            json_put(schemas, rest_routes[i].asks->name,
                     object_of(rest_routes[i].asks, NEW));
    for (size_t i = 0; i < rest_route_count; i++)
        if (rest_routes[i].shape && !json_get(schemas, rest_routes[i].shape->name))
            put_objects(schemas, rest_routes[i].shape);
    json_put(schemas, "Problem", problem_schema());
    json_put(responses, "Problem",
             content("it failed, and why", "application/problem+json",
                     new_reference("schemas", "Problem", "")));
    json_put_text(bearer, "scheme", STR("bearer"));
    json_put(schemes, "token", bearer);
    json_put(schemes, "session", api_key("cookie", "__Host-rove"));
    json_put(schemes, "csrf", api_key("header", "X-CSRF-Token"));
    json_put(components, "schemas", schemas);
    json_put(components, "responses", responses);
    json_put(components, "securitySchemes", schemes);
    return components;
}

struct json *rest_openapi(const char *origin)
{
    char url[512];
    struct json *document = new_pair("openapi", "3.1.0"),
                *info = new_pair("title", "Rove"), *servers = json_new_array();
    (void)snprintf(url, sizeof(url), "%s/api/v1", origin);
    json_put_text(info, "version", STR(ROVE_VERSION));
    json_put(document, "info", info);
    json_append(servers, new_pair("url", url));
    json_put(document, "servers", servers);
    json_put(document, "paths", paths());
    json_put(document, "components", components());
    return document;
}
