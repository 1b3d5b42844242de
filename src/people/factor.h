// SPDX-License-Identifier: GPL-3.0-or-later
/* factor.h - the second factor: codes of an authenticator app, and recovery codes. Each code works
 * once. All calls stand within a transaction of the writer, except for factor_is_on(). */
#pragma once

#include "account/recovery.h"
#include "account/totp.h"
#include "store/tables.h"

/* Whether the account has a second factor. */
MUST_CHECK enum status factor_is_on(struct store *store, int64_t account_id, bool *out,
                                    struct error *err);

/* Makes a seed, in the place of one that is not on yet. ERR_CONFLICT: one is on. */
MUST_CHECK enum status factor_begin(struct store *store, const struct keys *keys,
                                    int64_t now_s, int64_t account_id,
                                    uint8_t seed[TOTP_SEED_SIZE], struct error *err);
/* The seed that was begun is on from now on, if the code is one of it. ERR_NOT_FOUND: none was
 * begun. ERR_CONFLICT: it is on. ERR_DENIED: the code is wrong. */
MUST_CHECK enum status factor_turn_on(struct store *store, const struct keys *keys,
                                      int64_t now_s, int64_t account_id, struct str code,
                                      struct error *err);
/* ERR_NOT_FOUND: there is none. */
MUST_CHECK enum status factor_turn_off(struct store *store, int64_t account_id,
                                       struct error *err);
/* New recovery codes in the place of the old ones. */
MUST_CHECK enum status factor_make_codes(struct store *store, const struct keys *keys,
                                         int64_t account_id,
                                         char out[RECOVERY_CODES][RECOVERY_TEXT_SIZE],
                                         struct error *err);
/* Uses up a code of either kind, of an account whose factor is on. ERR_DENIED: it is wrong, or has
 * been used. */
MUST_CHECK enum status factor_use(struct store *store, const struct keys *keys,
                                  int64_t now_s, int64_t account_id, struct str code,
                                  struct error *err);
