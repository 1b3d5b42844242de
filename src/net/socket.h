// SPDX-License-Identifier: GPL-3.0-or-later
/* socket.h - TCP and UDP sockets. Each is close-on-exec and non-blocking, and has one address
 * family. An inherited socket that has the address (inherit.h) is taken instead of a new one. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/ip.h"

/* Makes a listening TCP socket. IPv6 sockets take IPv6 only. Port 0: the system chooses a port,
 * which *port_out gets (may be NULL). ERR_BUSY: the address is in use. ERR_DENIED: the port is
 * privileged. ERR_IO. */
MUST_CHECK enum status socket_listen(struct ip ip, uint16_t port, int *fd_out,
                                     uint16_t *port_out, struct error *err);
/* Makes a bound UDP socket, with SO_REUSEPORT if `shared`. If `ip` is all zeros, each datagram
 * comes with its destination address (IP_PKTINFO, IPV6_RECVPKTINFO). Otherwise that is `ip`, which
 * is also the source of what is sent. Errors as socket_listen(). */
MUST_CHECK enum status socket_bind_udp(struct ip ip, uint16_t port, bool shared,
                                       int *fd_out, uint16_t *port_out,
                                       struct error *err);
/* Only takes an inherited UDP socket. ERR_NOT_FOUND: there is none, or none is left. */
MUST_CHECK enum status socket_take_udp(struct ip ip, uint16_t port, int *fd_out);
/* Makes a UDP socket on a port that the system chooses. It sends to this address and receives from
 * no other. ERR_DENIED, ERR_IO. */
MUST_CHECK enum status socket_connect_udp(struct ip ip, uint16_t port, int *fd_out,
                                          struct error *err);
/* Makes a TCP socket and begins to connect it. It is connected when it becomes writable without an
 * error. ERR_DENIED, ERR_IO. */
MUST_CHECK enum status socket_connect_tcp(struct ip ip, uint16_t port, int *fd_out,
                                          struct error *err);
/* Accepts the next connection; *port_out may be NULL. ERR_NOT_FOUND: none waits. ERR_BUSY: the
 * system is out of descriptors or memory. Then the listener stays readable, so its owner has to
 * stop watching it for a while. */
MUST_CHECK enum status socket_accept(int listener, int *fd_out, struct ip *ip_out,
                                     uint16_t *port_out);
