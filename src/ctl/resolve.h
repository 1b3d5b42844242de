// SPDX-License-Identifier: GPL-3.0-or-later
/* resolve.h - asks the system's resolvers. For rovectl. */
#pragma once

#include "ctl/dns_ask.h"

enum {
    RESOLVERS_MAX = 3 /* as many as the C library takes */
};

struct resolvers {
    struct dns_server at[RESOLVERS_MAX];
    size_t count;
};

/* The resolver `text`, which is "ADDRESS:PORT"; or, if that is empty, those of /etc/resolv.conf.
 * ERR_SYNTAX: not an address and a port. ERR_NOT_FOUND: no resolver is configured. */
MUST_CHECK enum status resolvers_load(struct str text, struct resolvers *out,
                                      struct error *err);
/* Asks one resolver after the other until one answers. ERR_BUSY: none answers. */
MUST_CHECK enum status resolvers_ask(const struct resolvers *resolvers,
                                     const struct name *name, uint16_t type,
                                     struct dns_answer *out, struct error *err);
/* Finds the addresses of a host, of both families, and puts at most `max` of them into `out`;
 * *count is their number. */
MUST_CHECK enum status resolvers_addresses(const struct resolvers *resolvers,
                                           const struct name *host, struct ip *out,
                                           size_t max, size_t *count, struct error *err);
