// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/connection.h"

enum status store_setting_get(struct store *store, const char *name, struct buf *out,
                              struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        sql_start(store->sql, "SELECT value FROM settings WHERE name = $1");
    sql_put_text(&query, str_from(name));
    enum status status = sql_next(&query, err);
    if (status == ERR_NOT_FOUND)
        return FAIL(err, status, "no setting %s", name);
    if (status)
        return status;
    struct str value = sql_get_bytes(&query);
    if (value.n > out->size - out->n)
        return FAIL(err, ERR_LIMIT, "setting %s has %zu bytes", name, value.n);
    buf_put(out, value);
    return OK;
}

enum status store_setting_put(struct store *store, const char *name, struct str value,
                              struct error *err)
{
    static const char text[] = "INSERT INTO settings (name, value) VALUES ($1, $2)"
                               " ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    CLEANUP(sql_done) struct sql_query query = sql_start(store->sql, text);
    sql_put_text(&query, str_from(name));
    sql_put_text(&query, value);
    return sql_run(&query, err);
}
