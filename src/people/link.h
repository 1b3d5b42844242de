// SPDX-License-Identifier: GPL-3.0-or-later
/* link.h - links that let somebody in once. The secret stands behind the '#', which browsers send
 * to nobody, and in no log. */
#pragma once

#include "account/secret.h"
#include "base/origin.h"
#include "post/post.h"
#include "store/tables.h"

enum {
    LINK_INVITE_S = 7 * 86400,
    LINK_RESET_S = 30 * 60,
    LINK_SIGN_UP_S = 86400,
    LINK_ADDRESS_S = 86400,
    LINK_URL_SIZE = ORIGIN_SIZE + SECRET_TEXT_SIZE + 16
};

/* Makes one of row->purpose for row->account_id, at row->created_s, in the place of older ones of
 * that purpose; or one that makes the account of somebody who was invited, if row->request_id and
 * row->expires_s are set. Within a transaction. ERR_CONFLICT: there is no origin. */
MUST_CHECK enum status link_make(struct store *store, const struct keys *keys,
                                 const char *origin, struct link_row *row,
                                 char url[LINK_URL_SIZE], struct error *err);
/* Likewise one of LINK_RESET, or of LINK_SIGN_UP for row->email, which only the mail has. *sent: the
 * mail waits; else, as when its recipient would get too many, older links stay as they are. */
MUST_CHECK enum status link_mail(const struct post *post, struct store *store,
                                 struct link_row *row, bool *sent, struct error *err);
