// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/connection.h"
#include "store/query.h"
#include "store/tables.h"
#include "store/values.h"

#define COLUMNS "zone_id, host_id, owner, wildcard, type, ttl_s, rdata, expires_s"
#define SELECT "SELECT id, " COLUMNS " FROM records "
#define OF_OWNER \
    "WHERE id IN (SELECT records.id FROM hosts JOIN records ON host_id = hosts.id" \
    " WHERE hosts.owner_id = $1 UNION ALL SELECT records.id FROM zones" \
    " JOIN records ON zone_id = zones.id WHERE zones.owner_id = $1" \
    " AND host_id IS NULL) "

static void put(struct sql_query *query, const struct record_row *row)
{
    sql_put_int(query, row->zone_id);
    value_put_id(query, row->host_id);
    value_put_name(query, &row->owner);
    sql_put_int(query, row->wildcard);
    sql_put_int(query, row->type);
    sql_put_int(query, row->ttl_s);
    sql_put_blob(query, str_bytes(row->rdata, row->rdata_n));
    sql_put_int(query, row->expires_s);
}

static enum status get(struct sql_query *query, struct record_row *row, struct error *err)
{
    row->id = sql_get_int(query);
    row->zone_id = sql_get_int(query);
    row->host_id = sql_get_int(query);
    value_get_name(query, &row->owner);
    row->wildcard = value_get_bool(query);
    row->type = (uint16_t)value_get_range(query, UINT16_MAX);
    row->ttl_s = value_get_u32(query);
    row->rdata_n = value_get_at_most(query, row->rdata, sizeof(row->rdata));
    row->expires_s = sql_get_int(query);
    return sql_intact(query, err);
}

enum status store_record_insert(struct store *store, struct record_row *row,
                                struct error *err)
{
    static const char text[] = "INSERT INTO records (" COLUMNS ")"
                               " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id";
    CLEANUP(sql_done) struct sql_query query = sql_start(store->sql, text);
    put(&query, row);
    enum status status = sql_next(&query, err);
    if (status == ERR_CONFLICT)
        return FAIL(err, status, "record of %s: its zone or host is missing",
                    name_text(&row->owner));
    if (status)
        return status;
    row->id = sql_get_int(&query);
    return OK;
}

enum status store_record_remove(struct store *store, int64_t id, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        query_start(store->sql, "DELETE FROM records WHERE id = $1", id);
    return sql_run_on_rows(&query, err);
}

enum status store_record_set_expiry(struct store *store, int64_t id, int64_t expires_s,
                                    struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        sql_start(store->sql, "UPDATE records SET expires_s = $1 WHERE id = $2");
    sql_put_int(&query, expires_s);
    sql_put_int(&query, id);
    return sql_run_on_rows(&query, err);
}

enum status store_record_move(struct store *store, const struct record_row *row,
                              struct error *err)
{
    static const char text[] =
        "UPDATE records SET zone_id = $1, host_id = $2 WHERE id = $3";
    CLEANUP(sql_done) struct sql_query query = sql_start(store->sql, text);
    sql_put_int(&query, row->zone_id);
    value_put_id(&query, row->host_id);
    sql_put_int(&query, row->id);
    return sql_run_on_rows(&query, err);
}

enum status store_record_find(struct store *store, int64_t id, struct record_row *out,
                              struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = query_start(store->sql, SELECT "WHERE id = $1", id);
    enum status status = sql_next(&query, err);
    if (status == ERR_NOT_FOUND)
        return FAIL(err, status, "no record %lld", (long long)id);
    return status ? status : get(&query, out, err);
}

/* Gives each row of a query whose parameters are put. */
static enum status give_all(struct sql_query *query,
                            enum status (*fn)(void *ctx, const struct record_row *row),
                            void *ctx, struct error *err)
{
    struct record_row row = { 0 };
    enum status status = OK;
    while (query_next(query, &status, err)) {
        status = get(query, &row, err);
        if (!status)
            status = fn(ctx, &row);
    }
    return status;
}

enum status store_record_list(struct store *store, int64_t zone_id,
                              enum status (*fn)(void *ctx, const struct record_row *row),
                              void *ctx, struct error *err)
{
    static const char all[] = SELECT "ORDER BY id";
    static const char of_zone[] = SELECT "WHERE zone_id = $1 ORDER BY id";
    CLEANUP(sql_done)
    struct sql_query query = sql_start(store->sql, zone_id ? of_zone : all);
    if (zone_id)
        sql_put_int(&query, zone_id);
    return give_all(&query, fn, ctx, err);
}

enum status store_record_page(struct store *store, int64_t zone_id,
                              struct store_page page,
                              enum status (*fn)(void *ctx, const struct record_row *row),
                              void *ctx, struct error *err)
{
    static const char *const texts[2][2] = {
        { SELECT "WHERE id > $1 ORDER BY id LIMIT $2",
          SELECT "WHERE zone_id = $1 AND id > $2 ORDER BY id LIMIT $3" },
        { SELECT OF_OWNER "AND id > $2 ORDER BY id LIMIT $3",
          SELECT OF_OWNER "AND zone_id = $2 AND id > $3 ORDER BY id LIMIT $4" },
    };
    CLEANUP(sql_done)
    struct sql_query query = query_list(store->sql, texts, zone_id, page);
    return give_all(&query, fn, ctx, err);
}

enum status store_record_list_name(struct store *store, int64_t zone_id,
                                   const struct name *owner,
                                   enum status (*fn)(void *ctx,
                                                     const struct record_row *row),
                                   void *ctx, struct error *err)
{
    static const char text[] = SELECT "WHERE zone_id = $1 AND owner = $2 ORDER BY id";
    CLEANUP(sql_done) struct sql_query query = query_start(store->sql, text, zone_id);
    value_put_name(&query, owner);
    return give_all(&query, fn, ctx, err);
}

enum status store_record_list_host(struct store *store, int64_t host_id,
                                   enum status (*fn)(void *ctx,
                                                     const struct record_row *row),
                                   void *ctx, struct error *err)
{
    static const char text[] = SELECT "WHERE host_id = $1 ORDER BY id";
    CLEANUP(sql_done) struct sql_query query = query_start(store->sql, text, host_id);
    return give_all(&query, fn, ctx, err);
}

enum status store_record_list_expired(struct store *store, int64_t now_s, size_t limit,
                                      enum status (*fn)(void *ctx,
                                                        const struct record_row *row),
                                      void *ctx, struct error *err)
{
    static const char text[] =
        SELECT "WHERE expires_s > 0 AND expires_s <= $1 ORDER BY expires_s, id LIMIT $2";
    CLEANUP(sql_done) struct sql_query query = sql_start(store->sql, text);
    sql_put_int(&query, now_s);
    value_put_limit(&query, limit);
    return give_all(&query, fn, ctx, err);
}
