// SPDX-License-Identifier: GPL-3.0-or-later
/* who.h - the token that an update comes with, and whether it may change this host. */
#pragma once

#include "update/updates.h"

struct asker {
    struct token_row token;
    struct access_account account;
};

/* The token of the call. WHY_NOTHING: it may update, and is in *asker; else the reason why it
 * may not. `next` is the host that will be looked up afterwards, or NULL; it saves time only. */
enum update_why who_asks(const struct updates *updates, const struct update *update,
                         const struct name *next, struct asker *asker);
/* Code and reason of an outcome that account/access.h has judged. */
struct update_outcome who_outcome(enum access_result access);
/* The code for a caller without a valid token. It counts against the throttle of the source. */
enum update_code who_refuse(struct updates *updates, const struct update *update,
                            enum update_why *why);
/* The name of a host in what a device writes for it, which may be a URL: without scheme, port
 * and path, and without the "*." of a wildcard. */
struct str who_host_text(struct str text, bool *wildcard);
/* Reads that name. Sets code and reason of the outcome: UPDATE_GOOD, or UPDATE_NOTFQDN. */
void who_names(struct str text, struct name *name, bool *wildcard,
               struct update_outcome *out);
/* Looks up the host. Sets code and reason of the outcome; UPDATE_GOOD: the asker may change it,
 * and it is in *host. */
void who_finds(const struct updates *updates, const struct asker *asker,
               const struct name *name, bool encrypted, struct host_row *host,
               struct update_outcome *out);
