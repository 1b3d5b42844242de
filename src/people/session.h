// SPDX-License-Identifier: GPL-3.0-or-later
/* session.h - how long a session lasts, and how one begins. */
#pragma once

#include "account/secret.h"
#include "store/tables.h"

enum {
    SESSION_IDLE_S = 12 * 3600,
    SESSION_S = 7 * 86400,
    SESSION_KEEP_S = 30 * 86400, /* one that outlives the browser, used or not */
    SESSION_FRESH_S = 10 * 60    /* after a password */
};

/* `used_s`: its newest use. Pure. */
bool session_is_over(const struct session_row *row, int64_t used_s, int64_t now_s);

/* Begins one for row->account_id: the caller has filled in that, keep, source and agent. Within a
 * transaction. */
MUST_CHECK enum status session_begin(struct store *store, const struct keys *keys,
                                     int64_t now_s, struct session_row *row,
                                     char secret[SECRET_TEXT_SIZE], struct error *err);
/* Gives it another secret, and makes it fresh. */
MUST_CHECK enum status session_renew(struct store *store, const struct keys *keys,
                                     int64_t now_s, struct session_row *row,
                                     char secret[SECRET_TEXT_SIZE], struct error *err);
