// SPDX-License-Identifier: GPL-3.0-or-later
/* Descriptors that go along with messages. */
#include "net/local.h"
#include "net/stream.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "net/packet.h"
#include "test.h"

enum {
    TURNS = 500,
    MANY = 40 /* messages of 100,000 bytes: more than a socket takes */
};

struct world {
    struct clock_manual clock;
    struct loop *loop;
    char folder[64], path[96];
    struct local_server *server;
    struct local_link *link;
    struct local_channel *front;
    unsigned messages, closed;
    size_t takes; /* how many descriptors front takes of each message */
    size_t taken;
    char first[2]; /* bytes read from those of the last message */
    unsigned sent;
    bool streams; /* no counted messages */
};

static void front_opened(void *ctx, struct local_channel *channel)
{
    ((struct world *)ctx)->front = channel;
}

static void front_message(void *ctx, struct local_channel *channel, uint16_t type,
                          struct str body)
{
    struct world *world = (struct world *)ctx;
    (void)body;
    CHECK_INT(type, world->streams ? STREAM_MESSAGE : world->messages);
    world->messages++;
    for (size_t i = 0; i < world->takes; i++) {
        CLEANUP(file_closep) int fd = local_take_fd(channel);
        if (fd < 0)
            return;
        CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
        CHECK_INT(pread(fd, &world->first[i], 1, 0), 1);
        world->taken++;
    }
    CHECK(world->takes < LOCAL_FDS_MAX || local_take_fd(channel) == -1);
}

static void front_closed(void *ctx, struct local_channel *channel)
{
    (void)channel;
    ((struct world *)ctx)->closed++;
}

static void peer_message(void *ctx, struct local_channel *channel, uint16_t type,
                         struct str body)
{
    (void)ctx;
    (void)channel;
    (void)type;
    (void)body;
}

static void peer_sent(void *ctx, struct local_channel *channel)
{
    ((struct world *)ctx)->sent++;
    CHECK(!local_is_queueing(channel));
}

static void turn(struct world *world)
{
    for (int i = 0; i < TURNS; i++)
        loop_turn(world->loop, 0);
}

static void open_world(struct world *world)
{
    static const struct local_events front = { .opened = front_opened,
                                               .message = front_message,
                                               .closed = front_closed };
    static const struct local_events peer = { .message = peer_message,
                                              .sent = peer_sent };
    struct error err = { 0 };
    memset(world, 0, sizeof(*world));
    clock_manual_init(&world->clock, 0, 1000);
    world->loop = loop_new(&world->clock.clock);
    struct buf folder = BUF_ON(world->folder), path = BUF_ON(world->path);
    buf_put_text(&folder, "/tmp/rove-fds-XXXXXX");
    CHECK(mkdtemp(buf_text(&folder)) != NULL);
    buf_printf(&path, "%s/s", world->folder);
    CHECK_INT(local_listen(&(const struct local_options){ .loop = world->loop,
                                                          .path = buf_text(&path),
                                                          .mode = 0600,
                                                          .events = &front,
                                                          .ctx = world },
                           &world->server, &err),
              OK);
    world->link = local_link_new(&(const struct local_options){
        .loop = world->loop, .path = world->path, .events = &peer, .ctx = world });
    turn(world);
    CHECK(world->front && local_link_channel(world->link));
}

static void close_world(struct world *world)
{
    local_link_free(world->link);
    local_server_close(world->server);
    loop_free(world->loop);
    CHECK_INT(rmdir(world->folder), 0);
}

/* A file that begins with this byte. */
static int file_of(char byte)
{
    int fd = memfd_create("test", MFD_CLOEXEC);
    CHECK(fd >= 0 && write(fd, &byte, 1) == 1);
    return fd;
}

TEST(descriptors_arrive_with_their_message_and_what_nobody_takes_is_closed)
{
    struct world world;
    open_world(&world);
    size_t before = test_open_descriptors();
    static const struct {
        size_t sent, takes, taken;
    } rows[] = { { 0, 2, 0 }, { 1, 2, 1 }, { 2, 2, 2 }, { 2, 1, 1 }, { 2, 0, 0 } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        int fds[] = { file_of('a'), file_of('b') };
        world.takes = rows[i].takes;
        world.taken = 0;
        CHECK_INT(local_send_fds(local_link_channel(world.link), (uint16_t)i, STR("x"),
                                 fds, rows[i].sent),
                  OK);
        file_close(fds[0]); /* they are on their way */
        file_close(fds[1]);
        turn(&world);
        CHECK_INT(world.messages, i + 1);
        CHECK_INT(world.taken, rows[i].taken);
        CHECK(world.taken < 1 || world.first[0] == 'a');
        CHECK(world.taken < 2 || world.first[1] == 'b');
        CHECK_INT(test_open_descriptors(), before);
    }
    int three[LOCAL_FDS_MAX + 1] = { 0 };
    CHECK_INT(local_send_fds(local_link_channel(world.link), 9, STR(""), three,
                             LENGTH_OF(three)),
              ERR_LIMIT);
    CHECK_INT(world.closed, 0);
    close_world(&world);
}

TEST(descriptors_wait_in_the_queue_with_their_message)
{
    struct world world;
    open_world(&world);
    size_t before = test_open_descriptors();
    CLEANUP(mem_freep) char *bytes = mem_new(100000);
    struct str body = { bytes, 10000 };
    world.takes = 1;
    for (unsigned i = 0; i < MANY; i++) {
        CLEANUP(file_closep) int fd = file_of((char)('A' + i));
        CHECK_INT(
            local_send_fds(local_link_channel(world.link), (uint16_t)i, body, &fd, 1),
            OK);
    }
    CHECK(test_open_descriptors() > before); /* some of ours wait */
    turn(&world);
    CHECK_INT(world.messages, MANY);
    CHECK_INT(world.taken, MANY);
    CHECK_INT(world.first[0], 'A' + MANY - 1);
    CHECK_INT(test_open_descriptors(), before);
    close_world(&world);
}

TEST(a_queue_that_is_given_up_closes_its_descriptors)
{
    struct world world;
    open_world(&world);
    size_t before = test_open_descriptors();
    CLEANUP(mem_freep) char *bytes = mem_new(100000);
    CLEANUP(file_closep) int fd = file_of('a');
    enum status status = OK;
    for (unsigned i = 0; i < MANY && !status; i++)
        status = local_send_fds(local_link_channel(world.link), (uint16_t)i,
                                (struct str){ bytes, 100000 }, &fd, 1);
    CHECK_INT(status, ERR_BUSY);
    turn(&world);
    CHECK_INT(world.closed, 1);
    CHECK(local_link_channel(world.link) == NULL);
    /* Both ends of the connection are gone, and the file is open once. */
    CHECK_INT(test_open_descriptors(), before - 2 + 1);
    close_world(&world);
}

/* What no sender of ours would send. */
static void send_raw(const struct world *world, const int *fds, size_t count, bool whole)
{
    CLEANUP(file_closep) int fd = packet_socket(0);
    struct sockaddr_un address;
    CHECK_INT(packet_address(world->path, &address, NULL), OK);
    CHECK(packet_connect(fd, &address));
    uint8_t bytes[PACKET_HEAD_SIZE];
    packet_encode_head(0, 0, bytes);
    struct iovec part = { bytes, whole ? sizeof(bytes) : sizeof(bytes) - 1 };
    _Alignas(struct cmsghdr) uint8_t control[256] = { 0 };
    size_t n = count * sizeof(int);
    struct msghdr message = { .msg_iov = &part,
                              .msg_iovlen = 1,
                              .msg_control = control,
                              .msg_controllen = CMSG_SPACE(n) };
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(n);
    memcpy(CMSG_DATA(head), fds, n);
    CHECK_INT(sendmsg(fd, &message, MSG_NOSIGNAL), (ssize_t)part.iov_len);
}

TEST(a_packet_with_too_many_descriptors_or_a_broken_one_leaves_none_open)
{
    static const struct {
        size_t count;
        bool whole;
        unsigned messages;
    } rows[] = { { 2, true, 1 }, { 3, true, 0 }, { 20, true, 0 }, { 2, false, 0 } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct world world;
        int fds[20];
        for (size_t j = 0; j < LENGTH_OF(fds); j++)
            fds[j] = file_of('a');
        open_world(&world);
        size_t before = test_open_descriptors();
        send_raw(&world, fds, rows[i].count, rows[i].whole);
        turn(&world);
        CHECK_INT(world.messages, rows[i].messages);
        CHECK_INT(world.closed, 1); /* at last because the peer hung up */
        CHECK_INT(test_open_descriptors(), before);
        close_world(&world);
        for (size_t j = 0; j < LENGTH_OF(fds); j++)
            file_close(fds[j]);
    }
}

TEST(without_room_for_descriptors_the_channel_closes_and_none_is_lost)
{
    if (test_runs_in_valgrind())
        skip();
    struct world world;
    struct rlimit before = { 0 }, tight;
    open_world(&world);
    int fds[] = { file_of('a'), file_of('b') };
    size_t open = test_open_descriptors();
    CHECK_INT(local_send_fds(local_link_channel(world.link), 0, STR(""), fds, 2), OK);
    CHECK_INT(getrlimit(RLIMIT_NOFILE, &before), 0);
    tight = before;
    CLEANUP(file_closep) int next = dup(fds[0]);
    tight.rlim_cur = (rlim_t)next + 1; /* none is free below */
    CHECK_INT(setrlimit(RLIMIT_NOFILE, &tight), 0);
    loop_turn(world.loop, 0);
    loop_turn(world.loop, 0);
    CHECK_INT(setrlimit(RLIMIT_NOFILE, &before), 0);
    CHECK_INT(world.messages, 0);
    CHECK_INT(world.closed, 1);
    turn(&world);
    CHECK(test_open_descriptors() <= open + 1);
    file_close(fds[0]);
    file_close(fds[1]);
    close_world(&world);
}

TEST(a_peer_that_takes_nothing_holds_one_stream_beyond_what_the_socket_has)
{
    enum {
        TRIES_MAX = 100000
    };
    struct world world;
    open_world(&world);
    world.streams = true;
    struct local_channel *channel = local_link_channel(world.link);
    const struct ip ip = { IP_V4, { 192, 0, 2, 1 } };
    CLEANUP(file_closep) int fd = file_of('a');
    size_t before = test_open_descriptors();
    enum status status = OK;
    for (int i = 0; i < TRIES_MAX && !status; i++)
        status = stream_send(channel, ip, fd);
    CHECK_INT(status, ERR_BUSY);
    CHECK_INT(test_open_descriptors(), before + 1);
    for (int i = 0; i < TRIES_MAX && world.sent == 0; i++)
        loop_turn(world.loop, 0);
    CHECK_INT(world.sent, 1);
    CHECK_INT(test_open_descriptors(), before);
    CHECK_INT(stream_send(channel, ip, fd), OK);
    turn(&world);
    close_world(&world);
}
