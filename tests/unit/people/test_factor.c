// SPDX-License-Identifier: GPL-3.0-or-later
#include "people/factor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/random.h"
#include "test.h"

enum {
    NOW = 1234567890
};

struct scene {
    char folder[64];
    struct store *store; /* within a transaction */
    struct keys keys;
    int64_t account_id;
    uint8_t seed[TOTP_SEED_SIZE];
};

static void scene_close(struct scene *scene)
{
    static const char *const files[] = { "rove.db", "rove.db-wal", "rove.db-shm",
                                         "rove.db.lock" };
    store_rollback(scene->store);
    store_close(scene->store);
    for (size_t i = 0; i < LENGTH_OF(files); i++) {
        char path[128];
        (void)snprintf(path, sizeof(path), "%s/%s", scene->folder, files[i]);
        (void)unlink(path);
    }
    (void)rmdir(scene->folder);
}

static void scene_open(struct scene *scene)
{
    char path[128];
    struct account_row account = { .email = "alice@example.org", .language = "en" };
    memset(scene, 0, sizeof(*scene));
    strcpy(scene->folder, "/tmp/rove-factor-XXXXXX");
    CHECK(mkdtemp(scene->folder));
    (void)snprintf(path, sizeof(path), "%s/rove.db", scene->folder);
    random_fill(scene->keys.pepper, sizeof(scene->keys.pepper));
    random_fill(scene->keys.seal, sizeof(scene->keys.seal));
    CHECK_INT(store_open(path, STORE_CREATE, &scene->store, NULL), OK);
    CHECK_INT(store_begin(scene->store, NULL), OK);
    CHECK_INT(store_account_insert(scene->store, &account, NULL), OK);
    scene->account_id = account.id;
}

#define SCENE(name) \
    __attribute__((cleanup(scene_close))) struct scene name; \
    scene_open(&(name))

static const char *code_at(const struct scene *scene, int64_t time_s)
{
    static char text[16];
    (void)snprintf(text, sizeof(text), "%06u",
                   totp_code(scene->seed, time_s / TOTP_STEP_S));
    return text;
}

static enum status turn_on(struct scene *scene, const char *code)
{
    return factor_turn_on(scene->store, &scene->keys, NOW, scene->account_id,
                          str_from(code), NULL);
}

static enum status use(struct scene *scene, int64_t now_s, const char *code)
{
    return factor_use(scene->store, &scene->keys, now_s, scene->account_id,
                      str_from(code), NULL);
}

static void begin_factor(struct scene *scene)
{
    CHECK_INT(factor_begin(scene->store, &scene->keys, NOW, scene->account_id,
                           scene->seed, NULL),
              OK);
}

static bool is_on(const struct scene *scene)
{
    bool on = false;
    CHECK_INT(factor_is_on(scene->store, scene->account_id, &on, NULL), OK);
    return on;
}

TEST(a_factor_is_on_when_a_code_has_shown_that_the_app_has_the_seed)
{
    SCENE(scene);
    CHECK_INT(turn_on(&scene, "000000"), ERR_NOT_FOUND);
    begin_factor(&scene);
    CHECK(!is_on(&scene));
    begin_factor(&scene);
    CHECK(!is_on(&scene));
    CHECK_INT(turn_on(&scene, "x"), ERR_DENIED);
    CHECK(!is_on(&scene));
    CHECK_INT(turn_on(&scene, code_at(&scene, NOW)), OK);
    CHECK(is_on(&scene));
    CHECK_INT(turn_on(&scene, code_at(&scene, NOW)), ERR_CONFLICT);
    CHECK_INT(
        factor_begin(scene.store, &scene.keys, NOW, scene.account_id, scene.seed, NULL),
        ERR_CONFLICT);
    CHECK_INT(factor_turn_off(scene.store, scene.account_id, NULL), OK);
    CHECK(!is_on(&scene));
    CHECK_INT(factor_turn_off(scene.store, scene.account_id, NULL), ERR_NOT_FOUND);
}

TEST(each_code_of_the_app_works_once_and_none_that_is_older)
{
    SCENE(scene);
    begin_factor(&scene);
    CHECK_INT(turn_on(&scene, code_at(&scene, NOW)), OK);
    CHECK_INT(use(&scene, NOW, code_at(&scene, NOW)), ERR_DENIED);
    CHECK_INT(use(&scene, NOW + 60, code_at(&scene, NOW + 60)), OK);
    CHECK_INT(use(&scene, NOW + 60, code_at(&scene, NOW + 60)), ERR_DENIED);
    CHECK_INT(use(&scene, NOW + 60, code_at(&scene, NOW + 30)), ERR_DENIED);
    CHECK_INT(use(&scene, NOW + 60, code_at(&scene, NOW + 90)), OK);
    CHECK_INT(use(&scene, NOW + 60, code_at(&scene, NOW + 120)), ERR_DENIED);
}

TEST(each_recovery_code_works_once_and_new_ones_replace_the_old)
{
    SCENE(scene);
    char old[RECOVERY_CODES][RECOVERY_TEXT_SIZE],
        made[RECOVERY_CODES][RECOVERY_TEXT_SIZE];
    int64_t left = 0;
    begin_factor(&scene);
    CHECK_INT(turn_on(&scene, code_at(&scene, NOW)), OK);
    CHECK_INT(factor_make_codes(scene.store, &scene.keys, scene.account_id, old, NULL),
              OK);
    CHECK_INT(use(&scene, NOW, old[3]), OK);
    CHECK_INT(use(&scene, NOW, old[3]), ERR_DENIED);
    CHECK_INT(store_recovery_count(scene.store, scene.account_id, &left, NULL), OK);
    CHECK_INT(left, RECOVERY_CODES - 1);
    CHECK_INT(factor_make_codes(scene.store, &scene.keys, scene.account_id, made, NULL),
              OK);
    CHECK_INT(use(&scene, NOW, old[4]), ERR_DENIED);
    CHECK_INT(use(&scene, NOW, made[4]), OK);
    CHECK_INT(factor_turn_off(scene.store, scene.account_id, NULL), OK);
    CHECK_INT(store_recovery_count(scene.store, scene.account_id, &left, NULL), OK);
    CHECK_INT(left, 0);
}

TEST(a_seed_opens_for_its_account_and_with_its_key_alone)
{
    SCENE(scene);
    begin_factor(&scene);
    struct totp_row row;
    struct account_row other = { .email = "bob@example.org", .language = "en" };
    CHECK_INT(store_totp_find(scene.store, scene.account_id, &row, NULL), OK);
    for (size_t i = 0; i + TOTP_SEED_SIZE <= row.seed_n; i++)
        CHECK(memcmp(row.seed + i, scene.seed, TOTP_SEED_SIZE) != 0);
    CHECK_INT(store_account_insert(scene.store, &other, NULL), OK);
    row.account_id = other.id;
    CHECK_INT(store_totp_put(scene.store, &row, NULL), OK);
    CHECK_INT(factor_turn_on(scene.store, &scene.keys, NOW, other.id,
                             str_from(code_at(&scene, NOW)), NULL),
              ERR_CONFLICT);
    scene.keys.seal[0]++;
    CHECK_INT(turn_on(&scene, code_at(&scene, NOW)), ERR_CONFLICT);
}
