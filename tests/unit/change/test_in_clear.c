// SPDX-License-Identifier: GPL-3.0-or-later
/* The day on which a host last sent its token in clear, from the calls to the database. */
#include "scene.h"

#include "change/change_part.h"
#include "change/in_clear.h"
#include "change/txt.h"

enum {
    DAY_S = IN_CLEAR_DAY_S,
    TODAY_S = SCENE_NOW_S - SCENE_NOW_S % DAY_S,
    TURNS_MAX = 2000 /* of a millisecond */
};

static struct scene scene;
static int64_t host_id, token_id;

/* ----- the rule ----- */

TEST(a_day_stays_until_the_host_calls_over_tls_long_after_it)
{
    static const struct {
        int64_t day_s, now_s;
        bool encrypted;
        int64_t want_s;
    } rows[] = {
        { 0, 0, false, 0 },
        { 0, TODAY_S, false, TODAY_S },
        { 0, TODAY_S + DAY_S - 1, false, TODAY_S },
        { TODAY_S, TODAY_S + DAY_S, false, TODAY_S + DAY_S },
        { TODAY_S, TODAY_S - 1, false, TODAY_S }, /* the clock went back */
        { TODAY_S, TODAY_S + 400 * DAY_S, false, TODAY_S + 400 * DAY_S },
        { 0, TODAY_S, true, 0 },
        { TODAY_S, TODAY_S, true, TODAY_S },
        { TODAY_S, TODAY_S - DAY_S, true, TODAY_S },
        { TODAY_S, TODAY_S + IN_CLEAR_KEPT_S + DAY_S - 1, true, TODAY_S },
        { TODAY_S, TODAY_S + IN_CLEAR_KEPT_S + DAY_S, true, 0 },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        CHECK_INT(in_clear_after(rows[i].day_s, rows[i].now_s, rows[i].encrypted),
                  rows[i].want_s);
}

/* ----- calls ----- */

static void open_scene(int64_t day_s)
{
    scene = (struct scene){ .waiting = 0 };
    bed_make(&scene.bed);
    bed_begin(&scene.bed);
    host_id = bed_host(&scene.bed, "home.dyn.example.org");
    /* Whether it may set TXT values counts where the writer has work of its own meanwhile. */
    struct token_row token = bed_token_row(scene.bed.owner_id, 1, &host_id, 1);
    token.rights = RIGHT_TXT | RIGHT_ADDRESS;
    CHECK_INT(admin_token_add(&scene.bed.admin, &token, NULL), OK);
    token_id = token.id;
    CHECK_INT(store_host_set_in_clear(scene.bed.store, host_id, day_s, 1, NULL), OK);
    bed_commit(&scene.bed);
    scene_start(&scene);
}

static void on_told(void *ctx, const struct change_outcome *outcome,
                    const struct rule_decision *decision)
{
    (void)ctx;
    (void)decision;
    CHECK_INT(outcome->result == CHANGE_DONE || outcome->result == CHANGE_SAME, 1);
    scene.waiting--;
}

static struct host_row row_now(void)
{
    struct host_row row;
    CHECK_INT(store_host_find(change_reader(scene.change), host_id, &row, NULL), OK);
    return row;
}

static void send_address(const char *address, bool encrypted)
{
    const struct rule_value value = { .role = RULE_ADDRESS, .text = str_from(address) };
    const struct rule_request request = { .values = &value, .count = 1 };
    const struct change_origin origin = { .token_id = token_id, .encrypted = encrypted };
    struct host_row row;
    CHECK_INT(change_find_host_id(scene.change, host_id, &row, NULL), OK);
    scene.waiting++;
    change_update(scene.change, &row, &request, &origin, on_told, NULL);
}

static void call(const char *address, bool encrypted)
{
    send_address(address, encrypted);
    scene_wait(&scene);
}

/* A value for a certificate authority, without an address. */
static void call_with_txt(bool encrypted)
{
    struct txt_change change = { .life_s = 600, .keep = 4 };
    const struct change_txt_request request = { .txt = &change };
    const struct change_origin origin = { .token_id = token_id, .encrypted = encrypted };
    const struct host_row row = row_now();
    CHECK(txt_list_add(&change.add, STR("x__________________________________________")));
    scene.waiting++;
    change_txt(scene.change, &row, &request, &origin, on_told, NULL);
    scene_wait(&scene);
}

static void pass(int64_t seconds)
{
    scene.clock.now_s += seconds;
    scene.clock.now_ms += seconds * 1000;
}

/* Until what waits to be written is in the database. */
static void write_waiting(void)
{
    scene.clock.now_ms += SEEN_PERIOD_MS;
    loop_turn(scene.loop, 0);
    for (int i = 0; i < TURNS_MAX && scene.change->jobs.under_way; i++)
        loop_turn(scene.loop, 1);
    CHECK_INT(scene.change->seen.count, 0);
    CHECK_INT(scene.change->jobs.under_way, 0);
}

static int64_t written_day(void)
{
    write_waiting();
    return row_now().in_clear_s;
}

TEST(a_call_in_clear_of_any_kind_is_written_with_its_day)
{
    open_scene(0);
    call("192.0.2.1", true);
    CHECK_INT(written_day(), 0);
    call("192.0.2.1", false); /* changes nothing */
    CHECK_INT(row_now().in_clear_s, 0);
    CHECK_INT(written_day(), TODAY_S);
    pass(DAY_S);
    call("192.0.2.2", false); /* a change has it in its own commit */
    CHECK_INT(row_now().in_clear_s, TODAY_S + DAY_S);
    CHECK_INT(scene.change->seen.count, 0);
    pass(DAY_S);
    int64_t seen_s = change_last_seen(scene.change, host_id);
    call_with_txt(true);
    CHECK_INT(written_day(), TODAY_S + DAY_S);
    call_with_txt(false);
    CHECK_INT(written_day(), TODAY_S + 2 * DAY_S);
    CHECK_INT(change_last_seen(scene.change, host_id), seen_s);
    scene_stop(&scene);
}

TEST(a_further_call_of_the_same_day_writes_nothing_also_after_a_restart)
{
    open_scene(0);
    call("192.0.2.1", false);
    CHECK_INT(written_day(), TODAY_S);
    call("192.0.2.1", false);
    CHECK_INT(scene.change->seen.count, 0);
    const struct change_options options = scene.change->options;
    change_stop(TAKE(scene.change));
    CHECK_INT(change_start(scene.loop, &options, &scene.change, NULL), OK);
    call("192.0.2.1", false);
    call_with_txt(false);
    CHECK_INT(scene.change->seen.count, 0);
    pass(DAY_S);
    call("192.0.2.1", false);
    CHECK_INT(scene.change->seen.count, 1);
    change_stop(TAKE(scene.change)); /* what waits is written at the end */
    CHECK_INT(change_start(scene.loop, &options, &scene.change, NULL), OK);
    CHECK_INT(row_now().in_clear_s, TODAY_S + DAY_S);
    scene_stop(&scene);
}

TEST(a_day_long_ago_goes_with_a_call_over_tls_of_any_kind)
{
    static const char *const addresses[] = { "192.0.2.1", "192.0.2.2", NULL };
    for (size_t i = 0; i < LENGTH_OF(addresses); i++) {
        open_scene(0);
        call("192.0.2.1", false);
        CHECK_INT(written_day(), TODAY_S);
        pass(IN_CLEAR_KEPT_S);
        call("192.0.2.1", true);
        CHECK_INT(written_day(), TODAY_S);
        pass(DAY_S);
        if (addresses[i])
            call(addresses[i], true);
        else
            call_with_txt(true);
        CHECK_INT(written_day(), 0);
        scene_stop(&scene);
    }
}

TEST(a_day_that_goes_does_not_take_along_the_newer_one_of_a_change_in_flight)
{
    struct scene_work hold;
    open_scene(TODAY_S - 2 * IN_CLEAR_KEPT_S);
    scene_hold(&scene, &hold);
    send_address("192.0.2.1", false);
    send_address("192.0.2.1", true);
    CHECK_INT(scene.change->seen.count, 1);
    scene.clock.now_ms += SEEN_PERIOD_MS;
    scene_release(&scene);
    scene_wait(&scene);
    CHECK_INT(written_day(), TODAY_S);
    scene_stop(&scene);
}

static enum status set_host(const struct admin *admin, void *ctx, struct error *err)
{
    struct host_row row;
    CHECK_INT(store_host_find(admin->store, host_id, &row, err), OK);
    row.plain_http = false;
    row.in_clear_s = 0;
    (void)ctx;
    return admin_host_set(admin, &row, NULL, err);
}

TEST(administration_of_the_host_leaves_the_day_alone)
{
    struct scene_work work = { .run = set_host };
    open_scene(TODAY_S);
    scene_submit(&scene, &work);
    scene_wait(&scene);
    CHECK_INT(work.status, OK);
    CHECK(!row_now().plain_http);
    CHECK_INT(row_now().in_clear_s, TODAY_S);
    scene_stop(&scene);
}
