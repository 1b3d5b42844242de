// SPDX-License-Identifier: GPL-3.0-or-later
/* The driver for SQLite: with sqlite_copy.c and sqlite_lock.c the only one that includes it.
 *
 * SQLite before 3.51.3 can corrupt its write-ahead log when two connections write or
 * checkpoint at the same moment. So a reader here is read-only in every way that SQLite
 * knows and never checkpoints, and the only writer checkpoints between its transactions,
 * never by itself within a commit.
 *
 * The log and its index stay behind when the writer closes (SQLITE_FCNTL_PERSIST_WAL): a
 * reader under another user, which may not create files there, could not open the database
 * without them. */
#include "store/sqlite_lock.h"
#include "store/sqlite_part.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

enum {
    CHECKPOINT_PAGES = 4096,
    BUSY_WAIT_MS = 5000,
    FILE_MODE = 0640, /* the group is for readers */
};

struct statement {
    struct sql_statement base;
    sqlite3_stmt *handle;
};

struct connection {
    struct sql base;
    sqlite3 *db;
    int wal_pages;   /* in the log after the last commit */
    int moved_pages; /* of these, in the database file already */
};

static struct connection *connection_of(struct sql *sql)
{
    return (struct connection *)sql;
}

sqlite3 *sqlite_of(const struct sql *sql)
{
    return ((const struct connection *)sql)->db;
}

static sqlite3_stmt *handle_of(const struct sql_statement *statement)
{
    return ((const struct statement *)statement)->handle;
}

static enum status fail_io(const struct sql *sql, struct error *err)
{
    char storage[128] = "";
    struct buf holder = BUF_ON(storage);
    if (sql->is_writer && (sqlite3_errcode(sqlite_of(sql)) & 0xff) == SQLITE_BUSY)
        sqlite_lock_put_holder(sqlite3_db_filename(sqlite_of(sql), "main"), &holder);
    return FAIL(err, ERR_IO, "database: %s%s", sqlite3_errmsg(sqlite_of(sql)),
                buf_text(&holder));
}

/* ----- opening ----- */

static enum status exec(struct sql *sql, const char *text, struct error *err)
{
    return sqlite3_exec(sqlite_of(sql), text, NULL, NULL, NULL) == SQLITE_OK
               ? OK
               : fail_io(sql, err);
}

/* Made by us instead of SQLite, so that its mode does not hang on the umask; the log
 * and its index get the mode of the database. */
static enum status make_file(const char *path, struct error *err)
{
    CLEANUP(file_closep)
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
    if (fd < 0 && errno != EEXIST)
        return FAIL(err, ERR_IO, "%s", strerror(errno));
    if (fd >= 0 && fchmod(fd, FILE_MODE))
        return FAIL(err, ERR_IO, "%s", strerror(errno));
    return OK;
}

static int count_wal_pages(void *ctx, sqlite3 *db, const char *schema, int pages)
{
    (void)db;
    (void)schema;
    struct connection *connection = ctx;
    if (pages < connection->wal_pages) /* the log has begun anew */
        connection->moved_pages = 0;
    connection->wal_pages = pages;
    return SQLITE_OK;
}

/* Settings of every connection. The schema is not trusted, since the file may have come from
 * another user. */
static enum status harden(struct sql *sql, struct error *err)
{
    static const char settings[] = "PRAGMA foreign_keys = ON;"
                                   "PRAGMA trusted_schema = OFF;"
                                   "PRAGMA cell_size_check = ON;"
                                   "PRAGMA mmap_size = 0;"
                                   "PRAGMA temp_store = MEMORY;";
    (void)sqlite3_extended_result_codes(sqlite_of(sql), 1);
    if (sqlite3_busy_timeout(sqlite_of(sql), BUSY_WAIT_MS) != SQLITE_OK ||
        sqlite3_db_config(sqlite_of(sql), SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL) !=
            SQLITE_OK)
        return fail_io(sql, err);
    return exec(sql, settings, err);
}

static enum status set_up_reader(struct sql *sql, struct error *err)
{
    if (sqlite3_db_config(sqlite_of(sql), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1,
                          (int *)NULL) != SQLITE_OK)
        return fail_io(sql, err);
    return exec(sql, "PRAGMA query_only = ON; PRAGMA cache_size = -2048;", err);
}

static enum status set_up_writer(struct connection *connection, struct error *err)
{
    struct sql *sql = &connection->base;
    static const char settings[] = "PRAGMA synchronous = FULL;"
                                   "PRAGMA wal_autocheckpoint = 0;"
                                   "PRAGMA journal_size_limit = 67108864;"
                                   "PRAGMA cache_size = -16384;";
    {
        CLEANUP(sql_done)
        struct sql_query query = sql_start(sql, "PRAGMA journal_mode = WAL");
        if (!query.statement || sqlite3_step(handle_of(query.statement)) != SQLITE_ROW)
            return fail_io(sql, err);
        if (!str_equal(sql_get_bytes(&query), STR("wal")))
            return FAIL(err, ERR_IO, "a write-ahead log is not possible here");
    }
    int persist = 1;
    if (sqlite3_file_control(sqlite_of(sql), "main", SQLITE_FCNTL_PERSIST_WAL,
                             &persist) != SQLITE_OK)
        return fail_io(sql, err);
    enum status status = exec(sql, settings, err);
    /* After wal_autocheckpoint, which sets the hook too. */
    (void)sqlite3_wal_hook(connection->db, count_wal_pages, connection);
    return status;
}

static void close_connection(struct sql *sql)
{
    (void)sqlite3_close_v2(sqlite_of(sql));
    mem_free(connection_of(sql));
}

/* ----- transactions ----- */

static bool in_transaction(const struct sql *sql)
{
    return !sqlite3_get_autocommit(sqlite_of(sql));
}

/* Runs one of our own texts without the fault points and rules of sql_next(). */
static int run_plain(struct sql *sql, const char *text)
{
    CLEANUP(sql_done) struct sql_query query = sql_start(sql, text);
    if (!query.statement)
        return SQLITE_ERROR;
    int result = sqlite3_step(handle_of(query.statement));
    return result == SQLITE_ROW ? SQLITE_DONE : result;
}

/* It fails only when SQLite has rolled back already. */
static void roll_back(struct sql *sql)
{
    (void)run_plain(sql, "ROLLBACK");
}

static enum status begin(struct sql *sql, struct error *err)
{
    if (run_plain(sql, sql->is_writer ? "BEGIN IMMEDIATE" : "BEGIN") != SQLITE_DONE)
        return fail_io(sql, err);
    /* SQLite fixes a reader's view at its first look, which therefore comes now. */
    if (!sql->is_writer &&
        run_plain(sql, "SELECT count(*) FROM sqlite_schema WHERE rowid = 0") !=
            SQLITE_DONE) {
        enum status status = fail_io(sql, err);
        sql_rollback(sql);
        return status;
    }
    return OK;
}

static enum status commit(struct sql *sql, struct error *err)
{
    return run_plain(sql, "COMMIT") == SQLITE_DONE ? OK : fail_io(sql, err);
}

/* ----- statements ----- */

static struct sql_statement *prepare(struct sql *sql, const char *text)
{
    sqlite3_stmt *handle = NULL;
    if (sqlite3_prepare_v3(sqlite_of(sql), text, -1, SQLITE_PREPARE_PERSISTENT, &handle,
                           NULL) != SQLITE_OK)
        return NULL;
    struct statement *statement = NEW(struct statement);
    statement->handle = handle;
    return &statement->base;
}

static void free_statement(struct sql_statement *statement)
{
    (void)sqlite3_finalize(handle_of(statement));
    mem_free(statement);
}

static void reset(struct sql_statement *statement)
{
    (void)sqlite3_reset(handle_of(statement));
}

/* A null pointer would be NULL instead of nothing. */
static const char *start_of(struct str value)
{
    return value.at ? value.at : "";
}

static bool put_text(struct sql_statement *statement, int at, struct str value)
{
    return value.n <= INT_MAX &&
           sqlite3_bind_text(handle_of(statement), at, start_of(value), (int)value.n,
                             SQLITE_STATIC) == SQLITE_OK;
}

static bool put_blob(struct sql_statement *statement, int at, struct str value)
{
    return value.n <= INT_MAX &&
           sqlite3_bind_blob(handle_of(statement), at, start_of(value), (int)value.n,
                             SQLITE_STATIC) == SQLITE_OK;
}

static bool put_int(struct sql_statement *statement, int at, int64_t value)
{
    return sqlite3_bind_int64(handle_of(statement), at, value) == SQLITE_OK;
}

static bool put_null(struct sql_statement *statement, int at)
{
    return sqlite3_bind_null(handle_of(statement), at) == SQLITE_OK;
}

/* Outside of a transaction SQLite would commit a writing statement by itself; that also
 * happens after it gave a transaction up. */
static enum status start(struct sql *sql, struct sql_statement *statement, int count,
                         struct error *err)
{
    sqlite3_stmt *handle = handle_of(statement);
    assert(count == sqlite3_bind_parameter_count(handle));
    if (!sqlite3_stmt_readonly(handle) && !in_transaction(sql))
        return FAIL(err, ERR_IO, "database: no transaction is open");
    return OK;
}

static enum status next_row(struct sql *sql, struct sql_statement *statement,
                            struct error *err)
{
    switch (sqlite3_step(handle_of(statement))) {
    case SQLITE_ROW:
        return OK;
    case SQLITE_DONE:
        return ERR_NOT_FOUND;
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
        return FAIL(err, ERR_EXISTS, "%s", sqlite3_errmsg(sqlite_of(sql)));
    case SQLITE_CONSTRAINT_FOREIGNKEY:
        return FAIL(err, ERR_CONFLICT, "other rows refer to it or are missing");
    default:
        return fail_io(sql, err);
    }
}

static int64_t count_touched(const struct sql *sql, const struct sql_statement *statement)
{
    (void)statement;
    return sqlite3_changes64(sqlite_of(sql));
}

static int64_t get_int(const struct sql_statement *statement, int at)
{
    return sqlite3_column_int64(handle_of(statement), at);
}

static struct str get_bytes(const struct sql_statement *statement, int at)
{
    const void *bytes = sqlite3_column_blob(handle_of(statement), at);
    int n = sqlite3_column_bytes(handle_of(statement), at);
    return str_bytes(bytes, (size_t)n);
}

/* ----- the whole database ----- */

static enum status has_table(struct sql *sql, const char *name, bool *out,
                             struct error *err)
{
    static const char text[] = "SELECT count(*) FROM sqlite_schema"
                               " WHERE type = 'table' AND ($1 = '' OR name = $1)";
    CLEANUP(sql_done) struct sql_query query = sql_start(sql, text);
    sql_put_text(&query, str_from(name));
    enum status status = sql_next(&query, err);
    if (status)
        return status;
    *out = sql_get_int(&query) > 0;
    return OK;
}

/* An earlier writer may have written frames and not synced them. */
static enum status sync_log(struct sql *sql, struct error *err)
{
    sqlite3_file *log = NULL;
    int result = sqlite3_file_control(sqlite_of(sql), "main",
                                      SQLITE_FCNTL_JOURNAL_POINTER, (void *)&log);
    if (result == SQLITE_OK && log && log->pMethods)
        result = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
    if (result == SQLITE_OK)
        return OK;
    return FAIL(err, ERR_IO, "database: its log: %s", sqlite3_errstr(result));
}

static enum status settle(struct sql *sql, struct error *err)
{
    int pages = 0, moved = 0;
    int result = sqlite3_wal_checkpoint_v2(sqlite_of(sql), "main",
                                           SQLITE_CHECKPOINT_PASSIVE, &pages, &moved);
    if (result != SQLITE_OK && result != SQLITE_BUSY)
        return fail_io(sql, err);
    /* A reader with an older view can hold back the move, never the sync. */
    return result == SQLITE_OK && pages == moved ? OK : sync_log(sql, err);
}

static enum status checkpoint(struct sql *sql, struct error *err)
{
    struct connection *connection = connection_of(sql);
    if (connection->wal_pages - connection->moved_pages < CHECKPOINT_PAGES)
        return OK;
    int pages = 0, moved = 0;
    int result = sqlite3_wal_checkpoint_v2(sqlite_of(sql), "main",
                                           SQLITE_CHECKPOINT_PASSIVE, &pages, &moved);
    if (result != SQLITE_OK && result != SQLITE_BUSY)
        return fail_io(sql, err);
    if (moved > 0)
        connection->moved_pages = moved;
    return OK;
}

static enum status stand_alone(struct sql *sql, struct error *err)
{
    int persist = 0;
    (void)sqlite3_file_control(sqlite_of(sql), "main", SQLITE_FCNTL_PERSIST_WAL,
                               &persist);
    CLEANUP(sql_done)
    struct sql_query query = sql_start(sql, "PRAGMA journal_mode = DELETE");
    if (!query.statement || sqlite3_step(handle_of(query.statement)) != SQLITE_ROW)
        return fail_io(sql, err);
    if (!str_equal(sql_get_bytes(&query), STR("delete")))
        return FAIL(err, ERR_BUSY, "database: in use by others");
    return OK;
}

static enum status wipe_deleted(struct sql *sql, struct error *err)
{
    return exec(sql, "PRAGMA secure_delete = ON", err);
}

static enum status check_pages(struct sql *sql, struct error *err)
{
    CLEANUP(sql_done)
    struct sql_query query = sql_start(sql, "PRAGMA integrity_check(1)");
    enum status status = sql_next(&query, err);
    if (status)
        return status;
    struct str result = sql_get_bytes(&query);
    if (!str_equal(result, STR("ok")))
        return FAIL(err, ERR_CONFLICT, "damaged: " STR_FMT, STR_ARG(result));
    return OK;
}

static enum status check_references(struct sql *sql, struct error *err)
{
    CLEANUP(sql_done) struct sql_query query = sql_start(sql, "PRAGMA foreign_key_check");
    enum status status = sql_next(&query, err);
    if (status)
        return status == ERR_NOT_FOUND ? OK : status;
    struct str table = sql_get_bytes(&query);
    int64_t row = sql_get_int(&query);
    return FAIL(err, ERR_CONFLICT,
                "table " STR_FMT ", row %lld refers to a row that is missing",
                STR_ARG(table), (long long)row);
}

/* A page that cannot even be read as one is damage too, not trouble of the system. */
static enum status judge(const struct sql *sql, enum status status)
{
    int code = sqlite3_errcode(sqlite_of(sql)) & 0xff;
    if (status == ERR_IO && (code == SQLITE_CORRUPT || code == SQLITE_NOTADB))
        return ERR_CONFLICT;
    return status;
}

static enum status check(struct sql *sql, struct error *err)
{
    enum status status = check_pages(sql, err);
    if (!status)
        status = check_references(sql, err);
    return judge(sql, status);
}

/* ----- the driver ----- */

static const struct sql_driver driver = {
    .close = close_connection,
    .fail = fail_io,
    .begin = begin,
    .commit = commit,
    .rollback = roll_back,
    .in_transaction = in_transaction,
    .prepare = prepare,
    .free_statement = free_statement,
    .reset = reset,
    .put_int = put_int,
    .put_text = put_text,
    .put_blob = put_blob,
    .put_null = put_null,
    .start = start,
    .next = next_row,
    .touched = count_touched,
    .get_int = get_int,
    .get_bytes = get_bytes,
    .script = exec,
    .has_table = has_table,
    .settle = settle,
    .check = check,
    .checkpoint = checkpoint,
    .copy = sqlite_copy,
    .stand_alone = stand_alone,
    .wipe_deleted = wipe_deleted,
};

enum status sqlite_open(const char *path, enum sql_mode mode, struct sql **out,
                        struct error *err)
{
    const bool writer = mode != SQL_READER;
    int flags = writer ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
    enum status status = mode == SQL_MAKER ? make_file(path, err) : OK;
    if (status)
        return status;
    if (access(path, F_OK) != 0 && errno == ENOENT)
        return FAIL(err, ERR_NOT_FOUND, "not there");

    /* Without its figures about memory, which cost a lock at every allocation. Only before
     * the first connection; later calls are refused and change nothing. */
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    struct connection *connection = NEW(struct connection);
    CLEANUP(sql_closep) struct sql *sql = &connection->base;
    *sql = (struct sql){ .driver = &driver, .is_writer = writer };
    /* One thread at a time uses a connection: SQLite's own locks would only cost. */
    flags |= SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    if (sqlite3_open_v2(path, &connection->db, flags,
                        writer ? sqlite_lock_layer() : NULL) != SQLITE_OK)
        return fail_io(sql, err);
    status = harden(sql, err);
    if (!status)
        status = writer ? set_up_writer(connection, err) : set_up_reader(sql, err);
    if (status)
        return status;
    *out = TAKE(sql);
    return OK;
}
