// SPDX-License-Identifier: GPL-3.0-or-later
/* value.h - a record as the value of an entry (image.h), for who writes files. */
#pragma once

#include "base/buf.h"
#include "dns/record.h"
#include "image/format.h"

/* What stands before the record's data; yields its size, at most VALUE_RDATA_AT +
 * VALUE_LOCATION_SIZE. */
size_t value_put_head(uint8_t *at, const struct record *record);
size_t value_size(const struct record *record);
void value_put(struct buf *out, const struct record *record);
/* Whether a value is just that of the record. */
bool value_is_of(struct str value, const struct record *record);
