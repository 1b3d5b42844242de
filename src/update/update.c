// SPDX-License-Identifier: GPL-3.0-or-later
/* The way of an update: its hosts are named, found and changed one by one, and the call ends
 * when the last of them has its outcome. */
#include "update/update.h"

#include "update/report.h"
#include "update/who.h"

struct call;

/* One host of a call: named first, then found, then changed. */
struct item {
    struct call *call;
    struct name name;
    struct host_row host;
    bool wildcard; /* named as *.NAME */
    bool found;    /* `host` is to be changed */
    bool settled;  /* its outcome is final */
    /* An earlier item of the same host, whose outcome it takes. */
    const struct item *same_as;
    struct update_outcome *outcome;
};

struct call {
    struct updates *updates;
    struct update *update;
    struct item *items;
    struct update_outcome *outcomes;
    size_t count, waiting;
    struct waiter waiter;
    update_done_fn done;
    void *ctx;
};

/* ----- the end of a call ----- */

static void end(const struct call *call, const struct update_result *result)
{
    /* The call goes with its exchange when the reply is out. */
    struct updates *updates = call->updates;
    const struct update_reply reply = { .update = call->update, .result = result };
    report_outcomes(updates, call->update, result);
    updates->replying = &reply;
    call->done(call->ctx, result);
    updates->replying = NULL;
}

static void finish_whole(const struct call *call, enum update_code code,
                         enum update_why why)
{
    const struct update_result result = { .whole = true, .code = code, .why = why };
    end(call, &result);
}

static void finish_hosts(void *ctx, bool seen)
{
    const struct call *call = (const struct call *)ctx;
    const struct update_result result = { .outcomes = call->outcomes,
                                          .count = call->count,
                                          .unseen = !seen };
    end(call, &result);
}

/* The change that the image has to carry before the host is seen as the reply says. A host that
 * stays as it is may have been changed by an earlier call; only the database knows when. */
static int64_t seq_of(const struct call *call, size_t i)
{
    struct host_row row;
    if (call->outcomes[i].code == UPDATE_NOCHG &&
        !change_find_host_id(call->updates->change, call->items[i].host.id, &row, NULL))
        return row.last_change;
    return call->outcomes[i].code <= UPDATE_NOCHG ? change_seq(call->updates->change) : 0;
}

static int64_t seq_to_see(const struct call *call)
{
    int64_t seq = 0;
    for (size_t i = 0; i < call->count; i++) {
        int64_t of_host = seq_of(call, i);
        seq = of_host > seq ? of_host : seq;
    }
    return seq;
}

static bool finish_as(const struct call *call, enum update_code code)
{
    for (size_t i = 0; i < call->count; i++)
        if (call->outcomes[i].code == code) {
            finish_whole(call, code, call->outcomes[i].why);
            return true;
        }
    return false;
}

/* Trouble with one host is the result of the whole call: the client asks again, and what was
 * committed is then a nochg. So is a token that ended while hosts waited. */
static void finish(struct call *call)
{
    for (size_t i = 0; i < call->count; i++)
        if (call->items[i].same_as)
            *call->items[i].outcome = *call->items[i].same_as->outcome;
    if (finish_as(call, UPDATE_TROUBLE) || finish_as(call, UPDATE_BADAUTH))
        return;
    if (!call->update->wait || call->update->dry_run) {
        finish_hosts(call, true);
        return;
    }
    call->waiter = (struct waiter){ .fn = finish_hosts, .ctx = call };
    waits_add(&call->updates->waits, &call->waiter, seq_to_see(call));
}

static void count_down(struct call *call)
{
    if (--call->waiting == 0)
        finish(call);
}

/* ----- one host ----- */

static void set_outcome(struct item *item, enum update_code code, enum update_why why)
{
    item->outcome->code = code;
    item->outcome->why = why;
}

static void judge(struct item *item, const struct change_outcome *outcome)
{
    switch (outcome->result) {
    case CHANGE_DONE:
        if (outcome->was_same)
            set_outcome(item, UPDATE_NOCHG, WHY_SAME);
        else
            set_outcome(item, UPDATE_GOOD, WHY_CHANGED);
        return;
    case CHANGE_SAME:
        set_outcome(item, UPDATE_NOCHG, WHY_SAME);
        return;
    case CHANGE_BAD_IP:
        set_outcome(item, UPDATE_BADIP, WHY_BAD_ADDRESS);
        return;
    case CHANGE_TOO_MANY:
        set_outcome(item, UPDATE_NUMHOST, WHY_TOO_MANY);
        return;
    case CHANGE_REFUSED:
        *item->outcome = who_outcome(outcome->access);
        return;
    case CHANGE_BAD_TXT: /* no update has values yet */
    case CHANGE_TROUBLE:
        break;
    }
    set_outcome(item, UPDATE_TROUBLE, WHY_TROUBLE);
}

static void note_values(struct update_outcome *outcome,
                        const struct rule_decision *decision)
{
    bool taken = outcome->code <= UPDATE_NOCHG;
    outcome->takes_addresses =
        taken && !decision->offline && (decision->decides_v4 || decision->decides_v6);
    outcome->from_source = decision->from_source;
    outcome->has_prefix = taken && decision->has_prefix;
    if (decision->has_prefix)
        outcome->prefix = decision->prefix;
    for (size_t i = 0; i < decision->ignored_count; i++)
        outcome->ignored[i] = decision->ignored[i];
    outcome->ignored_count = decision->ignored_count;
}

static void host_done(void *ctx, const struct change_outcome *outcome,
                      const struct rule_decision *decision)
{
    struct item *item = (struct item *)ctx;
    item->settled = true;
    judge(item, outcome);
    if (item->outcome->code <= UPDATE_NOCHG) {
        for (size_t i = 0; i < decision->reply_count; i++)
            item->outcome->addresses[i] = decision->reply[i];
        item->outcome->address_count = decision->reply_count;
    }
    note_values(item->outcome, decision);
    count_down(item->call);
}

static void preview(struct item *item, const struct rule_request *request)
{
    struct rule_decision decision;
    const struct change_outcome outcome = {
        .result =
            change_try(item->call->updates->change, &item->host, request, &decision),
    };
    host_done(item, &outcome, &decision);
}

/* Where the host's changes are counted; NULL: they are not. */
static uint32_t *find_bucket(const struct updates *updates, int64_t host_id)
{
    return updates->changes_per_hour ? change_host_throttle(updates->change, host_id)
                                     : NULL;
}

/* Whether the host has used up its changes and this would be another one. */
static bool is_past_ceiling(const struct item *item, const struct rule_request *request,
                            int64_t now_ms)
{
    const struct updates *updates = item->call->updates;
    const uint32_t *bucket = find_bucket(updates, item->host.id);
    struct rule_decision decision;
    if (!bucket || bucket_would_admit(&updates->host_changes, *bucket, now_ms))
        return false;
    return change_preview(updates->change, &item->host, request, &decision) ==
               CHANGE_DONE &&
           (decision.verdict == RULE_CHANGE || decision.has_prefix);
}

static void change_one(struct item *item, const struct rule_request *request)
{
    struct updates *updates = item->call->updates;
    int64_t now_ms = updates->changes_per_hour ? clock_steady_ms(updates->clock) : 0;
    if (is_past_ceiling(item, request, now_ms)) {
        updates->counts.hosts_slowed++;
        set_outcome(item, UPDATE_TROUBLE, WHY_THROTTLED);
        count_down(item->call);
        return;
    }
    change_update(updates->change, &item->host, request, &item->call->update->origin,
                  host_done, item);
    /* What is not settled was queued, and so is a change. */
    uint32_t *bucket = item->settled ? NULL : find_bucket(updates, item->host.id);
    if (bucket)
        (void)bucket_take(&updates->host_changes, bucket, now_ms);
}

/* ----- the call ----- */

static size_t count_hosts(struct str hosts)
{
    size_t count = 0;
    for (struct str left = hosts, piece; str_next(&left, ',', &piece);)
        count += str_trim(piece).n > 0;
    return count;
}

/* Fills items and outcomes as far as the names alone tell. */
static void name_all(struct call *call, struct arena *arena)
{
    call->items =
        (struct item *)arena_take_array(arena, call->count, sizeof(*call->items));
    call->outcomes = (struct update_outcome *)arena_take_array(arena, call->count,
                                                               sizeof(*call->outcomes));
    size_t i = 0;
    for (struct str left = call->update->hosts, piece; str_next(&left, ',', &piece);) {
        piece = str_trim(piece);
        if (piece.n == 0)
            continue;
        struct item *item = &call->items[i];
        item->call = call;
        item->outcome = &call->outcomes[i];
        who_names(piece, &item->name, &item->wildcard, item->outcome);
        i++;
    }
}

/* A host that is named twice, or with its wildcard, is changed once and has one outcome. */
static void find_same(const struct call *call, struct item *item)
{
    for (const struct item *other = call->items; other < item; other++)
        if (other->found && other->host.id == item->host.id) {
            item->same_as = other;
            item->found = false;
            return;
        }
}

/* False: a host must not be updated without TLS, which stops the call before any change. */
static bool find_all(struct call *call, const struct asker *asker)
{
    for (size_t i = 0; i < call->count; i++) {
        struct item *item = &call->items[i];
        if (item->outcome->code != UPDATE_GOOD)
            continue;
        who_finds(call->updates, asker, &item->name, call->update->origin.encrypted,
                  &item->host, item->outcome);
        if (item->outcome->code == UPDATE_GOOD && item->wildcard && !item->host.wildcard)
            set_outcome(item, UPDATE_NOHOST, WHY_NO_WILDCARD);
        item->found = item->outcome->code == UPDATE_GOOD;
        if (item->found)
            find_same(call, item);
        if (item->outcome->why == WHY_PLAIN_HTTP)
            return false;
    }
    return true;
}

static void change_all(struct call *call, bool may_renumber)
{
    const struct rule_request request = {
        .values = call->update->values,
        .count = call->update->value_count,
        .source = call->update->origin.source,
        .offline = call->update->offline,
        .may_renumber = may_renumber,
    };
    call->waiting = 1; /* ours, so that an answer at once does not finish too early */
    for (size_t i = 0; i < call->count; i++) {
        struct item *item = &call->items[i];
        if (!item->found)
            continue;
        call->waiting++;
        if (call->update->dry_run)
            preview(item, &request);
        else
            change_one(item, &request);
    }
    count_down(call);
}

void update_run(struct updates *updates, struct arena *arena, struct update *update,
                update_done_fn done, void *ctx)
{
    struct call *call = ARENA_NEW(arena, struct call);
    *call =
        (struct call){ .updates = updates, .update = update, .done = done, .ctx = ctx };

    call->count = count_hosts(update->hosts);
    bool is_named = call->count > 0 && call->count <= updates->hosts_max;
    if (is_named)
        name_all(call, arena);
    struct asker asker;
    enum update_why why =
        who_asks(updates, update, is_named ? &call->items[0].name : NULL, &asker);
    if (why != WHY_NOTHING) {
        enum update_code code = who_refuse(updates, update, &why);
        finish_whole(call, code, why);
        return;
    }
    update->origin.token_id = asker.token.id;

    if (call->count == 0) {
        finish_whole(call, UPDATE_NOTFQDN, WHY_NOT_FQDN);
        return;
    }
    if (!is_named) {
        finish_whole(call, UPDATE_NUMHOST, WHY_TOO_MANY);
        return;
    }
    if (find_all(call, &asker)) {
        change_all(call, (asker.token.rights & RIGHT_PREFIX) != 0);
        return;
    }
    change_expose_token(updates->change, asker.token.id);
    finish_whole(call, UPDATE_BADAUTH, WHY_PLAIN_HTTP);
}
