// SPDX-License-Identifier: GPL-3.0-or-later
/* relay.h - TLS connections of one thread: accept, end TLS, and hand the clear stream to front.
 *
 * front gets one end of a pair of sockets with the client's address, by a message over its local
 * socket, once the first clear bytes are there, which stand in the pair already. From then on
 * front's deadlines and limits hold, and the relay only carries bytes. Until then it has its
 * own: from "accepted" to the first clear bytes 10 s, absolute; at most so many connections of a
 * source (an IPv4 address or an IPv6 /64) that have not come so far, and at most so many in all;
 * where there are more, the one that waits longest gives way. While front is away a connection
 * waits for 10 s, then it is closed. A peer that does not take what is for it is closed after 10
 * s; one that was told the end is read for 2 s or 256 kB more.
 *
 * A relay that is a proxy peer has to begin each connection with a PROXY head (net/proxy.h).
 *
 * A connection holds no buffers, but for what its peer or front does not take at once: at most
 * SESSION_OUT_SIZE towards the client and SESSION_CLEAR_SIZE towards front, and then nothing
 * more is read from the other side. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/ip.h"
#include "net/loop.h"
#include "tls/session.h"

struct relay;

struct relay_options {
    const char *front;       /* the path of front's socket */
    const uid_t *front_uids; /* users that front may have, beside root and our own */
    size_t front_uid_count;
    size_t connections_max;        /* 0: 4096 */
    size_t connections_per_source; /* 0: 256 */
    /* 0: 10000, 10000, 10000, 2000; for tests. */
    int64_t hello_ms, front_ms, transfer_ms, linger_ms;
    /* Lent, also later. */
    const struct prefix *proxy_peers;
    size_t proxy_peer_count;
};

struct relay_counters {
    uint64_t accepted;
    uint64_t handshakes, resumed, by_13; /* of the first, so many */
    uint64_t failed;                     /* handshakes that could not be ended */
    uint64_t refused;                    /* for a limit, or without a certificate */
    uint64_t overdue;                    /* for a deadline before the first clear bytes */
    uint64_t unheard;                    /* front did not come back in time */
};

struct relay *relay_new(struct loop *loop, const struct relay_options *options);
/* Closes all connections. */
void relay_free(struct relay *relay);
CLEANER(relay_free, struct relay *)

/* Certificates and keys of tickets for handshakes from now on; lent. NULL site: connections are
 * closed at once. */
void relay_use(struct relay *relay, const struct site *site,
               const struct ticket_keys *keys);
/* Takes over limits of a source and proxy peers. */
void relay_change(struct relay *relay, const struct relay_options *options);
/* Accepts from a listening socket, which other threads may do, too; it stays the caller's. */
void relay_listen(struct relay *relay, int fd);
/* Accepts no more. Connections end when front has answered what it has of them. */
void relay_drain(struct relay *relay);

size_t relay_connections(const struct relay *relay);
const struct relay_counters *relay_counters(const struct relay *relay);
