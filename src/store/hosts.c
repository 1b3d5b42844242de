// SPDX-License-Identifier: GPL-3.0-or-later
/* Hosts and their addresses. The usual address of each family stands in the host's own row;
 * only what is more than that is in `addresses`, with the flag more_addresses beside it. So
 * the update of an ordinary host is one statement on one row, and touches no index. */
#include "store/connection.h"
#include "store/host_counts.h"
#include "store/query.h"
#include "store/tables.h"
#include "store/values.h"

#define PUBLISHED \
    "zone_id, name, v4, v6, more_addresses, state, ttl_s, wildcard, last_change, withheld"
#define REST \
    "owner_id, mode, round_robin, private_allowed, plain_http, follows_id, interface_id," \
    " subnet, liveness_s, last_seen_s, created_s, in_clear_s, skeleton, when_silent," \
    " fallback_v4, fallback_v6, quiet, permanent, kept_s, owned_s"
#define SELECT "SELECT id, " PUBLISHED ", " REST ", heartbeat, silent_s FROM hosts "
/* What an insert and an update write, in the order of put(). */
#define WRITTEN \
    "zone_id, name, v4, v6, state, ttl_s, wildcard, last_change, withheld, " REST

static void put(struct sql_query *query, const struct host_row *row)
{
    sql_put_int(query, row->zone_id);
    value_put_name(query, &row->name);
    value_put_ip(query, &row->v4);
    value_put_ip(query, &row->v6);
    sql_put_int(query, (int64_t)row->state);
    sql_put_int(query, row->ttl_s);
    sql_put_int(query, row->wildcard);
    sql_put_int(query, row->last_change);
    sql_put_int(query, row->withheld);
    sql_put_int(query, row->owner_id);
    sql_put_int(query, (int64_t)row->mode);
    sql_put_int(query, row->round_robin);
    sql_put_int(query, row->private_allowed);
    sql_put_int(query, row->plain_http);
    value_put_id(query, row->follows_id);
    sql_put_blob(query, str_bytes(row->interface_id, sizeof(row->interface_id)));
    sql_put_int(query, row->subnet);
    sql_put_int(query, row->liveness_s);
    sql_put_int(query, row->last_seen_s);
    sql_put_int(query, row->created_s);
    sql_put_int(query, row->in_clear_s);
    value_put_id(query, row->skeleton);
    sql_put_int(query, (int64_t)row->when_silent);
    value_put_ip(query, &row->fallback_v4);
    value_put_ip(query, &row->fallback_v6);
    sql_put_int(query, row->quiet);
    sql_put_int(query, row->permanent);
    sql_put_int(query, row->kept_s);
    sql_put_int(query, row->owned_s);
}

static void get_published(struct sql_query *query, struct host_row *row)
{
    row->id = sql_get_int(query);
    row->zone_id = sql_get_int(query);
    value_get_name(query, &row->name);
    value_get_ip(query, &row->v4);
    value_get_ip(query, &row->v6);
    row->more_addresses = value_get_bool(query);
    row->state = value_get_choice(query, HOST_STATE_LAST);
    row->ttl_s = value_get_u32(query);
    row->wildcard = value_get_bool(query);
    row->last_change = sql_get_int(query);
    row->withheld = value_get_choice(query, WITHHELD_ALL);
}

static enum status get(struct sql_query *query, struct host_row *out, struct error *err)
{
    struct host_row row = { 0 };
    get_published(query, &row);
    row.owner_id = sql_get_int(query);
    row.mode = value_get_choice(query, HOST_FOLLOW);
    row.round_robin = value_get_bool(query);
    row.private_allowed = value_get_bool(query);
    row.plain_http = value_get_bool(query);
    row.follows_id = sql_get_int(query);
    value_get_exactly(query, row.interface_id, sizeof(row.interface_id));
    row.subnet = (uint16_t)value_get_range(query, UINT16_MAX);
    row.liveness_s = (int32_t)value_get_range(query, INT32_MAX);
    row.last_seen_s = sql_get_int(query);
    row.created_s = sql_get_int(query);
    row.in_clear_s = sql_get_int(query);
    row.skeleton = sql_get_int(query);
    row.when_silent = value_get_choice(query, SILENT_WITHDRAW);
    value_get_ip(query, &row.fallback_v4);
    value_get_ip(query, &row.fallback_v6);
    row.quiet = value_get_bool(query);
    row.permanent = value_get_bool(query);
    row.kept_s = sql_get_int(query);
    row.owned_s = sql_get_int(query);
    row.heartbeat = (uint16_t)value_get_range(query, UINT16_MAX);
    row.silent_s = sql_get_int(query);
    enum status status = sql_intact(query, err);
    if (!status)
        *out = row;
    return status;
}

static enum status fail_with_name(enum status status, const struct host_row *row,
                                  struct error *err)
{
    if (status == ERR_EXISTS)
        return FAIL(err, status, "a host %s exists", name_text(&row->name));
    if (status == ERR_CONFLICT)
        return FAIL(err, status,
                    "host %s: its zone, owner or the host it follows is missing",
                    name_text(&row->name));
    return status;
}

enum status store_host_insert(struct store *store, struct host_row *row,
                              struct error *err)
{
    static const char text[] =
        "INSERT INTO hosts (" WRITTEN ", more_addresses)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,"
        " $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, 0) RETURNING id";
    CLEANUP(sql_done) struct sql_query query = sql_start(store->sql, text);
    put(&query, row);
    enum status status = sql_next(&query, err);
    if (status)
        return fail_with_name(status, row, err);
    row->id = sql_get_int(&query);
    row->more_addresses = false;
    return host_counts_add(store, row->zone_id, row->owner_id, 1, err);
}

/* Counts a host that is about to change its zone or its owner. */
static enum status count_move(struct store *store, const struct host_row *row,
                              struct error *err)
{
    int64_t zone_id = 0, owner_id = 0;
    {
        CLEANUP(sql_done)
        struct sql_query query = query_start(
            store->sql, "SELECT zone_id, owner_id FROM hosts WHERE id = $1", row->id);
        enum status status = sql_next(&query, err);
        if (status)
            return status;
        zone_id = sql_get_int(&query);
        owner_id = sql_get_int(&query);
    }
    if (zone_id == row->zone_id && owner_id == row->owner_id)
        return OK;
    enum status status = host_counts_add(store, zone_id, owner_id, -1, err);
    return status ? status : host_counts_add(store, row->zone_id, row->owner_id, 1, err);
}

enum status store_host_update(struct store *store, const struct host_row *row,
                              struct error *err)
{
    static const char text[] =
        "UPDATE hosts SET (" WRITTEN ") = ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,"
        " $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27,"
        " $28, $29) WHERE id = $30";
    enum status status = count_move(store, row, err);
    if (status)
        return fail_with_name(status, row, err);
    CLEANUP(sql_done) struct sql_query query = sql_start(store->sql, text);
    put(&query, row);
    sql_put_int(&query, row->id);
    return fail_with_name(sql_run_on_rows(&query, err), row, err);
}

/* ----- addresses ----- */

static enum status add_address(struct store *store, int64_t host_id, int64_t place,
                               const struct ip *ip, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = query_start(
        store->sql, "INSERT INTO addresses (host_id, place, address) VALUES ($1, $2, $3)",
        host_id);
    sql_put_int(&query, place);
    value_put_ip(&query, ip);
    return sql_run(&query, err);
}

/* All except the usual ones, in their order: IPv4 ones at the lower places. */
static enum status replace_further(struct store *store, int64_t host_id,
                                   const struct addresses *addresses, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        query_start(store->sql, "DELETE FROM addresses WHERE host_id = $1", host_id);
    enum status status = sql_run(&query, err);
    for (size_t i = 1; i < addresses->v4.count && !status; i++)
        status = add_address(store, host_id, (int64_t)i, &addresses->v4.at[i], err);
    for (size_t i = 1; i < addresses->v6.count && !status; i++)
        status = add_address(store, host_id, (int64_t)(ADDRESSES_MAX + i),
                             &addresses->v6.at[i], err);
    return status;
}

static enum status write_usual(struct sql_query *query, const struct host_row *row,
                               const struct addresses *addresses, struct error *err)
{
    static const struct ip none = { 0 };
    value_put_ip(query, addresses->v4.count ? addresses->v4.at : &none);
    value_put_ip(query, addresses->v6.count ? addresses->v6.at : &none);
    sql_put_int(query, addresses_are_several(addresses));
    sql_put_int(query, (int64_t)row->state);
    sql_put_int(query, row->last_change);
    sql_put_int(query, row->last_seen_s);
    sql_put_int(query, row->in_clear_s);
    sql_put_int(query, row->withheld);
    sql_put_int(query, row->heartbeat);
    sql_put_int(query, row->id);
    return sql_run_on_rows(query, err);
}

#define SET_USUAL \
    "UPDATE hosts SET v4 = $1, v6 = $2, more_addresses = $3, state = $4," \
    " last_change = $5, last_seen_s = $6, in_clear_s = $7, withheld = $8," \
    " heartbeat = $9 WHERE id = $10"

/* The usual case costs one statement: a host that has no further addresses, which the row
 * itself proves, and gets none. */
enum status store_host_set_addresses(struct store *store, const struct host_row *row,
                                     const struct addresses *addresses, struct error *err)
{
    if (!addresses_are_several(addresses)) {
        CLEANUP(sql_done)
        struct sql_query query =
            sql_start(store->sql, SET_USUAL " AND more_addresses = 0");
        enum status status = write_usual(&query, row, addresses, err);
        if (status != ERR_NOT_FOUND)
            return status;
    }
    CLEANUP(sql_done) struct sql_query query = sql_start(store->sql, SET_USUAL);
    enum status status = write_usual(&query, row, addresses, err);
    return status ? status : replace_further(store, row->id, addresses, err);
}

enum status store_host_set_seen(struct store *store, int64_t id, int64_t seen_s,
                                uint16_t heartbeat, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        sql_start(store->sql, "UPDATE hosts SET last_seen_s = $1, heartbeat = $2"
                              " WHERE id = $3 AND last_seen_s < $4");
    sql_put_int(&query, seen_s);
    sql_put_int(&query, heartbeat);
    sql_put_int(&query, id);
    sql_put_int(&query, seen_s);
    return sql_run(&query, err);
}

enum status store_host_set_silent(struct store *store, int64_t id, int64_t silent_s,
                                  struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        sql_start(store->sql, "UPDATE hosts SET silent_s = $1 WHERE id = $2");
    sql_put_int(&query, silent_s);
    sql_put_int(&query, id);
    return sql_run(&query, err);
}

enum status store_host_set_in_clear(struct store *store, int64_t id, int64_t day_s,
                                    int64_t before_s, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = sql_start(
        store->sql, "UPDATE hosts SET in_clear_s = $1 WHERE id = $2 AND in_clear_s < $3");
    sql_put_int(&query, day_s);
    sql_put_int(&query, id);
    sql_put_int(&query, before_s);
    return sql_run(&query, err);
}

enum status store_host_addresses(struct store *store, const struct host_row *row,
                                 struct addresses *out, struct error *err)
{
    struct addresses all = { .v4 = { { row->v4 }, row->v4.family == IP_V4 },
                             .v6 = { { row->v6 }, row->v6.family == IP_V6 } };
    if (!row->more_addresses) {
        *out = all;
        return OK;
    }
    CLEANUP(sql_done)
    struct sql_query query = query_start(
        store->sql, "SELECT address FROM addresses WHERE host_id = $1 ORDER BY place",
        row->id);
    enum status status = OK;
    while (query_next(&query, &status, err)) {
        struct ip ip;
        value_get_ip(&query, &ip);
        if (ip.family == IP_NONE || addresses_add(&all, ip))
            query.damaged = true;
        status = sql_intact(&query, err);
    }
    if (!status)
        *out = all;
    return status;
}

/* ----- removing ----- */

enum status store_host_remove(struct store *store, int64_t id, struct error *err)
{
    static const char zone_text[] =
        "UPDATE zones SET last_change = (SELECT coalesce(max(seq), 0) FROM changes)"
        " WHERE id = (SELECT zone_id FROM hosts WHERE id = $1)";
    {
        CLEANUP(sql_done) struct sql_query query = query_start(store->sql, zone_text, id);
        enum status status = sql_run_on_rows(&query, err);
        if (status == ERR_NOT_FOUND)
            return FAIL(err, status, "no host %lld", (long long)id);
        if (status)
            return status;
    }
    int64_t zone_id = 0, owner_id = 0;
    {
        /* The references of the other tables do the rest. */
        CLEANUP(sql_done)
        struct sql_query query = query_start(
            store->sql, "DELETE FROM hosts WHERE id = $1 RETURNING zone_id, owner_id",
            id);
        enum status status = sql_next(&query, err);
        if (status)
            return status;
        zone_id = sql_get_int(&query);
        owner_id = sql_get_int(&query);
    }
    return host_counts_add(store, zone_id, owner_id, -1, err);
}

/* ----- reading ----- */

enum status store_host_find(struct store *store, int64_t id, struct host_row *out,
                            struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = query_start(store->sql, SELECT "WHERE id = $1", id);
    enum status status = sql_next(&query, err);
    if (status == ERR_NOT_FOUND)
        return FAIL(err, status, "no host %lld", (long long)id);
    return status ? status : get(&query, out, err);
}

enum status store_host_find_name(struct store *store, const struct name *name,
                                 struct host_row *out, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = sql_start(store->sql, SELECT "WHERE name = $1");
    value_put_name(&query, name);
    enum status status = sql_next(&query, err);
    if (status == ERR_NOT_FOUND)
        return FAIL(err, status, "no host %s", name_text(name));
    return status ? status : get(&query, out, err);
}

// NOLINTNEXTLINE(readability-function-size): which one, and where
enum status store_host_find_below(struct store *store, int64_t zone_id,
                                  const struct name *name, int64_t owner_id,
                                  struct name *out, struct error *err)
{
    /* The same bytes at the end; that they begin with a label is seen below. */
    static const char text[] = "SELECT name FROM hosts WHERE zone_id = $1"
                               " AND length(name) > $2 AND owner_id <> $3"
                               " AND substr(name, length(name) - $4 + 1) = $5";
    CLEANUP(sql_done) struct sql_query query = query_start(store->sql, text, zone_id);
    sql_put_int(&query, name->n);
    sql_put_int(&query, owner_id);
    sql_put_int(&query, name->n);
    value_put_name(&query, name);
    for (;;) {
        struct name found;
        enum status status = sql_next(&query, err);
        if (status)
            return status;
        value_get_name(&query, &found);
        status = sql_intact(&query, err);
        if (status)
            return status;
        if (name_is_within(&found, name)) {
            *out = found;
            return OK;
        }
    }
}

enum status store_host_list(struct store *store, int64_t zone_id, struct store_page page,
                            enum status (*fn)(void *ctx, const struct host_row *row),
                            void *ctx, struct error *err)
{
    static const char *const texts[2][2] = {
        { SELECT "WHERE id > $1 ORDER BY id LIMIT $2",
          SELECT "WHERE zone_id = $1 AND id > $2 ORDER BY id LIMIT $3" },
        { SELECT "WHERE owner_id = $1 AND id > $2 ORDER BY id LIMIT $3", SELECT
          "WHERE owner_id = $1 AND zone_id = $2 AND id > $3 ORDER BY id LIMIT $4" },
    };
    CLEANUP(sql_done)
    struct sql_query query = query_list(store->sql, texts, zone_id, page);
    enum status status = OK;
    for (struct host_row row; query_next(&query, &status, err);) {
        status = get(&query, &row, err);
        if (!status)
            status = fn(ctx, &row);
    }
    return status;
}

enum status store_host_newest(struct store *store, int64_t *out, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        sql_start(store->sql, "SELECT coalesce(max(id), 0) FROM hosts");
    enum status status = sql_next(&query, err);
    if (!status)
        *out = sql_get_int(&query);
    return status;
}

enum status store_host_followers(struct store *store, int64_t id, int64_t *ids,
                                 size_t max, size_t *count, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = query_start(
        store->sql, "SELECT id FROM hosts WHERE follows_id = $1 ORDER BY id", id);
    size_t n = 0;
    enum status status = OK;
    while (query_next(&query, &status, err)) {
        if (n == max)
            return FAIL(err, ERR_LIMIT, "more than %zu hosts follow it", max);
        ids[n++] = sql_get_int(&query);
    }
    if (!status)
        *count = n;
    return status;
}

enum status store_host_scan(struct store *store,
                            enum status (*fn)(void *ctx, const struct host_row *row),
                            void *ctx, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        sql_start(store->sql, "SELECT id, " PUBLISHED " FROM hosts ORDER BY id");
    struct host_row row = { 0 };
    enum status status = OK;
    while (query_next(&query, &status, err)) {
        get_published(&query, &row);
        status = sql_intact(&query, err);
        if (!status)
            status = fn(ctx, &row);
    }
    return status;
}

/* ----- names that look alike ----- */

enum status store_host_find_alike(struct store *store, int64_t zone_id, int64_t skeleton,
                                  int64_t owner_id, struct name *out, struct error *err)
{
    static const char text[] = "SELECT name FROM hosts WHERE skeleton = $1"
                               " AND zone_id = $2 AND owner_id <> $3 LIMIT 1";
    CLEANUP(sql_done) struct sql_query query = query_start(store->sql, text, skeleton);
    sql_put_int(&query, zone_id);
    sql_put_int(&query, owner_id);
    enum status status = sql_next(&query, err);
    if (status == ERR_NOT_FOUND)
        return FAIL(err, status, "no host looks like it");
    if (status)
        return status;
    struct name found;
    value_get_name(&query, &found);
    status = sql_intact(&query, err);
    if (!status)
        *out = found;
    return status;
}

enum status store_host_list_bare(struct store *store, struct store_page page,
                                 enum status (*fn)(void *ctx, int64_t id,
                                                   const struct name *name),
                                 void *ctx, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = query_page(
        store->sql,
        "SELECT id, name FROM hosts WHERE skeleton IS NULL AND id > $1 ORDER BY id"
        " LIMIT $2",
        page);
    enum status status = OK;
    while (query_next(&query, &status, err)) {
        int64_t id = sql_get_int(&query);
        struct name name;
        value_get_name(&query, &name);
        status = sql_intact(&query, err);
        if (!status)
            status = fn(ctx, id, &name);
    }
    return status;
}

enum status store_host_set_skeleton(struct store *store, int64_t id, int64_t skeleton,
                                    struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        query_start(store->sql, "UPDATE hosts SET skeleton = $1 WHERE id = $2", skeleton);
    sql_put_int(&query, id);
    return sql_run(&query, err);
}
