// SPDX-License-Identifier: GPL-3.0-or-later
/* inherit.h - sockets that whoever started us has bound already.
 *
 * The convention is systemd's: LISTEN_FDS descriptors from 3 on, for the process LISTEN_PID,
 * perhaps with names in LISTEN_FDNAMES. Our own parent gives its roles their sockets in the
 * same way, and so does a parent that replaces itself by its next version.
 *
 * Names are for people. What a socket is for is told by the address that it is bound to:
 * socket_listen() and socket_bind_udp() take one from here before they make one.
 *
 * Such descriptors belong to the process as a whole; so does the set, and it is for one
 * thread. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/ip.h"

enum {
    INHERIT_FIRST = 3, /* the first descriptor, by the convention */
    INHERIT_MAX = 256,
    INHERIT_NO_TIME = -1
};

/* "FD:MS" tells which of the descriptors is no socket but the way to show our parent that we get
 * on, and within how many milliseconds: pulse.h. */
#define INHERIT_PULSE "ROVE_PULSE"

/* Reads the variables and removes them from the environment, so that no child takes them for
 * its own. To be called first thing, once. */
void inherit_init(void);
/* The descriptor of INHERIT_PULSE, which the caller takes, and the time that comes with it
 * (INHERIT_NO_TIME: not told). fd -1: none. */
struct inherit_pulse {
    int fd;
    int64_t limit_ms;
};
struct inherit_pulse inherit_take_pulse(void);
/* Reads such a "FD:MS"; what is none gives fd 0, which is no descriptor that could be inherited. */
struct inherit_pulse inherit_parse_pulse(struct str text);
/* How many there are that nobody has taken. */
size_t inherit_count(void);
/* Adds a socket to the set, which takes it: for a process that binds before it gives up the
 * right to. ERR_LIMIT: too many; the socket is closed then. */
MUST_CHECK enum status inherit_put(int fd, struct error *err);
/* A socket of `type` (SOCK_STREAM: listening) that is bound to `ip` and `port` (0: any port),
 * close-on-exec and non-blocking; the caller takes it. -1: none. */
int inherit_take(int type, struct ip ip, uint16_t port);
/* The same for one whose number is known. -1: it is not among them. */
int inherit_take_fd(int fd);
/* Closes what nobody has taken, and returns how many these were: the configuration does not
 * know their addresses. */
size_t inherit_close_rest(void);
