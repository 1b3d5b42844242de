// SPDX-License-Identifier: GPL-3.0-or-later
/* actor.h - the actor of a request: the operator or account for which it is made. Its rights
 * decide what the request may do. */
#pragma once

#include "account/token.h"
#include "store/tables.h"

enum actor_kind {
    ACTOR_NONE,    /* may do nothing; an actor that was not filled in is this one */
    ACTOR_MACHINE, /* the operator, at the machine */
    ACTOR_SESSION, /* an account: a person that has logged in */
    ACTOR_TOKEN    /* an account: a program with a token of kind TOKEN_API */
};

enum actor_right {
    ACTOR_READS = 1,
    ACTOR_WRITES = 2,
    /* Alone: only what is about its own account and sessions, as the account waits for an
     * operator. */
    ACTOR_WAITS = 4
};

struct actor {
    enum actor_kind kind;
    unsigned rights; /* set of enum actor_right */
    /* The account's; 0 and ROLE_USER at the machine. A token without RIGHT_OPERATE acts for no
     * operator, and an account that waits is none. */
    int64_t account_id;
    enum account_role role;
    int64_t token_id;   /* ACTOR_TOKEN */
    int64_t session_id; /* ACTOR_SESSION */
    int64_t fresh_s;  /* ACTOR_SESSION: until then what is dangerous needs no password */
    struct ip source; /* from where it asks; none at the machine */
};

/* The operator, at the machine. */
struct actor actor_at_machine(void);
/* A program that came with this token, from `source`. actor_renew() is still due. */
struct actor actor_of_token(const struct token_row *token, struct ip source);
/* A person that has this session, at `source`. actor_renew() is still due. */
struct actor actor_of_session(const struct session_row *session, struct ip source);
/* Whether the actor may do everything: it is at the machine, or its account is an operator's. */
bool actor_is_operator(const struct actor *actor);
/* Whether the actor may change what belongs to this account. */
bool actor_owns(const struct actor *actor, int64_t owner_id);

/* Looks up what the actor is by now: the role of its account, which may have lost one, and the
 * rights of its token. A person whose account waits has ACTOR_WAITS. Whether a session has idled for too long is checked by whoever fills in the
 * actor. ERR_DENIED: there is no actor, its account is blocked or gone, its session has ended, or
 * its token is gone, has expired or may not be used from there. */
MUST_CHECK enum status actor_renew(struct actor *actor, struct store *store,
                                   int64_t now_s, struct error *err);
