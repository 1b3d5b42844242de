// SPDX-License-Identifier: GPL-3.0-or-later
/* cookie.h - DNS cookies (RFC 7873) as all servers make them (RFC 9018): who sends back what we
 * told him does receive what is sent to his address.
 *
 * Nothing is remembered of clients, and servers with the same secret take each other's
 * cookies. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ip.h"
#include "base/str.h"
#include "dns/options.h"

enum {
    COOKIE_SECRET_SIZE = 16,
    COOKIE_SECRETS = 2,
    COOKIE_RENEW_S = 1800, /* so old, a cookie is answered with a new one */
    COOKIE_OLD_S = 3600,   /* older, it is none */
    COOKIE_EARLY_S = 300,  /* clocks of servers may differ by so much */
};

/* Cookies are made by the first secret, and may be by any. */
struct cookie_secrets {
    size_t count; /* at least 1 */
    uint8_t secrets[COOKIE_SECRETS][COOKIE_SECRET_SIZE];
};

/* Whether the cookie of a query has our part, made for this client. `out` becomes what he is to
 * be told: the same one, or a new one. */
bool cookie_check(const struct cookie_secrets *secrets, struct str cookie,
                  const struct ip *client, int64_t now_s, uint8_t out[COOKIE_SIZE]);
