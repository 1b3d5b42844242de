// SPDX-License-Identifier: GPL-3.0-or-later
/* sandbox.h - what each role may still do once it has its user and its sockets: the files of
 * sandbox_files.c, the system calls of sandbox_calls.c, and nothing else. */
#pragma once

#include <stdbool.h>

#include "config/config.h"
#include "server/launch.h"

struct sandbox;

/* Enters it for good, as `sandbox` of the configuration says; before threads are made. What the
 * kernel lacks is told in one line of the log, or refused when it is required. The caller ends
 * *out with sandbox_free(), which opens nothing. */
MUST_CHECK enum status sandbox_enter(const struct config *config, enum role role,
                                     struct sandbox **out, struct error *err);
void sandbox_free(struct sandbox *sandbox);
CLEANER(sandbox_free, struct sandbox *)

/* Whether the files that the configuration names now, as they stand now, are within reach. What
 * is not may be reached by a process that starts anew. */
bool sandbox_covers(const struct sandbox *sandbox, const struct config *config);
/* Whether a folder can be read as far as it is for the bounds; one that is missing can. */
bool sandbox_covers_folder(const struct sandbox *sandbox, const char *path);
/* The first for the configuration file as it stands now, after a reload of it has failed. False
 * only where nothing but the bounds was in the way: users and modes let us read the secrets. */
bool sandbox_covers_file(const struct sandbox *sandbox, const char *file);

/* The parent starts programs, which keep its bounds: it gives up only what neither they nor
 * the roles need. */
MUST_CHECK enum status sandbox_enter_parent(const struct config *config,
                                            struct error *err);

#ifdef ROVE_FAULTS
/* For tests: when the environment has ROVE_ACTS, does the forbidden acts of these names, with
 * commas between, as if somebody had taken over this process, tells in the log what came of them,
 * and ends. */
void sandbox_try_acts(const struct config *config, enum role role);
#else
static inline void sandbox_try_acts(const struct config *config, enum role role)
{
    (void)config;
    (void)role;
}
#endif
