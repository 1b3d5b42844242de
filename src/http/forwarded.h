// SPDX-License-Identifier: GPL-3.0-or-later
/* forwarded.h - what a reverse proxy says of its client: X-Forwarded-For and
 * X-Forwarded-Proto. Pure; whoever calls makes sure that the peer may be believed. */
#pragma once

#include <stdbool.h>

#include "base/ip.h"
#include "http/head.h"

struct prefixes {
    const struct prefix *at;
    size_t count;
};

bool prefixes_have(struct prefixes prefixes, struct ip ip);

/* The client of `peer`: the last element of all X-Forwarded-For fields that is not itself one
 * of `peers`. What stands before it is the client's own word and does not matter. `peer` when
 * there is none, or when that element is no address (with or without a port). */
struct ip forwarded_source(const struct http_head *head, struct ip peer,
                           struct prefixes peers);

/* Whether the last word of X-Forwarded-Proto is "https". */
bool forwarded_encrypted(const struct http_head *head);
