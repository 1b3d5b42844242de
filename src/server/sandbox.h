// SPDX-License-Identifier: GPL-3.0-or-later
/* sandbox.h - limits what a role can do once it has its user and its sockets: it can use the files
 * of sandbox_files.c and the system calls of sandbox_calls.c, and nothing else. */
#pragma once

#include <stdbool.h>

#include "config/config.h"
#include "server/launch.h"

struct sandbox;

/* Enters the sandbox for good, as the option `sandbox` says. Call it before threads are made. If
 * the kernel lacks something, one line in the log says so. The caller ends *out with
 * sandbox_free(), which does not lift the limits. ERR_NOT_FOUND: a sandbox is required, and the
 * kernel lacks something. ERR_IO. */
MUST_CHECK enum status sandbox_enter(const struct config *config, enum role role,
                                     struct sandbox **out, struct error *err);
/* NULL is fine. */
void sandbox_free(struct sandbox *sandbox);
CLEANER(sandbox_free, struct sandbox *)

/* Whether the sandbox lets us reach all files that the configuration names, as they are now. If
 * not, a new process may reach them. */
bool sandbox_covers(const struct sandbox *sandbox, const struct config *config);
/* Whether the sandbox lets us read the folder. True if the folder is missing. */
bool sandbox_covers_folder(const struct sandbox *sandbox, const char *path);
/* sandbox_covers() for the configuration file as it is now, after a reload has failed. False only
 * if nothing except the sandbox is in the way: users and modes let us read the secrets. */
bool sandbox_covers_file(const struct sandbox *sandbox, const char *file);

/* The sandbox of the parent. The programs that it starts inherit the limits, so it gives up only
 * what neither they nor the roles need. Errors as sandbox_enter(). */
MUST_CHECK enum status sandbox_enter_parent(const struct config *config,
                                            struct error *err);

#ifdef ROVE_FAULTS
/* For tests. If the environment has ROVE_ACTS, which is a list of names with commas between, does
 * these forbidden acts, as an attacker in this process might. Then logs the results and ends. */
void sandbox_try_acts(const struct config *config, enum role role);
#else
static inline void sandbox_try_acts(const struct config *config, enum role role)
{
    (void)config;
    (void)role;
}
#endif
