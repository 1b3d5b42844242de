// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/connection.h"
#include "store/query.h"
#include "store/tables.h"
#include "store/values.h"

enum status store_stale_find(struct store *store, enum stale_kind kind, int64_t id,
                             struct stale_row *out, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = sql_start(
        store->sql, "SELECT step, time_s FROM stale WHERE kind = $1 AND id = $2");
    struct stale_row row = { .kind = kind, .id = id };
    sql_put_int(&query, (int64_t)kind);
    sql_put_int(&query, id);
    enum status status = sql_next(&query, err);
    if (!status) {
        row.step = value_get_range(&query, UINT8_MAX);
        row.time_s = sql_get_int(&query);
        status = sql_intact(&query, err);
    }
    if (status == ERR_NOT_FOUND)
        status = OK;
    if (!status)
        *out = row;
    return status;
}

enum status store_stale_put(struct store *store, const struct stale_row *row,
                            struct error *err)
{
    static const char text[] =
        "INSERT INTO stale (kind, id, step, time_s) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (kind, id) DO UPDATE SET step = excluded.step,"
        " time_s = excluded.time_s";
    CLEANUP(sql_done) struct sql_query query = sql_start(store->sql, text);
    sql_put_int(&query, (int64_t)row->kind);
    sql_put_int(&query, row->id);
    sql_put_int(&query, row->step);
    sql_put_int(&query, row->time_s);
    return sql_run(&query, err);
}

enum status store_stale_remove(struct store *store, enum stale_kind kind, int64_t id,
                               struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        sql_start(store->sql, "DELETE FROM stale WHERE kind = $1 AND id = $2");
    sql_put_int(&query, (int64_t)kind);
    sql_put_int(&query, id);
    return sql_run(&query, err);
}
