// SPDX-License-Identifier: GPL-3.0-or-later
/* backup.h - brings a backup from front to the place that the operator wants. */
#pragma once

#include "ctl/request.h"

struct config;
struct json;

/* Copies the file that front has made, which its `reply` names. The target is replaced when the
 * copy was checked and is on the disk. Returns the exit code. */
int backup_take(const struct config *config, const struct request *request,
                const struct json *reply);
