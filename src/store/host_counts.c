// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/host_counts.h"

#include "store/connection.h"
#include "store/query.h"

static enum status add_one(struct store *store, int64_t zone_id, int64_t owner_id,
                           int more, struct error *err)
{
    static const char text[] =
        "INSERT INTO host_counts (zone_id, owner_id, hosts) VALUES ($1, $2, $3)"
        " ON CONFLICT (zone_id, owner_id) DO UPDATE"
        " SET hosts = host_counts.hosts + excluded.hosts";
    CLEANUP(sql_done) struct sql_query query = query_start(store->sql, text, zone_id);
    sql_put_int(&query, owner_id);
    sql_put_int(&query, more);
    return sql_run(&query, err);
}

/* A row of nothing would stay for ever. */
static enum status remove_one(struct store *store, int64_t zone_id, int64_t owner_id,
                              struct error *err)
{
    static const char text[] = "DELETE FROM host_counts WHERE zone_id = $1"
                               " AND owner_id = $2 AND hosts <= 0";
    CLEANUP(sql_done) struct sql_query query = query_start(store->sql, text, zone_id);
    sql_put_int(&query, owner_id);
    return sql_run(&query, err);
}

enum status host_counts_add(struct store *store, int64_t zone_id, int64_t owner_id,
                            int more, struct error *err)
{
    const int64_t keys[][2] = { { zone_id, owner_id }, { zone_id, 0 }, { 0, owner_id } };
    enum status status = OK;
    for (size_t i = 0; i < LENGTH_OF(keys) && !status; i++) {
        status = add_one(store, keys[i][0], keys[i][1], more, err);
        if (!status && more < 0)
            status = remove_one(store, keys[i][0], keys[i][1], err);
    }
    return status;
}

enum status store_host_count(struct store *store, int64_t zone_id, int64_t owner_id,
                             int64_t *out, struct error *err)
{
    static const char text[] =
        "SELECT hosts FROM host_counts WHERE zone_id = $1 AND owner_id = $2";
    CLEANUP(sql_done) struct sql_query query = query_start(store->sql, text, zone_id);
    sql_put_int(&query, owner_id);
    enum status status = sql_next(&query, err);
    if (status && status != ERR_NOT_FOUND)
        return status;
    *out = status ? 0 : sql_get_int(&query);
    return OK;
}

enum status store_host_counts_wrong(struct store *store, int64_t *out, struct error *err)
{
    static const char text[] =
        "WITH real AS (SELECT zone_id, owner_id, count(*) AS hosts FROM hosts"
        " GROUP BY zone_id, owner_id UNION ALL SELECT zone_id, 0, count(*) FROM hosts"
        " GROUP BY zone_id UNION ALL SELECT 0, owner_id, count(*) FROM hosts"
        " GROUP BY owner_id), kept AS (SELECT zone_id, owner_id, hosts FROM host_counts)"
        " SELECT (SELECT count(*) FROM (SELECT * FROM real EXCEPT SELECT * FROM kept)"
        " AS missing) + (SELECT count(*) FROM (SELECT * FROM kept EXCEPT SELECT * FROM"
        " real) AS extra)";
    CLEANUP(sql_done) struct sql_query query = sql_start(store->sql, text);
    enum status status = sql_next(&query, err);
    if (!status)
        *out = sql_get_int(&query);
    return status;
}
