// SPDX-License-Identifier: GPL-3.0-or-later
/* The journal. A new seq is one more than the greatest in the table; so that it never falls,
 * trimming leaves the newest row alone, however old it is. A seq of a transaction that was
 * rolled back is given again: no reader has seen it. */
#include "store/connection.h"
#include "store/query.h"
#include "store/tables.h"
#include "store/values.h"

#define COLUMNS \
    "kind, id, prev, before, after, time_s, source, agent, token_id, dialect, encrypted," \
    " name"
#define SELECT "SELECT seq, " COLUMNS " FROM changes "

static void put(struct sql_query *query, const struct change_row *row)
{
    sql_put_int(query, (int64_t)row->kind);
    sql_put_int(query, row->id);
    sql_put_int(query, row->prev);
    sql_put_blob(query, str_bytes(row->before, row->before_n));
    sql_put_blob(query, str_bytes(row->after, row->after_n));
    sql_put_int(query, row->time_s);
    value_put_ip(query, &row->source);
    value_put_zero_ended(query, row->agent);
    sql_put_int(query, row->token_id);
    sql_put_int(query, row->dialect);
    sql_put_int(query, row->encrypted);
    value_put_name(query, &row->name); /* empty: none */
}

static enum status get(struct sql_query *query, struct change_row *out, struct error *err)
{
    struct change_row row = { .seq = sql_get_int(query) };
    row.kind = value_get_choice(query, CHANGE_QUARANTINE);
    if (row.kind < CHANGE_HOST)
        query->damaged = true;
    row.id = sql_get_int(query);
    row.prev = sql_get_int(query);
    row.before_n = value_get_at_most(query, row.before, sizeof(row.before));
    row.after_n = value_get_at_most(query, row.after, sizeof(row.after));
    row.time_s = sql_get_int(query);
    value_get_ip(query, &row.source);
    value_get_zero_ended(query, row.agent, sizeof(row.agent));
    row.token_id = sql_get_int(query);
    row.dialect = (uint8_t)value_get_range(query, UINT8_MAX);
    row.encrypted = value_get_bool(query);
    value_get_name_or_none(query, &row.name);
    enum status status = sql_intact(query, err);
    if (!status)
        *out = row;
    return status;
}

static enum status append(struct sql_query *query, struct change_row *row,
                          struct error *err)
{
    enum status status = sql_next(query, err);
    if (status)
        return status;
    row->seq = sql_get_int(query);
    return OK;
}

enum status store_change_append(struct store *store, struct change_row *row,
                                struct error *err)
{
    static const char text[] = "INSERT INTO changes (" COLUMNS ")"
                               " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,"
                               " $12) RETURNING seq";
    CLEANUP(sql_done) struct sql_query query = sql_start(store->sql, text);
    put(&query, row);
    return append(&query, row, err);
}

enum status store_change_append_after(struct store *store, int64_t after,
                                      struct change_row *row, struct error *err)
{
    static const char text[] =
        "INSERT INTO changes (" COLUMNS ", seq)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, (SELECT 1 +"
        " CASE WHEN max(seq) > $13 THEN max(seq) ELSE $13 END FROM changes)) RETURNING seq";
    CLEANUP(sql_done) struct sql_query query = sql_start(store->sql, text);
    put(&query, row);
    sql_put_int(&query, after);
    return append(&query, row, err);
}

enum status store_change_find(struct store *store, int64_t seq, struct change_row *out,
                              struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = query_start(store->sql, SELECT "WHERE seq = $1", seq);
    enum status status = sql_next(&query, err);
    if (status == ERR_NOT_FOUND)
        return FAIL(err, status, "no change %lld", (long long)seq);
    return status ? status : get(&query, out, err);
}

enum status store_change_list(struct store *store, struct store_page page,
                              enum status (*fn)(void *ctx, const struct change_row *row),
                              void *ctx, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        query_page(store->sql, SELECT "WHERE seq > $1 ORDER BY seq LIMIT $2", page);
    enum status status = OK;
    for (struct change_row row; query_next(&query, &status, err);) {
        status = get(&query, &row, err);
        if (!status)
            status = fn(ctx, &row);
    }
    return status;
}

/* There is no index on the time. The oldest rows are looked at, so a call costs no more if none is
 * old enough. */
enum status store_change_trim(struct store *store, int64_t below, int64_t before_s,
                              size_t limit, size_t *removed, struct error *err)
{
    static const char text[] =
        "DELETE FROM changes WHERE seq IN (SELECT seq FROM (SELECT seq, time_s FROM changes"
        " WHERE seq < $1 AND seq < (SELECT max(seq) FROM changes) ORDER BY seq LIMIT $2)"
        " AS oldest WHERE time_s < $3)";
    CLEANUP(sql_done) struct sql_query query = sql_start(store->sql, text);
    sql_put_int(&query, below);
    value_put_limit(&query, limit);
    sql_put_int(&query, before_s);
    enum status status = sql_run(&query, err);
    if (!status)
        *removed = (size_t)sql_touched(&query);
    return status;
}
