// SPDX-License-Identifier: GPL-3.0-or-later
/* echo - the floor: what a request costs when nobody looks at it.
 *
 *     echo PORT SIZE
 *
 * Reads whatever comes on 127.0.0.1:PORT up to an empty line and sends a fixed reply of SIZE
 * bytes, from one thread with epoll, three system calls a request. The reply is HTTP enough for
 * load. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    REPLY_MAX = 4096,
    REQUEST_SIZE = 8192,
    EVENTS = 256
};

static char reply[REPLY_MAX];
static size_t reply_n;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void make_reply(size_t size)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nX: ";
    static const char tail[] = "\r\n\r\nnochg 2001:db8::1\n";
    reply_n = size;
    memset(reply, 'x', size);
    memcpy(reply, head, sizeof(head) - 1);
    memcpy(reply + size - (sizeof(tail) - 1), tail, sizeof(tail) - 1);
}

static int listen_on(uint16_t port)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(port) };
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int one = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) ||
        bind(fd, (const struct sockaddr *)&at, sizeof(at)) || listen(fd, 4096))
        die("listen");
    return fd;
}

static void watch(int epoll, int fd)
{
    struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
        die("epoll_ctl");
}

/* Requests of load come in one piece. */
static void answer(int fd)
{
    char request[REQUEST_SIZE];
    ssize_t n = read(fd, request, sizeof(request));
    if (n <= 0) {
        (void)close(fd);
        return;
    }
    if (n >= 4 && memcmp(request + n - 4, "\r\n\r\n", 4) == 0)
        (void)send(fd, reply, reply_n, MSG_NOSIGNAL);
}

static void serve(int epoll, int listener)
{
    struct epoll_event events[EVENTS];
    int n = epoll_wait(epoll, events, EVENTS, -1);
    for (int i = 0; i < n; i++) {
        if (events[i].data.fd != listener) {
            answer(events[i].data.fd);
            continue;
        }
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0)
            watch(epoll, fd);
    }
}

int main(int argc, char **argv)
{
    unsigned long port = argc == 3 ? strtoul(argv[1], NULL, 10) : 0;
    unsigned long size = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
    if (port == 0 || port > 65535 || size < 64 || size > REPLY_MAX) {
        (void)fprintf(stderr, "usage: echo PORT SIZE (64 to 4096)\n");
        return 2;
    }
    make_reply(size);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    int listener = listen_on((uint16_t)port);
    watch(epoll, listener);
    for (;;)
        serve(epoll, listener);
}
