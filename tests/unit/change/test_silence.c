// SPDX-License-Identifier: GPL-3.0-or-later
/* Hosts that fall silent and call again, as time goes by. */
#include "scene.h"

#include "change/change_part.h"

enum {
    PERIOD_S = 60,
    OWNERS = 30
};

/* Of time; longer ones are taken for a sleep of the machine. */
#define STEP_S INT64_C(20)
/* For long enough that it is noted and told. */
#define SILENT_S INT64_C(1300)

static struct scene scene;
static int64_t hosts[OWNERS];
static enum change_result told;
static bool told_same;

static void add(size_t place, const char *name, enum when_silent when_silent)
{
    struct host_row row = bed_host_row(&scene.bed, name);
    row.liveness_s = PERIOD_S;
    row.when_silent = when_silent;
    if (when_silent == SILENT_FALLBACK)
        row.fallback_v4 = bed_ip("192.0.2.80");
    CHECK_INT(admin_host_add(&scene.bed.admin, &row, NULL), OK);
    CHECK_INT(store_host_set_seen(scene.bed.store, row.id, SCENE_NOW_S, 0, NULL), OK);
    hosts[place] = row.id;
}

static void begin(void)
{
    scene = (struct scene){ .waiting = 0 };
    bed_make(&scene.bed);
    bed_begin(&scene.bed);
}

static void start(void)
{
    bed_commit(&scene.bed);
    scene_start(&scene);
}

static struct host_row row_of(size_t place)
{
    struct host_row row;
    CHECK_INT(store_host_find(change_reader(scene.change), hosts[place], &row, NULL), OK);
    return row;
}

static void on_told(void *ctx, const struct change_outcome *outcome,
                    const struct rule_decision *decision)
{
    (void)ctx;
    (void)decision;
    told = outcome->result;
    told_same = outcome->was_same;
    scene.waiting--;
}

/* As an update does it: what the tables in memory say decides. */
static void call(size_t place)
{
    const struct rule_value value = { .role = RULE_ADDRESS, .text = STR("192.0.2.1") };
    const struct rule_request request = { .values = &value, .count = 1 };
    const struct change_origin origin = { .encrypted = true };
    const struct name name = row_of(place).name;
    struct host_row row;
    CHECK_INT(change_find_host(scene.change, &name, &row, NULL), OK);
    scene.waiting++;
    change_update(scene.change, &row, &request, &origin, on_told, NULL);
}

static void pass(int64_t seconds)
{
    for (; seconds > 0; seconds -= STEP_S) {
        scene.clock.now_s += STEP_S;
        scene.clock.now_ms += STEP_S * 1000;
        loop_turn(scene.loop, 0);
    }
}

/* Until the jobs that there are have ended. */
static void settle(void)
{
    for (int i = 0; i < 20; i++) {
        struct scene_work work;
        scene_hold(&scene, &work);
        scene_release(&scene);
        scene_wait(&scene);
    }
}

static enum heartbeat_state state_of(size_t place)
{
    struct change_heartbeat heartbeat;
    CHECK(change_find_heartbeat(scene.change, hosts[place], &heartbeat));
    return heartbeat.state;
}

TEST(a_call_that_changes_nothing_restores_a_silent_host_at_once)
{
    static const struct {
        enum when_silent when_silent;
        enum host_state want;
    } rows[] = { { SILENT_KEEP, HOST_ACTIVE },
                 { SILENT_FALLBACK, HOST_FALLBACK },
                 { SILENT_WITHDRAW, HOST_WITHDRAWN } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        begin();
        add(0, "home.dyn.example.org", rows[i].when_silent);
        start();
        call(0);
        scene_wait(&scene);
        CHECK_INT(told, CHANGE_DONE);
        CHECK_INT(state_of(0), HEARTBEAT_FRESH);
        pass(SILENT_S / 2);
        settle(); /* what becomes of the name comes first */
        pass(SILENT_S);
        settle();
        CHECK_INT(state_of(0), HEARTBEAT_SILENT);
        CHECK_INT(row_of(0).state, rows[i].want);
        CHECK_TEXT(ip_text(row_of(0).v4), "192.0.2.1");
        int64_t noted_s = row_of(0).silent_s;
        CHECK(noted_s > 0);
        pass(SILENT_S);
        settle();
        CHECK_INT(row_of(0).silent_s, noted_s); /* once */
        call(0);
        scene_wait(&scene);
        CHECK_INT(told, rows[i].want == HOST_ACTIVE ? CHANGE_SAME : CHANGE_DONE);
        if (told == CHANGE_DONE)
            CHECK(!told_same);
        CHECK_INT(row_of(0).state, HOST_ACTIVE);
        CHECK_INT(state_of(0), HEARTBEAT_FRESH);
        call(0);
        CHECK_INT(scene.waiting, 0); /* from memory */
        CHECK_INT(told, CHANGE_SAME);
        scene_stop(&scene);
    }
}

TEST(a_host_that_calls_while_its_silence_is_being_noted_is_restored)
{
    begin();
    add(0, "home.dyn.example.org", SILENT_WITHDRAW);
    start();
    call(0);
    scene_wait(&scene);
    struct scene_work held;
    scene_hold(&scene, &held);
    pass(SILENT_S);
    /* The job is queued behind the hold, and memory does not know what it will do. */
    CHECK(scene.change->jobs.works > 1);
    call(0);
    CHECK_INT(told, CHANGE_SAME);
    scene_release(&scene);
    scene_wait(&scene);
    settle();
    CHECK_INT(row_of(0).state, HOST_ACTIVE);
    CHECK_INT(state_of(0), HEARTBEAT_FRESH);
    call(0);
    scene_wait(&scene);
    CHECK_INT(told, CHANGE_SAME);
    scene_stop(&scene);
}

TEST(a_clock_that_jumps_and_a_machine_that_sleeps_make_nobody_silent)
{
    static const int64_t steady_ms[] = { 1000, 86400000 };
    for (size_t i = 0; i < LENGTH_OF(steady_ms); i++) {
        begin();
        add(0, "home.dyn.example.org", SILENT_WITHDRAW);
        start();
        pass(100);
        scene.clock.now_s += 86400;
        scene.clock.now_ms += steady_ms[i];
        pass(100);
        settle();
        CHECK_INT(row_of(0).state, HOST_ACTIVE);
        CHECK_INT(state_of(0), HEARTBEAT_LATE); /* 200 s of which the day is no part */
        pass(SILENT_S);
        settle();
        CHECK_INT(row_of(0).state, HOST_WITHDRAWN);
        scene_stop(&scene);
    }
}

TEST(when_nobody_calls_at_all_it_is_us)
{
    begin();
    for (size_t i = 0; i < OWNERS; i++) {
        char storage[64];
        struct buf text = BUF_ON(storage);
        buf_printf(&text, "owner%zu@example.org", i);
        scene.bed.owner_id = bed_account(&scene.bed, buf_text(&text), ROLE_USER);
        text.n = 0;
        buf_printf(&text, "h%zu.dyn.example.org", i);
        add(i, buf_text(&text), SILENT_WITHDRAW);
    }
    start();
    call(0);
    scene_wait(&scene);
    pass(2 * SILENT_S);
    settle();
    for (size_t i = 0; i < OWNERS; i++)
        CHECK_INT(row_of(i).state, HOST_ACTIVE);
    call(0); /* somebody got through again */
    pass(100);
    settle();
    for (size_t i = 0; i < OWNERS; i++)
        CHECK_INT(row_of(i).state, HOST_ACTIVE);
    /* One goes on calling, and the others are silent indeed. */
    for (int64_t i = 0; i < SILENT_S / STEP_S; i++) {
        call(0);
        pass(STEP_S);
    }
    settle();
    CHECK_INT(row_of(0).state, HOST_ACTIVE);
    for (size_t i = 1; i < OWNERS; i++)
        CHECK_INT(row_of(i).state, HOST_WITHDRAWN);
    scene_stop(&scene);
}
