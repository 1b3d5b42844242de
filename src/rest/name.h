// SPDX-License-Identifier: GPL-3.0-or-later
/* name.h - what hosts and the gate share with name.c. */
#pragma once

#include "rest/call.h"

/* What was not given: the TTL is the zone's, and so is the owner when an operator asks. ERR_NOT_FOUND:
 * the name lies in no zone. */
MUST_CHECK enum status rest_host_fill(const struct rest_call *call, struct host_row *row,
                                      struct error *err);
/* Where a host could not be made because of its name: why, as the call's word. */
void rest_name_word(struct rest_call *call, const struct name *name);

/* Rows by what the path names. ERR_NOT_FOUND, ERR_SYNTAX. */
MUST_CHECK enum status rest_find_reserved(const struct rest_call *call, struct str number,
                                          struct reserved_row *out, struct error *err);
MUST_CHECK enum status rest_find_tombstone(const struct rest_call *call, struct str text,
                                           struct tombstone_row *out, struct error *err);
