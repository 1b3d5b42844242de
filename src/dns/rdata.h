// SPDX-License-Identifier: GPL-3.0-or-later
/* rdata.h - whether record data have the layout of their type.
 *
 * A secondary that gets one record whose data are not what its type demands throws the whole
 * zone away. So every type that has a layout is walked by it, and what servers check beyond
 * the layout is checked too: the length of a digest of a known kind, the order of a service's
 * parameters, the expression of a NAPTR. Types without a known layout may have any data
 * (RFC 3597). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "dns/record.h"

/* Names in the data are uncompressed. Any type may be asked for, and any bytes be given. */
bool rdata_is_whole(uint16_t type, struct str rdata);
/* And whether they may stand at `owner`, a whole name: an NSEC3 stands at a hash. */
bool rdata_is_whole_at(struct str owner, uint16_t type, struct str rdata);
bool record_is_whole(const struct record *record);
