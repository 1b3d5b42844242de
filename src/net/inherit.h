// SPDX-License-Identifier: GPL-3.0-or-later
/* inherit.h - sockets that this process was started with.
 *
 * The convention is systemd's. LISTEN_FDS is the number of descriptors, which begin at 3.
 * LISTEN_PID is the process that they are for. LISTEN_FDNAMES may name them. Our own parent hands
 * sockets to its roles in the same way, and so does a parent that replaces itself by its next
 * version.
 *
 * Names are for people. The address that a socket is bound to shows what it is for:
 * socket_listen() and socket_bind_udp() take an inherited socket before they make one.
 *
 * Such descriptors belong to the process as a whole, and so does the set. Only one thread may use
 * it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/ip.h"

enum {
    INHERIT_FIRST = 3, /* the first descriptor, by the convention */
    INHERIT_MAX = 256,
    INHERIT_NO_TIME = -1
};

/* The variable "FD:MS": the descriptor to which this process writes its beats for our parent, and
 * the limit in milliseconds (pulse.h). That descriptor is no socket. */
#define INHERIT_PULSE "ROVE_PULSE"

/* Reads the variables and removes them from the environment, so that no child takes them for its
 * own. Call it once, before anything else. */
void inherit_init(void);
/* What INHERIT_PULSE says. */
struct inherit_pulse {
    int fd;
    int64_t limit_ms; /* INHERIT_NO_TIME: the variable has no limit */
};
/* The caller takes the descriptor. fd -1: there is none. */
struct inherit_pulse inherit_take_pulse(void);
/* Parses "FD:MS". Any other text gives fd 0, which cannot be inherited. */
struct inherit_pulse inherit_parse_pulse(struct str text);
/* The number of sockets that are not taken yet. */
size_t inherit_count(void);
/* Adds a socket to the set, which takes it: for a process that binds a socket before it gives up
 * the right to do so. ERR_LIMIT: the set is full, and the socket is closed. */
MUST_CHECK enum status inherit_put(int fd, struct error *err);
/* Takes a socket of `type` that is bound to `ip` and `port` (0: any port). One of SOCK_STREAM has
 * to be listening. The caller owns it; it is close-on-exec and non-blocking. -1: there is none. */
int inherit_take(int type, struct ip ip, uint16_t port);
/* Takes the socket with this number in the same way. -1: it is not in the set. */
int inherit_take_fd(int fd);
/* Closes the sockets that are not taken, and returns how many there were: the configuration does
 * not list their addresses. */
size_t inherit_close_rest(void);
