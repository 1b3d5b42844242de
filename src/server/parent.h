// SPDX-License-Identifier: GPL-3.0-or-later
/* parent.h - starts every role that the configuration enables, and starts again what ended. */
#pragma once

#include "config/config.h"

/* Until it is told to stop; returns the exit code. `program` is the path of roved itself. */
int run_parent(struct config *config, const char *program);
