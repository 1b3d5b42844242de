// SPDX-License-Identifier: GPL-3.0-or-later
/* values.h - our own types as parameters and columns.
 *
 * A column that holds what our type cannot hold marks the query as damaged (sql_intact()). */
#pragma once

#include "base/ip.h"
#include "dns/name.h"
#include "store/sql.h"

/* NULL for 0. */
void value_put_id(struct sql_query *query, int64_t id);
/* For LIMIT: all rows when it is past what the database counts. */
void value_put_limit(struct sql_query *query, size_t limit);
void value_put_zero_ended(struct sql_query *query, const char *text);
/* Wire form; borrowed. */
void value_put_name(struct sql_query *query, const struct name *name);
/* 4 or 16 bytes, NULL for none; borrowed. */
void value_put_ip(struct sql_query *query, const struct ip *ip);

/* 0..max. */
int64_t value_get_range(struct sql_query *query, int64_t max);
/* The same, for an enum of ours whose last value is `last`. */
unsigned value_get_choice(struct sql_query *query, unsigned last);
bool value_get_bool(struct sql_query *query);
uint32_t value_get_u32(struct sql_query *query);
/* A text of less than `size` bytes without a zero byte. */
void value_get_zero_ended(struct sql_query *query, char *out, size_t size);
void value_get_name(struct sql_query *query, struct name *out);
/* n is 0 for empty bytes. */
void value_get_name_or_none(struct sql_query *query, struct name *out);
void value_get_ip(struct sql_query *query, struct ip *out);
/* Exactly `n` bytes. */
void value_get_exactly(struct sql_query *query, void *out, size_t n);
/* At most `size` bytes; gives their number. */
size_t value_get_at_most(struct sql_query *query, void *out, size_t size);
