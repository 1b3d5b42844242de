// SPDX-License-Identifier: GPL-3.0-or-later
/* One connection: reads requests, gives each to the handler, and sends the reply. connection.h
 * names its states; run() goes on from each as far as the bytes that have come allow. */
#include "http/connection.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/file.h"
#include "base/mem.h"
#include "http/forwarded.h"
#include "net/proxy.h"

enum {
    DRAIN_MAX = 256 * 1024,
    REFUSAL_SIZE = 512,
    /* A body that is copied behind its head, which is cheaper than two pieces. */
    JOIN_MAX = 1024,
};

static void on_event(void *ctx, uint32_t events);

/* Enters a state; the deadline of `queue` begins. In every state except STATE_WAIT the connection
 * may be ended to make room for another one. */
static void enter(struct connection *connection, enum connection_state state,
                  struct queue *queue)
{
    connection->state = state;
    queue_move(&connection->entry, queue);
    if (state == STATE_WAIT)
        source_wait_no_more(&connection->place);
    else if (state == STATE_STREAM)
        source_wait_last(&connection->place);
    else
        source_wait(&connection->place);
}

static void drop_buffer(struct connection *connection)
{
    buffer_give(&connection->server->pool, TAKE(connection->bytes));
    connection->n = 0;
}

static void watch_for(struct connection *connection, uint32_t events)
{
    if (connection->watch.loop)
        watch_change(&connection->watch, events);
    else
        watch_start(&connection->watch, connection->server->loop, connection->fd, events,
                    on_event, connection);
}

void connection_enter(struct connection *connection, enum connection_state state,
                      struct queue *queue)
{
    enter(connection, state, queue);
    watch_for(connection, state == STATE_SEND ? EPOLLOUT : EPOLLIN);
}

void connection_start(struct http_server *server, int fd, struct ip ip, bool encrypted,
                      struct source *source)
{
    struct connection *connection = NEW(struct connection);
    connection->server = server;
    connection->fd = fd;
    connection->ip = ip;
    connection->encrypted = encrypted;
    connection->place.source = source;
    connection->place.owner = connection;
    connection->entry.owner = connection;
    server->count++;
    enter(connection, STATE_HEAD, &server->heads);
    /* tls hands a connection over with its first bytes. */
    if (encrypted)
        connection_go_on(connection);
    else
        watch_for(connection, EPOLLIN);
}

/* Leaves the exchange to the handler, which goes on without the connection. The buffer goes with
 * it, as the exchange's slices point into it. */
static void leave_to_handler(struct connection *connection)
{
    struct http_exchange *exchange = TAKE(connection->exchange);
    exchange->bytes = TAKE(connection->bytes);
    exchange->connection = NULL;
}

void connection_end(struct connection *connection)
{
    struct http_server *server = connection->server;
    watch_forget(&connection->watch);
    file_close(connection->fd);
    queue_remove(&connection->entry);
    source_wait_no_more(&connection->place);
    if (connection->place.source)
        source_release(server->sources, connection->place.source);
    if (connection->exchange && connection->state == STATE_WAIT) {
        leave_to_handler(connection);
    } else if (connection->exchange) {
        exchange_give(connection->exchange);
    }
    drop_buffer(connection);
    mem_free(connection->out);
    stream_drop(connection);
    connection->state = STATE_ENDED;
    if (!connection->running)
        mem_free(connection);
    server->count--;
    server_check_drained(server);
}

void connection_expire(void *ctx)
{
    connection_end(ctx);
}

/* ----- replies ----- */

/* Reads on for a while after the last reply. Closing while bytes are unread would send a reset,
 * which can destroy the reply before the peer has read it. */
static void linger(struct connection *connection)
{
    drop_buffer(connection);
    /* The role that ends TLS reads on by itself, and a local socket loses no reply. */
    if (connection->encrypted || shutdown(connection->fd, SHUT_WR)) {
        connection_end(connection);
        return;
    }
    enter(connection, STATE_DRAIN, &connection->server->lingering);
    watch_for(connection, EPOLLIN);
}

static void after_reply(struct connection *connection)
{
    if (connection->stream) {
        drop_buffer(connection);
        stream_enter(connection);
        return;
    }
    if (connection->closes) {
        linger(connection);
        return;
    }
    connection->n -= connection->used;
    if (connection->n > 0)
        memmove(connection->bytes, connection->bytes + connection->used, connection->n);
    else
        drop_buffer(connection);
    connection->used = 0;
    enter(connection, STATE_HEAD, &connection->server->heads);
    watch_for(connection, EPOLLIN);
    /* Outside run() the next request waits for the next round, so that a handler is never
     * called from inside http_reply(). */
    if (connection->n > 0 && !connection->running)
        queue_move(&connection->entry, &connection->server->ready);
}

static ssize_t send_two(int fd, struct str head, struct str body)
{
    struct iovec parts[] = {
        { .iov_base = (void *)(uintptr_t)head.at, .iov_len = head.n },
        { .iov_base = (void *)(uintptr_t)body.at, .iov_len = body.n },
    };
    struct msghdr message = { .msg_iov = parts, .msg_iovlen = LENGTH_OF(parts) };
    return sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Sends both parts and returns how many bytes went out; -1: the connection is broken. A single part
 * is sent by send(), which costs less. */
static ssize_t send_parts(int fd, struct str head, struct str body)
{
    if (fault_hit("http.send")) {
        errno = ECONNRESET;
        return -1;
    }
    ssize_t n = body.n > 0 ? send_two(fd, head, body)
                           : send(fd, head.at, head.n, MSG_NOSIGNAL | MSG_DONTWAIT);
    return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : n;
}

/* Keeps the bytes that the socket did not take. */
static void keep_rest(struct connection *connection, struct str head, struct str body,
                      size_t sent)
{
    connection->out_n = head.n + body.n - sent;
    connection->out_at = 0;
    connection->out = mem_new(connection->out_n);
    struct buf out = buf_on(connection->out, connection->out_n);
    buf_put(&out, str_from_at(head, sent));
    buf_put(&out, str_from_at(body, sent > head.n ? sent - head.n : 0));
}

/* Sends a reply, and goes on to what comes after it. `head` and `body` may belong to the exchange:
 * they are not used after it was given back. */
static void send_reply(struct connection *connection, struct str head, struct str body)
{
    struct http_exchange *exchange = TAKE(connection->exchange);
    ssize_t sent = send_parts(connection->fd, head, body);
    bool whole = sent >= 0 && (size_t)sent == head.n + body.n;
    if (sent >= 0 && !whole)
        keep_rest(connection, head, body, (size_t)sent);
    if (exchange)
        exchange_give(exchange);
    if (sent < 0) {
        connection_end(connection);
        return;
    }
    if (whole) {
        after_reply(connection);
        return;
    }
    enter(connection, STATE_SEND, &connection->server->transfers);
    watch_for(connection, EPOLLOUT);
}

static struct str date_of(struct http_server *server)
{
    int64_t now_s = clock_wall_s(loop_clock(server->loop));
    if (now_s != server->date_s) {
        struct buf text = BUF_ON(server->date);
        http_date_format(now_s, &text);
        server->date_s = now_s;
    }
    return str_bytes(server->date, sizeof(server->date));
}

static bool has_line_like(const char *const *lines, const char *line)
{
    size_t n = str_find(str_from(line), ':') + 1;
    for (const char *const *at = lines; at && *at; at++)
        if (str_equal_any_case(str_first(str_from(*at), n), str_first(str_from(line), n)))
            return true;
    return false;
}

static size_t count_lines(const char *const *lines)
{
    size_t n = 0;
    while (lines && lines[n])
        n++;
    return n;
}

/* The reply's own lines, and those of its request that it does not have. */
static const char *const *all_lines(const struct http_exchange *exchange,
                                    const char *const *own)
{
    size_t n = count_lines(own), more = count_lines(exchange->more);
    if (more == 0)
        return own;
    const char **lines = arena_take_array(exchange->arena, n + more + 1, sizeof(*lines));
    for (size_t i = 0; i < n; i++)
        lines[i] = own[i];
    for (size_t i = 0; i < more; i++)
        if (!has_line_like(own, exchange->more[i]))
            lines[n++] = exchange->more[i];
    lines[n] = NULL;
    return lines;
}

void connection_reply(struct connection *connection, const struct http_response *response)
{
    struct http_exchange *exchange = connection->exchange;
    struct http_server *server = connection->server;
    struct http_response reply = *response;
    response = &reply;
    reply.fields = all_lines(exchange, reply.fields);
    if (server->options.replied)
        server->options.replied(server->options.ctx, exchange, response->status);
    const struct http_head *request = &exchange->head;
    connection->closes =
        response->close || !request->keep_alive || server->draining || response->endless;
    bool has_body = http_reply_has_body(response->status, request);
    struct str body = has_body ? response->body : (struct str){ 0 };
    size_t head_size = http_reply_size(response);
    size_t joined = body.n <= JOIN_MAX ? body.n : 0;
    struct buf head =
        buf_on(arena_take(exchange->arena, head_size + joined), head_size + joined);
    http_reply_format(response, date_of(server), connection->closes, request, &head);
    buf_put(&head, str_first(body, joined));
    send_reply(connection, buf_str(&head), str_from_at(body, joined));
}

void http_reply(struct http_exchange *exchange, const struct http_response *response)
{
    struct connection *connection = exchange->connection;
    if (connection)
        connection_reply(connection, response);
    else
        exchange_give(exchange);
}

/* Sends the last reply: no further byte is read as HTTP. `request` is NULL: there is no head. */
static void say_last(struct connection *connection, const struct http_response *response,
                     const struct http_head *request)
{
    const struct http_server_options *options = &connection->server->options;
    if (options->replied)
        options->replied(options->ctx, NULL, response->status);
    char bytes[REFUSAL_SIZE];
    struct buf head = BUF_ON(bytes);
    http_reply_format(response, date_of(connection->server), true, request, &head);
    connection->closes = true;
    bool has_body = http_reply_has_body(response->status, request);
    send_reply(connection, buf_str(&head), has_body ? response->body : (struct str){ 0 });
}

static void refuse(struct connection *connection, int status)
{
    char words[REFUSAL_SIZE];
    struct buf body = BUF_ON(words);
    buf_put_text(&body, http_reason(status));
    buf_put_u8(&body, '\n');
    const struct http_response response = { .status = status, .body = buf_str(&body) };
    say_last(connection, &response, NULL);
}

void connection_overdue(void *ctx)
{
    struct connection *connection = ctx;
    const struct http_response *overdue = connection->server->options.overdue;
    if (!overdue) {
        connection_end(connection);
        return;
    }
    const struct http_head *request = &connection->exchange->head;
    leave_to_handler(connection);
    connection->n = 0;
    say_last(connection, overdue, request);
}

/* ----- requests ----- */

static bool body_is_whole(const struct connection *connection)
{
    const struct http_exchange *exchange = connection->exchange;
    uint64_t here =
        exchange->heap ? exchange->heap_n : connection->n - exchange->head.size;
    return here >= exchange->head.content_length;
}

/* Begins to read the body. False: the request was refused, or the connection has ended. */
static bool start_body(struct connection *connection)
{
    struct http_exchange *exchange = connection->exchange;
    const struct http_head *head = &exchange->head;
    if (head->content_length > connection->server->options.body_max) {
        refuse(connection, 413);
        return false;
    }
    if (head->size + head->content_length > HTTP_HEAD_MAX) {
        exchange_start_heap(exchange, str_bytes(connection->bytes + head->size,
                                                connection->n - head->size));
        connection->n = head->size;
    }
    if (body_is_whole(connection))
        return true;
    enter(connection, STATE_BODY, &connection->server->transfers);
    watch_for(connection, EPOLLIN);
    if (!head->expect_continue)
        return true;
    struct str go_on = STR("HTTP/1.1 100 Continue\r\n\r\n");
    if (send_parts(connection->fd, go_on, (struct str){ 0 }) == (ssize_t)go_on.n)
        return true;
    connection_end(connection);
    return false;
}

/* Waits for more of the head. The deadline goes on; a connection from `ready` gets a new one. */
static void wait_for_head(struct connection *connection)
{
    if (connection->n == 0)
        drop_buffer(connection);
    if (!connection->entry.queue)
        enter(connection, STATE_HEAD, &connection->server->heads);
    watch_for(connection, EPOLLIN);
}

/* Reads the PROXY head, which tells the client's address. False: it is not whole, or the connection
 * has ended. A bad head ends it, as nobody knows what the bytes behind it are. */
static bool take_proxy_head(struct connection *connection)
{
    struct proxy_head head;
    enum status status =
        proxy_head_parse(str_bytes(connection->bytes, connection->n), &head);
    if (status == ERR_NOT_FOUND) {
        wait_for_head(connection);
        return false;
    }
    struct ip ip = status || head.local ? connection->ip : head.source;
    struct source *source = status ? NULL : server_take_source(connection->server, ip);
    if (!source) {
        connection_end(connection);
        return false;
    }
    connection->ip = ip;
    connection->place.source = source;
    source_wait(&connection->place);
    connection->n -= head.size;
    memmove(connection->bytes, connection->bytes + head.size, connection->n);
    return true;
}

/* Reads a request's head. False: there is no whole one. */
static bool take_head(struct connection *connection)
{
    struct http_server *server = connection->server;
    if (connection->n > 0 && !connection->place.source && !take_proxy_head(connection))
        return false;
    if (connection->n == 0 && server->draining) {
        connection_end(connection);
        return false;
    }
    int status = HTTP_MORE;
    if (connection->n > 0) {
        connection->exchange = exchange_take(&server->pool);
        status = http_head_parse(str_bytes(connection->bytes, connection->n),
                                 &connection->exchange->head);
    }
    if (status == 0)
        return start_body(connection);
    if (connection->exchange)
        exchange_give(TAKE(connection->exchange));
    if (status != HTTP_MORE) {
        refuse(connection, status);
        return false;
    }
    wait_for_head(connection);
    return false;
}

/* Sets the client's address and whether it uses TLS: the peer's own, or what a trusted peer
 * reports. */
static void set_source(const struct connection *connection,
                       struct http_exchange *exchange)
{
    const struct http_server_options *options = &connection->server->options;
    const struct prefixes peers = { options->forwarded_peers,
                                    options->forwarded_peer_count };
    exchange->ip = connection->ip;
    exchange->encrypted = connection->encrypted;
    if (!prefixes_have(peers, connection->ip))
        return;
    exchange->ip = forwarded_source(&exchange->head, connection->ip, peers);
    if (forwarded_encrypted(&exchange->head))
        exchange->encrypted = true;
}

static void hand_over(struct connection *connection)
{
    struct http_exchange *exchange = connection->exchange;
    const struct http_head *head = &exchange->head;
    size_t length = (size_t)head->content_length;
    connection->used = head->size + (exchange->heap ? 0 : length);
    exchange->body = exchange->heap ? str_bytes(exchange->heap, length)
                                    : str_bytes(connection->bytes + head->size, length);
    exchange->connection = connection;
    set_source(connection, exchange);
    enter(connection, STATE_WAIT, &connection->server->requests);
    const struct http_server_options *options = &connection->server->options;
    options->handler(options->ctx, exchange);
}

/* Handles the bytes that were read, until it needs more or has to wait. The connection may be freed
 * afterwards. */
static void run(struct connection *connection)
{
    connection->running = true;
    do {
        if (connection->state == STATE_HEAD && !take_head(connection))
            break;
        if (!body_is_whole(connection))
            break;
        hand_over(connection);
    } while (connection->state == STATE_HEAD);
    connection->running = false;
    if (connection->state == STATE_ENDED)
        mem_free(connection);
}

static struct buf head_room(struct connection *connection)
{
    if (!connection->bytes)
        connection->bytes = buffer_take(&connection->server->pool);
    return buf_on(connection->bytes + connection->n, HTTP_HEAD_MAX - connection->n);
}

/* Reads bytes from the socket. False: the connection has ended. */
static bool fill(struct connection *connection)
{
    struct http_exchange *exchange = connection->exchange;
    bool to_heap = exchange && exchange->heap;
    struct buf room = to_heap ? exchange_heap_room(exchange) : head_room(connection);
    ssize_t n = recv(connection->fd, room.at, room.size, MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
        connection_end(connection);
        return false;
    }
    if (n > 0 && to_heap)
        exchange->heap_n += (size_t)n;
    else if (n > 0)
        connection->n += (size_t)n;
    return true;
}

void connection_go_on(void *ctx)
{
    struct connection *connection = ctx;
    /* A request may have come on an idle connection that is to be closed: it is still served. */
    if (connection->n == 0 && !fill(connection))
        return;
    run(connection);
}

ssize_t connection_send(const struct connection *connection, struct str bytes)
{
    return send_parts(connection->fd, bytes, (struct str){ 0 });
}

static void flush(struct connection *connection)
{
    struct str rest = { connection->out + connection->out_at,
                        connection->out_n - connection->out_at };
    ssize_t n = connection_send(connection, rest);
    if (n < 0) {
        connection_end(connection);
        return;
    }
    connection->out_at += (size_t)n;
    if (connection->out_at < connection->out_n)
        return;
    mem_free(TAKE(connection->out));
    after_reply(connection);
}

static void drain(struct connection *connection)
{
    char nowhere[HTTP_HEAD_MAX];
    ssize_t n = recv(connection->fd, nowhere, sizeof(nowhere), MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n > 0)
        connection->drained += (size_t)n;
    if (n <= 0 || connection->drained > DRAIN_MAX)
        connection_end(connection);
}

static void on_event(void *ctx, uint32_t events)
{
    (void)events; /* the next read or write shows what happened */
    struct connection *connection = ctx;
    switch (connection->state) {
    case STATE_HEAD:
    case STATE_BODY:
        if (fill(connection))
            run(connection);
        break;
    case STATE_WAIT:
        /* The next request, or a hang-up, has to wait. Without a watch it costs nothing
         * meanwhile. */
        watch_stop(&connection->watch);
        break;
    case STATE_SEND:
        flush(connection);
        break;
    case STATE_STREAM:
    case STATE_DRAIN:
        drain(connection);
        break;
    case STATE_ENDED:
        break;
    }
}
