// SPDX-License-Identifier: GPL-3.0-or-later
/* socket.h - sockets made right: close-on-exec, non-blocking, one address family each. What
 * was inherited with the wanted address (inherit.h) is taken instead of a new one. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/ip.h"

/* A listening TCP socket. IPv6 sockets take IPv6 only. Port 0 lets the system choose;
 * *port_out (may be NULL) tells. ERR_BUSY: in use. ERR_DENIED: privileged port. ERR_IO. */
MUST_CHECK enum status socket_listen(struct ip ip, uint16_t port, int *fd_out,
                                     uint16_t *port_out, struct error *err);
/* A bound UDP socket, with SO_REUSEPORT when `shared`. If `ip` is all zeros, each datagram
 * comes with the address that it was sent to (IP_PKTINFO, IPV6_RECVPKTINFO); otherwise that is
 * known, and what is sent leaves from it. */
MUST_CHECK enum status socket_bind_udp(struct ip ip, uint16_t port, bool shared,
                                       int *fd_out, uint16_t *port_out,
                                       struct error *err);
/* The same, but only one that was inherited. ERR_NOT_FOUND: there is none (any more). */
MUST_CHECK enum status socket_take_udp(struct ip ip, uint16_t port, int *fd_out);
/* A UDP socket of the system's choosing that sends to and hears from this address alone. */
MUST_CHECK enum status socket_connect_udp(struct ip ip, uint16_t port, int *fd_out,
                                          struct error *err);
/* The same over TCP; the connection may still be on its way: it is there when the socket can
 * be written to without an error. */
MUST_CHECK enum status socket_connect_tcp(struct ip ip, uint16_t port, int *fd_out,
                                          struct error *err);
/* accept4() of the next connection; *port_out may be NULL. ERR_NOT_FOUND: none waits.
 * ERR_BUSY: out of descriptors or memory; the listener stays readable, so its owner has to
 * stop watching it for a while. */
MUST_CHECK enum status socket_accept(int listener, int *fd_out, struct ip *ip_out,
                                     uint16_t *port_out);
