// SPDX-License-Identifier: GPL-3.0-or-later
/* once.h - what roved does once and ends. The folders are there, and the process is the user of
 * front (of publish for run_check_data()) when root has called. Each returns the exit code. */
#pragma once

#include "base/exit.h"
#include "config/config.h"

/* Makes key file and database; what is there already stays. Refuses when a restore was
 * interrupted. */
int run_init(const struct config *config);
/* What would change between the image and the operator's files with the database. */
int run_check_data(const struct config *config);
/* Whether the database and the key file are sound. */
int run_check_db(const struct config *config);
/* Puts the backup that is read from `fd`, and called `file`, in the place of the database. */
int run_restore(const struct config *config, const char *file, int fd);
