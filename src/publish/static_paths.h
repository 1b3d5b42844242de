// SPDX-License-Identifier: GPL-3.0-or-later
/* static_paths.h - the operator's paths with texts of their own. */
#pragma once

#include "publish/static.h"

/* The caller ends the copy with static_paths_free(). */
struct static_paths static_paths_copy(const struct static_paths *paths);
void static_paths_free(const struct static_paths *paths);
