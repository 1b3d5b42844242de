// SPDX-License-Identifier: GPL-3.0-or-later
#include "answer/udp.h"

#include "base/fault.h"
#include "base/file.h"
#include "base/ip.h"
#include "base/mem.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum {
    BATCH = ANSWER_BATCH,
    BATCHES_PER_EVENT = 8, /* then the loop's other events get their turn */
    QUERY_SIZE = 4096,     /* a longer query is cut, and so refused as broken */
    /* The only message switched on. */
    CONTROL_SIZE = CMSG_SPACE(sizeof(struct in6_pktinfo)),
};

struct answer_udp {
    struct loop *loop;
    struct watch watch;
    int fd;
    struct answer *answer;
    struct served_image *served;
    struct mmsghdr in[BATCH], out[BATCH];
    struct iovec in_data[BATCH], out_data[BATCH];
    struct sockaddr_storage from[BATCH];
    _Alignas(struct cmsghdr) uint8_t control[BATCH][CONTROL_SIZE];
    uint8_t queries[BATCH][QUERY_SIZE], replies[BATCH][MESSAGE_UDP_EDNS];
};

/* Prepares messages for recvmmsg(): the kernel has replaced our sizes and flags by its own. */
static void make_ready(struct answer_udp *udp, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        udp->in_data[i] = (struct iovec){ udp->queries[i], QUERY_SIZE };
        udp->in[i].msg_hdr = (struct msghdr){ .msg_name = &udp->from[i],
                                              .msg_namelen = sizeof(udp->from[i]),
                                              .msg_iov = &udp->in_data[i],
                                              .msg_iovlen = 1,
                                              .msg_control = udp->control[i],
                                              .msg_controllen = CONTROL_SIZE };
    }
}

/* The received control message has the address that was asked; sent back, it makes the reply come
 * from that address. Routing chooses the interface, except for link-local addresses, which need
 * it. */
static void forget_interface(struct msghdr *message)
{
    struct cmsghdr *control = CMSG_FIRSTHDR(message);
    if (!control)
        return;
    if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO) {
        struct in_pktinfo *info = (struct in_pktinfo *)(void *)CMSG_DATA(control);
        info->ipi_ifindex = 0;
    }
    if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO) {
        struct in6_pktinfo *info = (struct in6_pktinfo *)(void *)CMSG_DATA(control);
        if (!IN6_IS_ADDR_LINKLOCAL(&info->ipi6_addr))
            info->ipi6_ifindex = 0;
    }
}

/* Puts the reply to query `i` at position `at` of the batch that is sent. False: there is no
 * reply. */
static bool answer_one(struct answer_udp *udp, int64_t now_s, size_t i, size_t at)
{
    uint16_t port = 0;
    struct ip client = ip_from_sockaddr(&udp->from[i], &port);
    if (port == 0)
        return false;
    struct answer_job job = { .transport = ANSWER_UDP,
                              .query = udp->queries[i],
                              .query_n = udp->in[i].msg_len,
                              .reply = udp->replies[at],
                              .client = client,
                              .now_s = now_s,
                              .now_ms = loop_now_ms(udp->loop) };
    struct served_look look;
    size_t n = 0;
    served_image_begin(udp->served, &look);
    do {
        n = answer_query(udp->answer, look.image, &job);
        job.again = true;
    } while (served_image_again(udp->served, &look));
    if (n == 0)
        return false;
    udp->out_data[at] = (struct iovec){ udp->replies[at], n };
    udp->out[at].msg_hdr = udp->in[i].msg_hdr;
    udp->out[at].msg_hdr.msg_iov = &udp->out_data[at];
    udp->out[at].msg_hdr.msg_flags = 0;
    forget_interface(&udp->out[at].msg_hdr);
    return true;
}

static void prefetch(struct answer_udp *udp, size_t count)
{
    struct str queries[BATCH];
    /* What is fetched is not used, so torn bytes do not matter. */
    struct served_look look;
    served_image_begin(udp->served, &look);
    for (size_t i = 0; i < count; i++)
        queries[i] = str_bytes(udp->queries[i], udp->in[i].msg_len);
    if (count > 1)
        answer_prefetch(udp->answer, look.image, queries, count);
}

static int send_some(struct answer_udp *udp, size_t from, size_t count)
{
    if (fault_hit("udp.send")) {
        errno = EPERM;
        return -1;
    }
    return sendmmsg(udp->fd, udp->out + from, (unsigned)(count - from), 0);
}

/* Sends the replies. One that cannot be sent now is lost, as may happen over UDP. */
static void send_replies(struct answer_udp *udp, size_t count)
{
    for (size_t done = 0; done < count;) {
        int sent = send_some(udp, done, count);
        if (sent > 0)
            done += (size_t)sent;
        else if (errno == EAGAIN)
            return;
        else if (errno != EINTR)
            done++; /* this reply cannot be delivered */
    }
}

static void on_readable(void *ctx, uint32_t events)
{
    struct answer_udp *udp = (struct answer_udp *)ctx;
    (void)events;
    for (int round = 0; round < BATCHES_PER_EVENT; round++) {
        int received = recvmmsg(udp->fd, udp->in, BATCH, 0, NULL);
        if (received <= 0)
            return;
        prefetch(udp, (size_t)received);
        int64_t now_s = clock_wall_s(loop_clock(udp->loop));
        size_t count = 0;
        for (size_t i = 0; i < (size_t)received; i++)
            count += answer_one(udp, now_s, i, count);
        send_replies(udp, count);
        answer_flush(udp->answer);
        make_ready(udp, (size_t)received);
        if (received < BATCH)
            return;
    }
}

struct answer_udp *answer_udp_new(struct loop *loop, int fd, struct answer *answer,
                                  struct served_image *served)
{
    struct answer_udp *udp = NEW(struct answer_udp);
    udp->loop = loop;
    udp->fd = fd;
    udp->answer = answer;
    udp->served = served;
    make_ready(udp, BATCH);
    watch_start(&udp->watch, loop, fd, EPOLLIN, on_readable, udp);
    return udp;
}

void answer_udp_free(struct answer_udp *udp)
{
    if (!udp)
        return;
    watch_stop(&udp->watch);
    file_close(udp->fd);
    mem_free(udp);
}
