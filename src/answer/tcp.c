// SPDX-License-Identifier: GPL-3.0-or-later
/* All connections share one place to read into and one to write into. Only what cannot be
 * worked off at once, half a query or replies that the peer does not take, is kept with its
 * connection. While replies wait, nothing more is read from that peer.
 *
 * The connections stand in a list, the one that was quiet for longest first, so that one
 * timer is enough. */
#include "answer/tcp.h"

#include "answer/transfer.h"
#include "answer/turns.h"
#include "base/file.h"
#include "base/ip.h"
#include "base/mem.h"
#include "net/socket.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum {
    LENGTH_SIZE = 2,
    FRAME_SIZE = LENGTH_SIZE + MESSAGE_SIZE,
    OUT_SIZE = 2 * FRAME_SIZE, /* many small replies go out in one call */
    MESSAGES_PER_EVENT = 2,    /* of a transfer */
    ACCEPTS_PER_EVENT = 64,
    ACCEPT_PAUSE_MS = 100, /* after running out of descriptors */
    DECISECOND_MS = 100,
};

struct connection {
    struct answer_tcp *tcp;
    struct connection *older, *newer;
    struct watch watch;
    int fd;
    struct ip ip;
    int64_t active_ms;
    uint8_t *in; /* read and not answered yet */
    size_t in_n;
    uint8_t *out; /* replies that wait, from out_at on */
    size_t out_at, out_n;
    bool ended;                /* the peer sends no more */
    struct transfer *transfer; /* being sent; what was asked behind it waits */
    struct answer_hold *hold;  /* the image that it reads, if it does not change */
    struct answer_wait wait;   /* for that image */
    struct turn turn;          /* to transfer something */
    bool failed;               /* one of both could not be had */
};

struct listener {
    struct answer_tcp *tcp;
    struct watch watch;
    int fd;
};

struct answer_tcp {
    struct loop *loop;
    struct answer *answer;
    struct answer_source *source;
    struct answer_tcp_limits limits;
    struct listener listeners[ANSWER_LISTEN_MAX];
    size_t listener_count;
    struct connection *oldest, *newest;
    size_t count;
    struct turns turns;
    struct timer idle, pause;
    uint8_t in[FRAME_SIZE], out[OUT_SIZE];
    size_t out_n;
};

/* ----- the list ----- */

static void append(struct answer_tcp *tcp, struct connection *connection)
{
    connection->older = tcp->newest;
    connection->newer = NULL;
    if (tcp->newest)
        tcp->newest->newer = connection;
    else
        tcp->oldest = connection;
    tcp->newest = connection;
    connection->active_ms = loop_now_ms(tcp->loop);
}

static void detach(struct answer_tcp *tcp, struct connection *connection)
{
    if (connection->older)
        connection->older->newer = connection->newer;
    else
        tcp->oldest = connection->newer;
    if (connection->newer)
        connection->newer->older = connection->older;
    else
        tcp->newest = connection->older;
}

static void mark_active(struct connection *connection)
{
    detach(connection->tcp, connection);
    append(connection->tcp, connection);
}

static void end_transfer(struct connection *connection)
{
    answer_wait_stop(&connection->wait);
    turn_end(&connection->turn);
    transfer_free(TAKE(connection->transfer));
    answer_hold_release(TAKE(connection->hold));
}

static void end(struct connection *connection)
{
    struct answer_tcp *tcp = connection->tcp;
    end_transfer(connection);
    detach(tcp, connection);
    tcp->count--;
    watch_stop(&connection->watch);
    file_close(connection->fd);
    mem_free(connection->in);
    mem_free(connection->out);
    mem_free(connection);
}

static int64_t idle_ms(const struct answer_tcp *tcp)
{
    bool busy = tcp->count * 2 >= tcp->limits.connections;
    return busy ? tcp->limits.idle_busy_ms : tcp->limits.idle_ms;
}

static int64_t deadline_of(const struct answer_tcp *tcp,
                           const struct connection *connection)
{
    return connection->active_ms + idle_ms(tcp);
}

static void end_idle(void *ctx)
{
    struct answer_tcp *tcp = (struct answer_tcp *)ctx;
    int64_t now = loop_now_ms(tcp->loop);
    while (tcp->oldest && deadline_of(tcp, tcp->oldest) <= now) {
        if (tcp->oldest->turn.state == TURN_WAITING) /* that is not the peer's fault */
            mark_active(tcp->oldest);
        else
            end(tcp->oldest);
    }
    /* Activity only moves deadlines away, so that it is enough to look again then. */
    if (tcp->oldest)
        timer_set(&tcp->idle, tcp->loop, deadline_of(tcp, tcp->oldest), end_idle, tcp);
    else
        timer_stop(&tcp->idle);
}

/* ----- replies out ----- */

/* Keeps `n` bytes at *held, which may hold them already. */
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

/* Sends what it can and yields how much that was; -1: the peer is gone. */
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

/* Sends the replies made so far; the rest waits with the connection. False: it is lost. */
static bool flush(struct connection *connection)
{
    struct answer_tcp *tcp = connection->tcp;
    if (tcp->out_n == 0)
        return true;
    ssize_t sent = send_some(connection->fd, tcp->out, tcp->out_n);
    size_t n = tcp->out_n;
    tcp->out_n = 0; /* the place is for all: nothing of ours stays in it */
    if (sent < 0)
        return false;
    turn_count(&connection->turn, (size_t)sent);
    connection->out_at = 0;
    connection->out_n = n - (size_t)sent;
    keep(&connection->out, tcp->out + sent, connection->out_n);
    return true;
}

/* ----- queries in ----- */

/* The length of the query that `at` begins with, and of its length field; 0: it is not
 * whole. */
static size_t whole_frame(const uint8_t *at, size_t n)
{
    if (n < LENGTH_SIZE)
        return 0;
    size_t length = (size_t)at[0] << 8 | at[1];
    return length <= n - LENGTH_SIZE ? LENGTH_SIZE + length : 0;
}

/* Completes the message of `length` bytes that was written behind those in tcp->out. */
static void add_frame(struct answer_tcp *tcp, size_t length)
{
    uint8_t *frame = tcp->out + tcp->out_n;
    frame[0] = (uint8_t)(length >> 8);
    frame[1] = (uint8_t)(length & 0xff);
    tcp->out_n += LENGTH_SIZE + length;
}

static void go_on_with(void *ctx, struct answer_hold *hold);
static void on_turn(void *ctx, enum turn_word word);

/* Answers from the image that was waited for, or from that of now. *changes tells whether a
 * transfer must not read it any more. */
static size_t answer_job(struct connection *connection, struct answer_job *job,
                         bool *changes)
{
    struct answer_tcp *tcp = connection->tcp;
    struct answer_look look;
    size_t length = 0;
    *changes = job->image_changes = false;
    if (connection->hold)
        return answer_query(tcp->answer, answer_hold_image(connection->hold), job);
    answer_source_begin(tcp->source, &look);
    do {
        transfer_free(TAKE(connection->transfer)); /* of a torn try */
        *changes = job->image_changes = look.changes;
        if (job->transfer_later)
            *job->transfer_later = false;
        length = answer_query(tcp->answer, look.image, job);
        job->again = true;
    } while (answer_source_again(tcp->source, &look));
    return length;
}

/* A zone that is too big to be read at once needs an image that stays. False: it has to be
 * waited for. */
static bool find_image(struct connection *connection)
{
    transfer_free(TAKE(connection->transfer));
    connection->hold = answer_source_hold(connection->tcp->source, &connection->wait,
                                          go_on_with, connection);
    return connection->hold != NULL;
}

enum answered {
    ANSWERED_NOT,
    ANSWERED,
    ANSWERED_LATER
};

/* Puts the reply to the query of `n` bytes at tcp->in + at behind the others, or begins the
 * transfer that it asks for. */
static enum answered answer_one(struct connection *connection, size_t at, size_t n)
{
    struct answer_tcp *tcp = connection->tcp;
    bool may_transfer = connection->turn.state == TURN_GOING && !connection->failed;
    bool needs_turn = false;
    struct answer_job job = {
        .transport = ANSWER_TCP,
        .query = tcp->in + at,
        .query_n = n,
        .reply = tcp->out + tcp->out_n + LENGTH_SIZE,
        .client = connection->ip,
        .now_s = clock_wall_s(loop_clock(tcp->loop)),
        .idle_ds = (uint16_t)(idle_ms(tcp) / DECISECOND_MS),
        .transfer_out = may_transfer ? &connection->transfer : NULL,
        .transfer_later = connection->failed ? NULL : &needs_turn,
    };
    bool changes = false;
    size_t length = answer_job(connection, &job, &changes);
    if (needs_turn) {
        turn_ask(&connection->turn, &tcp->turns, connection->ip, on_turn, connection);
        return ANSWERED_LATER;
    }
    if (connection->transfer && changes && transfer_needs_image(connection->transfer)) {
        if (!find_image(connection))
            return ANSWERED_LATER;
        length = answer_job(connection, &job, &changes);
    }
    connection->failed = false;
    if (connection->transfer) {
        if (!changes && !connection->hold)
            connection->hold = answer_source_hold(tcp->source, &connection->wait,
                                                  go_on_with, connection);
        return ANSWERED;
    }
    end_transfer(connection); /* what was had for one */
    if (length > 0)
        add_frame(tcp, length);
    return length > 0 ? ANSWERED : ANSWERED_NOT;
}

static bool is_busy(const struct connection *connection)
{
    return connection->out_n > 0 || connection->transfer || connection->wait.copies ||
           connection->turn.state == TURN_WAITING;
}

/* Answers the whole queries among the first `n` bytes of tcp->in, until replies have to
 * wait, and keeps the others. False: the connection is lost. */
static bool work_off(struct connection *connection, size_t n)
{
    struct answer_tcp *tcp = connection->tcp;
    size_t at = 0, frame = 0;
    bool answered = false;
    while (!is_busy(connection) && (frame = whole_frame(tcp->in + at, n - at)) > 0) {
        enum answered how = answer_one(connection, at + LENGTH_SIZE, frame - LENGTH_SIZE);
        answered |= how != ANSWERED_NOT;
        if (how == ANSWERED_LATER)
            break;
        at += frame;
        if (OUT_SIZE - tcp->out_n < FRAME_SIZE && !flush(connection))
            return false;
    }
    if (connection->out_n == 0 && !flush(connection))
        return false;
    keep(&connection->in, tcp->in + at, n - at);
    connection->in_n = n - at;
    if (answered)
        mark_active(connection);
    answer_flush(tcp->answer);
    return true;
}

/* What waited is in tcp->in again; yields its length. */
static size_t fetch_kept(struct connection *connection)
{
    if (connection->in_n > 0)
        memcpy(connection->tcp->in, connection->in, connection->in_n);
    return connection->in_n;
}

static bool read_more(struct connection *connection)
{
    size_t n = fetch_kept(connection);
    ssize_t got = recv(connection->fd, connection->tcp->in + n, FRAME_SIZE - n, 0);
    if (got < 0)
        return errno == EAGAIN || errno == EINTR;
    if (got == 0)
        connection->ended = true;
    return work_off(connection, n + (size_t)got);
}

static bool write_more(struct connection *connection)
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
    mark_active(connection);
    return is_busy(connection) || work_off(connection, fetch_kept(connection));
}

/* The next messages of a transfer. Few, so that others have their turn, and a slow peer is
 * seen to take something. */
static bool transfer_more(struct connection *connection)
{
    struct answer_tcp *tcp = connection->tcp;
    if (connection->hold && !answer_hold_is_good(connection->hold))
        return false;
    for (int i = 0; i < MESSAGES_PER_EVENT && OUT_SIZE - tcp->out_n >= FRAME_SIZE; i++) {
        size_t n =
            transfer_next(connection->transfer, tcp->out + tcp->out_n + LENGTH_SIZE);
        if (n == 0)
            break;
        add_frame(tcp, n);
    }
    if (transfer_has_failed(connection->transfer))
        return false;
    if (transfer_is_over(connection->transfer))
        end_transfer(connection);
    if (!flush(connection))
        return false;
    mark_active(connection);
    return is_busy(connection) || work_off(connection, fetch_kept(connection));
}

static bool go_on(struct connection *connection)
{
    if (connection->out_n > 0)
        return write_more(connection);
    if (connection->transfer)
        return transfer_more(connection);
    if (is_busy(connection))
        return false; /* nothing was asked for: the peer is gone */
    return read_more(connection);
}

/* Ends it, or listens for what it needs next. */
static void settle(struct connection *connection, bool alive)
{
    bool sends = connection->out_n > 0 || connection->transfer;
    if (!alive || (connection->ended && !is_busy(connection)))
        end(connection);
    else if (sends)
        watch_change(&connection->watch, EPOLLOUT);
    else
        watch_change(&connection->watch, is_busy(connection) ? 0 : EPOLLIN);
}

static void on_connection(void *ctx, uint32_t events)
{
    struct connection *connection = (struct connection *)ctx;
    (void)events; /* errors show up in the call that is made next */
    settle(connection, go_on(connection));
}

/* What it waited for came, or did not. */
static void go_on_after(struct connection *connection, bool came)
{
    connection->failed = !came;
    mark_active(connection);
    settle(connection,
           is_busy(connection) || work_off(connection, fetch_kept(connection)));
}

static void go_on_with(void *ctx, struct answer_hold *hold)
{
    struct connection *connection = (struct connection *)ctx;
    connection->hold = hold;
    go_on_after(connection, hold != NULL);
}

static void on_turn(void *ctx, enum turn_word word)
{
    struct connection *connection = (struct connection *)ctx;
    if (word == TURN_IS_OUT)
        end(connection);
    else
        go_on_after(connection, word == TURN_COMES);
}

/* ----- connections in ----- */

static size_t count_of_source(const struct answer_tcp *tcp, struct ip ip)
{
    size_t count = 0;
    for (const struct connection *at = tcp->oldest; at; at = at->newer)
        count += turn_is_same_source(at->ip, ip);
    return count;
}

static size_t most_of_source(const struct answer_tcp *tcp, struct ip ip)
{
    const struct answer_tcp_limits *limits = &tcp->limits;
    bool more = limits->per_secondary > limits->per_source;
    return more && answer_lists(tcp->answer, ip) ? limits->per_secondary
                                                 : limits->per_source;
}

/* The one that has been quiet for longest, and waits for nothing of ours if there is such. */
static struct connection *find_dispensable(const struct answer_tcp *tcp)
{
    struct connection *at = tcp->oldest;
    while (at && at->turn.state == TURN_WAITING)
        at = at->newer;
    return at ? at : tcp->oldest;
}

static void begin(struct answer_tcp *tcp, int fd, struct ip ip)
{
    if (count_of_source(tcp, ip) >= most_of_source(tcp, ip)) {
        file_close(fd);
        return;
    }
    if (tcp->count >= tcp->limits.connections)
        end(find_dispensable(tcp));
    struct connection *connection = NEW(struct connection);
    connection->tcp = tcp;
    connection->fd = fd;
    connection->ip = ip;
    tcp->count++;
    append(tcp, connection);
    watch_start(&connection->watch, tcp->loop, fd, EPOLLIN, on_connection, connection);
}

static void on_listener(void *ctx, uint32_t events);

static void accept_again(void *ctx)
{
    struct answer_tcp *tcp = (struct answer_tcp *)ctx;
    for (size_t i = 0; i < tcp->listener_count; i++) {
        struct listener *listener = &tcp->listeners[i];
        listener->watch.late = true;
        watch_start(&listener->watch, tcp->loop, listener->fd, EPOLLIN, on_listener,
                    listener);
    }
}

static void pause_accepting(struct answer_tcp *tcp)
{
    for (size_t i = 0; i < tcp->listener_count; i++)
        watch_stop(&tcp->listeners[i].watch);
    timer_set(&tcp->pause, tcp->loop, loop_now_ms(tcp->loop) + ACCEPT_PAUSE_MS,
              accept_again, tcp);
}

static void on_listener(void *ctx, uint32_t events)
{
    struct listener *listener = (struct listener *)ctx;
    struct answer_tcp *tcp = listener->tcp;
    (void)events;
    enum status status = OK;
    for (int i = 0; i < ACCEPTS_PER_EVENT && status == OK; i++) {
        int fd = -1;
        struct ip ip = { 0 };
        status = socket_accept(listener->fd, &fd, &ip, NULL);
        if (status == OK)
            begin(tcp, fd, ip);
    }
    if (status == ERR_BUSY)
        pause_accepting(tcp);
    end_idle(tcp); /* with more of them, their time may be shorter */
}

/* ----- the whole ----- */

struct answer_tcp *answer_tcp_new(struct loop *loop, struct answer *answer,
                                  struct answer_source *source,
                                  const struct answer_tcp_limits *limits)
{
    struct answer_tcp *tcp = NEW(struct answer_tcp);
    tcp->loop = loop;
    tcp->answer = answer;
    tcp->source = source;
    tcp->limits = *limits;
    tcp->turns.loop = loop;
    return tcp;
}

void answer_tcp_listen(struct answer_tcp *tcp, int fd)
{
    assert(tcp->listener_count < ANSWER_LISTEN_MAX);
    struct listener *listener = &tcp->listeners[tcp->listener_count++];
    *listener = (struct listener){ .tcp = tcp, .fd = fd };
    listener->watch.late = true;
    watch_start(&listener->watch, tcp->loop, fd, EPOLLIN, on_listener, listener);
}

size_t answer_tcp_count(const struct answer_tcp *tcp)
{
    return tcp->count;
}

void answer_tcp_close_listeners(struct answer_tcp *tcp)
{
    timer_stop(&tcp->pause);
    while (tcp->listener_count > 0) {
        struct listener *listener = &tcp->listeners[--tcp->listener_count];
        watch_stop(&listener->watch);
        file_close(listener->fd);
    }
}

void answer_tcp_free(struct answer_tcp *tcp)
{
    if (!tcp)
        return;
    while (tcp->oldest)
        end(tcp->oldest);
    turns_done(&tcp->turns);
    timer_stop(&tcp->idle);
    answer_tcp_close_listeners(tcp);
    mem_free(tcp);
}
