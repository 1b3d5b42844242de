// SPDX-License-Identifier: GPL-3.0-or-later
/* limits.h - what the system lets a process have. */
#pragma once

#include <stddef.h>

/* Raises the limit of open descriptors as far as it goes without rights, and returns it. */
size_t limits_raise_descriptors(void);
