// SPDX-License-Identifier: GPL-3.0-or-later
/* url.h - "scheme://host:port" as options have it: where mails go. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct config_url {
    struct str scheme, host; /* an IPv6 address with its brackets */
    uint16_t port;           /* 0: none is given */
};

/* ERR_SYNTAX: anything else, such as a path, a user, upper case, or a port that is none. */
MUST_CHECK enum status config_url_parse(struct str text, struct config_url *out,
                                        struct error *err);
/* Whether the host is this machine whatever any name server says: localhost, a name below it, or an
 * address of loopback. */
bool config_url_is_local(const struct config_url *url);
/* Letters, digits, hyphens and dots, or an address. */
bool config_url_is_host(struct str host);
