// SPDX-License-Identifier: GPL-3.0-or-later
/* The document that describes the API, held against the tables that the requests are checked by. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "rest/openapi.h"
#include "rest/resource.h"
#include "rest/route.h"

static const struct json *operation_of(const struct json *document,
                                       const struct rest_route *route)
{
    char path[64], method[16];
    bool has_argument = str_ends(str_from(route->path), STR("/"));
    struct buf text = BUF_ON(method);
    (void)snprintf(path, sizeof(path), "%s%s", route->path, has_argument ? "{id}" : "");
    for (const char *at = route->method; *at; at++)
        buf_put_u8(&text, (uint8_t)char_lower(*at));
    return json_get(json_get(json_get(document, "paths"), path), buf_text(&text));
}

TEST(every_route_is_described_once)
{
    CLEANUP(json_freep) struct json *document = rest_openapi("https://ddns.example.org");
    size_t operations = 0;
    void *path = NULL;
    const char *key = NULL;
    const struct json *methods = NULL;
    for (size_t i = 0; i < rest_route_count; i++) {
        const struct json *operation = operation_of(document, &rest_routes[i]);
        if (!rest_routes[i].about || !operation)
            print_error("%s %s\n", rest_routes[i].method, rest_routes[i].path);
        CHECK(rest_routes[i].about && operation);
        CHECK_STR(json_get_text(operation, "summary"), rest_routes[i].about);
    }
    while (json_next(json_get(document, "paths"), &path, &key, &methods)) {
        void *method = NULL;
        const struct json *operation = NULL;
        while (json_next(methods, &method, &key, &operation))
            operations++;
    }
    CHECK_INT(operations, rest_route_count);
}

TEST(every_member_says_what_it_is)
{
    static const struct shape *const shapes[] = { &account_shape, &zone_shape,
                                                  &host_shape, &record_shape,
                                                  &token_shape };
    for (size_t i = 0; i < LENGTH_OF(shapes); i++)
        for (size_t n = 0; n < shapes[i]->count; n++) {
            const struct field *field = &shapes[i]->fields[n];
            if (!field->about || !field->about[0])
                print_error("%s.%s\n", shapes[i]->name, field->key);
            CHECK(field->about && field->about[0]);
            /* Who could give what nobody sets? */
            CHECK(field->setter || (!field->needed && !field->only_new));
        }
}

static const struct rest_route *route_of(const char *method, const char *path)
{
    for (size_t i = 0; i < rest_route_count; i++)
        if (strcmp(rest_routes[i].method, method) == 0 &&
            strcmp(rest_routes[i].path, path) == 0)
            return &rest_routes[i];
    CHECK(false);
    return NULL;
}

static bool takes_version(const struct json *operation)
{
    const struct json *list = json_get(operation, "parameters");
    bool found = false;
    for (size_t i = 0; i < json_count(list); i++)
        found |= str_equal(json_get_text(json_item(list, i), "name"), STR("If-Match"));
    return found;
}

/* The ways to ask that are enough, each with what it needs: 't'oken, 's'ession, 'c'srf. */
static const char *ways_of(const struct json *operation)
{
    static char text[32];
    struct buf ways = BUF_ON(text);
    const struct json *list = json_get(operation, "security");
    CHECK(json_is_array(list));
    for (size_t i = 0; i < json_count(list); i++) {
        const struct json *way = json_item(list, i);
        buf_printf(&ways, "%s%s%s ", json_get(way, "token") ? "t" : "",
                   json_get(way, "session") ? "s" : "", json_get(way, "csrf") ? "c" : "");
    }
    return buf_text(&ways);
}

TEST(an_operation_says_how_to_ask_and_whether_it_can_be_bound_to_a_version)
{
    static const struct {
        const char *method, *path, *ways;
        bool takes_version;
    } rows[] = {
        { "GET", "/session", "", false },
        { "POST", "/links/redeem", "", false },
        { "GET", "/sessions", "s ", false },
        { "PUT", "/account/password", "sc ", false },
        { "PATCH", "/account", "t sc ", true },
        { "PATCH", "/accounts/", "t sc ", true },
        { "GET", "/hosts/", "t s ", false },
        { "PATCH", "/hosts/", "t sc ", true },
        { "DELETE", "/tokens/", "t sc ", true },
        { "DELETE", "/records/", "t sc ", false },
        { "DELETE", "/mails/", "t sc ", false },
    };
    CLEANUP(json_freep) struct json *document = rest_openapi("https://ddns.example.org");
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        const struct json *operation =
            operation_of(document, route_of(rows[i].method, rows[i].path));
        CHECK_TEXT(ways_of(operation), rows[i].ways);
        CHECK_INT(takes_version(operation), rows[i].takes_version);
    }
    CHECK(!json_get(document, "security"));
}
