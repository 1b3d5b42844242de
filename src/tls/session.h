// SPDX-License-Identifier: GPL-3.0-or-later
/* session.h - the server's side of one TLS connection, without any socket: the door to OpenSSL.
 *
 * Bytes of the peer go in, clear ones come out, and what is to be sent to the peer. Nothing that
 * was read waits inside, but for a record that is not whole. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "tls/site.h"
#include "tls/ticket.h"

enum {
    SESSION_RECORD = 16 * 1024, /* the longest, in clear */
    /* What one call gives at most, for `in` of one record: the end of one record and another. */
    SESSION_CLEAR_SIZE = 3 * SESSION_RECORD,
    SESSION_OUT_SIZE = 8 * SESSION_RECORD, /* also of a handshake with a long chain */
};

/* For a main, before anything else of this room: OpenSSL gets ready, and reads no configuration of
 * the system. */
void session_library_init(void);

/* What OpenSSL asks during a handshake: which name, which protocol, which key of tickets. For
 * site_new(); the sessions of the context have to be of this header. */
void session_prepare(struct ssl_ctx_st *context);

/* What the sessions of one thread have in common. */
struct session_host;
struct session_host *session_host_new(void);
void session_host_free(struct session_host *host);
/* For handshakes from now on; both are lent. NULL site: none can begin. */
void session_host_use(struct session_host *host, const struct site *site,
                      const struct ticket_keys *keys);

struct session;
/* NULL: there is no site, or no memory for it. */
struct session *session_new(struct session_host *host);
void session_free(struct session *session);

enum session_state {
    SESSION_BEGUN, /* the handshake goes on */
    SESSION_OPEN,
    SESSION_ENDED,  /* the peer sends no more */
    SESSION_FAILED, /* what `out` has is the last word */
};
/* Takes bytes of the peer, of one record at most. `clear` and `out` have room for the sizes above
 * beyond what is there already. */
enum session_state session_read(struct session *session, struct str in, struct buf *clear,
                                struct buf *out);
/* At most SESSION_RECORD bytes for the peer, when the session is open. False: it has failed. */
bool session_write(struct session *session, struct str clear, struct buf *out);
/* Says that no more will come. */
void session_end(struct session *session, struct buf *out);

/* Once it is open. */
bool session_is_resumed(const struct session *session);
bool session_is_13(const struct session *session);
