// SPDX-License-Identifier: GPL-3.0-or-later
/* program.h - what roved and the programs that are a single role begin with. */
#pragma once

#include "server/launch.h"

/* Prints what is wrong behind the name of the program. EXIT_TROUBLE. */
int program_complain(const char *program, const struct error *err);

/* After the arguments: nobody can look into this process any more, there is chance, and the
 * configuration is read, with the users of the roles. The signals of a service wait until its loop
 * takes them. The caller frees *out. Errors as privileges_hide() and config_load(). */
MUST_CHECK enum status program_begin(const char *file, bool is_service,
                                     struct config **out, struct error *err);

/* Whose lines the log has from now on. The process never waits for their reader. */
void program_log(const struct config *config, const char *name);
/* Logs why it does not start. EXIT_TROUBLE. */
int program_refuse(const char *why);

/* Runs a role that has a program of its own. `option` is the one that switches it on. The exit
 * status. */
int program_run_role(struct config *config, enum role role, const char *option,
                     launch_data_fn make_data, int (*run)(struct config *config));
