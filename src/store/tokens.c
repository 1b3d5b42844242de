// SPDX-License-Identifier: GPL-3.0-or-later
/* Tokens. The allowed networks are a blob of the row: for each a byte for the family, a byte
 * for the length and the address. The hosts are rows of token_hosts: two point look-ups give
 * a whole token. */
#include "store/connection.h"
#include "store/query.h"
#include "store/tables.h"
#include "store/values.h"

#include <string.h>

#define COLUMNS \
    "account_id, kind, digest, key_version, hint, label, rights, weak, networks," \
    " expires_s, last_used_s, created_s, last_change"
#define VALUES "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
#define SELECT "SELECT id, " COLUMNS ", exposed_s FROM tokens "
#define OF_HOST \
    "SELECT id, " COLUMNS ", exposed_s FROM token_hosts JOIN tokens ON id = token_id "

enum {
    NETWORKS_SIZE = TOKEN_NETWORKS_MAX * (2 + 16)
};

static struct str encode_networks(const struct token_row *row, uint8_t out[NETWORKS_SIZE])
{
    struct buf buf = buf_on(out, NETWORKS_SIZE);
    for (size_t i = 0; i < row->network_count; i++) {
        buf_put_u8(&buf, row->networks[i].ip.family);
        buf_put_u8(&buf, row->networks[i].length);
        buf_put(&buf, ip_bytes(&row->networks[i].ip));
    }
    return buf_str(&buf);
}

static bool decode_network(struct str *rest, struct prefix *out)
{
    if (rest->n < 2)
        return false;
    uint8_t family = (uint8_t)rest->at[0], length = (uint8_t)rest->at[1];
    size_t size = family == IP_V4 ? 4 : 16;
    *rest = str_from_at(*rest, 2);
    if ((family != IP_V4 && family != IP_V6) || length > size * 8 || rest->n < size)
        return false;
    *out = (struct prefix){ .ip.family = family, .length = length };
    memcpy(out->ip.bytes, rest->at, size);
    *rest = str_from_at(*rest, size);
    return true;
}

static void get_networks(struct sql_query *query, struct token_row *row)
{
    struct str rest = sql_get_bytes(query);
    while (rest.n) {
        if (row->network_count == TOKEN_NETWORKS_MAX ||
            !decode_network(&rest, &row->networks[row->network_count])) {
            query->damaged = true;
            return;
        }
        row->network_count++;
    }
}

static void put(struct sql_query *query, const struct token_row *row, struct str networks)
{
    sql_put_int(query, row->account_id);
    sql_put_int(query, (int64_t)row->kind);
    sql_put_blob(query, digest_bytes(&row->digest));
    sql_put_int(query, row->key_version);
    value_put_zero_ended(query, row->hint);
    value_put_zero_ended(query, row->label);
    sql_put_int(query, row->rights);
    sql_put_int(query, row->weak);
    sql_put_blob(query, networks);
    sql_put_int(query, row->expires_s);
    sql_put_int(query, row->last_used_s);
    sql_put_int(query, row->created_s);
    sql_put_int(query, row->last_change);
}

static enum status load_hosts(struct store *store, struct token_row *row,
                              struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = query_start(
        store->sql,
        "SELECT host_id FROM token_hosts WHERE token_id = $1 ORDER BY host_id", row->id);
    enum status status = OK;
    while (query_next(&query, &status, err)) {
        if (row->host_count == TOKEN_HOSTS_MAX) {
            query.damaged = true;
            return sql_intact(&query, err);
        }
        row->host_ids[row->host_count++] = sql_get_int(&query);
    }
    return status;
}

static enum status get(struct store *store, struct sql_query *query,
                       struct token_row *out, struct error *err)
{
    struct token_row row = { .id = sql_get_int(query) };
    row.account_id = sql_get_int(query);
    row.kind = value_get_choice(query, TOKEN_API);
    value_get_exactly(query, row.digest.bytes, sizeof(row.digest.bytes));
    row.key_version = (uint8_t)value_get_range(query, UINT8_MAX);
    value_get_zero_ended(query, row.hint, sizeof(row.hint));
    value_get_zero_ended(query, row.label, sizeof(row.label));
    row.rights = (unsigned)value_get_range(query, RIGHTS_OF_HOSTS | RIGHTS_OF_API);
    row.weak = value_get_bool(query);
    get_networks(query, &row);
    row.expires_s = sql_get_int(query);
    row.last_used_s = sql_get_int(query);
    row.created_s = sql_get_int(query);
    row.last_change = sql_get_int(query);
    row.exposed_s = sql_get_int(query);
    enum status status = sql_intact(query, err);
    if (!status)
        status = load_hosts(store, &row, err);
    if (!status)
        *out = row;
    return status;
}

static enum status add_hosts(struct store *store, const struct token_row *row,
                             struct error *err)
{
    static const char text[] = "INSERT INTO token_hosts (token_id, host_id)"
                               " VALUES ($1, $2) ON CONFLICT DO NOTHING";
    for (size_t i = 0; i < row->host_count; i++) {
        CLEANUP(sql_done) struct sql_query query = query_start(store->sql, text, row->id);
        sql_put_int(&query, row->host_ids[i]);
        enum status status = sql_run(&query, err);
        if (status == ERR_CONFLICT)
            return FAIL(err, status, "no host %lld", (long long)row->host_ids[i]);
        if (status)
            return status;
    }
    return OK;
}

static enum status fail_with_words(enum status status, struct error *err)
{
    if (status == ERR_EXISTS)
        return FAIL(err, status, "the token exists");
    if (status == ERR_CONFLICT)
        return FAIL(err, status, "the token's account is missing");
    return status;
}

enum status store_token_insert(struct store *store, struct token_row *row,
                               struct error *err)
{
    uint8_t networks[NETWORKS_SIZE];
    CLEANUP(sql_done)
    struct sql_query query = sql_start(store->sql, "INSERT INTO tokens (" COLUMNS
                                                   ") VALUES " VALUES " RETURNING id");
    put(&query, row, encode_networks(row, networks));
    enum status status = sql_next(&query, err);
    if (status)
        return fail_with_words(status, err);
    row->id = sql_get_int(&query);
    return add_hosts(store, row, err);
}

enum status store_token_update(struct store *store, const struct token_row *row,
                               struct error *err)
{
    {
        uint8_t networks[NETWORKS_SIZE];
        CLEANUP(sql_done)
        struct sql_query query = sql_start(store->sql, "UPDATE tokens SET (" COLUMNS
                                                       ") = " VALUES " WHERE id = $14");
        put(&query, row, encode_networks(row, networks));
        sql_put_int(&query, row->id);
        enum status status = sql_run_on_rows(&query, err);
        if (status)
            return fail_with_words(status, err);
    }
    CLEANUP(sql_done)
    struct sql_query query =
        query_start(store->sql, "DELETE FROM token_hosts WHERE token_id = $1", row->id);
    enum status status = sql_run(&query, err);
    return status ? status : add_hosts(store, row, err);
}

enum status store_token_set_exposed(struct store *store, int64_t id, int64_t now_s,
                                    bool *was_first, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = sql_start(
        store->sql, "UPDATE tokens SET exposed_s = $1 WHERE id = $2 AND exposed_s = 0");
    sql_put_int(&query, now_s);
    sql_put_int(&query, id);
    enum status status = sql_run(&query, err);
    if (!status)
        *was_first = sql_touched(&query) > 0;
    return status;
}

enum status store_token_remove(struct store *store, int64_t id, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        query_start(store->sql, "DELETE FROM tokens WHERE id = $1", id);
    return sql_run_on_rows(&query, err);
}

enum status store_token_find(struct store *store, int64_t id, struct token_row *out,
                             struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = query_start(store->sql, SELECT "WHERE id = $1", id);
    enum status status = sql_next(&query, err);
    if (status == ERR_NOT_FOUND)
        return FAIL(err, status, "no token %lld", (long long)id);
    return status ? status : get(store, &query, out, err);
}

enum status store_token_find_digest(struct store *store, struct digest digest,
                                    struct token_row *out, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = sql_start(store->sql, SELECT "WHERE digest = $1");
    sql_put_blob(&query, digest_bytes(&digest));
    enum status status = sql_next(&query, err);
    if (status == ERR_NOT_FOUND)
        return FAIL(err, status, "no such token");
    return status ? status : get(store, &query, out, err);
}

static enum status walk(struct store *store, struct sql_query *query,
                        enum status (*fn)(void *ctx, const struct token_row *row),
                        void *ctx, struct error *err)
{
    enum status status = OK;
    for (struct token_row row; query_next(query, &status, err);) {
        status = get(store, query, &row, err);
        if (!status)
            status = fn(ctx, &row);
    }
    return status;
}

enum status store_token_list(struct store *store, int64_t host_id, struct store_page page,
                             enum status (*fn)(void *ctx, const struct token_row *row),
                             void *ctx, struct error *err)
{
    static const char *const texts[2][2] = {
        { SELECT "WHERE id > $1 ORDER BY id LIMIT $2",
          OF_HOST "WHERE host_id = $1 AND token_id > $2 ORDER BY token_id LIMIT $3" },
        { SELECT "WHERE account_id = $1 AND id > $2 ORDER BY id LIMIT $3",
          OF_HOST "WHERE account_id = $1 AND host_id = $2 AND token_id > $3"
                  " ORDER BY token_id LIMIT $4" },
    };
    CLEANUP(sql_done)
    struct sql_query query = query_list(store->sql, texts, host_id, page);
    return walk(store, &query, fn, ctx, err);
}

/* ----- scanning ----- */

#define SCANNED \
    "id, account_id, kind, digest, key_version, rights, weak, networks, expires_s"

static enum status get_scanned(struct sql_query *query, struct token_row *row,
                               int64_t *host_id, struct error *err)
{
    *row = (struct token_row){ .id = sql_get_int(query) };
    row->account_id = sql_get_int(query);
    row->kind = value_get_choice(query, TOKEN_API);
    value_get_exactly(query, row->digest.bytes, sizeof(row->digest.bytes));
    row->key_version = (uint8_t)value_get_range(query, UINT8_MAX);
    row->rights = (unsigned)value_get_range(query, RIGHTS_OF_HOSTS | RIGHTS_OF_API);
    row->weak = value_get_bool(query);
    get_networks(query, row);
    row->expires_s = sql_get_int(query);
    *host_id = sql_get_int(query);
    return sql_intact(query, err);
}

/* One row of the result is a token with one of its hosts: those of one token follow each
 * other and become one. */
enum status store_token_scan(struct store *store, struct store_page page,
                             enum status (*fn)(void *ctx, const struct token_row *row),
                             void *ctx, struct error *err)
{
    static const char text[] = "SELECT " SCANNED ", host_id FROM (SELECT " SCANNED
                               " FROM tokens WHERE id > $1 ORDER BY id LIMIT $2) AS page"
                               " LEFT JOIN token_hosts ON token_id = id"
                               " ORDER BY id, host_id";
    CLEANUP(sql_done) struct sql_query query = sql_start(store->sql, text);
    struct token_row row = { .id = 0 }, next;
    int64_t host_id = 0;
    query_put_page(&query, page);
    for (;;) {
        enum status status = sql_next(&query, err);
        if (status == ERR_NOT_FOUND)
            return row.id ? fn(ctx, &row) : OK;
        if (!status)
            status = get_scanned(&query, &next, &host_id, err);
        if (!status && row.id && row.id != next.id)
            status = fn(ctx, &row);
        if (status)
            return status;
        if (row.id != next.id)
            row = next;
        if (host_id && row.host_count < TOKEN_HOSTS_MAX)
            row.host_ids[row.host_count++] = host_id;
    }
}
