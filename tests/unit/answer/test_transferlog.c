// SPDX-License-Identifier: GPL-3.0-or-later
/* What the log says of transfers, and that nobody can fill it. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "allowed.h"
#include "answer/transferlog.h"
#include "base/mem.h"
#include "dns/record.h"
#include "dns/tsig.h"
#include "image/history.h"
#include "live.h"

static const char zone[] =
    "Zexample.org:ns.example.org:admin.example.org:7:1:2:3:60:300\n"
    "+home.example.org:192.0.2.1:60\n";

enum {
    MANY = 8000, /* hosts: more than sockets hold */
    AT_ONCE = 20,
    PAUSE_MS = 60000,
    LOG_SIZE = 65536,
    CLASS_OTHER = 4, /* Hesiod */
};

/* A server that 127.0.0.1 may transfer from, by a key if it likes, and 127.0.1.1 may not. */
struct world {
    struct live live;
    struct allowed allowed;
    int log;
};

static void world_open(struct world *world, const char *lines)
{
    static const struct answer_tcp_limits limits = {
        .connections = 100, .per_source = 100, .idle_ms = 10000, .idle_busy_ms = 2000
    };
    char path[] = "/tmp/rove-log-XXXXXX";
    live_open(&world->live, lines, "127.0.0.1", &limits);
    world->live.clock.now_ms = 1000000;
    allowed_init(&world->allowed);
    answer_server_allow(world->live.server, &world->allowed.access);
    world->log = mkstemp(path);
    CHECK(world->log >= 0 && unlink(path) == 0);
    log_set_fd(world->log);
    log_init("answer", LOG_INFO);
}

static void world_done(struct world *world)
{
    log_set_fd(STDERR_FILENO);
    CHECK(close(world->log) == 0);
    (void)unlink(folder_file(&world->live.folder, "history"));
    live_close(&world->live);
}

/* What was logged since the last call. */
static const char *take_log(const struct world *world)
{
    static char text[LOG_SIZE];
    ssize_t n = pread(world->log, text, sizeof(text) - 1, 0);
    CHECK(n >= 0);
    text[n] = 0;
    CHECK(ftruncate(world->log, 0) == 0 && lseek(world->log, 0, SEEK_SET) == 0);
    return text;
}

static int count_lines(const char *text)
{
    int count = 0;
    for (; (text = strchr(text, '\n')); text++)
        count++;
    return count;
}

static const struct asked whole_zone = { .name = "example.org", .type = RR_AXFR };

static struct asked changes_since(uint32_t serial)
{
    return (struct asked){
        .name = "example.org", .type = RR_IXFR, .has_serial = true, .serial = serial
    };
}

/* Asks over a connection of its own from there, and takes one message. */
static struct str ask_from(struct world *world, const char *from,
                           const struct asked *asked)
{
    int fd = live_tcp(&world->live, "127.0.0.1", from);
    live_send(&world->live, fd, live_framed(asked));
    struct str reply = live_reply(&world->live, fd);
    live_settle(&world->live);
    CHECK(close(fd) == 0);
    live_settle(&world->live);
    return reply;
}

/* The zone goes from the serial to the next one with a host that moves. */
static void add_step(const struct world *world, uint32_t from)
{
    struct history *history = history_open(world->live.folder.path, 0);
    struct record record = { .type = RR_A, .ttl_s = 60, .rdata = STR("\xc0\1\2\1") };
    struct name apex;
    CHECK(name_parse(STR("example.org"), &apex, NULL) == OK);
    CHECK(name_parse(STR("home.example.org"), &record.owner, NULL) == OK);
    size_t step = history_step(history, &apex, from, from + 1);
    history_come(history, step, &record);
    CHECK(history_commit(history));
    history_close(history);
}

TEST(a_transfer_that_has_ended_is_one_line)
{
    struct world world;
    char want[512];
    world_open(&world, zone);
    size_t bytes = ask_from(&world, NULL, &whole_zone).n;
    CHECK(snprintf(want, sizeof(want),
                   "info answer transferred zone=example.org asked=AXFR to=7 sent=zone "
                   "client=127.0.0.1 over=tcp bytes=%zu seconds=0.000\n",
                   bytes) > 0);
    CHECK_TEXT(take_log(&world), want);
    add_step(&world, 6);
    const struct asked changes = changes_since(6);
    bytes = ask_from(&world, NULL, &changes).n;
    CHECK(snprintf(want, sizeof(want),
                   "info answer transferred zone=example.org asked=IXFR from=6 to=7 "
                   "sent=differences client=127.0.0.1 over=tcp bytes=%zu seconds=0.000\n",
                   bytes) > 0);
    CHECK_TEXT(take_log(&world), want);
    world_done(&world);
}

TEST(a_transfer_over_udp_is_a_line_too)
{
    struct world world;
    char want[512];
    world_open(&world, zone);
    add_step(&world, 6);
    const struct asked changes = changes_since(6);
    uint8_t query[QUERY_MAX];
    int fd = live_udp(&world.live, "127.0.0.1", NULL);
    live_send(&world.live, fd, query_write(&changes, query));
    size_t bytes = live_datagram(&world.live, fd).n;
    CHECK(snprintf(want, sizeof(want),
                   "info answer transferred zone=example.org asked=IXFR from=6 to=7 "
                   "sent=differences client=127.0.0.1 over=udp bytes=%zu seconds=0.000\n",
                   bytes) > 0);
    CHECK_TEXT(take_log(&world), want);
    CHECK(close(fd) == 0);
    world_done(&world);
}

TEST(what_a_client_has_already_is_no_transfer)
{
    struct world world;
    world_open(&world, zone);
    const struct asked changes = changes_since(7);
    (void)ask_from(&world, NULL, &changes);
    CHECK_TEXT(take_log(&world), "");
    world_done(&world);
}

/* Leaves fewer bytes of the MAC at the end of a message than RFC 8945 5.2.2.1 allows. */
static size_t shorten_mac(uint8_t *message, size_t n)
{
    enum {
        RDATA_N = 61,
        MAC_N = 32,
        KEPT_N = 8,
        AFTER_N = 6
    };
    uint8_t *mac = message + n - AFTER_N - MAC_N;
    message[n - RDATA_N - 1] = RDATA_N - (MAC_N - KEPT_N);
    mac[-1] = KEPT_N;
    memmove(mac + KEPT_N, mac + MAC_N, AFTER_N);
    return n - (MAC_N - KEPT_N);
}

/* Asks for the whole zone. */
static void ask_signed(struct world *world, const struct tsig_key *key, bool is_short)
{
    uint8_t frame[2 + QUERY_MAX];
    struct tsig tsig;
    size_t n = query_write(&whole_zone, frame + 2).n;
    CHECK(tsig_sign_request(&tsig, key, frame + 2, &n, QUERY_MAX, NULL) == OK);
    if (is_short)
        n = shorten_mac(frame + 2, n);
    frame[0] = (uint8_t)(n >> 8);
    frame[1] = (uint8_t)n;
    int fd = live_tcp(&world->live, "127.0.0.1", NULL);
    live_send(&world->live, fd, str_bytes(frame, n + 2));
    (void)live_reply(&world->live, fd);
    live_settle(&world->live);
    CHECK(close(fd) == 0);
}

TEST(the_line_has_the_key_that_signed)
{
    static struct world world;
    world_open(&world, zone);
    ask_signed(&world, &world.allowed.key, false);
    CHECK(strstr(take_log(&world), " client=127.0.0.1 key=k.example over=tcp ") != NULL);
    world_done(&world);
}

/* A zone that takes long to send. */
static char *large_lines(void)
{
    size_t size = (size_t)MANY * 1400 + 1024;
    char *lines = (char *)mem_new(size);
    struct buf out = buf_on(lines, size);
    buf_put_text(&out, zone);
    for (size_t i = 0; i < MANY; i++)
        buf_printf(&out, "'h%zu.example.org:%01200d:60\n", i, 0);
    CHECK(!out.full);
    (void)buf_text(&out);
    return lines;
}

TEST(a_transfer_that_breaks_off_is_a_line_that_says_why)
{
    CLEANUP(mem_freep) char *lines = large_lines();
    static struct world world;
    world_open(&world, lines);
    int slow = live_tcp(&world.live, "127.0.0.1", NULL),
        gone = live_tcp(&world.live, "127.0.0.1", NULL);
    live_send(&world.live, slow, live_framed(&whole_zone));
    live_send(&world.live, gone, live_framed(&whole_zone));
    live_settle(&world.live);
    struct linger now = { .l_onoff = 1, .l_linger = 0 };
    CHECK(setsockopt(gone, SOL_SOCKET, SO_LINGER, &now, sizeof(now)) == 0);
    CHECK(close(gone) == 0);
    live_settle(&world.live);
    const char *text = take_log(&world);
    CHECK_INT(count_lines(text), 1);
    CHECK(strncmp(text,
                  "warning answer transfer-broken zone=example.org asked=AXFR to=7 ",
                  64) == 0);
    CHECK(strstr(text, " why=\"the client closed the connection\"\n") != NULL);
    live_pass(&world.live, 10000);
    text = take_log(&world);
    CHECK_INT(count_lines(text), 1);
    CHECK(strstr(text, " seconds=10.000 why=\"the client took nothing for too long\"\n"));
    CHECK_INT(answer_server_counters(world.live.server)->transfers_broken, 2);
    CHECK(close(slow) == 0);
    world_done(&world);
}

TEST(a_refused_transfer_is_a_line_that_says_why)
{
    static const struct {
        const char *from, *name;
        uint16_t type, class;
        uint8_t edns_version;
        const char *want;
    } rows[] = {
        { "127.0.1.1", "example.org", RR_AXFR, CLASS_IN, 0,
          "info answer transfer-refused zone=example.org asked=AXFR client=127.0.1.1 "
          "over=tcp rcode=REFUSED why=\"no secondary that may have this zone\"\n" },
        { "127.0.0.1", "example.net", RR_AXFR, CLASS_IN, 0,
          "warning answer transfer-refused zone=example.net asked=AXFR client=127.0.0.1 "
          "over=tcp rcode=NOTAUTH why=\"no zone of ours\"\n" },
        { "127.0.0.1", "example.org", RR_IXFR, CLASS_IN, 0,
          "warning answer transfer-refused zone=example.org asked=IXFR client=127.0.0.1 "
          "over=tcp rcode=FORMERR why=\"the question has no serial\"\n" },
        { "127.0.0.1", "example.org", RR_AXFR, CLASS_OTHER, 0,
          "warning answer transfer-refused zone=example.org asked=AXFR client=127.0.0.1 "
          "over=tcp rcode=REFUSED why=\"a class other than IN\"\n" },
        { "127.0.0.1", "example.org", RR_AXFR, CLASS_IN, 1,
          "warning answer transfer-refused zone=example.org asked=AXFR client=127.0.0.1 "
          "over=tcp rcode=BADVERS why=\"an unknown version of EDNS\"\n" },
        { "127.0.1.1", "example.org", RR_SOA, CLASS_IN, 0, "" },
        { "127.0.1.1", "example.org", RR_SOA, CLASS_OTHER, 0, "" },
        { "127.0.1.1", "example.org", RR_SOA, CLASS_IN, 1, "" },
    };
    struct world world;
    world_open(&world, zone);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        const struct asked asked = { .name = rows[i].name,
                                     .type = rows[i].type,
                                     .class = rows[i].class,
                                     .edns = rows[i].edns_version > 0,
                                     .edns_flags = (uint32_t)rows[i].edns_version << 16 };
        (void)ask_from(&world, rows[i].from, &asked);
        CHECK_TEXT(take_log(&world), rows[i].want);
    }
    CHECK_INT(answer_server_counters(world.live.server)->transfers_refused, 5);
    world_done(&world);
}

TEST(a_query_with_a_bad_signature_is_a_refused_transfer)
{
    static const struct {
        const char *key;
        bool is_short;
        const char *want;
    } rows[] = {
        { "k.example", false,
          " key=k.example over=tcp rcode=NOTAUTH why=\"a bad signature\"\n" },
        { "other.example", false,
          " key=other.example over=tcp rcode=NOTAUTH why=\"an unknown key\"\n" },
        { "k.example", true,
          " key=k.example over=tcp rcode=FORMERR why=\"a malformed signature\"\n" },
    };
    static struct world world;
    world_open(&world, zone);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct tsig_key key = world.allowed.key;
        key.secret[0] ^= 1;
        CHECK(name_parse(str_from(rows[i].key), &key.name, NULL) == OK);
        ask_signed(&world, &key, rows[i].is_short);
        CHECK(strstr(take_log(&world), rows[i].want) != NULL);
    }
    world_done(&world);
}

TEST(a_transfer_without_an_image_is_refused)
{
    struct world world;
    static uint8_t query[QUERY_MAX], reply[REPLY_MAX];
    CLEANUP(answer_freep) struct answer *answer = answer_new();
    world_open(&world, zone);
    answer_allow(answer, &world.allowed.access);
    struct answer_job job = { .transport = ANSWER_TCP,
                              .query = query,
                              .query_n = query_write(&whole_zone, query).n,
                              .reply = reply };
    CHECK(ip_parse(STR("127.0.0.1"), &job.client) == OK);
    CHECK(answer_query(answer, NULL, &job) > 0);
    answer_flush(answer);
    CHECK_TEXT(
        take_log(&world),
        "warning answer transfer-refused zone=example.org asked=AXFR "
        "client=127.0.0.1 over=tcp rcode=SERVFAIL why=\"there is no image yet\"\n");
    world_done(&world);
}

TEST(a_stranger_does_not_fill_the_log_nor_hide_what_a_secondary_is_refused)
{
    enum {
        TIMES = 200
    };
    struct world world;
    world_open(&world, zone);
    int fd = live_tcp(&world.live, "127.0.0.1", "127.0.1.1");
    for (int i = 0; i < TIMES; i++) {
        live_send(&world.live, fd, live_framed(&whole_zone));
        (void)live_reply(&world.live, fd);
    }
    CHECK_INT(count_lines(take_log(&world)), AT_ONCE);
    const struct answer_counters *counters = answer_server_counters(world.live.server);
    CHECK_INT(counters->transfers_refused, TIMES);
    CHECK_INT(counters->transfers_unlogged, TIMES - AT_ONCE);
    static const struct asked other = { .name = "example.net", .type = RR_AXFR };
    (void)ask_from(&world, NULL, &other);
    CHECK(strncmp(take_log(&world), "warning answer transfer-refused zone=example.net ",
                  49) == 0);
    live_pass(&world.live, PAUSE_MS);
    for (int i = 0; i < 3; i++)
        (void)ask_from(&world, "127.0.1.1", &whole_zone);
    const char *text = take_log(&world);
    CHECK_INT(count_lines(text), 1);
    CHECK(strstr(text, " left_out=180\n") != NULL);
    CHECK(close(fd) == 0);
    world_done(&world);
}
