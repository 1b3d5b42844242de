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

static unsigned rights_of(const struct token_row *token)
{
    return (token->rights & RIGHT_READ ? ACTOR_READS : 0U) |
           (token->rights & RIGHT_WRITE ? ACTOR_WRITES : 0U);
}

struct actor actor_of_token(const struct token_row *token, struct ip source)
{
    return (struct actor){ .kind = ACTOR_TOKEN,
                           .rights = rights_of(token),
                           .account_id = token->account_id,
                           .token_id = token->id,
                           .source = source };
}

struct actor actor_of_session(const struct session_row *session, struct ip source)
{
    return (struct actor){ .kind = ACTOR_SESSION,
                           .rights = ACTOR_READS | ACTOR_WRITES,
                           .account_id = session->account_id,
                           .session_id = session->id,
                           .fresh_s = session->fresh_s,
                           .source = source };
}

static enum status renew_account(struct actor *actor, struct store *store, bool *waits,
                                 struct error *err)
{
    struct account_row account;
    enum status status = store_account_find(store, actor->account_id, &account, err);
    if (status == ERR_NOT_FOUND)
        return FAIL(err, ERR_DENIED, "the account is gone");
    if (status)
        return status;
    if (!access_logs_in(account.state))
        return FAIL(err, ERR_DENIED, "the account is %s",
                    account.state == ACCOUNT_BLOCKED ? "blocked" : "being removed");
    *waits = account.state == ACCOUNT_WAITING;
    actor->role = *waits ? ROLE_USER : account.role;
    return OK;
}

static enum status renew_token(struct actor *actor, struct store *store, int64_t now_s,
                               struct error *err)
{
    struct token_row token;
    enum status status = store_token_find(store, actor->token_id, &token, err);
    if (status == ERR_NOT_FOUND)
        return FAIL(err, ERR_DENIED, "the token is gone");
    if (status)
        return status;
    switch (token_judge(&token, 0, actor->source, now_s)) {
    case TOKEN_EXPIRED:
        return FAIL(err, ERR_DENIED, "the token has expired");
    case TOKEN_WRONG_NETWORK:
        return FAIL(err, ERR_DENIED, "the token may not be used from %s",
                    ip_text(actor->source));
    case TOKEN_NO_RIGHT:
    case TOKEN_OK:
        break;
    }
    actor->rights = rights_of(&token);
    if (!(token.rights & RIGHT_OPERATE) && actor->role == ROLE_OPERATOR)
        actor->role = ROLE_ZONE_OWNER;
    return OK;
}

static enum status renew_session(struct actor *actor, struct store *store, int64_t now_s,
                                 struct error *err)
{
    struct session_row session;
    enum status status = store_session_find(store, actor->session_id, &session, err);
    if (status && status != ERR_NOT_FOUND)
        return status;
    if (status || now_s >= session.expires_s || session.account_id != actor->account_id)
        return FAIL(err, ERR_DENIED, "the session has ended");
    actor->fresh_s = session.fresh_s;
    return OK;
}

enum status actor_renew(struct actor *actor, struct store *store, int64_t now_s,
                        struct error *err)
{
    if (actor->kind == ACTOR_MACHINE)
        return OK;
    if (actor->kind == ACTOR_NONE)
        return FAIL(err, ERR_DENIED, "nobody may do this without an account");
    bool waits = false;
    enum status status = renew_account(actor, store, &waits, err);
    if (!status)
        status = actor->kind == ACTOR_TOKEN ? renew_token(actor, store, now_s, err)
                                            : renew_session(actor, store, now_s, err);
    if (!status && waits)
        actor->rights = actor->kind == ACTOR_SESSION ? ACTOR_WAITS : 0U;
    return status;
}
