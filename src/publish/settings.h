// SPDX-License-Identifier: GPL-3.0-or-later
/* settings.h - a publisher's options with texts of its own. For the publisher alone. */
#pragma once

#include "publish/publisher.h"
#include "publish/static.h"

/* Makes all texts copies. */
void settings_copy(struct publisher_options *options);
void settings_free(const struct publisher_options *options);
/* Paths with texts of their own. */
struct static_paths settings_copy_paths(const struct static_paths *paths);
void settings_free_paths(const struct static_paths *paths);
/* Other static paths, as copies. */
void settings_set_statics(struct publisher_options *options, const char *const *statics,
                          size_t count);
