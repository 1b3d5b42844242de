// SPDX-License-Identifier: GPL-3.0-or-later
#include "bed.h"

#include <string.h>

#include "base/fault.h"
#include "base/mem.h"
#include "change/host_rule.h"
#include "change/writer.h"

/* Updates of hosts, written by the writer alone: no thread, no loop. */
enum {
    HOSTS = 5,
    JOBS = 8
};

struct jobs {
    struct bed bed;
    int64_t hosts[HOSTS];
    struct job *jobs[JOBS];
    struct batch batch;
};

static void jobs_make(struct jobs *all)
{
    static const char *const names[HOSTS] = { "a.dyn.example.org", "b.dyn.example.org",
                                              "c.dyn.example.org", "d.dyn.example.org",
                                              "e.dyn.example.org" };
    bed_make(&all->bed);
    bed_begin(&all->bed);
    for (size_t i = 0; i < HOSTS; i++)
        all->hosts[i] = bed_host(&all->bed, names[i]);
    bed_commit(&all->bed);
    all->batch = (struct batch){ .first = NULL };
}

static void jobs_clear(struct jobs *all)
{
    while (all->batch.first) {
        struct job *job = all->batch.first;
        all->batch.first = job->next;
        job_free(job);
    }
    all->batch = (struct batch){ .first = NULL };
}

static void jobs_remove(struct jobs *all)
{
    fault_arm(NULL, 0, false);
    jobs_clear(all);
    bed_remove(&all->bed);
}

static struct job *add_job(struct jobs *all)
{
    struct job **place = &all->batch.first;
    while (*place)
        place = &(*place)->next;
    *place = NEW(struct job);
    (*place)->now_s = BED_NOW_S + 5;
    return *place;
}

static struct job *add_update(struct jobs *all, int64_t host_id, const char *text)
{
    struct job *job = add_job(all);
    const struct rule_value value = { .role = RULE_ADDRESS, .text = str_from(text) };
    const struct rule_request request = { .values = &value,
                                          .count = 1,
                                          .offline = strcmp(text, "offline") == 0,
                                          .may_renumber = true };
    struct host_row row = { .id = host_id };
    struct addresses now = { .v4.count = 0 };
    const struct rule_host host = host_rule(&row, &now, true, NULL);
    rule_decide(&request, &host, &job->decision);
    job->host_id = host_id;
    job->origin = (struct change_origin){ .source = bed_ip("203.0.113.9"),
                                          .agent = "test/1",
                                          .token_id = 3,
                                          .dialect = 1,
                                          .encrypted = true };
    return job;
}

static enum status add_account_and_fail(struct store *store, void *work,
                                        struct error *err)
{
    const struct admin admin = { .store = store,
                                 .now_s = BED_NOW_S,
                                 .actor = actor_at_machine() };
    struct account_row row = { .email = "half@example.org" };
    int *calls = (int *)work;
    (*calls)++;
    if (admin_account_add(&admin, &row, err))
        return ERR_IO;
    return FAIL(err, ERR_CONFLICT, "on purpose");
}

static bool has_account(struct bed *bed, const char *email)
{
    struct account_row row;
    return store_account_find_email(bed->store, str_from(email), &row, NULL) == OK;
}

TEST(an_update_writes_the_host_and_its_journal)
{
    struct jobs all;
    jobs_make(&all);
    struct change_row change;
    struct host_row row;
    struct addresses addresses;
    struct job *job = add_update(&all, all.hosts[0], "192.0.2.1,2001:db8::1");
    writer_run(all.bed.store, &all.batch);
    CHECK(job->status == OK && !all.batch.failed);
    CHECK_INT(job->outcome.result, CHANGE_DONE);
    CHECK(!job->outcome.was_same);
    CHECK_TEXT(bed_addresses(all.bed.store, all.hosts[0]), "192.0.2.1,2001:db8::1");

    CHECK(store_host_find(all.bed.store, all.hosts[0], &row, NULL) == OK);
    CHECK_INT(row.last_change, all.batch.seq);
    CHECK_INT(row.last_seen_s, BED_NOW_S + 5);
    CHECK(store_change_find(all.bed.store, all.batch.seq, &change, NULL) == OK);
    CHECK_INT(change.kind, CHANGE_HOST);
    CHECK_INT(change.id, all.hosts[0]);
    CHECK(change.prev > 0 && change.prev < change.seq); /* the host's making */
    CHECK_INT(change.time_s, BED_NOW_S + 5);
    CHECK_TEXT(ip_text(change.source), "203.0.113.9");
    CHECK_TEXT(change.agent, "test/1");
    CHECK_INT(change.token_id, 3);
    CHECK_INT(change.dialect, 1);
    CHECK(change.encrypted);
    CHECK(store_addresses_decode(str_bytes(change.before, change.before_n), &addresses) ==
          OK);
    CHECK(addresses.v4.count == 0 && addresses.v6.count == 0);
    CHECK(store_addresses_decode(str_bytes(change.after, change.after_n), &addresses) ==
          OK);
    CHECK(addresses.v4.count == 1 && addresses.v6.count == 1);
    CHECK_TEXT(ip_text(addresses.v6.at[0]), "2001:db8::1");
    jobs_remove(&all);
}

TEST(jobs_of_one_batch_see_each_other_in_their_order)
{
    static const struct {
        const char *text;
        bool was_same;
    } rows[] = {
        { "192.0.2.1", false }, { "192.0.2.1", true },  { "2001:db8::1", false },
        { "192.0.2.2", false }, { "192.0.2.1", false }, { "offline", false },
        { "offline", true },    { "192.0.2.9", false },
    };
    struct jobs all;
    jobs_make(&all);
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        all.jobs[i] = add_update(&all, all.hosts[1], rows[i].text);
    writer_run(all.bed.store, &all.batch);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        CHECK_INT(all.jobs[i]->outcome.result, CHANGE_DONE);
        CHECK(all.jobs[i]->outcome.was_same == rows[i].was_same);
    }
    CHECK_TEXT(bed_addresses(all.bed.store, all.hosts[1]), "192.0.2.9");
    jobs_remove(&all);
}

TEST(a_family_that_was_not_named_is_left_as_the_database_has_it_by_then)
{
    struct jobs all;
    jobs_make(&all);
    add_update(&all, all.hosts[0], "192.0.2.1,2001:db8::1");
    writer_run(all.bed.store, &all.batch);
    jobs_clear(&all);
    /* Decided when nothing was known of an IPv6 address. */
    add_update(&all, all.hosts[0], "192.0.2.2");
    writer_run(all.bed.store, &all.batch);
    CHECK_TEXT(bed_addresses(all.bed.store, all.hosts[0]), "192.0.2.2,2001:db8::1");
    jobs_remove(&all);
}

TEST(a_host_that_is_gone_or_closed_is_told_so_and_nothing_is_written)
{
    struct jobs all;
    jobs_make(&all);
    static const enum host_state states[] = { HOST_DISABLED, HOST_ABUSE };
    bed_begin(&all.bed);
    for (size_t i = 0; i < LENGTH_OF(states); i++) {
        struct host_row row;
        CHECK(store_host_find(all.bed.store, all.hosts[i], &row, NULL) == OK);
        row.state = states[i];
        CHECK(admin_host_set(&all.bed.admin, &row, NULL, NULL) == OK);
    }
    CHECK(admin_host_remove(&all.bed.admin, all.hosts[2], NULL) == OK);
    bed_commit(&all.bed);
    int64_t before = 0;
    CHECK(store_newest_seq(all.bed.store, &before, NULL) == OK);
    for (size_t i = 0; i < 3; i++)
        all.jobs[i] = add_update(&all, all.hosts[i], "192.0.2.1");
    writer_run(all.bed.store, &all.batch);
    for (size_t i = 0; i < 3; i++) {
        CHECK(all.jobs[i]->status == OK);
        CHECK_INT(all.jobs[i]->outcome.result, CHANGE_REFUSED);
    }
    CHECK_INT(all.batch.seq, before);
    jobs_remove(&all);
}

/* ----- followers ----- */

static void follow(struct jobs *all, size_t i, size_t router, uint16_t subnet,
                   uint8_t last)
{
    struct host_row row;
    CHECK(store_host_find(all->bed.store, all->hosts[i], &row, NULL) == OK);
    row.follows_id = all->hosts[router];
    row.subnet = subnet;
    row.interface_id[7] = last;
    CHECK(admin_host_set(&all->bed.admin, &row, NULL, NULL) == OK);
}

TEST(a_prefix_renumbers_every_follower_with_a_journal_row_each)
{
    struct jobs all;
    jobs_make(&all);
    bed_begin(&all.bed);
    follow(&all, 1, 0, 0, 1);
    follow(&all, 2, 0, 3, 2);
    follow(&all, 3, 0, 300, 3); /* does not fit into a /56 */
    bed_commit(&all.bed);
    struct job *first = add_update(&all, all.hosts[0], "2001:db8:9:900::1/56");
    struct job *again = add_update(&all, all.hosts[0], "2001:db8:9:900::1/56");
    writer_run(all.bed.store, &all.batch);
    CHECK(first->outcome.result == CHANGE_DONE && !first->outcome.was_same);
    CHECK(again->outcome.result == CHANGE_DONE && again->outcome.was_same);
    CHECK_TEXT(bed_addresses(all.bed.store, all.hosts[0]), "2001:db8:9:900::1");
    CHECK_TEXT(bed_addresses(all.bed.store, all.hosts[1]), "2001:db8:9:900::1");
    CHECK_TEXT(bed_addresses(all.bed.store, all.hosts[2]), "2001:db8:9:903::2");
    CHECK_TEXT(bed_addresses(all.bed.store, all.hosts[3]), "");
    struct host_row row;
    for (size_t i = 0; i < 3; i++) {
        struct change_row change;
        CHECK(store_host_find(all.bed.store, all.hosts[i], &row, NULL) == OK);
        CHECK(store_change_find(all.bed.store, row.last_change, &change, NULL) == OK);
        CHECK_INT(change.id, all.hosts[i]);
        CHECK_INT(change.token_id, 3);
    }
    CHECK_INT(row.last_change, all.batch.seq);
    CHECK_INT(row.last_seen_s, 0); /* a follower did not call */
    jobs_remove(&all);
}

TEST(a_prefix_alone_moves_the_followers_and_not_the_host)
{
    struct jobs all;
    jobs_make(&all);
    bed_begin(&all.bed);
    follow(&all, 1, 0, 0, 1);
    bed_commit(&all.bed);
    struct job *job = add_update(&all, all.hosts[0], "2001:db8:9:900::/64");
    writer_run(all.bed.store, &all.batch);
    CHECK(job->outcome.result == CHANGE_DONE && !job->outcome.was_same);
    CHECK_TEXT(bed_addresses(all.bed.store, all.hosts[0]), "");
    CHECK_TEXT(bed_addresses(all.bed.store, all.hosts[1]), "2001:db8:9:900::1");
    jobs_remove(&all);
}

TEST(more_followers_than_the_limit_change_nothing_at_all)
{
    struct jobs all;
    jobs_make(&all);
    bed_begin(&all.bed);
    for (int i = 0; i <= FOLLOWERS_MAX; i++) {
        char storage[64];
        struct buf name = BUF_ON(storage);
        buf_printf(&name, "f%d.dyn.example.org", i);
        struct host_row row = bed_host_row(&all.bed, buf_text(&name));
        row.follows_id = all.hosts[0];
        row.interface_id[7] = 1;
        enum status status = admin_host_add(&all.bed.admin, &row, NULL);
        /* The rules stop at the limit; what lies past it is put there directly. */
        CHECK_INT(status, i < FOLLOWERS_MAX ? OK : ERR_LIMIT);
        if (status)
            CHECK(store_host_insert(all.bed.store, &row, NULL) == OK);
    }
    bed_commit(&all.bed);
    struct job *job = add_update(&all, all.hosts[0], "2001:db8:9:900::1/64");
    struct job *next = add_update(&all, all.hosts[1], "192.0.2.1");
    writer_run(all.bed.store, &all.batch);
    CHECK(job->status == OK);
    CHECK_INT(job->outcome.result, CHANGE_TOO_MANY);
    CHECK_TEXT(bed_addresses(all.bed.store, all.hosts[0]), "");
    CHECK_INT(next->outcome.result, CHANGE_DONE);
    jobs_remove(&all);
}

/* ----- failures ----- */

TEST(work_that_fails_half_way_is_undone_alone)
{
    struct jobs all;
    int calls = 0;
    jobs_make(&all);
    struct job *before = add_update(&all, all.hosts[0], "192.0.2.1");
    struct job *work = add_job(&all);
    work->work = add_account_and_fail;
    work->work_ctx = &calls;
    struct job *after = add_update(&all, all.hosts[1], "192.0.2.2");
    writer_run(all.bed.store, &all.batch);
    CHECK(before->status == OK && after->status == OK);
    CHECK_INT(work->status, ERR_CONFLICT);
    CHECK_TEXT(work->err->text, "on purpose");
    CHECK_INT(calls, 1);
    CHECK(!has_account(&all.bed, "half@example.org"));
    CHECK_TEXT(bed_addresses(all.bed.store, all.hosts[0]), "192.0.2.1");
    CHECK_TEXT(bed_addresses(all.bed.store, all.hosts[1]), "192.0.2.2");
    jobs_remove(&all);
}

/* Three updates with the fault at the n-th call of the point. SIZE_MAX: there is no such. */
static size_t run_with_fault(struct jobs *all, const char *point, uint64_t nth,
                             bool sticky)
{
    static const char *const texts[] = { "192.0.2.1", "192.0.2.2", "192.0.2.3" };
    size_t done = 0;
    for (size_t i = 0; i < 3; i++)
        all->jobs[i] = add_update(all, all->hosts[i], texts[i]);
    fault_arm(point, nth, sticky);
    writer_run(all->bed.store, &all->batch);
    bool hit = fault_hits() > 0;
    fault_arm(NULL, 0, false);
    for (size_t i = 0; i < 3; i++) {
        bool ok = all->jobs[i]->status == OK;
        done += ok;
        CHECK_TEXT(bed_addresses(all->bed.store, all->hosts[i]), ok ? texts[i] : "");
        CHECK(ok || all->jobs[i]->err->text[0]);
    }
    CHECK(hit || done == 3);
    return hit ? done : SIZE_MAX;
}

TEST(a_failing_statement_costs_at_most_its_own_job)
{
    /* find, append and set of each of the three, then the look at the newest seq. */
    enum {
        STATEMENTS = 3 * 3
    };
    static const struct {
        const char *point;
        bool sticky;
        uint64_t calls;   /* of the point in all */
        size_t done_each; /* jobs that get through while a job's statement fails */
    } rows[] = {
        { "store.step", false, STATEMENTS + 1, 2 },
        { "store.step", true, STATEMENTS + 1, 0 },
        { "store.begin", false, 1, 0 },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        uint64_t nth = 1;
        for (;; nth++) {
            struct jobs all;
            jobs_make(&all);
            size_t done = run_with_fault(&all, rows[i].point, nth, rows[i].sticky);
            CHECK(!all.batch.failed);
            jobs_remove(&all);
            if (done == SIZE_MAX)
                break;
            CHECK_INT(done, nth <= STATEMENTS ? rows[i].done_each : 0);
        }
        CHECK_INT(nth, rows[i].calls + 1);
    }
}

TEST(a_failing_commit_fails_every_job_and_the_batch)
{
    struct jobs all;
    jobs_make(&all);
    CHECK_INT(run_with_fault(&all, "store.commit", 1, false), 0);
    CHECK(all.batch.failed);
    CHECK(all.batch.err.text[0]);
    CHECK_INT(all.batch.seq, 0);
    jobs_remove(&all);
}

static enum status give_up_transaction(struct store *store, void *work, struct error *err)
{
    (void)work;
    store_rollback(store);
    return FAIL(err, ERR_IO, "gave up");
}

TEST(a_job_that_breaks_the_transaction_is_left_out_and_the_others_are_done)
{
    struct jobs all;
    jobs_make(&all);
    struct job *before = add_update(&all, all.hosts[0], "192.0.2.1");
    struct job *work = add_job(&all);
    work->work = give_up_transaction;
    struct job *after = add_update(&all, all.hosts[1], "192.0.2.2");
    writer_run(all.bed.store, &all.batch);
    CHECK(before->status == OK && after->status == OK);
    CHECK_INT(work->status, ERR_IO);
    CHECK(work->hopeless);
    CHECK_TEXT(bed_addresses(all.bed.store, all.hosts[0]), "192.0.2.1");
    CHECK_TEXT(bed_addresses(all.bed.store, all.hosts[1]), "192.0.2.2");
    jobs_remove(&all);
}

TEST(a_database_that_breaks_in_every_run_is_given_up)
{
    struct jobs all;
    jobs_make(&all);
    struct job *update = add_update(&all, all.hosts[0], "192.0.2.1");
    for (int i = 0; i < 10; i++)
        add_job(&all)->work = give_up_transaction;
    writer_run(all.bed.store, &all.batch);
    CHECK_INT(update->status, ERR_IO);
    CHECK_INT(all.batch.seq, 0);
    CHECK(!all.batch.failed);
    CHECK_TEXT(bed_addresses(all.bed.store, all.hosts[0]), "");
    jobs_remove(&all);
}
