// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/name_rules.h"

#include "store/connection.h"
#include "store/query.h"

static enum status take_count(struct sql_query *query, int64_t *out, struct error *err)
{
    enum status status = sql_next(query, err);
    if (!status)
        *out = sql_get_int(query);
    return status;
}

/* ----- reserved words ----- */

#define WORD "SELECT r.id, r.zone_id, r.word, r.created_s FROM reserved_names r "

static enum status get_word(struct sql_query *query, struct reserved_row *out,
                            struct error *err)
{
    struct reserved_row row = { .id = sql_get_int(query), .zone_id = sql_get_int(query) };
    value_get_zero_ended(query, row.word, sizeof(row.word));
    row.created_s = sql_get_int(query);
    enum status status = sql_intact(query, err);
    if (!status)
        *out = row;
    return status;
}

enum status store_reserved_insert(struct store *store, struct reserved_row *row,
                                  struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        sql_start(store->sql, "INSERT INTO reserved_names (zone_id, word, created_s)"
                              " VALUES ($1, $2, $3) RETURNING id");
    value_put_id(&query, row->zone_id);
    value_put_zero_ended(&query, row->word);
    sql_put_int(&query, row->created_s);
    enum status status = sql_next(&query, err);
    if (status == ERR_EXISTS)
        return FAIL(err, status, "word: %s is reserved already", row->word);
    if (!status)
        row->id = sql_get_int(&query);
    return status;
}

enum status store_reserved_remove(struct store *store, int64_t id, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        query_start(store->sql, "DELETE FROM reserved_names WHERE id = $1", id);
    return sql_run_on_rows(&query, err);
}

enum status store_reserved_find(struct store *store, int64_t id, struct reserved_row *out,
                                struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = query_start(store->sql, WORD "WHERE r.id = $1", id);
    enum status status = sql_next(&query, err);
    if (status == ERR_NOT_FOUND)
        return FAIL(err, status, "no reserved word %lld", (long long)id);
    return status ? status : get_word(&query, out, err);
}

static enum status walk_words(struct sql_query *query,
                              enum status (*fn)(void *ctx,
                                                const struct reserved_row *row),
                              void *ctx, struct error *err)
{
    enum status status = OK;
    for (struct reserved_row row; query_next(query, &status, err);) {
        status = get_word(query, &row, err);
        if (!status)
            status = fn(ctx, &row);
    }
    return status;
}

enum status store_reserved_list(struct store *store, int64_t zone_id,
                                struct store_page page,
                                enum status (*fn)(void *ctx,
                                                  const struct reserved_row *row),
                                void *ctx, struct error *err)
{
    static const char *const texts[2][2] = {
        { WORD "WHERE r.id > $1 ORDER BY r.id LIMIT $2",
          WORD "WHERE r.zone_id = $1 AND r.id > $2 ORDER BY r.id LIMIT $3" },
        { WORD "JOIN zones z ON z.id = r.zone_id WHERE z.owner_id = $1 AND r.id > $2"
               " ORDER BY r.id LIMIT $3",
          WORD "JOIN zones z ON z.id = r.zone_id WHERE z.owner_id = $1 AND z.id = $2"
               " AND r.id > $3 ORDER BY r.id LIMIT $4" },
    };
    CLEANUP(sql_done)
    struct sql_query query = query_list(store->sql, texts, zone_id, page);
    return walk_words(&query, fn, ctx, err);
}

enum status store_reserved_each(struct store *store, int64_t zone_id,
                                enum status (*fn)(void *ctx,
                                                  const struct reserved_row *row),
                                void *ctx, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = query_start(
        store->sql, WORD "WHERE r.zone_id IS NULL OR r.zone_id = $1", zone_id);
    return walk_words(&query, fn, ctx, err);
}

enum status store_reserved_count(struct store *store, int64_t zone_id, int64_t *out,
                                 struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        zone_id ? query_start(store->sql,
                              "SELECT count(*) FROM reserved_names WHERE zone_id = $1",
                              zone_id)
                : sql_start(store->sql,
                            "SELECT count(*) FROM reserved_names WHERE zone_id IS NULL");
    return take_count(&query, out, err);
}

/* ----- blocked networks ----- */

#define NETWORK "SELECT id, network, reason, created_s, expires_s FROM blocked_networks "

enum {
    NETWORK_BYTES_MAX = 18
};

/* As tokens have theirs: a byte for the family, one for the length, and the address. */
static struct str encode(const struct prefix *network, uint8_t out[NETWORK_BYTES_MAX])
{
    struct buf buf = buf_on(out, NETWORK_BYTES_MAX);
    buf_put_u8(&buf, network->ip.family);
    buf_put_u8(&buf, network->length);
    buf_put(&buf, ip_bytes(&network->ip));
    return buf_str(&buf);
}

static void decode(struct sql_query *query, struct prefix *out)
{
    struct str bytes = sql_get_bytes(query);
    if (bytes.n < 2 || ip_from_bytes(str_from_at(bytes, 2), &out->ip) ||
        out->ip.family != (uint8_t)bytes.at[0] ||
        (uint8_t)bytes.at[1] > (out->ip.family == IP_V4 ? 32 : 128)) {
        query->damaged = true;
        return;
    }
    out->length = (uint8_t)bytes.at[1];
}

static enum status get_network(struct sql_query *query, struct blocked_row *out,
                               struct error *err)
{
    struct blocked_row row = { .id = sql_get_int(query) };
    decode(query, &row.network);
    value_get_zero_ended(query, row.reason, sizeof(row.reason));
    row.created_s = sql_get_int(query);
    row.expires_s = sql_get_int(query);
    enum status status = sql_intact(query, err);
    if (!status)
        *out = row;
    return status;
}

enum status store_blocked_insert(struct store *store, struct blocked_row *row,
                                 struct error *err)
{
    static const char text[] =
        "INSERT INTO blocked_networks (network, reason, created_s, expires_s)"
        " VALUES ($1, $2, $3, $4) RETURNING id";
    uint8_t bytes[NETWORK_BYTES_MAX];
    CLEANUP(sql_done) struct sql_query query = sql_start(store->sql, text);
    sql_put_blob(&query, encode(&row->network, bytes));
    value_put_zero_ended(&query, row->reason);
    sql_put_int(&query, row->created_s);
    sql_put_int(&query, row->expires_s);
    enum status status = sql_next(&query, err);
    if (status == ERR_EXISTS)
        return FAIL(err, status, "network: it is blocked already");
    if (!status)
        row->id = sql_get_int(&query);
    return status;
}

enum status store_blocked_remove(struct store *store, int64_t id, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        query_start(store->sql, "DELETE FROM blocked_networks WHERE id = $1", id);
    return sql_run_on_rows(&query, err);
}

enum status store_blocked_find(struct store *store, struct prefix network,
                               struct blocked_row *out, struct error *err)
{
    uint8_t bytes[NETWORK_BYTES_MAX];
    CLEANUP(sql_done)
    struct sql_query query = sql_start(store->sql, NETWORK "WHERE network = $1");
    sql_put_blob(&query, encode(&network, bytes));
    enum status status = sql_next(&query, err);
    if (status == ERR_NOT_FOUND)
        return FAIL(err, status, "no such network is blocked");
    return status ? status : get_network(&query, out, err);
}

enum status store_blocked_list(struct store *store, struct store_page page,
                               enum status (*fn)(void *ctx,
                                                 const struct blocked_row *row),
                               void *ctx, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        query_page(store->sql, NETWORK "WHERE id > $1 ORDER BY id LIMIT $2", page);
    enum status status = OK;
    for (struct blocked_row row; query_next(&query, &status, err);) {
        status = get_network(&query, &row, err);
        if (!status)
            status = fn(ctx, &row);
    }
    return status;
}

enum status store_blocked_expired(struct store *store, int64_t now_s,
                                  struct blocked_row *out, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = query_start(
        store->sql, NETWORK "WHERE expires_s > 0 AND expires_s <= $1 LIMIT 1", now_s);
    enum status status = sql_next(&query, err);
    if (status == ERR_NOT_FOUND)
        return FAIL(err, status, "none has expired");
    return status ? status : get_network(&query, out, err);
}

enum status store_blocked_count(struct store *store, int64_t *out, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        sql_start(store->sql, "SELECT count(*) FROM blocked_networks");
    return take_count(&query, out, err);
}
