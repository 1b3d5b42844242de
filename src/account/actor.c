// SPDX-License-Identifier: GPL-3.0-or-later
#include "account/actor.h"

#include "account/access.h"

struct actor actor_at_machine(void)
{
    return (struct actor){ .kind = ACTOR_MACHINE, .rights = ACTOR_READS | ACTOR_WRITES };
}

bool actor_is_operator(const struct actor *actor)
{
    return actor->kind == ACTOR_MACHINE ||
           (actor->kind != ACTOR_NONE && actor->role == ROLE_OPERATOR);
}

bool actor_owns(const struct actor *actor, int64_t owner_id)
{
    return actor_is_operator(actor) ||
           (actor->kind != ACTOR_NONE && actor->account_id != 0 &&
            access_is_owner(actor->account_id, actor->role, owner_id));
}

enum status actor_renew(struct actor *actor, struct store *store, struct error *err)
{
    struct account_row account;
    if (actor->kind == ACTOR_MACHINE)
        return OK;
    if (actor->kind == ACTOR_NONE)
        return FAIL(err, ERR_DENIED, "nobody may do this without an account");
    enum status status = store_account_find(store, actor->account_id, &account, err);
    if (status == ERR_NOT_FOUND)
        return FAIL(err, ERR_DENIED, "the account is gone");
    if (status)
        return status;
    if (account.state != ACCOUNT_ACTIVE)
        return FAIL(err, ERR_DENIED, "the account is blocked");
    actor->role = account.role;
    return OK;
}
