// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/server.h"

#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/file.h"
#include "base/mem.h"
#include "net/socket.h"
#include "site.h"
#include "test.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: h.example\r\n\r\n"

static const char fine[] = "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                           "Content-Type: text/plain; charset=utf-8\r\n"
                           "Content-Length: 5\r\n\r\nfine\n";

static bool has(struct str text, const char *what)
{
    struct str part = str_from(what);
    for (size_t i = 0; i + part.n <= text.n; i++) {
        if (str_starts(str_from_at(text, i), part))
            return true;
    }
    return false;
}

static bool is_open(struct site *site, int fd)
{
    return !site_receive(site, fd).end;
}

/* Replies to the oldest held exchange. */
static void let_go(struct site *site)
{
    CHECK(site->held_count > 0);
    struct http_exchange *exchange = site->held[0];
    site->held_count--;
    memmove(&site->held[0], &site->held[1], site->held_count * sizeof(exchange));
    http_reply(exchange, &site->response);
}

TEST(a_reply_has_its_bytes_and_the_date_follows_the_clock)
{
    struct site site;
    site_init(&site, NULL);
    int fd = site_connect(&site, "192.0.2.7");
    site_send(&site, fd, STR(GET("/a")));
    CHECK_STR(site_receive(&site, fd).text, fine);
    CHECK_TEXT(ip_text(site.source), "192.0.2.7");
    CHECK(!site.encrypted);
    site.clock.now_s += 3;
    site_send(&site, fd, STR(GET("/b")));
    CHECK(has(site_receive(&site, fd).text, "08:49:40 GMT"));
    site_send(&site, fd, STR("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n"));
    struct str head = site_receive(&site, fd).text;
    CHECK(has(head, "Content-Length: 5\r\n") && str_ends(head, STR("\r\n\r\n")));
    file_close(fd);
    site_done(&site);
}

TEST(an_encrypted_connection_is_known_as_one)
{
    struct site site;
    site_init(&site, NULL);
    int ends[2];
    CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    struct ip ip = { 0 };
    CHECK_INT(ip_parse(STR("2001:db8::7"), &ip), OK);
    http_server_add_connection(site.server, ends[1], ip, true);
    site_send(&site, ends[0], STR(GET("/")));
    CHECK(site.encrypted);
    CHECK(ip_equal(site.source, ip));
    file_close(ends[0]);
    http_server_add_connection(site.server, -1, ip, true); /* none: no harm */
    site_done(&site);
}

TEST(a_request_that_comes_with_its_connection_is_answered_at_once)
{
    struct site site;
    site_init(&site, NULL);
    int ends[2];
    CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    struct str request = STR(GET("/"));
    CHECK_INT(send(ends[0], request.at, request.n, 0), (ssize_t)request.n);
    http_server_add_connection(site.server, ends[1], (struct ip){ 0 }, true);
    CHECK_INT(site.requests, 1);
    CHECK_STR(site_receive(&site, ends[0]).text, fine);
    site_send(&site, ends[0], STR(GET("/again")));
    CHECK_INT(site.requests, 2);
    file_close(ends[0]);
    site_done(&site);
}

TEST(an_encrypted_connection_is_closed_right_behind_its_last_reply)
{
    struct site site;
    site_init(&site, NULL);
    int ends[2];
    CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    struct str requests = STR("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
                              "and what is never read");
    CHECK_INT(send(ends[0], requests.at, requests.n, 0), (ssize_t)requests.n);
    http_server_add_connection(site.server, ends[1], (struct ip){ 0 }, true);
    CHECK_INT(http_server_connections(site.server), 0);
    struct received received = site_receive(&site, ends[0]);
    CHECK(received.end && str_ends(received.text, STR("fine\n")));
    file_close(ends[0]);
    site_done(&site);
}

TEST(pipelined_requests_are_answered_in_order)
{
    struct site site;
    site_init(&site, NULL);
    site.echoes = true;
    int fd = site_connect(&site, "192.0.2.7");
    site_send(&site, fd,
              STR("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\none"
                  "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\ntwo"
                  "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nthree"));
    CHECK_INT(site.requests, 3);
    struct str text = site_receive(&site, fd).text;
    CHECK(has(text, "\r\n\r\noneHTTP/1.1 200 OK\r\n"));
    CHECK(has(text, "\r\n\r\ntwoHTTP/1.1 200 OK\r\n"));
    CHECK(str_ends(text, STR("\r\n\r\nthree")));
    file_close(fd);
    site_done(&site);
}

TEST(a_held_request_holds_back_the_next_ones)
{
    struct site site;
    site_init(&site, NULL);
    site.holds = true;
    int fd = site_connect(&site, "192.0.2.7");
    site_send(&site, fd, STR(GET("/1") GET("/2")));
    site_send(&site, fd, STR(GET("/3")));
    for (unsigned i = 1; i <= 3; i++) {
        CHECK_INT(site.requests, i);
        CHECK_INT(site.target[1], (int)('0' + i));
        CHECK_INT(site_receive(&site, fd).text.n, 0);
        let_go(&site);
        CHECK_INT(site.requests, i); /* the handler is not called from inside the reply */
        CHECK_STR(site_receive(&site, fd).text, fine);
        site_settle(&site);
    }
    site_send(&site, fd, STR(GET("/4")));
    CHECK_INT(site.requests, 4);
    site_done(&site); /* with one in hand */
    file_close(fd);
}

TEST(a_peer_that_leaves_does_not_take_its_exchange_along)
{
    struct site site;
    site_init(&site, NULL);
    site.holds = true;
    int a = site_connect(&site, "192.0.2.7"), b = site_connect(&site, "192.0.2.7");
    site_send(&site, a, STR(GET("/gone")));
    site_send(&site, b, STR(GET("/late")));
    file_close(a);
    site_settle(&site);
    site_pass(&site, 30000);
    CHECK_INT(http_server_connections(site.server), 0);
    CHECK_STR(http_request_head(site.held[0])->target, "/gone");
    CHECK(http_request_arena(site.held[0]) != NULL);
    CHECK(!is_open(&site, b));
    let_go(&site);
    let_go(&site);
    file_close(b);
    site_done(&site);
}

TEST(a_request_that_takes_too_long_is_told_so_and_its_reply_is_dropped)
{
    static const struct http_response overdue = { .status = 503, .body = { "911\n", 4 } };
    const struct http_server_options options = { .overdue = &overdue };
    struct site site;
    site_init(&site, &options);
    site.holds = true;
    int fd = site_connect(&site, "192.0.2.7");
    site_send(&site, fd, STR(GET("/slow") GET("/never")));
    site_pass(&site, 29999);
    CHECK_INT(site_receive(&site, fd).text.n, 0);
    site_pass(&site, 1);
    struct str got = site_receive(&site, fd).text;
    CHECK(str_starts(got, STR("HTTP/1.1 503 ")));
    CHECK(str_ends(got, STR("\r\nConnection: close\r\n\r\n911\n")));
    CHECK_INT(site.requests, 1);
    let_go(&site);
    CHECK_INT(site_receive(&site, fd).text.n, 0);
    CHECK_INT(site.requests, 1);
    file_close(fd);
    site_done(&site);
}

TEST(a_peer_that_resets_while_it_waits_costs_nothing)
{
    struct site site;
    site_init(&site, NULL);
    site.holds = true;
    int fd = site_connect(&site, "192.0.2.7");
    site_send(&site, fd, STR(GET("/")));
    file_close(fd);
    site_settle(&site);
    CHECK_INT(http_server_connections(site.server), 1);
    let_go(&site); /* into a closed socket, without a signal */
    CHECK_INT(http_server_connections(site.server), 0);
    site_done(&site);
}

TEST(a_half_closed_peer_still_gets_its_reply)
{
    struct site site;
    site_init(&site, NULL);
    int fd = site_connect(&site, "192.0.2.7");
    CHECK_INT(send(fd, GET("/"), sizeof(GET("/")) - 1, 0), (int)sizeof(GET("/")) - 1);
    CHECK_INT(shutdown(fd, SHUT_WR), 0);
    site_settle(&site);
    struct received received = site_receive(&site, fd);
    CHECK_STR(received.text, fine);
    CHECK(received.end);
    CHECK_INT(http_server_connections(site.server), 0);
    file_close(fd);
    site_done(&site);
}

/* Bodies */

TEST(bodies_of_all_sizes_arrive_whole_and_end_where_they_should)
{
    static const size_t sizes[] = { 0,    1,    8000,  8100,  8190,  8191,
                                    8192, 8193, 16384, 30000, 65535, 65536 };
    struct site site;
    site_init(&site, NULL);
    int fd = site_connect(&site, "192.0.2.7");
    CLEANUP(mem_freep) char *bytes = mem_new(70000);
    for (unsigned i = 0; i < LENGTH_OF(sizes); i++) {
        struct buf out = buf_on(bytes, 70000);
        buf_put_text(&out, "POST /body HTTP/1.1\r\nHost: h\r\nContent-Length: ");
        buf_put_decimal(&out, sizes[i]);
        buf_put_text(&out, "\r\n\r\n");
        size_t start = out.n;
        for (size_t k = 0; k < sizes[i]; k++)
            buf_put_u8(&out, (uint8_t)(k * 13 % 253));
        struct str body = str_from_at(buf_str(&out), start);
        buf_put_text(&out, GET("/next"));
        CHECK(!out.full);
        /* Two pieces: the first ends in the midst of the body. */
        site.requests = 0;
        size_t cut = start + sizes[i] / 2;
        site_send(&site, fd, str_first(buf_str(&out), cut));
        CHECK_INT(site.requests, sizes[i] / 2 == sizes[i]);
        site.body_n = 0;
        struct str rest = str_from_at(buf_str(&out), cut);
        site_send(&site, fd, str_first(rest, body.n - sizes[i] / 2));
        CHECK_INT(site.requests, 1);
        CHECK_INT(site.body_n, sizes[i]);
        CHECK(site.body_sum == sum_of(body));
        site_send(&site, fd, str_from_at(rest, body.n - sizes[i] / 2));
        CHECK_INT(site.requests, 2);
        CHECK_TEXT(site.target, "/next");
        CHECK_INT(site_receive(&site, fd).text.n, (int)(2 * (sizeof(fine) - 1)));
    }
    file_close(fd);
    site_done(&site);
}

TEST(a_body_past_the_limit_is_refused_before_it_is_read)
{
    const struct http_server_options options = { .body_max = 10 };
    struct site site;
    site_init(&site, &options);
    int fd = site_connect(&site, "192.0.2.7");
    site_send(&site, fd, STR("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n"));
    struct received received = site_receive(&site, fd);
    CHECK(str_starts(received.text, STR("HTTP/1.1 413 Content Too Large\r\n")));
    CHECK(str_ends(received.text, STR("\r\n\r\nContent Too Large\n")));
    CHECK(received.end);
    CHECK_INT(site.requests, 0);
    file_close(fd);
    site_done(&site);
}

TEST(a_client_that_waits_for_leave_to_send_gets_it_once)
{
    struct site site;
    site_init(&site, NULL);
    int fd = site_connect(&site, "192.0.2.7");
    site_send(&site, fd,
              STR("PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
                  "Content-Length: 4\r\n\r\n"));
    CHECK_STR(site_receive(&site, fd).text, "HTTP/1.1 100 Continue\r\n\r\n");
    site_send(&site, fd, STR("ab"));
    CHECK_INT(site_receive(&site, fd).text.n, 0);
    site_send(&site, fd, STR("cd"));
    CHECK_STR(site_receive(&site, fd).text, fine);
    CHECK(is_open(&site, fd));
    file_close(fd);
    site_done(&site);
}

TEST(a_peer_that_leaves_in_the_midst_of_its_body_is_forgotten)
{
    struct site site;
    site_init(&site, NULL);
    int fd = site_connect(&site, "192.0.2.7");
    site_send(&site, fd,
              STR("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 40000\r\n\r\nabc"));
    CHECK_INT(http_server_connections(site.server), 1);
    file_close(fd);
    site_settle(&site);
    CHECK_INT(http_server_connections(site.server), 0);
    CHECK_INT(site.requests, 0);
    site_done(&site);
}

/* Deadlines */

TEST(a_trickle_of_bytes_does_not_move_a_deadline)
{
    static const struct {
        const char *start;
        int64_t limit_ms;
    } rows[] = {
        { "", 10000 },
        { "GET /", 10000 },
        { "GET / HTTP/1.1\r\nX: ", 10000 },
        { "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 60000\r\n\r\n", 10000 },
        { "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 600\r\n\r\n", 10000 },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct site site;
        site_init(&site, NULL);
        int fd = site_connect(&site, "192.0.2.7");
        site_send(&site, fd, str_from(rows[i].start));
        for (int64_t ms = 0; ms + 1000 < rows[i].limit_ms; ms += 1000) {
            site_pass(&site, 1000);
            site_send(&site, fd, STR("x"));
            CHECK(is_open(&site, fd));
        }
        site_pass(&site, 999);
        CHECK(is_open(&site, fd));
        site_pass(&site, 1);
        CHECK(!is_open(&site, fd));
        CHECK_INT(http_server_connections(site.server), 0);
        CHECK_INT(site.requests, 0);
        file_close(fd);
        site_done(&site);
    }
}

TEST(each_reply_gives_the_next_head_its_full_time)
{
    struct site site;
    site_init(&site, NULL);
    int fd = site_connect(&site, "192.0.2.7");
    for (int i = 0; i < 5; i++) {
        site_pass(&site, 9999);
        site_send(&site, fd, STR(GET("/")));
        CHECK_STR(site_receive(&site, fd).text, fine);
    }
    site_pass(&site, 10000);
    CHECK(!is_open(&site, fd));
    file_close(fd);
    site_done(&site);
}

TEST(after_the_last_word_the_peer_is_read_for_a_while)
{
    struct site site;
    site_init(&site, NULL);
    /* For two seconds. */
    int fd = site_connect(&site, "192.0.2.7");
    site_send(&site, fd, STR("nonsense\r\n"));
    CHECK(site_receive(&site, fd).end);
    site_pass(&site, 1999);
    CHECK_INT(http_server_connections(site.server), 1);
    site_pass(&site, 1);
    CHECK_INT(http_server_connections(site.server), 0);
    file_close(fd);
    /* Or until it has sent too much. */
    fd = site_connect(&site, "192.0.2.7");
    site_send(&site, fd, STR("nonsense\r\n"));
    char bytes[4096] = { 0 };
    size_t sent = 0;
    for (; sent < 1 << 20 && http_server_connections(site.server); sent += sizeof(bytes))
        site_send(&site, fd, str_bytes(bytes, sizeof(bytes)));
    CHECK(sent >= 256UL * 1024 && sent < 300UL * 1024);
    file_close(fd);
    /* Or until it closes. */
    fd = site_connect(&site, "192.0.2.7");
    site_send(&site, fd, STR("GET / HTTP/1.0\r\n\r\n"));
    CHECK_INT(http_server_connections(site.server), 1);
    file_close(fd);
    site_settle(&site);
    CHECK_INT(http_server_connections(site.server), 0);
    site_done(&site);
}

/* Slow readers */

TEST(a_reply_that_does_not_fit_the_socket_goes_out_in_pieces)
{
    struct site site;
    site_init(&site, NULL);
    CLEANUP(mem_freep) char *bytes = mem_new(SEEN_SIZE - 1000);
    for (size_t i = 0; i < SEEN_SIZE - 1000; i++)
        bytes[i] = (char)(i * 17 % 251);
    site.response.body = (struct str){ bytes, SEEN_SIZE - 1000 };
    int fd = site_connect(&site, "192.0.2.7");
    site_send(&site, fd, STR(GET("/big") GET("/big")));
    CHECK_INT(site.requests, 1); /* the second waits until the first is out */
    struct str got = site_receive(&site, fd).text;
    while (got.n > 0 && site.requests == 1)
        got = site_receive(&site, fd).text;
    CHECK_INT(site.requests, 2);
    site_pass(&site, 9999);
    CHECK_INT(http_server_connections(site.server), 1);
    site_pass(&site, 1);
    CHECK_INT(http_server_connections(site.server), 0);
    file_close(fd);

    site.response.close = true;
    fd = site_connect(&site, "192.0.2.7");
    site_send(&site, fd, STR(GET("/big")));
    struct received received = site_receive(&site, fd);
    CHECK(received.end);
    struct str want = site.response.body;
    CHECK(received.text.n > want.n);
    CHECK(str_equal(str_from_at(received.text, received.text.n - want.n), want));
    file_close(fd);

    fd = site_connect(&site, "192.0.2.7");
    site_send(&site, fd, STR(GET("/big")));
    CHECK_INT(http_server_connections(site.server), 1);
    file_close(fd);
    site_settle(&site);
    CHECK_INT(http_server_connections(site.server), 0);
    site_done(&site);
}

/* Limits */

TEST(at_the_limit_of_all_the_longest_waiting_gives_way)
{
    const struct http_server_options options = { .connections_max = 3 };
    struct site site;
    site_init(&site, &options);
    int a = site_connect(&site, "192.0.2.1");
    site_pass(&site, 1);
    int b = site_connect(&site, "192.0.2.2");
    site_pass(&site, 1);
    int c = site_connect(&site, "192.0.2.3");
    site_send(&site, a, STR(GET("/"))); /* now b has waited longest */
    CHECK_STR(site_receive(&site, a).text, fine);
    int d = site_connect(&site, "192.0.2.4");
    CHECK(!is_open(&site, b));
    CHECK(is_open(&site, a) && is_open(&site, c) && is_open(&site, d));
    CHECK_INT(http_server_connections(site.server), 3);

    /* Of those that do not wait for a head: first who was told the last word, then who sends
     * a body; never one that the handler has. */
    site_send(&site, a, STR("nonsense\n"));
    CHECK(has(site_receive(&site, a).text, "400"));
    site_send(&site, c, STR("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n"));
    site.holds = true;
    site_send(&site, d, STR(GET("/held")));
    int e = site_connect(&site, "192.0.2.5");
    CHECK_INT(send(a, "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT), -1); /* gone */
    site_send(&site, e, STR(GET("/held")));
    int f = site_connect(&site, "192.0.2.6");
    CHECK(!is_open(&site, c));
    site_send(&site, f, STR(GET("/held")));
    int g = site_connect(&site, "192.0.2.7");
    CHECK(!is_open(&site, g));
    CHECK(is_open(&site, d) && is_open(&site, e) && is_open(&site, f));
    while (site.held_count > 0)
        let_go(&site);
    int fds[] = { a, b, c, d, e, f, g };
    for (size_t i = 0; i < LENGTH_OF(fds); i++)
        file_close(fds[i]);
    site_done(&site);
}

TEST(at_the_limit_of_a_source_only_that_source_gives_way)
{
    static const struct {
        const char *one, *same, *other;
    } rows[] = {
        { "192.0.2.1", "192.0.2.1", "192.0.2.2" },
        { "2001:db8:0:1::1", "2001:db8:0:1:ffff::2", "2001:db8:0:2::1" },
        { NULL, NULL, "0.0.0.0" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        const struct http_server_options options = { .connections_per_source = 2 };
        struct site site;
        site_init(&site, &options);
        int other = site_connect(&site, rows[i].other);
        int a = site_connect(&site, rows[i].one), b = site_connect(&site, rows[i].same);
        CHECK(is_open(&site, a) && is_open(&site, b));
        site_send(&site, a, STR(GET("/")));
        CHECK_STR(site_receive(&site, a).text, fine);
        int c = site_connect(&site, rows[i].same);
        CHECK(!is_open(&site, b));
        CHECK(is_open(&site, a) && is_open(&site, c) && is_open(&site, other));
        site.holds = true;
        site_send(&site, a, STR(GET("/")));
        site_send(&site, c, STR(GET("/")));
        int d = site_connect(&site, rows[i].one);
        CHECK(!is_open(&site, d));
        CHECK_INT(http_server_connections(site.server), 3);
        int fds[] = { a, b, c, d, other };
        for (size_t k = 0; k < LENGTH_OF(fds); k++)
            file_close(fds[k]);
        site_done(&site);
    }
}

TEST(slow_heads_fill_every_place_and_healthy_clients_are_served)
{
    enum {
        SLOW = 300,
        PLACES = 100
    };
    const struct http_server_options options = { .connections_max = PLACES };
    struct site site;
    site_init(&site, &options);
    static int fds[SLOW];
    int served = 0;
    for (int i = 0; i < SLOW; i++) {
        char text[IP_TEXT_SIZE];
        struct buf ip = BUF_ON(text);
        buf_printf(&ip, "2001:db8:0:%x::1", (unsigned)i);
        fds[i] = site_connect(&site, buf_text(&ip));
        (void)send(fds[i], "GET / HTTP/1.1\r\nX:", 19, MSG_NOSIGNAL);
        if (i % 10 > 0)
            continue;
        int healthy = site_connect(&site, "192.0.2.1");
        site_send(&site, healthy, STR(GET("/")));
        CHECK_STR(site_receive(&site, healthy).text, fine);
        served++;
        file_close(healthy);
        site_pass(&site, 50);
    }
    CHECK_INT(site.requests, served);
    CHECK_INT(http_server_connections(site.server), PLACES);
    for (int ms = 0; ms < 9000; ms += 1000) {
        for (int i = 0; i < SLOW; i++)
            (void)send(fds[i], "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
        site_pass(&site, 1000);
    }
    site_pass(&site, 1000);
    CHECK_INT(http_server_connections(site.server), 0);
    for (int i = 0; i < SLOW; i++)
        file_close(fds[i]);
    site_done(&site);
}

/* Listeners */

static int connect_tcp(uint16_t port)
{
    struct ip ip = { 0 };
    CHECK_INT(ip_parse(STR("127.0.0.1"), &ip), OK);
    struct sockaddr_storage to;
    socklen_t size = ip_to_sockaddr(ip, port, &to);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK_INT(connect(fd, (const struct sockaddr *)&to, size), 0);
    return fd;
}

static uint16_t listen_tcp(struct site *site)
{
    struct ip ip = { 0 };
    CHECK_INT(ip_parse(STR("127.0.0.1"), &ip), OK);
    int listener = -1;
    uint16_t port = 0;
    CHECK_INT(socket_listen(ip, 0, &listener, &port, NULL), OK);
    CHECK_INT(http_server_add_listener(site->server, listener, NULL), OK);
    return port;
}

TEST(connections_are_accepted_from_several_listeners)
{
    struct site site;
    site_init(&site, NULL);
    uint16_t ports[] = { listen_tcp(&site), listen_tcp(&site) };
    for (int i = 0; i < 40; i++) {
        int fd = connect_tcp(ports[i % 2]);
        site_send(&site, fd, STR(GET("/tcp")));
        CHECK_STR(site_receive(&site, fd).text, fine);
        CHECK_TEXT(ip_text(site.source), "127.0.0.1");
        file_close(fd);
        site_settle(&site);
    }
    CHECK_INT(site.requests, 40);
    site_done(&site);
}

TEST(a_flood_of_connections_is_taken_in_over_several_rounds)
{
    enum {
        FLOOD = 50
    };
    struct site site;
    site_init(&site, NULL);
    uint16_t port = listen_tcp(&site);
    int fds[FLOOD];
    for (int i = 0; i < FLOOD; i++)
        fds[i] = connect_tcp(port);
    loop_turn(site.loop, 0);
    CHECK_INT(http_server_connections(site.server), 16);
    site_settle(&site);
    CHECK_INT(http_server_connections(site.server), FLOOD);
    for (int i = 0; i < FLOOD; i++)
        file_close(fds[i]);
    site_done(&site);
}

/* What a network does to a request at any of its bytes. */
static void cut_at(struct site *site, uint16_t port, struct str bytes, bool reset)
{
    const struct linger at_once = { .l_onoff = 1 };
    int fd = connect_tcp(port);
    site_send(site, fd, bytes);
    if (reset)
        CHECK_INT(setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)), 0);
    else
        CHECK_INT(shutdown(fd, SHUT_WR), 0);
    if (!reset) {
        site_settle(site);
        CHECK(site_receive(site, fd).end);
    }
    file_close(fd);
    site_settle(site);
    CHECK_INT(http_server_connections(site->server), 0);
}

TEST(a_reset_or_a_half_close_at_any_byte_leaves_nothing_behind)
{
    struct site site;
    site_init(&site, NULL);
    uint16_t port = listen_tcp(&site);
    struct str whole =
        STR("POST /cut HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc");
    for (size_t n = 0; n <= whole.n; n++) {
        cut_at(&site, port, str_first(whole, n), true);
        cut_at(&site, port, str_first(whole, n), false);
    }
    CHECK_INT(site.requests, 2); /* the whole ones */
    site_done(&site);
}

TEST(without_a_free_descriptor_the_server_recovers_by_itself)
{
    if (test_runs_in_valgrind())
        skip();
    struct site site;
    site_init(&site, NULL);
    int old = site_connect(&site, "192.0.2.1");
    uint16_t port = listen_tcp(&site);
    int fd = connect_tcp(port);
    struct rlimit before, none;
    CHECK_INT(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = 3; /* those that are open stay open */
    CHECK_INT(setrlimit(RLIMIT_NOFILE, &none), 0);
    site_settle(&site);
    site_pass(&site, 1000);
    CHECK_INT(http_server_connections(site.server), 0);
    CHECK(!is_open(&site, old));
    CHECK_INT(setrlimit(RLIMIT_NOFILE, &before), 0);
    site_pass(&site, 100);
    site_send(&site, fd, STR(GET("/")));
    CHECK_STR(site_receive(&site, fd).text, fine);
    file_close(fd);
    file_close(old);
    site_done(&site);
}

#ifdef ROVE_FAULTS
TEST(out_of_descriptors_the_listeners_rest_and_one_connection_gives_way)
{
    struct site site;
    site_init(&site, NULL);
    int old = site_connect(&site, "192.0.2.1");
    uint16_t port = listen_tcp(&site);
    fault_arm("socket.accept", 1, false);
    int fd = connect_tcp(port);
    site_settle(&site);
    CHECK_INT(fault_hits(), 1);
    fault_arm(NULL, 0, false);
    CHECK(!is_open(&site, old));
    CHECK_INT(http_server_connections(site.server), 0);
    uint16_t other = listen_tcp(&site); /* one that comes meanwhile rests too */
    int second = connect_tcp(other);
    site_pass(&site, 99);
    CHECK_INT(http_server_connections(site.server), 0);
    site_pass(&site, 1);
    CHECK_INT(http_server_connections(site.server), 2);
    site_send(&site, fd, STR(GET("/")));
    CHECK_STR(site_receive(&site, fd).text, fine);
    file_close(fd);
    file_close(second);
    file_close(old);
    site_done(&site);
}

TEST(a_send_that_fails_ends_the_connection_at_every_place)
{
    static const char *const rows[] = {
        GET("/"),
        "nonsense\n",
        "PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n",
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct site site;
        site_init(&site, NULL);
        int fd = site_connect(&site, "192.0.2.1");
        fault_arm("http.send", 1, false);
        site_send(&site, fd, str_from(rows[i]));
        CHECK_INT(fault_hits(), 1);
        fault_arm(NULL, 0, false);
        CHECK_INT(http_server_connections(site.server), 0);
        CHECK(!is_open(&site, fd));
        file_close(fd);
        site_done(&site);
    }
}
#endif

/* The end */

static void note_drained(void *ctx)
{
    ++*(unsigned *)ctx;
}

TEST(a_draining_server_finishes_what_it_has_and_takes_nothing_new)
{
    struct site site;
    site_init(&site, NULL);
    uint16_t port = listen_tcp(&site);
    int idle = site_connect(&site, "192.0.2.1"), held = site_connect(&site, "192.0.2.2"),
        late = site_connect(&site, "192.0.2.3"), half = site_connect(&site, "192.0.2.4");
    site.holds = true;
    site_send(&site, held, STR(GET("/held")));
    site.holds = false;
    site_send(&site, half, STR("GET / HT"));
    /* This one is on its way when the drain begins. */
    CHECK_INT(send(late, GET("/"), sizeof(GET("/")) - 1, 0), (int)sizeof(GET("/")) - 1);
    unsigned drained = 0;
    http_server_drain(site.server, note_drained, &drained);
    http_server_drain(site.server, note_drained, &drained);
    site_settle(&site);
    CHECK(!is_open(&site, idle));
    CHECK(has(site_receive(&site, late).text, "\r\nConnection: close\r\n"));
    site_send(&site, half, STR("TP/1.1\r\nHost: h\r\n\r\n"));
    struct received received = site_receive(&site, half);
    CHECK(received.end && has(received.text, "200 OK"));
    CHECK_INT(site.requests, 3);
    let_go(&site);
    received = site_receive(&site, held);
    CHECK(received.end && has(received.text, "200 OK"));

    struct ip ip = { 0 };
    int listener = -1;
    CHECK_INT(ip_parse(STR("127.0.0.1"), &ip), OK);
    CHECK_INT(socket_listen(ip, port, &listener, NULL, NULL), OK); /* it was given up */
    CHECK_INT(http_server_add_listener(site.server, listener, NULL), ERR_CONFLICT);
    int refused = site_connect(&site, "192.0.2.1");
    CHECK(!is_open(&site, refused));
    CHECK_INT(drained, 0);
    int fds[] = { idle, held, late, half, refused };
    for (size_t i = 0; i < LENGTH_OF(fds); i++)
        file_close(fds[i]);
    site_settle(&site);
    CHECK_INT(drained, 1);
    site_done(&site);
}

static void free_server(void *ctx)
{
    struct site *site = ctx;
    http_server_free(TAKE(site->server));
}

TEST(an_idle_server_is_drained_at_once_and_may_be_freed_then)
{
    struct site site;
    site_init(&site, NULL);
    http_server_drain(site.server, free_server, &site);
    CHECK(site.server != NULL);
    site_settle(&site);
    CHECK(!site.server);
    site_done(&site);
}

TEST(a_server_can_be_freed_with_connections_in_every_state)
{
    struct site site;
    site_init(&site, NULL);
    (void)listen_tcp(&site);
    static const char *const rows[] = {
        "",
        "GET",
        GET("/"),
        "nonsense\n",
        "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 40000\r\n\r\nabc",
    };
    int fds[LENGTH_OF(rows) + 2];
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        fds[i] = site_connect(&site, "192.0.2.1");
        site_send(&site, fds[i], str_from(rows[i]));
    }
    site.holds = true;
    for (size_t i = LENGTH_OF(rows); i < LENGTH_OF(fds); i++) {
        fds[i] = site_connect(&site, "192.0.2.1");
        site_send(&site, fds[i], STR(GET("/held")));
    }
    let_go(&site);
    site_done(&site);
    for (size_t i = 0; i < LENGTH_OF(fds); i++)
        file_close(fds[i]);
}

TEST(many_exchanges_at_once_are_more_than_the_spare_ones)
{
    enum {
        MANY = 300
    };
    const struct http_server_options options = { .connections_per_source = MANY };
    struct site site;
    site_init(&site, &options);
    static int fds[MANY];
    static struct http_exchange *held[MANY];
    site.holds = true;
    for (int i = 0; i < MANY; i++) {
        fds[i] = site_connect(&site, "192.0.2.1");
        site_send(&site, fds[i], STR(GET("/")));
        CHECK_INT(site.held_count, 1);
        held[i] = site.held[--site.held_count];
    }
    for (int i = 0; i < MANY; i++) {
        http_reply(held[i], &site.response);
        CHECK_STR(site_receive(&site, fds[i]).text, fine);
        file_close(fds[i]);
    }
    site_settle(&site);
    CHECK_INT(http_server_connections(site.server), 0);
    site_done(&site);
    http_server_free(NULL);
}
