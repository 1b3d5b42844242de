// SPDX-License-Identifier: GPL-3.0-or-later
/* forwarded.h - what a reverse proxy reports about its client: X-Forwarded-For and
 * X-Forwarded-Proto. Pure. The caller checks that it may trust the peer. */
#pragma once

#include <stdbool.h>

#include "base/ip.h"
#include "http/head.h"

/* The client behind `peer`: the last element of all X-Forwarded-For fields that is not in `peers`.
 * Earlier elements are ignored, as the client itself can have sent them. Returns `peer` if there is
 * no such element, or if it is no address (with or without a port). */
struct ip forwarded_source(const struct http_head *head, struct ip peer,
                           struct prefixes peers);

/* Whether the last element of X-Forwarded-Proto is "https". */
bool forwarded_encrypted(const struct http_head *head);
