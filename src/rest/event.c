// SPDX-License-Identifier: GPL-3.0-or-later
#include "rest/event.h"

#include "base/json.h"
#include "rest/resource.h"

enum status rest_event_listen(struct rest_call *call, struct error *err)
{
    const struct actor *actor = &call->admin.actor;
    struct str all = rest_param(call, "all");
    if (all.n && !str_equal(all, STR("1")))
        return FAIL(err, ERR_SYNTAX, "all: must be 1");
    if (all.n && !actor_is_operator(actor))
        return FAIL(err, ERR_DENIED, "all: only operators hear of everything");
    if (actor->account_id == 0 || !call->rest->events)
        return FAIL(err, ERR_DENIED, "events are told over HTTP alone");
    call->listens = true;
    call->listens_to_all = all.n > 0;
    return OK;
}

/* ----- a host ----- */

static enum status tell_gone(const struct name *name, struct json **out)
{
    struct json *object = json_new_object();
    json_put_text(object, "name", str_from(name_text(name)));
    json_put_bool(object, "removed", true);
    *out = object;
    return OK;
}

static bool is_of(int64_t account_id, int64_t owner_id)
{
    return account_id == EVENTS_OF_ALL || account_id == owner_id;
}

enum status rest_event_host(const struct rest *rest, const struct event *event,
                            struct json **out, struct error *err)
{
    /* Told are its owner and operators, who see all of it. */
    const struct rest_call call = { .admin = { .store = change_reader(rest->change),
                                               .actor = actor_at_machine() },
                                    .rest = rest };
    struct host_row row;
    enum status status = store_host_find(call.admin.store, event->host_id, &row, err);
    if (!status)
        return is_of(event->account_id, row.owner_id)
                   ? rest_host_json(&call, &row, out, err)
                   : tell_gone(&row.name, out);
    struct change_row change = { .name = { .n = 0 } };
    if (status == ERR_NOT_FOUND)
        status = store_change_find(call.admin.store, event->seq, &change, err);
    if (!status && change.name.n == 0)
        return FAIL(err, ERR_NOT_FOUND, "the host is gone, and so is its name");
    return status ? status : tell_gone(&change.name, out);
}

enum status rest_event_served(const struct rest *rest, const struct event *event,
                              struct json **out, struct error *err)
{
    struct host_row row;
    enum status status =
        store_host_find(change_reader(rest->change), event->host_id, &row, err);
    if (status)
        return status;
    if (!is_of(event->account_id, row.owner_id))
        return FAIL(err, ERR_NOT_FOUND, "the host has another owner");
    *out = json_new_object();
    json_put_text(*out, "name", str_from(name_text(&row.name)));
    json_put_number(*out, "seq", event->seq);
    return OK;
}

/* ----- what was missed ----- */

struct replay {
    const struct rest *rest;
    int64_t account_id, now_s, after;
    struct event found[EVENT_REPLAY_MAX];
    size_t count, walked;
    struct error *err;
};

static enum status give_up(const struct replay *replay)
{
    return FAIL(replay->err, ERR_NOT_FOUND, "there is too much that was missed");
}

/* The host's newest change is the one that counts, and its place among the others. */
static enum status note(struct replay *replay, const struct change_row *row)
{
    size_t at = 0;
    while (at < replay->count && replay->found[at].host_id != row->id)
        at++;
    if (at == EVENT_REPLAY_MAX)
        return give_up(replay);
    if (at < replay->count)
        replay->count--;
    for (; at < replay->count; at++)
        replay->found[at] = replay->found[at + 1];
    replay->found[replay->count++] = (struct event){ .kind = TOLD_HOST,
                                                     .account_id = replay->account_id,
                                                     .host_id = row->id,
                                                     .seq = row->seq,
                                                     .reached = row->seq };
    return OK;
}

/* A host that is gone belonged to whoever its name is kept for. */
static enum status take_gone(struct replay *replay, const struct change_row *row)
{
    int64_t owner_id = 0;
    if (row->name.n == 0 || row->after_n > 0)
        return OK; /* the row of its removal follows */
    if (replay->account_id == EVENTS_OF_ALL)
        return note(replay, row);
    enum status status =
        store_tombstone_find(change_reader(replay->rest->change), &row->name,
                             replay->now_s, &owner_id, replay->err);
    if (status)
        return status;
    return owner_id == replay->account_id ? note(replay, row) : OK;
}

static enum status take_change(void *ctx, const struct change_row *row)
{
    struct replay *replay = (struct replay *)ctx;
    /* The first row is the one that the listener knows: else the journal does not reach back. */
    if (replay->walked++ == 0)
        return row->seq == replay->after ? OK : give_up(replay);
    if (replay->walked > EVENT_REPLAY_WALK)
        return give_up(replay);
    if (row->kind != CHANGE_HOST)
        return OK;
    int64_t owner_id = change_owner(replay->rest->change, row->id);
    if (owner_id == 0)
        return take_gone(replay, row);
    if (is_of(replay->account_id, owner_id))
        return note(replay, row);
    /* It changed hands, and may have been this account's before. */
    bool was_given = row->name.n > 0 && row->before_n > 0;
    return was_given ? give_up(replay) : OK;
}

enum status rest_event_replay(const struct rest *rest, int64_t account_id, int64_t seq,
                              enum status (*fn)(void *ctx, const struct event *event),
                              void *ctx, struct error *err)
{
    struct replay replay = { .rest = rest,
                             .account_id = account_id,
                             .now_s = clock_wall_s(rest->clock),
                             .after = seq,
                             .err = err };
    const struct store_page page = { .after = seq - 1, .limit = EVENT_REPLAY_WALK + 1 };
    if (seq < 0 || seq > change_seq(rest->change))
        return give_up(&replay);
    enum status status = seq == change_seq(rest->change)
                             ? OK
                             : store_change_list(change_reader(rest->change), page,
                                                 take_change, &replay, err);
    for (size_t i = 0; i < replay.count && !status; i++)
        status = fn(ctx, &replay.found[i]);
    return status;
}
