// SPDX-License-Identifier: GPL-3.0-or-later
/* stream.h - a client's connection on its way from one role to another: one end of a pair of local
 * sockets, and the address of the client, as one message (local.h). */
#pragma once

#include "base/ip.h"
#include "net/local.h"

enum {
    STREAM_MESSAGE = 1 /* its type; the body is the address, of 4 or 16 bytes */
};

/* Sends `end`, which stays the caller's. ERR_BUSY: the peer takes nothing at the moment, and an end
 * waits for it already; more would hold descriptors without a bound. Else as local_send(). */
MUST_CHECK enum status stream_send(struct local_channel *channel, struct ip ip, int end);
/* During `message` of local_events: the end, which the caller takes, and the address.
 * ERR_SYNTAX: it is no such message, or brings no connected local socket of bytes. */
MUST_CHECK enum status stream_take(struct local_channel *channel, uint16_t type,
                                   struct str body, int *end_out, struct ip *ip_out);
