// SPDX-License-Identifier: GPL-3.0-or-later
/* cookie.h - DNS cookies (RFC 7873) in the form that all servers use (RFC 9018). A client that
 * returns our cookie has proved that it receives what is sent to its address.
 *
 * Nothing about clients is remembered. Servers with the same secret accept each other's cookies. */
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
    COOKIE_RENEW_S = 1800, /* an older cookie gets a new one in the reply */
    COOKIE_OLD_S = 3600,   /* an older cookie is not valid */
    COOKIE_EARLY_S = 300,  /* the clocks of servers may differ by so much */
};

/* The first secret makes our cookies. A client's cookie may come from any of them. */
struct cookie_secrets {
    size_t count; /* at least 1 */
    uint8_t secrets[COOKIE_SECRETS][COOKIE_SECRET_SIZE];
};

/* Whether the cookie of a query has our part, and that was made for this client. `out` is the
 * cookie for the reply: the same one, or a new one. */
bool cookie_check(const struct cookie_secrets *secrets, struct str cookie,
                  const struct ip *client, int64_t now_s, uint8_t out[COOKIE_SIZE]);
