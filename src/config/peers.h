// SPDX-License-Identifier: GPL-3.0-or-later
/* peers.h - the sections of rove.conf about other name servers: keys and secondaries.
 *
 * Errors have file, line and title of the section. */
#pragma once

#include "config/option.h"

/* The sections as a whole. A section "secondary" names a key, so the keys are taken first. */
extern const struct config_kind kind_keys, kind_secondaries;

/* Members that their section's reader takes. */
extern const struct config_kind kind_key_algorithm, kind_key_secret, kind_key_secret_file,
    kind_secondary_key;
/* A list of struct name on the heap: the first place has a pointer to it. */
extern const struct config_kind kind_zones;
