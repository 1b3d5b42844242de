// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/local.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fault.h"
#include "base/file.h"
#include "base/mem.h"
#include "net/packet.h"
#include "test.h"

/* What one end has seen. */
struct end {
    unsigned opened, closed, messages;
    uint16_t type;
    size_t n;
    uint64_t sum;
    struct local_channel *channel;
    struct local_server **close_server; /* closed by the first message */
    struct local_link **free_link;      /* freed by the first message or by `closed` */
    bool echo, hang_up;
};

struct world {
    struct clock_manual clock;
    struct loop *loop;
    char folder[64], path[96];
    struct local_server *server;
    struct local_link *link;
    struct end front, peer;
};

static void on_opened(void *ctx, struct local_channel *channel)
{
    struct end *end = ctx;
    end->opened++;
    end->channel = channel;
    local_set_data(channel, end);
}

static uint64_t sum_of(struct str body)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < body.n; i++)
        sum = sum * 31 + (unsigned char)body.at[i];
    return sum;
}

static void on_message(void *ctx, struct local_channel *channel, uint16_t type,
                       struct str body)
{
    struct end *end = ctx;
    assert_ptr_equal(local_data(channel), end);
    end->messages++;
    end->type = type;
    end->n = body.n;
    if (end->close_server)
        local_server_close(TAKE(*end->close_server));
    if (end->free_link)
        local_link_free(TAKE(*end->free_link));
    end->sum = sum_of(body); /* still there, whatever was closed */
    if (end->echo)
        assert_int_equal(local_send(channel, type, body), OK);
    if (end->hang_up)
        local_close(channel);
}

static void on_closed(void *ctx, struct local_channel *channel)
{
    struct end *end = ctx;
    end->closed++;
    end->channel = NULL;
    assert_int_equal(local_send(channel, 1, STR("x")), ERR_IO);
    local_close(channel); /* harmless */
    if (end->free_link)
        local_link_free(TAKE(*end->free_link));
}

static const struct local_events events = { .opened = on_opened,
                                            .message = on_message,
                                            .closed = on_closed };

static void world_init(struct world *world)
{
    memset(world, 0, sizeof(*world));
    clock_manual_init(&world->clock, 0, 1000);
    world->loop = loop_new(&world->clock.clock);
    struct buf folder = BUF_ON(world->folder);
    buf_put_text(&folder, "/tmp/rove-local-XXXXXX");
    CHECK(mkdtemp(buf_text(&folder)) != NULL);
    struct buf path = BUF_ON(world->path);
    buf_put_text(&path, world->folder);
    buf_put_text(&path, "/s");
    (void)buf_text(&path);
}

static void serve(struct world *world)
{
    struct error err = { 0 };
    CHECK_INT(local_listen(&(const struct local_options){ .loop = world->loop,
                                                          .path = world->path,
                                                          .mode = 0600,
                                                          .events = &events,
                                                          .ctx = &world->front },
                           &world->server, &err),
              OK);
}

static void join(struct world *world)
{
    world->link = local_link_new(&(const struct local_options){ .loop = world->loop,
                                                                .path = world->path,
                                                                .events = &events,
                                                                .ctx = &world->peer });
}

static void world_done(struct world *world)
{
    local_link_free(world->link);
    local_server_close(world->server);
    loop_free(world->loop);
    (void)unlink(world->path);
    CHECK_INT(rmdir(world->folder), 0);
}

/* Turns until *counter reaches `want`; nothing here needs time to pass. */
static void until(struct world *world, const unsigned *counter, unsigned want)
{
    for (int i = 0; i < 500 && *counter < want; i++)
        loop_turn(world->loop, 0);
    CHECK_INT(*counter, want);
}

static void connect_both(struct world *world)
{
    world_init(world);
    serve(world);
    join(world);
    until(world, &world->front.opened, 1);
    until(world, &world->peer.opened, 1);
}

TEST(messages_of_every_size_pass_whole_in_both_directions)
{
    struct world world;
    connect_both(&world);
    world.front.echo = true;
    static const size_t sizes[] = { 0, 1, 255, 256, 65535, 65536, LOCAL_BODY_MAX };
    CLEANUP(mem_freep) char *bytes = mem_new(LOCAL_BODY_MAX + 1);
    for (size_t i = 0; i < LOCAL_BODY_MAX; i++)
        bytes[i] = (char)(i * 7 % 251);
    for (unsigned i = 0; i < LENGTH_OF(sizes); i++) {
        struct str body = { bytes, sizes[i] };
        uint16_t type = (uint16_t)(i * 9999);
        CHECK_INT(local_send(local_link_channel(world.link), type, body), OK);
        until(&world, &world.peer.messages, i + 1);
        CHECK_INT(world.peer.type, type);
        CHECK_INT(world.peer.n, sizes[i]);
        CHECK(world.peer.sum == sum_of(body));
    }
    struct str longer = { bytes, LOCAL_BODY_MAX + 1 };
    CHECK_INT(local_send(world.peer.channel, 1, longer), ERR_LIMIT);
    CHECK_INT(local_peer_uid(world.peer.channel), geteuid());
    CHECK_INT(local_peer_pid(world.front.channel), getpid());
    struct stat info;
    CHECK_INT(stat(world.path, &info), 0);
    CHECK_INT(info.st_mode & 0777, 0600);
    world_done(&world);
}

TEST(what_the_peer_does_not_read_is_queued_in_order_up_to_a_limit)
{
    struct world world;
    connect_both(&world);
    CLEANUP(mem_freep) char *bytes = mem_new(100000);
    unsigned sent = 0;
    /* Past the socket's own buffer, but not past the queue. */
    for (; sent < 10; sent++)
        CHECK_INT(
            local_send(world.peer.channel, (uint16_t)sent, (struct str){ bytes, 100000 }),
            OK);
    until(&world, &world.front.messages, sent);
    CHECK_INT(world.front.type, sent - 1);

    enum status status = OK;
    for (unsigned i = 0; i < 100 && !status; i++)
        status = local_send(world.peer.channel, 1, (struct str){ bytes, 100000 });
    CHECK_INT(status, ERR_BUSY);
    CHECK_INT(local_send(world.peer.channel, 1, STR("x")), ERR_IO);
    CHECK_INT(world.peer.closed, 0); /* not from inside the send */
    until(&world, &world.peer.closed, 1);
    CHECK(local_link_channel(world.link) == NULL);
    world_done(&world);
}

TEST(a_link_comes_back_after_its_server_did)
{
    struct world world;
    world_init(&world);
    join(&world);
    for (int i = 0; i < 12; i++) {
        loop_turn(world.loop, 0);
        CHECK(!local_link_channel(world.link));
        world.clock.now_ms += 1000; /* the longest pause there is */
    }
    serve(&world);
    until(&world, &world.peer.opened, 1);
    until(&world, &world.front.opened, 1);
    local_server_close(TAKE(world.server));
    until(&world, &world.peer.closed, 1);
    CHECK_INT(world.front.closed, 0); /* its own doing */
    CHECK_INT(access(world.path, F_OK), -1);
    serve(&world);
    loop_turn(world.loop, 0);
    CHECK_INT(world.peer.opened, 1);
    world.clock.now_ms += 1000;
    until(&world, &world.peer.opened, 2);
    world_done(&world);
}

TEST(the_pause_of_a_link_doubles_up_to_a_second)
{
    struct world world;
    world_init(&world);
    serve(&world);
    join(&world);
    world.front.hang_up = true;
    static const int64_t pauses[] = { 10, 20, 40, 80, 160, 320, 640, 1000, 1000 };
    for (unsigned i = 0; i < LENGTH_OF(pauses); i++) {
        until(&world, &world.peer.opened, i + 1);
        CHECK_INT(local_send(world.peer.channel, 1, STR("bye")), OK);
        until(&world, &world.peer.closed, i + 1);
        world.clock.now_ms += pauses[i] - 1;
        loop_turn(world.loop, 0);
        CHECK_INT(world.peer.opened, i + 1);
        world.clock.now_ms += 1;
    }
    until(&world, &world.peer.opened, LENGTH_OF(pauses) + 1);
    /* A second of life, and the pause is short again. */
    world.clock.now_ms += 1000;
    CHECK_INT(local_send(world.peer.channel, 1, STR("bye")), OK);
    until(&world, &world.peer.closed, LENGTH_OF(pauses) + 1);
    world.clock.now_ms += 10;
    until(&world, &world.peer.opened, LENGTH_OF(pauses) + 2);
    world_done(&world);
}

TEST(either_end_may_close_everything_from_inside_a_callback)
{
    struct world world;
    connect_both(&world);
    world.front.close_server = &world.server;
    CHECK_INT(local_send(world.peer.channel, 5, STR("close yourself")), OK);
    until(&world, &world.front.messages, 1);
    CHECK(world.front.sum == sum_of(STR("close yourself")));
    CHECK(!world.server);
    world.peer.free_link = &world.link;
    until(&world, &world.peer.closed, 1);
    CHECK(!world.link);
    world_done(&world);

    connect_both(&world);
    world.peer.free_link = &world.link;
    CHECK_INT(local_send(world.front.channel, 5, STR("free yourself")), OK);
    until(&world, &world.peer.messages, 1);
    CHECK(!world.link);
    until(&world, &world.front.closed, 1);
    world_done(&world);
}

/* Raw peers */

static int connect_raw(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    struct buf text = BUF_ON(address.sun_path);
    buf_put_text(&text, path);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    CHECK_INT(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

TEST(a_packet_that_is_not_a_message_closes_the_channel)
{
    static const struct {
        const char *bytes;
        size_t n;
        bool fine;
    } rows[] = {
        { "RV\1\1\0\0\0\0", 8, true },
        { "RV\1\1\0\1\0\0x", 9, true },
        { "RV\1\1\0\0\0", 7, false },
        { "RW\1\1\0\0\0\0", 8, false },
        { "rV\1\1\0\0\0\0", 8, false },
        { "RV\2\1\0\0\0\0", 8, false },
        { "RV\1\1\0\1\0\0", 8, false },
        { "RV\1\1\0\0\0\0x", 9, false },
        { "RV\1\1\0\0\1\0x", 9, false },
        { "RV\1\1\0\1\0\1x", 9, false },
        { "GET / HTTP/1.1\r\n\r\n", 18, false },
    };
    struct world world;
    world_init(&world);
    serve(&world);
    unsigned closed = 0, messages = 0;
    for (unsigned i = 0; i < LENGTH_OF(rows); i++) {
        int fd = connect_raw(world.path);
        until(&world, &world.front.opened, i + 1);
        CHECK_INT(send(fd, rows[i].bytes, rows[i].n, 0), (int)rows[i].n);
        messages += rows[i].fine;
        closed += !rows[i].fine;
        until(&world, &world.front.closed, closed);
        until(&world, &world.front.messages, messages);
        char byte = 0;
        if (!rows[i].fine)
            CHECK_INT(recv(fd, &byte, 1, MSG_DONTWAIT), 0);
        file_close(fd);
        closed += rows[i].fine; /* now by us */
        until(&world, &world.front.closed, closed);
    }
    world_done(&world);
}

TEST(a_packet_that_is_too_long_closes_the_channel)
{
    struct world world;
    world_init(&world);
    serve(&world);
    int fd = connect_raw(world.path);
    enum {
        LONGER = LOCAL_BODY_MAX + 9
    };
    CLEANUP(mem_freep) char *bytes = mem_new(LONGER);
    memcpy(bytes, "RV\1\1\0\1\0\2", 8);
    CHECK_INT(send(fd, bytes, LONGER, 0), LONGER);
    until(&world, &world.front.closed, 1);
    CHECK_INT(world.front.messages, 0);
    file_close(fd);
    world_done(&world);
}

TEST(a_stale_socket_is_replaced_and_a_living_one_is_not)
{
    struct world world;
    world_init(&world);
    serve(&world);
    struct local_server *other = NULL;
    struct error err;
    CHECK_INT(local_listen(&(const struct local_options){ .loop = world.loop,
                                                          .path = world.path,
                                                          .mode = 0600,
                                                          .events = &events },
                           &other, &err),
              ERR_BUSY);
    CHECK(!other);
    loop_turn(world.loop, 0);
    local_server_close(TAKE(world.server));

    struct sockaddr_un address = { .sun_family = AF_UNIX };
    struct buf text = BUF_ON(address.sun_path);
    buf_put_text(&text, world.path);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    CHECK_INT(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    file_close(fd); /* the file stays */
    serve(&world);
    local_server_close(TAKE(world.server));

    file_close(open(world.path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    CHECK_INT(local_listen(&(const struct local_options){ .loop = world.loop,
                                                          .path = world.path,
                                                          .mode = 0600,
                                                          .events = &events },
                           &other, &err),
              ERR_EXISTS);
    world_done(&world);
}

TEST(paths_that_cannot_be_are_refused)
{
    struct world world;
    world_init(&world);
    struct local_server *server = NULL;
    struct error err;
    CHECK_INT(
        local_listen(&(const struct local_options){ .loop = world.loop,
                                                    .path = "/nonexistent/folder/socket",
                                                    .mode = 0600,
                                                    .events = &events },
                     &server, &err),
        ERR_IO);
    char longer[200];
    memset(longer, 'x', sizeof(longer));
    longer[sizeof(longer) - 1] = '\0';
    CHECK_INT(local_listen(&(const struct local_options){ .loop = world.loop,
                                                          .path = longer,
                                                          .mode = 0600,
                                                          .events = &events },
                           &server, &err),
              ERR_LIMIT);
    CHECK(!server);
    uint16_t type = 0;
    char *body = NULL;
    size_t n = 0;
    struct local_question question = { .path = longer, .type = 1, .wait_ms = 100 };
    CHECK_INT(local_call(&question, &type, &body, &n, &err), ERR_LIMIT);
    question.path = world.path;
    CHECK_INT(local_call(&question, &type, &body, &n, &err), ERR_NOT_FOUND);
    world_done(&world);
}

static void count_channel(void *ctx, struct local_channel *channel)
{
    (void)channel;
    ++*(unsigned *)ctx;
}

TEST(all_channels_of_a_server_are_found_and_go_with_it)
{
    struct world world;
    world_init(&world);
    serve(&world);
    int fds[5];
    for (unsigned i = 0; i < 5; i++)
        fds[i] = connect_raw(world.path);
    until(&world, &world.front.opened, 5);
    file_close(fds[2]);
    until(&world, &world.front.closed, 1);
    unsigned count = 0;
    local_server_each(world.server, count_channel, &count);
    CHECK_INT(count, 4);
    local_server_close(TAKE(world.server));
    char byte = 0;
    CHECK_INT(recv(fds[0], &byte, 1, 0), 0);
    for (unsigned i = 0; i < 5; i++) {
        if (i != 2)
            file_close(fds[i]);
    }
    world_done(&world);
}

/* Calls without a loop, answered by a loop of this thread. */

struct call {
    const char *path;
    struct str body;
    int wait_ms;
    enum status status;
    uint16_t type;
    char *answer;
    size_t n;
    struct loop *loop;
    struct wake over;
};

static void *make_call(void *ctx)
{
    struct call *call = ctx;
    const struct local_question question = {
        .path = call->path, .type = 77, .body = call->body, .wait_ms = call->wait_ms
    };
    call->status = local_call(&question, &call->type, &call->answer, &call->n, NULL);
    wake_send(&call->over);
    return NULL;
}

static void over(void *ctx)
{
    loop_stop(ctx);
}

static void call_and_serve(struct world *world, struct call *call)
{
    call->path = world->path;
    CHECK_INT(wake_start(&call->over, world->loop, over, world->loop, NULL), OK);
    pthread_t thread;
    CHECK_INT(pthread_create(&thread, NULL, make_call, call), 0);
    loop_run(world->loop);
    CHECK_INT(pthread_join(thread, NULL), 0);
    wake_stop(&call->over);
}

TEST(a_call_brings_an_answer_or_says_why_not)
{
    struct world world;
    world_init(&world);
    serve(&world);
    world.front.echo = true;
    struct call call = { .body = STR("hello"), .wait_ms = 20000 };
    call_and_serve(&world, &call);
    CHECK_INT(call.status, OK);
    CHECK_INT(call.type, 77);
    CHECK_INT(call.n, 5);
    CHECK_TEXT(call.answer, "hello");
    mem_free(call.answer);

    world.front.echo = false;
    call = (struct call){ .body = STR("nobody answers"), .wait_ms = 30 };
    call_and_serve(&world, &call);
    CHECK_INT(call.status, ERR_BUSY);

    world.front.hang_up = true;
    call = (struct call){ .body = STR("hang up"), .wait_ms = 20000 };
    call_and_serve(&world, &call);
    CHECK_INT(call.status, ERR_IO);
    CHECK(!call.answer);

    CLEANUP(mem_freep) char *bytes = mem_new(LOCAL_BODY_MAX + 1);
    const struct local_question question = { .path = world.path,
                                             .type = 1,
                                             .body = { bytes, LOCAL_BODY_MAX + 1 },
                                             .wait_ms = 10 };
    CHECK_INT(local_call(&question, &call.type, &call.answer, &call.n, NULL), ERR_LIMIT);
    world_done(&world);
}

TEST(strangers_are_refused_at_both_ends)
{
    if (geteuid() != 0)
        skip(); /* only root can be two users */
    struct world world;
    world_init(&world);
    CHECK_INT(chmod(world.folder, 0755), 0);
    uid_t friend = 4242;
    struct error err;
    CHECK_INT(local_listen(&(const struct local_options){ .loop = world.loop,
                                                          .path = world.path,
                                                          .mode = 0666,
                                                          .uids = &friend,
                                                          .uid_count = 1,
                                                          .events = &events,
                                                          .ctx = &world.front },
                           &world.server, &err),
              OK);
    static const struct {
        uid_t uid;
        unsigned opened;
    } rows[] = { { 4243, 0 }, { 4242, 1 } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        CHECK_INT(seteuid(rows[i].uid), 0);
        int fd = connect_raw(world.path);
        CHECK_INT(seteuid(0), 0);
        for (int turn = 0; turn < 10; turn++)
            loop_turn(world.loop, 0);
        CHECK_INT(world.front.opened, rows[i].opened);
        char byte = 0;
        CHECK_INT(recv(fd, &byte, 1, MSG_DONTWAIT), rows[i].opened ? -1 : 0);
        file_close(fd);
    }
    world_done(&world);
}

static void answer_as(const char *path, uid_t uid, int ready)
{
    struct sockaddr_un address;
    int fd = packet_socket(0);
    if (setuid(uid) || packet_address(path, &address, NULL) ||
        bind(fd, (const struct sockaddr *)&address, sizeof(address)) ||
        chmod(path, 0666) || listen(fd, 1) || write(ready, "r", 1) != 1)
        _exit(1);
    (void)pause();
    _exit(0);
}

TEST(a_question_is_not_put_to_a_stranger)
{
    if (geteuid() != 0)
        skip(); /* only root can be two users */
    struct world world;
    world_init(&world);
    CHECK_INT(chmod(world.folder, 0777), 0);
    int ready[2];
    CHECK_INT(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0)
        answer_as(world.path, 4243, ready[1]);
    char byte = 0;
    CHECK_INT(read(ready[0], &byte, 1), 1);
    static const uid_t friends[] = { 4242, 4243 };
    struct local_question question = { .path = world.path,
                                       .uids = friends,
                                       .type = 1,
                                       .body = STR("secret"),
                                       .wait_ms = 10 };
    uint16_t type = 0;
    char *body = NULL;
    size_t n = 0;
    struct error err;
    for (; question.uid_count < 2; question.uid_count++) {
        CHECK_INT(local_call(&question, &type, &body, &n, &err), ERR_DENIED);
        CHECK(strstr(err.text, "user 4243"));
    }
    CHECK_INT(local_call(&question, &type, &body, &n, &err), ERR_BUSY);
    CHECK_INT(kill(child, SIGKILL), 0);
    CHECK_INT(waitpid(child, NULL, 0), child);
    CHECK_INT(close(ready[0]) + close(ready[1]), 0);
    CHECK_INT(unlink(world.path), 0);
    world_done(&world);
}

#ifdef ROVE_FAULTS
TEST(out_of_descriptors_the_listener_rests_and_then_goes_on)
{
    struct world world;
    world_init(&world);
    serve(&world);
    join(&world);
    fault_arm("local.accept", 1, false);
    until(&world, &world.peer.opened, 1);
    loop_turn(world.loop, 0); /* in which the accept fails */
    CHECK_INT(fault_hits(), 1);
    world.clock.now_ms += 99;
    for (int i = 0; i < 10; i++)
        loop_turn(world.loop, 0);
    CHECK_INT(fault_asked(), 1); /* and nobody has tried since */
    fault_arm(NULL, 0, false);
    CHECK_INT(world.front.opened, 0);
    world.clock.now_ms += 1;
    until(&world, &world.front.opened, 1);
    world_done(&world);
}

TEST(a_send_that_fails_closes_the_channel_in_the_next_round)
{
    struct world world;
    connect_both(&world);
    fault_arm("local.send", 1, false);
    CHECK_INT(local_send(world.peer.channel, 1, STR("x")), ERR_IO);
    CHECK_INT(fault_hits(), 1);
    fault_arm(NULL, 0, false);
    CHECK_INT(world.peer.closed, 0);
    until(&world, &world.peer.closed, 1);
    until(&world, &world.front.closed, 1);
    world_done(&world);
}
#endif
