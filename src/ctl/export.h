// SPDX-License-Identifier: GPL-3.0-or-later
/* export.h - a zone out of the database, as a zone file or as tinydns data. */
#pragma once

#include "config/config.h"

struct json;

/* `options`: zone, format. Prints the zone, its SOA first, what the database holds in the
 * order in which it came there. Returns the exit code. */
int run_export(const struct config *config, const struct json *options);
