// SPDX-License-Identifier: GPL-3.0-or-later
/* value.h - checks and conversions of single values that several sections share. */
#pragma once

#include "base/conf.h"
#include "config/config.h"

/* For conf_option.check. */
enum status config_check_endpoint(struct str value, struct error *err);
enum status config_check_prefix(struct str value, struct error *err);
/* A label of a host name, or the begin of one and a star. */
enum status config_check_reserved(struct str value, struct error *err);
enum status config_check_path(struct str value, struct error *err);

/* Lists that were checked so. ERR_LIMIT: more than `max`. `path` is the key, as of conf.h. */
MUST_CHECK enum status config_take_endpoints(const struct conf *conf, const char *path,
                                             struct endpoint *out, size_t max,
                                             size_t *count, struct error *err);
MUST_CHECK enum status config_take_prefixes(const struct conf *conf, const char *path,
                                            struct prefix *out, size_t *count,
                                            struct error *err);
/* A text that has to fit with its zero byte. */
MUST_CHECK enum status config_take_text(const struct conf *conf, const char *path,
                                        char *out, size_t size, struct error *err);
