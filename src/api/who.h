// SPDX-License-Identifier: GPL-3.0-or-later
/* who.h - who asks for an update, and whether he may have this host. */
#pragma once

#include "api/update.h"

/* The token of the call: WHY_NOTHING and *token, or why not. */
enum update_why who_asks(const struct api *api, const struct update *update,
                         struct token_row *token);
/* What someone without a valid token is told. Takes from his source's measure. */
enum update_code who_refuse(struct api *api, const struct update *update,
                            enum update_why *why);
/* Which host `text` means, and whether the token may change it: WHY_NOTHING and *host. The
 * outcome's code and why are set; UPDATE_GOOD when it may. */
void who_finds(const struct api *api, const struct token_row *token, struct str text,
               struct host_row *host, struct update_outcome *out);
