// SPDX-License-Identifier: GPL-3.0-or-later
#include "post/kind.h"

#include "store/rows.h"

enum {
    HALF_HOUR_S = 1800,
    DAY_S = 86400,
    WEEK_S = 7 * DAY_S
};

#define TIME \
    { \
        "time", "2030-01-31 12:00 UTC" \
    }
#define SOURCE \
    { \
        "source", "203.0.113.9" \
    }
#define HOST \
    { \
        "host", "home.dyn.example.org" \
    }
#define HOSTS \
    { \
        "hosts", "home.dyn.example.org, office.dyn.example.org" \
    }
#define HOSTS_HEARD \
    { \
        "hosts", "home.dyn.example.org (2029-06-30 12:00 UTC)" \
    }
#define TOKEN \
    { \
        "token", "12" \
    }
#define PASSKEY \
    { \
        "passkey", "Laptop" \
    }

#define WHO \
    { \
        "who", "alice@example.org" \
    }
#define ZONE \
    { \
        "zone", "dyn.example.org" \
    }
#define UNTIL \
    { \
        "until", "2030-02-14 12:00 UTC" \
    }
#define WHAT \
    { \
        "what", "bob@example.org, dyn.example.org" \
    }

_Static_assert((int)POST_KINDS <= (int)MAIL_KINDS_MAX, "the database takes each kind");

const struct post_traits post_traits[POST_KINDS] = {
    [POST_CONFIRM] = { .name = "confirm",
                       .is_asked_for = true,
                       .path = "/confirm",
                       .lifetime_s = DAY_S },
    [POST_RESET] = { .name = "reset",
                     .is_asked_for = true,
                     .path = "/reset",
                     .lifetime_s = HALF_HOUR_S },
    [POST_NEW_LOGIN] = { .name = "new-login",
                         .can_be_off = true,
                         .fields = { TIME, SOURCE } },
    [POST_NEW_TOKEN] = { .name = "new-token",
                         .can_be_off = true,
                         .fields = { TIME, HOST, HOSTS, TOKEN } },
    [POST_EXPOSED_TOKEN] = { .name = "exposed-token",
                             .can_be_off = true,
                             .fields = { TIME, HOST, HOSTS, TOKEN } },
    [POST_HOST_SILENT] = { .name = "host-silent",
                           .can_be_off = true,
                           .fields = { HOST, HOSTS_HEARD } },
    [POST_HOST_FAILING] = { .name = "host-failing",
                            .can_be_off = true,
                            .has_reason = true,
                            .fields = { TIME, HOST } },
    [POST_CERTIFICATE] = { .name = "certificate",
                           .can_be_off = true,
                           .fields = { TIME, { "title", "main" } } },
    [POST_NAME_UNUSED] = { .name = "name-unused",
                           .can_be_off = true,
                           .fields = { TIME, HOST, HOSTS_HEARD } },
    [POST_TEST] = { .name = "test", .fields = { TIME } },
    [POST_ACCOUNT_EXISTS] = { .name = "account-exists", .is_asked_for = true },
    [POST_ACCOUNT_WAITING] = { .name = "account-waiting",
                               .can_be_off = true,
                               .fields = { TIME, { "count", "3" } } },
    [POST_ACCOUNT_APPROVED] = { .name = "account-approved" },
    [POST_INVITATION] = { .name = "invitation",
                          .path = "/confirm",
                          .lifetime_s = WEEK_S },
    [POST_ADDRESS_NEW] = { .name = "address-new",
                           .is_asked_for = true,
                           .path = "/address",
                           .lifetime_s = DAY_S },
    [POST_ADDRESS_OLD] = { .name = "address-old",
                           .is_security = true,
                           .path = "/address",
                           .lifetime_s = DAY_S,
                           .fields = { TIME, SOURCE, { "new", "new@example.org" } } },
    [POST_ADDRESS_CHANGED] = { .name = "address-changed",
                               .is_security = true,
                               .fields = { TIME } },
    [POST_NEW_PASSWORD] = { .name = "new-password",
                            .is_security = true,
                            .fields = { TIME, SOURCE } },
    [POST_FACTOR_ON] = { .name = "factor-on",
                         .is_security = true,
                         .fields = { TIME, SOURCE } },
    [POST_FACTOR_OFF] = { .name = "factor-off",
                          .is_security = true,
                          .fields = { TIME, SOURCE } },
    [POST_RECOVERY_CODE] = { .name = "recovery-code",
                             .is_security = true,
                             .fields = { TIME, SOURCE, { "left", "7" } } },
    [POST_JOIN_ASKED] = { .name = "join-asked",
                          .can_be_off = true,
                          .fields = { WHO, ZONE, UNTIL } },
    [POST_ZONE_INVITED] = { .name = "zone-invited",
                            .can_be_off = true,
                            .fields = { WHO, ZONE, UNTIL } },
    [POST_ZONE_INVITATION] = { .name = "zone-invitation",
                               .is_asked_for = true,
                               .path = "/confirm",
                               .fields = { WHO, ZONE, UNTIL } },
    [POST_HOST_OFFERED] = { .name = "host-offered",
                            .can_be_off = true,
                            .fields = { WHO, HOST, UNTIL } },
    [POST_HOST_TAKEN] = { .name = "host-taken", .fields = { WHO, HOST, TIME } },
    [POST_REQUEST_ACCEPTED] = { .name = "request-accepted",
                                .can_be_off = true,
                                .fields = { TIME, WHAT } },
    [POST_REQUEST_DECLINED] = { .name = "request-declined",
                                .can_be_off = true,
                                .fields = { TIME, WHAT } },
    [POST_PASSKEY_ADDED] = { .name = "passkey-added",
                             .is_security = true,
                             .fields = { TIME, PASSKEY } },
    [POST_PASSKEY_REMOVED] = { .name = "passkey-removed",
                               .is_security = true,
                               .fields = { TIME, PASSKEY } },
    [POST_PASSKEY_COPIED] = { .name = "passkey-copied",
                              .is_security = true,
                              .fields = { TIME, PASSKEY } },
    [POST_ACCOUNT_ENDED] = { .name = "account-ended", .fields = { TIME } },
    /* Nobody is to lose an account without a word. */
    [POST_ACCOUNT_UNUSED] = { .name = "account-unused", .fields = { TIME } },
};

const char *const post_kind_names[POST_KINDS + 1] = {
    [POST_CONFIRM] = "confirm",
    [POST_RESET] = "reset",
    [POST_NEW_LOGIN] = "new-login",
    [POST_NEW_TOKEN] = "new-token",
    [POST_EXPOSED_TOKEN] = "exposed-token",
    [POST_HOST_SILENT] = "host-silent",
    [POST_HOST_FAILING] = "host-failing",
    [POST_CERTIFICATE] = "certificate",
    [POST_NAME_UNUSED] = "name-unused",
    [POST_TEST] = "test",
    [POST_ACCOUNT_EXISTS] = "account-exists",
    [POST_ACCOUNT_WAITING] = "account-waiting",
    [POST_ACCOUNT_APPROVED] = "account-approved",
    [POST_INVITATION] = "invitation",
    [POST_ADDRESS_NEW] = "address-new",
    [POST_ADDRESS_OLD] = "address-old",
    [POST_ADDRESS_CHANGED] = "address-changed",
    [POST_NEW_PASSWORD] = "new-password",
    [POST_FACTOR_ON] = "factor-on",
    [POST_FACTOR_OFF] = "factor-off",
    [POST_RECOVERY_CODE] = "recovery-code",
    [POST_JOIN_ASKED] = "join-asked",
    [POST_ZONE_INVITED] = "zone-invited",
    [POST_ZONE_INVITATION] = "zone-invitation",
    [POST_HOST_OFFERED] = "host-offered",
    [POST_HOST_TAKEN] = "host-taken",
    [POST_REQUEST_ACCEPTED] = "request-accepted",
    [POST_REQUEST_DECLINED] = "request-declined",
    [POST_PASSKEY_ADDED] = "passkey-added",
    [POST_PASSKEY_REMOVED] = "passkey-removed",
    [POST_PASSKEY_COPIED] = "passkey-copied",
    [POST_ACCOUNT_ENDED] = "account-ended",
    [POST_ACCOUNT_UNUSED] = "account-unused",
};
const char *const post_kinds_off[] = {
    "new-login",    "new-token",        "exposed-token",    "host-silent", "host-failing",
    "certificate",  "name-unused",      "account-waiting",  "join-asked",  "zone-invited",
    "host-offered", "request-accepted", "request-declined", NULL
};

bool post_kind_find(struct str name, enum post_kind *out)
{
    for (size_t i = 0; i < POST_KINDS; i++)
        if (str_equal(name, str_from(post_traits[i].name))) {
            *out = (enum post_kind)i;
            return true;
        }
    return false;
}
