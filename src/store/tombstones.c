// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/connection.h"
#include "store/query.h"
#include "store/tables.h"
#include "store/values.h"

enum status store_tombstone_put(struct store *store, const struct name *name,
                                int64_t owner_id, int64_t until_s, struct error *err)
{
    static const char text[] = "INSERT INTO tombstones (name, owner_id, until_s)"
                               " VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE"
                               " SET owner_id = excluded.owner_id,"
                               " until_s = excluded.until_s";
    CLEANUP(sql_done) struct sql_query query = sql_start(store->sql, text);
    value_put_name(&query, name);
    sql_put_int(&query, owner_id);
    sql_put_int(&query, until_s);
    return sql_run(&query, err);
}

enum status store_tombstone_find(struct store *store, const struct name *name,
                                 int64_t now_s, int64_t *owner_id, struct error *err)
{
    static const char text[] = "SELECT owner_id FROM tombstones"
                               " WHERE name = $1 AND until_s > $2";
    CLEANUP(sql_done) struct sql_query query = sql_start(store->sql, text);
    value_put_name(&query, name);
    sql_put_int(&query, now_s);
    enum status status = sql_next(&query, err);
    if (status == ERR_NOT_FOUND)
        return FAIL(err, status, "%s is free", name_text(name));
    if (status)
        return status;
    *owner_id = sql_get_int(&query);
    return OK;
}

enum status store_tombstone_trim(struct store *store, int64_t now_s, size_t limit,
                                 size_t *removed, struct error *err)
{
    static const char text[] = "DELETE FROM tombstones WHERE name IN (SELECT name FROM"
                               " tombstones WHERE until_s <= $1 LIMIT $2)";
    return query_trim(store->sql, text, now_s, limit, removed, err);
}

enum status store_tombstone_list(struct store *store,
                                 enum status (*fn)(void *ctx, const struct name *name,
                                                   int64_t owner_id, int64_t until_s),
                                 void *ctx, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        sql_start(store->sql, "SELECT name, owner_id, until_s FROM tombstones");
    enum status status = OK;
    while (query_next(&query, &status, err)) {
        struct name name;
        value_get_name(&query, &name);
        int64_t owner_id = sql_get_int(&query);
        int64_t until_s = sql_get_int(&query);
        status = sql_intact(&query, err);
        if (!status)
            status = fn(ctx, &name, owner_id, until_s);
    }
    return status;
}
