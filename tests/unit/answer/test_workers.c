// SPDX-License-Identifier: GPL-3.0-or-later
/* A server of several threads, asked by many clients at once. */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "answer/server.h"
#include "base/file.h"
#include "control_page_writer.h"
#include "fixture.h"
#include "net/inherit.h"
#include "net/socket.h"

#define SOA "Zexample.org:ns.example.org:admin.example.org:1:1:1:1:60:60\n"
#define ONE SOA "+home.example.org:192.0.2.1:60\n"
#define TWO SOA "+home.example.org:192.0.2.2:60\n"
#define REPLY_ONE "NOERROR aa: home.example.org 60 A c0000201"
#define REPLY_TWO "NOERROR aa: home.example.org 60 A c0000202"

enum {
    THREADS = 3,
    CLIENTS = 60, /* enough that no thread goes without any */
    DEADLINE_S = 20,
    ROUNDS = 5,
    REPLY_SIZE = 512
};

struct world {
    struct folder folder;
    struct loop *loop;
    struct served_image *served;
    struct answer_server *server;
    struct ip ip;
    uint16_t port;
    int clients[CLIENTS];
};

static void open_world(struct world *world, size_t threads, uint16_t port)
{
    static const struct served_image_events events;
    struct error err = { "" };
    *world = (struct world){ .port = 0 };
    folder_init(&world->folder);
    folder_publish(&world->folder, ONE);
    world->loop = loop_new(clock_system());
    world->served = served_image_new(world->loop, world->folder.path, &events, NULL);
    world->server = answer_server_new(world->loop, world->served, NULL);
    answer_server_threads(world->server, threads);
    CHECK(ip_parse(STR("127.0.0.1"), &world->ip) == OK);
    if (answer_server_listen(world->server, world->ip, port, false, &world->port, &err) ||
        answer_server_run(world->server, &err))
        fail_msg("%s", err.text);
    for (size_t i = 0; i < CLIENTS; i++)
        CHECK_INT(socket_connect_udp(world->ip, world->port, &world->clients[i], &err),
                  OK);
}

static void done(struct world *world)
{
    for (size_t i = 0; i < CLIENTS; i++)
        file_close(world->clients[i]);
    answer_server_free(world->server);
    served_image_free(world->served);
    loop_free(world->loop);
    folder_done(&world->folder);
}

static void send_all(const struct world *world)
{
    static const struct asked home = { .name = "home.example.org" };
    uint8_t storage[QUERY_MAX];
    struct str query = query_write(&home, storage);
    for (size_t i = 0; i < CLIENTS; i++)
        CHECK_INT(send(world->clients[i], query.at, query.n, 0), (ssize_t)query.n);
}

/* Takes the replies that are there; `turns`: the first thread works, too. */
static size_t take_replies(struct world *world, bool turns, const char *want)
{
    size_t count = 0;
    if (turns)
        loop_turn(world->loop, 0);
    for (size_t i = 0; i < CLIENTS; i++) {
        uint8_t reply[REPLY_SIZE];
        ssize_t n = recv(world->clients[i], reply, sizeof(reply), MSG_DONTWAIT);
        if (n < 0)
            continue;
        CHECK_TEXT(reply_text(str_bytes(reply, (size_t)n)), want);
        count++;
    }
    return count;
}

static size_t await_replies(struct world *world, bool turns, size_t count,
                            const char *want)
{
    time_t deadline = time(NULL) + DEADLINE_S;
    size_t got = 0;
    while (got < count && time(NULL) < deadline)
        got += take_replies(world, turns, want);
    return got;
}

static uint64_t count_queries(const struct world *world)
{
    return answer_server_counters(world->server)->queries[ANSWER_UDP];
}

static void ask_all(struct world *world, const char *want)
{
    send_all(world);
    CHECK_INT(await_replies(world, true, CLIENTS, want), CLIENTS);
}

TEST(every_thread_answers_and_their_counts_are_one)
{
    struct world world;
    open_world(&world, THREADS, 0);
    send_all(&world);
    /* Whatever the first thread does, which may be to read a zone: nobody waits for it. */
    CHECK_INT(await_replies(&world, false, CLIENTS, REPLY_ONE), CLIENTS);
    CHECK_INT(count_queries(&world), CLIENTS);
    for (int i = 0; i < ROUNDS; i++)
        ask_all(&world, REPLY_ONE);
    CHECK_INT(count_queries(&world), (ROUNDS + 1) * CLIENTS);
    CHECK_INT(answer_server_counters(world.server)->rcodes[0], (ROUNDS + 1) * CLIENTS);
    done(&world);
}

TEST(a_single_thread_needs_no_other)
{
    struct world world;
    open_world(&world, 1, 0);
    ask_all(&world, REPLY_ONE);
    answer_server_pause(world.server);
    answer_server_resume(world.server);
    CHECK_INT(count_queries(&world), CLIENTS);
    done(&world);
}

TEST(paused_threads_answer_nothing_and_later_all)
{
    struct world world;
    static const struct answer_access access;
    open_world(&world, THREADS, 0);
    answer_server_pause(world.server);
    answer_server_allow(world.server, &access);
    send_all(&world);
    /* Those of the first thread alone: none comes while it does nothing. */
    CHECK_INT(take_replies(&world, false, REPLY_ONE), 0);
    answer_server_resume(world.server);
    CHECK_INT(await_replies(&world, true, CLIENTS, REPLY_ONE), CLIENTS);
    done(&world);
}

static int bind_udp(struct ip ip, uint16_t port, bool shared, uint16_t *port_out)
{
    int fd = -1;
    CHECK_INT(socket_bind_udp(ip, port, shared, &fd, port_out, NULL), OK);
    return fd;
}

/* Sockets as a parent would hand them over; yields their port. */
static uint16_t inherit(size_t count, bool shared)
{
    struct ip ip;
    uint16_t port = 0;
    int tcp = -1, fds[8];
    CHECK(ip_parse(STR("127.0.0.1"), &ip) == OK);
    CHECK_INT(socket_listen(ip, 0, &tcp, &port, NULL), OK);
    for (size_t i = 0; i < count; i++)
        fds[i] = bind_udp(ip, port, shared, NULL);
    CHECK_INT(inherit_put(tcp, NULL), OK);
    for (size_t i = 0; i < count; i++)
        CHECK_INT(inherit_put(fds[i], NULL), OK);
    return port;
}

TEST(whatever_sockets_were_inherited_all_are_read)
{
    static const struct {
        size_t count, threads;
        bool shared;
    } rows[] = { { 1, THREADS, false }, /* one for all of them */
                 { 1, THREADS, true },
                 { THREADS, THREADS, true },
                 { 7, 2, true },
                 { 4, 1, true } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct world world;
        uint16_t port = inherit(rows[i].count, rows[i].shared);
        open_world(&world, rows[i].threads, port);
        CHECK_INT(world.port, port);
        CHECK_INT(inherit_close_rest(), 0);
        for (int round = 0; round < ROUNDS; round++)
            ask_all(&world, REPLY_ONE);
        done(&world);
    }
}

TEST(after_draining_nothing_is_taken_and_the_port_is_free)
{
    struct world world;
    open_world(&world, THREADS, 0);
    ask_all(&world, REPLY_ONE);
    answer_server_drain(world.server);
    file_close(bind_udp(world.ip, world.port, false, NULL));
    CHECK_INT(count_queries(&world), CLIENTS);
    done(&world);
}

TEST(what_the_writer_hands_out_reaches_every_thread)
{
    struct world world;
    struct error err = { "" };
    open_world(&world, THREADS, 0);
    ask_all(&world, REPLY_ONE);
    struct writer writer;
    writer_init(&writer);
    writer.page->live = 2;
    folder_publish(&world.folder, TWO);
    CLEANUP(file_closep)
    int file = open(folder_file(&world.folder, "data.cdb"), O_RDONLY | O_CLOEXEC);
    CLEANUP(file_closep) int fd = writer_image(&writer, 2, file);
    send_all(&world); /* while it happens */
    CHECK_INT(answer_server_control_page(world.server, writer.memory.fd, &err), OK);
    CHECK_INT(answer_server_file(world.server, 2, fd, &err), OK);
    time_t deadline = time(NULL) + DEADLINE_S;
    for (size_t got = 0; got < CLIENTS && time(NULL) < deadline;) {
        loop_turn(world.loop, 0);
        for (size_t i = 0; i < CLIENTS; i++) {
            uint8_t reply[REPLY_SIZE];
            got += recv(world.clients[i], reply, sizeof(reply), MSG_DONTWAIT) > 0;
        }
    }
    CHECK(served_image_is_from_writer(world.served));
    ask_all(&world, REPLY_TWO);
    answer_server_writer_gone(world.server);
    ask_all(&world, REPLY_TWO);
    CHECK_INT(count_queries(&world), 4 * CLIENTS);
    CHECK_INT(answer_server_file(world.server, 2, fd, &err), ERR_SYNTAX);
    CHECK_INT(answer_server_control_page(world.server, fd, &err), ERR_SYNTAX);
    ask_all(&world, REPLY_TWO);
    writer_done(&writer);
    done(&world);
}
