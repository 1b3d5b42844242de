// SPDX-License-Identifier: GPL-3.0-or-later
/* notify.h - the one place from which people are told by mail of what happens to their accounts. */
#pragma once

#include "base/ip.h"
#include "post/post.h"

enum people_event {
    EVENT_INVITED,   /* with a secret; there is no kind of mail for it yet */
    EVENT_RESET,     /* with a secret */
    EVENT_LOGGED_IN, /* with a source */
    EVENT_PASSWORD,  /* it was changed; there is no kind of mail for it yet */
    EVENT_FACTOR,    /* the second factor came or went; likewise */
    /* These three with a name. */
    EVENT_PASSKEY_ADDED,
    EVENT_PASSKEY_REMOVED,
    EVENT_PASSKEY_COPIED
};

struct people_notice {
    enum people_event event;
    int64_t account_id, now_s;
    struct ip source;
    struct str secret; /* of a link */
    struct str name;   /* of a passkey */
};

/* Within the transaction of what happens. *sent: a mail waits; else whoever made a link has to hand
 * it over. `post` NULL: this service sends no mails. ERR_IO. */
MUST_CHECK enum status people_notify(const struct post *post, struct store *store,
                                     const struct people_notice *notice, bool *sent,
                                     struct error *err);
