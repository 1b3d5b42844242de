// SPDX-License-Identifier: GPL-3.0-or-later
/* dyndns2.h - the update protocol that Dyn made and every router speaks.
 *
 * GET or POST /nic/update?hostname=LIST&myip=LIST with Basic credentials: the password is
 * the token. The reply has one line per host; docs/protocol.md has the words and their
 * meaning. */
#pragma once

#include "update/dialect.h"

extern const struct dialect dyndns2;
