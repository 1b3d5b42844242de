// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/connection.h"
#include "store/query.h"
#include "store/tables.h"
#include "store/values.h"

enum {
    USED_STEP_S = 86400
};

#define COLUMNS \
    "email, email_folded, password_hash, role, state, hosts_max, language, created_s," \
    " last_change, mail_off"
#define SELECT \
    "SELECT id, email, password_hash, role, state, hosts_max, language," \
    " created_s, last_change, mail_off," \
    " (SELECT count(*) FROM passkeys WHERE passkeys.account_id = accounts.id)," \
    " EXISTS (SELECT 1 FROM recovery_codes" \
    " WHERE recovery_codes.account_id = accounts.id) FROM accounts "

static void put(struct sql_query *query, const struct account_row *row, struct str folded)
{
    value_put_zero_ended(query, row->email);
    sql_put_text(query, folded);
    value_put_zero_ended(query, row->password_hash);
    sql_put_int(query, (int64_t)row->role);
    sql_put_int(query, (int64_t)row->state);
    sql_put_int(query, row->hosts_max);
    value_put_zero_ended(query, row->language);
    sql_put_int(query, row->created_s);
    sql_put_int(query, row->last_change);
    sql_put_int(query, (int64_t)row->mail_off);
}

static enum status get(struct sql_query *query, struct account_row *out,
                       struct error *err)
{
    struct account_row row = { .id = sql_get_int(query) };
    value_get_zero_ended(query, row.email, sizeof(row.email));
    value_get_zero_ended(query, row.password_hash, sizeof(row.password_hash));
    row.role = value_get_choice(query, ROLE_OPERATOR);
    row.state = value_get_choice(query, ACCOUNT_STATE_LAST);
    row.hosts_max = (int32_t)value_get_range(query, INT32_MAX);
    value_get_zero_ended(query, row.language, sizeof(row.language));
    row.created_s = sql_get_int(query);
    row.last_change = sql_get_int(query);
    row.mail_off = (uint64_t)value_get_range(query, INT64_MAX);
    row.passkeys = value_get_u32(query);
    row.has_recovery = value_get_bool(query);
    enum status status = sql_intact(query, err);
    if (!status)
        *out = row;
    return status;
}

static enum status fail_with_email(enum status status, const struct account_row *row,
                                   struct error *err)
{
    if (status == ERR_EXISTS)
        return FAIL(err, status, "an account %s exists", row->email);
    return status;
}

enum status store_account_insert(struct store *store, struct account_row *row,
                                 struct error *err)
{
    static const char text[] = "INSERT INTO accounts (" COLUMNS ")"
                               " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9,"
                               " $10) RETURNING id";
    char folded[EMAIL_SIZE];
    CLEANUP(sql_done) struct sql_query query = sql_start(store->sql, text);
    put(&query, row, value_fold_email(str_from(row->email), folded));
    enum status status = sql_next(&query, err);
    if (status)
        return fail_with_email(status, row, err);
    row->id = sql_get_int(&query);
    return OK;
}

enum status store_account_update(struct store *store, const struct account_row *row,
                                 struct error *err)
{
    static const char text[] = "UPDATE accounts SET (" COLUMNS ")"
                               " = ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
                               " WHERE id = $11";
    char folded[EMAIL_SIZE];
    CLEANUP(sql_done) struct sql_query query = sql_start(store->sql, text);
    put(&query, row, value_fold_email(str_from(row->email), folded));
    sql_put_int(&query, row->id);
    return fail_with_email(sql_run_on_rows(&query, err), row, err);
}

enum status store_account_remove(struct store *store, int64_t id, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        query_start(store->sql, "DELETE FROM accounts WHERE id = $1", id);
    enum status status = sql_run_on_rows(&query, err);
    if (status == ERR_CONFLICT)
        return FAIL(err, status, "the account has zones or hosts");
    return status;
}

enum status store_account_find(struct store *store, int64_t id, struct account_row *out,
                               struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = query_start(store->sql, SELECT "WHERE id = $1", id);
    enum status status = sql_next(&query, err);
    if (status == ERR_NOT_FOUND)
        return FAIL(err, status, "no account %lld", (long long)id);
    return status ? status : get(&query, out, err);
}

enum status store_account_find_email(struct store *store, struct str email,
                                     struct account_row *out, struct error *err)
{
    char folded[EMAIL_SIZE];
    CLEANUP(sql_done)
    struct sql_query query = sql_start(store->sql, SELECT "WHERE email_folded = $1");
    sql_put_text(&query, value_fold_email(email, folded));
    enum status status = sql_next(&query, err);
    if (status == ERR_NOT_FOUND)
        return FAIL(err, status, "no account " STR_FMT, STR_ARG(email));
    return status ? status : get(&query, out, err);
}

static enum status walk(struct sql_query *query,
                        enum status (*fn)(void *ctx, const struct account_row *row),
                        void *ctx, struct error *err)
{
    enum status status = OK;
    for (struct account_row row; query_next(query, &status, err);) {
        status = get(query, &row, err);
        if (!status)
            status = fn(ctx, &row);
    }
    return status;
}

enum status store_account_list(struct store *store, struct store_page page,
                               enum status (*fn)(void *ctx,
                                                 const struct account_row *row),
                               void *ctx, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        query_page(store->sql, SELECT "WHERE id > $1 ORDER BY id LIMIT $2", page);
    return walk(&query, fn, ctx, err);
}

/* The numbers stand in the texts so that the index of those that are not active is used. */
static const char *list_text(enum account_state state)
{
    switch (state) {
    case ACCOUNT_BLOCKED:
        return SELECT "WHERE state > 0 AND state = 1 AND id > $1 ORDER BY id LIMIT $2";
    case ACCOUNT_WAITING:
        return SELECT "WHERE state > 0 AND state = 2 AND id > $1 ORDER BY id LIMIT $2";
    case ACCOUNT_ENDING:
        return SELECT "WHERE state > 0 AND state = 3 AND id > $1 ORDER BY id LIMIT $2";
    case ACCOUNT_ACTIVE:
        break;
    }
    return SELECT "WHERE state = 0 AND id > $1 ORDER BY id LIMIT $2";
}

enum status store_account_list_state(struct store *store, enum account_state state,
                                     struct store_page page,
                                     enum status (*fn)(void *ctx,
                                                       const struct account_row *row),
                                     void *ctx, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = query_page(store->sql, list_text(state), page);
    return walk(&query, fn, ctx, err);
}

enum status store_account_count_waiting(struct store *store, int64_t *count,
                                        struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = sql_start(
        store->sql, "SELECT count(*) FROM accounts WHERE state > 0 AND state = 2");
    enum status status = sql_next(&query, err);
    if (!status)
        *count = sql_get_int(&query);
    return status;
}

enum status store_account_switch_mail_off(struct store *store, int64_t id, unsigned kind,
                                          struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = sql_start(
        store->sql, "UPDATE accounts SET mail_off = mail_off | $1 WHERE id = $2");
    sql_put_int(&query, INT64_C(1) << kind);
    sql_put_int(&query, id);
    return sql_run_on_rows(&query, err);
}

enum status store_account_operators(struct store *store, int64_t *ids, size_t max,
                                    size_t *count, struct error *err)
{
    /* The numbers of ROLE_OPERATOR and ACCOUNT_ACTIVE, so that the index is used. */
    static const char text[] =
        "SELECT id FROM accounts WHERE role = 2 AND state = 0 ORDER BY id LIMIT $1";
    CLEANUP(sql_done) struct sql_query query = sql_start(store->sql, text);
    value_put_limit(&query, max);
    size_t n = 0;
    enum status status = OK;
    while (query_next(&query, &status, err))
        ids[n++] = sql_get_int(&query);
    if (!status)
        *count = n;
    return status;
}

enum status store_account_set_used(struct store *store, int64_t id, int64_t used_s,
                                   struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = sql_start(
        store->sql, "UPDATE accounts SET used_s = $1 WHERE id = $2 AND used_s <= $3");
    sql_put_int(&query, used_s);
    sql_put_int(&query, id);
    sql_put_int(&query, used_s - USED_STEP_S);
    return sql_run(&query, err);
}

enum status store_account_used(struct store *store, int64_t id, int64_t *out,
                               struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        query_start(store->sql, "SELECT used_s FROM accounts WHERE id = $1", id);
    enum status status = sql_next(&query, err);
    if (!status)
        *out = sql_get_int(&query);
    return status;
}
