// SPDX-License-Identifier: GPL-3.0-or-later
/* dyndns1.h - Dyn's older protocol, which some clients still know.
 *
 * GET /nic/dyndns?action=edit&host_id=NAME&myip=ADDRESS; `hostname=YES` is a flag here. The
 * reply is a page of named lines for the whole call; docs/protocol.md has the words. */
#pragma once

#include "update/dialect.h"

extern const struct dialect dyndns1;
