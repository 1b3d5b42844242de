// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/connection.h"
#include "store/query.h"
#include "store/tables.h"
#include "store/values.h"

#define COLUMNS \
    "kind, account_id, recipient, language, about, message_id, state, due_s, tries," \
    " last_error, created_s, ended_s"
#define SELECT "SELECT id, " COLUMNS " FROM mails "

static enum status get(struct sql_query *query, struct mail_row *out, struct error *err)
{
    struct mail_row row = { .id = sql_get_int(query) };
    row.kind = (uint8_t)value_get_choice(query, MAIL_KINDS_MAX - 1);
    row.account_id = sql_get_int(query);
    value_get_zero_ended(query, row.recipient, sizeof(row.recipient));
    value_get_zero_ended(query, row.language, sizeof(row.language));
    value_get_zero_ended(query, row.about, sizeof(row.about));
    value_get_zero_ended(query, row.message_id, sizeof(row.message_id));
    row.state = value_get_choice(query, MAIL_DEAD);
    row.due_s = sql_get_int(query);
    row.tries = value_get_u32(query);
    value_get_zero_ended(query, row.last_error, sizeof(row.last_error));
    row.created_s = sql_get_int(query);
    row.ended_s = sql_get_int(query);
    enum status status = sql_intact(query, err);
    if (!status)
        *out = row;
    return status;
}

enum status store_mail_insert(struct store *store, struct mail_row *row,
                              struct str content, struct error *err)
{
    static const char text[] =
        "INSERT INTO mails (" COLUMNS
        ", recipient_folded, content) VALUES ($1, $2, $3, $4,"
        " $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) RETURNING id";
    char folded[EMAIL_SIZE];
    CLEANUP(sql_done) struct sql_query query = sql_start(store->sql, text);
    sql_put_int(&query, row->kind);
    value_put_id(&query, row->account_id);
    value_put_zero_ended(&query, row->recipient);
    value_put_zero_ended(&query, row->language);
    value_put_zero_ended(&query, row->about);
    value_put_zero_ended(&query, row->message_id);
    sql_put_int(&query, (int64_t)row->state);
    sql_put_int(&query, row->due_s);
    sql_put_int(&query, row->tries);
    value_put_zero_ended(&query, row->last_error);
    sql_put_int(&query, row->created_s);
    sql_put_int(&query, row->ended_s);
    sql_put_text(&query, value_fold_email(str_from(row->recipient), folded));
    sql_put_blob(&query, content);
    enum status status = sql_next(&query, err);
    if (status == ERR_CONFLICT)
        return FAIL(err, status, "mail: its account is missing");
    if (status)
        return status;
    row->id = sql_get_int(&query);
    return OK;
}

enum status store_mail_settle(struct store *store, const struct mail_row *row,
                              struct error *err)
{
    static const char text[] =
        "UPDATE mails SET state = $1, due_s = $2, tries = $3, last_error = $4,"
        " ended_s = $5, content = CASE WHEN $6 THEN x'' ELSE content END WHERE id = $7";
    CLEANUP(sql_done) struct sql_query query = sql_start(store->sql, text);
    sql_put_int(&query, (int64_t)row->state);
    sql_put_int(&query, row->due_s);
    sql_put_int(&query, row->tries);
    value_put_zero_ended(&query, row->last_error);
    sql_put_int(&query, row->ended_s);
    sql_put_int(&query, row->state == MAIL_SENT);
    sql_put_int(&query, row->id);
    return sql_run_on_rows(&query, err);
}

enum status store_mail_remove(struct store *store, int64_t id, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        query_start(store->sql, "DELETE FROM mails WHERE id = $1", id);
    return sql_run_on_rows(&query, err);
}

static enum status missing(enum status status, int64_t id, struct error *err)
{
    if (status == ERR_NOT_FOUND)
        return FAIL(err, status, "no mail %lld", (long long)id);
    return status;
}

enum status store_mail_find(struct store *store, int64_t id, struct mail_row *out,
                            struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = query_start(store->sql, SELECT "WHERE id = $1", id);
    enum status status = missing(sql_next(&query, err), id, err);
    return status ? status : get(&query, out, err);
}

enum status store_mail_content(struct store *store, int64_t id, struct buf *out,
                               struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        query_start(store->sql, "SELECT content FROM mails WHERE id = $1", id);
    enum status status = missing(sql_next(&query, err), id, err);
    if (status)
        return status;
    struct str content = sql_get_bytes(&query);
    if (content.n > out->size - out->n)
        return FAIL(err, ERR_LIMIT, "mail %lld has %zu bytes", (long long)id, content.n);
    buf_put(out, content);
    return OK;
}

enum status store_mail_next(struct store *store, struct mail_row *out, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        sql_start(store->sql, SELECT "WHERE state = 0 ORDER BY due_s, id LIMIT 1");
    enum status status = sql_next(&query, err);
    return status ? status : get(&query, out, err);
}

enum status store_mail_list(struct store *store, struct store_page page,
                            enum status (*fn)(void *ctx, const struct mail_row *row),
                            void *ctx, struct error *err)
{
    static const char *const texts[2][2] = {
        { SELECT "WHERE id > $1 ORDER BY id LIMIT $2" },
        { SELECT "WHERE account_id = $1 AND id > $2 ORDER BY id LIMIT $3" },
    };
    CLEANUP(sql_done) struct sql_query query = query_list(store->sql, texts, 0, page);
    enum status status = OK;
    for (struct mail_row row; query_next(&query, &status, err);) {
        status = get(&query, &row, err);
        if (!status)
            status = fn(ctx, &row);
    }
    return status;
}

enum status store_mail_count(struct store *store, enum mail_state state, int64_t *out,
                             struct error *err)
{
    /* Each of the texts names the state, so that its index is used: front counts all the time, and
     * many mails were sent. */
    static const char *const texts[] = {
        [MAIL_WAITING] = "SELECT count(*) FROM mails WHERE state = 0",
        [MAIL_SENT] = "SELECT count(*) FROM mails WHERE state = 1",
        [MAIL_DEAD] = "SELECT count(*) FROM mails WHERE state = 2"
    };
    CLEANUP(sql_done) struct sql_query query = sql_start(store->sql, texts[state]);
    enum status status = sql_next(&query, err);
    if (!status)
        *out = sql_get_int(&query);
    return status;
}

enum status store_mail_recent(struct store *store, struct str recipient, uint64_t kinds,
                              int64_t since_s, struct store_recent_mails *out,
                              struct error *err)
{
    static const char text[] = "SELECT count(*), max(created_s) FROM mails"
                               " WHERE recipient_folded = $1 AND created_s > $2"
                               " AND ($3 >> kind) & 1 = 1";
    char folded[EMAIL_SIZE];
    CLEANUP(sql_done) struct sql_query query = sql_start(store->sql, text);
    sql_put_text(&query, value_fold_email(recipient, folded));
    sql_put_int(&query, since_s);
    sql_put_int(&query, (int64_t)kinds);
    enum status status = sql_next(&query, err);
    if (status)
        return status;
    out->count = sql_get_int(&query);
    out->newest_s = sql_get_int(&query);
    return OK;
}

enum status store_mail_count_about(struct store *store, const char *about, int64_t *out,
                                   struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = sql_start(
        store->sql, "SELECT count(*) FROM mails WHERE about <> '' AND about = $1");
    value_put_zero_ended(&query, about);
    enum status status = sql_next(&query, err);
    if (!status)
        *out = sql_get_int(&query);
    return status;
}

enum status store_mail_is_known(struct store *store, struct str recipient, uint8_t kind,
                                const char *about, bool *out, struct error *err)
{
    static const char text[] = "SELECT 1 FROM mails WHERE recipient_folded = $1"
                               " AND kind = $2 AND about = $3 LIMIT 1";
    char folded[EMAIL_SIZE];
    CLEANUP(sql_done) struct sql_query query = sql_start(store->sql, text);
    sql_put_text(&query, value_fold_email(recipient, folded));
    sql_put_int(&query, kind);
    value_put_zero_ended(&query, about);
    enum status status = sql_next(&query, err);
    if (status && status != ERR_NOT_FOUND)
        return status;
    *out = status == OK;
    return OK;
}

enum status store_mail_trim(struct store *store, int64_t before_s, size_t limit,
                            size_t *removed, struct error *err)
{
    static const char text[] = "DELETE FROM mails WHERE id IN (SELECT id FROM mails"
                               " WHERE state > 0 AND ended_s < $1 LIMIT $2)";
    return query_trim(store->sql, text, before_s, limit, removed, err);
}
