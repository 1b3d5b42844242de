// SPDX-License-Identifier: GPL-3.0-or-later
/* stream.h - replies that go on until either side ends them, for server-sent events.
 *
 * The end of the connection is the end of the reply, as a browser takes that for a reason to come
 * again without a word. A peer that does not take what it is sent is not waited for: its stream
 * ends, and the kernel keeps little for it (STREAM_SEND_SIZE). A stream that has been silent for
 * keepalive_ms sends a comment, so that relays keep it and a peer that has gone is found. What a
 * peer sends is thrown away. */
#pragma once

#include "http/server.h"

enum {
    /* What the kernel may hold for one stream that is not read; it takes twice that, and more for
     * its own accounts. A socket's own size would be 4 MB. */
    STREAM_SEND_SIZE = 16 * 1024,
    /* What may wait while the beginning of a stream is being sent. */
    STREAM_WAITING_MAX = 128 * 1024
};

struct http_stream;

/* Begins a stream as the reply to the exchange, which ends. `response` has the body's first bytes,
 * of any size; they are sent within the deadline of a reply. `ended` is called once, from the loop
 * or from within http_stream_send(), when the stream has ended by itself; it may begin or end other
 * streams. NULL: there is no stream, and `ended` is not called: the peer has gone, or asked by
 * HEAD. */
struct http_stream *http_stream_begin(struct http_exchange *exchange,
                                      const struct http_response *response,
                                      void (*ended)(void *ctx), void *ctx);
/* Sends bytes. The stream may have ended when this returns. */
void http_stream_send(struct http_stream *stream, struct str bytes);
/* Ends it from our side; `ended` is not called. */
void http_stream_end(struct http_stream *stream);
