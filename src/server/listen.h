// SPDX-License-Identifier: GPL-3.0-or-later
/* listen.h - the sockets of the roles, as the configuration lists them. On failure those in *out
 * stay open: the caller ends. */
#pragma once

#include "server/launch.h"

MUST_CHECK enum status listen_front(const struct config *config,
                                    struct launch_sockets *out, struct error *err);
MUST_CHECK enum status listen_answer(const struct config *config,
                                     struct launch_sockets *out, struct error *err);

/* Threads that answer: as configured, else the cores that this process may use. */
size_t listen_dns_threads(const struct config *config);
