// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/packet.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fault.h"
#include "base/file.h"
#include "net/local.h"

void packet_encode_head(uint16_t type, size_t n, uint8_t head[PACKET_HEAD_SIZE])
{
    head[0] = 'R';
    head[1] = 'V';
    head[2] = PACKET_VERSION;
    head[3] = (uint8_t)(type & 0xff);
    head[4] = (uint8_t)(type >> 8);
    head[5] = (uint8_t)(n & 0xff);
    head[6] = (uint8_t)(n >> 8 & 0xff);
    head[7] = (uint8_t)(n >> 16 & 0xff);
}

enum status local_decode(struct str packet, uint16_t *type_out, struct str *body_out)
{
    if (packet.n < PACKET_HEAD_SIZE || packet.n > PACKET_MAX)
        return ERR_SYNTAX;
    uint8_t head[PACKET_HEAD_SIZE];
    memcpy(head, packet.at, PACKET_HEAD_SIZE);
    if (head[0] != 'R' || head[1] != 'V' || head[2] != PACKET_VERSION)
        return ERR_SYNTAX;
    size_t n = (size_t)head[5] | (size_t)head[6] << 8 | (size_t)head[7] << 16;
    if (n != packet.n - PACKET_HEAD_SIZE)
        return ERR_SYNTAX;
    *type_out = (uint16_t)(head[3] | head[4] << 8);
    *body_out = str_from_at(packet, PACKET_HEAD_SIZE);
    return OK;
}

void packet_fds_close(struct packet_fds *fds)
{
    while (fds->count > 0)
        file_close(fds->list[--fds->count]);
}

/* Room for the descriptors of one packet, in the kernel's format. */
struct control {
    _Alignas(struct cmsghdr) uint8_t at[CMSG_SPACE(sizeof(int[LOCAL_FDS_MAX]))];
};

static ssize_t send_parts(int fd, struct iovec *parts, size_t count,
                          const struct packet_fds *fds)
{
    struct msghdr message = { .msg_iov = parts, .msg_iovlen = count };
    struct control control = { .at = { 0 } };
    if (fds && fds->count > 0) {
        size_t n = fds->count * sizeof(int);
        message.msg_control = control.at;
        message.msg_controllen = CMSG_SPACE(n);
        struct cmsghdr *head = CMSG_FIRSTHDR(&message);
        assert(head);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(n);
        memcpy(CMSG_DATA(head), fds->list, n);
    }
    return sendmsg(fd, &message, MSG_NOSIGNAL);
}

ssize_t packet_send(int fd, uint16_t type, struct str body, const struct packet_fds *fds)
{
    if (fault_hit("local.send")) {
        errno = ECONNRESET;
        return -1;
    }
    uint8_t head[PACKET_HEAD_SIZE];
    packet_encode_head(type, body.n, head);
    struct iovec parts[] = {
        { .iov_base = head, .iov_len = sizeof(head) },
        { .iov_base = (void *)(uintptr_t)body.at, .iov_len = body.n },
    };
    return send_parts(fd, parts, LENGTH_OF(parts), fds);
}

ssize_t packet_send_whole(int fd, struct str packet, const struct packet_fds *fds)
{
    struct iovec part = { .iov_base = (void *)(uintptr_t)packet.at, .iov_len = packet.n };
    return send_parts(fd, &part, 1, fds);
}

ssize_t packet_receive(int fd, void *at, size_t size, struct packet_fds *fds)
{
    struct control control;
    struct iovec part = { .iov_base = at, .iov_len = size };
    struct msghdr message = { .msg_iov = &part,
                              .msg_iovlen = 1,
                              .msg_control = control.at,
                              .msg_controllen = sizeof(control.at) };
    fds->count = 0;
    ssize_t n = recvmsg(fd, &message, MSG_TRUNC | MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    const struct cmsghdr *head = n < 0 ? NULL : CMSG_FIRSTHDR(&message);
    if (head && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS) {
        fds->count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        memcpy(fds->list, CMSG_DATA(head), fds->count * sizeof(int));
    }
    if (n < 0 || !(message.msg_flags & MSG_CTRUNC))
        return n;
    packet_fds_close(fds);
    errno = EPROTO;
    return -1;
}

int packet_socket(int flags)
{
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | flags, 0);
    int size = PACKET_SEND_BUFFER;
    if (fd >= 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    return fd;
}

enum status packet_address(const char *path, struct sockaddr_un *out, struct error *err)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    struct buf text = BUF_ON(address.sun_path);
    buf_put_text(&text, path);
    (void)buf_text(&text);
    if (text.full)
        return FAIL(err, ERR_LIMIT, "%s: the path of a socket is too long", path);
    *out = address;
    return OK;
}

bool packet_connect(int fd, const struct sockaddr_un *address)
{
    return connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0;
}

bool packet_peer_is(int fd, const uid_t *uids, size_t uid_count, struct ucred *out)
{
    struct ucred peer = { 0 };
    socklen_t size = sizeof(peer);
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size))
        return false;
    *out = peer;
    if (peer.uid == 0 || peer.uid == geteuid())
        return true;
    for (size_t i = 0; i < uid_count; i++)
        if (uids[i] == peer.uid)
            return true;
    return false;
}
