// SPDX-License-Identifier: GPL-3.0-or-later
/* http_hello - the HTTP part of front alone: every request gets "nochg 2001:db8::1".
 *
 *     http_hello PORT */
#include <stdio.h>

#include "base/random.h"
#include "http/server.h"
#include "net/socket.h"

static void hello(void *ctx, struct http_exchange *exchange)
{
    (void)ctx;
    http_reply(exchange, &(struct http_response){ .status = 200,
                                                  .body = STR("nochg 2001:db8::1\n") });
}

int main(int argc, char **argv)
{
    uint64_t port = 0;
    struct ip ip = { .family = IP_V4, .bytes = { 127, 0, 0, 1 } };
    int listener = -1;
    struct error err = { 0 };
    if (argc != 2 || str_to_u64(str_from(argv[1]), UINT16_MAX, &port)) {
        (void)fprintf(stderr, "usage: http_hello PORT\n");
        return 2;
    }
    random_init();
    CLEANUP(loop_freep) struct loop *loop = loop_new(clock_system());
    const struct http_server_options options = { .handler = hello };
    CLEANUP(http_server_freep)
    struct http_server *server = http_server_new(loop, &options);
    if (socket_listen(ip, (uint16_t)port, &listener, NULL, &err) ||
        http_server_add_listener(server, listener, &err)) {
        (void)fprintf(stderr, "http_hello: %s\n", err.text);
        return 1;
    }
    loop_run(loop);
    return 0;
}
