// SPDX-License-Identifier: GPL-3.0-or-later
/* query.h - what many queries of the tables have in common. */
#pragma once

#include "store/tables.h"
#include "store/values.h"

/* Starts a statement with an id as its first parameter. */
static inline struct sql_query query_start(struct sql *sql, const char *text, int64_t id)
{
    struct sql_query query = sql_start(sql, text);
    sql_put_int(&query, id);
    return query;
}

/* The last two parameters of a list: behind which id, and how many at most. */
static inline void query_put_page(struct sql_query *query, struct store_page page)
{
    sql_put_int(query, page.after);
    value_put_limit(query, page.limit);
}

/* Starts a list that has no other parameters. */
static inline struct sql_query query_page(struct sql *sql, const char *text,
                                          struct store_page page)
{
    struct sql_query query = sql_start(sql, text);
    query_put_page(&query, page);
    return query;
}

/* Starts a list by one of the texts: the first index is whether the list is of one owner, the second
 * whether it is of one zone or host, whose id is `within`. Both ids come first, in this order. */
static inline struct sql_query query_list(struct sql *sql, const char *const texts[2][2],
                                          int64_t within, struct store_page page)
{
    struct sql_query query = sql_start(sql, texts[page.owner_id != 0][within != 0]);
    if (page.owner_id)
        sql_put_int(&query, page.owner_id);
    if (within)
        sql_put_int(&query, within);
    query_put_page(&query, page);
    return query;
}

/* Removes what ended long enough ago. The statement's parameters are a time, and how many rows it may
 * remove. */
static inline enum status query_trim(struct sql *sql, const char *text, int64_t before_s,
                                     size_t limit, size_t *removed, struct error *err)
{
    CLEANUP(sql_done) struct sql_query query = query_start(sql, text, before_s);
    value_put_limit(&query, limit);
    enum status status = sql_run(&query, err);
    if (!status)
        *removed = (size_t)sql_touched(&query);
    return status;
}

/* A loop over the rows:
 *
 *     enum status status = OK;
 *     while (query_next(&query, &status, err))
 *         status = take(sql_get_int(&query));
 *     return status;
 *
 * True: the next row is there. False: there are no more, or *status is a failure, of this call
 * or of what the loop did with the row before. */
static inline bool query_next(struct sql_query *query, enum status *status,
                              struct error *err)
{
    enum status next = *status ? ERR_NOT_FOUND : sql_next(query, err);
    if (next != ERR_NOT_FOUND)
        *status = next;
    return next == OK;
}
