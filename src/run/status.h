// SPDX-License-Identifier: GPL-3.0-or-later
/* status.h - RUN/ROLE/status: what a role says of itself, readable when front is dead.
 *
 * One JSON object: {"role", "pid", "state", "since", ...}. Replaced atomically. */
#pragma once

#include "base/error.h"
#include "config/config.h"

struct json;

/* The common members; the caller adds its own and hands it to status_save(). */
struct json *status_new(const char *role, const char *state);
/* Writes the file of the role; takes `status`. What tells of an end does not replace what a
 * successor has written, who may run already. A failure is logged: a role does not stop
 * because its status cannot be told. */
void status_save(const struct config *config, const char *role, struct json *status);

/* Reads the file of a role. ERR_NOT_FOUND: it never ran. ERR_DENIED: another user than the
 * role's has written it, who can do so where there is none. The caller frees *out, of which
 * nothing but the size was checked. `alive` says whether the process that wrote it still
 * lives. */
MUST_CHECK enum status status_read(const struct config *config, const char *role,
                                   struct json **out, bool *alive, struct error *err);

/* The socket's address as "192.0.2.1:53", for the status of listeners. */
struct json *status_endpoint(struct ip ip, uint16_t port);
