// SPDX-License-Identifier: GPL-3.0-or-later
/* dns.h - the section of rove.conf about DNS answers. */
#pragma once

#include "base/conf.h"
#include "config/config.h"

extern const struct conf_option config_dns_options[];

/* Fills what begins with dns_ in *config, but for the cookies' secrets. */
MUST_CHECK enum status config_take_dns(const struct conf *conf, struct config *config,
                                       struct error *err);
/* Reads them from their file, if there is one. */
MUST_CHECK enum status config_load_cookies(struct config *config, struct error *err);
