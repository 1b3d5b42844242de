// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/value.h"

#include <string.h>

static void put_u32(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 24);
    at[1] = (uint8_t)(value >> 16 & 0xff);
    at[2] = (uint8_t)(value >> 8 & 0xff);
    at[3] = (uint8_t)(value & 0xff);
}

static bool has_location(const struct record *record)
{
    return record->location[0] || record->location[1];
}

size_t value_put_head(uint8_t *at, const struct record *record)
{
    at[0] = (uint8_t)(record->type >> 8);
    at[1] = (uint8_t)(record->type & 0xff);
    at[VALUE_KIND_AT] = record->wildcard ? '*' : '=';
    uint8_t *next = at + VALUE_TTL_AT;
    if (has_location(record)) {
        at[VALUE_KIND_AT]++; /* '+' and '>' */
        memcpy(next, record->location, VALUE_LOCATION_SIZE);
        next += VALUE_LOCATION_SIZE;
    }
    put_u32(next, record->ttl_s);
    put_u32(next + 4, (uint32_t)(record->stamp >> 32));
    put_u32(next + 8, (uint32_t)(record->stamp & UINT32_MAX));
    return (size_t)(next + 12 - at);
}

size_t value_size(const struct record *record)
{
    size_t location_n = has_location(record) ? VALUE_LOCATION_SIZE : 0;
    return VALUE_RDATA_AT + location_n + record->rdata.n;
}

void value_put(struct buf *out, const struct record *record)
{
    uint8_t head[VALUE_RDATA_AT + VALUE_LOCATION_SIZE];
    buf_put(out, str_bytes(head, value_put_head(head, record)));
    buf_put(out, record->rdata);
}

bool value_is_of(struct str value, const struct record *record)
{
    uint8_t head[VALUE_RDATA_AT + VALUE_LOCATION_SIZE];
    size_t n = value_put_head(head, record);
    return value.n == n + record->rdata.n && str_starts(value, str_bytes(head, n)) &&
           str_equal(str_from_at(value, n), record->rdata);
}
