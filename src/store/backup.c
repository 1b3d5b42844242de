// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/backup.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/mem.h"
#include "store/connection.h"
#include "store/schema.h"

enum {
    PIECE_SIZE = 256 * 1024,
    PATH_SIZE = 4096,
    FILE_MODE = 0640, /* of a database */
    TAIL_SIZE = 14 + 2 * DIGEST_SIZE + 1
};

static const char tail_head[] = "rove-backup-1 ";
static_assert(sizeof(tail_head) + (size_t)2 * DIGEST_SIZE == TAIL_SIZE, "the last line");

static enum status fail_io(const char *path, struct error *err)
{
    return FAIL(err, ERR_IO, "%s: %s", path, strerror(errno));
}

/* ---- the last line ------------------------------------------------------------------ */

/* Digest of the first `n` bytes. */
static enum status digest_file(const char *path, int fd, off_t n, struct digest *out,
                               struct error *err)
{
    CLEANUP(mem_freep) char *piece = (char *)mem_new(PIECE_SIZE);
    struct digest_run run;
    digest_begin(&run);
    for (off_t at = 0; at < n;) {
        size_t want = n - at < PIECE_SIZE ? (size_t)(n - at) : PIECE_SIZE;
        ssize_t got = pread(fd, piece, want, at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return FAIL(err, ERR_IO, "%s: %s", path, got ? strerror(errno) : "cut");
        digest_add(&run, str_bytes(piece, (size_t)got));
        at += got;
    }
    *out = digest_end(&run);
    return OK;
}

static void put_tail(struct digest digest, struct buf *out)
{
    buf_put_text(out, tail_head);
    buf_put_hex(out, digest_bytes(&digest));
    buf_put_text(out, "\n");
}

static enum status open_file(const char *path, int flags, int *out, off_t *size,
                             struct error *err)
{
    struct stat info;
    int fd = open(path, flags | O_CLOEXEC);
    if (fd < 0)
        return fail_io(path, err);
    if (fstat(fd, &info)) {
        file_close(fd);
        return fail_io(path, err);
    }
    *out = fd;
    *size = info.st_size;
    return OK;
}

static enum status seal(const char *path, struct error *err)
{
    CLEANUP(file_closep) int fd = -1;
    off_t size = 0;
    struct digest digest = { { 0 } };
    enum status status = open_file(path, O_RDWR, &fd, &size, err);
    if (!status)
        status = digest_file(path, fd, size, &digest, err);
    if (status)
        return status;
    uint8_t storage[TAIL_SIZE];
    struct buf tail = BUF_ON(storage);
    put_tail(digest, &tail);
    if (pwrite(fd, storage, tail.n, size) != (ssize_t)tail.n || fsync(fd))
        return fail_io(path, err);
    return OK;
}

/* Checks the last line and takes it away. */
static enum status unseal(const char *path, struct error *err)
{
    CLEANUP(file_closep) int fd = -1;
    off_t size = 0;
    enum status status = open_file(path, O_RDWR, &fd, &size, err);
    if (status)
        return status;
    char held[TAIL_SIZE];
    size -= TAIL_SIZE;
    if (size <= 0 || pread(fd, held, sizeof(held), size) != TAIL_SIZE ||
        !str_starts(str_bytes(held, sizeof(held)), str_from(tail_head)))
        return FAIL(err, ERR_SYNTAX, "no backup, or cut: its last line is missing");
    struct digest digest = { { 0 } };
    status = digest_file(path, fd, size, &digest, err);
    if (status)
        return status;
    uint8_t storage[TAIL_SIZE];
    struct buf tail = BUF_ON(storage);
    put_tail(digest, &tail);
    if (!str_equal(buf_str(&tail), str_bytes(held, sizeof(held))))
        return FAIL(err, ERR_CONFLICT, "damaged: its bytes are not those of its digest");
    return ftruncate(fd, size) || fsync(fd) ? fail_io(path, err) : OK;
}

/* ---- the table ---------------------------------------------------------------------- */

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
    enum status status = sql_script(sql,
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

/* ---- making ------------------------------------------------------------------------- */

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
    enum status status = sql_open(order->path, true, &sql, err);
    if (!status)
        status = sql_begin(sql, err);
    if (!status)
        status = put_info(sql, order, info, err);
    if (!status)
        status = sql_commit(sql, err);
    return status ? status : sql_stand_alone(sql, err);
}

/* The file and what SQLite may have left beside it. */
static void remove_all(const char *path)
{
    static const char *const ends[] = { "", "-wal", "-shm", "-journal" };
    for (size_t i = 0; i < LENGTH_OF(ends); i++) {
        char storage[PATH_SIZE];
        struct buf text = BUF_ON(storage);
        buf_printf(&text, "%s%s", path, ends[i]);
        const char *one = buf_text(&text);
        if (!text.full)
            (void)unlink(one);
    }
}

enum status backup_make(const struct backup_order *order, struct backup_info *out,
                        struct error *err)
{
    struct backup_info info = { .time_s = order->now_s, .has_keys = order->keys.n > 0 };
    remove_all(order->path);
    enum status status = copy_all(order, &info, err);
    if (!status)
        status = describe(order, &info, err);
    if (!status)
        status = seal(order->path, err);
    if (status)
        remove_all(order->path);
    else
        *out = info;
    return status;
}

/* ---- reading ------------------------------------------------------------------------ */

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
    enum status status = sql_begin(sql, err);
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
    enum status status = sql_open(path, true, &sql, err);
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
    remove_all(path);
    enum status status = file_copy(fd, "the backup", path, FILE_MODE, err);
    if (status)
        return status;
    status = unseal(path, err);
    if (!status)
        status = check_and_strip(path, &info, keys, err);
    if (status) {
        remove_all(path);
    } else {
        *out = info;
    }
    return status;
}
