// SPDX-License-Identifier: GPL-3.0-or-later
/* once.h - the commands of roved that end. Before one runs, launch_once() has made the folders. If
 * root has called, the process runs as the user of front (of publish for run_check_data()). Each
 * function returns the exit code. */
#pragma once

#include "base/exit.h"
#include "config/config.h"

/* Makes the key file and the database. Those that exist stay as they are. Refuses if a restore was
 * interrupted. */
int run_init(const struct config *config);
/* Shows what would change between the image on the one side, and the operator's files with the
 * database on the other. */
int run_check_data(const struct config *config);
/* Checks whether the database and the key file are sound. */
int run_check_db(const struct config *config);
/* Replaces the database by the backup that is read from `fd`. `file` is its name for messages. */
int run_restore(const struct config *config, const char *file, int fd);
