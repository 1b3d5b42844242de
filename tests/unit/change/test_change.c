// SPDX-License-Identifier: GPL-3.0-or-later
#include "bed.h"

#include <string.h>

#include "base/fault.h"
#include "base/mem.h"
#include "change/change.h"
#include "change/queue.h"

/* The whole of it: a real database, a real loop, the writer thread. */
enum {
    HOSTS = 4,
    TOLD_MAX = 4096,
    TURN_MS = 10000 /* a turn ends as soon as something happens */
};

struct told {
    int id;
    enum change_result result;
    bool was_same;
    enum access_result access;
    char reply[128];
    int64_t seq; /* change_seq() when it was told */
};

struct live {
    struct bed bed;
    struct clock_manual clock;
    struct loop *loop;
    struct keys keys;
    struct change *change;
    int64_t hosts[HOSTS], token_id;

    struct told told[TOLD_MAX];
    size_t told_count;
    int64_t committed;
    size_t commits, failures;
    struct error failure;
};

/* One request's context. */
struct ask {
    struct live *live;
    int id;
};
static struct ask asks[TOLD_MAX];

static void on_committed(void *ctx, int64_t seq)
{
    struct live *one = (struct live *)ctx;
    CHECK(seq > one->committed);
    one->committed = seq;
    one->commits++;
}

static void on_failed(void *ctx, const struct error *err)
{
    struct live *one = (struct live *)ctx;
    one->failures++;
    one->failure = *err;
}

static enum status start(struct live *live, size_t queue_max, size_t batch_max,
                         struct error *err)
{
    const struct change_options options = { .database = live->bed.database,
                                            .keys = &live->keys,
                                            .private_allowed = true,
                                            .queue_max = queue_max,
                                            .batch_max = batch_max,
                                            .committed = on_committed,
                                            .failed = on_failed,
                                            .ctx = live };
    return change_start(live->loop, &options, &live->change, err);
}

static void live_make(struct live *live, size_t queue_max, size_t batch_max)
{
    static const char *const names[HOSTS] = { "a.dyn.example.org", "b.dyn.example.org",
                                              "c.dyn.example.org", "d.dyn.example.org" };
    struct error err = { "" };
    memset(live, 0, sizeof(*live));
    bed_make(&live->bed);
    bed_begin(&live->bed);
    for (size_t i = 0; i < HOSTS; i++)
        live->hosts[i] = bed_host(&live->bed, names[i]);
    live->token_id = bed_token(&live->bed, live->bed.owner_id, 1, live->hosts, HOSTS);
    bed_commit(&live->bed);
    bed_close_store(&live->bed);
    live->keys.pepper_version = 1;
    live->keys.master_version = 1;
    live->keys.seal_version = 1;
    clock_manual_init(&live->clock, BED_NOW_S + 60, 1000);
    live->loop = loop_new(&live->clock.clock);
    CHECK(start(live, queue_max, batch_max, &err) == OK);
}

static void live_remove(struct live *live)
{
    change_stop(live->change);
    loop_free(live->loop);
    fault_arm(NULL, 0, false);
    bed_remove(&live->bed);
}

static void on_told(void *ctx, const struct change_outcome *outcome,
                    const struct rule_decision *decision)
{
    const struct ask *asked = (const struct ask *)ctx;
    struct live *one = asked->live;
    CHECK(one->told_count < TOLD_MAX);
    struct told *told = &one->told[one->told_count++];
    *told = (struct told){ .id = asked->id,
                           .result = outcome->result,
                           .was_same = outcome->was_same,
                           .access = outcome->access,
                           .seq = one->change ? change_seq(one->change) : 0 };
    struct buf reply = BUF_ON(told->reply);
    for (size_t i = 0; i < decision->reply_count; i++) {
        if (i)
            buf_put_u8(&reply, ',');
        ip_format(decision->reply[i], &reply);
    }
    (void)buf_text(&reply);
}

/* "offline" is the word for it. */
static void ask_for(struct live *live, int id, const struct host_row *row,
                    const char *text)
{
    const struct rule_value value = { .role = RULE_ADDRESS, .text = str_from(text) };
    const struct rule_request request = { .values = &value,
                                          .count = 1,
                                          .source = bed_ip("203.0.113.200"),
                                          .offline = strcmp(text, "offline") == 0,
                                          .may_renumber = true };
    const struct change_origin origin = { .source = request.source,
                                          .token_id = live->token_id };
    asks[id] = (struct ask){ live, id };
    change_update(live->change, row, &request, &origin, on_told, &asks[id]);
}

/* Asks for host `i`, whose row is looked up as a request does. */
static void ask(struct live *live, int id, size_t i, const char *text)
{
    struct host_row row;
    CHECK(change_find_host_id(live->change, live->hosts[i], &row, NULL) == OK);
    ask_for(live, id, &row, text);
}

static void wait_for(struct live *live, size_t count)
{
    for (int i = 0; live->told_count < count && i < 10000; i++)
        loop_turn(live->loop, TURN_MS);
    CHECK_INT(live->told_count, count);
}

static void check_told(const struct live *live, size_t at, int id,
                       enum change_result result, bool was_same, const char *reply)
{
    CHECK(at < live->told_count);
    const struct told *told = &live->told[at];
    CHECK_INT(told->id, id);
    CHECK_INT(told->result, result);
    CHECK(told->was_same == was_same);
    CHECK_TEXT(told->reply, reply);
}

/* `struct live` is too big for a stack. */
static struct live live;

TEST(a_change_is_told_after_its_commit_and_a_repeat_at_once)
{
    live_make(&live, 0, 0);
    ask(&live, 1, 0, "192.0.2.1,2001:db8::1");
    CHECK_INT(live.told_count, 0); /* never before the commit */
    wait_for(&live, 1);
    check_told(&live, 0, 1, CHANGE_DONE, false, "192.0.2.1,2001:db8::1");
    CHECK_TEXT(bed_addresses(change_reader(live.change), live.hosts[0]),
               "192.0.2.1,2001:db8::1");
    CHECK_INT(live.told[0].seq, change_seq(live.change));
    CHECK_INT(live.committed, change_seq(live.change));

    ask(&live, 2, 0, "2001:db8::1,192.0.2.1");
    check_told(&live, 1, 2, CHANGE_SAME, true, "2001:db8::1,192.0.2.1");
    ask(&live, 3, 0, "junk");
    check_told(&live, 2, 3, CHANGE_BAD_IP, false, "");
    CHECK_INT(live.commits, 1);
    live_remove(&live);
}

TEST(a_no_change_behind_a_change_in_flight_waits_for_its_commit)
{
    live_make(&live, 0, 0);
    struct host_row row;
    ask(&live, 1, 0, "192.0.2.1");
    ask(&live, 2, 0, "192.0.2.1");
    ask(&live, 3, 0, "192.0.2.2");
    ask(&live, 4, 0, "192.0.2.1");
    CHECK_INT(live.told_count, 0);
    /* Look-ups show the newest queued value. */
    CHECK(change_find_host_id(live.change, live.hosts[0], &row, NULL) == OK);
    CHECK_TEXT(ip_text(row.v4), "192.0.2.1");
    const struct name name = bed_name("a.dyn.example.org");
    CHECK(change_find_host(live.change, &name, &row, NULL) == OK);
    CHECK_TEXT(ip_text(row.v4), "192.0.2.1");
    wait_for(&live, 4);
    check_told(&live, 0, 1, CHANGE_DONE, false, "192.0.2.1");
    check_told(&live, 1, 2, CHANGE_DONE, true, "192.0.2.1");
    check_told(&live, 2, 3, CHANGE_DONE, false, "192.0.2.2");
    check_told(&live, 3, 4, CHANGE_DONE, false, "192.0.2.1");
    ask(&live, 5, 0, "192.0.2.1");
    check_told(&live, 4, 5, CHANGE_SAME, true, "192.0.2.1");
    live_remove(&live);
}

TEST(look_ups_show_offline_and_several_addresses_while_they_are_in_flight)
{
    live_make(&live, 0, 0);
    struct host_row row;
    ask(&live, 1, 0, "192.0.2.1");
    ask(&live, 2, 0, "offline");
    CHECK(change_find_host_id(live.change, live.hosts[0], &row, NULL) == OK);
    CHECK_INT(row.state, HOST_OFFLINE);
    CHECK_INT(row.v4.family, IP_NONE);
    ask(&live, 3, 0, "2001:db8::1");
    CHECK(change_find_host_id(live.change, live.hosts[0], &row, NULL) == OK);
    CHECK_INT(row.state, HOST_ACTIVE);
    CHECK_INT(row.v4.family, IP_NONE);
    CHECK_TEXT(ip_text(row.v6), "2001:db8::1");
    wait_for(&live, 3);
    check_told(&live, 1, 2, CHANGE_DONE, false, "");
    CHECK_TEXT(bed_addresses(change_reader(live.change), live.hosts[0]), "2001:db8::1");
    live_remove(&live);
}

TEST(many_changes_are_told_in_their_order_in_few_commits)
{
    live_make(&live, 0, 64);
    for (int i = 0; i < 2000; i++) {
        char storage[32];
        struct buf text = BUF_ON(storage);
        buf_printf(&text, "192.0.2.%d", i % 250 + 1);
        ask(&live, i, (size_t)i % HOSTS, buf_text(&text));
    }
    wait_for(&live, 2000);
    for (size_t i = 0; i < 2000; i++) {
        CHECK_INT(live.told[i].id, i);
        CHECK_INT(live.told[i].result, CHANGE_DONE);
    }
    CHECK(live.commits >= 2000 / 64 && live.commits < 1000);
    CHECK_TEXT(bed_addresses(change_reader(live.change), live.hosts[3]), "192.0.2.250");
    live_remove(&live);
}

TEST(a_full_queue_is_our_trouble_at_once_and_empties_again)
{
    live_make(&live, 3, 0);
    for (int i = 0; i < 5; i++)
        ask(&live, i, 0, i % 2 ? "192.0.2.1" : "192.0.2.2");
    CHECK_INT(live.told_count, 2);
    check_told(&live, 0, 3, CHANGE_TROUBLE, false, "192.0.2.1");
    check_told(&live, 1, 4, CHANGE_TROUBLE, false, "192.0.2.2");
    wait_for(&live, 5);
    ask(&live, 6, 0, "192.0.2.7");
    wait_for(&live, 6);
    check_told(&live, 5, 6, CHANGE_DONE, false, "192.0.2.7");
    live_remove(&live);
}

TEST(stopping_commits_and_tells_all_that_was_queued)
{
    live_make(&live, 0, 2);
    for (int i = 0; i < 40; i++)
        ask(&live, i, 1, i % 2 ? "192.0.2.1" : "192.0.2.2");
    change_stop(live.change);
    live.change = NULL;
    CHECK_INT(live.told_count, 40);
    for (size_t i = 0; i < 40; i++)
        CHECK_INT(live.told[i].result, CHANGE_DONE);
    bed_open_store(&live.bed);
    CHECK_TEXT(bed_addresses(live.bed.store, live.hosts[1]), "192.0.2.1");
    live_remove(&live);
}

TEST(a_commit_that_fails_is_never_told_as_done_and_ends_everything)
{
    live_make(&live, 0, 2);
    /* Once the writer has failed, nothing is found any more. */
    struct host_row hosts[HOSTS];
    for (size_t i = 0; i < HOSTS; i++)
        CHECK_INT(change_find_host_id(live.change, live.hosts[i], &hosts[i], NULL), OK);
    fault_arm("store.commit", 1, false);
    for (int i = 0; i < 7; i++)
        ask_for(&live, i, &hosts[(size_t)i % HOSTS], "192.0.2.1");
    wait_for(&live, 7);
    for (size_t i = 0; i < 7; i++)
        CHECK_INT(live.told[i].result, CHANGE_TROUBLE);
    CHECK_INT(fault_hits(), 1);
    CHECK_INT(live.failures, 1);
    CHECK(live.failure.text[0]);
    CHECK_INT(live.commits, 0);

    struct host_row row; /* and nothing is taken any more */
    CHECK_INT(change_find_host_id(live.change, live.hosts[0], &row, NULL), ERR_BUSY);
    CHECK_TEXT(bed_addresses(change_reader(live.change), live.hosts[0]), "");
    live_remove(&live);
}

TEST(a_change_that_fails_fails_alone)
{
    live_make(&live, 0, 0);
    fault_arm("store.step", 2, false); /* the first job's row of the journal */
    ask(&live, 1, 0, "192.0.2.1");
    ask(&live, 2, 1, "192.0.2.2");
    wait_for(&live, 2);
    CHECK_INT(fault_hits(), 1);
    check_told(&live, 0, 1, CHANGE_TROUBLE, false, "192.0.2.1");
    check_told(&live, 1, 2, CHANGE_DONE, false, "192.0.2.2");
    CHECK_TEXT(bed_addresses(change_reader(live.change), live.hosts[0]), "");
    CHECK_INT(live.failures, 0);
    live_remove(&live);
}

TEST(a_no_change_behind_a_change_that_failed_writes_its_value_itself)
{
    live_make(&live, 0, 0);
    fault_arm("store.step", 2, false);
    ask(&live, 1, 0, "192.0.2.1");
    ask(&live, 2, 0, "192.0.2.1"); /* same as what is queued */
    wait_for(&live, 2);
    CHECK_INT(fault_hits(), 1);
    check_told(&live, 0, 1, CHANGE_TROUBLE, false, "192.0.2.1");
    check_told(&live, 1, 2, CHANGE_DONE, false, "192.0.2.1");
    CHECK_TEXT(bed_addresses(change_reader(live.change), live.hosts[0]), "192.0.2.1");
    live_remove(&live);
}

TEST(a_transaction_that_cannot_begin_is_trouble_for_its_batch_alone)
{
    live_make(&live, 0, 1);
    fault_arm("store.begin", 1, false);
    ask(&live, 1, 0, "192.0.2.1");
    ask(&live, 2, 1, "192.0.2.2");
    wait_for(&live, 2);
    check_told(&live, 0, 1, CHANGE_TROUBLE, false, "192.0.2.1");
    check_told(&live, 1, 2, CHANGE_DONE, false, "192.0.2.2");
    CHECK_INT(live.failures, 0);
    live_remove(&live);
}

/* ----- administration ----- */

struct work {
    struct live *live;
    int64_t host_id;
    enum status told;
    bool was_told;
    char text[ERROR_TEXT_SIZE];
};

static enum status remove_host(struct store *store, void *ctx, struct error *err)
{
    const struct work *work = (const struct work *)ctx;
    const struct admin admin = { .store = store,
                                 .now_s = BED_NOW_S,
                                 .actor = actor_at_machine() };
    return admin_host_remove(&admin, work->host_id, err);
}

static void work_done(void *ctx, enum status status, const struct error *err)
{
    struct work *work = (struct work *)ctx;
    work->told = status;
    work->was_told = true;
    struct buf text = BUF_ON(work->text);
    buf_put_text(&text, err->text);
    (void)buf_text(&text);
}

TEST(an_update_behind_the_removal_of_its_host_finds_it_gone)
{
    live_make(&live, 0, 0);
    struct work work = { .live = &live, .host_id = live.hosts[2] };
    struct work again = work;
    struct host_row row;
    CHECK(change_submit(live.change, remove_host, &work, work_done, &work) == OK);
    CHECK(change_submit(live.change, remove_host, &again, work_done, &again) == OK);
    ask(&live, 1, 2, "192.0.2.1");
    wait_for(&live, 1);
    CHECK(work.was_told && work.told == OK);
    CHECK_INT(again.told, ERR_NOT_FOUND);
    CHECK(again.text[0]);
    check_told(&live, 0, 1, CHANGE_REFUSED, false, "192.0.2.1");
    CHECK_INT(live.told[0].access, ACCESS_NO_HOST);
    CHECK_INT(change_find_host_id(live.change, live.hosts[2], &row, NULL), ERR_NOT_FOUND);
    live_remove(&live);
}

TEST(work_is_refused_when_the_queue_is_full)
{
    live_make(&live, 1, 0);
    struct work work = { .live = &live, .host_id = live.hosts[2] };
    ask(&live, 1, 0, "192.0.2.1");
    CHECK_INT(change_submit(live.change, remove_host, &work, work_done, &work), ERR_BUSY);
    wait_for(&live, 1);
    CHECK(!work.was_told);
    live_remove(&live);
}

/* A callback that asks again, as the next request on the same connection would. */
static void ask_again(void *ctx, const struct change_outcome *outcome,
                      const struct rule_decision *decision)
{
    on_told(ctx, outcome, decision);
    if (live.change)
        ask(&live, 50, 0, "192.0.2.77");
}

TEST(a_callback_may_ask_for_more_also_while_stopping)
{
    for (int stopping = 0; stopping < 2; stopping++) {
        live_make(&live, 0, 0);
        struct host_row row;
        const struct rule_value value = { RULE_ADDRESS, STR("192.0.2.1") };
        const struct rule_request request = { .values = &value, .count = 1 };
        const struct change_origin origin = { .dialect = 1, .token_id = live.token_id };
        CHECK(change_find_host_id(live.change, live.hosts[0], &row, NULL) == OK);
        asks[1] = (struct ask){ &live, 1 };
        change_update(live.change, &row, &request, &origin, ask_again, &asks[1]);
        if (stopping) {
            change_stop(live.change);
            live.change = NULL;
        }
        wait_for(&live, 2);
        check_told(&live, 0, 1, CHANGE_DONE, false, "192.0.2.1");
        CHECK_INT(live.told[1].result, stopping ? CHANGE_TROUBLE : CHANGE_DONE);
        live_remove(&live);
    }
}

static enum status make_follower(struct store *store, void *ctx, struct error *err)
{
    const struct work *work = (const struct work *)ctx;
    const struct admin admin = { .store = store,
                                 .now_s = BED_NOW_S,
                                 .actor = actor_at_machine() };
    struct host_row row;
    if (store_host_find(store, work->host_id, &row, err))
        return ERR_IO;
    row.follows_id = work->live->hosts[0];
    row.interface_id[7] = 9;
    return admin_host_set(&admin, &row, NULL, err);
}

TEST(a_prefix_without_followers_costs_no_commit_and_with_them_is_checked)
{
    live_make(&live, 0, 0);
    ask(&live, 1, 0, "2001:db8:9::1/64");
    wait_for(&live, 1);
    ask(&live, 2, 0, "2001:db8:9::1/64");
    check_told(&live, 1, 2, CHANGE_SAME, true, "2001:db8:9::1");

    struct work work = { .live = &live, .host_id = live.hosts[1] };
    CHECK(change_submit(live.change, make_follower, &work, work_done, &work) == OK);
    ask(&live, 3, 3, "192.0.2.3");
    wait_for(&live, 3);
    CHECK(work.was_told && work.told == OK);
    ask(&live, 4, 0, "2001:db8:9::1/64");
    wait_for(&live, 4);
    check_told(&live, 3, 4, CHANGE_DONE, false, "2001:db8:9::1");
    CHECK_TEXT(bed_addresses(change_reader(live.change), live.hosts[1]), "2001:db8:9::9");
    ask(&live, 5, 0, "2001:db8:9::1/64");
    wait_for(&live, 5);
    check_told(&live, 4, 5, CHANGE_DONE, true, "2001:db8:9::1");
    live_remove(&live);
}

/* ----- start and look-ups ----- */

TEST(only_one_can_write_and_only_with_the_right_keys)
{
    live_make(&live, 0, 0);
    struct error err = { "" };
    struct change *running = live.change;
    live.change = NULL;
    CHECK_INT(start(&live, 0, 0, &err), ERR_BUSY);
    CHECK(live.change == NULL);
    change_stop(running);

    live.keys.pepper[0] = 99;
    CHECK_INT(start(&live, 0, 0, &err), ERR_CONFLICT);
    live.keys.pepper[0] = 0;
    CHECK(start(&live, 0, 0, &err) == OK);
    live_remove(&live);
}

TEST(nothing_is_left_behind_when_the_start_fails_at_any_statement)
{
    live_make(&live, 0, 0);
    struct error err = { "" };
    change_stop(live.change);
    live.change = NULL;
    static const char *const points[] = { "store.begin", "store.step", "store.commit" };
    for (size_t i = 0; i < LENGTH_OF(points); i++) {
        uint64_t nth = 1;
        for (;; nth++) {
            fault_arm(points[i], nth, false);
            enum status status = start(&live, 0, 0, &err);
            bool hit = fault_hits() > 0;
            fault_arm(NULL, 0, false);
            CHECK(hit == (status != OK));
            if (!status)
                break;
        }
        CHECK(nth > 1);
        change_stop(live.change);
        live.change = NULL;
    }
    live_remove(&live);
}

TEST(tokens_and_accounts_are_looked_up_with_the_reading_connection)
{
    live_make(&live, 0, 0);
    change_stop(live.change);
    live.change = NULL;
    bed_open_store(&live.bed);
    bed_begin(&live.bed);
    struct token_row token = { .account_id = live.bed.owner_id,
                               .digest = { { 1, 2, 3 } },
                               .rights = RIGHT_ADDRESS,
                               .host_ids = { live.hosts[0] },
                               .host_count = 1 };
    CHECK(admin_token_add(&live.bed.admin, &token, NULL) == OK);
    struct account_row account;
    int64_t blocked = bed_account(&live.bed, "blocked@example.org", ROLE_USER);
    CHECK(store_account_find(live.bed.store, blocked, &account, NULL) == OK);
    account.state = ACCOUNT_BLOCKED;
    CHECK(admin_account_set(&live.bed.admin, &account, NULL) == OK);
    bed_commit(&live.bed);
    bed_close_store(&live.bed);
    CHECK(start(&live, 0, 0, NULL) == OK);
    CHECK(change_seq(live.change) > 0);

    struct token_row found;
    CHECK(change_find_token(live.change, token.digest, &found, NULL) == OK);
    CHECK_INT(found.id, token.id);
    CHECK_INT(change_find_token(live.change, (struct digest){ { 9 } }, &found, NULL),
              ERR_NOT_FOUND);
    struct access_account counts;
    CHECK(change_find_account(live.change, live.bed.owner_id, &counts, NULL) == OK);
    CHECK_INT(counts.state, ACCOUNT_ACTIVE);
    CHECK(change_find_account(live.change, blocked, &counts, NULL) == OK);
    CHECK_INT(counts.state, ACCOUNT_BLOCKED);
    CHECK_INT(change_find_account(live.change, 999, &counts, NULL), ERR_NOT_FOUND);
    live_remove(&live);
}

TEST(a_queue_is_freed_with_all_that_is_still_in_it)
{
    struct queue *queue = queue_new();
    for (int i = 0; i < 5; i++)
        queue_push(queue, NEW(struct job));
    struct batch *batch = queue_take(queue, 2);
    CHECK(batch->first->next && !batch->first->next->next);
    queue_give(queue, batch);
    queue_free(queue);
    queue_free(NULL);
    change_stop(NULL);
}
