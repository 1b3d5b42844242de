// SPDX-License-Identifier: GPL-3.0-or-later
/* The way of an update: its hosts are named, found and changed one by one, and the call ends
 * when the last of them has its outcome. */
#include "update/update.h"

#include "rule/challenge.h"
#include "update/refused.h"
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
    struct waiter waiter; /* for the secondaries of its zone */
};

struct call {
    struct updates *updates;
    struct update *update;
    struct item *items;
    struct update_outcome *outcomes;
    size_t count, waiting;
    struct waiter waiter;
    bool unseen, unacknowledged; /* as of struct update_result */
    int64_t account_id;          /* of the token */
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

static void finish_hosts(const struct call *call)
{
    const struct update_result result = { .outcomes = call->outcomes,
                                          .count = call->count,
                                          .unseen = call->unseen,
                                          .unacknowledged = call->unacknowledged };
    end(call, &result);
}

static void zone_acknowledged(void *ctx, bool acknowledged)
{
    const struct item *item = (const struct item *)ctx;
    struct call *call = item->call;
    call->unacknowledged |= !acknowledged;
    if (--call->waiting == 0)
        finish_hosts(call);
}

/* Hosts of one zone need one question. */
static bool asks_for_its_zone(const struct item *item)
{
    if (item->outcome->code > UPDATE_NOCHG)
        return false;
    for (const struct item *other = item->call->items; other < item; other++)
        if (other->outcome->code <= UPDATE_NOCHG &&
            other->host.zone_id == item->host.zone_id)
            return false;
    return true;
}

static void ask_for_zone(struct item *item)
{
    struct updates *updates = item->call->updates;
    struct zone_row zone;
    item->call->waiting++;
    item->waiter = (struct waiter){ .fn = zone_acknowledged, .ctx = item };
    waits_add(&updates->secondaries, &item->waiter, ++updates->asked);
    if (!store_zone_find(change_reader(updates->change), item->host.zone_id, &zone, NULL))
        updates->ask_secondaries(updates->ask_ctx, updates->asked, &zone.name);
}

/* Authorities ask any of the name servers, so that a value counts when all have it. */
static void ask_secondaries(struct call *call)
{
    call->waiting = 1; /* ours */
    for (size_t i = 0; i < call->count; i++)
        if (asks_for_its_zone(&call->items[i]))
            ask_for_zone(&call->items[i]);
    if (--call->waiting == 0)
        finish_hosts(call);
}

static void image_seen(void *ctx, bool seen)
{
    struct call *call = (struct call *)ctx;
    bool asks = call->update->txt && call->updates->ask_secondaries;
    call->unseen = !seen;
    call->unacknowledged = asks && !seen;
    if (asks && seen)
        ask_secondaries(call);
    else
        finish_hosts(call);
}

/* The change that the image has to carry before the host is seen as the reply says. A host that
 * stays as it is may have been changed by an earlier call; only the database knows when. */
static int64_t seq_of(const struct call *call, size_t i)
{
    struct host_row row;
    if (call->outcomes[i].code == UPDATE_NOCHG && !call->update->txt &&
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

static void note_refusals(const struct call *call)
{
    for (size_t i = 0; i < call->count && !call->update->dry_run; i++)
        if (call->outcomes[i].code > UPDATE_NOCHG)
            refused_host(call->updates, call->account_id, &call->items[i].host,
                         call->outcomes[i].why);
}

/* Trouble with one host is the result of the whole call: the client asks again, and what was
 * committed is then a nochg. So is a token that ended while hosts waited. */
static void finish(struct call *call)
{
    for (size_t i = 0; i < call->count; i++)
        if (call->items[i].same_as)
            *call->items[i].outcome = *call->items[i].same_as->outcome;
    note_refusals(call);
    if (finish_as(call, UPDATE_TROUBLE) || finish_as(call, UPDATE_BADAUTH))
        return;
    if (!call->update->wait || call->update->dry_run) {
        finish_hosts(call);
        return;
    }
    call->waiter = (struct waiter){ .fn = image_seen, .ctx = call };
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
    case CHANGE_BAD_TXT:
        set_outcome(item, UPDATE_BADTXT, WHY_NO_PLACE);
        return;
    case CHANGE_REFUSED:
        *item->outcome = who_outcome(outcome->access);
        return;
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
    const struct update_txt *txt = item->call->update->txt;
    struct rule_decision decision = { .verdict = RULE_SAME };
    struct change_outcome outcome = { .result = CHANGE_SAME };
    if (!txt || !txt->alone)
        outcome.result =
            change_try(item->call->updates->change, &item->host, request, &decision);
    /* What stands at the name of the values only the writer knows. */
    if (txt && outcome.result == CHANGE_SAME)
        outcome.result = CHANGE_DONE;
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
    if (item->call->update->txt)
        return true;
    return change_preview(updates->change, &item->host, request, &decision) ==
               CHANGE_DONE &&
           (decision.verdict == RULE_CHANGE || decision.has_prefix);
}

static void submit(struct item *item, const struct rule_request *request)
{
    const struct update *update = item->call->update;
    struct change *change = item->call->updates->change;
    if (!update->txt) {
        change_update(change, &item->host, request, &update->origin, host_done, item);
        return;
    }
    const struct change_txt_request values = {
        .txt = &update->txt->change,
        .addresses = update->txt->alone ? NULL : request,
    };
    change_txt(change, &item->host, &values, &update->origin, host_done, item);
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
    submit(item, request);
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
        if (call->update->txt)
            piece = challenge_host(piece);
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
    bool is_bad_txt = call->update->txt && call->update->txt->is_bad;
    for (size_t i = 0; i < call->count; i++) {
        struct item *item = &call->items[i];
        if (item->outcome->code != UPDATE_GOOD)
            continue;
        who_finds(call->updates, asker, &item->name, call->update->origin.encrypted,
                  &item->host, item->outcome);
        if (item->outcome->code == UPDATE_GOOD && item->wildcard && !item->host.wildcard)
            set_outcome(item, UPDATE_NOHOST, WHY_NO_WILDCARD);
        if (item->outcome->code == UPDATE_GOOD && is_bad_txt)
            set_outcome(item, UPDATE_BADTXT, WHY_BAD_TXT);
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

struct update_txt *update_txt_new(struct arena *arena)
{
    struct update_txt *txt = ARENA_NEW(arena, struct update_txt);
    txt->change.life_s = CHALLENGE_LIFE_S;
    txt->change.keep = CHALLENGE_VALUES_MAX;
    return txt;
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
        if (is_named && call->outcomes[0].code == UPDATE_GOOD && !update->dry_run)
            refused_call(updates, update, why, &asker, &call->items[0].name);
        finish_whole(call, code, why);
        return;
    }
    update->origin.token_id = asker.token.id;
    call->account_id = asker.token.account_id;

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
    note_refusals(call);
    change_expose_token(updates->change, asker.token.id);
    finish_whole(call, UPDATE_BADAUTH, WHY_PLAIN_HTTP);
}
