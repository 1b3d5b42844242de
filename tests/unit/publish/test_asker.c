// SPDX-License-Identifier: GPL-3.0-or-later
/* An asker on a clock that the test moves, and a name server on loopback that says what the test
 * wants. */
#include "publish/asker.h"

#include <sys/socket.h>

#include "base/random.h"
#include "dns/query.h"
#include "net/loop.h"
#include "net/socket.h"
#include "world.h"

enum {
    WIRE_SIZE = 1024,
    MANY = 40,
    FLAGS_AT = 2,
    RCODE_AT = 3,
    ANSWERS_AT = 7
};

struct scene {
    struct clock_manual clock;
    struct loop *loop;
    struct asker *asker;
    int fd; /* of the server */
    struct name name;
    struct asker_question question;
    int answers; /* that came, and the last of them: */
    struct asker_answer answer;
};

struct heard {
    uint8_t wire[WIRE_SIZE];
    size_t n;
    struct sockaddr_storage from;
    socklen_t from_n;
};

static void take(void *ctx, const struct asker_question *question,
                 const struct asker_answer *answer)
{
    struct scene *scene = ctx;
    (void)question;
    scene->answers++;
    scene->answer = *answer;
}

static void scene_open(struct scene *scene)
{
    uint16_t port = 0;
    random_init();
    *scene = (struct scene){ .answers = 0 };
    clock_manual_init(&scene->clock, 1000, 5000);
    scene->loop = loop_new(&scene->clock.clock);
    MUST(socket_bind_udp(ip_of("127.0.0.1"), 0, false, &scene->fd, &port, why));
    const struct asker_server server = { "ns2", ip_of("127.0.0.1"), port };
    scene->asker = asker_new(scene->loop, &server, 1);
    scene->name = name_of("home.dyn.example.org");
}

static void scene_done(struct scene *scene)
{
    asker_free(scene->asker);
    loop_free(scene->loop);
    file_close(scene->fd);
}

static struct asker_question question_of(struct scene *scene)
{
    return (struct asker_question){
        .name = &scene->name, .type = RR_A, .answered = take, .ctx = scene
    };
}

static void pass(struct scene *scene, int64_t ms)
{
    scene->clock.now_ms += ms;
    loop_turn(scene->loop, 0);
}

static void ask(struct scene *scene)
{
    scene->question = question_of(scene);
    asker_ask(scene->asker, &scene->question);
    pass(scene, 1);
}

static bool hear(const struct scene *scene, struct heard *out)
{
    out->from_n = sizeof(out->from);
    ssize_t n = recvfrom(scene->fd, out->wire, sizeof(out->wire), MSG_DONTWAIT,
                         (struct sockaddr *)&out->from, &out->from_n);
    out->n = n > 0 ? (size_t)n : 0;
    return n > 0;
}

static int count_heard(const struct scene *scene)
{
    struct heard heard;
    int count = 0;
    while (hear(scene, &heard))
        count++;
    return count;
}

static void send_from(const struct scene *scene, int fd, const struct heard *heard)
{
    (void)scene;
    CHECK(sendto(fd, heard->wire, heard->n, 0, (const struct sockaddr *)&heard->from,
                 heard->from_n) > 0);
}

/* Makes a reply of the request: 192.0.2.7 is its address. */
static void make_reply(struct heard *heard)
{
    static const char record[] =
        "\300\014\000\001\000\001\000\000\000\074\000\004\300\000\002\007";
    heard->wire[FLAGS_AT] = 0x84;
    heard->wire[ANSWERS_AT] = 1;
    memcpy(heard->wire + heard->n, record, sizeof(record) - 1);
    heard->n += sizeof(record) - 1;
}

static void say(struct scene *scene, const struct heard *heard)
{
    send_from(scene, scene->fd, heard);
    loop_turn(scene->loop, 0);
}

TEST(an_answer_is_taken_with_its_addresses_and_time)
{
    struct scene scene;
    struct heard heard;
    scene_open(&scene);
    ask(&scene);
    CHECK(hear(&scene, &heard));
    make_reply(&heard);
    scene.clock.now_ms += 30;
    loop_turn(scene.loop, 0);
    say(&scene, &heard);
    CHECK_INT(scene.answers, 1);
    CHECK_INT(scene.answer.result, ASKER_ANSWERED);
    CHECK(scene.answer.authoritative);
    CHECK_INT(scene.answer.took_ms, 30);
    CHECK_INT(scene.answer.asked_s, 1000);
    CHECK_INT(addresses_count(&scene.answer.addresses), 1);
    CHECK_TEXT(ip_text(addresses_get(&scene.answer.addresses, 0)), "192.0.2.7");
    pass(&scene, 10000);
    CHECK_INT(count_heard(&scene), 0);
    scene_done(&scene);
}

/* What is done to a good reply. */
static void break_id(struct heard *heard)
{
    heard->wire[1] ^= 1;
}
static void break_case(struct heard *heard)
{
    heard->wire[MESSAGE_HEADER_SIZE + 1] ^= 0x20;
}
static void break_name(struct heard *heard)
{
    heard->wire[MESSAGE_HEADER_SIZE + 1] = 'x';
}
static void break_type(struct heard *heard)
{
    heard->wire[MESSAGE_HEADER_SIZE + 23] = RR_AAAA;
}
static void break_query(struct heard *heard)
{
    heard->wire[FLAGS_AT] = 0;
}

TEST(what_does_not_fit_the_question_is_no_answer)
{
    static void (*const rows[])(struct heard *) = { break_id, break_case, break_name,
                                                    break_type, break_query };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct scene scene;
        struct heard heard, forged;
        scene_open(&scene);
        ask(&scene);
        CHECK(hear(&scene, &heard));
        make_reply(&heard);
        forged = heard;
        rows[i](&forged);
        say(&scene, &forged);
        CHECK_INT(scene.answers, 0);
        say(&scene, &heard); /* the true one still counts */
        CHECK_INT(scene.answers, 1);
        CHECK_INT(scene.answer.result, ASKER_ANSWERED);
        scene_done(&scene);
    }
}

TEST(an_answer_from_another_port_is_not_even_read)
{
    struct scene scene;
    struct heard heard;
    int other = -1;
    scene_open(&scene);
    MUST(socket_bind_udp(ip_of("127.0.0.1"), 0, false, &other, NULL, why));
    ask(&scene);
    CHECK(hear(&scene, &heard));
    make_reply(&heard);
    send_from(&scene, other, &heard);
    loop_turn(scene.loop, 0);
    CHECK_INT(scene.answers, 0);
    say(&scene, &heard);
    CHECK_INT(scene.answers, 1);
    file_close(other);
    scene_done(&scene);
}

TEST(each_try_has_a_port_an_id_and_a_case_of_its_own)
{
    struct scene scene;
    struct heard first, second;
    scene_open(&scene);
    ask(&scene);
    CHECK(hear(&scene, &first));
    pass(&scene, ASKER_TRY_MS);
    CHECK(hear(&scene, &second));
    uint16_t ports[2];
    (void)ip_from_sockaddr(&first.from, &ports[0]);
    (void)ip_from_sockaddr(&second.from, &ports[1]);
    CHECK(ports[0] != ports[1]);
    CHECK(memcmp(first.wire, second.wire, first.n) != 0);
    /* What answers the first try comes too late. */
    make_reply(&first);
    say(&scene, &first);
    CHECK_INT(scene.answers, 0);
    scene_done(&scene);
}

TEST(a_silent_server_is_asked_twice)
{
    struct scene scene;
    scene_open(&scene);
    ask(&scene);
    for (int try = 0; try < ASKER_TRIES; try++) {
        CHECK_INT(count_heard(&scene), 1);
        CHECK_INT(scene.answers, 0);
        pass(&scene, ASKER_TRY_MS);
    }
    CHECK_INT(scene.answers, 1);
    CHECK_INT(scene.answer.result, ASKER_SILENT);
    CHECK_INT(asker_get_standing(scene.asker, 0).silences, 1);
    scene_done(&scene);
}

TEST(a_flood_of_wrong_answers_ends_the_try_and_not_the_loop)
{
    struct scene scene;
    struct heard heard;
    scene_open(&scene);
    ask(&scene);
    for (int try = 0; try < ASKER_TRIES; try++) {
        CHECK(hear(&scene, &heard));
        make_reply(&heard);
        break_id(&heard);
        for (int i = 0; i < 2 * ASKER_WRONG_MAX; i++)
            send_from(&scene, scene.fd, &heard);
        for (int i = 0; i < ASKER_WRONG_MAX; i++)
            pass(&scene, 0);
        pass(&scene, 1);
    }
    CHECK_INT(scene.answers, 1);
    CHECK_INT(scene.answer.result, ASKER_BROKEN);
    scene_done(&scene);
}

TEST(a_cut_answer_and_a_broken_one_are_told_from_an_error)
{
    static const struct {
        uint8_t flags, rcode;
        size_t cut;
        enum asker_result want;
    } rows[] = {
        { 0x86, 0, 0, ASKER_TRUNCATED },
        { 0x84, 0, 3, ASKER_BROKEN },
        { 0x80, RCODE_REFUSED, 0, ASKER_ANSWERED },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct scene scene;
        struct heard heard;
        scene_open(&scene);
        ask(&scene);
        CHECK(hear(&scene, &heard));
        make_reply(&heard);
        heard.wire[FLAGS_AT] = rows[i].flags;
        heard.wire[RCODE_AT] = rows[i].rcode;
        heard.n -= rows[i].cut;
        say(&scene, &heard);
        CHECK_INT(scene.answers, 1);
        CHECK_INT(scene.answer.result, rows[i].want);
        CHECK_INT(scene.answer.rcode, rows[i].rcode);
        scene_done(&scene);
    }
}

TEST(one_server_has_few_questions_at_once_and_a_silent_one_does_not_hold_up_others)
{
    struct scene scene;
    struct asker_question questions[MANY];
    scene_open(&scene);
    for (int i = 0; i < MANY; i++) {
        questions[i] = question_of(&scene);
        asker_ask(scene.asker, &questions[i]);
    }
    pass(&scene, 1);
    CHECK_INT(count_heard(&scene), ASKER_FLIGHT_SERVER);
    pass(&scene, ASKER_TRY_MS);
    pass(&scene, ASKER_TRY_MS);
    pass(&scene, 20);
    /* After so many silences all the others are given up but one. */
    CHECK_INT(scene.answers, MANY - 1);
    CHECK_INT(scene.answer.result, ASKER_SILENT);
    asker_cancel(scene.asker, &questions[ASKER_FLIGHT_SERVER]);
    pass(&scene, ASKER_TRY_MS);
    pass(&scene, ASKER_TRY_MS);
    CHECK_INT(scene.answers, MANY - 1);
    scene_done(&scene);
}

TEST(a_question_that_is_taken_back_gets_no_answer)
{
    struct scene scene;
    struct heard heard;
    scene_open(&scene);
    ask(&scene);
    CHECK(hear(&scene, &heard));
    asker_cancel(scene.asker, &scene.question);
    pass(&scene, 10000);
    CHECK_INT(scene.answers, 0);
    CHECK_INT(count_heard(&scene), 0);
    scene_done(&scene);
}
