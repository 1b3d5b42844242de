// SPDX-License-Identifier: GPL-3.0-or-later
/* What has had its time goes, and nothing else; tokens in clear are remembered. */
#include "bed.h"

#include "account/keys.h"
#include "base/clock.h"
#include "base/random.h"
#include "change/change.h"
#include "change/exposed.h"
#include "change/trim.h"

enum {
    DAY_S = 86400,
    KEEP_S = 10 * DAY_S,
    OLD = 2 * TRIM_SLICE + 5, /* rows past their time: more than two slices */
    TURNS_MAX = 2000,         /* of a millisecond, when there is nothing to do */
    TURNS_IN_VAIN = 50
};

struct service {
    struct bed bed;
    struct clock_manual clock;
    struct loop *loop;
    struct keys keys;
    struct change *change;
};

static void failed(void *ctx, const struct error *err)
{
    (void)ctx;
    fail_msg("%s", err->text);
}

static void append(struct service *service, size_t count, int64_t time_s)
{
    for (size_t i = 0; i < count; i++) {
        struct change_row row = { .kind = CHANGE_ACCOUNT,
                                  .id = service->bed.owner_id,
                                  .time_s = time_s };
        CHECK_INT(store_change_append(service->bed.store, &row, NULL), OK);
    }
}

/* A journal of OLD old rows and what bed_make() and three more days wrote. */
static void service_make(struct service *service)
{
    bed_make(&service->bed);
    bed_begin(&service->bed);
    append(service, OLD, BED_NOW_S);
    append(service, 5, BED_NOW_S + KEEP_S);
    for (int i = 0; i < 3; i++) {
        char text[64];
        (void)snprintf(text, sizeof(text), "gone%d.dyn.example.org", i);
        const struct tombstone_row row = { .name = bed_name(text),
                                           .owner_id = 1,
                                           .until_s = BED_NOW_S + i * KEEP_S };
        CHECK_INT(store_tombstone_put(service->bed.store, &row, NULL), OK);
    }
    bed_commit(&service->bed);
    bed_close_store(&service->bed);
    clock_manual_init(&service->clock, BED_NOW_S + KEEP_S + DAY_S, 1000);
    service->loop = loop_new(&service->clock.clock);
    random_init();
    char path[BED_PATH_SIZE + 16];
    (void)snprintf(path, sizeof(path), "%s/rove.key", service->bed.folder);
    CHECK_INT(keys_create(path, NULL), OK);
    CHECK_INT(keys_load(path, &service->keys, NULL), OK);
}

static void service_start(struct service *service, int64_t keep_s)
{
    const struct change_options options = { .database = service->bed.database,
                                            .keys = &service->keys,
                                            .keep_s = keep_s,
                                            .failed = failed };
    CHECK_INT(change_start(service->loop, &options, &service->change, NULL), OK);
}

static void service_remove(struct service *service)
{
    change_stop(service->change);
    loop_free(service->loop);
    bed_remove(&service->bed);
}

static enum status note_seq(void *ctx, const struct change_row *row)
{
    *(int64_t *)ctx = row->seq;
    return OK;
}

static size_t count_rows(struct service *service)
{
    int64_t first = 0, newest = 0;
    struct store *reader = change_reader(service->change);
    CHECK_INT(store_newest_seq(reader, &newest, NULL), OK);
    CHECK_INT(store_change_list(reader, (struct store_page){ .after = 0, .limit = 1 },
                                note_seq, &first, NULL),
              OK);
    return (size_t)(newest - first + 1);
}

/* The clock goes on by a period, and the loop until all slices are told; `want` 0: nothing is to
 * come of it. */
static void pass_period(struct service *service, size_t want)
{
    service->clock.now_ms += TRIM_PERIOD_MS;
    int turns = want ? TURNS_MAX : TURNS_IN_VAIN;
    for (int i = 0; i < turns && count_rows(service) != want; i++) {
        loop_turn(service->loop, 1);
        service->clock.now_ms += TRIM_AGAIN_MS;
    }
}

TEST(old_rows_of_the_journal_go_when_the_publisher_has_applied_them)
{
    struct service service;
    service_make(&service);
    service_start(&service, KEEP_S);
    size_t all = count_rows(&service);
    int64_t newest = change_seq(service.change);
    /* Nobody has told anything yet. */
    pass_period(&service, 0);
    CHECK_INT(count_rows(&service), all);
    /* Up to where it has applied. */
    change_applied(service.change, TRIM_SLICE + 11);
    pass_period(&service, all - TRIM_SLICE - 10);
    CHECK_INT(count_rows(&service), all - TRIM_SLICE - 10);
    /* All of it: what is old goes, what is not stays, in slices. */
    change_applied(service.change, newest);
    pass_period(&service, 5);
    CHECK_INT(count_rows(&service), 5);
    int64_t seq = 0;
    CHECK_INT(store_newest_seq(change_reader(service.change), &seq, NULL), OK);
    CHECK_INT(seq, newest);
    service_remove(&service);
}

TEST(a_journal_that_is_kept_for_ever_keeps_every_row)
{
    struct service service;
    service_make(&service);
    service_start(&service, 0);
    size_t all = count_rows(&service);
    change_applied(service.change, change_seq(service.change));
    pass_period(&service, 0);
    CHECK_INT(count_rows(&service), all);
    service_remove(&service);
}

TEST(another_time_to_keep_the_journal_counts_from_the_next_period)
{
    struct service service;
    service_make(&service);
    service_start(&service, 0);
    change_applied(service.change, change_seq(service.change));
    change_keep(service.change, KEEP_S);
    pass_period(&service, 5);
    CHECK_INT(count_rows(&service), 5);
    service_remove(&service);
}

static enum status count_one(void *ctx, const struct name *name, int64_t owner_id,
                             int64_t until_s)
{
    CHECK(name->n > 1 && owner_id == 1 && until_s >= BED_NOW_S);
    ++*(size_t *)ctx;
    return OK;
}

static size_t count_tombstones(struct service *service)
{
    size_t count = 0;
    CHECK_INT(
        store_tombstone_list(change_reader(service->change), count_one, &count, NULL),
        OK);
    return count;
}

TEST(reserved_names_whose_time_is_up_go_and_others_stay)
{
    struct service service;
    service_make(&service);
    service_start(&service, 0);
    CHECK_INT(count_tombstones(&service), 3);
    service.clock.now_ms += TRIM_PERIOD_MS;
    for (int i = 0; i < TURNS_MAX && count_tombstones(&service) != 1; i++)
        loop_turn(service.loop, 1);
    CHECK_INT(count_tombstones(&service), 1);
    service_remove(&service);
}

static int64_t exposed_of(struct service *service, int64_t id)
{
    struct token_row row;
    CHECK_INT(store_token_find(change_reader(service->change), id, &row, NULL), OK);
    return row.exposed_s;
}

TEST(a_token_in_clear_is_written_once_and_one_that_is_gone_is_fine)
{
    struct service service;
    service_make(&service);
    bed_open_store(&service.bed);
    bed_begin(&service.bed);
    struct token_row token = { .kind = TOKEN_UPDATE,
                               .rights = RIGHT_ADDRESS,
                               .account_id = service.bed.owner_id,
                               .host_ids = { bed_host(&service.bed,
                                                      "home.dyn.example.org") },
                               .host_count = 1 };
    CHECK_INT(admin_token_add(&service.bed.admin, &token, NULL), OK);
    bed_commit(&service.bed);
    bed_close_store(&service.bed);
    service_start(&service, 0);
    change_expose_token(service.change, token.id);
    change_expose_token(service.change, token.id);
    change_expose_token(service.change, token.id + 77);
    CHECK_INT(exposed_of(&service, token.id), 0);
    int64_t first = service.clock.now_s;
    service.clock.now_ms += EXPOSED_PERIOD_MS;
    for (int i = 0; i < TURNS_MAX && !exposed_of(&service, token.id); i++)
        loop_turn(service.loop, 1);
    CHECK_INT(exposed_of(&service, token.id), first);
    /* A later call changes nothing, also in a process that does not know of the first. */
    for (int i = 0; i < 2; i++) {
        service.clock.now_s += DAY_S;
        change_expose_token(service.change, token.id);
        change_stop(TAKE(service.change));
        service_start(&service, 0);
        CHECK_INT(exposed_of(&service, token.id), first);
    }
    service_remove(&service);
}

TEST(tokens_in_clear_wait_bounded_in_number)
{
    struct exposed exposed = { .count = 0 };
    for (int64_t id = 1; id <= (int64_t)10 * EXPOSED_WAITING; id++) {
        exposed_note(&exposed, id);
        exposed_note(&exposed, id);
    }
    CHECK_INT(exposed.count, EXPOSED_WAITING);
    CHECK_INT(exposed.ids[EXPOSED_WAITING - 1], EXPOSED_WAITING);
}
