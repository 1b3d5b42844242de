// SPDX-License-Identifier: GPL-3.0-or-later
/* rdata.h - checks that record data have the layout of their type.
 *
 * A secondary that gets one record with a wrong layout drops the whole zone. So the data of every
 * type with a known layout are checked, and so is what servers check beyond the layout: the length
 * of a digest of a known kind, the order of a service's parameters, the expression of a NAPTR. A
 * type without a known layout may have any data (RFC 3597). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "dns/record.h"

/* Whether the data have the layout of the type. Names in them are not compressed. `type` may be any
 * number, and `rdata` any bytes. */
bool rdata_is_whole(uint16_t type, struct str rdata);
/* Whether, besides, `owner` (a whole name) may have such a record: an NSEC3 belongs to a hash. */
bool rdata_is_whole_at(struct str owner, uint16_t type, struct str rdata);
bool record_is_whole(const struct record *record);
