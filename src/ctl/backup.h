// SPDX-License-Identifier: GPL-3.0-or-later
/* backup.h - takes a backup from front to where the operator wants it. */
#pragma once

#include "ctl/request.h"

struct config;
struct json;

/* `reply` is front's, and names the file that it made. The target is replaced when the copy is
 * found whole, and on the disk. Gives the exit code. */
int backup_take(const struct config *config, const struct request *request,
                const struct json *reply);
