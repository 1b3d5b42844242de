// SPDX-License-Identifier: GPL-3.0-or-later
/* load - sends updates over kept-alive connections and counts the words that come back.
 *
 *     load PORT CONNECTIONS SECONDS HOSTS change|same
 *
 * The service on 127.0.0.1:PORT must have the hosts and tokens of bench_store. "change"
 * sends each time an address that the host never had, "same" always the same one. Prints
 * one line: replies per second by word, and the times of a reply in microseconds. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include "base/buf.h"
#include "base/random.h"
#include "secret.h"

enum {
    CONNECTIONS_MAX = 4096,
    REQUEST_SIZE = 1024,
    REPLY_SIZE = 2048,
    TIMES_MAX = 4000000
};

struct connection {
    int fd;
    int64_t sent_us;
    char reply[REPLY_SIZE];
    size_t reply_n;
};

static struct connection connections[CONNECTIONS_MAX];
static uint32_t times_us[TIMES_MAX];
static size_t times, good, nochg, trouble, other;
static uint64_t serial;
static uint64_t hosts;
static bool changing;

static int64_t now_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void send_request(struct connection *connection)
{
    char secret[32], plain[64], basic[128], storage[REQUEST_SIZE];
    uint64_t host = random_below((uint32_t)hosts);
    uint64_t address = changing ? ++serial : host;
    bench_secret(host, secret);
    (void)snprintf(plain, sizeof(plain), "u:%s", secret);
    sodium_bin2base64(basic, sizeof(basic), (const unsigned char *)plain, strlen(plain),
                      sodium_base64_VARIANT_ORIGINAL);
    struct buf request = BUF_ON(storage);
    buf_printf(
        &request,
        "GET /nic/update?hostname=h%07llu.dyn.example.org&myip=2001:db8:%llx:%llx::1 "
        "HTTP/1.1\r\nHost: ddns.example.org\r\nAuthorization: Basic %s\r\n"
        "User-Agent: load/1\r\n\r\n",
        (unsigned long long)host, (unsigned long long)(address >> 16 & 0xffff),
        (unsigned long long)(address & 0xffff), basic);
    if (request.full ||
        send(connection->fd, request.at, request.n, MSG_NOSIGNAL) != (ssize_t)request.n)
        die("send");
    connection->sent_us = now_us();
    connection->reply_n = 0;
}

static void count_reply(const struct connection *connection, const char *body)
{
    if (strncmp(body, "good ", 5) == 0)
        good++;
    else if (strncmp(body, "nochg ", 6) == 0)
        nochg++;
    else if (strncmp(body, "911", 3) == 0)
        trouble++;
    else
        other++;
    if (times < TIMES_MAX)
        times_us[times++] = (uint32_t)(now_us() - connection->sent_us);
}

/* True when a whole reply came. */
static bool receive(struct connection *connection)
{
    ssize_t n = recv(connection->fd, connection->reply + connection->reply_n,
                     REPLY_SIZE - 1 - connection->reply_n, MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN))
        die("recv");
    if (n < 0)
        return false;
    connection->reply_n += (size_t)n;
    connection->reply[connection->reply_n] = 0;
    const char *end = strstr(connection->reply, "\r\n\r\n");
    if (!end || connection->reply[connection->reply_n - 1] != '\n' || end[4] == 0)
        return false;
    count_reply(connection, end + 4);
    return true;
}

static void open_all(size_t count, uint16_t port, int epoll)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (size_t i = 0; i < count; i++) {
        int one = 1;
        connections[i].fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connections[i].fd < 0 ||
            connect(connections[i].fd, (const struct sockaddr *)&to, sizeof(to)))
            die("connect");
        (void)setsockopt(connections[i].fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        struct epoll_event event = { .events = EPOLLIN, .data.ptr = &connections[i] };
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, connections[i].fd, &event))
            die("epoll_ctl");
        send_request(&connections[i]);
    }
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = 0, y = 0;
    memcpy(&x, a, sizeof(x));
    memcpy(&y, b, sizeof(y));
    return x < y ? -1 : x > y;
}

static uint32_t percentile(double part)
{
    return times ? times_us[(size_t)((double)(times - 1) * part)] : 0;
}

int main(int argc, char **argv)
{
    uint64_t port = 0, count = 0, seconds = 0;
    if (argc != 6 || str_to_u64(str_from(argv[1]), UINT16_MAX, &port) ||
        str_to_u64(str_from(argv[2]), CONNECTIONS_MAX, &count) ||
        str_to_u64(str_from(argv[3]), 600, &seconds) ||
        str_to_u64(str_from(argv[4]), UINT32_MAX, &hosts) || hosts == 0) {
        (void)fprintf(stderr, "usage: load PORT CONNECTIONS SECONDS HOSTS change|same\n");
        return 2;
    }
    random_init();
    changing = strcmp(argv[5], "change") == 0;
    serial = (uint64_t)time(NULL) << 8; /* other addresses than the run before */
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    int64_t start = now_us();
    int64_t end = start + (int64_t)seconds * 1000000;
    open_all(count, (uint16_t)port, epoll);
    while (now_us() < end) {
        struct epoll_event events[256];
        int n = epoll_wait(epoll, events, 256, 100);
        for (int i = 0; i < n; i++)
            if (receive((struct connection *)events[i].data.ptr))
                send_request((struct connection *)events[i].data.ptr);
    }
    double took = (double)(now_us() - start) / 1e6;
    qsort(times_us, times, sizeof(times_us[0]), by_value);
    (void)printf("good %.0f/s nochg %.0f/s 911 %.0f/s other %.0f/s p50 %u us p99 %u us\n",
                 (double)good / took, (double)nochg / took, (double)trouble / took,
                 (double)other / took, percentile(0.5), percentile(0.99));
    return other ? 1 : 0;
}
