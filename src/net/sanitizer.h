// SPDX-License-Identifier: GPL-3.0-or-later
/* sanitizer.h - what the sanitizers of test builds need inside a sandbox: they inspect their own
 * memory. Nothing else differs between the sandbox of such a build and that of a release. */
#pragma once

#include "net/syscalls.h"

/* System calls that a sanitizer makes; empty in other builds. */
extern const struct syscall_rule sanitizer_calls[];
/* Whether a sanitizer makes this call, which is forbidden in other builds. */
bool sanitizer_makes(const char *call);
/* A folder that it reads; NULL: none. */
extern const char *const sanitizer_folder;
/* For a process whose memory is hidden from its user (privileges_hide()): makes it readable again
 * when the process ends. */
void sanitizer_prepare(void);
