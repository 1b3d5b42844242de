// SPDX-License-Identifier: GPL-3.0-or-later
/* value.h - writes a record as the value of an entry (image.h). For this room alone. */
#pragma once

#include "base/buf.h"
#include "dns/record.h"
#include "image/format.h"

/* Writes what comes before the record's data. Returns its size, at most VALUE_RDATA_AT +
 * VALUE_LOCATION_SIZE. */
size_t value_put_head(uint8_t *at, const struct record *record);
size_t value_size(const struct record *record);
void value_put(struct buf *out, const struct record *record);
/* Whether a value is exactly that of the record. */
bool value_is_of(struct str value, const struct record *record);
