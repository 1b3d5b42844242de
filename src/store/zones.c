// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/connection.h"
#include "store/query.h"
#include "store/tables.h"
#include "store/values.h"

#define COLUMNS \
    "name, owner_id, state, policy, mname, rname, refresh_s, retry_s, expire_s," \
    " minimum_s, soa_ttl_s, ns_ttl_s, default_ttl_s, serial_base, labels_max," \
    " created_s, last_change, look_alikes, hosts_max, account_hosts_max, abuse"
#define VALUES \
    "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17," \
    " $18, $19, $20, $21)"
#define SELECT "SELECT id, " COLUMNS " FROM zones "

static void put(struct sql_query *query, const struct zone_row *row)
{
    value_put_name(query, &row->name);
    sql_put_int(query, row->owner_id);
    sql_put_int(query, (int64_t)row->state);
    sql_put_int(query, (int64_t)row->policy);
    value_put_name(query, &row->mname);
    value_put_name(query, &row->rname);
    const uint32_t numbers[] = { row->refresh_s,     row->retry_s,     row->expire_s,
                                 row->minimum_s,     row->soa_ttl_s,   row->ns_ttl_s,
                                 row->default_ttl_s, row->serial_base, row->labels_max };
    for (size_t i = 0; i < LENGTH_OF(numbers); i++)
        sql_put_int(query, numbers[i]);
    sql_put_int(query, row->created_s);
    sql_put_int(query, row->last_change);
    sql_put_int(query, (int64_t)row->look_alikes);
    sql_put_int(query, row->hosts_max);
    sql_put_int(query, row->account_hosts_max);
    value_put_zero_ended(query, row->abuse);
}

static enum status get(struct sql_query *query, struct zone_row *out, struct error *err)
{
    struct zone_row row = { .id = sql_get_int(query) };
    value_get_name(query, &row.name);
    row.owner_id = sql_get_int(query);
    row.state = value_get_choice(query, ZONE_DISABLED);
    row.policy = value_get_choice(query, ZONE_POLICY_LAST);
    value_get_name(query, &row.mname);
    value_get_name(query, &row.rname);
    uint32_t *const numbers[] = { &row.refresh_s,     &row.retry_s,    &row.expire_s,
                                  &row.minimum_s,     &row.soa_ttl_s,  &row.ns_ttl_s,
                                  &row.default_ttl_s, &row.serial_base };
    for (size_t i = 0; i < LENGTH_OF(numbers); i++)
        *numbers[i] = value_get_u32(query);
    row.labels_max = (uint8_t)value_get_range(query, UINT8_MAX);
    row.created_s = sql_get_int(query);
    row.last_change = sql_get_int(query);
    row.look_alikes = value_get_choice(query, LOOK_ALIKES_ALLOWED);
    row.hosts_max = (int32_t)value_get_range(query, INT32_MAX);
    row.account_hosts_max = (int32_t)value_get_range(query, INT32_MAX);
    value_get_zero_ended(query, row.abuse, sizeof(row.abuse));
    enum status status = sql_intact(query, err);
    if (!status)
        *out = row;
    return status;
}

static enum status fail_with_name(enum status status, const struct zone_row *row,
                                  struct error *err)
{
    if (status == ERR_EXISTS)
        return FAIL(err, status, "a zone %s exists", name_text(&row->name));
    return status;
}

enum status store_zone_insert(struct store *store, struct zone_row *row,
                              struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = sql_start(store->sql, "INSERT INTO zones (" COLUMNS
                                                   ") VALUES " VALUES " RETURNING id");
    put(&query, row);
    enum status status = sql_next(&query, err);
    if (status)
        return fail_with_name(status, row, err);
    row->id = sql_get_int(&query);
    return OK;
}

enum status store_zone_update(struct store *store, const struct zone_row *row,
                              struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = sql_start(store->sql, "UPDATE zones SET (" COLUMNS
                                                   ") = " VALUES " WHERE id = $22");
    put(&query, row);
    sql_put_int(&query, row->id);
    return fail_with_name(sql_run_on_rows(&query, err), row, err);
}

enum status store_zone_remove(struct store *store, int64_t id, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        query_start(store->sql, "DELETE FROM zones WHERE id = $1", id);
    enum status status = sql_run_on_rows(&query, err);
    if (status == ERR_CONFLICT)
        return FAIL(err, status, "the zone has hosts");
    return status;
}

enum status store_zone_find(struct store *store, int64_t id, struct zone_row *out,
                            struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = query_start(store->sql, SELECT "WHERE id = $1", id);
    enum status status = sql_next(&query, err);
    if (status == ERR_NOT_FOUND)
        return FAIL(err, status, "no zone %lld", (long long)id);
    return status ? status : get(&query, out, err);
}

/* Without words: a search for the longest one fails often before it succeeds. */
static enum status find_name(struct store *store, const struct name *name,
                             struct zone_row *out, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = sql_start(store->sql, SELECT "WHERE name = $1");
    value_put_name(&query, name);
    enum status status = sql_next(&query, err);
    return status ? status : get(&query, out, err);
}

enum status store_zone_find_name(struct store *store, const struct name *name,
                                 struct zone_row *out, struct error *err)
{
    enum status status = find_name(store, name, out, err);
    if (status == ERR_NOT_FOUND)
        return FAIL(err, status, "no zone %s", name_text(name));
    return status;
}

enum status store_zone_find_longest(struct store *store, const struct name *name,
                                    struct zone_row *out, struct error *err)
{
    struct name at = *name;
    for (;;) {
        enum status status = find_name(store, &at, out, err);
        if (status != ERR_NOT_FOUND)
            return status;
        if (name_is_root(&at))
            return FAIL(err, status, "no zone at or above %s", name_text(name));
        name_parent(&at, &at);
    }
}

static enum status give_all(struct sql_query *query,
                            enum status (*fn)(void *ctx, const struct zone_row *row),
                            void *ctx, struct error *err)
{
    enum status status = OK;
    for (struct zone_row row; query_next(query, &status, err);) {
        status = get(query, &row, err);
        if (!status)
            status = fn(ctx, &row);
    }
    return status;
}

enum status store_zone_list(struct store *store, struct store_page page,
                            enum status (*fn)(void *ctx, const struct zone_row *row),
                            void *ctx, struct error *err)
{
    static const char *const texts[2][2] = {
        { SELECT "WHERE id > $1 ORDER BY id LIMIT $2" },
        { SELECT "WHERE id IN (SELECT id FROM zones WHERE owner_id = $1 AND id > $2"
                 " UNION SELECT zone_id FROM zone_members"
                 " WHERE account_id = $1 AND zone_id > $2"
                 " ORDER BY 1 LIMIT $3) ORDER BY id" },
    };
    CLEANUP(sql_done)
    struct sql_query query = query_list(store->sql, texts, 0, page);
    return give_all(&query, fn, ctx, err);
}

enum status store_zone_list_owned(struct store *store, struct store_page page,
                                  enum status (*fn)(void *ctx,
                                                    const struct zone_row *row),
                                  void *ctx, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = query_start(
        store->sql, SELECT "WHERE owner_id = $1 AND id > $2 ORDER BY id LIMIT $3",
        page.owner_id);
    query_put_page(&query, page);
    return give_all(&query, fn, ctx, err);
}
