// SPDX-License-Identifier: GPL-3.0-or-later
/* access.h - decides whether a token may change a host, by the rows as they are now. Pure.
 *
 * What was true when the token was made does not count: since then its account may have been
 * blocked or have lost its role, and the host may have another owner. So callers ask at every use,
 * and once more in the transaction if something may have changed in between. */
#pragma once

#include "account/token.h"

enum access_result {
    ACCESS_GRANTED,
    ACCESS_NO_TOKEN,
    ACCESS_EXPIRED,
    ACCESS_WRONG_NETWORK,
    ACCESS_NO_RIGHT,
    ACCESS_BLOCKED, /* the token's account is blocked */
    ACCESS_NO_HOST,
    ACCESS_NOT_ON_TOKEN,
    ACCESS_NOT_OWNER, /* the host is another account's, and the token's is no operator */
    ACCESS_DISABLED,  /* the host is disabled */
    ACCESS_ABUSE,
    ACCESS_PLAIN /* without TLS, which the host requires */
};

enum {
    ACCESS_LAST = ACCESS_PLAIN
};

/* The part of the token's account that decides. */
struct access_account {
    enum account_state state;
    enum account_role role;
};

/* Whether people log in to an account of this state. */
bool access_logs_in(enum account_state state);
/* Whether the account may change hosts of this owner. */
bool access_is_owner(int64_t account_id, enum account_role role, int64_t owner_id);
/* Whether the token may act now, from `source`, with the right `right`. */
enum access_result access_of_token(const struct token_row *token,
                                   const struct access_account *account, unsigned right,
                                   struct ip source, int64_t now_s);
/* Whether a token that may act may change this host. ACCESS_PLAIN is checked last, so that only a
 * client that may change the host learns about it. */
enum access_result access_to_host(const struct token_row *token,
                                  const struct access_account *account,
                                  const struct host_row *host, bool encrypted);
