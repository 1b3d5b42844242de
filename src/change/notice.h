// SPDX-License-Identifier: GPL-3.0-or-later
/* notice.h - mails to owners about what happens to their things. Only for the files of this room. */
#pragma once

#include "post/post.h"

/* About a token, to the account that has it; about each token only once. `post` NULL, or an owner
 * who does not want it: nothing happens. */
MUST_CHECK enum status notice_of_token(const struct post *post, struct store *store,
                                       enum post_kind kind, const struct token_row *token,
                                       int64_t now_s, struct error *err);
