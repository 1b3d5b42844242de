// SPDX-License-Identifier: GPL-3.0-or-later
#include "rest/gate.h"

#include "account/zone_role.h"
#include "rest/name.h"
#include "rest/rest.h"

/* What decides about a thing that a path names. */
struct thing {
    int64_t owner_id;     /* 0: the zone's roles decide alone */
    int64_t version;      /* its last_change; REST_ANY_VERSION: it has none */
    int64_t zone_id;      /* whose roles count, too; 0: none */
    bool is_owners_alone; /* others may see it, at most */
};

static enum status look_at_self(const struct rest_call *call, struct thing *out,
                                struct error *err)
{
    struct account_row row;
    enum status status =
        store_account_find(call->admin.store, call->admin.actor.account_id, &row, err);
    if (!status)
        *out = (struct thing){ .owner_id = row.id, .version = row.last_change };
    return status;
}

static enum status look_at_account(const struct rest_call *call, struct thing *out,
                                   struct error *err)
{
    struct account_row row;
    enum status status = rest_find_account(call, call->arg, &row, err);
    if (!status)
        *out = (struct thing){ .owner_id = row.id, .version = row.last_change };
    return status;
}

static enum status look_at_zone(const struct rest_call *call, struct thing *out,
                                struct error *err)
{
    struct zone_row row;
    enum status status = rest_find_zone(call, call->arg, &row, err);
    if (!status)
        *out = (struct thing){ .owner_id = row.owner_id,
                               .version = row.last_change,
                               .zone_id = row.id };
    return status;
}

static enum status look_at_host(const struct rest_call *call, struct thing *out,
                                struct error *err)
{
    struct host_row row;
    enum status status = rest_find_host(call, call->arg, &row, err);
    if (!status)
        *out = (struct thing){ .owner_id = row.owner_id,
                               .version = row.last_change,
                               .zone_id = row.zone_id };
    return status;
}

static enum status look_at_token(const struct rest_call *call, struct thing *out,
                                 struct error *err)
{
    struct token_row row;
    enum status status = rest_find_token(call, call->arg, &row, err);
    if (!status)
        *out = (struct thing){ .owner_id = row.account_id, .version = row.last_change };
    return status;
}

static enum status look_at_session(const struct rest_call *call, struct thing *out,
                                   struct error *err)
{
    struct session_row row;
    enum status status = rest_find_session(call, call->arg, &row, err);
    if (!status)
        *out = (struct thing){ .owner_id = row.account_id, .version = REST_ANY_VERSION };
    return status;
}

/* Of a record at a host's name or below it the host's owner, of all others the zone's roles. */
static enum status look_at_record(const struct rest_call *call, struct thing *out,
                                  struct error *err)
{
    struct record_row row;
    struct host_row host = { .owner_id = 0 };
    enum status status = rest_find_record(call, call->arg, &row, err);
    if (!status && row.host_id)
        status = store_host_find(call->admin.store, row.host_id, &host, err);
    if (!status)
        *out = (struct thing){ .owner_id = host.owner_id,
                               .version = REST_ANY_VERSION,
                               .zone_id = row.zone_id,
                               .is_owners_alone = row.host_id != 0 };
    return status;
}

static enum status look_at_member(const struct rest_call *call, struct thing *out,
                                  struct error *err)
{
    struct member_row row;
    enum status status = rest_find_member(call, call->arg, &row, err);
    if (!status)
        *out = (struct thing){ .owner_id = row.account_id,
                               .version = REST_ANY_VERSION,
                               .zone_id = row.zone_id };
    return status;
}

/* Who has to do with it passes as its owner. */
static enum status look_at_request(const struct rest_call *call, struct thing *out,
                                   struct error *err)
{
    struct request_row row;
    enum request_side side = REQUEST_OF_OTHERS;
    enum status status = rest_find_request(call, call->arg, &row, err);
    if (!status)
        status = admin_request_side(&call->admin, &row, &side, err);
    if (!status)
        *out = (struct thing){ .owner_id = side == REQUEST_OF_OTHERS
                                               ? 0
                                               : call->admin.actor.account_id,
                               .version = REST_ANY_VERSION };
    return status;
}

/* `zone_id` 0: nobody's. */
static enum status look_at_zone_id(const struct rest_call *call, int64_t zone_id,
                                   struct thing *out, struct error *err)
{
    struct zone_row zone = { .owner_id = 0 };
    enum status status =
        zone_id ? store_zone_find(call->admin.store, zone_id, &zone, err) : OK;
    if (status && status != ERR_NOT_FOUND)
        return status;
    *out = (struct thing){ .version = REST_ANY_VERSION };
    if (!status) {
        out->owner_id = zone.owner_id;
        out->zone_id = zone.id;
    }
    return OK;
}

static enum status look_at_reserved(const struct rest_call *call, struct thing *out,
                                    struct error *err)
{
    struct reserved_row row;
    enum status status = rest_find_reserved(call, call->arg, &row, err);
    return status ? status : look_at_zone_id(call, row.zone_id, out, err);
}

static enum status look_at_tombstone(const struct rest_call *call, struct thing *out,
                                     struct error *err)
{
    struct tombstone_row row;
    enum status status = rest_find_tombstone(call, call->arg, &row, err);
    return status ? status : look_at_zone_id(call, row.zone_id, out, err);
}

static const struct {
    const char *thing;
    enum status (*look)(const struct rest_call *call, struct thing *out,
                        struct error *err);
    enum zone_act act; /* who may it in the zone takes the route, too */
    enum zone_act
        sees; /* who may that is told that it may not, not that nothing is there */
} owned[NEED_LAST + 1] = {
    [NEED_SELF] = { .thing = "account", .look = look_at_self },
    [NEED_OWN_ACCOUNT] = { .thing = "account", .look = look_at_account },
    [NEED_LOOK_AT_ZONE] = { "zone", look_at_zone, ZONE_LOOK, ZONE_LOOK },
    [NEED_SET_ZONE] = { "zone", look_at_zone, ZONE_SET, ZONE_LOOK },
    [NEED_OWN_ZONE] = { "zone", look_at_zone, ZONE_REMOVE, ZONE_LOOK },
    [NEED_JUDGE_HOST] = { "host", look_at_host, ZONE_JUDGE_HOSTS, ZONE_LOOK_AT_ALL },
    [NEED_OWN_HOST] = { "host", look_at_host, ZONE_NOTHING, ZONE_LOOK_AT_ALL },
    [NEED_OWN_TOKEN] = { .thing = "token", .look = look_at_token },
    [NEED_OWN_RECORD] = { "record", look_at_record, ZONE_SET, ZONE_LOOK_AT_ALL },
    [NEED_OWN_SESSION] = { .thing = "session", .look = look_at_session },
    [NEED_MEMBER] = { "member", look_at_member, ZONE_CHANGE_CREATORS,
                      ZONE_CHANGE_CREATORS },
    [NEED_REQUEST] = { .thing = "request", .look = look_at_request },
    [NEED_OWN_RESERVED] = { "reserved word", look_at_reserved, ZONE_SET, ZONE_LOOK },
    [NEED_OWN_QUARANTINE] = { "name in quarantine", look_at_tombstone, ZONE_SET,
                              ZONE_LOOK_AT_ALL },
};

static enum status judge_version(const struct thing *thing, struct rest_call *call,
                                 struct error *err)
{
    call->is_stale = call->version != REST_ANY_VERSION && call->version != thing->version;
    return call->is_stale ? FAIL(err, ERR_CONFLICT, "it has changed meanwhile") : OK;
}

/* What the actor's role in the thing's zone lets it do. */
static enum status judge_role(enum rest_need need, const struct thing *thing,
                              struct rest_call *call, struct error *err)
{
    struct zone_row zone;
    enum zone_role role = ZONE_STRANGER;
    struct store *store = call->admin.store;
    enum status status =
        thing->zone_id ? store_zone_find(store, thing->zone_id, &zone, err) : OK;
    if (!status && thing->zone_id)
        status = zone_role_of_actor(store, &call->admin.actor, &zone, &role, err);
    if (status)
        return status;
    if (zone_role_may(role, owned[need].act) && !thing->is_owners_alone)
        return OK;
    if (zone_role_may(role, owned[need].sees))
        return FAIL(err, ERR_DENIED, "only the %s's owner may do this",
                    owned[need].thing);
    return rest_missing(ERR_NOT_FOUND, owned[need].thing, call->arg, err);
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
        status = judge_role(need, &thing, call, err);
    return status ? status : judge_version(&thing, call, err);
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

/* What is about the actor's own account and its sessions, and nothing else. */
static bool is_about_self(enum rest_need need)
{
    switch (need) {
    case NEED_ANYONE:
    case NEED_SESSION:
    case NEED_SELF:
    case NEED_OWN_ACCOUNT:
    case NEED_OWN_SESSION:
        return true;
    case NEED_UNDECIDED:
    case NEED_OPERATOR:
    case NEED_ACCOUNT:
    case NEED_LOOK_AT_ZONE:
    case NEED_SET_ZONE:
    case NEED_OWN_ZONE:
    case NEED_JUDGE_HOST:
    case NEED_OWN_HOST:
    case NEED_OWN_TOKEN:
    case NEED_OWN_RECORD:
    case NEED_MEMBER:
    case NEED_REQUEST:
    case NEED_OWN_RESERVED:
    case NEED_OWN_QUARANTINE:
        break;
    }
    return false;
}

static enum status judge_right(const struct rest_route *route, struct rest_call *call,
                               struct error *err)
{
    unsigned rights = call->admin.actor.rights;
    if (rights & ACTOR_WAITS) {
        if (is_about_self(route->need))
            return OK;
        call->word = "waiting";
        return FAIL(err, ERR_DENIED, "the account waits for an operator, who lets it in");
    }
    bool reads = rest_route_reads(route);
    if (!(rights & (reads ? ACTOR_READS : ACTOR_WRITES)))
        return FAIL(err, ERR_DENIED, "the token has no right to %s",
                    reads ? "read" : "write");
    return OK;
}

enum status rest_gate_judge_actor(const struct rest_route *route, struct rest_call *call,
                                  struct error *err)
{
    struct actor *actor = &call->admin.actor;
    if (route->need == NEED_ANYONE && actor->kind == ACTOR_NONE)
        return OK;
    enum status status = actor_renew(actor, call->admin.store, call->admin.now_s, err);
    if (status)
        return status;
    status = judge_right(route, call, err);
    return status ? status : judge_need(route->need, call, err);
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
