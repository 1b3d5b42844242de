// SPDX-License-Identifier: GPL-3.0-or-later
/* Accounts that are being removed, and what there is of an account. */
#include "store/connection.h"
#include "store/query.h"
#include "store/tables.h"
#include "store/values.h"

enum status store_ending_insert(struct store *store, const struct ending_row *row,
                                struct error *err)
{
    static const char text[] = "INSERT INTO endings (account_id, actor_id, via, token_id,"
                               " source, agent, created_s)"
                               " VALUES ($1, $2, $3, $4, $5, $6, $7)";
    CLEANUP(sql_done)
    struct sql_query query = query_start(store->sql, text, row->account_id);
    sql_put_int(&query, row->actor_id);
    sql_put_int(&query, (int64_t)row->via);
    sql_put_int(&query, row->token_id);
    value_put_ip(&query, &row->source);
    value_put_zero_ended(&query, row->agent);
    sql_put_int(&query, row->created_s);
    return sql_run(&query, err);
}

enum status store_ending_first(struct store *store, struct ending_row *out,
                               struct error *err)
{
    static const char text[] =
        "SELECT account_id, actor_id, via, token_id, source, agent,"
        " created_s FROM endings ORDER BY created_s, account_id"
        " LIMIT 1";
    CLEANUP(sql_done) struct sql_query query = sql_start(store->sql, text);
    enum status status = sql_next(&query, err);
    if (status)
        return status;
    struct ending_row row = { .account_id = sql_get_int(&query) };
    row.actor_id = sql_get_int(&query);
    row.via = value_get_choice(&query, VIA_SERVICE);
    row.token_id = sql_get_int(&query);
    value_get_ip(&query, &row.source);
    value_get_zero_ended(&query, row.agent, sizeof(row.agent));
    row.created_s = sql_get_int(&query);
    status = sql_intact(&query, err);
    if (!status)
        *out = row;
    return status;
}

enum status store_ending_is_known(struct store *store, int64_t account_id, bool *out,
                                  struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = query_start(
        store->sql, "SELECT count(*) FROM endings WHERE account_id = $1", account_id);
    enum status status = sql_next(&query, err);
    if (!status)
        *out = sql_get_int(&query) > 0;
    return status;
}

enum status store_ending_postpone(struct store *store, int64_t account_id, int64_t now_s,
                                  struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        sql_start(store->sql, "UPDATE endings SET created_s = $1 WHERE account_id = $2");
    sql_put_int(&query, now_s);
    sql_put_int(&query, account_id);
    return sql_run(&query, err);
}

enum status store_account_holdings(struct store *store, int64_t account_id,
                                   struct store_holdings *out, struct error *err)
{
    static const char text[] = "SELECT (SELECT count(*) FROM hosts WHERE owner_id = $1),"
                               " (SELECT count(*) FROM zones WHERE owner_id = $1),"
                               " (SELECT count(*) FROM tokens WHERE account_id = $1),"
                               " (SELECT count(*) FROM sessions WHERE account_id = $1),"
                               " (SELECT count(*) FROM mails WHERE account_id = $1)";
    CLEANUP(sql_done) struct sql_query query = query_start(store->sql, text, account_id);
    enum status status = sql_next(&query, err);
    if (status)
        return status;
    out->hosts = sql_get_int(&query);
    out->zones = sql_get_int(&query);
    out->tokens = sql_get_int(&query);
    out->sessions = sql_get_int(&query);
    out->mails = sql_get_int(&query);
    return OK;
}

enum status store_zone_count_others(struct store *store, const struct zone_row *zone,
                                    size_t limit, int64_t *hosts, int64_t *members,
                                    struct error *err)
{
    static const char text[] =
        "SELECT (SELECT count(*) FROM (SELECT 1 FROM hosts WHERE zone_id = $1"
        " AND owner_id <> $2 LIMIT $3) AS foreign_hosts),"
        " (SELECT count(*) FROM zone_members WHERE zone_id = $1 AND account_id <> $2)";
    CLEANUP(sql_done) struct sql_query query = query_start(store->sql, text, zone->id);
    sql_put_int(&query, zone->owner_id);
    value_put_limit(&query, limit);
    enum status status = sql_next(&query, err);
    if (status)
        return status;
    *hosts = sql_get_int(&query);
    *members = sql_get_int(&query);
    return OK;
}
