// SPDX-License-Identifier: GPL-3.0-or-later
/* role.h - the roles of roved: each runs until it is told to stop and returns the exit code
 * of its process. */
#pragma once

#include "server/config.h"

enum {
    EXIT_OK = 0,
    EXIT_TROUBLE = 1,
    EXIT_USAGE = 2
};

/* HTTP, the database, the local socket. */
int role_front(const struct config *config);
/* The image from the database. */
int role_publish(const struct config *config);
/* DNS from the image. */
int role_answer(const struct config *config);

/* The parent: starts every role that the configuration enables, and starts again what
 * ended. `program` is the path of roved itself. */
int run_parent(const struct config *config, const char *program);

/* Makes directories, key file and database; what is there already stays. */
int run_init(const struct config *config);
