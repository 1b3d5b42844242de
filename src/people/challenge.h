// SPDX-License-Identifier: GPL-3.0-or-later
/* challenge.h - what an authenticator signs: good for five minutes, for one purpose, in one session,
 * and once.
 *
 * Anybody may ask for one to log in, so none is stored when it is made: it holds when and what for,
 * under a key that this process has made for itself. A restart ends them all. Those that were used
 * are kept until they would have ended. Only what a registered passkey has signed, or a session has
 * registered, counts as a use: so what strangers send takes no room, and who tries one challenge
 * several times gains nothing, as a signature cannot be guessed. */
#pragma once

#include "base/str.h"

enum challenge_purpose {
    CHALLENGE_LOGIN,
    CHALLENGE_REGISTER,
    CHALLENGE_CONFIRM
};
enum {
    CHALLENGE_SIZE = 40,
    CHALLENGE_MS = 5 * 60 * 1000,
    CHALLENGES_USED_MAX = 8192
};

struct challenges;

struct challenges *challenges_new(void);
/* NULL is fine. */
void challenges_free(struct challenges *challenges);

/* `session_id` is 0 for a stranger; `now_ms` of a steady clock. */
void challenge_make(const struct challenges *challenges, enum challenge_purpose purpose,
                    int64_t session_id, int64_t now_ms, uint8_t out[CHALLENGE_SIZE]);
/* Whether it is one of ours, for this and not too old. It may have been used. */
bool challenge_is_ours(const struct challenges *challenges,
                       enum challenge_purpose purpose, int64_t session_id, int64_t now_ms,
                       struct str challenge);
/* Uses up one of ours. ERR_DENIED: it was used. ERR_BUSY: too many were, within five minutes. */
MUST_CHECK enum status challenge_use(struct challenges *challenges, int64_t now_ms,
                                     struct str challenge);
