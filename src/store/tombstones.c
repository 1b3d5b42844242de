// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/connection.h"
#include "store/query.h"
#include "store/tables.h"
#include "store/values.h"

#define SELECT "SELECT t.id, t.name, t.owner_id, t.until_s, t.zone_id FROM tombstones t "

static enum status get(struct sql_query *query, struct tombstone_row *out,
                       struct error *err)
{
    struct tombstone_row row = { .id = sql_get_int(query) };
    value_get_name(query, &row.name);
    row.owner_id = sql_get_int(query);
    row.until_s = sql_get_int(query);
    row.zone_id = sql_get_int(query);
    enum status status = sql_intact(query, err);
    if (!status)
        *out = row;
    return status;
}

/* A name that is there goes first: with its old number a walk over the pages would miss it. */
enum status store_tombstone_put(struct store *store, const struct tombstone_row *row,
                                struct error *err)
{
    {
        CLEANUP(sql_done)
        struct sql_query query =
            sql_start(store->sql, "DELETE FROM tombstones WHERE name = $1");
        value_put_name(&query, &row->name);
        enum status status = sql_run(&query, err);
        if (status)
            return status;
    }
    CLEANUP(sql_done)
    struct sql_query query =
        sql_start(store->sql, "INSERT INTO tombstones (name, owner_id, until_s, zone_id)"
                              " VALUES ($1, $2, $3, $4)");
    value_put_name(&query, &row->name);
    sql_put_int(&query, row->owner_id);
    sql_put_int(&query, row->until_s);
    sql_put_int(&query, row->zone_id);
    return sql_run(&query, err);
}

enum status store_tombstone_get(struct store *store, const struct name *name,
                                struct tombstone_row *out, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = sql_start(store->sql, SELECT "WHERE t.name = $1");
    value_put_name(&query, name);
    enum status status = sql_next(&query, err);
    if (status == ERR_NOT_FOUND)
        return FAIL(err, status, "%s is not in quarantine", name_text(name));
    return status ? status : get(&query, out, err);
}

enum status store_tombstone_find(struct store *store, const struct name *name,
                                 int64_t now_s, int64_t *owner_id, struct error *err)
{
    struct tombstone_row row;
    enum status status = store_tombstone_get(store, name, &row, err);
    if (!status && row.until_s <= now_s)
        return FAIL(err, ERR_NOT_FOUND, "%s is free", name_text(name));
    if (!status)
        *owner_id = row.owner_id;
    return status;
}

enum status store_tombstone_remove(struct store *store, int64_t id, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        query_start(store->sql, "DELETE FROM tombstones WHERE id = $1", id);
    return sql_run_on_rows(&query, err);
}

enum status store_tombstone_trim(struct store *store, int64_t now_s, size_t limit,
                                 size_t *removed, struct error *err)
{
    static const char text[] = "DELETE FROM tombstones WHERE id IN (SELECT id FROM"
                               " tombstones WHERE until_s <= $1 LIMIT $2)";
    return query_trim(store->sql, text, now_s, limit, removed, err);
}

enum status store_tombstone_page(struct store *store, int64_t zone_id,
                                 struct store_page page,
                                 enum status (*fn)(void *ctx,
                                                   const struct tombstone_row *row),
                                 void *ctx, struct error *err)
{
    static const char *const texts[2][2] = {
        { SELECT "WHERE t.id > $1 ORDER BY t.id LIMIT $2",
          SELECT "WHERE t.zone_id = $1 AND t.id > $2 ORDER BY t.id LIMIT $3" },
        { SELECT "JOIN zones z ON z.id = t.zone_id WHERE z.owner_id = $1 AND t.id > $2"
                 " ORDER BY t.id LIMIT $3",
          SELECT "JOIN zones z ON z.id = t.zone_id WHERE z.owner_id = $1 AND z.id = $2"
                 " AND t.id > $3 ORDER BY t.id LIMIT $4" },
    };
    CLEANUP(sql_done)
    struct sql_query query = query_list(store->sql, texts, zone_id, page);
    enum status status = OK;
    for (struct tombstone_row row; query_next(&query, &status, err);) {
        status = get(&query, &row, err);
        if (!status)
            status = fn(ctx, &row);
    }
    return status;
}

struct plain_walk {
    enum status (*fn)(void *ctx, const struct name *name, int64_t owner_id,
                      int64_t until_s);
    void *ctx;
};

static enum status give_plain(void *ctx, const struct tombstone_row *row)
{
    const struct plain_walk *walk = (const struct plain_walk *)ctx;
    return walk->fn(walk->ctx, &row->name, row->owner_id, row->until_s);
}

enum status store_tombstone_list(struct store *store,
                                 enum status (*fn)(void *ctx, const struct name *name,
                                                   int64_t owner_id, int64_t until_s),
                                 void *ctx, struct error *err)
{
    struct plain_walk walk = { fn, ctx };
    return store_tombstone_page(store, 0,
                                (struct store_page){ .after = 0, .limit = SIZE_MAX },
                                give_plain, &walk, err);
}
