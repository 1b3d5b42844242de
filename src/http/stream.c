// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/stream.h"

#include <string.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/mem.h"
#include "http/connection.h"

struct http_stream {
    struct connection *connection; /* NULL: it has ended while it was being begun */
    void (*ended)(void *ctx);      /* NULL: it is being begun */
    void *ctx;
};

static void limit_buffer(int fd)
{
    int size = STREAM_SEND_SIZE;
    /* Without the limit a peer that does not read costs more, and that is all. */
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

struct http_stream *http_stream_begin(struct http_exchange *exchange,
                                      const struct http_response *response,
                                      void (*ended)(void *ctx), void *ctx)
{
    struct connection *connection = exchange->connection;
    struct http_response endless = *response;
    endless.endless = true;
    if (!connection || !http_reply_has_body(response->status, &exchange->head)) {
        http_reply(exchange, &endless);
        return NULL;
    }
    struct http_stream *stream = NEW(struct http_stream);
    stream->connection = connection;
    connection->stream = stream;
    limit_buffer(connection->fd);
    connection_reply(connection, &endless);
    if (!stream->connection) {
        mem_free(stream);
        return NULL;
    }
    stream->ended = ended;
    stream->ctx = ctx;
    return stream;
}

void stream_enter(struct connection *connection)
{
    struct http_server *server = connection->server;
    if (server->draining)
        stream_close(connection);
    else
        connection_enter(connection, STATE_STREAM, &server->streams);
}

void stream_drop(struct connection *connection)
{
    struct http_stream *stream = TAKE(connection->stream);
    if (!stream)
        return;
    stream->connection = NULL;
    if (!stream->ended)
        return;
    stream->ended(stream->ctx);
    mem_free(stream);
}

/* All that the peer has sent was read, so a close sends no reset. */
void stream_close(struct connection *connection)
{
    stream_drop(connection);
    connection_end(connection);
}

/* What comes while the beginning is on its way waits behind it. */
static bool append(struct connection *connection, struct str bytes)
{
    size_t left = connection->out_n - connection->out_at;
    if (left + bytes.n > STREAM_WAITING_MAX)
        return false;
    char *whole = mem_new(left + bytes.n);
    struct buf out = buf_on(whole, left + bytes.n);
    buf_put(&out, str_bytes(connection->out + connection->out_at, left));
    buf_put(&out, bytes);
    mem_free(connection->out);
    connection->out = whole;
    connection->out_n = out.n;
    connection->out_at = 0;
    return true;
}

static void send_bytes(struct connection *connection, struct str bytes)
{
    bool fine = connection->state == STATE_STREAM
                    ? connection_send(connection, bytes) == (ssize_t)bytes.n
                    : append(connection, bytes);
    if (!fine)
        connection_end(connection);
    else if (connection->state == STATE_STREAM)
        queue_move(&connection->entry, &connection->server->streams);
}

void http_stream_send(struct http_stream *stream, struct str bytes)
{
    send_bytes(stream->connection, bytes);
}

void stream_beat(void *ctx)
{
    send_bytes(ctx, STR(":\n\n"));
}

void http_stream_end(struct http_stream *stream)
{
    struct connection *connection = stream->connection;
    connection->stream = NULL;
    mem_free(stream);
    /* Else its beginning is still on its way, and the end comes behind that. */
    if (connection->state == STATE_STREAM)
        connection_end(connection);
}
