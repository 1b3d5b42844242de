// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/stream.h"

#include <sys/socket.h>

#include "base/file.h"

enum status stream_send(struct local_channel *channel, struct ip ip, int end)
{
    if (local_is_queueing(channel))
        return ERR_BUSY;
    return local_send_fds(channel, STREAM_MESSAGE, ip_bytes(&ip), &end, 1);
}

static bool has_option(int fd, int name, int value)
{
    int got = 0;
    socklen_t size = sizeof(got);
    return getsockopt(fd, SOL_SOCKET, name, &got, &size) == 0 && got == value;
}

/* Anything else, such as a file, could not be waited for. */
enum status stream_take(struct local_channel *channel, uint16_t type, struct str body,
                        int *end_out, struct ip *ip_out)
{
    struct ip ip = { 0 };
    if (type != STREAM_MESSAGE || ip_from_bytes(body, &ip))
        return ERR_SYNTAX;
    CLEANUP(file_closep) int fd = local_take_fd(channel);
    if (fd < 0 || !has_option(fd, SO_DOMAIN, AF_UNIX) ||
        !has_option(fd, SO_TYPE, SOCK_STREAM) || has_option(fd, SO_ACCEPTCONN, 1))
        return ERR_SYNTAX;
    *end_out = fd;
    *ip_out = ip;
    fd = -1;
    return OK;
}
