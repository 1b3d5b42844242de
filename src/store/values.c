// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/values.h"

#include <string.h>

struct str value_fold_email(struct str email, char out[EMAIL_SIZE])
{
    struct str cut = str_first(email, EMAIL_SIZE);
    for (size_t i = 0; i < cut.n; i++)
        out[i] = char_lower(cut.at[i]);
    return str_bytes(out, cut.n);
}

void value_put_id(struct sql_query *query, int64_t id)
{
    if (id)
        sql_put_int(query, id);
    else
        sql_put_null(query);
}

void value_put_limit(struct sql_query *query, size_t limit)
{
    sql_put_int(query, limit > INT64_MAX ? INT64_MAX : (int64_t)limit);
}

void value_put_zero_ended(struct sql_query *query, const char *text)
{
    sql_put_text(query, str_from(text));
}

void value_put_name(struct sql_query *query, const struct name *name)
{
    sql_put_blob(query, name_bytes(name));
}

void value_put_ip(struct sql_query *query, const struct ip *ip)
{
    if (ip->family == IP_NONE)
        sql_put_null(query);
    else
        sql_put_blob(query, ip_bytes(ip));
}

int64_t value_get_range(struct sql_query *query, int64_t max)
{
    int64_t value = sql_get_int(query);
    if (value >= 0 && value <= max)
        return value;
    query->damaged = true;
    return 0;
}

unsigned value_get_choice(struct sql_query *query, unsigned last)
{
    return (unsigned)value_get_range(query, last);
}

bool value_get_bool(struct sql_query *query)
{
    return value_get_range(query, 1) == 1;
}

uint32_t value_get_u32(struct sql_query *query)
{
    return (uint32_t)value_get_range(query, UINT32_MAX);
}

void value_get_zero_ended(struct sql_query *query, char *out, size_t size)
{
    struct str text = sql_get_bytes(query);
    if (text.n >= size || (text.n && memchr(text.at, 0, text.n))) {
        query->damaged = true;
        text.n = 0;
    }
    if (text.n)
        memcpy(out, text.at, text.n);
    out[text.n] = '\0';
}

void value_get_name(struct sql_query *query, struct name *out)
{
    if (name_decode(sql_get_bytes(query), out))
        query->damaged = true;
}

void value_get_name_or_none(struct sql_query *query, struct name *out)
{
    struct str bytes = sql_get_bytes(query);
    out->n = 0;
    if (bytes.n && name_decode(bytes, out))
        query->damaged = true;
}

void value_get_ip(struct sql_query *query, struct ip *out)
{
    struct str bytes = sql_get_bytes(query);
    *out = (struct ip){ 0 };
    if (bytes.n && ip_from_bytes(bytes, out))
        query->damaged = true;
}

void value_get_exactly(struct sql_query *query, void *out, size_t n)
{
    struct str bytes = sql_get_bytes(query);
    if (bytes.n == n)
        memcpy(out, bytes.at, n);
    else
        query->damaged = true;
}

size_t value_get_at_most(struct sql_query *query, void *out, size_t size)
{
    struct str bytes = sql_get_bytes(query);
    if (bytes.n > size) {
        query->damaged = true;
        return 0;
    }
    if (bytes.n)
        memcpy(out, bytes.at, bytes.n);
    return bytes.n;
}
