// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/packet.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/fault.h"
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

ssize_t packet_send(int fd, uint16_t type, struct str body)
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
    struct msghdr message = { .msg_iov = parts, .msg_iovlen = LENGTH_OF(parts) };
    return sendmsg(fd, &message, MSG_NOSIGNAL);
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
