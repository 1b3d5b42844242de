// SPDX-License-Identifier: GPL-3.0-or-later
/* checkip.h - shows a device behind NAT the address that its request came from.
 *
 * Old clients search the whole reply, head included, for the first text that looks like an
 * address. So there is only one, and nothing else with four parts. */
#pragma once

#include "http/server.h"

struct updates;

/* The page that Dyn's service had, byte for byte. */
void checkip_page(const struct updates *updates, struct http_exchange *exchange);
/* The address alone. */
void checkip_plain(const struct updates *updates, struct http_exchange *exchange);
/* {"ip":"ADDRESS"} */
void checkip_json(const struct updates *updates, struct http_exchange *exchange);
