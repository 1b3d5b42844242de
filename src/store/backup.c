// SPDX-License-Identifier: GPL-3.0-or-later
/* A backup is made in three steps (copy the pages, add the table that describes them, append the
 * digest) and unpacked in the reverse order, each step checked before anything relies on it. */
#include "store/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/backup_name.h"
#include "base/file.h"
#include "base/seal.h"
#include "store/connection.h"
#include "store/schema.h"
#include "store/sqlite_files.h"

enum {
    FILE_MODE = 0640,  /* of a database */
    SECRET_MODE = 0600 /* while there are keys in it */
};

static enum status fail_io(const char *path, struct error *err)
{
    return FAIL(err, ERR_IO, "%s: %s", path, strerror(errno));
}

/* ----- the last line ----- */

static enum status open_file(const char *path, int *out, struct error *err)
{
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return fail_io(path, err);
    *out = fd;
    return OK;
}

static enum status seal(const struct backup_order *order, struct error *err)
{
    const struct seal_pause pause = { .go_on = order->go_on, .ctx = order->ctx };
    CLEANUP(file_closep) int fd = -1;
    enum status status = open_file(order->path, &fd, err);
    return status ? status : seal_put(fd, order->path, &pause, err);
}

/* Checks the last line and takes it away. */
static enum status unseal(const char *path, struct error *err)
{
    CLEANUP(file_closep) int fd = -1;
    off_t size = 0;
    enum status status = open_file(path, &fd, err);
    if (!status)
        status = seal_check(fd, path, &size, err);
    if (status)
        return status;
    return ftruncate(fd, size) || fsync(fd) ? fail_io(path, err) : OK;
}

/* ----- the table ----- */

static enum status put_one(struct sql *sql, const char *name, struct str value,
                           struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query =
        sql_start(sql, "INSERT INTO backup (name, value) VALUES ($1, $2)");
    sql_put_text(&query, str_from(name));
    sql_put_blob(&query, value);
    return sql_run(&query, err);
}

static enum status put_number(struct sql *sql, const char *name, int64_t value,
                              struct error *err)
{
    char storage[24];
    struct buf text = BUF_ON(storage);
    buf_put_decimal(&text, (uint64_t)value);
    return put_one(sql, name, buf_str(&text), err);
}

static enum status put_info(struct sql *sql, const struct backup_order *order,
                            const struct backup_info *info, struct error *err)
{
    /* What has ended since the backup would work again after a restore: an offer that was withdrawn,
     * a warning although the thing is used again. */
    enum status status = sql_script(sql,
                                    "DELETE FROM sessions; DELETE FROM links;"
                                    " DELETE FROM address_changes; DELETE FROM replies;"
                                    " DELETE FROM requests; DELETE FROM stale;"
                                    "CREATE TABLE backup (name TEXT NOT NULL PRIMARY KEY,"
                                    " value BLOB NOT NULL) STRICT, WITHOUT ROWID",
                                    err);
    if (!status)
        status = put_number(sql, "seq", info->seq, err);
    if (!status)
        status = put_number(sql, "schema", info->schema, err);
    if (!status)
        status = put_number(sql, "time", info->time_s, err);
    if (!status && info->has_keys)
        status = put_one(sql, "keys", order->keys, err);
    return status;
}

static enum status find_one(struct sql *sql, const char *name, struct buf *out,
                            struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = sql_start(sql, "SELECT value FROM backup WHERE name = $1");
    sql_put_text(&query, str_from(name));
    enum status status = sql_next(&query, err);
    if (status)
        return status;
    buf_put(out, sql_get_bytes(&query));
    return out->full ? FAIL(err, ERR_CONFLICT, "its %s is too long", name) : OK;
}

static enum status find_number(struct sql *sql, const char *name, int64_t *out,
                               struct error *err)
{
    char storage[24];
    struct buf text = BUF_ON(storage);
    uint64_t value = 0;
    enum status status = find_one(sql, name, &text, err);
    if (status && status != ERR_NOT_FOUND)
        return status;
    if (status || str_to_u64(buf_str(&text), INT64_MAX, &value))
        return FAIL(err, ERR_CONFLICT, "it does not tell its %s", name);
    *out = (int64_t)value;
    return OK;
}

static enum status find_info(struct sql *sql, struct backup_info *out, struct buf *keys,
                             struct error *err)
{
    bool is_backup = false;
    enum status status = sql_has_table(sql, "backup", &is_backup, err);
    if (!status && !is_backup)
        return FAIL(err, ERR_SYNTAX, "a database, but no backup");
    if (!status)
        status = find_number(sql, "seq", &out->seq, err);
    if (!status)
        status = find_number(sql, "schema", &out->schema, err);
    if (!status)
        status = find_number(sql, "time", &out->time_s, err);
    if (status)
        return status;
    status = find_one(sql, "keys", keys, err);
    out->has_keys = status == OK;
    return status == ERR_NOT_FOUND ? OK : status;
}

/* ----- making ----- */

static enum status copy_all(const struct backup_order *order, struct backup_info *info,
                            struct error *err)
{
    CLEANUP(store_closep) struct store *store = NULL;
    enum status status = store_open(order->database, STORE_READER, &store, err);
    if (!status)
        status = store_begin(store, err);
    if (!status)
        status = store_newest_seq(store, &info->seq, err);
    if (!status)
        status = schema_version(store->sql, &info->schema, err);
    return status ? status
                  : sql_copy(store->sql, order->path, order->go_on, order->ctx, err);
}

static enum status describe(const struct backup_order *order,
                            const struct backup_info *info, struct error *err)
{
    CLEANUP(sql_closep) struct sql *sql = NULL;
    enum status status = sql_open(order->path, SQL_WRITER, &sql, err);
    if (!status)
        status = sql_begin(sql, err);
    if (!status)
        status = put_info(sql, order, info, err);
    if (!status)
        status = sql_commit(sql, err);
    return status ? status : sql_stand_alone(sql, err);
}

void backup_remove(const char *path)
{
    sqlite_remove(path);
}

/* What SQLite put beside a backup may be all that is left of it. */
static bool remove_if_backup(void *ctx, const char *path)
{
    const char *database = (const char *)ctx;
    if (backup_name_is(sqlite_database_of(str_from(path)), str_from(database)))
        (void)unlink(path);
    return true;
}

void backup_remove_left(const char *database)
{
    sqlite_each_beside(database, remove_if_backup, (void *)(uintptr_t)database);
}

enum status backup_make(const struct backup_order *order, struct backup_info *out,
                        struct error *err)
{
    struct backup_info info = { .time_s = order->now_s, .has_keys = order->keys.n > 0 };
    sqlite_remove(order->path);
    enum status status = copy_all(order, &info, err);
    if (!status)
        status = describe(order, &info, err);
    if (!status)
        status = seal(order, err);
    if (status)
        sqlite_remove(order->path);
    else
        *out = info;
    return status;
}

/* ----- reading ----- */

static enum status check_whole(struct sql *sql, const struct backup_info *info,
                               struct error *err)
{
    int64_t version = 0;
    enum status status = sql_check(sql, err);
    if (!status)
        status = schema_version(sql, &version, err);
    if (status)
        return status;
    if (version != info->schema || version == 0)
        return FAIL(err, ERR_CONFLICT, "it says schema %lld and holds %lld",
                    (long long)info->schema, (long long)version);
    if ((uint64_t)version > schema_step_count)
        return FAIL(err, ERR_CONFLICT,
                    "made by a newer program: its schema is version %lld, ours is %zu",
                    (long long)version, schema_step_count);
    return OK;
}

static enum status forget_info(struct sql *sql, struct error *err)
{
    enum status status = sql_wipe_deleted(sql, err); /* keys may have stood in it */
    if (!status)
        status = sql_begin(sql, err);
    if (!status)
        status = sql_script(sql, "DROP TABLE backup", err);
    if (!status)
        status = sql_commit(sql, err);
    return status;
}

static enum status check_and_strip(const char *path, struct backup_info *info,
                                   struct buf *keys, struct error *err)
{
    CLEANUP(sql_closep) struct sql *sql = NULL;
    enum status status = sql_open(path, SQL_WRITER, &sql, err);
    if (!status)
        status = find_info(sql, info, keys, err);
    if (!status)
        status = check_whole(sql, info, err);
    if (!status)
        status = forget_info(sql, err);
    return status ? status : sql_stand_alone(sql, err);
}

enum status backup_unpack(int fd, const char *path, struct backup_info *out,
                          struct buf *keys, struct error *err)
{
    struct backup_info info = { .seq = 0 };
    sqlite_remove(path);
    enum status status = file_copy(fd, "the backup", path, SECRET_MODE, err);
    if (status)
        return status;
    status = unseal(path, err);
    if (!status)
        status = check_and_strip(path, &info, keys, err);
    if (!status && chmod(path, FILE_MODE))
        status = fail_io(path, err);
    if (status) {
        sqlite_remove(path);
    } else {
        *out = info;
    }
    return status;
}
