// SPDX-License-Identifier: GPL-3.0-or-later
/* parent.h - starts every role that the configuration enables, and starts a role again when it has
 * ended. */
#pragma once

#include "config/config.h"

/* Runs until a signal ends it; returns the exit code. `program` is the path of roved itself. */
int run_parent(struct config *config, const char *program);
