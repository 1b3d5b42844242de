// SPDX-License-Identifier: GPL-3.0-or-later
#include "post/kind.h"

enum {
    HALF_HOUR_S = 1800,
    DAY_S = 86400
};

#define TIME \
    { \
        "time", "2030-01-31 12:00 UTC" \
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
                         .fields = { TIME, { "source", "203.0.113.9" } } },
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
    [POST_NAME_ENDING] = { .name = "name-ending",
                           .can_be_off = true,
                           .fields = { TIME, HOST, HOSTS_HEARD } },
    [POST_TEST] = { .name = "test", .fields = { TIME } },
    /* Nobody is to lose an account without a word. */
    [POST_ACCOUNT_ENDING] = { .name = "account-ending", .fields = { TIME } },
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
    [POST_NAME_ENDING] = "name-ending",
    [POST_TEST] = "test",
    [POST_ACCOUNT_ENDING] = "account-ending",
};
const char *const post_kinds_off[] = { "new-login",     "new-token",
                                       "exposed-token", "host-silent",
                                       "host-failing",  "certificate",
                                       "name-ending",   NULL };

bool post_kind_find(struct str name, enum post_kind *out)
{
    for (size_t i = 0; i < POST_KINDS; i++)
        if (str_equal(name, str_from(post_traits[i].name))) {
            *out = (enum post_kind)i;
            return true;
        }
    return false;
}
