// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/notify.h"

#include <poll.h>
#include <sys/socket.h>

#include "base/random.h"
#include "dns/query.h"
#include "net/loop.h"
#include "net/socket.h"
#include "world.h"

#ifdef ROVE_FAULTS
#include "base/fault.h"
#endif

enum {
    WIRE_SIZE = 1024,
    SIDES = 2,
};

/* A notifier on a clock that the test moves, and secondaries on loopback. */
struct scene {
    struct clock_manual clock;
    struct loop *loop;
    struct notify *notify;
    int fds[SIDES];
    struct notify_address addresses[SIDES];
    struct notify_secondary sides[SIDES];
    struct tsig_key key;
    struct name zones[1];
    int troubles, changes, answers;
    int64_t answered; /* the number of the last question that was answered */
    char why[ERROR_TEXT_SIZE];
};

/* A request as a secondary gets it. */
struct heard {
    uint8_t wire[WIRE_SIZE];
    size_t n;
    struct sockaddr_storage from;
    socklen_t from_n;
};

static void note_trouble(void *ctx, const char *title, const char *why)
{
    struct scene *scene = ctx;
    scene->troubles++;
    (void)snprintf(scene->why, sizeof(scene->why), "%s: %s", title, why);
}

static void note_change(void *ctx)
{
    struct scene *scene = ctx;
    scene->changes++;
}

static void note_answer(void *ctx, int64_t number)
{
    struct scene *scene = ctx;
    scene->answers++;
    scene->answered = number;
}

static void scene_init(struct scene *scene)
{
    static const char *const titles[] = { "first", "second" };
    static const char *const addresses[] = { "127.0.0.1", "::1" };
    random_init();
    *scene = (struct scene){ .troubles = 0 };
    clock_manual_init(&scene->clock, 1000, 5000);
    scene->loop = loop_new(&scene->clock.clock);
    MUST(tsig_key_parse(STR("key.example.org"), STR("hmac-sha256"),
                        STR("c2VjcmV0IG9mIHR3ZW50eS1mb3VyIQ=="), &scene->key, why));
    for (size_t i = 0; i < SIDES; i++) {
        struct ip ip = ip_of(addresses[i]);
        uint16_t port = 0;
        MUST(socket_bind_udp(ip, 0, false, &scene->fds[i], &port, why));
        scene->addresses[i] = (struct notify_address){ ip, port };
        scene->sides[i] = (struct notify_secondary){ .title = titles[i],
                                                     .addresses = &scene->addresses[i],
                                                     .address_count = 1 };
    }
}

static void scene_start(struct scene *scene, size_t sides)
{
    const struct notify_options options = { .loop = scene->loop,
                                            .secondaries = scene->sides,
                                            .secondary_count = sides,
                                            .trouble = note_trouble,
                                            .changed = note_change,
                                            .acknowledged = note_answer,
                                            .ctx = scene };
    scene->notify = notify_new(&options);
}

static void scene_open(struct scene *scene, size_t sides)
{
    scene_init(scene);
    scene_start(scene, sides);
}

static void scene_done(struct scene *scene)
{
    notify_free(scene->notify);
    loop_free(scene->loop);
    for (size_t i = 0; i < SIDES; i++)
        file_close(scene->fds[i]);
}

static void publish(struct scene *scene, const char *zone, uint32_t serial)
{
    struct name name = name_of(zone);
    notify_forget(scene->notify);
    notify_note(scene->notify, &name, serial);
    notify_commit(scene->notify);
}

static void pass(struct scene *scene, int64_t ms)
{
    scene->clock.now_ms += ms;
    loop_turn(scene->loop, 0);
}

/* The next request; false: none has come. Loopback delivers at once. */
static bool hear(const struct scene *scene, size_t side, struct heard *out)
{
    out->from_n = sizeof(out->from);
    ssize_t n = recvfrom(scene->fds[side], out->wire, sizeof(out->wire), MSG_DONTWAIT,
                         (struct sockaddr *)&out->from, &out->from_n);
    out->n = n > 0 ? (size_t)n : 0;
    return n > 0;
}

static int count_heard(const struct scene *scene, size_t side)
{
    struct heard heard;
    int count = 0;
    while (hear(scene, side, &heard))
        count++;
    return count;
}

static void reply_to(const struct scene *scene, size_t side, struct heard *heard,
                     uint8_t rcode)
{
    heard->wire[2] |= 0x80;
    heard->wire[3] = rcode;
    CHECK(sendto(scene->fds[side], heard->wire, heard->n, 0,
                 (const struct sockaddr *)&heard->from, heard->from_n) > 0);
}

/* Replies, and waits until the notifier has taken it. */
static void reply(struct scene *scene, size_t side, struct heard *heard, uint8_t rcode)
{
    reply_to(scene, side, heard, rcode);
    loop_turn(scene->loop, 1000); /* the reply */
    loop_turn(scene->loop, 0);    /* the timer that it sets */
}

static void hear_and_reply(struct scene *scene, size_t side, uint8_t rcode)
{
    struct heard heard;
    CHECK(hear(scene, side, &heard));
    reply(scene, side, &heard, rcode);
}

/* In an image that was changed in place. */
static void change(struct scene *scene, const char *zone, uint32_t serial)
{
    struct name name = name_of(zone);
    notify_change(scene->notify, &name, serial);
}

/* New zones in an image that was changed in place. */
static void change_many(struct scene *scene, int count)
{
    char text[32];
    for (int i = 0; i < count; i++) {
        (void)snprintf(text, sizeof(text), "z%d.example", i);
        change(scene, text, 1);
    }
}

/* The zones of a new image. */
static void publish_many(struct scene *scene, int count)
{
    char text[32];
    notify_forget(scene->notify);
    for (int i = 0; i < count; i++) {
        (void)snprintf(text, sizeof(text), "z%d.example", i);
        struct name name = name_of(text);
        notify_note(scene->notify, &name, 1);
    }
    notify_commit(scene->notify);
}

static struct notify_state state_of(const struct scene *scene, size_t side)
{
    struct notify_state state;
    notify_get_state(scene->notify, side, &state);
    return state;
}

TEST(a_new_zone_is_told_to_each_secondary_at_once_and_until_it_is_acknowledged)
{
    struct scene scene;
    scene_open(&scene, SIDES);
    publish(&scene, "dyn.example", 7);
    pass(&scene, 0);
    for (size_t side = 0; side < SIDES; side++) {
        struct heard heard;
        CHECK(hear(&scene, side, &heard));
        CHECK(str_starts(str_bytes(heard.wire + 2, heard.n - 2),
                         STR("\044\000\000\001\000\000\000\000\000\000\003dyn\007example"
                             "\000\000\006\000\001")));
        CHECK_INT(state_of(&scene, side).waiting, 1);
        reply(&scene, side, &heard, RCODE_NOERROR);
        CHECK_INT(state_of(&scene, side).waiting, 0);
        CHECK_INT(state_of(&scene, side).acknowledged_s, 1000);
    }
    pass(&scene, 100000);
    CHECK_INT(count_heard(&scene, 0), 0);
    CHECK_INT(scene.troubles, 0);
    scene_done(&scene);
}

TEST(only_a_new_serial_is_told)
{
    struct scene scene;
    struct heard heard;
    scene_open(&scene, 1);
    static const uint32_t serials[] = { 7, 7, 8, 6 };
    static const bool told[] = { true, false, true, true };
    for (size_t i = 0; i < LENGTH_OF(serials); i++) {
        publish(&scene, "dyn.example", serials[i]);
        pass(&scene, 1000);
        CHECK_INT(hear(&scene, 0, &heard), told[i]);
        if (told[i])
            reply(&scene, 0, &heard, RCODE_NOERROR);
    }
    scene_done(&scene);
}

TEST(without_a_new_image_no_zone_is_gone)
{
    struct scene scene;
    scene_open(&scene, 1);
    publish(&scene, "dyn.example", 7);
    pass(&scene, 0);
    hear_and_reply(&scene, 0, RCODE_NOERROR);
    notify_commit(scene.notify); /* as after a fragment alone */
    publish(&scene, "dyn.example", 7);
    pass(&scene, 1000);
    CHECK_INT(count_heard(&scene, 0), 0);
    scene_done(&scene);
}

TEST(an_image_that_failed_is_forgotten)
{
    struct scene scene;
    struct name name = name_of("dyn.example");
    scene_open(&scene, 1);
    notify_note(scene.notify, &name, 5);
    publish(&scene, "other.example", 1);
    pass(&scene, 0);
    CHECK_INT(count_heard(&scene, 0), 1);
    scene_done(&scene);
}

TEST(a_silent_secondary_is_tried_with_growing_pauses_and_then_given_up)
{
    static const int pauses_s[] = { 1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60, 60, 60 };
    struct scene scene;
    scene_open(&scene, 1);
    publish(&scene, "dyn.example", 7);
    pass(&scene, 0);
    CHECK_INT(count_heard(&scene, 0), 1);
    for (size_t i = 0; i < LENGTH_OF(pauses_s); i++) {
        pass(&scene, pauses_s[i] * 1000 - 1);
        CHECK_INT(count_heard(&scene, 0), 0);
        pass(&scene, 1);
        CHECK_INT(count_heard(&scene, 0), 1);
    }
    CHECK_INT(scene.troubles, 0);
    pass(&scene, 60000);
    CHECK_INT(count_heard(&scene, 0), 0);
    CHECK_INT(scene.troubles, 1);
    CHECK(strstr(scene.why, "first: 127.0.0.1"));
    CHECK(strstr(scene.why, "does not answer notifications for zone dyn.example"));
    CHECK_INT(state_of(&scene, 0).failures, 1);
    CHECK_INT(state_of(&scene, 0).waiting, 0);
    publish(&scene, "dyn.example", 8);
    pass(&scene, 0);
    CHECK_INT(count_heard(&scene, 0), 1);
    scene_done(&scene);
}

TEST(a_refusal_is_told_once_and_not_repeated)
{
    struct scene scene;
    scene_open(&scene, 1);
    for (uint32_t serial = 1; serial <= 2; serial++) {
        publish(&scene, "dyn.example", serial);
        pass(&scene, 1000);
        hear_and_reply(&scene, 0, RCODE_NOTAUTH);
        CHECK_INT(state_of(&scene, 0).failures, serial);
        CHECK_INT(state_of(&scene, 0).waiting, 0);
    }
    CHECK_INT(scene.troubles, 1);
    CHECK(strstr(scene.why, "refuses the notification (response code 9)"));
    scene_done(&scene);
}

TEST(what_changes_before_the_acknowledgement_is_told_once_after_it)
{
    struct scene scene;
    struct heard heard;
    scene_open(&scene, 1);
    publish(&scene, "dyn.example", 1);
    pass(&scene, 0);
    CHECK(hear(&scene, 0, &heard));
    for (uint32_t serial = 2; serial < 10; serial++) {
        change(&scene, "dyn.example", serial);
        pass(&scene, 50);
    }
    CHECK_INT(count_heard(&scene, 0), 0);
    reply(&scene, 0, &heard, RCODE_NOERROR);
    CHECK_INT(state_of(&scene, 0).waiting, 1);
    pass(&scene, 1);
    CHECK(hear(&scene, 0, &heard));
    CHECK_INT(count_heard(&scene, 0), 0);
    reply(&scene, 0, &heard, RCODE_NOERROR);
    CHECK_INT(state_of(&scene, 0).waiting, 0);
    pass(&scene, 5000);
    CHECK_INT(count_heard(&scene, 0), 0);
    scene_done(&scene);
}

TEST(the_reply_to_an_older_request_is_no_acknowledgement)
{
    struct scene scene;
    struct heard old, new;
    scene_open(&scene, 1);
    publish(&scene, "dyn.example", 1);
    pass(&scene, 0);
    CHECK(hear(&scene, 0, &old));
    change(&scene, "dyn.example", 2);
    pass(&scene, 1000);
    CHECK(hear(&scene, 0, &new));
    reply(&scene, 0, &old, RCODE_NOERROR);
    CHECK_INT(state_of(&scene, 0).waiting, memcmp(old.wire, new.wire, 2) != 0);
    reply(&scene, 0, &new, RCODE_NOERROR);
    CHECK_INT(state_of(&scene, 0).waiting, 0);
    scene_done(&scene);
}

static void ask(struct scene *scene, const char *zone, int64_t number)
{
    struct name name = name_of(zone);
    notify_await(scene->notify, &name, number);
}

TEST(a_question_is_answered_when_all_secondaries_have_acknowledged_the_serial)
{
    struct scene scene;
    scene_open(&scene, SIDES);
    ask(&scene, "dyn.example", 1); /* nobody has heard of it */
    CHECK_INT(scene.answered, 1);
    publish(&scene, "dyn.example", 7);
    ask(&scene, "dyn.example", 2);
    pass(&scene, 0);
    hear_and_reply(&scene, 0, RCODE_NOERROR);
    CHECK_INT(scene.answers, 1);
    hear_and_reply(&scene, 1, RCODE_NOERROR);
    CHECK_INT(scene.answered, 2);
    ask(&scene, "dyn.example", 3);
    CHECK_INT(scene.answered, 3);
    CHECK_INT(scene.answers, 3);
    scene_done(&scene);
}

TEST(a_question_is_not_answered_by_an_older_serial_nor_held_up_by_a_newer_one)
{
    struct scene scene;
    struct heard heard;
    scene_open(&scene, 1);
    publish(&scene, "dyn.example", 1);
    pass(&scene, 0);
    CHECK(hear(&scene, 0, &heard));
    change(&scene, "dyn.example", 2);
    ask(&scene, "dyn.example", 22);
    change(&scene, "dyn.example", 3);
    ask(&scene, "dyn.example", 33);
    reply(&scene, 0, &heard, RCODE_NOERROR); /* of serial 1 */
    CHECK_INT(scene.answers, 0);
    pass(&scene, NOTIFY_GAP_MS);
    CHECK(hear(&scene, 0, &heard));
    change(&scene, "dyn.example", 4);
    ask(&scene, "dyn.example", 44);
    reply(&scene, 0, &heard, RCODE_NOERROR); /* of serial 3 */
    CHECK_INT(scene.answers, 2);
    CHECK_INT(scene.answered, 33);
    scene_done(&scene);
}

TEST(a_refusal_answers_no_question_and_too_many_questions_push_out_the_oldest)
{
    struct scene scene;
    scene_open(&scene, 1);
    publish(&scene, "dyn.example", 1);
    for (int64_t number = 1; number <= NOTIFY_AWAITED_MAX + 5; number++)
        ask(&scene, "dyn.example", number);
    pass(&scene, 0);
    hear_and_reply(&scene, 0, RCODE_NOTAUTH);
    CHECK_INT(scene.answers, 0);
    change(&scene, "dyn.example", 2);
    pass(&scene, 1000);
    hear_and_reply(&scene, 0, RCODE_NOERROR);
    CHECK_INT(scene.answers, NOTIFY_AWAITED_MAX);
    CHECK_INT(scene.answered, NOTIFY_AWAITED_MAX + 5);
    scene_done(&scene);
}

TEST(two_requests_for_a_zone_keep_their_distance)
{
    struct scene scene;
    scene_open(&scene, 1);
    publish(&scene, "a.example", 1);
    pass(&scene, 0);
    hear_and_reply(&scene, 0, RCODE_NOERROR);
    change(&scene, "a.example", 2);
    change(&scene, "b.example", 1);
    pass(&scene, 0);
    CHECK_INT(count_heard(&scene, 0), 1); /* of the other zone */
    pass(&scene, NOTIFY_GAP_MS - 1);
    CHECK_INT(count_heard(&scene, 0), 0);
    pass(&scene, 1);
    CHECK_INT(count_heard(&scene, 0), 1);
    scene_done(&scene);
}

TEST(a_silent_secondary_of_a_busy_zone_is_given_up_too)
{
    struct scene scene;
    scene_open(&scene, 1);
    publish(&scene, "dyn.example", 1);
    int heard = 0;
    for (uint32_t second = 0; second < 700 && scene.troubles == 0; second++) {
        change(&scene, "dyn.example", 2 + second);
        pass(&scene, 1000);
        heard += count_heard(&scene, 0);
    }
    CHECK_INT(scene.troubles, 1);
    CHECK_INT(state_of(&scene, 0).failures, 1);
    CHECK(heard > 500); /* but for the tries, one a second */
    scene_done(&scene);
}

TEST(a_secondary_that_was_away_for_long_hears_of_the_next_change_and_then_of_the_others)
{
    enum {
        ZONES = 40 /* more than are on their way at a time */
    };
    struct scene scene;
    struct heard heard;
    scene_open(&scene, 1);
    change_many(&scene, ZONES);
    for (int i = 0; i < 40; i++) /* the next try is 31 to 63 seconds from the first */
        pass(&scene, 1000);
    CHECK(count_heard(&scene, 0) > 0);
    CHECK_INT(state_of(&scene, 0).waiting, ZONES);

    change(&scene, "z7.example", 2);
    change(&scene, "z8.example", 2);
    pass(&scene, 1);
    CHECK(hear(&scene, 0, &heard));
    CHECK_INT(count_heard(&scene, 0), 0); /* he may be gone still */
    pass(&scene, 999);
    CHECK_INT(count_heard(&scene, 0), 0);
    pass(&scene, 1);
    CHECK(hear(&scene, 0, &heard)); /* the other one */
    CHECK_INT(count_heard(&scene, 0), 0);
    reply(&scene, 0, &heard, RCODE_NOERROR);
    int back = 1;
    for (int i = 0; i < 20; i++) {
        while (hear(&scene, 0, &heard)) {
            reply_to(&scene, 0, &heard, RCODE_NOERROR);
            back++;
        }
        pass(&scene, 50);
        loop_turn(scene.loop, 0);
    }
    CHECK(back >= ZONES - 1); /* the one asked first was sent a moment ago */
    scene_done(&scene);
}

/* ----- how far a secondary has come ----- */

static void check_behind(const struct scene *scene, size_t zones, int64_t since_s)
{
    CHECK_INT(state_of(scene, 0).behind, zones);
    CHECK_INT(state_of(scene, 0).behind_since_s, since_s);
}

static void check_serial(const struct scene *scene, const char *zone, uint32_t serial)
{
    const struct notify_state state = state_of(scene, 0);
    CHECK(state.has_serial);
    CHECK_TEXT(name_text(&state.zone), zone);
    CHECK_INT(state.serial, serial);
}

TEST(a_secondary_is_behind_from_the_first_change_that_it_has_not_acknowledged)
{
    struct scene scene;
    struct heard heard;
    scene_open(&scene, 1);
    check_behind(&scene, 0, 0);
    CHECK(!state_of(&scene, 0).has_serial);
    scene.clock.now_s = 2000;
    publish(&scene, "a.example", 7);
    pass(&scene, 0);
    check_behind(&scene, 1, 2000);
    CHECK(hear(&scene, 0, &heard));
    scene.clock.now_s = 2010;
    change(&scene, "a.example", 8);
    scene.clock.now_s = 2020;
    change(&scene, "a.example", 9);
    check_behind(&scene, 1, 2000);
    reply(&scene, 0, &heard, RCODE_NOERROR); /* to what was told first */
    check_behind(&scene, 1, 2010);
    check_serial(&scene, "a.example", 7);
    CHECK_INT(scene.changes, 1);
    pass(&scene, NOTIFY_GAP_MS);
    hear_and_reply(&scene, 0, RCODE_NOERROR);
    check_behind(&scene, 0, 0);
    check_serial(&scene, "a.example", 9);
    CHECK_INT(state_of(&scene, 0).sent, 2);
    scene_done(&scene);
}

TEST(a_secondary_that_refuses_or_is_given_up_stays_behind)
{
    struct scene scene;
    scene_open(&scene, 1);
    scene.clock.now_s = 2000;
    change(&scene, "a.example", 1);
    pass(&scene, 0);
    hear_and_reply(&scene, 0, RCODE_NOTAUTH);
    CHECK_INT(scene.changes, 1);
    scene.clock.now_s = 3000;
    change(&scene, "b.example", 1);
    for (int i = 0; i < 20; i++)
        pass(&scene, 60000);
    CHECK_INT(state_of(&scene, 0).failures, 2);
    CHECK_INT(state_of(&scene, 0).waiting, 0);
    CHECK_INT(state_of(&scene, 0).sent, 16);
    CHECK_INT(scene.changes, 2);
    check_behind(&scene, 2, 2000);
    scene_done(&scene);
}

enum {
    HOUR_MS = 3600000
};

/* Lets the time of all tries pass, and what was sent meanwhile. */
static void be_silent(struct scene *scene)
{
    for (int i = 0; i < 70 && state_of(scene, 0).waiting > 0; i++)
        pass(scene, 60000);
    CHECK(count_heard(scene, 0) > 0);
    CHECK_INT(state_of(scene, 0).waiting, 0);
}

/* Acknowledges all requests that come within two seconds, and counts them. */
static int acknowledge_all(struct scene *scene)
{
    struct heard heard;
    int count = 0;
    for (int i = 0; i < 40; i++) {
        while (hear(scene, 0, &heard)) {
            reply(scene, 0, &heard, RCODE_NOERROR);
            count++;
        }
        pass(scene, 50);
    }
    return count;
}

TEST(a_secondary_that_was_given_up_is_told_of_all_that_it_missed_when_it_answers)
{
    enum {
        ZONES = 70 /* more than are on their way at a time */
    };
    struct scene scene;
    scene_open(&scene, 1);
    change_many(&scene, ZONES);
    be_silent(&scene);
    check_behind(&scene, ZONES, 1000);
    change(&scene, "more.example", 1);
    int count = 0;
    for (int i = 0; i < 5; i++)
        count += acknowledge_all(&scene);
    CHECK_INT(count, ZONES + 1);
    check_behind(&scene, 0, 0);
    pass(&scene, (int64_t)2 * HOUR_MS);
    CHECK_INT(count_heard(&scene, 0), 0);
    scene_done(&scene);
}

TEST(a_secondary_that_was_given_up_is_told_again_after_an_hour)
{
    struct scene scene;
    scene_open(&scene, 1);
    change(&scene, "a.example", 1);
    be_silent(&scene);
    pass(&scene, HOUR_MS);
    CHECK_INT(acknowledge_all(&scene), 1);
    check_behind(&scene, 0, 0);
    scene_done(&scene);
}

TEST(a_zone_that_was_refused_is_told_again_after_an_hour_and_not_for_other_zones)
{
    struct scene scene;
    scene_open(&scene, 1);
    change(&scene, "refused.example", 1);
    pass(&scene, 0);
    hear_and_reply(&scene, 0, RCODE_NOTAUTH);
    for (uint32_t serial = 1; serial < 10; serial++) {
        change(&scene, "a.example", serial);
        CHECK_INT(acknowledge_all(&scene), 1);
    }
    pass(&scene, HOUR_MS);
    hear_and_reply(&scene, 0, RCODE_NOTAUTH);
    CHECK_INT(acknowledge_all(&scene), 0);
    check_behind(&scene, 1, 1000);
    scene_done(&scene);
}

TEST(a_zone_that_is_gone_leaves_nobody_behind)
{
    struct scene scene;
    scene_open(&scene, 1);
    publish(&scene, "a.example", 1);
    pass(&scene, 0);
    scene.clock.now_s = 2000;
    publish(&scene, "b.example", 1);
    check_behind(&scene, 1, 2000);
    scene_done(&scene);
}

TEST(one_address_that_acknowledges_is_enough)
{
    struct scene scene;
    scene_init(&scene);
    struct notify_address both[] = { scene.addresses[0], scene.addresses[1] };
    scene.sides[0].addresses = both;
    scene.sides[0].address_count = 2;
    scene_start(&scene, 1);
    change(&scene, "a.example", 1);
    pass(&scene, 0);
    CHECK_INT(count_heard(&scene, 0), 1);
    hear_and_reply(&scene, 1, RCODE_NOERROR);
    check_behind(&scene, 0, 0);
    CHECK_INT(state_of(&scene, 0).waiting, 1);
    scene_done(&scene);
}

TEST(a_secondary_hears_of_its_own_zones_only)
{
    struct scene scene;
    scene_init(&scene);
    scene.zones[0] = name_of("b.example");
    scene.sides[0].zones = scene.zones;
    scene.sides[0].zone_count = 1;
    scene_start(&scene, SIDES);
    publish(&scene, "a.example", 1);
    pass(&scene, 0);
    CHECK_INT(count_heard(&scene, 0), 0);
    CHECK_INT(count_heard(&scene, 1), 1);
    publish(&scene, "b.example", 1);
    pass(&scene, 100);
    CHECK_INT(count_heard(&scene, 0), 1);
    scene_done(&scene);
}

TEST(signed_requests_are_acknowledged_by_signed_replies_alone)
{
    struct scene scene;
    struct heard heard;
    scene_init(&scene);
    scene.sides[0].key = &scene.key;
    scene_start(&scene, 1);
    publish(&scene, "dyn.example", 1);
    pass(&scene, 0);
    CHECK(hear(&scene, 0, &heard));
    struct tsig tsig;
    CHECK_INT(tsig_check_request(&tsig, &scene.key, 1, heard.wire, heard.n), TSIG_GOOD);

    /* Without the signature, which comes last. */
    struct heard bare = heard;
    bare.n = (size_t)MESSAGE_HEADER_SIZE + name_of("dyn.example").n + 4U;
    bare.wire[11] = 0;
    reply(&scene, 0, &bare, RCODE_NOERROR);
    CHECK_INT(state_of(&scene, 0).waiting, 1);
    CHECK(strstr(scene.why, "answers without a good signature"));

    bare.wire[2] |= 0x80;
    MUST(tsig_sign_reply(&tsig, bare.wire, &bare.n, sizeof(bare.wire)));
    reply(&scene, 0, &bare, RCODE_NOERROR);
    CHECK_INT(state_of(&scene, 0).waiting, 0);
    CHECK_INT(state_of(&scene, 0).acknowledged_s, 1000);
    scene_done(&scene);
}

TEST(many_zones_go_out_at_the_rate_and_all_arrive)
{
    enum {
        ZONES = 1000,
        STEP_MS = 50
    };
    struct scene scene;
    scene_open(&scene, SIDES);
    publish_many(&scene, ZONES);
    int heard_of[SIDES] = { 0 }, elapsed_ms = 0;
    loop_turn(scene.loop, 0);
    const int all = SIDES * ZONES;
    while (heard_of[0] + heard_of[1] < all && elapsed_ms < 60000) {
        int before = heard_of[0] + heard_of[1];
        struct heard heard;
        for (size_t side = 0; side < SIDES; side++)
            while (hear(&scene, side, &heard)) {
                heard_of[side]++;
                reply_to(&scene, side, &heard, RCODE_NOERROR);
            }
        loop_turn(scene.loop, 0);
        CHECK(heard_of[0] + heard_of[1] - before <= 20);
        elapsed_ms += (int)STEP_MS;
        pass(&scene, STEP_MS);
    }
    CHECK_INT(heard_of[0], ZONES);
    CHECK_INT(heard_of[1], ZONES);
    CHECK(elapsed_ms >= 9500 && elapsed_ms < 12000);
    scene_done(&scene);
}

TEST(a_dead_secondary_does_not_hold_up_the_other)
{
    struct scene scene;
    scene_open(&scene, SIDES);
    publish_many(&scene, 200);
    int heard_of = 0;
    for (int i = 0; i < 400 && heard_of < 200; i++) {
        struct heard heard;
        pass(&scene, 50);
        while (hear(&scene, 1, &heard)) {
            heard_of++;
            reply_to(&scene, 1, &heard, RCODE_NOERROR);
        }
    }
    CHECK_INT(heard_of, 200);
    CHECK_INT(state_of(&scene, 0).waiting, 200);
    scene_done(&scene);
}

#ifdef ROVE_FAULTS
TEST(a_request_that_cannot_be_sent_is_sent_later)
{
    struct scene scene;
    scene_open(&scene, 1);
    fault_arm("notify.send", 1, false);
    publish(&scene, "dyn.example", 1);
    pass(&scene, 0);
    CHECK_INT(fault_hits(), 1);
    fault_arm(NULL, 0, false);
    CHECK_INT(count_heard(&scene, 0), 0);
    pass(&scene, 1000);
    CHECK_INT(count_heard(&scene, 0), 1);
    scene_done(&scene);
}
#endif
