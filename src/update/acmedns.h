// SPDX-License-Identifier: GPL-3.0-or-later
/* acmedns.h - the protocol of acme-dns, by which clients of certificate authorities (lego, acme.sh,
 * a plug-in of certbot) set TXT values over HTTP.
 *
 *     POST /update    X-Api-User, X-Api-Key, {"subdomain": HOST, "txt": VALUE}
 *     POST /register  {"allowfrom": [NETWORK, ...]}, or no body (acmedns_register.h)
 *     GET /health
 *
 * The subdomain is the host's full name, and the key is the host's token, which needs the right
 * `txt`. The user does not count. The two newest values of a host stay, which is enough for its
 * name and its wildcard. The reply waits as with `wait=1` of dyndns2, because the client lets
 * the authority look as soon as it has the reply. */
#pragma once

#include "update/dialect.h"
#include "update/request.h"

extern const struct dialect acmedns;

/* Whether a request to /update, which several services share, is of this protocol. */
bool acmedns_is_asked(struct update_request *request);
/* The page of /health. */
void acmedns_health(const struct updates *updates, struct http_exchange *exchange);
