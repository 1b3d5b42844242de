// SPDX-License-Identifier: GPL-3.0-or-later
/* checkip.h - tells a device behind NAT the address that its request came from.
 *
 * Old clients search the whole reply, head included, for the first thing that looks like an
 * address: so there is one, and nothing else with four parts. */
#pragma once

#include "http/server.h"

struct updates;

/* The page that Dyn's service had, byte for byte. */
void checkip_page(const struct updates *updates, struct http_exchange *exchange);
/* The address alone. */
void checkip_plain(const struct updates *updates, struct http_exchange *exchange);
/* {"ip":"ADDRESS"} */
void checkip_json(const struct updates *updates, struct http_exchange *exchange);
