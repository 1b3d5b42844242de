// SPDX-License-Identifier: GPL-3.0-or-later
#include "rest/gate.h"

static enum status owner_of_account(const struct rest_call *call, int64_t *owner_id,
                                    struct error *err)
{
    struct account_row row;
    enum status status = rest_find_account(call, call->arg, &row, err);
    if (!status)
        *owner_id = row.id;
    return status;
}

static enum status owner_of_zone(const struct rest_call *call, int64_t *owner_id,
                                 struct error *err)
{
    struct zone_row row;
    enum status status = rest_find_zone(call, call->arg, &row, err);
    if (!status)
        *owner_id = row.owner_id;
    return status;
}

static enum status owner_of_host(const struct rest_call *call, int64_t *owner_id,
                                 struct error *err)
{
    struct host_row row;
    enum status status = rest_find_host(call, call->arg, &row, err);
    if (!status)
        *owner_id = row.owner_id;
    return status;
}

static enum status owner_of_token(const struct rest_call *call, int64_t *owner_id,
                                  struct error *err)
{
    struct token_row row;
    enum status status = rest_find_token(call, call->arg, &row, err);
    if (!status)
        *owner_id = row.account_id;
    return status;
}

/* Of a record at a host's name or below it the host's owner, of all others the zone's. */
static enum status owner_of_record(const struct rest_call *call, int64_t *owner_id,
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
        *owner_id = row.host_id ? host.owner_id : zone.owner_id;
    return status;
}

static const struct {
    const char *thing;
    enum status (*find_owner)(const struct rest_call *call, int64_t *owner_id,
                              struct error *err);
} owned[NEED_LAST + 1] = {
    [NEED_OWN_ACCOUNT] = { "account", owner_of_account },
    [NEED_OWN_ZONE] = { "zone", owner_of_zone },
    [NEED_OWN_HOST] = { "host", owner_of_host },
    [NEED_OWN_TOKEN] = { "token", owner_of_token },
    [NEED_OWN_RECORD] = { "record", owner_of_record },
};

static enum status judge_owner(enum rest_need need, const struct rest_call *call,
                               struct error *err)
{
    int64_t owner_id = 0;
    enum status status = owned[need].find_owner(call, &owner_id, err);
    if (status || actor_owns(&call->admin.actor, owner_id))
        return status;
    return rest_missing(ERR_NOT_FOUND, owned[need].thing, call->arg, err);
}

static enum status judge_need(enum rest_need need, const struct rest_call *call,
                              struct error *err)
{
    if (need == NEED_UNDECIDED)
        return FAIL(err, ERR_DENIED, "nobody has decided who may do this");
    if (need == NEED_ACCOUNT || actor_is_operator(&call->admin.actor))
        return OK;
    if (need == NEED_OPERATOR)
        return FAIL(err, ERR_DENIED, "only operators may do this");
    return judge_owner(need, call, err);
}

enum status rest_gate_judge(const struct rest_route *route, struct rest_call *call,
                            struct error *err)
{
    struct actor *actor = &call->admin.actor;
    unsigned right = route->read ? ACTOR_READS : ACTOR_WRITES;
    enum status status = actor_renew(actor, call->admin.store, call->admin.now_s, err);
    if (status)
        return status;
    if (!(actor->rights & right))
        return FAIL(err, ERR_DENIED, "the token has no right to %s",
                    route->read ? "read" : "write");
    return judge_need(route->need, call, err);
}

enum status rest_gate_call(const struct rest_route *route, struct rest_call *call,
                           struct error *err)
{
    enum status status = rest_gate_judge(route, call, err);
    if (status)
        return status;
    return route->read ? route->read(call, err) : route->write(call, err);
}
