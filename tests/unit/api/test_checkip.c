// SPDX-License-Identifier: GPL-3.0-or-later
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "world.h"

static struct world world;

#define PAGE(address) \
    "<html><head><title>Current IP Check</title></head>" \
    "<body>Current IP Address: " address "</body></html>\r\n"

static const struct {
    const char *path, *source, *type, *body;
} rows[] = {
    { "/", "203.0.113.7", "text/html", PAGE("203.0.113.7") },
    { "/index.html", "203.0.113.7", "text/html", PAGE("203.0.113.7") },
    { "/nic/checkip.html", "198.51.100.9", "text/html", PAGE("198.51.100.9") },
    { "/checkip", "2001:db8::7", "text/html", PAGE("2001:db8::7") },
    { "//?x", "::ffff:203.0.113.7", "text/html", PAGE("203.0.113.7") },
    { "/myip", "203.0.113.7", "text/plain; charset=utf-8", "203.0.113.7" },
    { "/nic/checkip/", "2001:db8::7", "text/plain; charset=utf-8", "2001:db8::7" },
    { "/myip", "::ffff:203.0.113.7", "text/plain; charset=utf-8", "203.0.113.7" },
    { "/json", "2001:db8::7", "application/json", "{\"ip\":\"2001:db8::7\"}" },
};

TEST(each_path_of_check_ip_tells_the_source_and_nothing_else)
{
    world_open(&world);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        char request[128], type[64], length[64];
        (void)snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: x\r\n\r\n",
                       rows[i].path);
        const char *reply = world_http(&world, rows[i].source, request);
        (void)snprintf(type, sizeof(type), "\r\nContent-Type: %s\r\n", rows[i].type);
        (void)snprintf(length, sizeof(length), "\r\nContent-Length: %zu\r\n",
                       strlen(rows[i].body));
        CHECK(str_starts(str_from(reply), STR("HTTP/1.1 200 OK\r\n")));
        CHECK(strstr(reply, type));
        CHECK(strstr(reply, length));
        CHECK(strstr(reply, "\r\nConnection: close\r\n"));
        CHECK(strstr(reply, "\r\nCache-Control: no-cache\r\n"));
        CHECK(strstr(reply, "\r\nPragma: no-cache\r\n"));
        CHECK_TEXT(strstr(reply, "\r\n\r\n") + 4, rows[i].body);
    }
    world_close(&world);
}

TEST(the_page_of_an_address_of_eleven_characters_has_103_bytes)
{
    CHECK_INT(strlen(PAGE("203.0.113.7")), 103);
}

TEST(check_ip_takes_no_body_and_head_gets_no_page)
{
    world_open(&world);
    const char *reply =
        world_http(&world, "203.0.113.7", "POST / HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(str_starts(str_from(reply), STR("HTTP/1.1 405 ")));
    reply = world_http(&world, "203.0.113.7", "HEAD / HTTP/1.0\r\n\r\n");
    CHECK(str_starts(str_from(reply), STR("HTTP/1.1 200 ")));
    CHECK(strstr(reply, "\r\nContent-Length: 103\r\n"));
    CHECK(str_ends(str_from(reply), STR("\r\n\r\n")));
    world_close(&world);
}
