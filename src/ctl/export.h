// SPDX-License-Identifier: GPL-3.0-or-later
/* export.h - prints a zone of the database as a zone file or as tinydns data. */
#pragma once

#include "config/config.h"

struct json;

/* Runs the command, whose options are zone and format. Prints the SOA first, and then the rest in
 * the order of the database. Returns the exit code. */
int run_export(const struct config *config, const struct json *options);
