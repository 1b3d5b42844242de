// SPDX-License-Identifier: GPL-3.0-or-later
#include "spell.h"

#include <stdio.h>
#include <string.h>

#include "test.h"

void spell_open(struct spell *spell, const char *more)
{
    world_open(&spell->world);
    world_make_host(&spell->world, HOST, more, spell->secret);
}

void spell_close(struct spell *spell)
{
    world_close(&spell->world);
}

const char *spell_update(struct spell *spell, const char *query)
{
    char target[1024];
    (void)snprintf(target, sizeof(target), "/nic/update?hostname=" HOST "%s%s",
                   query[0] ? "&" : "", query);
    return world_get(&spell->world, target, spell->secret, NULL);
}

void spell_start_anew(struct spell *spell)
{
    const char *body = spell_update(spell, "myip=" OLD4 "," OLD6);
    CHECK(strstr(body, "good ") == body || strstr(body, "nochg ") == body);
}

const char *spell_ask(struct spell *spell, const char *line, bool with_token,
                      const char *body)
{
    char basic[512], request[2048];
    world_basic(spell->secret, basic);
    (void)snprintf(request, sizeof(request),
                   "%s HTTP/1.0\r\n%s%s%sContent-Length: %zu\r\n\r\n%s", line,
                   with_token ? "Authorization: Basic " : "", with_token ? basic : "",
                   with_token ? "\r\n" : "", strlen(body), body);
    return world_http(&spell->world, SOURCE, request);
}

/* A text, or a list's texts with blanks between. */
static void check_value(const char *what, const struct json *value, const char *want)
{
    char text[512] = "";
    struct buf out = BUF_ON(text);
    struct str one = STR("");
    if (json_as_text(value, &one))
        buf_put(&out, one);
    for (size_t i = 0; i < json_count(value); i++) {
        (void)json_as_text(json_item(value, i), &one);
        buf_put_text(&out, i ? " " : "");
        buf_put(&out, one);
    }
    (void)buf_text(&out);
    if (strcmp(text, want) != 0)
        print_error("%s\n", what);
    CHECK_TEXT(text, want);
}

void spell_check_addresses(struct spell *spell, const char *what, const char *want)
{
    int status = 0;
    struct json *host = world_call(&spell->world, "GET", "/hosts/" HOST, NULL, &status);
    check_value(what, json_get(host, "addresses"), want);
    json_free(host);
}

void spell_check_told(struct spell *spell, const char *what, const char *member,
                      const char *want)
{
    int status = 0;
    struct json *reply = world_call(&spell->world, "GET",
                                    "/host-requests/" HOST "?limit=1", NULL, &status);
    check_value(what, json_get(json_item(json_get(reply, "items"), 0), member), want);
    json_free(reply);
}
