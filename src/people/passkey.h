// SPDX-License-Identifier: GPL-3.0-or-later
/* passkey.h - what a passkey proves. Only for the files of this room. */
#pragma once

#include "account/webauthn.h"
#include "people/challenge.h"

struct act;
struct people_passkey;

/* Of a passkey that has answered: which, and what is to be written of it. */
struct passkey_proof {
    int64_t passkey_id, account_id;
    struct webauthn_use use;
};

/* On the loop: judges the answer to a challenge, and uses the challenge up. What is wrong with it is
 * told; but not whether there is such a passkey, and whose. ERR_DENIED; ERR_CONFLICT: there are no
 * passkeys here. ERR_BUSY: it was tried too often; *wait_s: for how long. ERR_IO. */
MUST_CHECK enum status passkey_judge(const struct act *act,
                                     enum challenge_purpose purpose,
                                     const struct people_passkey *given,
                                     struct passkey_proof *out, int *wait_s,
                                     struct error *err);
/* What is said of a passkey that nobody has, or that has signed something else. */
extern const char passkey_wrong[];

/* For `write`: act->proof counts, as a proof of act->account. ERR_DENIED, "passkey": it is another's,
 * is gone, or its counter fell, which its owner hears of. */
MUST_CHECK enum status passkey_use(struct act *act, struct store *store,
                                   struct error *err);
