// SPDX-License-Identifier: GPL-3.0-or-later
#include "account/access.h"

bool access_logs_in(enum account_state state)
{
    return state == ACCOUNT_ACTIVE || state == ACCOUNT_WAITING;
}

bool access_is_owner(int64_t account_id, enum account_role role, int64_t owner_id)
{
    return account_id == owner_id || role == ROLE_OPERATOR;
}

enum access_result access_of_token(const struct token_row *token,
                                   const struct access_account *account, unsigned right,
                                   struct ip source, int64_t now_s)
{
    if (token->kind != TOKEN_UPDATE)
        return ACCESS_NO_RIGHT;
    switch (token_judge(token, right, source, now_s)) {
    case TOKEN_OK:
        return account->state == ACCOUNT_ACTIVE ? ACCESS_GRANTED : ACCESS_BLOCKED;
    case TOKEN_EXPIRED:
        return ACCESS_EXPIRED;
    case TOKEN_WRONG_NETWORK:
        return ACCESS_WRONG_NETWORK;
    case TOKEN_NO_RIGHT:
        break;
    }
    return ACCESS_NO_RIGHT;
}

enum access_result access_to_host(const struct token_row *token,
                                  const struct access_account *account,
                                  const struct host_row *host, bool encrypted)
{
    if (!token_has_host(token, host->id))
        return ACCESS_NOT_ON_TOKEN;
    if (!access_is_owner(token->account_id, account->role, host->owner_id))
        return ACCESS_NOT_OWNER;
    if (host->state == HOST_ABUSE)
        return ACCESS_ABUSE;
    if (host->state == HOST_DISABLED)
        return ACCESS_DISABLED;
    return host->plain_http || encrypted ? ACCESS_GRANTED : ACCESS_PLAIN;
}
