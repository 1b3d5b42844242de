// SPDX-License-Identifier: GPL-3.0-or-later
/* launch_data.h - the data folder and what is in it, for the roles of roved. */
#pragma once

#include "server/launch.h"

/* A launch_data_fn. Data and image folder are made where they are missing, each for the role that
 * writes there; database and key file have modes of their own. */
MUST_CHECK enum status launch_make_data(const struct config *config,
                                        const struct launch_users *users,
                                        enum launch_part part, struct error *err);
