// SPDX-License-Identifier: GPL-3.0-or-later
/* notify.h - the one place from which people are told by mail of what happens to their accounts. */
#pragma once

#include "base/ip.h"
#include "post/post.h"

enum people_event {
    EVENT_INVITED,       /* with a secret */
    EVENT_RESET,         /* with a secret */
    EVENT_LOGGED_IN,     /* with a source, as all below */
    EVENT_PASSWORD,      /* it was changed */
    EVENT_FACTOR_ON,     /* the second factor */
    EVENT_FACTOR_OFF,    /* likewise */
    EVENT_RECOVERY_CODE, /* one was used; with those that are left */
    /* These three with a name. */
    EVENT_PASSKEY_ADDED,
    EVENT_PASSKEY_REMOVED,
    EVENT_PASSKEY_COPIED
};

struct people_notice {
    enum people_event event;
    int64_t account_id, now_s;
    struct ip source;  /* none: an operator, at the machine */
    struct str secret; /* of a link */
    int64_t codes_left;
    struct str name; /* of a passkey */
};

/* Within the transaction of what happens. *sent: a mail waits; else whoever made a link has to hand
 * it over. `post` NULL: this service sends no mails. ERR_IO. */
MUST_CHECK enum status people_notify(const struct post *post, struct store *store,
                                     const struct people_notice *notice, bool *sent,
                                     struct error *err);

/* Tells operators that accounts wait for them: at once, and again after some hours at the earliest.
 * Within a transaction. */
MUST_CHECK enum status people_notify_operators(const struct post *post,
                                               struct store *store, int64_t now_s,
                                               struct error *err);
