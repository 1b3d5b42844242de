// SPDX-License-Identifier: GPL-3.0-or-later
/* A server behind relays. This machine's own 127.0.0.x addresses play relays and strangers. */
#include <string.h>
#include <sys/socket.h>

#include "base/file.h"
#include "http/server.h"
#include "net/socket.h"
#include "site.h"
#include "test.h"

#define GET "GET /relayed HTTP/1.1\r\nHost: h.example\r\n"
#define PLAIN GET "\r\n"
#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define LOCAL SIGNATURE "\x20\0\0\0"
/* From 198.51.100.N. */
#define FROM(n) \
    SIGNATURE "\x21\x11\0\x0c\xc6\x33\x64" n "\xc0\x00\x02\x01\x12\x67\x00\x50"

enum {
    RELAY = 2, /* 127.0.0.2 speaks PROXY, 127.0.0.3 forwards, 127.0.0.4 does neither */
    FORWARDER = 3,
    STRANGER = 4,
};

struct place {
    struct site site;
    struct prefix proxies, forwarders;
    uint16_t port;
};

static void place_init(struct place *place, size_t per_source, size_t in_all)
{
    CHECK_INT(prefix_parse(STR("127.0.0.2"), &place->proxies), OK);
    CHECK_INT(prefix_parse(STR("127.0.0.3"), &place->forwarders), OK);
    const struct http_server_options options = {
        .connections_max = in_all,
        .connections_per_source = per_source,
        .proxy_peers = &place->proxies,
        .proxy_peer_count = 1,
        .forwarded_peers = &place->forwarders,
        .forwarded_peer_count = 1,
    };
    site_init(&place->site, &options);
    struct ip ip = { 0 };
    int listener = -1;
    CHECK_INT(ip_parse(STR("127.0.0.1"), &ip), OK);
    CHECK_INT(socket_listen(ip, 0, &listener, &place->port, NULL), OK);
    CHECK_INT(http_server_add_listener(place->site.server, listener, NULL), OK);
}

/* A connection from 127.0.0.`last` that the server has taken in. */
static int connect_from(struct place *place, int last)
{
    struct sockaddr_storage address;
    struct ip ip = { .family = IP_V4, .bytes = { 127, 0, 0, (uint8_t)last } };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t size = ip_to_sockaddr(ip, 0, &address);
    CHECK_INT(bind(fd, (const struct sockaddr *)&address, size), 0);
    ip.bytes[3] = 1;
    size = ip_to_sockaddr(ip, place->port, &address);
    CHECK_INT(connect(fd, (const struct sockaddr *)&address, size), 0);
    site_settle(&place->site);
    return fd;
}

static bool is_fine(struct place *place, int fd)
{
    return str_starts(site_receive(&place->site, fd).text, STR("HTTP/1.1 200 OK\r\n"));
}

static bool is_open(struct place *place, int fd)
{
    return !site_receive(&place->site, fd).end;
}

TEST(a_relay_tells_who_its_client_is_once_per_connection)
{
    struct place place;
    place_init(&place, 0, 0);
    int fd = connect_from(&place, RELAY);
    site_send(&place.site, fd, STR(FROM("\x07") PLAIN));
    CHECK(is_fine(&place, fd));
    CHECK_TEXT(ip_text(place.site.source), "198.51.100.7");
    site_send(&place.site, fd, STR(PLAIN));
    CHECK(is_fine(&place, fd));
    CHECK_TEXT(ip_text(place.site.source), "198.51.100.7");
    site_send(&place.site, fd, STR(FROM("\x08") PLAIN)); /* not a second time */
    CHECK(str_starts(site_receive(&place.site, fd).text, STR("HTTP/1.1 400 ")));
    CHECK_INT(place.site.requests, 2);
    file_close(fd);

    fd = connect_from(&place, RELAY);
    site_send(&place.site, fd, STR(LOCAL PLAIN));
    CHECK(is_fine(&place, fd));
    CHECK_TEXT(ip_text(place.site.source), "127.0.0.2");
    /* It is no forwarder. */
    site_send(&place.site, fd, STR(GET "X-Forwarded-For: 203.0.113.5\r\n\r\n"));
    CHECK(is_fine(&place, fd));
    CHECK_TEXT(ip_text(place.site.source), "127.0.0.2");
    file_close(fd);
    site_done(&place.site);
}

TEST(a_proxy_head_may_come_byte_by_byte)
{
    struct place place;
    place_init(&place, 0, 0);
    int fd = connect_from(&place, RELAY);
    struct str bytes = STR(FROM("\x07") PLAIN);
    for (size_t i = 0; i < bytes.n; i++) {
        CHECK_INT(place.site.requests, 0);
        site_send(&place.site, fd, str_first(str_from_at(bytes, i), 1));
    }
    CHECK(is_fine(&place, fd));
    CHECK_TEXT(ip_text(place.site.source), "198.51.100.7");
    file_close(fd);
    site_done(&place.site);
}

TEST(a_relay_without_its_head_is_closed_without_a_word)
{
    static const struct str rows[] = {
        { PLAIN, sizeof(PLAIN) - 1 },
        { "PROXY TCP4 198.51.100.7 192.0.2.1 1 8x\r\n" PLAIN, 40 + sizeof(PLAIN) - 1 },
        { SIGNATURE "\x21\x12\0\0" PLAIN, 16 + sizeof(PLAIN) - 1 },
        { SIGNATURE "\x21\x11\xff\xff" PLAIN, 16 + sizeof(PLAIN) - 1 },
    };
    struct place place;
    place_init(&place, 0, 0);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        int fd = connect_from(&place, RELAY);
        site_send(&place.site, fd, rows[i]);
        struct received received = site_receive(&place.site, fd);
        CHECK(received.end);
        CHECK_INT(received.text.n, 0);
        file_close(fd);
    }
    /* Nor may it hold its head back. */
    int fd = connect_from(&place, RELAY);
    site_send(&place.site, fd, STR(SIGNATURE));
    site_pass(&place.site, 9999);
    CHECK(is_open(&place, fd));
    site_pass(&place.site, 1);
    CHECK(!is_open(&place, fd));
    file_close(fd);
    CHECK_INT(place.site.requests, 0);
    CHECK_INT(http_server_connections(place.site.server), 0);
    site_done(&place.site);
}

TEST(from_anybody_else_a_proxy_head_is_a_bad_request)
{
    static const struct str rows[] = {
        { FROM("\x07") PLAIN, 28 + sizeof(PLAIN) - 1 },
        { LOCAL PLAIN, 16 + sizeof(PLAIN) - 1 },
        { "PROXY TCP4 198.51.100.7 192.0.2.1 1 8x\r\n" PLAIN, 40 + sizeof(PLAIN) - 1 },
    };
    static const int peers[] = { STRANGER, FORWARDER };
    struct place place;
    place_init(&place, 0, 0);
    for (size_t i = 0; i < LENGTH_OF(rows) * LENGTH_OF(peers); i++) {
        int fd = connect_from(&place, peers[i % LENGTH_OF(peers)]);
        site_send(&place.site, fd, rows[i / LENGTH_OF(peers)]);
        struct received received = site_receive(&place.site, fd);
        CHECK(received.end && str_starts(received.text, STR("HTTP/1.1 400 ")));
        file_close(fd);
    }
    CHECK_INT(place.site.requests, 0);
    site_done(&place.site);
}

TEST(clients_of_a_relay_are_counted_by_their_own_sources)
{
    struct place place;
    place_init(&place, 2, 0);
    int silent[] = { connect_from(&place, RELAY), connect_from(&place, RELAY),
                     connect_from(&place, RELAY) };
    int a = connect_from(&place, RELAY), b = connect_from(&place, RELAY),
        c = connect_from(&place, RELAY), d = connect_from(&place, RELAY);
    site_send(&place.site, a, STR(FROM("\x07")));
    site_send(&place.site, b, STR(FROM("\x07")));
    site_send(&place.site, c, STR(FROM("\x08")));
    CHECK(is_open(&place, a) && is_open(&place, b) && is_open(&place, c));
    site_send(&place.site, d, STR(FROM("\x07")));
    CHECK(!is_open(&place, a)); /* it has waited longest */
    CHECK(is_open(&place, b) && is_open(&place, c) && is_open(&place, d));
    /* The handler has all that the source may have. */
    place.site.holds = true;
    site_send(&place.site, b, STR(PLAIN));
    site_send(&place.site, d, STR(PLAIN));
    int e = connect_from(&place, RELAY);
    site_send(&place.site, e, STR(FROM("\x07") PLAIN));
    CHECK(!is_open(&place, e));
    CHECK_INT(place.site.requests, 2);
    int fds[] = { a, b, c, d, e, silent[0], silent[1], silent[2] };
    for (size_t i = 0; i < LENGTH_OF(fds); i++)
        file_close(fds[i]);
    site_done(&place.site);
}

TEST(at_the_limit_of_all_a_relay_that_holds_its_head_back_gives_way)
{
    struct place place;
    place_init(&place, 0, 2);
    int silent = connect_from(&place, RELAY);
    site_pass(&place.site, 1);
    int a = connect_from(&place, STRANGER), b = connect_from(&place, STRANGER);
    CHECK(!is_open(&place, silent));
    site_send(&place.site, b, STR(PLAIN));
    CHECK(is_fine(&place, b));
    file_close(silent);
    file_close(a);
    file_close(b);
    site_done(&place.site);
}

TEST(a_forwarder_tells_who_its_client_is_with_every_request)
{
    static const struct {
        int from;
        const char *request;
        const char *source;
        bool encrypted;
    } rows[] = {
        { FORWARDER,
          GET "X-Forwarded-For: 203.0.113.5\r\nX-Forwarded-Proto: https\r\n\r\n",
          "203.0.113.5", true },
        { FORWARDER, GET "X-Forwarded-For: 203.0.113.6, 127.0.0.3\r\n\r\n", "203.0.113.6",
          false },
        { FORWARDER, PLAIN, "127.0.0.3", false },
        { FORWARDER, GET "X-Forwarded-For: rubbish\r\n\r\n", "127.0.0.3", false },
        { STRANGER,
          GET "X-Forwarded-For: 203.0.113.5\r\nX-Forwarded-Proto: https\r\n\r\n",
          "127.0.0.4", false },
    };
    struct place place;
    place_init(&place, 0, 0);
    int forwarder = connect_from(&place, FORWARDER),
        stranger = connect_from(&place, STRANGER);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        int fd = rows[i].from == FORWARDER ? forwarder : stranger;
        site_send(&place.site, fd, str_from(rows[i].request));
        CHECK(is_fine(&place, fd));
        CHECK_TEXT(ip_text(place.site.source), rows[i].source);
        CHECK_INT(place.site.encrypted, rows[i].encrypted);
    }
    file_close(forwarder);
    file_close(stranger);
    site_done(&place.site);
}

TEST(the_limit_of_a_source_does_not_bind_a_forwarder)
{
    struct place place;
    place_init(&place, 2, 0);
    int fds[5];
    for (size_t i = 0; i < LENGTH_OF(fds); i++)
        fds[i] = connect_from(&place, FORWARDER);
    CHECK_INT(http_server_connections(place.site.server), LENGTH_OF(fds));
    for (size_t i = 0; i < LENGTH_OF(fds); i++)
        file_close(fds[i]);
    site_done(&place.site);
}

static void note_drained(void *ctx)
{
    ++*(unsigned *)ctx;
}

TEST(a_relay_in_the_midst_of_its_head_does_not_hold_up_the_end)
{
    struct place place;
    place_init(&place, 0, 0);
    int cut = connect_from(&place, RELAY), idle = connect_from(&place, RELAY),
        late = connect_from(&place, RELAY);
    site_send(&place.site, cut, STR(SIGNATURE));
    site_send(&place.site, idle, STR(LOCAL));
    site_send(&place.site, late, STR(SIGNATURE));
    unsigned drained = 0;
    http_server_drain(place.site.server, note_drained, &drained);
    site_settle(&place.site);
    CHECK(!is_open(&place, idle));
    CHECK(is_open(&place, cut));
    site_send(&place.site, late, STR("\x20\0\0\0" PLAIN));
    CHECK(is_fine(&place, late));
    file_close(late);
    site_pass(&place.site, 10000);
    CHECK(!is_open(&place, cut));
    CHECK_INT(drained, 1);
    file_close(cut);
    file_close(idle);
    site_done(&place.site);
}
