// SPDX-License-Identifier: GPL-3.0-or-later
/* One connection: see relay_part.h. What a function says that may have ended it is whether it is
 * still there. */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "net/proxy.h"
#include "net/stream.h"
#include "tls/relay_part.h"

enum {
    DRAIN_MAX = 256 * 1024,
    HELD_MAX = 4096, /* of bytes that wait for a reply to go along with */
};

static void read_client(struct connection *connection);
static void on_client(void *ctx, uint32_t events);
static void on_front(void *ctx, uint32_t events);

/* ----- begin and end ----- */

void connection_start(struct relay *relay, int fd, struct ip ip, struct source *source)
{
    struct connection *connection = NEW(struct connection);
    connection->relay = relay;
    connection->fd = fd;
    connection->pair = connection->theirs = -1;
    connection->ip = ip;
    connection->place.source = source;
    connection->place.owner = connection;
    connection->entry.owner = connection;
    connection->state = source ? STATE_HELLO : STATE_PROXY;
    LIST_INSERT_HEAD(&relay->connections, connection, links);
    relay->count++;
    queue_move(&connection->entry, &relay->hellos);
    source_wait(&connection->place);
    watch_start(&connection->client, relay->loop, fd, EPOLLIN, on_client, connection);
    /* The listener waits for first bytes (TCP_DEFER_ACCEPT), as a rule. */
    read_client(connection);
}

static void leave_source(struct connection *connection)
{
    struct source *source = connection->place.source;
    source_wait_no_more(&connection->place);
    connection->place.source = NULL;
    if (source)
        source_release(connection->relay->sources, source);
}

static void drop(struct rest *rest)
{
    mem_free(rest->bytes);
    *rest = (struct rest){ .n = 0 };
}

/* What `bytes` are is kept until it can be sent. */
static void keep(struct rest *rest, struct str bytes)
{
    char *copy = bytes.n > 0 ? mem_new(bytes.n) : NULL;
    if (copy)
        memcpy(copy, bytes.at, bytes.n);
    drop(rest);
    *rest = (struct rest){ .bytes = copy, .n = bytes.n };
}

static void close_pair(struct connection *connection)
{
    watch_forget(&connection->front);
    file_close(connection->pair);
    file_close(connection->theirs);
    connection->pair = connection->theirs = -1;
    drop(&connection->to_front);
}

void connection_end(struct connection *connection)
{
    struct relay *relay = connection->relay;
    close_pair(connection);
    watch_forget(&connection->client);
    file_close(connection->fd);
    queue_remove(&connection->entry);
    leave_source(connection);
    session_free(connection->session);
    drop(&connection->head);
    drop(&connection->to_client);
    LIST_REMOVE(connection, links);
    relay->count--;
    mem_free(connection);
}

static void give_way(void *ctx)
{
    struct connection *connection = (struct connection *)ctx;
    connection->relay->counters.refused++;
    connection_end(connection);
}

struct source *connection_take_source(struct relay *relay, struct ip ip)
{
    struct source *source = source_take_within(
        relay->sources, ip, relay->options.connections_per_source, give_way);
    relay->counters.refused += !source;
    return source;
}

void connection_overdue(void *ctx)
{
    struct connection *connection = (struct connection *)ctx;
    connection->relay->counters.overdue++;
    connection_end(connection);
}

void connection_unheard(void *ctx)
{
    struct connection *connection = (struct connection *)ctx;
    connection->relay->counters.unheard++;
    connection_end(connection);
}

void connection_expire(void *ctx)
{
    connection_end((struct connection *)ctx);
}

/* ----- what is waited for ----- */

static uint32_t interest_in_client(const struct connection *connection)
{
    if (connection->is_blocked)
        return EPOLLOUT;
    if (connection->state == STATE_LINGER)
        return EPOLLIN;
    bool reads = connection->state != STATE_AWAIT && !connection->client_ended &&
                 !connection->drains && !connection->to_front.bytes;
    return reads ? EPOLLIN : 0;
}

/* front's end is not watched at all while nothing is to be read from it: that it was closed would
 * be told over and over. */
static void watch_both(struct connection *connection)
{
    watch_change(&connection->client, interest_in_client(connection));
    bool wanted = connection->state == STATE_RELAY && connection->pair >= 0 &&
                  !connection->is_blocked;
    uint32_t events = connection->to_front.bytes ? EPOLLIN | EPOLLOUT : EPOLLIN;
    if (!wanted)
        watch_stop(&connection->front);
    else if (connection->front.loop)
        watch_change(&connection->front, events);
    else
        watch_start(&connection->front, connection->relay->loop, connection->pair, events,
                    on_front, connection);
}

/* How much of the bytes went out; -1: the peer is lost. */
static ssize_t send_some(int fd, struct str bytes)
{
    ssize_t n = send(fd, bytes.at, bytes.n, MSG_NOSIGNAL | MSG_DONTWAIT);
    return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : n;
}

/* ----- towards the client ----- */

/* Where output begins: behind what waits for it. */
static struct buf begin_output(struct connection *connection)
{
    struct buf out = BUF_ON(connection->relay->out);
    buf_put(&out, str_bytes(connection->to_client.bytes, connection->to_client.n));
    return out;
}

/* Says the end to the client, and reads on for a while. */
static bool linger(struct connection *connection)
{
    session_free(TAKE(connection->session));
    if (connection->client_ended || shutdown(connection->fd, SHUT_WR)) {
        connection_end(connection);
        return false;
    }
    connection->state = STATE_LINGER;
    queue_move(&connection->entry, &connection->relay->lingering);
    watch_both(connection);
    return true;
}

/* Sends what stands in the output, and keeps what is not taken. */
static bool send_output(struct connection *connection, const struct buf *out)
{
    ssize_t sent = out->full    ? -1
                   : out->n > 0 ? send_some(connection->fd, buf_str(out))
                                : 0;
    if (sent < 0) {
        connection_end(connection);
        return false;
    }
    keep(&connection->to_client, str_from_at(buf_str(out), (size_t)sent));
    bool was_blocked = connection->is_blocked;
    connection->is_blocked = connection->to_client.bytes != NULL;
    if (connection->front_ended && !connection->is_blocked)
        return linger(connection);
    bool is_relayed = connection->state == STATE_RELAY;
    if (is_relayed && connection->is_blocked && !was_blocked)
        queue_move(&connection->entry, &connection->relay->transfers);
    else if (is_relayed && !connection->is_blocked)
        queue_remove(&connection->entry);
    watch_both(connection);
    return true;
}

/* What nobody waits for goes along with the next reply. */
static bool hold_output(struct connection *connection, const struct buf *out)
{
    if (connection->is_blocked || out->n > HELD_MAX)
        return send_output(connection, out);
    if (out->n > connection->to_client.n)
        keep(&connection->to_client, buf_str(out));
    return true;
}

/* front has said all it has to say of this connection, or is gone. */
static bool end_front(struct connection *connection)
{
    connection->front_ended = true;
    close_pair(connection);
    /* A client that ended first and was told nothing since expects nothing. */
    if (connection->client_ended && !connection->is_answered) {
        connection_end(connection);
        return false;
    }
    struct buf out = begin_output(connection);
    session_end(connection->session, &out);
    return send_output(connection, &out);
}

/* ----- towards front ----- */

static void tell_front_end(struct connection *connection)
{
    if (connection->has_told_front || connection->pair < 0 || connection->to_front.bytes)
        return;
    connection->has_told_front = true;
    (void)shutdown(connection->pair, SHUT_WR);
}

static bool end_client(struct connection *connection)
{
    if (connection->state != STATE_RELAY && connection->state != STATE_AWAIT) {
        connection->relay->counters.failed += !connection->is_open;
        connection_end(connection);
        return false;
    }
    connection->client_ended = true;
    connection->is_answered = false;
    tell_front_end(connection);
    watch_both(connection);
    return true;
}

/* Bytes that front, which has ended, does not take are lost; its end is read next. */
static void put_into_pair(struct connection *connection, struct str bytes)
{
    ssize_t sent = send_some(connection->pair, bytes);
    keep(&connection->to_front, sent < 0 ? STR("") : str_from_at(bytes, (size_t)sent));
}

static void send_to_front(struct connection *connection, struct str bytes)
{
    put_into_pair(connection, bytes);
    if (connection->client_ended || connection->drains)
        tell_front_end(connection);
    watch_both(connection);
}

bool connection_hand_over(struct connection *connection, struct local_channel *channel)
{
    if (!channel || stream_send(channel, connection->ip, connection->theirs))
        return false;
    file_close(connection->theirs);
    connection->theirs = -1;
    connection->state = STATE_RELAY;
    /* It may be blocked by what the handshake had to say. */
    if (connection->is_blocked)
        queue_move(&connection->entry, &connection->relay->transfers);
    else
        queue_remove(&connection->entry);
    leave_source(connection);
    watch_both(connection);
    return true;
}

/* The first clear bytes. */
static bool open_stream(struct connection *connection, struct str bytes)
{
    int ends[2] = { -1, -1 };
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends)) {
        connection_end(connection);
        return false;
    }
    connection->pair = ends[0];
    connection->theirs = ends[1];
    connection->state = STATE_AWAIT;
    source_wait_no_more(&connection->place);
    queue_move(&connection->entry, &connection->relay->awaiting);
    put_into_pair(connection, bytes);
    if (!connection_hand_over(connection, local_link_channel(connection->relay->front)))
        watch_both(connection);
    return true;
}

void connection_drain(struct connection *connection)
{
    if (connection->state != STATE_RELAY || !connection->is_answered)
        return; /* after the next reply */
    connection->drains = true;
    tell_front_end(connection);
    watch_both(connection);
}

/* Where front has ended, what it said goes along with the end. True: there is more to read. */
static bool read_front(struct connection *connection, bool has_ended)
{
    struct relay *relay = connection->relay;
    ssize_t n = recv(connection->pair, relay->clear, SESSION_RECORD, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (n <= 0) {
        (void)end_front(connection);
        return false;
    }
    struct buf out = begin_output(connection);
    /* "100 Continue" is no answer yet. */
    connection->is_answered =
        !str_starts(str_bytes(relay->clear, (size_t)n), STR("HTTP/1.1 100"));
    if (!session_write(connection->session, str_bytes(relay->clear, (size_t)n), &out)) {
        connection_end(connection);
        return false;
    }
    if (has_ended)
        return hold_output(connection, &out) && !connection->is_blocked;
    if (send_output(connection, &out) && relay->draining)
        connection_drain(connection);
    return false;
}

static void on_front(void *ctx, uint32_t events)
{
    struct connection *connection = (struct connection *)ctx;
    if (events & EPOLLOUT)
        send_to_front(connection,
                      str_bytes(connection->to_front.bytes, connection->to_front.n));
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        while (read_front(connection, events & EPOLLHUP))
            ;
}

/* ----- from the client ----- */

static void note_handshake(struct connection *connection, enum session_state state)
{
    struct relay *relay = connection->relay;
    if (connection->is_open || state == SESSION_BEGUN)
        return;
    if (state == SESSION_FAILED) {
        relay->counters.failed++;
        return;
    }
    connection->is_open = true;
    relay->counters.handshakes++;
    relay->counters.resumed += session_is_resumed(connection->session);
    relay->counters.by_13 += session_is_13(connection->session);
}

/* A last word, if there is one. */
static void fail(struct connection *connection, const struct buf *out)
{
    if (out->n > 0 && !out->full)
        (void)send_some(connection->fd, buf_str(out));
    connection_end(connection);
}

/* A ticket of TLS 1.3 goes along with the reply where the request is there already. Where it is
 * not, the client's system may hold it back until it has heard of the end of the handshake. */
static bool put_output(struct connection *connection, bool has_request,
                       enum session_state state, const struct buf *out)
{
    bool waits = has_request && session_is_13(connection->session);
    if (waits || state == SESSION_ENDED)
        return hold_output(connection, out);
    return out->n == 0 || send_output(connection, out);
}

static void feed(struct connection *connection, struct str bytes)
{
    struct relay *relay = connection->relay;
    if (!connection->session)
        connection->session = session_new(relay->host);
    if (!connection->session) {
        connection_end(connection);
        return;
    }
    struct buf clear = BUF_ON(relay->clear), out = begin_output(connection);
    enum session_state state = session_read(connection->session, bytes, &clear, &out);
    note_handshake(connection, state);
    if (state == SESSION_FAILED) {
        fail(connection, &out);
        return;
    }
    if (!put_output(connection, clear.n > 0, state, &out))
        return;
    if (clear.n > 0 && connection->pair >= 0)
        send_to_front(connection, buf_str(&clear));
    else if (clear.n > 0 && !open_stream(connection, buf_str(&clear)))
        return;
    connection->is_answered &= clear.n == 0;
    if (state == SESSION_ENDED)
        (void)end_client(connection);
}

/* Learns the client's address from the relay, and goes on with what follows. */
static void read_proxy_head(struct connection *connection, struct str bytes)
{
    struct relay *relay = connection->relay;
    size_t size = connection->head.n + bytes.n;
    CLEANUP(mem_freep) char *storage = mem_new(size);
    struct buf whole = buf_on(storage, size);
    buf_put(&whole, str_bytes(connection->head.bytes, connection->head.n));
    buf_put(&whole, bytes);
    struct proxy_head head = { .size = 0 };
    enum status status = proxy_head_parse(buf_str(&whole), &head);
    if (status == ERR_NOT_FOUND) {
        keep(&connection->head, buf_str(&whole));
        return;
    }
    struct ip ip = status || head.local ? connection->ip : head.source;
    struct source *source = status ? NULL : connection_take_source(relay, ip);
    if (!source) {
        connection_end(connection);
        return;
    }
    drop(&connection->head);
    connection->ip = ip;
    connection->place.source = source;
    connection->state = STATE_HELLO;
    source_wait(&connection->place);
    struct str rest = str_from_at(buf_str(&whole), head.size);
    if (rest.n > 0)
        feed(connection, rest);
}

static void read_client(struct connection *connection)
{
    struct relay *relay = connection->relay;
    ssize_t n = recv(connection->fd, relay->in, sizeof(relay->in), MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n > 0 && connection->state == STATE_LINGER)
        connection->drained += (size_t)n;
    if (n < 0 || connection->drained > DRAIN_MAX ||
        (n == 0 && connection->state == STATE_LINGER)) {
        connection->relay->counters.failed += !connection->is_open;
        connection_end(connection);
        return;
    }
    struct str bytes = str_bytes(relay->in, (size_t)n);
    if (n == 0)
        (void)end_client(connection);
    else if (connection->state == STATE_PROXY)
        read_proxy_head(connection, bytes);
    else if (connection->state != STATE_LINGER)
        feed(connection, bytes);
}

static void on_client(void *ctx, uint32_t events)
{
    struct connection *connection = (struct connection *)ctx;
    if (events & EPOLLOUT) {
        const struct buf out = begin_output(connection);
        if (!send_output(connection, &out))
            return;
    }
    if (events & EPOLLIN)
        read_client(connection);
    else if (events & (EPOLLHUP | EPOLLERR))
        connection_end(connection); /* nothing reaches it any more */
}
