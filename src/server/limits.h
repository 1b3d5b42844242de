// SPDX-License-Identifier: GPL-3.0-or-later
/* limits.h - the limits that the system sets for this process. */
#pragma once

#include <stddef.h>

/* Raises the limit of open descriptors as far as a process without rights can, and returns it. */
size_t limits_raise_descriptors(void);
