// SPDX-License-Identifier: GPL-3.0-or-later
/* https_client.h - a client over HTTPS that waits for everything, for programs of this folder. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/str.h"
#include "request.h"

enum {
    CLIENT_WAIT_S = 10
};

static inline void die(const char *what)
{
    perror(what);
    ERR_print_errors_fp(stderr);
    exit(1);
}

static inline int64_t now_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static inline void sleep_until_us(int64_t at_us)
{
    const struct timespec at = { .tv_sec = at_us / 1000000,
                                 .tv_nsec = at_us % 1000000 * 1000 };
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL))
        ;
}

/* For one version of TLS, "1.2" or "1.3", or for both. It believes any certificate, yet checks
 * that the server has the key. */
static inline SSL_CTX *client_context(const char *version)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (!context)
        die("SSL_CTX_new");
    int number = strcmp(version, "1.2") == 0   ? TLS1_2_VERSION
                 : strcmp(version, "1.3") == 0 ? TLS1_3_VERSION
                                               : 0;
    (void)SSL_CTX_set_min_proto_version(context, number);
    (void)SSL_CTX_set_max_proto_version(context, number);
    (void)SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    return context;
}

/* -1: nobody takes it. */
static inline int client_connect(uint16_t port)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        die("socket");
    const struct timeval wait = { .tv_sec = CLIENT_WAIT_S };
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0)
        return fd;
    (void)close(fd);
    return -1;
}

/* With its handshake done; NULL: it failed. */
static inline SSL *client_open(SSL_CTX *context, uint16_t port, SSL_SESSION *session)
{
    int fd = client_connect(port);
    if (fd < 0)
        return NULL;
    SSL *ssl = SSL_new(context);
    if (!ssl || SSL_set_fd(ssl, fd) != 1 ||
        (session && SSL_set_session(ssl, session) != 1))
        die("SSL_new");
    (void)SSL_set_tlsext_host_name(ssl, "update.example.org");
    if (SSL_connect(ssl) == 1)
        return ssl;
    SSL_free(ssl);
    (void)close(fd);
    return NULL;
}

/* Says the end, where `says` it. */
static inline void client_close(SSL *ssl, bool says)
{
    int fd = SSL_get_fd(ssl);
    if (says)
        (void)SSL_shutdown(ssl);
    SSL_free(ssl);
    (void)close(fd);
}

/* Whether the host, which has that address, was told so. `last`: the server is to end the
 * connection, which is waited for. */
static inline bool client_update(SSL *ssl, uint64_t host, bool last)
{
    char storage[BENCH_REQUEST_SIZE], reply[BENCH_REQUEST_SIZE];
    struct buf request = BUF_ON(storage);
    bench_request(host, host, last ? "Connection: close\r\n" : "", &request);
    if (SSL_write(ssl, request.at, (int)request.n) != (int)request.n)
        return false;
    for (size_t n = 0; n + 1 < sizeof(reply);) {
        int more = SSL_read(ssl, reply + n, (int)(sizeof(reply) - 1 - n));
        bool has_ended = more <= 0;
        if (has_ended && !(last && SSL_get_error(ssl, more) == SSL_ERROR_ZERO_RETURN))
            return false;
        n += has_ended ? 0 : (size_t)more;
        reply[n] = '\0';
        const char *end = strstr(reply, "\r\n\r\n");
        bool is_whole = end && reply[n - 1] == '\n' && end[4];
        if (has_ended || (is_whole && !last))
            return is_whole && strncmp(end + 4, "nochg ", 6) == 0;
    }
    return false;
}
