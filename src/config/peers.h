// SPDX-License-Identifier: GPL-3.0-or-later
/* peers.h - the sections of rove.conf about other name servers: keys, secondaries. */
#pragma once

#include "base/conf.h"
#include "config/config.h"

extern const struct conf_option config_key_options[], config_secondary_options[];

/* Fills keys and secondaries of *config. Errors have FILE:LINE. */
MUST_CHECK enum status config_take_peers(const struct conf *conf, struct config *config,
                                         struct error *err);
void config_free_peers(struct config *config);
