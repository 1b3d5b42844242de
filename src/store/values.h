// SPDX-License-Identifier: GPL-3.0-or-later
/* values.h - our own types as parameters and columns.
 *
 * When a column has a value that our type cannot hold, the query is marked as damaged
 * (sql_intact()). */
#pragma once

#include "base/ip.h"
#include "dns/name.h"
#include "store/rows.h"
#include "store/sql.h"

/* E-mail addresses are the same whatever the case of their ASCII letters. What mail is sent to are
 * the bytes as they were typed. */
struct str value_fold_email(struct str email, char out[EMAIL_SIZE]);

/* 0 becomes NULL. */
void value_put_id(struct sql_query *query, int64_t id);
/* For LIMIT. A limit greater than the database can count means all rows. */
void value_put_limit(struct sql_query *query, size_t limit);
void value_put_zero_ended(struct sql_query *query, const char *text);
/* In wire form; lent. */
void value_put_name(struct sql_query *query, const struct name *name);
/* 4 or 16 bytes, or NULL for none; lent. */
void value_put_ip(struct sql_query *query, const struct ip *ip);

/* From 0 to `max`. */
int64_t value_get_range(struct sql_query *query, int64_t max);
/* From 0 to `last`, which is the last value of an enum of ours. */
unsigned value_get_choice(struct sql_query *query, unsigned last);
bool value_get_bool(struct sql_query *query);
uint32_t value_get_u32(struct sql_query *query);
/* A text of fewer than `size` bytes that has no zero byte. */
void value_get_zero_ended(struct sql_query *query, char *out, size_t size);
void value_get_name(struct sql_query *query, struct name *out);
/* Empty bytes give a name whose n is 0. */
void value_get_name_or_none(struct sql_query *query, struct name *out);
void value_get_ip(struct sql_query *query, struct ip *out);
/* Exactly `n` bytes. */
void value_get_exactly(struct sql_query *query, void *out, size_t n);
/* At most `size` bytes; gives their number. */
size_t value_get_at_most(struct sql_query *query, void *out, size_t size);
