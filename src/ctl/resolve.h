// SPDX-License-Identifier: GPL-3.0-or-later
/* resolve.h - questions to the system's resolvers; for rovectl. */
#pragma once

#include "ctl/dns_ask.h"

enum {
    RESOLVERS_MAX = 3 /* as the C library has it */
};

struct resolvers {
    struct dns_server at[RESOLVERS_MAX];
    size_t count;
};

/* The one given as "ADDRESS:PORT", or those of /etc/resolv.conf when `text` is empty.
 * ERR_SYNTAX: not an address and a port. ERR_NOT_FOUND: none is configured. */
MUST_CHECK enum status resolvers_load(struct str text, struct resolvers *out,
                                      struct error *err);
/* Asks one after another until one answers. ERR_BUSY: none does, and `err` says so. */
MUST_CHECK enum status resolvers_ask(const struct resolvers *resolvers,
                                     const struct name *name, uint16_t type,
                                     struct dns_answer *out, struct error *err);
/* The addresses of a host, at most `max`, both families; *count is how many there are. */
MUST_CHECK enum status resolvers_addresses(const struct resolvers *resolvers,
                                           const struct name *host, struct ip *out,
                                           size_t max, size_t *count, struct error *err);
