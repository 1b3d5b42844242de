// SPDX-License-Identifier: GPL-3.0-or-later
/* mhd - the peer: libmicrohttpd's hello, with its own epoll thread.
 *
 *     mhd PORT */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <microhttpd.h>

/* NOLINTNEXTLINE(readability-function-size): the library's */
static enum MHD_Result hello(void *ctx, struct MHD_Connection *connection,
                             const char *url, const char *method, const char *version,
                             const char *body,
                             size_t *body_n, /* NOLINT(readability-non-const-parameter) */
                             void **own)
{
    (void)url;
    (void)method;
    (void)version;
    (void)body;
    (void)body_n;
    /* The first call is for the head alone; a reply to it would end the connection. */
    if (!*own) {
        *own = ctx;
        return MHD_YES;
    }
    return MHD_queue_response(connection, MHD_HTTP_OK, (struct MHD_Response *)ctx);
}

int main(int argc, char **argv)
{
    static char text[] = "nochg 2001:db8::1\n";
    unsigned long port = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
    if (port == 0 || port > 65535) {
        (void)fprintf(stderr, "usage: mhd PORT\n");
        return 2;
    }
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    struct MHD_Response *response =
        MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_PERSISTENT);
    struct MHD_Daemon *daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, hello, response,
        MHD_OPTION_SOCK_ADDR, (const struct sockaddr *)&at, MHD_OPTION_CONNECTION_LIMIT,
        4096U, MHD_OPTION_CONNECTION_TIMEOUT, 10U, MHD_OPTION_END);
    if (!response || !daemon ||
        MHD_add_response_header(response, "Content-Type", "text/plain; charset=utf-8") !=
            MHD_YES) {
        (void)fprintf(stderr, "mhd: no daemon\n");
        return 1;
    }
    for (;;)
        (void)pause();
}
