// SPDX-License-Identifier: GPL-3.0-or-later
#include "account/zone_role.h"

#include <assert.h>

bool zone_role_may(enum zone_role role, enum zone_act act)
{
    static const enum zone_role least[ZONE_ACTS] = {
        [ZONE_LOOK] = ZONE_CREATOR,
        [ZONE_SET] = ZONE_MANAGER,
        [ZONE_LOOK_AT_ALL] = ZONE_MANAGER,
        [ZONE_JUDGE_HOSTS] = ZONE_MANAGER,
        [ZONE_CHANGE_CREATORS] = ZONE_MANAGER,
        [ZONE_CHANGE_MANAGERS] = ZONE_OWNER,
        [ZONE_REMOVE] = ZONE_OWNER,
        [ZONE_GIVE] = ZONE_OPERATOR,
    };
    assert(act < ZONE_ACTS);
    return act != ZONE_NOTHING && role >= least[act];
}

bool zone_role_makes_hosts(enum zone_role role, enum zone_policy policy)
{
    switch (policy) {
    case ZONE_NOBODY:
        return role >= ZONE_MANAGER;
    case ZONE_INVITED:
    case ZONE_APPROVAL:
        return role >= ZONE_CREATOR;
    case ZONE_EVERYBODY:
        return true;
    }
    return false;
}

static enum status find(struct store *store, int64_t account_id,
                        const struct zone_row *zone, enum zone_role *out,
                        struct error *err)
{
    struct member_row member;
    *out = ZONE_STRANGER;
    if (account_id == 0)
        return OK;
    if (account_id == zone->owner_id) {
        *out = ZONE_OWNER;
        return OK;
    }
    enum status status =
        store_member_find_account(store, zone->id, account_id, &member, err);
    if (!status)
        *out = member.role == MEMBER_MANAGER ? ZONE_MANAGER : ZONE_CREATOR;
    return status == ERR_NOT_FOUND ? OK : status;
}

enum status zone_role_of_actor(struct store *store, const struct actor *actor,
                               const struct zone_row *zone, enum zone_role *out,
                               struct error *err)
{
    if (actor_is_operator(actor)) {
        *out = ZONE_OPERATOR;
        return OK;
    }
    return find(store, actor->kind == ACTOR_NONE ? 0 : actor->account_id, zone, out, err);
}

enum status zone_role_of_account(struct store *store, const struct account_row *account,
                                 const struct zone_row *zone, enum zone_role *out,
                                 struct error *err)
{
    bool is_active = account->state == ACCOUNT_ACTIVE;
    if (is_active && account->role == ROLE_OPERATOR) {
        *out = ZONE_OPERATOR;
        return OK;
    }
    return find(store, is_active ? account->id : 0, zone, out, err);
}
