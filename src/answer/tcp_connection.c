// SPDX-License-Identifier: GPL-3.0-or-later
/* One TCP connection. It reads and writes in buffers that all connections share. Only what cannot
 * be done at once is kept with the connection: half a query, or replies that the peer does not
 * take. */
#include "answer/tcp_connection.h"

#include "answer/transfer.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/reader.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum {
    MESSAGES_PER_EVENT = 2, /* that a transfer sends */
    DECISECOND_MS = 100,
};

enum tcp_state tcp_connection_state(const struct tcp_connection *connection)
{
    if (connection->out_n > 0)
        return TCP_SEND;
    if (connection->transfer)
        return TCP_TRANSFER;
    if (connection->wait.copies)
        return TCP_IMAGE;
    return connection->turn.state == TURN_WAITING ? TCP_TURN : TCP_READ;
}

/* Gives up the turn and the image of a transfer. */
static void release_turn(struct tcp_connection *connection)
{
    frozen_wait_stop(&connection->wait);
    turn_end(&connection->turn);
    frozen_image_release(TAKE(connection->frozen));
}

/* Ends the transfer, if there is one. `why` NULL: all of it was sent. */
static void end_transfer(struct tcp_connection *connection, const char *why)
{
    struct answer_tcp *tcp = connection->tcp;
    if (connection->transfer)
        answer_transfer_ended(tcp->answer, connection->transfer, connection->ip, why,
                              connection->begun_ms, loop_now_ms(tcp->loop));
    transfer_free(TAKE(connection->transfer));
    release_turn(connection);
}

void tcp_connection_end(struct tcp_connection *connection, const char *why)
{
    end_transfer(connection, connection->broken ? connection->broken : why);
    tcp_list_remove(connection);
    watch_stop(&connection->watch);
    file_close(connection->fd);
    mem_free(connection->in);
    mem_free(connection->out);
    mem_free(connection);
}

/* ----- replies out ----- */

/* Keeps `n` bytes at *held. They may be there already. */
static void keep(uint8_t **held, const uint8_t *at, size_t n)
{
    uint8_t *copy = NULL;
    if (n > 0) {
        copy = (uint8_t *)mem_new(n);
        memcpy(copy, at, n);
    }
    mem_free(*held);
    *held = copy;
}

/* Sends as much as the socket takes, and returns how much; -1: the peer is gone. */
static ssize_t send_some(int fd, const uint8_t *at, size_t n)
{
    size_t done = 0;
    while (done < n) {
        ssize_t sent = send(fd, at + done, n - done, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return errno == EAGAIN ? (ssize_t)done : -1;
        done += (size_t)sent;
    }
    return (ssize_t)done;
}

/* Sends the replies. Keeps what the socket does not take. False: the connection is lost. */
static bool flush(struct tcp_connection *connection)
{
    struct answer_tcp *tcp = connection->tcp;
    if (tcp->out_n == 0)
        return true;
    ssize_t sent = send_some(connection->fd, tcp->out, tcp->out_n);
    size_t n = tcp->out_n;
    tcp->out_n = 0; /* the buffer is for all connections */
    if (sent < 0)
        return false;
    turn_count(&connection->turn, (size_t)sent);
    connection->out_at = 0;
    connection->out_n = n - (size_t)sent;
    keep(&connection->out, tcp->out + sent, connection->out_n);
    return true;
}

/* ----- queries in ----- */

/* The size of the query at the front, with its length field; 0: it is not whole. */
static size_t whole_frame(const uint8_t *at, size_t n)
{
    if (n < TCP_LENGTH_SIZE)
        return 0;
    size_t length = read_u16(at);
    return length <= n - TCP_LENGTH_SIZE ? TCP_LENGTH_SIZE + length : 0;
}

/* Adds the message of `length` bytes, which is already written in its place, to tcp->out. */
static void add_frame(struct answer_tcp *tcp, size_t length)
{
    uint8_t *frame = tcp->out + tcp->out_n;
    frame[0] = (uint8_t)(length >> 8);
    frame[1] = (uint8_t)(length & 0xff);
    tcp->out_n += TCP_LENGTH_SIZE + length;
}

static void go_on_with(void *ctx, struct frozen_image *frozen);
static void on_turn(void *ctx, enum turn_word word);

/* Answers from the image that was waited for, or from the present one. *changes: that one may
 * change, so that a transfer must not read it any more. */
static size_t make_reply(struct tcp_connection *connection, struct answer_job *job,
                         bool *changes)
{
    struct answer_tcp *tcp = connection->tcp;
    struct served_look look;
    size_t length = 0;
    *changes = job->image_changes = false;
    if (connection->frozen)
        return answer_query(tcp->answer, frozen_image_get(connection->frozen), job);
    served_image_begin(tcp->served, &look);
    do {
        transfer_free(TAKE(connection->transfer)); /* it has read a torn image */
        *changes = job->image_changes = look.changes;
        if (job->transfer_later)
            *job->transfer_later = false;
        length = answer_query(tcp->answer, look.image, job);
        job->again = true;
    } while (served_image_again(tcp->served, &look));
    return length;
}

/* Gets an image that does not change, for a zone that is too big to be read at once. False: the
 * connection has to wait for it. */
static bool find_image(struct tcp_connection *connection)
{
    transfer_free(TAKE(connection->transfer));
    connection->frozen = served_image_freeze(connection->tcp->served, &connection->wait,
                                             go_on_with, connection);
    return connection->frozen != NULL;
}

enum answered {
    ANSWERED_NOT,
    ANSWERED,
    ANSWERED_LATER
};

/* Answers the query of `n` bytes at tcp->in + at: appends the reply, or begins a transfer. */
static enum answered answer_one(struct tcp_connection *connection, size_t at, size_t n)
{
    struct answer_tcp *tcp = connection->tcp;
    bool may_transfer = connection->turn.state == TURN_GOING && !connection->failed;
    bool needs_turn = false;
    struct answer_job job = {
        .transport = ANSWER_TCP,
        .query = tcp->in + at,
        .query_n = n,
        .reply = tcp->out + tcp->out_n + TCP_LENGTH_SIZE,
        .client = connection->ip,
        .now_s = clock_wall_s(loop_clock(tcp->loop)),
        .now_ms = loop_now_ms(tcp->loop),
        .idle_ds = (uint16_t)(tcp_idle_ms(tcp) / DECISECOND_MS),
        .transfer_out = may_transfer ? &connection->transfer : NULL,
        .transfer_later = connection->failed ? NULL : &needs_turn,
        .again = connection->counted,
    };
    bool changes = false;
    size_t length = make_reply(connection, &job, &changes);
    if (needs_turn) {
        turn_ask(&connection->turn, &tcp->turns, connection->ip, on_turn, connection);
        return ANSWERED_LATER;
    }
    if (connection->transfer && changes && transfer_needs_image(connection->transfer)) {
        connection->counted = true;
        if (!find_image(connection))
            return ANSWERED_LATER;
        length = make_reply(connection, &job, &changes);
    }
    connection->failed = connection->counted = false;
    if (connection->transfer) {
        connection->begun_ms = job.now_ms;
        if (!changes && !connection->frozen)
            connection->frozen = served_image_freeze(tcp->served, &connection->wait,
                                                     go_on_with, connection);
        return ANSWERED;
    }
    release_turn(connection);
    if (length > 0)
        add_frame(tcp, length);
    return length > 0 ? ANSWERED : ANSWERED_NOT;
}

static bool may_read(const struct tcp_connection *connection)
{
    return tcp_connection_state(connection) == TCP_READ;
}

/* Answers the whole queries in the first `n` bytes of tcp->in until replies have to wait, and keeps
 * what is left. False: the connection is lost. */
static bool work_off(struct tcp_connection *connection, size_t n)
{
    struct answer_tcp *tcp = connection->tcp;
    size_t at = 0, frame = 0;
    bool answered = false;
    while (may_read(connection) && (frame = whole_frame(tcp->in + at, n - at)) > 0) {
        enum answered how =
            answer_one(connection, at + TCP_LENGTH_SIZE, frame - TCP_LENGTH_SIZE);
        answered |= how != ANSWERED_NOT;
        if (how == ANSWERED_LATER)
            break;
        at += frame;
        if (TCP_OUT_SIZE - tcp->out_n < TCP_FRAME_SIZE && !flush(connection))
            return false;
    }
    if (connection->out_n == 0 && !flush(connection))
        return false;
    keep(&connection->in, tcp->in + at, n - at);
    connection->in_n = n - at;
    if (answered)
        tcp_list_mark_active(connection);
    answer_flush(tcp->answer);
    return true;
}

/* Moves the bytes that were kept into tcp->in, and returns how many there are. */
static size_t fetch_kept(struct tcp_connection *connection)
{
    if (connection->in_n > 0)
        memcpy(connection->tcp->in, connection->in, connection->in_n);
    return connection->in_n;
}

/* Goes on after all replies were sent: answers queries that came meanwhile, unless the connection
 * has to wait for something. */
static bool resume(struct tcp_connection *connection)
{
    bool sent = connection->out_n == 0;
    if (sent && connection->transfer && transfer_is_over(connection->transfer))
        end_transfer(connection, NULL);
    return !may_read(connection) || work_off(connection, fetch_kept(connection));
}

static bool read_more(struct tcp_connection *connection)
{
    size_t n = fetch_kept(connection);
    ssize_t got = recv(connection->fd, connection->tcp->in + n, TCP_FRAME_SIZE - n, 0);
    if (got < 0)
        return errno == EAGAIN || errno == EINTR;
    if (got == 0)
        connection->ended = true;
    return work_off(connection, n + (size_t)got);
}

static bool write_more(struct tcp_connection *connection)
{
    ssize_t sent = send_some(connection->fd, connection->out + connection->out_at,
                             connection->out_n);
    if (sent < 0)
        return false;
    turn_count(&connection->turn, (size_t)sent);
    connection->out_at += (size_t)sent;
    connection->out_n -= (size_t)sent;
    if (connection->out_n > 0)
        return true;
    keep(&connection->out, NULL, 0);
    tcp_list_mark_active(connection);
    return resume(connection);
}

/* Sends the next messages of a transfer. They are few, so that other connections get their turn,
 * and so that a slow peer is seen to take something. */
static bool transfer_more(struct tcp_connection *connection)
{
    struct answer_tcp *tcp = connection->tcp;
    if (connection->frozen && !frozen_image_is_good(connection->frozen)) {
        connection->broken = "the image was cut";
        return false;
    }
    for (int i = 0; i < MESSAGES_PER_EVENT && TCP_OUT_SIZE - tcp->out_n >= TCP_FRAME_SIZE;
         i++) {
        size_t n =
            transfer_next(connection->transfer, tcp->out + tcp->out_n + TCP_LENGTH_SIZE);
        if (n == 0)
            break;
        add_frame(tcp, n);
    }
    if (transfer_has_failed(connection->transfer)) {
        connection->broken = "the history is damaged";
        return false;
    }
    if (transfer_is_over(connection->transfer))
        release_turn(connection);
    if (!flush(connection))
        return false;
    tcp_list_mark_active(connection);
    return resume(connection);
}

/* Ends the connection if it is lost, or waits for what it needs next. */
static void settle(struct tcp_connection *connection, bool alive)
{
    static const uint32_t events[] = {
        [TCP_READ] = EPOLLIN,      [TCP_TURN] = 0,        [TCP_IMAGE] = 0,
        [TCP_TRANSFER] = EPOLLOUT, [TCP_SEND] = EPOLLOUT,
    };
    enum tcp_state state = tcp_connection_state(connection);
    if (!alive)
        connection->tcp->out_n = 0; /* drops replies of this connection */
    if (!alive || (connection->ended && state == TCP_READ))
        tcp_connection_end(connection, "the client closed the connection");
    else
        watch_change(&connection->watch, events[state]);
}

/* Goes on after an event of the loop. The next call shows any error. False: the connection is
 * lost. */
static bool go_on(struct tcp_connection *connection)
{
    switch (tcp_connection_state(connection)) {
    case TCP_READ:
        return read_more(connection);
    case TCP_SEND:
        return write_more(connection);
    case TCP_TRANSFER:
        return transfer_more(connection);
    case TCP_TURN:
    case TCP_IMAGE:
        break; /* no event was asked for: the peer is gone */
    }
    return false;
}

static void on_event(void *ctx, uint32_t events)
{
    struct tcp_connection *connection = (struct tcp_connection *)ctx;
    (void)events;
    settle(connection, go_on(connection));
}

/* Goes on after the wait for a turn or an image. `came`: it is there. */
static void go_on_after(struct tcp_connection *connection, bool came)
{
    connection->failed = !came;
    tcp_list_mark_active(connection);
    settle(connection, resume(connection));
}

static void go_on_with(void *ctx, struct frozen_image *frozen)
{
    struct tcp_connection *connection = (struct tcp_connection *)ctx;
    connection->frozen = frozen;
    go_on_after(connection, frozen != NULL);
}

static void on_turn(void *ctx, enum turn_word word)
{
    struct tcp_connection *connection = (struct tcp_connection *)ctx;
    if (word == TURN_IS_OUT)
        tcp_connection_end(connection, "the client is too slow");
    else
        go_on_after(connection, word == TURN_COMES);
}

void tcp_connection_begin(struct answer_tcp *tcp, int fd, struct ip ip)
{
    struct tcp_connection *connection = NEW(struct tcp_connection);
    connection->tcp = tcp;
    connection->fd = fd;
    connection->ip = ip;
    tcp_list_append(connection);
    watch_start(&connection->watch, tcp->loop, fd, EPOLLIN, on_event, connection);
}
