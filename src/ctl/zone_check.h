// SPDX-License-Identifier: GPL-3.0-or-later
/* zone_check.h - rovectl zone check: whether the world finds a zone.
 *
 * Asks the name servers of the parent zone what they say of the zone, and the zone's own name
 * servers for its SOA, and compares both with what front says should be there. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"

struct json;

/* `options` are those of the command: zone, offline, resolver, port. Prints one line for each
 * finding ("wrong: ", "note: ", "ok: ") with what to do, or a JSON object; the exit code is 1
 * when something is wrong or cannot be asked. */
int zone_check(const struct config *config, const struct json *options, bool as_json);
