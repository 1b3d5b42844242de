// SPDX-License-Identifier: GPL-3.0-or-later
#include "scene.h"

#include <time.h>

#include "base/fault.h"

/* After a COMMIT that failed nobody knows what is on the disk. */
enum {
    HOSTS = 40, /* more than are told in one turn of the loop */
    WAIT_MS = 10000
};

static struct scene scene;
static int64_t hosts[HOSTS], token_ids[HOSTS];

static struct name name_at(size_t i)
{
    char storage[64];
    struct buf text = BUF_ON(storage);
    buf_printf(&text, "h%zu.dyn.example.org", i);
    return bed_name(buf_text(&text));
}

/* Every host has 192.0.2.1. */
static void open_scene(void)
{
    scene = (struct scene){ .waiting = 0 };
    bed_make(&scene.bed);
    bed_begin(&scene.bed);
    for (size_t i = 0; i < HOSTS; i++) {
        struct host_row row = { .name = name_at(i),
                                .owner_id = scene.bed.owner_id,
                                .v4 = bed_ip("192.0.2.1"),
                                .private_allowed = true,
                                .plain_http = true };
        CHECK(admin_host_add(&scene.bed.admin, &row, NULL) == OK);
        hosts[i] = row.id;
        token_ids[i] = bed_token(&scene.bed, scene.bed.owner_id, (uint8_t)i, &row.id, 1);
    }
    bed_commit(&scene.bed);
    scene_start(&scene);
}

static void close_scene(void)
{
    fault_arm(NULL, 0, false);
    scene_stop(&scene);
}

struct answer {
    struct change_outcome outcome;
    bool told;
    void (*then)(void);
};

static void on_told(void *ctx, const struct change_outcome *outcome,
                    const struct rule_decision *decision)
{
    struct answer *answer = (struct answer *)ctx;
    (void)decision;
    answer->outcome = *outcome;
    answer->told = true;
    scene.waiting--;
    if (answer->then)
        answer->then();
}

/* As a request does it: found by name, then decided. */
static enum status ask(size_t i, const char *text, struct answer *answer)
{
    struct host_row row;
    const struct name name = name_at(i);
    const struct rule_value value = { .role = RULE_ADDRESS, .text = str_from(text) };
    const struct rule_request request = { .values = &value, .count = 1 };
    const struct change_origin origin = { .token_id = token_ids[i] };
    enum status status = change_find_host(scene.change, &name, &row, NULL);
    if (status)
        return status;
    scene.waiting++;
    change_update(scene.change, &row, &request, &origin, on_told, answer);
    return OK;
}

static bool
    is_failing; /* a job of the batch was told, so that all look-ups have to be busy */
static size_t looks;

/* Another request on the same connection, in the middle of the telling. */
static void look_at_all(void)
{
    static struct answer answers[HOSTS];
    is_failing = true;
    looks++;
    for (size_t i = 0; i < HOSTS; i++)
        CHECK_INT(ask(i, "192.0.2.1", &answers[i]), ERR_BUSY);
}

TEST(while_a_failed_batch_is_told_every_look_up_says_busy)
{
    static struct answer answers[HOSTS];
    struct scene_work hold;
    open_scene();
    scene_hold(&scene, &hold);
    for (size_t i = 0; i < HOSTS; i++) {
        answers[i] = (struct answer){ .then = look_at_all };
        CHECK_INT(ask(i, "192.0.2.2", &answers[i]), OK);
    }
    fault_arm("store.commit", 1, true);
    scene_release(&scene);
    is_failing = false;
    looks = 0;
    for (int i = 0; scene.waiting && i < 1000; i++) {
        loop_turn(scene.loop, SCENE_TURN_MS);
        if (is_failing)
            look_at_all();
    }
    CHECK(fault_hits() > 0);
    CHECK_INT(scene.waiting, 0);
    CHECK(looks > HOSTS);
    CHECK_INT(scene.failures, 1);
    for (size_t i = 0; i < HOSTS; i++)
        CHECK_INT(answers[i].outcome.result, CHANGE_TROUBLE);
    close_scene();
}

static enum status set_address(const struct admin *admin, void *ctx, struct error *err)
{
    const int64_t *id = (const int64_t *)ctx;
    struct host_row row;
    const struct addresses addresses = { .v4.at = { bed_ip("192.0.2.9") },
                                         .v4.count = 1 };
    enum status status = store_host_find(admin->store, *id, &row, err);
    return status ? status : admin_host_set(admin, &row, &addresses, err);
}

/* Waits without a turn of the loop: the writer alone has seen it fail. */
static bool becomes_busy(const struct name *name)
{
    struct host_row row;
    const struct timespec pause = { .tv_nsec = 1000000 };
    for (int i = 0; i < WAIT_MS; i++) {
        if (change_find_host(scene.change, name, &row, NULL) == ERR_BUSY)
            return true;
        (void)nanosleep(&pause, NULL);
    }
    return false;
}

TEST(look_ups_are_busy_before_the_loop_has_the_failed_batch)
{
    struct answer answer = { .told = false };
    struct host_row row;
    struct token_row token;
    struct access_account account;
    struct rule_decision decision;
    open_scene();
    const struct name name = name_at(3);
    const struct rule_value value = { .role = RULE_ADDRESS, .text = STR("192.0.2.1") };
    const struct rule_request request = { .values = &value, .count = 1 };
    CHECK(change_find_host(scene.change, &name, &row, NULL) == OK);
    CHECK(change_try(scene.change, &row, &request, &decision) == CHANGE_SAME);
    CHECK(!change_has_failed(scene.change));

    fault_arm("store.commit", 1, false);
    struct scene_work work = { .run = set_address, .ctx = &hosts[3] };
    scene_submit(&scene, &work);
    CHECK(becomes_busy(&name));
    CHECK_INT(fault_hits(), 1);
    CHECK(!work.done && change_has_failed(scene.change));
    CHECK_INT(change_find_host_id(scene.change, hosts[3], &row, NULL), ERR_BUSY);
    CHECK_INT(
        change_find_token(scene.change, (struct digest){ { 0xbe, 0xd0 } }, &token, NULL),
        ERR_BUSY);
    CHECK_INT(change_find_account(scene.change, scene.bed.owner_id, &account, NULL),
              ERR_BUSY);
    /* Who had found the host before gets nothing out of memory either. */
    row = (struct host_row){
        .id = hosts[3], .name = name, .v4 = bed_ip("192.0.2.1"), .private_allowed = true
    };
    CHECK_INT(change_preview(scene.change, &row, &request, &decision), CHANGE_TROUBLE);
    CHECK_INT(change_try(scene.change, &row, &request, &decision), CHANGE_TROUBLE);
    const struct change_origin origin = { .token_id = token_ids[3] };
    scene.waiting++;
    change_update(scene.change, &row, &request, &origin, on_told, &answer);
    CHECK(answer.told);
    CHECK_INT(answer.outcome.result, CHANGE_TROUBLE);
    scene_wait(&scene);
    CHECK_INT(work.status, ERR_IO);
    close_scene();
}

TEST(what_is_tried_is_compared_with_what_is_committed_alone)
{
    struct answer answer = { .told = false };
    struct scene_work hold;
    struct host_row row;
    struct rule_decision decision;
    open_scene();
    const struct name name = name_at(0);
    const struct rule_value value = { .role = RULE_ADDRESS, .text = STR("192.0.2.2") };
    const struct rule_request request = { .values = &value, .count = 1 };
    scene_hold(&scene, &hold);
    CHECK_INT(ask(0, "192.0.2.2", &answer), OK);
    CHECK(change_find_host(scene.change, &name, &row, NULL) == OK);
    CHECK(ip_equal(row.v4, bed_ip("192.0.2.2")));
    /* To say "no change" would be to promise that it is on the disk. */
    CHECK_INT(change_try(scene.change, &row, &request, &decision), CHANGE_DONE);
    CHECK_INT(decision.verdict, RULE_CHANGE);
    /* But it is not another change. */
    CHECK_INT(change_preview(scene.change, &row, &request, &decision), CHANGE_DONE);
    CHECK_INT(decision.verdict, RULE_SAME);
    scene_release(&scene);
    scene_wait(&scene);
    CHECK_INT(answer.outcome.result, CHANGE_DONE);
    CHECK_INT(change_try(scene.change, &row, &request, &decision), CHANGE_SAME);
    close_scene();
}
