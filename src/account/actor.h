// SPDX-License-Identifier: GPL-3.0-or-later
/* actor.h - for whom something is done, which is what rights are judged by. */
#pragma once

#include "store/tables.h"

enum actor_kind {
    ACTOR_NONE,    /* may do nothing; so does whatever was not filled in */
    ACTOR_MACHINE, /* the operator, at the machine */
    ACTOR_SESSION, /* an account, by a person who has logged in */
    ACTOR_TOKEN    /* an account, by a program with a token of kind TOKEN_API */
};

enum actor_right {
    ACTOR_READS = 1,
    ACTOR_WRITES = 2
};

struct actor {
    enum actor_kind kind;
    unsigned rights; /* set of enum actor_right */
    /* Of the account; 0 and ROLE_USER at the machine. */
    int64_t account_id;
    enum account_role role;
};

/* The operator, at the machine. */
struct actor actor_at_machine(void);
/* The actor may do everything: at the machine, or as an account that is an operator's. */
bool actor_is_operator(const struct actor *actor);
/* What belongs to that account is the actor's to decide about. */
bool actor_owns(const struct actor *actor, int64_t owner_id);

/* Looks up what the actor's account is by now; a role may have been taken away since. Who
 * fills in the actor vouches for its session or token. ERR_DENIED: there is no actor, or its
 * account is blocked or gone. */
MUST_CHECK enum status actor_renew(struct actor *actor, struct store *store,
                                   struct error *err);
