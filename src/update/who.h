// SPDX-License-Identifier: GPL-3.0-or-later
/* who.h - who asks for an update, and whether he may have this host. */
#pragma once

#include "update/updates.h"

struct asker {
    struct token_row token;
    struct access_account account;
};

/* The token of the call: WHY_NOTHING and *asker, or why not. `next` is the host that will be
 * looked for after it, or NULL: no more than a saving of time. */
enum update_why who_asks(const struct updates *updates, const struct update *update,
                         const struct name *next, struct asker *asker);
/* How a refusal is told: code and why. */
struct update_outcome who_outcome(enum access access);
/* What someone without a valid token is told. Takes from his source's measure. */
enum update_code who_refuse(struct updates *updates, const struct update *update,
                            enum update_why *why);
/* A host's name out of what a device writes for it: a URL's, without scheme, port and path,
 * and without the "*." of a wildcard. */
struct str who_host_text(struct str text, bool *wildcard);
/* The outcome's code and why are set: UPDATE_GOOD, or UPDATE_NOTFQDN. */
void who_names(struct str text, struct name *name, bool *wildcard,
               struct update_outcome *out);
/* The host of that name, and whether the asker may change it; the outcome is set likewise:
 * UPDATE_GOOD and *host when it may. */
void who_finds(const struct updates *updates, const struct asker *asker,
               const struct name *name, bool encrypted, struct host_row *host,
               struct update_outcome *out);
