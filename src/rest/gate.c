// SPDX-License-Identifier: GPL-3.0-or-later
#include "rest/gate.h"

#include "rest/rest.h"

/* What decides about a thing that a path names. */
struct thing {
    int64_t owner_id;
    int64_t version; /* its last_change; REST_ANY_VERSION: it has none */
};

static enum status look_at_self(const struct rest_call *call, struct thing *out,
                                struct error *err)
{
    struct account_row row;
    enum status status =
        store_account_find(call->admin.store, call->admin.actor.account_id, &row, err);
    if (!status)
        *out = (struct thing){ row.id, row.last_change };
    return status;
}

static enum status look_at_account(const struct rest_call *call, struct thing *out,
                                   struct error *err)
{
    struct account_row row;
    enum status status = rest_find_account(call, call->arg, &row, err);
    if (!status)
        *out = (struct thing){ row.id, row.last_change };
    return status;
}

static enum status look_at_zone(const struct rest_call *call, struct thing *out,
                                struct error *err)
{
    struct zone_row row;
    enum status status = rest_find_zone(call, call->arg, &row, err);
    if (!status)
        *out = (struct thing){ row.owner_id, row.last_change };
    return status;
}

static enum status look_at_host(const struct rest_call *call, struct thing *out,
                                struct error *err)
{
    struct host_row row;
    enum status status = rest_find_host(call, call->arg, &row, err);
    if (!status)
        *out = (struct thing){ row.owner_id, row.last_change };
    return status;
}

static enum status look_at_token(const struct rest_call *call, struct thing *out,
                                 struct error *err)
{
    struct token_row row;
    enum status status = rest_find_token(call, call->arg, &row, err);
    if (!status)
        *out = (struct thing){ row.account_id, row.last_change };
    return status;
}

static enum status look_at_session(const struct rest_call *call, struct thing *out,
                                   struct error *err)
{
    struct session_row row;
    enum status status = rest_find_session(call, call->arg, &row, err);
    if (!status)
        *out = (struct thing){ row.account_id, REST_ANY_VERSION };
    return status;
}

/* Of a record at a host's name or below it the host's owner, of all others the zone's. */
static enum status look_at_record(const struct rest_call *call, struct thing *out,
                                  struct error *err)
{
    struct record_row row;
    struct host_row host;
    struct zone_row zone;
    struct store *store = call->admin.store;
    enum status status = rest_find_record(call, call->arg, &row, err);
    if (status)
        return status;
    status = row.host_id ? store_host_find(store, row.host_id, &host, err)
                         : store_zone_find(store, row.zone_id, &zone, err);
    if (!status)
        *out = (struct thing){ row.host_id ? host.owner_id : zone.owner_id,
                               REST_ANY_VERSION };
    return status;
}

static const struct {
    const char *thing;
    enum status (*look)(const struct rest_call *call, struct thing *out,
                        struct error *err);
} owned[NEED_LAST + 1] = {
    [NEED_SELF] = { "account", look_at_self },
    [NEED_OWN_ACCOUNT] = { "account", look_at_account },
    [NEED_OWN_ZONE] = { "zone", look_at_zone },
    [NEED_OWN_HOST] = { "host", look_at_host },
    [NEED_OWN_TOKEN] = { "token", look_at_token },
    [NEED_OWN_RECORD] = { "record", look_at_record },
    [NEED_OWN_SESSION] = { "session", look_at_session },
};

static enum status judge_version(const struct thing *thing, struct rest_call *call,
                                 struct error *err)
{
    call->is_stale = call->version != REST_ANY_VERSION && call->version != thing->version;
    return call->is_stale ? FAIL(err, ERR_CONFLICT, "it has changed meanwhile") : OK;
}

static enum status judge_owner(enum rest_need need, struct rest_call *call,
                               struct error *err)
{
    struct thing thing = { .owner_id = 0 };
    const struct actor *actor = &call->admin.actor;
    /* An operator owns everything: the route's function says itself what is missing. */
    if (actor_is_operator(actor) && call->version == REST_ANY_VERSION)
        return OK;
    enum status status = owned[need].look(call, &thing, err);
    if (status)
        return status;
    if (!actor_owns(actor, thing.owner_id))
        return rest_missing(ERR_NOT_FOUND, owned[need].thing, call->arg, err);
    return judge_version(&thing, call, err);
}

static enum status judge_need(enum rest_need need, const struct rest_call *call,
                              struct error *err)
{
    if (need == NEED_UNDECIDED)
        return FAIL(err, ERR_DENIED, "nobody has decided who may do this");
    if (need == NEED_SESSION)
        return call->admin.actor.kind == ACTOR_SESSION
                   ? OK
                   : FAIL(err, ERR_DENIED, "only somebody who has logged in may do this");
    if (need == NEED_OPERATOR)
        return actor_is_operator(&call->admin.actor)
                   ? OK
                   : FAIL(err, ERR_DENIED, "only operators may do this");
    return OK;
}

enum status rest_gate_judge_actor(const struct rest_route *route, struct rest_call *call,
                                  struct error *err)
{
    struct actor *actor = &call->admin.actor;
    bool reads = rest_route_reads(route);
    unsigned right = reads ? ACTOR_READS : ACTOR_WRITES;
    if (route->need == NEED_ANYONE && actor->kind == ACTOR_NONE)
        return OK;
    enum status status = actor_renew(actor, call->admin.store, call->admin.now_s, err);
    if (status)
        return status;
    if (!(actor->rights & right))
        return FAIL(err, ERR_DENIED, "the token has no right to %s",
                    reads ? "read" : "write");
    return judge_need(route->need, call, err);
}

enum status rest_gate_judge(const struct rest_route *route, struct rest_call *call,
                            struct error *err)
{
    enum status status = rest_gate_judge_actor(route, call, err);
    if (!status && owned[route->need].look)
        status = judge_owner(route->need, call, err);
    return status || !route->needs_fresh ? status : rest_need_fresh(call, err);
}

enum status rest_gate_call(const struct rest_route *route, struct rest_call *call,
                           struct error *err)
{
    enum status status = rest_gate_judge(route, call, err);
    if (status)
        return status;
    return route->read ? route->read(call, err) : route->write(call, err);
}
