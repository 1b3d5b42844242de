// SPDX-License-Identifier: GPL-3.0-or-later
#include "change/stale.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "change/apply.h"
#include "change/host_rule.h"
#include "change/letter.h"

/* A thing that makes a step. */
struct due {
    int64_t id, owner_id, used_s;
    enum stale_step step;
    struct name name; /* of a host or zone */
};

struct stale_work {
    struct stale *stale;
    const struct post *post;
    struct stale_rule rule;
    enum stale_kind kind;
    int64_t after, now_s;
    size_t rows;
    bool is_full; /* not all of the rows were looked at */
    size_t count;
    struct due due[STALE_ACTS];
    struct store *store;
    struct error *err;
};

static const struct change_origin origin_stale = { .agent = "rove: nobody uses it" };

static struct admin admin_of(const struct stale_work *work)
{
    return (struct admin){ .store = work->store,
                           .now_s = work->now_s,
                           .origin = &origin_stale,
                           .actor = actor_at_machine() };
}

/* ----- what is due ----- */

static bool may_be_due(const struct stale_work *work, int64_t used_s)
{
    return work->now_s >= used_s + work->rule.after_s - STALE_WARNING_S;
}

/* ERR_LIMIT ends the walk: the slice is full. */
static enum status judge(struct stale_work *work, const struct due *thing)
{
    struct stale_row row;
    enum status status =
        store_stale_find(work->store, work->kind, thing->id, &row, work->err);
    if (status)
        return status;
    const struct stale_state state = { .used_s = thing->used_s,
                                       .step = (enum stale_step)row.step,
                                       .step_s = row.time_s };
    enum stale_step step = stale_due(&work->rule, &state, work->now_s);
    if (step == STALE_NONE)
        return OK;
    work->due[work->count] = *thing;
    work->due[work->count++].step = step;
    work->is_full = work->count == STALE_ACTS;
    return work->is_full ? ERR_LIMIT : OK;
}

static void pass(struct stale_work *work, int64_t id)
{
    work->rows++;
    work->after = id;
}

static int64_t latest(int64_t a_s, int64_t b_s)
{
    return a_s > b_s ? a_s : b_s;
}

/* What operators have taken out of DNS is theirs, and so is what they have blocked. */
static enum status look_at_host(void *ctx, const struct host_row *row)
{
    struct stale_work *work = (struct stale_work *)ctx;
    int64_t used_s = latest(latest(row->last_seen_s, row->created_s),
                            latest(row->kept_s, row->owned_s));
    pass(work, row->id);
    if (row->permanent || row->state == HOST_DISABLED || row->state == HOST_ABUSE ||
        row->withheld & WITHHELD_ACCOUNT || !may_be_due(work, used_s))
        return OK;
    const struct due thing = {
        .id = row->id, .owner_id = row->owner_id, .used_s = used_s, .name = row->name
    };
    return judge(work, &thing);
}

static enum status find_any_host(void *ctx, const struct host_row *row)
{
    (void)row;
    *(bool *)ctx = true;
    return OK;
}

static enum status find_any_zone(void *ctx, const struct zone_row *row)
{
    (void)row;
    *(bool *)ctx = true;
    return OK;
}

static enum status owns_nothing(const struct stale_work *work, int64_t account_id,
                                bool *out)
{
    const struct store_page first = { .limit = 1, .owner_id = account_id };
    bool found = false;
    enum status status =
        store_host_list(work->store, 0, first, find_any_host, &found, work->err);
    if (!status && !found)
        status =
            store_zone_list_owned(work->store, first, find_any_zone, &found, work->err);
    *out = !found;
    return status;
}

/* A blocked account that went could be opened anew; one that ends goes by itself. */
static bool is_judged(const struct account_row *account)
{
    return account->state == ACCOUNT_BLOCKED || account->state == ACCOUNT_ENDING;
}

static enum status look_at_account(void *ctx, const struct account_row *row)
{
    struct stale_work *work = (struct stale_work *)ctx;
    int64_t used_s = 0;
    bool is_bare = false;
    pass(work, row->id);
    if (row->role == ROLE_OPERATOR || is_judged(row) || !may_be_due(work, row->created_s))
        return OK;
    enum status status = store_account_used(work->store, row->id, &used_s, work->err);
    used_s = latest(used_s, row->created_s);
    if (status || !may_be_due(work, used_s))
        return status;
    status = owns_nothing(work, row->id, &is_bare);
    if (status || !is_bare)
        return status;
    const struct due thing = { .id = row->id, .owner_id = row->id, .used_s = used_s };
    return judge(work, &thing);
}

struct bareness {
    const struct zone_row *zone;
    bool has_more;
};

static enum status note_record(void *ctx, const struct record_row *row)
{
    struct bareness *bareness = (struct bareness *)ctx;
    bareness->has_more |=
        row->type != RR_NS || !name_equal(&row->owner, &bareness->zone->name);
    return OK;
}

/* Nobody has hosts there, nor records besides the name servers. */
static enum status is_bare_zone(const struct stale_work *work,
                                const struct zone_row *zone, bool *out)
{
    struct bareness bareness = { .zone = zone };
    enum status status =
        store_host_list(work->store, zone->id, (struct store_page){ .limit = 1 },
                        find_any_host, &bareness.has_more, work->err);
    if (!status && !bareness.has_more)
        status =
            store_record_list(work->store, zone->id, note_record, &bareness, work->err);
    *out = !bareness.has_more;
    return status;
}

static enum status note_time(void *ctx, const struct change_row *row)
{
    *(int64_t *)ctx = row->time_s;
    return OK;
}

/* The zone's newest change; where the journal was trimmed that is long ago. */
static enum status find_newest(const struct stale_work *work, const struct zone_row *zone,
                               int64_t *out)
{
    int64_t time_s = 0;
    enum status status = store_change_list(
        work->store, (struct store_page){ .after = zone->last_change - 1, .limit = 1 },
        note_time, &time_s, work->err);
    *out = latest(time_s, zone->created_s);
    return status;
}

static enum status look_at_zone(void *ctx, const struct zone_row *row)
{
    struct stale_work *work = (struct stale_work *)ctx;
    struct account_row owner;
    int64_t used_s = 0;
    bool is_bare = false;
    pass(work, row->id);
    if (!may_be_due(work, row->created_s))
        return OK;
    enum status status =
        store_account_find(work->store, row->owner_id, &owner, work->err);
    if (status || owner.role == ROLE_OPERATOR || is_judged(&owner))
        return status;
    status = find_newest(work, row, &used_s);
    if (!status && may_be_due(work, used_s))
        status = is_bare_zone(work, row, &is_bare);
    if (status || !is_bare)
        return status;
    const struct due thing = {
        .id = row->id, .owner_id = row->owner_id, .used_s = used_s, .name = row->name
    };
    return judge(work, &thing);
}

static enum status find_due(struct stale_work *work)
{
    const struct store_page page = { .after = work->after, .limit = STALE_SLICE };
    enum status status = OK;
    switch (work->kind) {
    case STALE_HOST:
        status = store_host_list(work->store, 0, page, look_at_host, work, work->err);
        break;
    case STALE_ZONE:
        status = store_zone_list(work->store, page, look_at_zone, work, work->err);
        break;
    case STALE_ACCOUNT:
        status = store_account_list(work->store, page, look_at_account, work, work->err);
        break;
    }
    return work->is_full ? OK : status;
}

/* ----- warnings ----- */

static enum status note_step(const struct stale_work *work, const struct due *thing)
{
    const struct stale_row row = { .kind = work->kind,
                                   .id = thing->id,
                                   .step = (int64_t)thing->step,
                                   .time_s = work->now_s };
    return store_stale_put(work->store, &row, work->err);
}

/* Of several of one owner in one mail; it names the time of the first. */
static enum status send_warning(const struct stale_work *work, const struct due *things,
                                size_t count, enum post_result *result)
{
    char time[POST_TIME_SIZE];
    CLEANUP(mem_freep) struct letter *letter = NEW(struct letter);
    bool has_names = work->kind != STALE_ACCOUNT;
    struct post_mail mail = { .kind = has_names ? POST_NAME_UNUSED : POST_ACCOUNT_UNUSED,
                              .account_id = things[0].owner_id,
                              .now_s = work->now_s };
    int64_t first_s = INT64_MAX;
    for (size_t i = 0; i < count; i++) {
        int64_t end_s =
            stale_time(&work->rule, things[i].used_s, things[i].step, work->now_s);
        first_s = end_s < first_s ? end_s : first_s;
        if (has_names)
            letter_add(letter, &things[i].name, things[i].used_s);
    }
    post_time(first_s, time);
    post_values_add(&mail.values, "time", str_from(time));
    return has_names
               ? letter_send(letter, work->post, work->store, &mail, result, work->err)
               : post_put(work->post, work->store, &mail, result, work->err);
}

/* Whoever cannot be told, or not yet, keeps the things. */
static enum status warn(const struct stale_work *work, const struct due *things,
                        size_t count)
{
    enum post_result result = POST_NOT_SET_UP;
    enum status status = send_warning(work, things, count, &result);
    if (status || (result != POST_QUEUED && result != POST_SWITCHED_OFF))
        return status;
    for (size_t i = 0; i < count && !status; i++)
        status = note_step(work, &things[i]);
    return status;
}

/* ----- what goes ----- */

static enum status withdraw(const struct stale_work *work, const struct due *thing)
{
    const struct admin admin = admin_of(work);
    struct host_row row;
    struct addresses addresses;
    enum status status = store_host_find(work->store, thing->id, &row, work->err);
    if (!status)
        status = store_host_addresses(work->store, &row, &addresses, work->err);
    if (!status && row.state != HOST_WITHDRAWN) {
        row.state = HOST_WITHDRAWN;
        status = apply_addresses(&admin, &row, &addresses, &addresses, false, work->err);
    }
    return status ? status : note_step(work, thing);
}

static enum status remove_thing(const struct stale_work *work, const struct due *thing)
{
    const struct admin admin = admin_of(work);
    enum status status = OK;
    switch (work->kind) {
    case STALE_HOST:
        status = admin_host_remove(&admin, thing->id, work->err);
        break;
    case STALE_ZONE:
        status = admin_zone_remove(&admin, thing->id, work->err);
        break;
    case STALE_ACCOUNT:
        status = admin_account_remove(&admin, thing->id, work->err);
        break;
    }
    return status;
}

/* Those of one owner that get the same step come together. */
static int compare_due(const void *a, const void *b)
{
    const struct due *x = (const struct due *)a, *y = (const struct due *)b;
    int order = (x->owner_id > y->owner_id) - (x->owner_id < y->owner_id);
    if (order == 0)
        order = (x->step > y->step) - (x->step < y->step);
    return order ? order : (x->id > y->id) - (x->id < y->id);
}

static bool go_together(const struct due *a, const struct due *b)
{
    return a->owner_id == b->owner_id && a->step == b->step;
}

static enum status make_steps(const struct stale_work *work, const struct due *things,
                              size_t count)
{
    enum status status = OK;
    if (things->step == STALE_WARNED || things->step == STALE_WARNED_AGAIN)
        return warn(work, things, count);
    for (size_t i = 0; i < count && !status; i++)
        status = things[i].step == STALE_WITHDRAWN ? withdraw(work, &things[i])
                                                   : remove_thing(work, &things[i]);
    return status;
}

static enum status do_slice(struct store *store, void *ctx, struct error *err)
{
    struct stale_work *work = (struct stale_work *)ctx;
    work->store = store;
    work->err = err;
    work->rows = work->count = 0;
    work->is_full = false;
    enum status status = find_due(work);
    if (work->count > 0)
        qsort(work->due, work->count, sizeof(work->due[0]), compare_due);
    for (size_t i = 0, end = 0; i < work->count && !status; i = end) {
        for (end = i + 1;
             end < work->count && go_together(&work->due[i], &work->due[end]); end++)
            ;
        status = make_steps(work, &work->due[i], end - i);
    }
    return status;
}

/* ----- the round ----- */

static void run(void *ctx);

static void set_timer(struct stale *stale, int64_t in_ms)
{
    struct loop *loop = stale->jobs->loop;
    timer_set(&stale->timer, loop, loop_now_ms(loop) + in_ms, run, stale);
}

/* Accounts come last: what they had may have gone before. */
static bool next_kind(struct stale *stale)
{
    static const enum stale_kind next[] = { [STALE_HOST] = STALE_ZONE,
                                            [STALE_ZONE] = STALE_ACCOUNT,
                                            [STALE_ACCOUNT] = STALE_HOST };
    stale->kind = next[stale->kind];
    stale->after = 0;
    return stale->kind != STALE_HOST;
}

static void done(void *ctx, enum status status, const struct error *err)
{
    struct stale_work *work = (struct stale_work *)ctx;
    struct stale *stale = work->stale;
    bool goes_on = true;
    if (status)
        log_warning("stale-not-written", LOG_TEXT("why", err->text));
    if (status || (work->rows < STALE_SLICE && !work->is_full))
        goes_on = next_kind(stale);
    else
        stale->after = work->after;
    if (stale->jobs)
        set_timer(stale, goes_on ? STALE_SLICE_MS : STALE_PERIOD_MS);
    mem_free(work);
}

static struct stale_rule rule_of(const struct stale *stale)
{
    switch (stale->kind) {
    case STALE_HOST:
        return (struct stale_rule){ stale->rules.hosts_s, stale->rules.withdrawn_s };
    case STALE_ZONE:
        return (struct stale_rule){ stale->rules.zones_s, 0 };
    case STALE_ACCOUNT:
        break;
    }
    return (struct stale_rule){ stale->rules.accounts_s, 0 };
}

static void run(void *ctx)
{
    struct stale *stale = (struct stale *)ctx;
    bool goes_on = true;
    while (goes_on && rule_of(stale).after_s == 0)
        goes_on = next_kind(stale);
    if (!goes_on) {
        set_timer(stale, STALE_PERIOD_MS);
        return;
    }
    struct stale_work *work = NEW(struct stale_work);
    work->stale = stale;
    work->post = stale->post;
    work->rule = rule_of(stale);
    work->kind = stale->kind;
    work->after = stale->after;
    work->now_s = clock_wall_s(loop_clock(stale->jobs->loop));
    if (jobs_submit(stale->jobs, do_slice, work, done, work) == OK)
        return;
    mem_free(work); /* the queue is full */
    set_timer(stale, STALE_SLICE_MS);
}

void stale_start(struct stale *stale, struct jobs *jobs, const struct post *post)
{
    *stale = (struct stale){ .jobs = jobs, .post = post };
    if (post)
        set_timer(stale, STALE_FIRST_MS);
}

void stale_stop(struct stale *stale)
{
    timer_stop(&stale->timer);
    stale->jobs = NULL;
}
