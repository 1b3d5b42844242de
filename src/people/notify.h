// SPDX-License-Identifier: GPL-3.0-or-later
/* notify.h - the one place from which people are told of what happens to their accounts.
 *
 * Mail is not configured: nothing is sent. Whoever makes a link hands it over himself. */
#pragma once

#include "store/tables.h"

enum people_notice {
    NOTICE_INVITED, /* with a link */
    NOTICE_RESET,   /* with a link */
    NOTICE_LOGGED_IN,
    NOTICE_PASSWORD, /* it was changed */
    NOTICE_FACTOR    /* the second factor came, changed or went */
};

/* Within the transaction of what happens. `link` is empty where there is none. False: nothing is
 * sent, and whoever asked has to be shown the link. */
bool people_notify(struct store *store, enum people_notice notice,
                   const struct account_row *account, struct str link);
