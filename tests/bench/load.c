// SPDX-License-Identifier: GPL-3.0-or-later
/* load - sends updates and counts the words that come back.
 *
 *     load PORT CONNECTIONS SECONDS HOSTS change|same|fresh [RATE [FIRST]]
 *
 * The service on 127.0.0.1:PORT must have the hosts and tokens of bench_store. "change"
 * sends each time an address that the host never had, "same" always the same one, both over
 * kept-alive connections; "fresh" is "same" with a new connection for each request. RATE is
 * the most requests per second, evenly spread: a reply's time then counts from the moment
 * when its request was due, so that a server that stalls cannot hide it. FIRST is the number
 * of the first host, else 0. Prints one line:
 * replies per second by word, their number, and the times of a reply in microseconds. */
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

#include "base/random.h"
#include "request.h"

enum {
    CONNECTIONS_MAX = 4096,
    REPLY_SIZE = 2048,
    TIMES_MAX = 4000000
};

struct connection {
    int fd;
    int64_t due_us;
    char reply[REPLY_SIZE];
    size_t reply_n;
};

static struct connection connections[CONNECTIONS_MAX];
static uint32_t times_us[TIMES_MAX];
static size_t times, good, nochg, trouble, other;
static uint64_t serial;
static uint64_t hosts, first_host;
static bool changing, fresh;
static struct sockaddr_in to;
static int epoll_fd;
static uint64_t rate;                            /* 0: as fast as replies come */
static int64_t next_due_us;                      /* of the next request, with a rate */
static struct connection *idle[CONNECTIONS_MAX]; /* those that wait for it, a ring */
static size_t idle_first, idle_count;

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
    char storage[BENCH_REQUEST_SIZE];
    uint64_t host = first_host + random_below((uint32_t)hosts);
    struct buf request = BUF_ON(storage);
    bench_request(host, changing ? ++serial : host, "", &request);
    if (request.full ||
        send(connection->fd, request.at, request.n, MSG_NOSIGNAL) != (ssize_t)request.n)
        die("send");
    connection->reply_n = 0;
}

static void open_connection(struct connection *connection)
{
    int one = 1;
    connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection->fd < 0 ||
        connect(connection->fd, (const struct sockaddr *)&to, sizeof(to)))
        die("connect");
    (void)setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = connection };
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, connection->fd, &event))
        die("epoll_ctl");
}

static void start(struct connection *connection, int64_t due_us)
{
    connection->due_us = due_us;
    if (fresh)
        open_connection(connection);
    send_request(connection);
}

/* Sends its next request, now or when it is due. */
static void go_on(struct connection *connection)
{
    if (rate == 0)
        start(connection, now_us());
    else
        idle[(idle_first + idle_count++) % CONNECTIONS_MAX] = connection;
}

static void send_due(void)
{
    int64_t now = now_us();
    while (rate > 0 && idle_count > 0 && next_due_us <= now) {
        struct connection *connection = idle[idle_first];
        idle_first = (idle_first + 1) % CONNECTIONS_MAX;
        idle_count--;
        start(connection, next_due_us);
        next_due_us += 1000000 / (int64_t)rate;
    }
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
        times_us[times++] = (uint32_t)(now_us() - connection->due_us);
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
    if (fresh)
        (void)close(connection->fd);
    return true;
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

static bool read_arguments(int argc, char **argv, uint64_t *count, uint64_t *seconds)
{
    uint64_t port = 0;
    if (argc < 6 || argc > 8 || str_to_u64(str_from(argv[1]), UINT16_MAX, &port) ||
        str_to_u64(str_from(argv[2]), CONNECTIONS_MAX, count) ||
        str_to_u64(str_from(argv[3]), 600, seconds) ||
        str_to_u64(str_from(argv[4]), UINT32_MAX, &hosts) || hosts == 0 ||
        (argc > 6 && (str_to_u64(str_from(argv[6]), 1000000, &rate) || rate == 0)) ||
        (argc > 7 && str_to_u64(str_from(argv[7]), UINT32_MAX, &first_host)))
        return false;
    to = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    changing = strcmp(argv[5], "change") == 0;
    fresh = strcmp(argv[5], "fresh") == 0;
    return changing || fresh || strcmp(argv[5], "same") == 0;
}

/* Until the next request is due, or a reply comes. Finer than milliseconds, so that the load
 * neither spins nor comes in bursts. */
static struct timespec wait_time(void)
{
    int64_t left_us = 100000;
    if (rate > 0 && idle_count > 0)
        left_us = next_due_us - now_us();
    if (left_us < 0)
        left_us = 0;
    return (struct timespec){ .tv_sec = left_us / 1000000,
                              .tv_nsec = left_us % 1000000 * 1000 };
}

static void run_until(int64_t end_us)
{
    while (now_us() < end_us) {
        struct epoll_event events[256];
        send_due();
        const struct timespec wait = wait_time();
        int n = epoll_pwait2(epoll_fd, events, LENGTH_OF(events), &wait, NULL);
        for (int i = 0; i < n; i++)
            if (receive((struct connection *)events[i].data.ptr))
                go_on((struct connection *)events[i].data.ptr);
    }
}

int main(int argc, char **argv)
{
    uint64_t count = 0, seconds = 0;
    if (!read_arguments(argc, argv, &count, &seconds)) {
        (void)fprintf(stderr, "usage: load PORT CONNECTIONS SECONDS HOSTS "
                              "change|same|fresh [RATE [FIRST]]\n");
        return 2;
    }
    random_init();
    serial = (uint64_t)time(NULL) << 8; /* other addresses than the run before */
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    int64_t start_us = now_us();
    next_due_us = start_us;
    for (size_t i = 0; i < count; i++) {
        if (!fresh)
            open_connection(&connections[i]);
        go_on(&connections[i]);
    }
    run_until(start_us + (int64_t)seconds * 1000000);
    double took = (double)(now_us() - start_us) / 1e6;
    qsort(times_us, times, sizeof(times_us[0]), by_value);
    (void)printf("good %.0f/s nochg %.0f/s 911 %.0f/s other %.0f/s replies %zu "
                 "p50 %u us p99 %u us\n",
                 (double)good / took, (double)nochg / took, (double)trouble / took,
                 (double)other / took, good + nochg + trouble + other, percentile(0.5),
                 percentile(0.99));
    return other ? 1 : 0;
}
