// SPDX-License-Identifier: GPL-3.0-or-later
/* A client with a TLS library that devices have, for requests as devices send them.
 *
 *     tool_LIBRARY PORT CA NAME VERSION VISITS
 *
 * Makes VISITS connections to 127.0.0.1, one after the other, each but the first with the session
 * of the one before it. Over each of them it sends the requests of standard input (heads alone,
 * each with its empty line), the next one when the reply to the one before is there. NAME is the
 * service's, or "-"; VERSION 1.2 or 1.3. It prints a line for each connection, "full SUITE" or
 * "resumed SUITE", and what came. */
#include "tool_tls_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/file.h"

enum {
    REQUESTS_MAX = 4096,
    REPLY_MAX = 4096
};

void tls_client_fail(const char *what, int code)
{
    (void)fprintf(stderr, "%s: %d\n", what, code);
    exit(1);
}

static int connect_to(uint64_t port)
{
    const struct sockaddr_in to = { .sin_family = AF_INET,
                                    .sin_port = htons((uint16_t)port),
                                    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof(to)))
        tls_client_fail("connect", 0);
    return fd;
}

/* Where the empty line ends: the length of the first head in the text. 0: it is not all there. */
static size_t head_size(struct str text)
{
    for (size_t i = 0; i + 1 < text.n; i++)
        if (text.at[i] == '\n' &&
            (text.at[i + 1] == '\n' || str_starts(str_from_at(text, i + 1), STR("\r\n"))))
            return i + (text.at[i + 1] == '\n' ? 2 : 3);
    return 0;
}

/* How long the reply is that begins here, as far as its head says so. */
static size_t reply_size(struct str text)
{
    static const char field[] = "Content-Length: ";
    size_t size = head_size(text);
    uint64_t body = 0;
    for (struct str rest = str_first(text, size), line; str_next(&rest, '\n', &line);) {
        struct str value = str_trim(str_from_at(line, sizeof(field) - 1));
        if (str_starts(line, str_from(field)) && str_to_u64(value, REPLY_MAX, &body))
            tls_client_fail("a length that is none", 0);
    }
    return size > 0 ? size + (size_t)body : SIZE_MAX;
}

static void print(struct str text)
{
    if (fwrite(text.at, 1, text.n, stdout) != text.n)
        tls_client_fail("standard output", 0);
}

static void read_reply(void)
{
    char storage[REPLY_MAX];
    struct buf reply = BUF_ON(storage);
    while (reply.n < reply_size(buf_str(&reply))) {
        size_t n = reply.n < reply.size
                       ? tls_client_read(storage + reply.n, reply.size - reply.n)
                       : 0;
        if (n == 0)
            tls_client_fail("a reply that ends too early, or is too long", (int)reply.n);
        reply.n += n;
    }
    print(buf_str(&reply));
}

static void visit(uint64_t port, struct str requests)
{
    CLEANUP(file_closep) int fd = connect_to(port);
    const char *suite = NULL;
    bool is_resumed = tls_client_connect(fd, &suite);
    printf("%s %s\n", is_resumed ? "resumed" : "full", suite);
    for (size_t n = 0; (n = head_size(requests)) > 0;
         requests = str_from_at(requests, n)) {
        tls_client_write(str_first(requests, n));
        read_reply();
    }
    tls_client_close();
}

int main(int argc, char **argv)
{
    uint64_t port = 0, visits = 0;
    if (argc != 6 || str_to_u64(str_from(argv[1]), UINT16_MAX, &port) ||
        str_to_u64(str_from(argv[5]), UINT8_MAX, &visits)) {
        (void)fprintf(stderr, "usage: %s PORT CA NAME VERSION VISITS\n", argv[0]);
        return 2;
    }
    char requests[REQUESTS_MAX];
    size_t n = fread(requests, 1, sizeof(requests), stdin);
    tls_client_begin(
        &(struct tls_client_options){ .ca = argv[2],
                                      .name = strcmp(argv[3], "-") == 0 ? NULL : argv[3],
                                      .has_13 = strcmp(argv[4], "1.3") == 0 });
    for (uint64_t i = 0; i < visits; i++)
        visit(port, str_bytes(requests, n));
    return 0;
}
