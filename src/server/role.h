// SPDX-License-Identifier: GPL-3.0-or-later
/* role.h - the roles of roved: each runs until it is told to stop and returns the exit code
 * of its process. */
#pragma once

#include "base/exit.h"
#include "config/config.h"

/* The configuration is theirs: SIGHUP changes it in place (config_reload()). */

/* HTTP, the database, the local socket. */
int role_front(struct config *config);
/* The image from the database. */
int role_publish(struct config *config);
/* DNS from the image. */
int role_answer(struct config *config);

/* The parent: starts every role that the configuration enables, and starts again what
 * ended. `program` is the path of roved itself. */
int run_parent(struct config *config, const char *program);

/* What follows is done once and ends; the folders are there, and we are the user of front
 * (of publish for run_check_data()) when root has called. */

/* Makes key file and database; what is there already stays. Refuses when init_is_in_doubt(). */
int run_init(const struct config *config);
/* Whether the database is missing because a restore was interrupted: an empty one in its place
 * would hide what is there. */
bool init_is_in_doubt(const struct config *config, struct error *err);
/* What would change between the image and the operator's files with the database. */
int run_check_data(const struct config *config);
/* Whether the database and the key file are sound. */
int run_check_db(const struct config *config);
/* Puts the backup that is read from `fd`, and called `file`, in the place of the database. */
int run_restore(const struct config *config, const char *file, int fd);
