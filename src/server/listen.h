// SPDX-License-Identifier: GPL-3.0-or-later
/* listen.h - binds the sockets of the roles as the configuration lists them. On failure the sockets
 * in *out stay open: the caller ends. Errors as launch_bind(). */
#pragma once

#include "server/launch.h"

MUST_CHECK enum status listen_front(const struct config *config,
                                    struct launch_sockets *out, struct error *err);
MUST_CHECK enum status listen_answer(const struct config *config,
                                     struct launch_sockets *out, struct error *err);
MUST_CHECK enum status listen_tls(const struct config *config, struct launch_sockets *out,
                                  struct error *err);

/* The number of threads that answer: as configured, else one for each core that this process may
 * use. */
size_t listen_dns_threads(const struct config *config);
/* The same of those that end TLS. */
size_t listen_tls_threads(const struct config *config);
