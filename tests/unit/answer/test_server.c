// SPDX-License-Identifier: GPL-3.0-or-later
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fault.h"
#include "live.h"

static const char zone[] = "Zexample.org:ns.example.org:admin.example.org:1:1:1:1:60:60\n"
                           "+home.example.org:192.0.2.1:60\n";
#define HOME "NOERROR aa: home.example.org 60 A c0000201"
static const struct asked home = { .name = "home.example.org" };

TEST(questions_are_answered_over_udp_and_tcp_in_both_families)
{
    static const char *const addresses[] = { "127.0.0.1", "::1" };
    for (size_t i = 0; i < LENGTH_OF(addresses); i++) {
        struct live live;
        uint8_t query[QUERY_MAX];
        live_open(&live, zone, addresses[i], NULL);
        int udp = live_udp(&live, addresses[i], NULL);
        int tcp = live_tcp(&live, addresses[i], NULL);
        live_send(&live, udp, query_write(&home, query));
        CHECK_TEXT(reply_text(live_datagram(&live, udp)), HOME);
        live_send(&live, tcp, live_framed(&home));
        CHECK_TEXT(reply_text(live_reply(&live, tcp)), HOME);
        CHECK_INT(answer_server_counters(live.server)->queries[ANSWER_UDP], 1);
        CHECK_INT(answer_server_counters(live.server)->queries[ANSWER_TCP], 1);
        CHECK_INT(answer_server_connections(live.server), 1);
        CHECK(close(udp) == 0 && close(tcp) == 0);
        live_close(&live);
    }
}

/* A connected socket hears only the address that it asked. */
TEST(a_reply_leaves_from_the_address_that_was_asked)
{
    static const struct {
        const char *listen, *asked;
    } rows[] = { { "0.0.0.0", "127.0.0.1" },
                 { "0.0.0.0", "127.0.0.9" },
                 { "0.0.0.0", "127.200.0.3" },
                 { "::", "::1" } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct live live;
        uint8_t query[QUERY_MAX];
        live_open(&live, zone, rows[i].listen, NULL);
        int fd =
            live_udp(&live, rows[i].asked, rows[i].listen[0] == ':' ? NULL : "127.0.0.2");
        live_send(&live, fd, query_write(&home, query));
        CHECK_TEXT(reply_text(live_datagram(&live, fd)), HOME);
        CHECK(close(fd) == 0);
        live_close(&live);
    }
}

TEST(a_burst_of_datagrams_is_answered_whole)
{
    enum {
        BURST = 150,
        EVERY = 10
    };
    struct live live;
    uint8_t query[QUERY_MAX];
    bool seen[BURST] = { false };
    live_open(&live, zone, "127.0.0.1", NULL);
    int fd = live_udp(&live, "127.0.0.1", NULL);
    struct str bytes = query_write(&home, query);
    for (size_t i = 0; i < BURST; i++) {
        query[1] = (uint8_t)i;
        /* some that get no reply in between */
        CHECK(send(fd, bytes.at, i % EVERY ? bytes.n : 5, 0) > 0);
    }
    for (size_t i = 0; i < BURST - BURST / EVERY; i++) {
        struct str reply = live_datagram(&live, fd);
        uint8_t id = (uint8_t)reply.at[1];
        CHECK(id < BURST && id % EVERY != 0 && !seen[id]);
        seen[id] = true;
    }
    CHECK_INT(answer_server_counters(live.server)->ignored, BURST / EVERY);
    CHECK(close(fd) == 0);
    live_close(&live);
}

TEST(a_client_that_is_gone_costs_the_others_nothing)
{
    struct live live;
    uint8_t query[QUERY_MAX];
    live_open(&live, zone, "127.0.0.1", NULL);
    int gone = live_udp(&live, "127.0.0.1", NULL),
        here = live_udp(&live, "127.0.0.1", NULL);
    struct str bytes = query_write(&home, query);
    CHECK(send(gone, bytes.at, bytes.n, 0) > 0 && close(gone) == 0);
    live_send(&live, here, bytes);
    CHECK_TEXT(reply_text(live_datagram(&live, here)), HOME);
    live_send(&live, here, bytes);
    CHECK_TEXT(reply_text(live_datagram(&live, here)), HOME);
    CHECK(close(here) == 0);
    live_close(&live);
}

/* A reply to port 0 could go nowhere, and other programs' port 0 is not theirs. */
TEST(a_question_from_port_0_is_not_answered)
{
    int raw = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_UDP);
    if (raw < 0)
        skip(); /* needs a privilege */
    struct live live;
    uint8_t query[QUERY_MAX], packet[8 + QUERY_MAX];
    live_open(&live, zone, "127.0.0.1", NULL);
    struct buf out = BUF_ON(packet);
    struct str bytes = query_write(&home, query);
    buf_put_u16(&out, 0);
    buf_put_u16(&out, live.port);
    buf_put_u16(&out, (uint16_t)(8 + bytes.n));
    buf_put_u16(&out, 0); /* no checksum */
    buf_put(&out, bytes);
    struct sockaddr_storage peer;
    struct ip ip;
    CHECK(ip_parse(STR("127.0.0.1"), &ip) == OK);
    socklen_t size = ip_to_sockaddr(ip, 0, &peer);
    CHECK(sendto(raw, packet, out.n, 0, (const struct sockaddr *)&peer, size) > 0);

    int fd = live_udp(&live, "127.0.0.1", NULL);
    live_send(&live, fd, bytes);
    CHECK_TEXT(reply_text(live_datagram(&live, fd)), HOME);
    CHECK_INT(answer_server_counters(live.server)->queries[ANSWER_UDP], 1);
    CHECK(close(fd) == 0 && close(raw) == 0);
    live_close(&live);
}

#ifdef ROVE_FAULTS
TEST(a_reply_that_cannot_be_sent_is_the_only_one_lost)
{
    struct live live;
    uint8_t query[QUERY_MAX];
    live_open(&live, zone, "127.0.0.1", NULL);
    int fd = live_udp(&live, "127.0.0.1", NULL);
    struct str bytes = query_write(&home, query);
    fault_arm("udp.send", 1, false);
    for (uint8_t i = 0; i < 3; i++) {
        query[1] = i;
        CHECK(send(fd, bytes.at, bytes.n, 0) > 0);
    }
    for (uint8_t i = 1; i < 3; i++) {
        struct str reply = live_datagram(&live, fd);
        CHECK_INT((uint8_t)reply.at[1], i);
    }
    CHECK_INT(fault_hits(), 1);
    fault_arm(NULL, 0, false);
    CHECK(close(fd) == 0);
    live_close(&live);
}
#endif

TEST(a_datagram_longer_than_any_query_is_refused)
{
    struct live live;
    static uint8_t query[9000];
    live_open(&live, zone, "127.0.0.1", NULL);
    int fd = live_udp(&live, "127.0.0.1", NULL);
    struct str bytes = query_write(&home, query);
    query[11] = 1; /* an additional record is announced, and 9000 bytes of it come */
    memset(query + bytes.n, 1, sizeof(query) - bytes.n);
    live_send(&live, fd, str_bytes(query, sizeof(query)));
    CHECK_TEXT(reply_text(live_datagram(&live, fd)), "FORMERR");
    CHECK(close(fd) == 0);
    live_close(&live);
}

TEST(a_new_image_is_answered_from_at_once)
{
    struct live live;
    uint8_t query[QUERY_MAX];
    live_open(&live, zone, "127.0.0.1", NULL);
    int fd = live_udp(&live, "127.0.0.1", NULL);
    folder_publish(&live.folder,
                   "Zexample.org:a.example.org:b.example.org:2:1:1:1:60:60\n"
                   "+home.example.org:192.0.2.2:60\n");
    live_settle(&live);
    live_send(&live, fd, query_write(&home, query));
    CHECK_TEXT(reply_text(live_datagram(&live, fd)),
               "NOERROR aa: home.example.org 60 A c0000202");
    CHECK(close(fd) == 0);
    live_close(&live);
}

TEST(an_address_or_port_that_cannot_be_had_is_told)
{
    struct live live;
    struct error err = { .text = "" };
    struct ip ip, foreign;
    live_open(&live, zone, "127.0.0.1", NULL);
    CHECK(ip_parse(STR("127.0.0.1"), &ip) == OK);
    CHECK(ip_parse(STR("192.0.2.1"), &foreign) == OK);
    CHECK(answer_server_listen(live.server, ip, live.port, false, NULL, &err) ==
          ERR_BUSY);
    CHECK(strstr(err.text, "127.0.0.1") != NULL);
    CHECK(answer_server_listen(live.server, foreign, 0, false, NULL, &err) == ERR_IO);
    for (int i = 1; i < ANSWER_LISTEN_MAX; i++)
        CHECK(answer_server_listen(live.server, ip, 0, false, NULL, &err) == OK);
    CHECK(answer_server_listen(live.server, ip, 0, false, NULL, &err) == ERR_LIMIT);
    live_close(&live);
}
