// SPDX-License-Identifier: GPL-3.0-or-later
/* floor - what any DNS server over UDP has to do and nothing else: waits, takes a batch,
 * gives each the same reply under the asker's id, from the address that was asked.
 *
 *     floor ADDRESS BATCH    prints its port, and runs until it is ended
 *
 * The batch is the answer role's, or 1. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum {
    BATCH_MAX = 64,
    BATCHES_PER_EVENT = 8,
    QUERY_SIZE = 4096,
    REPLY_SIZE = 88, /* an AAAA record's, with OPT */
    ID_SIZE = 2,
    CONTROL_SIZE = CMSG_SPACE(sizeof(struct in_pktinfo)),
    EVENTS = 16,
};

static struct mmsghdr in[BATCH_MAX], out[BATCH_MAX];
static struct iovec in_data[BATCH_MAX], out_data[BATCH_MAX];
static struct sockaddr_storage from[BATCH_MAX];
static _Alignas(struct cmsghdr) uint8_t control[BATCH_MAX][CONTROL_SIZE];
static uint8_t queries[BATCH_MAX][QUERY_SIZE], replies[BATCH_MAX][REPLY_SIZE];

static void make_ready(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        in_data[i] = (struct iovec){ queries[i], QUERY_SIZE };
        out_data[i] = (struct iovec){ replies[i], REPLY_SIZE };
        in[i].msg_hdr = (struct msghdr){ .msg_name = &from[i],
                                         .msg_namelen = sizeof(from[i]),
                                         .msg_iov = &in_data[i],
                                         .msg_iovlen = 1,
                                         .msg_control = control[i],
                                         .msg_controllen = CONTROL_SIZE };
    }
}

static void answer_one(size_t i)
{
    /* A response without an error and with one answer. */
    static const uint8_t header[] = { 0, 0, 0x84, 0, 0, 1, 0, 1 };
    memcpy(replies[i], header, sizeof(header));
    memcpy(replies[i], queries[i], ID_SIZE);
    struct cmsghdr *first = CMSG_FIRSTHDR(&in[i].msg_hdr);
    if (first)
        ((struct in_pktinfo *)(void *)CMSG_DATA(first))->ipi_ifindex = 0;
    out[i].msg_hdr = in[i].msg_hdr;
    out[i].msg_hdr.msg_iov = &out_data[i];
    out[i].msg_hdr.msg_flags = 0;
}

static void serve(int fd, unsigned batch)
{
    for (int round = 0; round < BATCHES_PER_EVENT; round++) {
        int received = recvmmsg(fd, in, batch, 0, NULL);
        if (received <= 0)
            return;
        for (size_t i = 0; i < (size_t)received; i++)
            answer_one(i);
        (void)sendmmsg(fd, out, (unsigned)received, 0);
        make_ready((size_t)received);
        if ((unsigned)received < batch)
            return;
    }
}

static int open_socket(const char *address)
{
    struct sockaddr_in at = { .sin_family = AF_INET };
    socklen_t n = sizeof(at);
    int on = 1;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (inet_pton(AF_INET, address, &at.sin_addr) != 1 || fd < 0 ||
        setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on)) ||
        bind(fd, (struct sockaddr *)&at, n) ||
        getsockname(fd, (struct sockaddr *)&at, &n)) {
        perror("floor");
        exit(1);
    }
    (void)printf("%u\n", (unsigned)ntohs(at.sin_port));
    (void)fflush(stdout);
    return fd;
}

int main(int argc, char **argv)
{
    long batch =
        argc == 3 ? strtol(argv[2], NULL, 10) : 0; // NOLINT: a tool for ourselves
    if (batch < 1 || batch > BATCH_MAX) {
        (void)fprintf(stderr, "usage: floor ADDRESS BATCH\n");
        return 2;
    }
    int fd = open_socket(argv[1]), poll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = { .events = EPOLLIN }, events[EVENTS];
    if (poll < 0 || epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event))
        return 1;
    make_ready(BATCH_MAX);
    while (epoll_wait(poll, events, EVENTS, -1) >= 0 || errno == EINTR)
        serve(fd, (unsigned)batch);
    return 1;
}
