// SPDX-License-Identifier: GPL-3.0-or-later
/* The driver for SQLite: with sqlite_copy.c and sqlite_lock.c the only files that know it.
 *
 * SQLite before 3.51.3 can corrupt its write-ahead log when two connections write or
 * checkpoint at the same moment. So a reader here is read-only in every way that SQLite
 * knows and never checkpoints, and the only writer checkpoints between its transactions,
 * never by itself within a commit.
 *
 * The log and its index stay behind when the writer closes (SQLITE_FCNTL_PERSIST_WAL): a
 * reader under another user, who may not create files there, could not open the database
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

#include "base/fault.h"
#include "base/file.h"
#include "base/mem.h"

enum {
    STATEMENT_SLOTS = 256, /* a power of two, well above the number of texts */
    CHECKPOINT_PAGES = 4096,
    BUSY_WAIT_MS = 5000,
    FILE_MODE = 0640, /* the group is for readers */
};

struct sql_statement {
    const char *text;
    sqlite3_stmt *handle;
    bool in_use;
    bool kept; /* in the table of the connection */
};

struct sql {
    sqlite3 *db;
    bool writer;
    int wal_pages;   /* in the log after the last commit */
    int moved_pages; /* of these, in the database file already */
    struct sql_statement *slots[STATEMENT_SLOTS];
    size_t slots_used;
};

static enum status fail_io(const struct sql *sql, struct error *err)
{
    char storage[128] = "";
    struct buf holder = BUF_ON(storage);
    if (sql->writer && (sqlite3_errcode(sql->db) & 0xff) == SQLITE_BUSY)
        sqlite_lock_put_holder(sqlite3_db_filename(sql->db, "main"), &holder);
    return FAIL(err, ERR_IO, "database: %s%s", sqlite3_errmsg(sql->db),
                buf_text(&holder));
}

/* ---- opening ---------------------------------------------------------------------- */

static enum status exec(struct sql *sql, const char *text, struct error *err)
{
    return sqlite3_exec(sql->db, text, NULL, NULL, NULL) == SQLITE_OK ? OK
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
    struct sql *sql = ctx;
    if (pages < sql->wal_pages) /* the log has begun anew */
        sql->moved_pages = 0;
    sql->wal_pages = pages;
    return SQLITE_OK;
}

/* What holds for every connection. The schema is not trusted, because the file might have
 * been somebody else's. */
static enum status harden(struct sql *sql, struct error *err)
{
    static const char settings[] = "PRAGMA foreign_keys = ON;"
                                   "PRAGMA trusted_schema = OFF;"
                                   "PRAGMA cell_size_check = ON;"
                                   "PRAGMA mmap_size = 0;"
                                   "PRAGMA temp_store = MEMORY;";
    (void)sqlite3_extended_result_codes(sql->db, 1);
    if (sqlite3_busy_timeout(sql->db, BUSY_WAIT_MS) != SQLITE_OK ||
        sqlite3_db_config(sql->db, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL) !=
            SQLITE_OK)
        return fail_io(sql, err);
    return exec(sql, settings, err);
}

static enum status set_up_reader(struct sql *sql, struct error *err)
{
    if (sqlite3_db_config(sql->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)NULL) !=
        SQLITE_OK)
        return fail_io(sql, err);
    return exec(sql, "PRAGMA query_only = ON; PRAGMA cache_size = -2048;", err);
}

static enum status set_up_writer(struct sql *sql, struct error *err)
{
    static const char settings[] = "PRAGMA synchronous = FULL;"
                                   "PRAGMA wal_autocheckpoint = 0;"
                                   "PRAGMA journal_size_limit = 67108864;"
                                   "PRAGMA cache_size = -16384;";
    {
        CLEANUP(sql_done)
        struct sql_query query = sql_start(sql, "PRAGMA journal_mode = WAL");
        if (!query.statement || sqlite3_step(query.statement->handle) != SQLITE_ROW)
            return fail_io(sql, err);
        if (!str_equal(sql_get_bytes(&query), STR("wal")))
            return FAIL(err, ERR_IO, "a write-ahead log is not possible here");
    }
    int persist = 1;
    if (sqlite3_file_control(sql->db, "main", SQLITE_FCNTL_PERSIST_WAL, &persist) !=
        SQLITE_OK)
        return fail_io(sql, err);
    enum status status = exec(sql, settings, err);
    /* After wal_autocheckpoint, which sets the hook too. */
    (void)sqlite3_wal_hook(sql->db, count_wal_pages, sql);
    return status;
}

enum status sql_open(const char *path, enum sql_mode mode, struct sql **out,
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
    CLEANUP(sql_closep) struct sql *sql = NEW(struct sql);
    sql->writer = writer;
    /* One thread at a time uses a connection: SQLite's own locks would only cost. */
    flags |= SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    if (sqlite3_open_v2(path, &sql->db, flags, writer ? sqlite_lock_layer() : NULL) !=
        SQLITE_OK)
        return fail_io(sql, err);
    status = harden(sql, err);
    if (!status)
        status = writer ? set_up_writer(sql, err) : set_up_reader(sql, err);
    if (status)
        return status;
    *out = TAKE(sql);
    return OK;
}

static void free_statement(struct sql_statement *statement)
{
    if (!statement)
        return;
    (void)sqlite3_finalize(statement->handle);
    mem_free(statement);
}

sqlite3 *sqlite_of(const struct sql *sql)
{
    return sql->db;
}

void sql_close(struct sql *sql)
{
    if (!sql)
        return;
    for (size_t i = 0; i < STATEMENT_SLOTS; i++)
        free_statement(sql->slots[i]);
    (void)sqlite3_close_v2(sql->db);
    mem_free(sql);
}

/* ---- transactions ----------------------------------------------------------------- */

bool sql_in_transaction(const struct sql *sql)
{
    return !sqlite3_get_autocommit(sql->db);
}

/* Runs one of our own texts without the fault points and rules of sql_next(). */
static int run_plain(struct sql *sql, const char *text)
{
    CLEANUP(sql_done) struct sql_query query = sql_start(sql, text);
    if (!query.statement)
        return SQLITE_ERROR;
    int result = sqlite3_step(query.statement->handle);
    return result == SQLITE_ROW ? SQLITE_DONE : result;
}

enum status sql_begin(struct sql *sql, struct error *err)
{
    assert(!sql_in_transaction(sql));
    if (sql->writer && fault_hit("store.begin"))
        return FAIL(err, ERR_IO, "database: fault at begin");
    if (run_plain(sql, sql->writer ? "BEGIN IMMEDIATE" : "BEGIN") != SQLITE_DONE)
        return fail_io(sql, err);
    /* SQLite fixes a reader's view at its first look, which therefore comes now. */
    if (!sql->writer &&
        run_plain(sql, "SELECT count(*) FROM sqlite_schema WHERE rowid = 0") !=
            SQLITE_DONE) {
        enum status status = fail_io(sql, err);
        sql_rollback(sql);
        return status;
    }
    return OK;
}

enum status sql_commit(struct sql *sql, struct error *err)
{
    if (!sql_in_transaction(sql))
        return FAIL(err, ERR_IO, "database: the transaction was given up before");
    enum status status = OK;
    if (sql->writer && fault_hit("store.commit"))
        status = FAIL(err, ERR_IO, "database: fault at commit");
    else if (run_plain(sql, "COMMIT") != SQLITE_DONE)
        status = fail_io(sql, err);
    if (status)
        sql_rollback(sql);
    return status;
}

void sql_rollback(struct sql *sql)
{
    /* It fails only when SQLite has rolled back already. */
    if (sql_in_transaction(sql))
        (void)run_plain(sql, "ROLLBACK");
}

/* ---- statements ------------------------------------------------------------------- */

/* NULL: it cannot be prepared. */
static struct sql_statement *prepare(struct sql *sql, const char *text)
{
    sqlite3_stmt *handle = NULL;
    if (sqlite3_prepare_v3(sql->db, text, -1, SQLITE_PREPARE_PERSISTENT, &handle, NULL) !=
        SQLITE_OK)
        return NULL;
    struct sql_statement *statement = NEW(struct sql_statement);
    *statement = (struct sql_statement){ .text = text, .handle = handle };
    return statement;
}

/* The slot of this text, or the free one where it belongs. */
static struct sql_statement **find_slot(struct sql *sql, const char *text)
{
    size_t at = (size_t)(((uintptr_t)text * UINT64_C(0x9e3779b97f4a7c15)) >> 56);
    while (sql->slots[at] && sql->slots[at]->text != text)
        at = (at + 1) % STATEMENT_SLOTS;
    return &sql->slots[at];
}

static void keep(struct sql *sql, struct sql_statement **slot,
                 struct sql_statement *statement)
{
    statement->kept = true;
    *slot = statement;
    sql->slots_used++;
    assert(sql->slots_used < STATEMENT_SLOTS);
}

/* A text that is running already (a walk within a walk) gets a second statement, which
 * lives for this run alone. */
struct sql_query sql_start(struct sql *sql, const char *text)
{
    struct sql_statement **slot = find_slot(sql, text);
    struct sql_statement *statement = *slot;
    if (!statement || statement->in_use)
        statement = prepare(sql, text);
    if (statement && !*slot)
        keep(sql, slot, statement);
    if (statement)
        statement->in_use = true;
    return (struct sql_query){ .sql = sql, .statement = statement };
}

void sql_done(struct sql_query *query)
{
    struct sql_statement *statement = TAKE(query->statement);
    if (!statement)
        return;
    statement->in_use = false;
    if (statement->kept)
        (void)sqlite3_reset(statement->handle);
    else
        free_statement(statement);
}

static void put_bytes(struct sql_query *query, struct str value, bool is_text)
{
    if (!query->statement)
        return;
    /* A null pointer would be NULL instead of nothing. */
    const char *at = value.at ? value.at : "";
    int result = SQLITE_TOOBIG;
    if (value.n <= INT_MAX && is_text)
        result = sqlite3_bind_text(query->statement->handle, ++query->next, at,
                                   (int)value.n, SQLITE_STATIC);
    else if (value.n <= INT_MAX)
        result = sqlite3_bind_blob(query->statement->handle, ++query->next, at,
                                   (int)value.n, SQLITE_STATIC);
    if (result != SQLITE_OK)
        query->failed = true;
}

void sql_put_text(struct sql_query *query, struct str value)
{
    put_bytes(query, value, true);
}

void sql_put_blob(struct sql_query *query, struct str value)
{
    put_bytes(query, value, false);
}

void sql_put_int(struct sql_query *query, int64_t value)
{
    if (query->statement &&
        sqlite3_bind_int64(query->statement->handle, ++query->next, value) != SQLITE_OK)
        query->failed = true;
}

void sql_put_null(struct sql_query *query)
{
    if (query->statement &&
        sqlite3_bind_null(query->statement->handle, ++query->next) != SQLITE_OK)
        query->failed = true;
}

/* What stands before the first row. Outside of a transaction SQLite would commit a writing
 * statement by itself; that also happens after it gave a transaction up. */
static enum status check_start(struct sql_query *query, struct error *err)
{
    if (!query->statement || query->failed)
        return fail_io(query->sql, err);
    assert(query->next == sqlite3_bind_parameter_count(query->statement->handle));
    if (fault_hit(query->sql->writer ? "store.step" : "store.read"))
        return FAIL(err, ERR_IO, "database: fault at a statement");
    if (!sqlite3_stmt_readonly(query->statement->handle) &&
        !sql_in_transaction(query->sql))
        return FAIL(err, ERR_IO, "database: no transaction is open");
    query->running = true;
    return OK;
}

enum status sql_next(struct sql_query *query, struct error *err)
{
    if (!query->running) {
        enum status status = check_start(query, err);
        if (status)
            return status;
    }
    query->next = 0;
    switch (sqlite3_step(query->statement->handle)) {
    case SQLITE_ROW:
        return OK;
    case SQLITE_DONE:
        return ERR_NOT_FOUND;
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
        return FAIL(err, ERR_EXISTS, "%s", sqlite3_errmsg(query->sql->db));
    case SQLITE_CONSTRAINT_FOREIGNKEY:
        return FAIL(err, ERR_CONFLICT, "other rows refer to it or are missing");
    default:
        return fail_io(query->sql, err);
    }
}

enum status sql_run(struct sql_query *query, struct error *err)
{
    enum status status = sql_next(query, err);
    return status == ERR_NOT_FOUND ? OK : status;
}

int64_t sql_touched(const struct sql_query *query)
{
    return sqlite3_changes64(query->sql->db);
}

enum status sql_run_on_rows(struct sql_query *query, struct error *err)
{
    enum status status = sql_run(query, err);
    if (status)
        return status;
    return sql_touched(query) ? OK : FAIL(err, ERR_NOT_FOUND, "no such row");
}

int64_t sql_get_int(struct sql_query *query)
{
    return sqlite3_column_int64(query->statement->handle, query->next++);
}

struct str sql_get_bytes(struct sql_query *query)
{
    const void *at = sqlite3_column_blob(query->statement->handle, query->next);
    int n = sqlite3_column_bytes(query->statement->handle, query->next++);
    return str_bytes(at, (size_t)n);
}

enum status sql_intact(const struct sql_query *query, struct error *err)
{
    if (!query->damaged)
        return OK;
    return FAIL(err, ERR_IO, "database: a row holds what it may not: %s",
                query->statement->text);
}

/* ---- the whole database ----------------------------------------------------------- */

enum status sql_script(struct sql *sql, const char *text, struct error *err)
{
    assert(sql_in_transaction(sql));
    if (fault_hit("store.step"))
        return FAIL(err, ERR_IO, "database: fault at a script");
    return exec(sql, text, err);
}

enum status sql_has_table(struct sql *sql, const char *name, bool *out, struct error *err)
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

/* Frames that were written, but perhaps not synced, by who had the log before us. */
static enum status sync_log(struct sql *sql, struct error *err)
{
    sqlite3_file *log = NULL;
    int result =
        sqlite3_file_control(sql->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, (void *)&log);
    if (result == SQLITE_OK && log && log->pMethods)
        result = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
    if (result == SQLITE_OK)
        return OK;
    return FAIL(err, ERR_IO, "database: its log: %s", sqlite3_errstr(result));
}

enum status sql_settle(struct sql *sql, struct error *err)
{
    int pages = 0, moved = 0;
    int result = sqlite3_wal_checkpoint_v2(sql->db, "main", SQLITE_CHECKPOINT_PASSIVE,
                                           &pages, &moved);
    if (result != SQLITE_OK && result != SQLITE_BUSY)
        return fail_io(sql, err);
    /* A reader with an older view may hold back the move, but not the sync. */
    return result == SQLITE_OK && pages == moved ? OK : sync_log(sql, err);
}

enum status sql_checkpoint(struct sql *sql, struct error *err)
{
    assert(sql->writer && !sql_in_transaction(sql));
    if (sql->wal_pages - sql->moved_pages < CHECKPOINT_PAGES)
        return OK;
    int pages = 0, moved = 0;
    int result = sqlite3_wal_checkpoint_v2(sql->db, "main", SQLITE_CHECKPOINT_PASSIVE,
                                           &pages, &moved);
    if (result != SQLITE_OK && result != SQLITE_BUSY)
        return fail_io(sql, err);
    if (moved > 0)
        sql->moved_pages = moved;
    return OK;
}

enum status sql_stand_alone(struct sql *sql, struct error *err)
{
    int persist = 0;
    (void)sqlite3_file_control(sql->db, "main", SQLITE_FCNTL_PERSIST_WAL, &persist);
    CLEANUP(sql_done)
    struct sql_query query = sql_start(sql, "PRAGMA journal_mode = DELETE");
    if (!query.statement || sqlite3_step(query.statement->handle) != SQLITE_ROW)
        return fail_io(sql, err);
    if (!str_equal(sql_get_bytes(&query), STR("delete")))
        return FAIL(err, ERR_BUSY, "database: in use by others");
    return OK;
}

enum status sql_wipe_deleted(struct sql *sql, struct error *err)
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
    int code = sqlite3_errcode(sql->db) & 0xff;
    if (status == ERR_IO && (code == SQLITE_CORRUPT || code == SQLITE_NOTADB))
        return ERR_CONFLICT;
    return status;
}

enum status sql_check(struct sql *sql, struct error *err)
{
    enum status status = check_pages(sql, err);
    if (!status)
        status = check_references(sql, err);
    return judge(sql, status);
}
