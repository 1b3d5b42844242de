// SPDX-License-Identifier: GPL-3.0-or-later
/* status.h - RUN/ROLE/status: the state of a role, which can be read when front is dead.
 *
 * The file is one JSON object: {"role", "pid", "state", "since", ...}. It is replaced
 * atomically. */
#pragma once

#include "base/error.h"
#include "config/config.h"

struct json;

/* An object with the members that all roles have. The caller adds its own and gives it to
 * status_save(). */
struct json *status_new(const char *role, const char *state);
/* Writes the file of the role, and frees `status`. A process that ends does not replace what its
 * successor has written, which may run already. A failure is only logged: the role goes on without
 * the file. */
void status_save(const struct config *config, const char *role, struct json *status);

/* Reads the file of a role. The caller frees *out; beyond its size and that it is an object nothing
 * was checked. `alive` says whether the process that wrote it still runs. ERR_NOT_FOUND: the role
 * never ran. ERR_DENIED: the file belongs to another user than the role's, which could make it
 * where the role had made none. */
MUST_CHECK enum status status_read(const struct config *config, const char *role,
                                   struct json **out, bool *alive, struct error *err);

/* The address of a listener, as "192.0.2.1:53". */
struct json *status_endpoint(struct ip ip, uint16_t port);
