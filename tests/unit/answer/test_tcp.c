// SPDX-License-Identifier: GPL-3.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/mem.h"
#include "live.h"

#define SOA "Zexample.org:ns.example.org:admin.example.org:1:1:1:1:60:60\n"
static const char zone[] = SOA "+home.example.org:192.0.2.1:60\n";
#define HOME "NOERROR aa: home.example.org 60 A c0000201"
static const struct asked home = { .name = "home.example.org" };

enum {
    IDLE_MS = 10000,
    BUSY_MS = 2000
};

static struct answer_tcp_limits limits_of(size_t connections, size_t per_source)
{
    return (struct answer_tcp_limits){ .connections = connections,
                                       .per_source = per_source,
                                       .idle_ms = IDLE_MS,
                                       .idle_busy_ms = BUSY_MS };
}

static void open_with(struct live *live, size_t connections, size_t per_source)
{
    struct answer_tcp_limits limits = limits_of(connections, per_source);
    live_open(live, zone, "127.0.0.1", &limits);
}

static int connect_one(struct live *live)
{
    int fd = live_tcp(live, "127.0.0.1", NULL);
    live_settle(live);
    return fd;
}

static void check_served(struct live *live, int fd)
{
    live_send(live, fd, live_framed(&home));
    CHECK_TEXT(reply_text(live_reply(live, fd)), HOME);
}

TEST(queries_sent_ahead_are_answered_in_order)
{
    enum {
        MANY = 2000
    };
    struct live live;
    open_with(&live, 10, 10);
    int fd = connect_one(&live);
    struct str frame = live_framed(&home);
    CLEANUP(mem_freep) char *all = (char *)mem_new(frame.n * MANY);
    for (size_t i = 0; i < MANY; i++) {
        memcpy(all + i * frame.n, frame.at, frame.n);
        all[i * frame.n + 2] = (char)(i >> 8); /* the id */
        all[i * frame.n + 3] = (char)(i & 0xff);
    }
    live_send(&live, fd, str_bytes(all, frame.n * MANY));
    for (size_t i = 0; i < MANY; i++) {
        struct str reply = live_reply(&live, fd);
        CHECK(memcmp(reply.at, all + i * frame.n + 2, 2) == 0);
    }
    CHECK(close(fd) == 0);
    live_close(&live);
}

TEST(queries_may_come_byte_by_byte)
{
    struct live live;
    open_with(&live, 10, 10);
    int fd = connect_one(&live);
    for (int round = 0; round < 3; round++) {
        struct str frame = live_framed(&home);
        for (size_t i = 0; i < frame.n; i++) {
            live_send(&live, fd, str_bytes(frame.at + i, 1));
            live_settle(&live);
        }
        CHECK_TEXT(reply_text(live_reply(&live, fd)), HOME);
    }
    CHECK(close(fd) == 0);
    live_close(&live);
}

TEST(a_bad_message_in_good_framing_is_told_so_and_the_next_is_answered)
{
    static const struct {
        size_t n;
        const char *want; /* NULL: nothing is said */
    } rows[] = { { 0, NULL }, { 3, NULL }, { 12, "FORMERR" }, { 65535, "FORMERR" } };
    struct live live;
    open_with(&live, 10, 10);
    int fd = connect_one(&live);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        static uint8_t frame[2 + 65535];
        memset(frame, 0xff, sizeof(frame));
        frame[0] = (uint8_t)(rows[i].n >> 8);
        frame[1] = (uint8_t)(rows[i].n & 0xff);
        memcpy(frame + 2, "\x12\x34\0\0\0\1\0\0\0\0\0\0", 12);
        live_send(&live, fd, str_bytes(frame, 2 + rows[i].n));
        if (rows[i].want)
            CHECK_TEXT(reply_text(live_reply(&live, fd)), rows[i].want);
        check_served(&live, fd);
    }
    CHECK(close(fd) == 0);
    live_close(&live);
}

TEST(a_client_that_sends_no_more_still_gets_its_replies)
{
    struct live live;
    open_with(&live, 10, 10);
    int fd = connect_one(&live);
    live_send(&live, fd, live_framed(&home));
    live_send(&live, fd, live_framed(&home));
    live_send(&live, fd, str_first(live_framed(&home), 7)); /* never completed */
    CHECK(shutdown(fd, SHUT_WR) == 0);
    CHECK_TEXT(reply_text(live_reply(&live, fd)), HOME);
    CHECK_TEXT(reply_text(live_reply(&live, fd)), HOME);
    CHECK(live_is_closed(&live, fd));
    CHECK_INT(answer_server_connections(live.server), 0);
    CHECK(close(fd) == 0);
    live_close(&live);
}

TEST(a_quiet_connection_ends_after_its_time)
{
    struct live live;
    open_with(&live, 10, 10);
    int fd = connect_one(&live);
    live_pass(&live, IDLE_MS - 1);
    CHECK(!live_is_closed(&live, fd));
    check_served(&live, fd); /* begins anew */
    live_pass(&live, IDLE_MS - 1);
    CHECK(!live_is_closed(&live, fd));
    live_pass(&live, 1);
    CHECK(live_is_closed(&live, fd));
    CHECK(close(fd) == 0);
    live_close(&live);
}

TEST(bytes_that_trickle_in_gain_no_time)
{
    struct live live;
    open_with(&live, 10, 10);
    int fd = connect_one(&live);
    struct str frame = live_framed(&home);
    for (size_t i = 0; i < 9; i++) {
        live_send(&live, fd, str_bytes(frame.at + i, 1));
        live_pass(&live, IDLE_MS / 10);
        CHECK(!live_is_closed(&live, fd));
    }
    live_send(&live, fd, str_bytes(frame.at + 9, 1));
    live_pass(&live, IDLE_MS / 10);
    CHECK(live_is_closed(&live, fd));
    CHECK(close(fd) == 0);
    live_close(&live);
}

TEST(time_is_shorter_while_half_of_all_connections_are_used)
{
    struct live live;
    int fds[4];
    open_with(&live, 8, 8);
    for (size_t i = 0; i < 3; i++)
        fds[i] = connect_one(&live);
    live_pass(&live, BUSY_MS + 500);
    CHECK_INT(answer_server_connections(live.server), 3);
    fds[3] =
        connect_one(&live); /* half: who is over the shorter time goes, until it is not */
    CHECK_INT(answer_server_connections(live.server), 3);
    CHECK(live_is_closed(&live, fds[0]));
    for (size_t i = 1; i < 4; i++)
        CHECK(!live_is_closed(&live, fds[i]));
    live_pass(&live, IDLE_MS - BUSY_MS - 500);
    CHECK(live_is_closed(&live, fds[1]) && live_is_closed(&live, fds[2]));
    check_served(&live, fds[3]);
    for (size_t i = 0; i < 4; i++)
        CHECK(close(fds[i]) == 0);
    live_close(&live);
}

TEST(there_are_never_more_connections_than_the_limit)
{
    enum {
        LIMIT = 5,
        MANY = 12
    };
    struct live live;
    int fds[MANY];
    open_with(&live, LIMIT, MANY);
    for (size_t i = 0; i < MANY; i++) {
        fds[i] = connect_one(&live);
        CHECK_INT(answer_server_connections(live.server), i < LIMIT ? i + 1 : LIMIT);
        if (i >= LIMIT - 1)
            check_served(&live, fds[LIMIT - 1]); /* one that is used stays */
    }
    check_served(&live, fds[LIMIT - 1]);
    check_served(&live, fds[MANY - 1]);
    size_t closed = 0;
    for (size_t i = 0; i < MANY; i++) {
        closed += live_is_closed(&live, fds[i]);
        CHECK(close(fds[i]) == 0);
    }
    CHECK_INT(closed, MANY - LIMIT);
    live_close(&live);
}

TEST(no_source_gets_more_than_its_share)
{
    struct live live;
    int mine[3];
    open_with(&live, 3, 2);
    for (size_t i = 0; i < 3; i++)
        mine[i] = connect_one(&live);
    CHECK(live_is_closed(&live, mine[2]));
    CHECK(!live_is_closed(&live, mine[0]) && !live_is_closed(&live, mine[1]));
    int other = live_tcp(&live, "127.0.0.1", "127.0.0.7");
    live_settle(&live);
    CHECK_INT(answer_server_connections(live.server), 3);
    int again = connect_one(&live); /* full: even so it does not push anyone out */
    CHECK(live_is_closed(&live, again));
    check_served(&live, other);
    check_served(&live, mine[0]);
    check_served(&live, mine[1]);
    for (size_t i = 0; i < 3; i++)
        CHECK(close(mine[i]) == 0);
    CHECK(close(other) == 0 && close(again) == 0);
    live_close(&live);
}

TEST(an_ipv6_network_is_one_source)
{
    struct live live;
    struct answer_tcp_limits limits = limits_of(4, 1);
    live_open(&live, zone, "::1", &limits);
    int first = live_tcp(&live, "::1", NULL), second = live_tcp(&live, "::1", NULL);
    live_settle(&live);
    CHECK(!live_is_closed(&live, first));
    CHECK(live_is_closed(&live, second));
    check_served(&live, first);
    CHECK(close(first) == 0 && close(second) == 0);
    live_close(&live);
}

/* Two records that make a reply of some 60 kB. */
static const char *large_lines(void)
{
    static char lines[1 << 17];
    struct buf out = BUF_ON(lines);
    buf_put_text(&out, SOA);
    for (int i = 0; i < 2; i++) {
        buf_put_text(&out, "'large.example.org:");
        for (int n = 0; n < 30000; n++)
            buf_put_u8(&out, (uint8_t)('a' + i));
        buf_put_text(&out, ":60\n");
    }
    CHECK(!out.full);
    return buf_text(&out);
}

static const struct asked large = { .name = "large.example.org", .type = 16 };

/* 300 replies of 60 kB: more than the sockets hold, so that the server has to wait. */
TEST(replies_wait_for_a_slow_reader_without_piling_up)
{
    enum {
        QUERIES = 300
    };
    struct answer_tcp_limits limits = limits_of(10, 10);
    struct live live;
    live_open(&live, large_lines(), "127.0.0.1", &limits);
    int slow = connect_one(&live), other = connect_one(&live);

    struct str frame = live_framed(&large);
    for (size_t i = 0; i < QUERIES; i++)
        live_send(&live, slow, frame);
    live_settle(&live);
    uint64_t answered = answer_server_counters(live.server)->queries[ANSWER_TCP];
    CHECK(answered < QUERIES);
    live_settle(&live);
    CHECK_INT(answer_server_counters(live.server)->queries[ANSWER_TCP], answered);
    live_send(&live, other, live_framed(&home)); /* others are served meanwhile */
    CHECK_INT(reply_count(live_reply(&live, other), 1), 0);
    frame = live_framed(&large);

    for (size_t i = 0; i < QUERIES; i++)
        CHECK_INT(reply_count(live_reply(&live, slow), 1), 2);
    CHECK_INT(answer_server_counters(live.server)->queries[ANSWER_TCP], QUERIES + 1);

    for (size_t i = 0; i < QUERIES; i++) /* and one that never reads is ended */
        live_send(&live, slow, frame);
    live_settle(&live);
    live_pass(&live, IDLE_MS);
    CHECK_INT(answer_server_connections(live.server), 0);
    CHECK(close(slow) == 0 && close(other) == 0);
    live_close(&live);
}

TEST(a_client_that_vanishes_while_replies_wait_is_forgotten)
{
    struct answer_tcp_limits limits = limits_of(10, 10);
    struct live live;
    live_open(&live, large_lines(), "127.0.0.1", &limits);
    int fd = connect_one(&live);
    for (size_t i = 0; i < 200; i++)
        live_send(&live, fd, live_framed(&large));
    live_settle(&live);
    struct linger now = { .l_onoff = 1, .l_linger = 0 };
    CHECK(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)) == 0);
    CHECK(close(fd) == 0);
    live_settle(&live);
    CHECK_INT(answer_server_connections(live.server), 0);
    live_close(&live);
}

#ifdef ROVE_FAULTS
TEST(without_descriptors_accepting_pauses_and_goes_on)
{
    struct live live;
    open_with(&live, 4, 4);
    fault_arm("socket.accept", 1, true);
    int fd = connect_one(&live);
    CHECK_INT(fault_hits(), 1); /* it does not spin */
    fault_arm(NULL, 0, false);
    live_settle(&live);
    CHECK_INT(answer_server_connections(live.server), 0);
    live_pass(&live, 100);
    check_served(&live, fd);
    CHECK(close(fd) == 0);
    live_close(&live);
}
#endif
