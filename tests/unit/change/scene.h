// SPDX-License-Identifier: GPL-3.0-or-later
/* scene.h - change/ with its loop and its writer, which a test can hold: what waits behind the
 * hold is written in the order in which it was asked for, and nothing of it before. */
#pragma once

#include "bed.h"

#include <pthread.h>

#include "base/mem.h"
#include "change/change.h"

enum {
    SCENE_NOW_S = BED_NOW_S + 60,
    SCENE_TURN_MS = 10000 /* a turn ends as soon as something happens */
};

struct scene {
    struct bed bed;
    struct clock_manual clock;
    struct loop *loop;
    struct keys keys;
    struct change *change;
    size_t waiting; /* for `done` calls */
    size_t failures;
    pthread_mutex_t gate; /* locked: the writer is held */
};

static inline void scene_failed(void *ctx, const struct error *err)
{
    (void)err;
    ((struct scene *)ctx)->failures++;
}

/* The bed is open: what the test has put there is what change/ finds. */
static inline void scene_start(struct scene *scene)
{
    const struct change_options options = { .database = scene->bed.database,
                                            .keys = &scene->keys,
                                            .failed = scene_failed,
                                            .ctx = scene };
    struct error err = { "" };
    bed_close_store(&scene->bed);
    scene->keys.pepper_version = 1;
    scene->keys.master_version = 1;
    scene->keys.seal_version = 1;
    clock_manual_init(&scene->clock, SCENE_NOW_S, 1000);
    scene->loop = loop_new(&scene->clock.clock);
    CHECK(pthread_mutex_init(&scene->gate, NULL) == 0);
    CHECK_INT(change_start(scene->loop, &options, &scene->change, &err), OK);
}

static inline void scene_stop(struct scene *scene)
{
    change_stop(TAKE(scene->change));
    loop_free(TAKE(scene->loop));
    (void)pthread_mutex_destroy(&scene->gate);
    bed_remove(&scene->bed);
}

static inline void scene_wait(struct scene *scene)
{
    for (int i = 0; scene->waiting && i < 100000; i++)
        loop_turn(scene->loop, SCENE_TURN_MS);
    CHECK_INT(scene->waiting, 0);
}

/* ----- administration ----- */

/* One job of the writer. It lives in the caller's storage until it is done. */
struct scene_work {
    enum status (*run)(const struct admin *admin, void *ctx, struct error *err);
    void *ctx;
    struct scene *scene;
    enum status status;
    bool done;
    struct error err;
};

static inline enum status scene_run(struct store *store, void *ctx, struct error *err)
{
    const struct scene_work *work = (const struct scene_work *)ctx;
    const struct admin admin = { .store = store,
                                 .now_s = SCENE_NOW_S,
                                 .actor = actor_at_machine() };
    return work->run(&admin, work->ctx, err);
}

static inline void scene_done(void *ctx, enum status status, const struct error *err)
{
    struct scene_work *work = (struct scene_work *)ctx;
    work->status = status;
    work->err = *err;
    work->done = true;
    work->scene->waiting--;
}

static inline void scene_submit(struct scene *scene, struct scene_work *work)
{
    work->scene = scene;
    scene->waiting++;
    CHECK(change_submit(scene->change, scene_run, work, scene_done, work) == OK);
}

static inline enum status scene_pass(const struct admin *admin, void *ctx,
                                     struct error *err)
{
    pthread_mutex_t *gate = (pthread_mutex_t *)ctx;
    (void)admin;
    (void)err;
    CHECK(pthread_mutex_lock(gate) == 0);
    CHECK(pthread_mutex_unlock(gate) == 0);
    return OK;
}

/* The writer stops at `work` until scene_release(). */
static inline void scene_hold(struct scene *scene, struct scene_work *work)
{
    CHECK(pthread_mutex_lock(&scene->gate) == 0);
    *work = (struct scene_work){ .run = scene_pass, .ctx = &scene->gate };
    scene_submit(scene, work);
}

static inline void scene_release(struct scene *scene)
{
    CHECK(pthread_mutex_unlock(&scene->gate) == 0);
}
