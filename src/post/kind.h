// SPDX-License-Identifier: GPL-3.0-or-later
/* kind.h - the kinds of mails: what each needs, and who may do without it.
 *
 * A new kind is a value at the end here, a row in kind.c, and a section in each file of mails/. The
 * numbers stand in the database. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum post_kind {
    POST_CONFIRM = 0,
    POST_RESET = 1,
    POST_NEW_LOGIN = 2,
    POST_NEW_TOKEN = 3,
    POST_EXPOSED_TOKEN = 4,
    POST_HOST_SILENT = 5,
    POST_HOST_FAILING = 6,
    POST_CERTIFICATE = 7,
    POST_NAME_UNUSED = 8,
    POST_TEST = 9,
    POST_ACCOUNT_EXISTS = 10,
    POST_ACCOUNT_WAITING = 11,
    POST_ACCOUNT_APPROVED = 12,
    POST_INVITATION = 13,
    POST_ADDRESS_NEW = 14,
    POST_ADDRESS_OLD = 15,
    POST_ADDRESS_CHANGED = 16,
    POST_NEW_PASSWORD = 17,
    POST_FACTOR_ON = 18,
    POST_FACTOR_OFF = 19,
    POST_RECOVERY_CODE = 20,
    POST_JOIN_ASKED = 21,
    POST_ZONE_INVITED = 22,
    POST_ZONE_INVITATION = 23,
    POST_HOST_OFFERED = 24,
    POST_HOST_TAKEN = 25,
    POST_REQUEST_ACCEPTED = 26,
    POST_REQUEST_DECLINED = 27,
    POST_PASSKEY_ADDED = 28,
    POST_PASSKEY_REMOVED = 29,
    POST_PASSKEY_COPIED = 30,
    POST_ACCOUNT_ENDED = 31,
    POST_ACCOUNT_UNUSED = 32,
};
/* Why updates of a host are refused: a section [why-...] of mails/ has the words. */
enum post_reason {
    POST_WHY_NONE = 0,
    POST_WHY_UNKNOWN_TOKEN,
    POST_WHY_EXPIRED,
    POST_WHY_NETWORK,
    POST_WHY_RIGHT,
    POST_WHY_ACCOUNT,
    POST_WHY_OTHER_HOST,
    POST_WHY_DISABLED,
    POST_WHY_ABUSE,
    POST_WHY_IN_CLEAR,
    POST_WHY_ADDRESS,
    POST_WHY_WILDCARD,
};
enum {
    POST_KINDS = POST_ACCOUNT_UNUSED + 1,
    POST_REASONS = POST_WHY_WILDCARD + 1,
    POST_FIELDS_MAX = 4
};

/* A word in braces that the sender of the mail fills in. */
struct post_field {
    const char *name;
    const char *example; /* for a look at the mail */
};

struct post_traits {
    const char *name; /* "new-token" */
    /* Its owner may switch it off, and the mail says how. */
    bool can_be_off;
    /* Anybody can make us send it to any address. */
    bool is_asked_for;
    /* It tells of what somebody who has broken in would do: no other mails use up its room. */
    bool is_security;
    bool has_reason; /* an enum post_reason: the word {reason} */
    /* Where the secret of the mail leads, as in "/confirm"; NULL: it has none. */
    const char *path;
    /* How long it is of use; 0: as long as delivery is tried. */
    int64_t lifetime_s;
    struct post_field fields[POST_FIELDS_MAX + 1]; /* the last one has no name */
};

extern const struct post_traits post_traits[POST_KINDS];

/* The names of all kinds, by their numbers, and of those that can be off; both end with NULL. */
extern const char *const post_kind_names[POST_KINDS + 1];
extern const char *const post_kinds_off[];

/* False: there is no kind of that name. */
bool post_kind_find(struct str name, enum post_kind *out);
