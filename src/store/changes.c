// SPDX-License-Identifier: GPL-3.0-or-later
/* The journal. A new seq is one more than the greatest in the table; so that it never falls,
 * trimming leaves the newest row alone, however old it is. A seq of a transaction that was
 * rolled back is given again: no reader has seen it. */
#include <string.h>

#include "store/connection.h"
#include "store/query.h"
#include "store/tables.h"
#include "store/values.h"

#define COLUMNS \
    "kind, id, prev, before, after, time_s, source, agent, token_id, dialect, encrypted," \
    " name, account_id, via, owner_id, undoes"
#define SELECT "SELECT seq, " COLUMNS " FROM changes "

static void put(struct sql_query *query, const struct change_row *row)
{
    sql_put_int(query, (int64_t)row->kind);
    sql_put_int(query, row->id);
    sql_put_int(query, row->prev);
    sql_put_blob(query, str_bytes(row->before, row->before_n));
    sql_put_blob(query, str_bytes(row->after, row->after_n));
    sql_put_int(query, row->time_s);
    value_put_ip(query, &row->source);
    value_put_zero_ended(query, row->agent);
    sql_put_int(query, row->token_id);
    sql_put_int(query, row->dialect);
    sql_put_int(query, row->encrypted);
    value_put_name(query, &row->name); /* empty: none */
    sql_put_int(query, row->account_id);
    sql_put_int(query, (int64_t)row->via);
    sql_put_int(query, row->owner_id);
    sql_put_int(query, row->undoes);
}

static enum status get(struct sql_query *query, struct change_row *out, struct error *err)
{
    struct change_row row = { .seq = sql_get_int(query) };
    row.kind = value_get_choice(query, CHANGE_KIND_LAST);
    if (row.kind < CHANGE_HOST)
        query->damaged = true;
    row.id = sql_get_int(query);
    row.prev = sql_get_int(query);
    row.before_n = value_get_at_most(query, row.before, sizeof(row.before));
    row.after_n = value_get_at_most(query, row.after, sizeof(row.after));
    row.time_s = sql_get_int(query);
    value_get_ip(query, &row.source);
    value_get_zero_ended(query, row.agent, sizeof(row.agent));
    row.token_id = sql_get_int(query);
    row.dialect = (uint8_t)value_get_range(query, UINT8_MAX);
    row.encrypted = value_get_bool(query);
    value_get_name_or_none(query, &row.name);
    row.account_id = sql_get_int(query);
    row.via = value_get_choice(query, VIA_SERVICE);
    row.owner_id = sql_get_int(query);
    row.undoes = sql_get_int(query);
    enum status status = sql_intact(query, err);
    if (!status)
        *out = row;
    return status;
}

static enum status append(struct sql_query *query, struct change_row *row,
                          struct error *err)
{
    enum status status = sql_next(query, err);
    if (status)
        return status;
    row->seq = sql_get_int(query);
    return OK;
}

enum status store_change_append(struct store *store, struct change_row *row,
                                struct error *err)
{
    static const char text[] = "INSERT INTO changes (" COLUMNS ")"
                               " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,"
                               " $12, $13, $14, $15, $16) RETURNING seq";
    CLEANUP(sql_done) struct sql_query query = sql_start(store->sql, text);
    put(&query, row);
    return append(&query, row, err);
}

enum status store_change_append_after(struct store *store, int64_t after,
                                      struct change_row *row, struct error *err)
{
    static const char text[] =
        "INSERT INTO changes (" COLUMNS ", seq)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,"
        " $16, (SELECT 1 + CASE WHEN max(seq) > $17 THEN max(seq) ELSE $17 END"
        " FROM changes)) RETURNING seq";
    CLEANUP(sql_done) struct sql_query query = sql_start(store->sql, text);
    put(&query, row);
    sql_put_int(&query, after);
    return append(&query, row, err);
}

enum status store_change_find(struct store *store, int64_t seq, struct change_row *out,
                              struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = query_start(store->sql, SELECT "WHERE seq = $1", seq);
    enum status status = sql_next(&query, err);
    if (status == ERR_NOT_FOUND)
        return FAIL(err, status, "no change %lld", (long long)seq);
    return status ? status : get(&query, out, err);
}

typedef enum status (*row_fn)(void *ctx, const struct change_row *row);

static enum status give_all(struct sql_query *query, row_fn fn, void *ctx,
                            struct error *err)
{
    enum status status = OK;
    for (struct change_row row; query_next(query, &status, err);) {
        status = get(query, &row, err);
        if (!status)
            status = fn(ctx, &row);
    }
    return status;
}

enum status store_change_list(struct store *store, struct store_page page,
                              enum status (*fn)(void *ctx, const struct change_row *row),
                              void *ctx, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        query_page(store->sql, SELECT "WHERE seq > $1 ORDER BY seq LIMIT $2", page);
    return give_all(&query, fn, ctx, err);
}

/* ----- the log of actions ----- */

enum status store_change_log(struct store *store, enum store_log log,
                             struct store_page page, row_fn fn, void *ctx,
                             struct error *err)
{
    /* Each of the inner two reads an index backwards, and no more of it than the page takes. */
    static const char of_account[] =
        SELECT "WHERE seq IN (SELECT * FROM (SELECT seq FROM changes WHERE owner_id = $1"
               " AND owner_id > 0 AND seq < $2 ORDER BY seq DESC LIMIT $3) AS own UNION"
               " SELECT * FROM (SELECT seq FROM changes WHERE account_id = $1"
               " AND account_id > 0 AND seq < $2 ORDER BY seq DESC LIMIT $3) AS did)"
               " ORDER BY seq DESC LIMIT $3";
    static const char of_all[] = SELECT "WHERE seq < $1 ORDER BY seq DESC LIMIT $2";
    static const char of_people[] =
        SELECT "WHERE via > 0 AND seq < $1 ORDER BY seq DESC LIMIT $2";
    CLEANUP(sql_done)
    struct sql_query query = sql_start(store->sql, log == STORE_LOG_ACCOUNT ? of_account
                                                   : log == STORE_LOG_ALL   ? of_all
                                                                            : of_people);
    if (log == STORE_LOG_ACCOUNT)
        sql_put_int(&query, page.owner_id);
    sql_put_int(&query, page.after ? page.after : INT64_MAX);
    value_put_limit(&query, page.limit);
    return give_all(&query, fn, ctx, err);
}

/* The first bits of an address tell the provider and about where it is, and no more. */
static struct ip shorten(struct ip ip)
{
    size_t kept = ip.family == IP_V4 ? 3 : 6, n = ip.family == IP_V4 ? 4 : 16;
    if (ip.family != IP_NONE)
        memset(ip.bytes + kept, 0, n - kept);
    return ip;
}

static enum status put_source(struct store *store, int64_t seq, struct ip source,
                              struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        sql_start(store->sql, "UPDATE changes SET source = $1 WHERE seq = $2");
    value_put_ip(&query, &source);
    sql_put_int(&query, seq);
    return sql_run(&query, err);
}

struct old_source {
    int64_t seq;
    struct ip ip;
};

/* How far this came stands among the settings, so that no row is looked at twice. */
enum status store_change_shorten(struct store *store, int64_t before_s, size_t limit,
                                 size_t *shortened, struct error *err)
{
    static const char name[] = "log.shortened";
    static const char text[] = "SELECT seq, source FROM changes WHERE via > 0"
                               " AND seq > $1 AND time_s < $2 ORDER BY seq LIMIT $3";
    char storage[24];
    struct buf setting = BUF_ON(storage);
    uint64_t done = 0;
    struct old_source found[STORE_SHORTEN_MAX];
    size_t count = 0;
    enum status status = store_setting_get(store, name, &setting, err);
    if (status && status != ERR_NOT_FOUND)
        return status;
    if (!status && str_to_u64(buf_str(&setting), INT64_MAX, &done))
        return FAIL(err, ERR_IO, "setting %s is no number", name);
    status = OK;
    {
        CLEANUP(sql_done)
        struct sql_query query = query_start(store->sql, text, (int64_t)done);
        sql_put_int(&query, before_s);
        value_put_limit(&query, limit < STORE_SHORTEN_MAX ? limit : STORE_SHORTEN_MAX);
        while (query_next(&query, &status, err)) {
            found[count].seq = sql_get_int(&query);
            value_get_ip(&query, &found[count++].ip);
            status = sql_intact(&query, err);
        }
    }
    for (size_t i = 0; i < count && !status; i++)
        if (found[i].ip.family != IP_NONE)
            status = put_source(store, found[i].seq, shorten(found[i].ip), err);
    if (status || count == 0)
        return status;
    setting.n = 0;
    buf_put_decimal(&setting, (uint64_t)found[count - 1].seq);
    *shortened = count;
    return store_setting_put(store, name, buf_str(&setting), err);
}

/* There is no index on the time. The oldest rows are looked at, so a call costs no more if none is
 * old enough. */
enum status store_change_trim(struct store *store, int64_t below, int64_t before_s,
                              size_t limit, size_t *removed, struct error *err)
{
    static const char text[] =
        "DELETE FROM changes WHERE seq IN (SELECT seq FROM (SELECT seq, time_s FROM changes"
        " WHERE seq < $1 AND seq < (SELECT max(seq) FROM changes) ORDER BY seq LIMIT $2)"
        " AS oldest WHERE time_s < $3)";
    CLEANUP(sql_done) struct sql_query query = sql_start(store->sql, text);
    sql_put_int(&query, below);
    value_put_limit(&query, limit);
    sql_put_int(&query, before_s);
    enum status status = sql_run(&query, err);
    if (!status)
        *removed = (size_t)sql_touched(&query);
    return status;
}
