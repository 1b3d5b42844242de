// SPDX-License-Identifier: GPL-3.0-or-later
/* parameters.h - what a query asks for: hosts, addresses, credentials and flags from its
 * parameters, by the names of parameter.h.
 *
 * Every address parameter takes either family. A value that is spelt like an address counts
 * under any name that is not known to be for something else; what is passed over is noted.
 * When a name comes several times, its last clean value counts, because firmware glues URLs
 * together. Addresses are the exception: all of them go to rule/address.h. The words that
 * services use for "leave it" and "the source" become what that file knows. */
#pragma once

#include "http/query.h"
#include "update/update.h"

/* Fills hosts, secret, values, names, passed, offline, dry_run, wait and txt of `update`,
 * whose origin.source is set. *user: the user name, which may be the name of the host; empty: none.
 * All texts are those of `params` or in the arena. */
void parameters_read(const struct http_param *params, size_t count, struct arena *arena,
                     struct update *update, struct str *user);

/* A name of two labels or more that could be a host's. */
bool parameters_is_full_name(struct str text);
