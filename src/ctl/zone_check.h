// SPDX-License-Identifier: GPL-3.0-or-later
/* zone_check.h - rovectl zone check: checks that the world finds a zone.
 *
 * It asks the name servers of the parent zone for the delegation, and the zone's own name servers
 * for its SOA. It compares both with what front has. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"

struct json;

/* Runs the command, whose options are zone, offline, resolver and port. Prints a line for each
 * finding ("wrong: ", "note: ", "ok: "), with what to do, or a JSON object. Returns the exit code,
 * which is 1 if something is wrong or cannot be asked. */
int zone_check(const struct config *config, const struct json *options, bool as_json);
