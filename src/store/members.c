// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/connection.h"
#include "store/query.h"
#include "store/tables.h"
#include "store/values.h"

#define SELECT \
    "SELECT id, zone_id, account_id, role, added_by, created_s FROM zone_members "

static enum status get(struct sql_query *query, struct member_row *out, struct error *err)
{
    struct member_row row = { .id = sql_get_int(query) };
    row.zone_id = sql_get_int(query);
    row.account_id = sql_get_int(query);
    row.role = value_get_choice(query, MEMBER_MANAGER);
    row.added_by = sql_get_int(query);
    row.created_s = sql_get_int(query);
    enum status status = sql_intact(query, err);
    if (!status)
        *out = row;
    return status;
}

enum status store_member_insert(struct store *store, struct member_row *row,
                                struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        query_start(store->sql,
                    "INSERT INTO zone_members (zone_id, account_id, role, added_by,"
                    " created_s) VALUES ($1, $2, $3, $4, $5) RETURNING id",
                    row->zone_id);
    sql_put_int(&query, row->account_id);
    sql_put_int(&query, (int64_t)row->role);
    value_put_id(&query, row->added_by);
    sql_put_int(&query, row->created_s);
    enum status status = sql_next(&query, err);
    if (!status)
        row->id = sql_get_int(&query);
    return status;
}

enum status store_member_set_role(struct store *store, int64_t id, enum member_role role,
                                  struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = query_start(
        store->sql, "UPDATE zone_members SET role = $1 WHERE id = $2", (int64_t)role);
    sql_put_int(&query, id);
    return sql_run_on_rows(&query, err);
}

enum status store_member_remove(struct store *store, int64_t id, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        query_start(store->sql, "DELETE FROM zone_members WHERE id = $1", id);
    return sql_run_on_rows(&query, err);
}

enum status store_member_find(struct store *store, int64_t id, struct member_row *out,
                              struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = query_start(store->sql, SELECT "WHERE id = $1", id);
    enum status status = sql_next(&query, err);
    if (status == ERR_NOT_FOUND)
        return FAIL(err, status, "no member %lld", (long long)id);
    return status ? status : get(&query, out, err);
}

enum status store_member_find_account(struct store *store, int64_t zone_id,
                                      int64_t account_id, struct member_row *out,
                                      struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = query_start(
        store->sql, SELECT "WHERE account_id = $1 AND zone_id = $2", account_id);
    sql_put_int(&query, zone_id);
    enum status status = sql_next(&query, err);
    if (status == ERR_NOT_FOUND)
        return FAIL(err, status, "account %lld is no member", (long long)account_id);
    return status ? status : get(&query, out, err);
}

enum status store_member_list(struct store *store, int64_t zone_id,
                              struct store_page page,
                              enum status (*fn)(void *ctx, const struct member_row *row),
                              void *ctx, struct error *err)
{
    static const char *const texts[2][2] = {
        { SELECT "WHERE id > $1 ORDER BY id LIMIT $2",
          SELECT "WHERE zone_id = $1 AND id > $2 ORDER BY id LIMIT $3" },
        { SELECT "WHERE account_id = $1 AND id > $2 ORDER BY id LIMIT $3", SELECT
          "WHERE account_id = $1 AND zone_id = $2 AND id > $3 ORDER BY id LIMIT $4" },
    };
    CLEANUP(sql_done)
    struct sql_query query = query_list(store->sql, texts, zone_id, page);
    enum status status = OK;
    for (struct member_row row; query_next(&query, &status, err);) {
        status = get(&query, &row, err);
        if (!status)
            status = fn(ctx, &row);
    }
    return status;
}

enum status store_member_managers(struct store *store, int64_t zone_id, int64_t *ids,
                                  size_t max, size_t *count, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        query_start(store->sql,
                    "SELECT account_id FROM zone_members WHERE zone_id = $1 AND role = 1"
                    " ORDER BY id LIMIT $2",
                    zone_id);
    value_put_limit(&query, max);
    size_t n = 0;
    enum status status = OK;
    while (query_next(&query, &status, err))
        ids[n++] = sql_get_int(&query);
    if (!status)
        *count = n;
    return status;
}

enum status store_member_count_account(struct store *store, int64_t account_id,
                                       int64_t *out, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        query_start(store->sql, "SELECT count(*) FROM zone_members WHERE account_id = $1",
                    account_id);
    enum status status = sql_next(&query, err);
    if (!status)
        *out = sql_get_int(&query);
    return status;
}
