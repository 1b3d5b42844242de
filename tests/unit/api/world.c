// SPDX-License-Identifier: GPL-3.0-or-later
#include "world.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <sodium.h>

#include "test.h"

enum {
    TURNS_MAX = 2000,
    TURN_MS = 20
};

void world_open(struct world *world)
{
    memset(world, 0, sizeof(*world));
    service_start(&world->service, &world->api.updates, &world->api.rest);
    world->loop = world->service.loop;
    world->change = world->service.change;
    api_init(&world->api);
    const struct http_server_options http = { .handler = api_http, .ctx = &world->api };
    world->http = http_server_new(world->loop, &http);
    service_fill(&world->service);
}

void world_close(struct world *world)
{
    service_stop(&world->service);
    http_server_free(world->http);
    api_done(&world->api);
    service_remove(&world->service);
}

/* Whether a header and the body that its Content-Length names are there. */
static bool is_whole(const char *reply)
{
    const char *end = strstr(reply, "\r\n\r\n");
    const char *length = strstr(reply, "Content-Length: ");
    if (!end || !length)
        return false;
    uint64_t n = 0;
    struct str digits = str_from(length + strlen("Content-Length: "));
    digits = str_first(digits, str_find(digits, '\r'));
    return !str_to_u64(digits, UINT32_MAX, &n) && strlen(end + 4) >= n;
}

const char *world_http(struct world *world, const char *source, const char *request)
{
    int pair[2];
    CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair),
              0);
    struct ip ip;
    CHECK_INT(ip_parse(str_from(source), &ip), OK);
    http_server_add_connection(world->http, pair[0], ip, false);
    CHECK_INT(write(pair[1], request, strlen(request)), (int)strlen(request));
    world->reply_n = 0;
    world->reply[0] = 0;
    for (int i = 0; i < TURNS_MAX && !is_whole(world->reply); i++) {
        loop_turn(world->loop, TURN_MS);
        ssize_t n = read(pair[1], world->reply + world->reply_n,
                         sizeof(world->reply) - 1 - world->reply_n);
        if (n == 0)
            break;
        if (n > 0)
            world->reply_n += (size_t)n;
        world->reply[world->reply_n] = 0;
    }
    (void)close(pair[1]);
    loop_turn(world->loop, 0);
    return world->reply;
}

void world_basic_of(const char *user, const char *secret, char out[512])
{
    char plain[256];
    (void)snprintf(plain, sizeof(plain), "%s:%s", user, secret);
    sodium_bin2base64(out, 512, (const unsigned char *)plain, strlen(plain),
                      sodium_base64_VARIANT_ORIGINAL);
}

void world_basic(const char *secret, char out[512])
{
    world_basic_of("any", secret, out);
}

const char *world_get(struct world *world, const char *target, const char *secret,
                      int *status)
{
    char basic[512], request[8192];
    world_basic(secret, basic);
    (void)snprintf(request, sizeof(request),
                   "GET %s HTTP/1.1\r\nHost: ddns.example.org\r\n"
                   "Authorization: Basic %s\r\nUser-Agent: test/1\r\n\r\n",
                   target, basic);
    const char *reply = world_http(world, "198.51.100.20", request);
    const char *body = strstr(reply, "\r\n\r\n");
    CHECK(body);
    uint64_t code = 0;
    CHECK_INT(str_to_u64(str_bytes(reply + strlen("HTTP/1.1 "), 3), 999, &code), OK);
    if (status)
        *status = (int)code;
    return body + 4;
}

struct json *world_call(struct world *world, const char *method, const char *path,
                        const char *body, int *status)
{
    return service_call(&world->service, method, path, body, status);
}

void world_make_host(struct world *world, const char *name, const char *more,
                     char secret[32])
{
    service_make_host(&world->service, name, more, secret);
}
