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
