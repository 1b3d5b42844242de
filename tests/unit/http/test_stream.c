// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/stream.h"

#include <string.h>
#include <sys/socket.h>

#include "base/fault.h"
#include "base/file.h"
#include "base/mem.h"
#include "site.h"
#include "test.h"

#define GET "GET / HTTP/1.1\r\nHost: h.example\r\n\r\n"
#define HEAD \
    "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n" \
    "Content-Type: text/event-stream\r\nConnection: close\r\n\r\n"

enum {
    KEEPALIVE_MS = 25000
};

/* A site whose peer has asked for a stream, which was begun with `first`. */
struct scene {
    struct site site;
    struct http_stream *stream;
    int fd;
    int ended;
};

static void ended(void *ctx)
{
    struct scene *scene = ctx;
    scene->ended++;
    scene->stream = NULL;
}

static void begin(struct scene *scene, struct str first)
{
    const struct http_response response = { .status = 200,
                                            .type = "text/event-stream",
                                            .body = first };
    CHECK_INT(scene->site.held_count, 1);
    scene->stream = http_stream_begin(scene->site.held[--scene->site.held_count],
                                      &response, ended, scene);
    site_settle(&scene->site);
}

static void ask(struct scene *scene, const struct http_server_options *options,
                const char *request)
{
    *scene = (struct scene){ .ended = 0 };
    site_init(&scene->site, options);
    scene->site.holds = true;
    scene->fd = site_connect(&scene->site, "192.0.2.7");
    site_send(&scene->site, scene->fd, str_from(request));
}

static void open_scene(struct scene *scene)
{
    ask(scene, NULL, GET);
    begin(scene, STR("first\n\n"));
    CHECK(scene->stream);
    CHECK_STR(site_receive(&scene->site, scene->fd).text, HEAD "first\n\n");
}

static void close_scene(struct scene *scene)
{
    file_close(scene->fd);
    site_done(&scene->site);
}

static bool is_over(struct scene *scene)
{
    return site_receive(&scene->site, scene->fd).end;
}

TEST(a_stream_tells_what_comes_for_as_long_as_its_peer_listens)
{
    struct scene scene;
    open_scene(&scene);
    http_stream_send(scene.stream, STR("a\n\n"));
    CHECK_STR(site_receive(&scene.site, scene.fd).text, "a\n\n");
    /* Neither the deadline of a request nor that of a reply ends it. */
    site_pass(&scene.site, 24000);
    http_stream_send(scene.stream, STR("b\n\n"));
    CHECK_STR(site_receive(&scene.site, scene.fd).text, "b\n\n");
    CHECK_INT(scene.ended, 0);
    file_close(scene.fd);
    scene.fd = -1;
    site_settle(&scene.site);
    CHECK_INT(scene.ended, 1);
    CHECK_INT(http_server_connections(scene.site.server), 0);
    close_scene(&scene);
}

TEST(a_stream_that_is_silent_gives_a_sign_of_life)
{
    struct scene scene;
    open_scene(&scene);
    site_pass(&scene.site, KEEPALIVE_MS - 1);
    CHECK_INT(site_receive(&scene.site, scene.fd).text.n, 0);
    site_pass(&scene.site, 1);
    CHECK_STR(site_receive(&scene.site, scene.fd).text, ":\n\n");
    site_pass(&scene.site, KEEPALIVE_MS - 1);
    http_stream_send(scene.stream, STR("a\n\n"));
    site_pass(&scene.site, KEEPALIVE_MS - 1);
    CHECK_STR(site_receive(&scene.site, scene.fd).text, "a\n\n");
    site_pass(&scene.site, 1);
    CHECK_STR(site_receive(&scene.site, scene.fd).text, ":\n\n");
    close_scene(&scene);
    CHECK_INT(scene.ended, 1);
}

TEST(we_end_a_stream_without_a_word_to_ourselves)
{
    struct scene scene;
    open_scene(&scene);
    http_stream_end(scene.stream);
    CHECK(is_over(&scene));
    CHECK_INT(scene.ended, 0);
    CHECK_INT(http_server_connections(scene.site.server), 0);
    close_scene(&scene);
}

TEST(a_peer_that_does_not_read_is_not_waited_for)
{
    struct scene scene;
    char bytes[1000];
    size_t sent = 0;
    open_scene(&scene);
    memset(bytes, 'x', sizeof(bytes));
    while (scene.stream && sent < (size_t)10 * STREAM_SEND_SIZE) {
        http_stream_send(scene.stream, str_bytes(bytes, sizeof(bytes)));
        sent += sizeof(bytes);
    }
    CHECK_INT(scene.ended, 1);
    CHECK(sent < (size_t)3 * STREAM_SEND_SIZE);
    CHECK(is_over(&scene));
    close_scene(&scene);
}

TEST(the_beginning_may_be_more_than_the_socket_takes_at_once)
{
    struct scene scene;
    size_t n = 100000;
    CLEANUP(mem_freep) char *bytes = mem_new(n);
    memset(bytes, 'x', n);
    ask(&scene, NULL, GET);
    begin(&scene, str_bytes(bytes, n));
    CHECK(scene.stream);
    http_stream_send(scene.stream, STR("more\n\n")); /* waits behind it */
    struct str text = site_receive(&scene.site, scene.fd).text;
    CHECK_INT(text.n, sizeof(HEAD) - 1 + n + 6);
    CHECK(str_ends(text, STR("xmore\n\n")));
    http_stream_send(scene.stream, STR("a\n\n"));
    CHECK_STR(site_receive(&scene.site, scene.fd).text, "a\n\n");
    CHECK_INT(scene.ended, 0);
    close_scene(&scene);
}

TEST(who_does_not_take_the_beginning_is_ended_at_the_deadline_of_a_reply)
{
    struct scene scene;
    size_t n = 100000;
    CLEANUP(mem_freep) char *bytes = mem_new(n);
    memset(bytes, 'x', n);
    ask(&scene, NULL, GET);
    begin(&scene, str_bytes(bytes, n));
    site_pass(&scene.site, 9999);
    CHECK_INT(scene.ended, 0);
    site_pass(&scene.site, 1);
    CHECK_INT(scene.ended, 1);
    close_scene(&scene);
    /* So is one for which more waits than may. */
    ask(&scene, NULL, GET);
    begin(&scene, str_bytes(bytes, n));
    http_stream_send(scene.stream, str_bytes(bytes, n));
    CHECK_INT(scene.ended, 1);
    close_scene(&scene);
    /* And one that we end gets its beginning whole. */
    ask(&scene, NULL, GET);
    begin(&scene, str_bytes(bytes, n));
    http_stream_end(scene.stream);
    struct received received = site_receive(&scene.site, scene.fd);
    CHECK_INT(received.text.n, sizeof(HEAD) - 1 + n);
    CHECK(received.end && scene.ended == 0);
    close_scene(&scene);
}

TEST(there_is_no_stream_for_a_peer_that_has_gone_or_asks_for_the_head_alone)
{
    struct scene scene;
    ask(&scene, NULL, "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
    begin(&scene, STR("first"));
    CHECK(!scene.stream);
    struct received received = site_receive(&scene.site, scene.fd);
    CHECK_STR(received.text, HEAD);
    CHECK(received.end);
    close_scene(&scene);

    const struct http_server_options short_of_time = { .request_ms = 1 };
    ask(&scene, &short_of_time, GET);
    site_pass(&scene.site, 1);
    begin(&scene, STR("first"));
    CHECK(!scene.stream && scene.ended == 0);
    close_scene(&scene);
}

TEST(what_a_listener_sends_is_thrown_away_up_to_a_limit)
{
    struct scene scene;
    char bytes[4096];
    open_scene(&scene);
    memset(bytes, 'x', sizeof(bytes));
    site_send(&scene.site, scene.fd, STR(GET GET));
    CHECK_INT(scene.site.requests, 1);
    for (int i = 0; i < 80 && !scene.ended; i++)
        site_send(&scene.site, scene.fd, str_bytes(bytes, sizeof(bytes)));
    CHECK_INT(scene.ended, 1);
    close_scene(&scene);
}

TEST(a_server_that_is_drained_ends_its_streams_at_once)
{
    struct scene scene;
    open_scene(&scene);
    http_server_drain(scene.site.server, NULL, NULL);
    CHECK_INT(scene.ended, 1);
    CHECK_INT(http_server_connections(scene.site.server), 0);
    CHECK(is_over(&scene));
    close_scene(&scene);
    /* One whose beginning comes too late is none. */
    ask(&scene, NULL, GET);
    http_server_drain(scene.site.server, NULL, NULL);
    begin(&scene, STR("first"));
    CHECK(!scene.stream && scene.ended == 0);
    CHECK_STR(site_receive(&scene.site, scene.fd).text, HEAD "first");
    close_scene(&scene);
}

TEST(a_stream_gives_way_when_there_is_nobody_else)
{
    const struct http_server_options of_all = { .connections_max = 3 };
    const struct http_server_options of_source = { .connections_per_source = 3 };
    for (int i = 0; i < 2; i++) {
        struct scene scene;
        ask(&scene, i ? &of_source : &of_all, GET);
        begin(&scene, STR("first"));
        int fds[4];
        for (size_t k = 0; k < 2; k++) {
            fds[k] = site_connect(&scene.site, "192.0.2.7");
            site_settle(&scene.site);
        }
        fds[2] = site_connect(&scene.site, "192.0.2.7");
        CHECK(site_receive(&scene.site, fds[0]).end);
        CHECK_INT(scene.ended, 0);
        site_send(&scene.site, fds[1], STR(GET));
        site_send(&scene.site, fds[2], STR(GET));
        CHECK_INT(scene.site.held_count, 2);
        fds[3] = site_connect(&scene.site, "192.0.2.7");
        CHECK_INT(scene.ended, 1);
        CHECK(!site_receive(&scene.site, fds[3]).end);
        for (size_t k = 0; k < LENGTH_OF(fds); k++)
            file_close(fds[k]);
        close_scene(&scene);
    }
}

#ifdef ROVE_FAULTS
TEST(a_connection_that_breaks_ends_its_stream_whenever_that_is)
{
    struct scene scene;
    ask(&scene, NULL, GET);
    fault_arm("http.send", 1, false);
    begin(&scene, STR("first"));
    fault_arm(NULL, 0, false);
    CHECK(!scene.stream && scene.ended == 0);
    close_scene(&scene);
    open_scene(&scene);
    fault_arm("http.send", 1, false);
    http_stream_send(scene.stream, STR("a"));
    CHECK_INT(fault_hits(), 1);
    fault_arm(NULL, 0, false);
    CHECK_INT(scene.ended, 1);
    close_scene(&scene);
}
#endif
