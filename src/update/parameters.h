// SPDX-License-Identifier: GPL-3.0-or-later
/* parameters.h - what a query asks for: hosts, addresses, credentials and flags out of its
 * parameters, by the names of parameter.h.
 *
 * Every address parameter takes either family. A value that is spelt as an address counts
 * under any name that is not known to be for something else; what is passed over is noted.
 * Of a name that came several times the last clean value counts, because firmware glues URLs
 * together; of addresses all go to rule.h. The words that services use for "leave it" and
 * "the source" are turned into what rule.h knows. */
#pragma once

#include "http/query.h"
#include "update/update.h"

/* Fills hosts, secret, values, names, passed, offline, dry_run and wait of `update`, whose origin.source is
 * set. *user: the user name, which may name the host; empty: none. All texts are those of
 * `params` or lie in the arena. */
void parameters_read(const struct http_param *params, size_t count, struct arena *arena,
                     struct update *update, struct str *user);

/* A name of two labels or more that could be a host's. */
bool parameters_is_full_name(struct str text);
