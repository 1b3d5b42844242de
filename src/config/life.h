// SPDX-License-Identifier: GPL-3.0-or-later
/* life.h - the section life of rove.conf: what becomes of things that nobody uses. */
#pragma once

#include "config/config.h"

enum {
    CONFIG_LIFE_DAYS_MIN = 60 /* so that there is time for two warnings */
};

/* What the options of the section need. ERR_SYNTAX, ERR_LIMIT: `err` names the file and the
 * option. */
MUST_CHECK enum status config_check_life(const struct config *config, struct error *err);
