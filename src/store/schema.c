// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/schema.h"

#include "base/buf.h"

enum {
    NUMBER_TEXT_SIZE = 24,
    VERSION_MAX = 9999
};

static enum status read_version(struct sql *sql, int64_t *out, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        sql_start(sql, "SELECT value FROM settings WHERE name = 'schema'");
    enum status status = sql_next(&query, err);
    if (status == ERR_NOT_FOUND)
        return FAIL(err, ERR_CONFLICT, "its settings do not tell a schema version");
    if (status)
        return status;
    uint64_t version = 0;
    if (str_to_u64(sql_get_bytes(&query), VERSION_MAX, &version))
        return FAIL(err, ERR_CONFLICT, "its schema version is not a number");
    *out = (int64_t)version;
    return OK;
}

enum status schema_version(struct sql *sql, int64_t *out, struct error *err)
{
    bool has_settings = false, has_any = false;
    enum status status = sql_has_table(sql, "settings", &has_settings, err);
    if (status)
        return status;
    if (has_settings)
        return read_version(sql, out, err);

    status = sql_has_table(sql, NULL, &has_any, err);
    if (status)
        return status;
    if (has_any)
        return FAIL(err, ERR_CONFLICT, "its tables are those of another program");
    *out = 0;
    return OK;
}

static enum status write_version(struct sql *sql, int number, struct error *err)
{
    static const char text[] = "INSERT INTO settings (name, value) VALUES ('schema', $1)"
                               " ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    char storage[NUMBER_TEXT_SIZE];
    struct buf value = BUF_ON(storage);
    buf_put_decimal(&value, (uint64_t)number);
    CLEANUP(sql_done) struct sql_query query = sql_start(sql, text);
    sql_put_text(&query, buf_str(&value));
    return sql_run(&query, err);
}

/* The version is raised in the transaction of the step: a kill leaves the old one or the
 * new one, whole. */
static enum status do_step(struct sql *sql, const struct schema_step *step,
                           struct error *err)
{
    enum status status = sql_begin(sql, err);
    if (status)
        return status;
    status = sql_script(sql, step->sql, err);
    if (!status)
        status = write_version(sql, step->number, err);
    if (status) {
        sql_rollback(sql);
        return status;
    }
    return sql_commit(sql, err);
}

static enum status fail_version(int64_t version, size_t count, struct error *err)
{
    return FAIL(err, ERR_CONFLICT, "its schema is version %lld, this program's is %zu",
                (long long)version, count);
}

enum status schema_update(struct sql *sql, const struct schema_step *steps, size_t count,
                          struct error *err)
{
    int64_t version = 0;
    enum status status = schema_version(sql, &version, err);
    if (status)
        return status;
    if ((uint64_t)version > count)
        return fail_version(version, count, err);
    for (size_t i = (size_t)version; i < count; i++) {
        status = do_step(sql, &steps[i], err);
        if (status) {
            error_prefix(err, "schema step %s", steps[i].name);
            return status;
        }
    }
    return OK;
}

enum status schema_expect(struct sql *sql, size_t count, struct error *err)
{
    int64_t version = 0;
    enum status status = schema_version(sql, &version, err);
    if (status)
        return status;
    if (version == 0)
        return FAIL(err, ERR_NOT_FOUND, "it has no tables yet");
    return (uint64_t)version == count ? OK : fail_version(version, count, err);
}
