// SPDX-License-Identifier: GPL-3.0-or-later
/* packet.h - what goes through a local socket; for local.c and local_call.c.
 *
 * A message is one SOCK_SEQPACKET packet:
 *
 *     0  'R' 'V'   magic
 *     2  1         version
 *     3  type      u16, little-endian
 *     5  length    u24, little-endian: the bytes of the body, which follows
 *
 * The kernel keeps the bounds; the length says it once more, so that a cut or glued packet
 * is noticed. Nothing is answered to a peer that breaks this: the channel closes. */
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
    PACKET_SEND_BUFFER = 2 * PACKET_MAX, /* a packet must fit the send buffer whole */
};

void packet_encode_head(uint16_t type, size_t n, uint8_t head[PACKET_HEAD_SIZE]);
/* Descriptors that go along with a packet. */
struct packet_fds {
    int list[LOCAL_FDS_MAX];
    size_t count;
};
void packet_fds_close(struct packet_fds *fds);
/* As sendmsg(), of one packet; `fds` are lent and may be NULL. */
ssize_t packet_send(int fd, uint16_t type, struct str body, const struct packet_fds *fds);
/* The same of a whole packet. */
ssize_t packet_send_whole(int fd, struct str packet, const struct packet_fds *fds);
/* As recv() with MSG_TRUNC, without waiting. The descriptors that came along are the caller's,
 * close-on-exec. -1 with EPROTO: there were more than fit; they are closed. */
ssize_t packet_receive(int fd, void *at, size_t size, struct packet_fds *fds);
/* As socket(); `flags` as SOCK_NONBLOCK. */
int packet_socket(int flags);
/* ERR_LIMIT: the path is too long. */
MUST_CHECK enum status packet_address(const char *path, struct sockaddr_un *out,
                                      struct error *err);
/* False with errno. */
bool packet_connect(int fd, const struct sockaddr_un *address);
/* Whether root, our own user or one of `uids` is at the other end; *out tells who. */
bool packet_peer_is(int fd, const uid_t *uids, size_t uid_count, struct ucred *out);
