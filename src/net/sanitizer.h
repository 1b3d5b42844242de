// SPDX-License-Identifier: GPL-3.0-or-later
/* sanitizer.h - what builds for tests need beyond the others to look at their own memory: all
 * that tells the bounds of such a build from those of a release. */
#pragma once

#include "net/syscalls.h"

/* System calls; none in other builds. */
extern const struct syscall_rule sanitizer_calls[];
/* Whether it makes this one, which nobody else is to make. */
bool sanitizer_makes(const char *call);
/* A folder that is read; NULL: none. */
extern const char *const sanitizer_folder;
/* For a process that others of its user cannot look into: at its end it can look into itself. */
void sanitizer_prepare(void);
