// SPDX-License-Identifier: GPL-3.0-or-later
/* A relay between a client and a front, all on one loop whose clock stands. */
#include "tls/relay.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "authority.h"
#include "base/file.h"
#include "client.h"
#include "net/local.h"
#include "net/socket.h"
#include "net/stream.h"
#include "test.h"

enum {
    TURNS = 12,
    TRIES = 10000,
    STREAMS_MAX = 16,
    NOW = 1000 * TICKET_EPOCH_S
};

static struct clock_manual now;
static struct loop *loop;
static struct relay *relay;
static struct local_server *front;
static struct certificate *certificate;
static struct site *site;
static struct ticket_keys keys;
static uint16_t port;
static int listener;
static int streams[STREAMS_MAX];
static struct ip sources[STREAMS_MAX];
static size_t stream_count;

static void take(void *ctx, struct local_channel *channel, uint16_t type, struct str body)
{
    (void)ctx;
    CHECK(stream_count < STREAMS_MAX);
    CHECK_INT(
        stream_take(channel, type, body, &streams[stream_count], &sources[stream_count]),
        OK);
    stream_count++;
}

static const char *front_path(void)
{
    return authority_path("streams");
}

static void settle(void)
{
    for (int i = 0; i < TURNS; i++)
        loop_turn(loop, 0);
}

static void pass(int64_t ms)
{
    now.now_ms += ms;
    settle();
}

static void open_front(void)
{
    static const struct local_events events = { .message = take };
    const struct local_options options = {
        .loop = loop, .path = front_path(), .events = &events, .mode = 0600
    };
    CHECK_INT(local_listen(&options, &front, NULL), OK);
    pass(1000);
    settle();
}

static void begin(const struct relay_options *wanted, bool has_front)
{
    static const struct wanted usual = { "a", "DNS:www.example.org", false, 90 };
    struct relay_options options = wanted ? *wanted : (struct relay_options){ 0 };
    authority_open();
    clock_manual_init(&now, NOW, 1000);
    loop = loop_new(&now.clock);
    certificate = authority_load(&usual);
    CHECK_INT(site_new(&certificate, 1, "", session_prepare, &site, NULL), OK);
    struct ticket_secret secret;
    ticket_secret_make(NOW, &secret);
    ticket_secret_derive(&secret, NOW, &keys);
    options.front = front_path();
    relay = relay_new(loop, &options);
    relay_use(relay, site, &keys);
    struct ip ip = { .family = IP_V4, .bytes = { 127, 0, 0, 1 } };
    CHECK_INT(socket_listen(ip, 0, &listener, &port, NULL), OK);
    relay_listen(relay, listener);
    stream_count = 0;
    front = NULL;
    if (has_front)
        open_front();
}

static void end(void)
{
    relay_free(relay);
    local_server_close(front);
    for (size_t i = 0; i < stream_count; i++)
        file_close(streams[i]);
    file_close(listener);
    site_free(site);
    certificate_free(certificate);
    loop_free(loop);
    authority_close();
}

/* ----- clients ----- */

struct visitor {
    struct client client;
    int fd;
    bool told_end; /* of TCP */
};

static int connect_from(int last)
{
    struct sockaddr_storage address;
    struct ip ip = { .family = IP_V4, .bytes = { 127, 0, 0, (uint8_t)last } };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t size = ip_to_sockaddr(ip, 0, &address);
    CHECK_INT(bind(fd, (const struct sockaddr *)&address, size), 0);
    ip.bytes[3] = 1;
    size = ip_to_sockaddr(ip, port, &address);
    CHECK_INT(connect(fd, (const struct sockaddr *)&address, size), 0);
    settle();
    return fd;
}

static char output[1 << 20];

static void send_all(const struct visitor *visitor, const struct buf *out)
{
    for (struct str rest = buf_str(out); rest.n > 0;) {
        ssize_t n = send(visitor->fd, rest.at, rest.n, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno != EAGAIN)
            return;
        rest = str_from_at(rest, n > 0 ? (size_t)n : 0);
        loop_turn(loop, 0);
    }
    settle();
}

/* Takes what has come; gives what of it is clear. */
static struct str hear(struct visitor *visitor)
{
    static char storage[1 << 18];
    for (bool more = true; more;) {
        struct buf out = BUF_ON(output);
        ssize_t n = recv(visitor->fd, storage, sizeof(storage), MSG_DONTWAIT);
        visitor->told_end |= n == 0 || (n < 0 && errno != EAGAIN);
        more = n > 0;
        client_take(&visitor->client, str_bytes(storage, n > 0 ? (size_t)n : 0), &out);
        send_all(visitor, &out);
    }
    struct buf out = BUF_ON(output);
    return client_is_open(&visitor->client) ? client_read(&visitor->client, &out)
                                            : STR("");
}

static void say(struct visitor *visitor, struct str text)
{
    struct buf out = BUF_ON(output);
    client_write(&visitor->client, text, &out);
    send_all(visitor, &out);
}

static void visit(struct visitor *visitor, const char *ciphers)
{
    const struct client_options options = { .name = "www.example.org",
                                            .ciphers = ciphers };
    *visitor = (struct visitor){ .fd = connect_from(1) };
    struct buf out = BUF_ON(output);
    client_init(&visitor->client, &options);
    client_take(&visitor->client, STR(""), &out);
    send_all(visitor, &out);
    (void)hear(visitor);
    CHECK(client_is_open(&visitor->client));
}

static void leave(struct visitor *visitor)
{
    file_close(visitor->fd);
    client_done(&visitor->client);
    settle();
}

static struct str read_stream(size_t number)
{
    static char storage[1 << 20];
    size_t n = 0;
    ssize_t got = 0;
    while ((got = recv(streams[number], storage + n, sizeof(storage) - n, MSG_DONTWAIT)) >
           0) {
        n += (size_t)got;
        settle();
    }
    return str_bytes(storage, n);
}

static bool has_ended(size_t number)
{
    char byte = 0;
    return recv(streams[number], &byte, 1, MSG_DONTWAIT) == 0;
}

static void reply(size_t number, struct str text)
{
    CHECK_INT(send(streams[number], text.at, text.n, MSG_NOSIGNAL), text.n);
    settle();
}

/* ----- what is expected ----- */

TEST(front_gets_the_clear_stream_with_the_first_bytes)
{
    static const char *const ciphers[] = { NULL, "ECDHE-ECDSA-AES128-GCM-SHA256" };
    for (size_t i = 0; i < LENGTH_OF(ciphers); i++) {
        struct visitor visitor;
        begin(NULL, true);
        visit(&visitor, ciphers[i]);
        CHECK_INT(stream_count, 0);
        say(&visitor, STR("request"));
        CHECK_INT(stream_count, 1);
        CHECK_TEXT(ip_text(sources[0]), "127.0.0.1");
        CHECK_STR(read_stream(0), "request");
        reply(0, STR("reply"));
        CHECK_STR(hear(&visitor), "reply");
        say(&visitor, STR("another"));
        CHECK_STR(read_stream(0), "another");
        reply(0, STR("and more"));
        CHECK_STR(hear(&visitor), "and more");
        /* front ends: so is the client told, in TLS and in TCP. */
        CHECK_INT(shutdown(streams[0], SHUT_WR), 0);
        settle();
        CHECK_STR(hear(&visitor), "");
        CHECK(client_was_told_the_end(&visitor.client) && visitor.told_end);
        CHECK(has_ended(0));
        CHECK_INT(relay_connections(relay), 1); /* it lingers */
        leave(&visitor);
        CHECK_INT(relay_connections(relay), 0);
        CHECK_INT(relay_counters(relay)->handshakes, 1);
        CHECK_INT(relay_counters(relay)->by_13, ciphers[i] == NULL);
        CHECK_INT(relay_counters(relay)->failed, 0);
        end();
    }
}

TEST(what_front_says_last_goes_out_along_with_the_end)
{
    static char large[20000]; /* more than a record, and than what is held */
    memset(large, 'x', sizeof(large));
    const struct str replies[] = { STR("reply"), str_bytes(large, sizeof(large)) };
    for (size_t i = 0; i < LENGTH_OF(replies); i++) {
        struct visitor visitor;
        begin(NULL, true);
        visit(&visitor, NULL);
        say(&visitor, STR("request"));
        CHECK_STR(read_stream(0), "request");
        CHECK_INT(send(streams[0], replies[i].at, replies[i].n, MSG_NOSIGNAL),
                  (ssize_t)replies[i].n);
        file_close(streams[0]);
        streams[0] = -1;
        loop_turn(loop, 0); /* hear() turns it further */
        struct pollfd end_of_tcp = { .fd = visitor.fd, .events = POLLRDHUP };
        CHECK_INT(poll(&end_of_tcp, 1, 0), 1);
        CHECK(str_equal(hear(&visitor), replies[i]));
        CHECK(client_was_told_the_end(&visitor.client) && visitor.told_end);
        leave(&visitor);
        CHECK_INT(relay_connections(relay), 0);
        end();
    }
}

TEST(what_front_said_last_waits_for_a_client_that_takes_nothing_yet)
{
    static char large[150000]; /* less than the pair holds, more than TCP does here */
    const int small = 4096;
    for (size_t i = 0; i < sizeof(large); i++)
        large[i] = (char)('a' + i % 23);
    for (int takes = 0; takes <= 1; takes++) {
        struct visitor visitor;
        size_t got = 0;
        begin(&(struct relay_options){ .transfer_ms = 5000 }, true);
        CHECK_INT(setsockopt(listener, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)), 0);
        visit(&visitor, NULL);
        CHECK_INT(setsockopt(visitor.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)),
                  0);
        say(&visitor, STR("request"));
        CHECK_INT(send(streams[0], large, sizeof(large), MSG_DONTWAIT), sizeof(large));
        file_close(streams[0]);
        streams[0] = -1;
        settle();
        struct pollfd end_of_tcp = { .fd = visitor.fd, .events = POLLRDHUP };
        CHECK_INT(poll(&end_of_tcp, 1, 0), 0);
        CHECK_INT(relay_connections(relay), 1);
        if (!takes)
            pass(5000);
        for (int i = 0; takes && !visitor.told_end && i < TRIES; i++) {
            struct str part = hear(&visitor);
            CHECK(memcmp(part.at, large + got, part.n) == 0);
            got += part.n;
            loop_turn(loop, 1);
        }
        CHECK_INT(got, takes ? sizeof(large) : 0);
        CHECK_INT(client_was_told_the_end(&visitor.client), takes);
        leave(&visitor);
        CHECK_INT(relay_connections(relay), 0);
        end();
    }
}

TEST(a_client_that_ends_first_still_gets_its_reply)
{
    for (int by_tls = 0; by_tls < 2; by_tls++) {
        struct visitor visitor;
        begin(NULL, true);
        visit(&visitor, NULL);
        say(&visitor, STR("request"));
        struct buf out = BUF_ON(output);
        if (by_tls)
            client_end(&visitor.client, &out);
        send_all(&visitor, &out);
        CHECK_INT(shutdown(visitor.fd, SHUT_WR), 0);
        settle();
        CHECK_STR(read_stream(0), "request");
        CHECK(has_ended(0));
        reply(0, STR("reply"));
        CHECK_STR(hear(&visitor), "reply");
        file_close(streams[0]);
        streams[0] = -1;
        settle();
        CHECK_INT(relay_connections(relay), 0);
        leave(&visitor);
        end();
    }
}

TEST(more_than_either_side_takes_at_once_arrives_whole)
{
    static char large[600000];
    for (size_t i = 0; i < sizeof(large); i++)
        large[i] = (char)('a' + i % 23);
    struct visitor visitor;
    begin(NULL, true);
    visit(&visitor, NULL);
    say(&visitor, STR("begin"));
    CHECK_STR(read_stream(0), "begin");
    size_t got = 0;
    for (size_t at = 0; at < sizeof(large);) { /* up */
        size_t n = sizeof(large) - at < 50000 ? sizeof(large) - at : 50000;
        struct buf out = BUF_ON(output);
        client_write(&visitor.client, str_bytes(large + at, n), &out);
        struct str rest = buf_str(&out);
        while (rest.n > 0) {
            ssize_t sent = send(visitor.fd, rest.at, rest.n, MSG_DONTWAIT | MSG_NOSIGNAL);
            rest = str_from_at(rest, sent > 0 ? (size_t)sent : 0);
            settle();
            if (sent > 0)
                continue;
            struct str part = read_stream(0);
            CHECK(memcmp(part.at, large + got, part.n) == 0);
            got += part.n;
        }
        at += n;
    }
    struct str last = read_stream(0);
    CHECK_INT(got + last.n, sizeof(large));
    CHECK(memcmp(last.at, large + got, last.n) == 0);
    got = 0;
    for (size_t at = 0; at < sizeof(large);) { /* down */
        ssize_t sent =
            send(streams[0], large + at, sizeof(large) - at, MSG_DONTWAIT | MSG_NOSIGNAL);
        at += sent > 0 ? (size_t)sent : 0;
        settle();
        if (sent > 0)
            continue;
        struct str part = hear(&visitor);
        CHECK(memcmp(part.at, large + got, part.n) == 0);
        got += part.n;
    }
    for (struct str part; (part = hear(&visitor)).n > 0; got += part.n)
        settle();
    CHECK_INT(got, sizeof(large));
    leave(&visitor);
    end();
}

TEST(while_front_is_away_a_connection_waits_and_then_ends)
{
    struct visitor first, second;
    begin(NULL, false);
    visit(&first, NULL);
    say(&first, STR("early"));
    pass(6000);
    visit(&second, NULL);
    say(&second, STR("late"));
    CHECK_INT(relay_connections(relay), 2);
    pass(4000);
    CHECK_INT(relay_connections(relay), 1);
    CHECK_INT(relay_counters(relay)->unheard, 1);
    open_front();
    CHECK_INT(stream_count, 1);
    CHECK_STR(read_stream(0), "late");
    reply(0, STR("at last"));
    CHECK_STR(hear(&second), "at last");
    leave(&first);
    leave(&second);
    end();
}

TEST(a_front_that_drains_takes_what_was_sent_and_nothing_is_lost)
{
    struct visitor first, second;
    begin(NULL, true);
    visit(&first, NULL);
    struct buf out = BUF_ON(output);
    client_write(&first.client, STR("before"), &out);
    CHECK_INT(send(first.fd, buf_str(&out).at, out.n, 0), out.n);
    loop_turn(loop, 0); /* the relay has sent it, and front has not read */
    local_server_drain(front);
    CHECK_INT(stream_count, 1);
    CHECK_STR(read_stream(0), "before");
    local_server_close(front);
    front = NULL;
    visit(&second, NULL);
    say(&second, STR("after"));
    CHECK_INT(stream_count, 1);
    open_front();
    CHECK_INT(stream_count, 2);
    CHECK_STR(read_stream(1), "after");
    leave(&first);
    leave(&second);
    end();
}

TEST(deadlines_are_absolute)
{
    begin(NULL, true);
    struct visitor idle, slow;
    visit(&idle, NULL); /* a handshake, and then nothing */
    int silent = connect_from(1);
    slow = (struct visitor){ .fd = connect_from(1) };
    const struct client_options options = { .name = "www.example.org" };
    struct buf out = BUF_ON(output);
    client_init(&slow.client, &options);
    client_take(&slow.client, STR(""), &out);
    CHECK_INT(relay_connections(relay), 3);
    for (size_t i = 0; i < 9; i++) { /* a byte a second moves nothing */
        CHECK_INT(send(slow.fd, out.at + i, 1, MSG_NOSIGNAL), 1);
        pass(1000);
    }
    CHECK_INT(relay_connections(relay), 3);
    pass(1000);
    CHECK_INT(relay_connections(relay), 0);
    CHECK_INT(relay_counters(relay)->overdue, 3);
    file_close(silent);
    leave(&slow);
    leave(&idle);
    end();
}

TEST(a_source_has_its_limit_and_the_longest_waiting_gives_way)
{
    const struct relay_options options = { .connections_per_source = 3 };
    int fds[6];
    begin(&options, true);
    for (size_t i = 0; i < 5; i++)
        fds[i] = connect_from(2);
    CHECK_INT(relay_connections(relay), 3);
    CHECK_INT(relay_counters(relay)->refused, 2);
    fds[5] = connect_from(3); /* another source */
    CHECK_INT(relay_connections(relay), 4);
    char byte = 0;
    CHECK_INT(recv(fds[0], &byte, 1, MSG_DONTWAIT), 0);
    CHECK_INT(recv(fds[1], &byte, 1, MSG_DONTWAIT), 0);
    CHECK_INT(recv(fds[4], &byte, 1, MSG_DONTWAIT), -1);
    /* What front has does not count here: it has a limit of its own. */
    struct visitor visitors[5];
    for (size_t i = 0; i < 5; i++) {
        visit(&visitors[i], NULL);
        say(&visitors[i], STR("x"));
    }
    CHECK_INT(stream_count, 5);
    for (size_t i = 0; i < 5; i++)
        leave(&visitors[i]);
    for (size_t i = 0; i < 6; i++)
        file_close(fds[i]);
    end();
}

TEST(a_proxy_peer_says_whose_connection_it_is)
{
    struct prefix proxy;
    CHECK_INT(prefix_parse(STR("127.0.0.2"), &proxy), OK);
    const struct relay_options options = { .proxy_peers = &proxy, .proxy_peer_count = 1 };
    static const char head[] = "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc6\x33\x64\x07"
                               "\xc0\x00\x02\x01\x12\x67\x00\x50";
    for (size_t piece = 1; piece < sizeof(head); piece += 9) {
        begin(&options, true);
        struct visitor visitor = { .fd = connect_from(2) };
        const struct client_options named = { .name = "www.example.org" };
        struct buf out = BUF_ON(output);
        client_init(&visitor.client, &named);
        for (size_t at = 0; at < sizeof(head) - 1; at += piece) {
            size_t n = sizeof(head) - 1 - at < piece ? sizeof(head) - 1 - at : piece;
            CHECK_INT(send(visitor.fd, head + at, n, 0), n);
            settle();
        }
        client_take(&visitor.client, STR(""), &out);
        send_all(&visitor, &out);
        (void)hear(&visitor);
        say(&visitor, STR("request"));
        CHECK_INT(stream_count, 1);
        CHECK_TEXT(ip_text(sources[0]), "198.51.100.7");
        leave(&visitor);
        end();
    }
    begin(&options, true);
    int fd = connect_from(2);
    CHECK_INT(send(fd, "\x16\x03\x01", 3, 0), 3);
    settle();
    CHECK_INT(relay_connections(relay), 0);
    file_close(fd);
    end();
}

TEST(a_relay_that_drains_ends_after_the_reply)
{
    struct visitor idle, busy, shaking;
    begin(NULL, true);
    visit(&idle, NULL);
    say(&idle, STR("first"));
    CHECK_STR(read_stream(0), "first");
    reply(0, STR("reply"));
    CHECK_STR(hear(&idle), "reply");
    visit(&busy, NULL);
    say(&busy, STR("second"));
    visit(&shaking, NULL);
    relay_drain(relay);
    settle();
    CHECK(has_ended(0)); /* front may end it */
    CHECK_STR(read_stream(1), "second");
    CHECK(!has_ended(1));
    reply(1, STR("answered"));
    CHECK_STR(hear(&busy), "answered");
    CHECK(has_ended(1));
    say(&shaking, STR("third"));
    CHECK_STR(read_stream(2), "third");
    reply(2, STR("answered"));
    CHECK_STR(hear(&shaking), "answered");
    CHECK(has_ended(2));
    for (size_t i = 0; i < 3; i++) {
        file_close(streams[i]);
        streams[i] = -1;
    }
    settle();
    CHECK_STR(hear(&idle), "");
    CHECK(client_was_told_the_end(&idle.client));
    leave(&idle);
    leave(&busy);
    leave(&shaking);
    CHECK_INT(relay_connections(relay), 0);
    end();
}

TEST(without_a_certificate_a_connection_is_closed)
{
    begin(NULL, true);
    relay_use(relay, NULL, &keys);
    int fd = connect_from(1);
    char byte = 0;
    CHECK_INT(recv(fd, &byte, 1, MSG_DONTWAIT), 0);
    CHECK_INT(relay_counters(relay)->refused, 1);
    file_close(fd);
    end();
}
