// SPDX-License-Identifier: GPL-3.0-or-later
/* limits.h - how often people may try to log in, and ask for mails. An attempt counts before it is known whether it is
 * right, and alike for accounts that there are and that there are not. Sessions that there are go
 * on whatever strangers do. */
#pragma once

#include <stdbool.h>

#include "base/ip.h"
#include "base/str.h"

enum {
    LIMIT_PAIR_EVERY_MS = 60000, /* one account from one source */
    LIMIT_PAIR_BURST = 5,
    LIMIT_SOURCE_EVERY_MS = 15000, /* all accounts from one source */
    LIMIT_SOURCE_BURST = 20,
    LIMIT_ACCOUNT_EVERY_MS = 72000, /* one account from all sources */
    LIMIT_ACCOUNT_BURST = 50,
    LIMIT_AGAIN_EVERY_MS = 60000, /* a session that confirms its password */
    LIMIT_AGAIN_BURST = 5,
    LIMIT_CODE_EVERY_MS = 60000, /* codes of one account, after the right password */
    LIMIT_CODE_BURST = 5,
    LIMIT_MAIL_EVERY_MS = 20000, /* mails that one source asks for */
    LIMIT_MAIL_BURST = 5,
    LIMIT_MOVE_EVERY_MS = 3600000, /* an account that asks for another address */
    LIMIT_MOVE_BURST = 3,
    LIMIT_MAILS_PER_HOUR =
        200, /* that all sources ask for, unless limits_set_mails() says else */
    LIMIT_PASSKEY_EVERY_MS = 15000, /* what passkeys of one account have signed */
    LIMIT_PASSKEY_BURST = 20,
};

struct limits;

struct limits *limits_new(void);
void limits_free(struct limits *limits);

/* Each gives the seconds to wait; 0: go on, and it counted. `now_ms` is of a steady clock. */
int limits_login(struct limits *limits, struct str email, struct ip source,
                 int64_t now_ms);
/* Of an attempt that names no account. */
int limits_source(struct limits *limits, struct ip source, int64_t now_ms);
int limits_passkey(struct limits *limits, int64_t account_id, int64_t now_ms);
int limits_code(struct limits *limits, int64_t account_id, int64_t now_ms);
/* A mail that a stranger asks for, whatever address it would go to. */
int limits_mail(struct limits *limits, struct ip source, int64_t now_ms);
/* How many of these all sources together may ask for within an hour, at least 1. */
void limits_set_mails(struct limits *limits, uint32_t per_hour);
int limits_move(struct limits *limits, int64_t account_id, int64_t now_ms);
int limits_again(struct limits *limits, int64_t account_id, int64_t now_ms);
