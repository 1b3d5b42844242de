// SPDX-License-Identifier: GPL-3.0-or-later
/* acmedns_register.h - POST /register of acme-dns: a client without an account asks for one.
 *
 * A client with a host's token (as Basic credentials in the service's URL, for example) gets what
 * it is to send to /update from now on, and nothing is written. A stranger gets a new host with
 * a random name, and a token that may set its TXT values and nothing else, if the operator has
 * named a zone for that; else 404. Such a host belongs to the zone's owner, and the owner's
 * quota limits their number. Registrations of a source are throttled like wrong credentials, and
 * together with them. */
#pragma once

#include "update/request.h"

/* The method is POST. */
void acmedns_register(struct updates *updates, struct update_request *request);
