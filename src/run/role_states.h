// SPDX-License-Identifier: GPL-3.0-or-later
/* role_states.h - how each role is, by its own status file and by what the parent knows of it. It
 * reads files, so that it works without front. */
#pragma once

#include "config/config.h"

struct json;

/* The parent and each role that ever ran, as a list of objects with the members of their status files
 * and "role", "state", which may be "dead", "hung" or "unknown", too, and, of the parent's knowledge,
 * "restarts", "hangs", "last_end" and "last_end_at". The caller frees it. */
struct json *role_states(const struct config *config);
