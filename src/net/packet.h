// SPDX-License-Identifier: GPL-3.0-or-later
/* packet.h - what goes through a local socket; for the files of local.h.
 *
 * A message is one SOCK_SEQPACKET packet:
 *
 *     0  'R' 'V'   magic
 *     2  1         version
 *     3  type      u16, little-endian
 *     5  length    u24, little-endian: the bytes of the body, which follows
 *
 * The kernel keeps the bounds of packets. The length repeats them, so that a packet that was cut or
 * joined with another is noticed. A peer that breaks this gets no reply: the channel closes. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#include "base/str.h"
#include "net/local.h"

enum {
    PACKET_HEAD_SIZE = 8,
    PACKET_VERSION = 1,
    PACKET_MAX = PACKET_HEAD_SIZE + LOCAL_BODY_MAX,
    PACKET_SEND_BUFFER = 2 * PACKET_MAX, /* a whole packet must fit into it */
};

void packet_encode_head(uint16_t type, size_t n, uint8_t head[PACKET_HEAD_SIZE]);
/* Descriptors that go along with a packet. */
struct packet_fds {
    int list[LOCAL_FDS_MAX];
    size_t count;
};
void packet_fds_close(struct packet_fds *fds);
/* Sends a message as one packet; returns what sendmsg() does. `fds` are lent, and may be NULL. */
ssize_t packet_send(int fd, uint16_t type, struct str body, const struct packet_fds *fds);
/* Sends a packet that has its head already. */
ssize_t packet_send_whole(int fd, struct str packet, const struct packet_fds *fds);
/* Receives a packet like recv() with MSG_TRUNC, without waiting. The caller owns the descriptors
 * that came with it, which are close-on-exec. -1 with EPROTO: there were too many descriptors, and
 * they are closed. */
ssize_t packet_receive(int fd, void *at, size_t size, struct packet_fds *fds);
/* Makes a socket; `flags` is 0 or SOCK_NONBLOCK. -1 with errno. */
int packet_socket(int flags);
/* ERR_LIMIT: the path is too long. */
MUST_CHECK enum status packet_address(const char *path, struct sockaddr_un *out,
                                      struct error *err);
/* False with errno. */
bool packet_connect(int fd, const struct sockaddr_un *address);
/* Whether root, our own user or one of `uids` is at the other end. *out gets the peer. */
bool packet_peer_is(int fd, const uid_t *uids, size_t uid_count, struct ucred *out);
