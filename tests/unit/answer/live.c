// SPDX-License-Identifier: GPL-3.0-or-later
#include "live.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/ip.h"
#include "dns/message.h"

enum {
    DEADLINE_S = 20,
    SETTLE_TURNS = 64
};

void live_open(struct live *live, const char *lines, const char *address,
               const struct answer_tcp_limits *limits)
{
    static const struct served_image_events events;
    struct ip ip;
    struct error err = { .text = "" };
    folder_init(&live->folder);
    folder_publish(&live->folder, lines);
    clock_manual_init(&live->clock, 1000, 1000);
    live->loop = loop_new(&live->clock.clock);
    live->served = served_image_new(live->loop, live->folder.path, &events, NULL);
    CHECK(served_image_is_there(live->served));
    live->server = answer_server_new(live->loop, live->served, limits);
    CHECK(ip_parse(str_from(address), &ip) == OK);
    if (answer_server_listen(live->server, ip, 0, false, &live->port, &err))
        fail_msg("%s", err.text);
}

void live_close(struct live *live)
{
    answer_server_free(live->server);
    served_image_free(live->served);
    loop_free(live->loop);
    folder_done(&live->folder);
}

static int connect_to(const struct live *live, int type, const char *address,
                      const char *from)
{
    struct sockaddr_storage peer, own;
    struct ip ip;
    CHECK(ip_parse(str_from(address), &ip) == OK);
    socklen_t size = ip_to_sockaddr(ip, live->port, &peer);
    int fd = socket(peer.ss_family, type | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0);
    if (from) {
        CHECK(ip_parse(str_from(from), &ip) == OK);
        CHECK(bind(fd, (const struct sockaddr *)&own, ip_to_sockaddr(ip, 0, &own)) == 0);
    }
    CHECK(connect(fd, (const struct sockaddr *)&peer, size) == 0);
    return fd;
}

int live_udp(const struct live *live, const char *address, const char *from)
{
    return connect_to(live, SOCK_DGRAM, address, from);
}

int live_tcp(const struct live *live, const char *address, const char *from)
{
    return connect_to(live, SOCK_STREAM, address, from);
}

void live_settle(struct live *live)
{
    for (int i = 0; i < SETTLE_TURNS; i++)
        loop_turn(live->loop, 0);
}

void live_pass(struct live *live, int64_t ms)
{
    live->clock.now_ms += ms;
    live_settle(live);
}

/* Turns the loop until the socket is ready; fails the test when that takes too long. */
static void wait_for(struct live *live, int fd, short events)
{
    struct pollfd ready = { .fd = fd, .events = events };
    time_t deadline = time(NULL) + DEADLINE_S;
    while (poll(&ready, 1, 0) == 0) {
        CHECK(time(NULL) < deadline);
        loop_turn(live->loop, 1);
    }
}

void live_send(struct live *live, int fd, struct str bytes)
{
    while (bytes.n > 0) {
        wait_for(live, fd, POLLOUT);
        ssize_t sent = send(fd, bytes.at, bytes.n, MSG_DONTWAIT | MSG_NOSIGNAL);
        CHECK(sent > 0 || errno == EAGAIN);
        if (sent > 0)
            bytes = str_from_at(bytes, (size_t)sent);
    }
}

struct str live_datagram(struct live *live, int fd)
{
    static uint8_t bytes[REPLY_MAX];
    wait_for(live, fd, POLLIN);
    ssize_t n = recv(fd, bytes, sizeof(bytes), 0);
    CHECK(n > 0);
    return str_bytes(bytes, (size_t)n);
}

static void receive(struct live *live, int fd, uint8_t *at, size_t n)
{
    for (size_t done = 0; done < n;) {
        wait_for(live, fd, POLLIN);
        ssize_t got = recv(fd, at + done, n - done, 0);
        CHECK(got > 0);
        done += (size_t)got;
    }
}

struct str live_reply(struct live *live, int fd)
{
    static uint8_t bytes[REPLY_MAX];
    uint8_t length[2];
    receive(live, fd, length, sizeof(length));
    size_t n = (size_t)length[0] << 8 | length[1];
    receive(live, fd, bytes, n);
    return str_bytes(bytes, n);
}

bool live_is_closed(struct live *live, int fd)
{
    uint8_t byte = 0;
    live_settle(live);
    ssize_t got = recv(fd, &byte, 1, MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno == ECONNRESET);
}

struct str live_framed(const struct asked *asked)
{
    static uint8_t frame[2 + QUERY_MAX];
    struct str query = query_write(asked, frame + 2);
    frame[0] = (uint8_t)(query.n >> 8);
    frame[1] = (uint8_t)(query.n & 0xff);
    return str_bytes(frame, query.n + 2);
}
