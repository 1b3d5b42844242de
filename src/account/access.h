// SPDX-License-Identifier: GPL-3.0-or-later
/* access.h - whether a token may change a host, as the rows say now. Pure.
 *
 * Nothing is remembered of what held when the token was made: its account may have been
 * blocked or have lost its role since then, and the host may have another owner. So it is
 * asked at every use, and again in the transaction where something may have changed between
 * the two. */
#pragma once

#include "account/token.h"

enum access_result {
    ACCESS_GRANTED,
    ACCESS_NO_TOKEN,
    ACCESS_EXPIRED,
    ACCESS_WRONG_NETWORK,
    ACCESS_NO_RIGHT,
    ACCESS_BLOCKED, /* the token's account is */
    ACCESS_NO_HOST,
    ACCESS_NOT_ON_TOKEN,
    ACCESS_NOT_OWNER, /* the host is another's, and the token's account no operator */
    ACCESS_DISABLED,  /* the host is */
    ACCESS_ABUSE,
    ACCESS_PLAIN /* in clear, which the host does not allow */
};

enum {
    ACCESS_LAST = ACCESS_PLAIN
};

/* What counts of the account that a token acts for. */
struct access_account {
    enum account_state state;
    enum account_role role;
};

/* Whether hosts of that owner are within the reach of the account. */
bool access_is_owner(int64_t account_id, enum account_role role, int64_t owner_id);
/* Whether the token may act now, from `source`, with the right `right`. */
enum access_result access_of_token(const struct token_row *token,
                                   const struct access_account *account, unsigned right,
                                   struct ip source, int64_t now_s);
/* Whether a token that may act may change this host. ACCESS_PLAIN comes last: only who may
 * have the host learns it. */
enum access_result access_to_host(const struct token_row *token,
                                  const struct access_account *account,
                                  const struct host_row *host, bool encrypted);
