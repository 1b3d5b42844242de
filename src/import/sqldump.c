// SPDX-License-Identifier: GPL-3.0-or-later
/* Reads a MySQL dump statement by statement: remembers the columns of each CREATE TABLE, and gives
 * each row of INSERT and REPLACE with its columns. */
#include "import/sqldump.h"

#include <string.h>

#include "base/arena.h"

enum {
    ARENA_BLOCK = 1 << 14
};

struct table {
    struct str name;
    struct str columns[SQLDUMP_COLUMNS_MAX];
    size_t count;
};

struct dump {
    struct str text;
    size_t at;
    uint64_t line;
    struct arena *tables_arena, *row_arena;
    struct table *tables[SQLDUMP_TABLES_MAX];
    size_t table_count;
    sqldump_fn fn;
    void *ctx;
    struct error *err;
};

/* ----- words ----- */

static char peek(const struct dump *dump, size_t ahead)
{
    size_t at = dump->at + ahead;
    return at < dump->text.n ? dump->text.at[at] : '\0';
}

static bool at_end(const struct dump *dump)
{
    return dump->at >= dump->text.n;
}

static void step(struct dump *dump)
{
    dump->line += peek(dump, 0) == '\n';
    dump->at++;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void skip_line(struct dump *dump)
{
    while (!at_end(dump) && peek(dump, 0) != '\n')
        step(dump);
}

/* Skips a comment, which the end of the text ends, too. */
static void skip_comment(struct dump *dump)
{
    while (!at_end(dump) && !(peek(dump, 0) == '*' && peek(dump, 1) == '/'))
        step(dump);
    dump->at = dump->at + 2 < dump->text.n ? dump->at + 2 : dump->text.n;
}

static void skip_blanks(struct dump *dump)
{
    for (;;) {
        char c = peek(dump, 0);
        if (is_blank(c) && !at_end(dump))
            step(dump);
        else if (c == '#' || (c == '-' && peek(dump, 1) == '-'))
            skip_line(dump);
        else if (c == '/' && peek(dump, 1) == '*')
            skip_comment(dump);
        else
            return;
    }
}

static bool is_word_byte(char c)
{
    return char_is_alpha(c) || char_is_digit(c) || c == '_' || c == '$' || c == '.' ||
           c == '+' || c == '-' || (unsigned char)c >= 0x80;
}

/* Takes a word, which ends before a blank or a sign; empty: there is none. */
static struct str take_word(struct dump *dump)
{
    skip_blanks(dump);
    size_t from = dump->at;
    while (!at_end(dump) && is_word_byte(peek(dump, 0)))
        step(dump);
    return str_bytes(dump->text.at + from, dump->at - from);
}

static bool take_sign(struct dump *dump, char sign)
{
    skip_blanks(dump);
    if (at_end(dump) || peek(dump, 0) != sign)
        return false;
    step(dump);
    return true;
}

/* The byte that MySQL means by a backslash and this character. */
static char unescape(char c)
{
    static const char from[] = "0bnrtZ", to[] = "\0\b\n\r\t\x1a";
    const char *found = c ? strchr(from, c) : NULL;
    return found ? to[found - from] : c;
}

/* Takes a quoted text into the arena. A quote in the text is doubled or has a backslash. */
static enum status take_quoted(struct dump *dump, struct arena *arena, struct str *out)
{
    char quote = peek(dump, 0);
    step(dump);
    size_t from = dump->at, n = 0;
    while (!at_end(dump) && (peek(dump, 0) != quote || peek(dump, 1) == quote)) {
        /* Two characters mean one byte. */
        if (peek(dump, 0) == quote || (peek(dump, 0) == '\\' && quote != '`'))
            step(dump);
        step(dump);
    }
    if (at_end(dump))
        return FAIL(dump->err, ERR_SYNTAX, "a quoted text does not end");
    struct str raw = str_bytes(dump->text.at + from, dump->at - from);
    char *copy = (char *)arena_take(arena, raw.n + 1);
    for (size_t i = 0; i < raw.n; i++) {
        bool escaped = raw.at[i] == '\\' && quote != '`';
        i += escaped || raw.at[i] == quote;
        copy[n++] = escaped ? unescape(raw.at[i]) : raw.at[i];
    }
    step(dump);
    *out = str_bytes(copy, n);
    return OK;
}

/* Takes the name of a table or column, in backquotes or plain; "database.table" gives the table. */
static enum status take_name(struct dump *dump, struct arena *arena, struct str *out)
{
    do {
        skip_blanks(dump);
        char c = peek(dump, 0);
        if (c == '`' || c == '"') {
            enum status status = take_quoted(dump, arena, out);
            if (status)
                return status;
        } else {
            struct str word = take_word(dump);
            while (str_find(word, '.') < word.n)
                word = str_from_at(word, str_find(word, '.') + 1);
            *out = arena_copy(arena, word);
        }
    } while (take_sign(dump, '.'));
    if (out->n == 0)
        return FAIL(dump->err, ERR_SYNTAX, "a name is missing");
    return OK;
}

/* ----- tables ----- */

static struct table *find_table(const struct dump *dump, struct str name)
{
    for (size_t i = 0; i < dump->table_count; i++)
        if (str_equal_any_case(dump->tables[i]->name, name))
            return dump->tables[i];
    return NULL;
}

static enum status add_column(const struct dump *dump, struct table *table,
                              struct str name)
{
    if (table->count == SQLDUMP_COLUMNS_MAX)
        return FAIL(dump->err, ERR_LIMIT, "more than %d columns", SQLDUMP_COLUMNS_MAX);
    table->columns[table->count++] = name;
    return OK;
}

/* Skips the rest of a column's definition, up to a comma or the table's closing bracket. */
static enum status skip_definition(struct dump *dump)
{
    size_t depth = 0;
    for (;;) {
        skip_blanks(dump);
        char c = peek(dump, 0);
        struct str ignored;
        if (at_end(dump))
            return FAIL(dump->err, ERR_SYNTAX, "a table does not end");
        if (depth == 0 && (c == ',' || c == ')'))
            return OK;
        if (c == '\'' || c == '"' || c == '`') {
            enum status status = take_quoted(dump, dump->row_arena, &ignored);
            if (status)
                return status;
            continue;
        }
        depth += c == '(';
        depth -= c == ')';
        step(dump);
    }
}

static bool is_key_word(struct str name)
{
    static const char *const words[] = { "PRIMARY",    "KEY",      "UNIQUE",
                                         "INDEX",      "FULLTEXT", "SPATIAL",
                                         "CONSTRAINT", "FOREIGN",  "CHECK" };
    for (size_t i = 0; i < LENGTH_OF(words); i++)
        if (str_equal_any_case(name, str_from(words[i])))
            return true;
    return false;
}

static enum status take_columns(struct dump *dump, struct table *table)
{
    do {
        skip_blanks(dump);
        bool quoted = peek(dump, 0) == '`' || peek(dump, 0) == '"';
        struct str name = { 0 };
        enum status status = take_name(dump, dump->tables_arena, &name);
        if (!status && (quoted || !is_key_word(name)))
            status = add_column(dump, table, name);
        if (!status)
            status = skip_definition(dump);
        if (status)
            return status;
    } while (take_sign(dump, ','));
    return OK;
}

/* Takes a statement from behind CREATE. */
static enum status take_create(struct dump *dump)
{
    struct str word = take_word(dump);
    if (str_equal_any_case(word, STR("TEMPORARY")))
        word = take_word(dump);
    if (!str_equal_any_case(word, STR("TABLE")))
        return OK;
    size_t before = dump->at;
    uint64_t line = dump->line;
    if (str_equal_any_case(take_word(dump), STR("IF"))) {
        (void)take_word(dump); /* NOT */
        (void)take_word(dump); /* EXISTS */
    } else {
        dump->at = before;
        dump->line = line;
    }
    struct str name = { 0 };
    enum status status = take_name(dump, dump->tables_arena, &name);
    if (status || !take_sign(dump, '('))
        return status;
    if (dump->table_count == SQLDUMP_TABLES_MAX)
        return FAIL(dump->err, ERR_LIMIT, "more than %d tables", SQLDUMP_TABLES_MAX);
    struct table *table = ARENA_NEW(dump->tables_arena, struct table);
    table->name = name;
    dump->tables[dump->table_count++] = table;
    return take_columns(dump, table);
}

/* ----- rows ----- */

static enum status take_value(struct dump *dump, struct str *out)
{
    skip_blanks(dump);
    char c = peek(dump, 0);
    if (c == '\'' || c == '"')
        return take_quoted(dump, dump->row_arena, out);
    struct str word = take_word(dump);
    if (word.n == 0)
        return FAIL(dump->err, ERR_SYNTAX, "a value is missing");
    /* A character set, as in _binary 'x' or _utf8'x'. */
    if (word.at[0] == '_') {
        skip_blanks(dump);
        if (peek(dump, 0) == '\'')
            return take_quoted(dump, dump->row_arena, out);
    }
    *out = str_equal_any_case(word, STR("NULL")) ? (struct str){ NULL, 0 } : word;
    return OK;
}

/* Takes the values of one row from behind its '('. */
static enum status take_row(struct dump *dump, const struct table *table)
{
    struct str values[SQLDUMP_COLUMNS_MAX];
    struct sqldump_row row = { .table = table->name,
                               .columns = table->columns,
                               .values = values,
                               .line = dump->line };
    arena_reset(dump->row_arena);
    do {
        if (row.count == SQLDUMP_COLUMNS_MAX)
            return FAIL(dump->err, ERR_LIMIT, "more than %d values", SQLDUMP_COLUMNS_MAX);
        enum status status = take_value(dump, &values[row.count]);
        if (status)
            return status;
        row.count++;
    } while (take_sign(dump, ','));
    if (!take_sign(dump, ')'))
        return FAIL(dump->err, ERR_SYNTAX, "a row of values does not end");
    if (row.count != table->count)
        return FAIL(dump->err, ERR_SYNTAX, "%zu values for %zu columns of " STR_FMT,
                    row.count, table->count, STR_ARG(table->name));
    return dump->fn(dump->ctx, &row, dump->err);
}

/* Takes the columns that INSERT names. */
static enum status take_column_list(struct dump *dump, struct table *table)
{
    do {
        struct str name = { 0 };
        enum status status = take_name(dump, dump->tables_arena, &name);
        if (!status)
            status = add_column(dump, table, name);
        if (status)
            return status;
    } while (take_sign(dump, ','));
    return take_sign(dump, ')') ? OK : FAIL(dump->err, ERR_SYNTAX, "a list does not end");
}

/* Takes a statement from behind INSERT or REPLACE. */
static enum status take_insert(struct dump *dump)
{
    struct str word = take_word(dump);
    while (word.n && !str_equal_any_case(word, STR("INTO")))
        word = take_word(dump); /* IGNORE, LOW_PRIORITY */
    struct str name = { 0 };
    enum status status = take_name(dump, dump->tables_arena, &name);
    if (status)
        return status;
    struct table own = { .name = name };
    const struct table *table = find_table(dump, name);
    if (take_sign(dump, '(')) {
        status = take_column_list(dump, &own);
        table = &own;
    }
    if (status)
        return status;
    word = take_word(dump);
    if (!str_equal_any_case(word, STR("VALUES")) &&
        !str_equal_any_case(word, STR("VALUE")))
        return FAIL(dump->err, ERR_SYNTAX, "INSERT without VALUES");
    if (!table)
        return FAIL(dump->err, ERR_SYNTAX,
                    "the columns of " STR_FMT " are not known: dump with CREATE TABLE",
                    STR_ARG(name));
    do {
        if (!take_sign(dump, '('))
            return FAIL(dump->err, ERR_SYNTAX, "a row of values is missing");
        status = take_row(dump, table);
        if (status)
            return status;
    } while (take_sign(dump, ','));
    return OK;
}

/* ----- statements ----- */

/* Skips the rest of a statement. */
static enum status skip_statement(struct dump *dump)
{
    for (;;) {
        struct str ignored;
        skip_blanks(dump);
        char c = peek(dump, 0);
        if (at_end(dump) || take_sign(dump, ';'))
            return OK;
        if (c != '\'' && c != '"' && c != '`') {
            step(dump);
            continue;
        }
        enum status status = take_quoted(dump, dump->row_arena, &ignored);
        if (status)
            return status;
    }
}

static enum status take_statement(struct dump *dump)
{
    arena_reset(dump->row_arena);
    struct str word = take_word(dump);
    enum status status = OK;
    if (str_equal_any_case(word, STR("CREATE")))
        status = take_create(dump);
    else if (str_equal_any_case(word, STR("INSERT")) ||
             str_equal_any_case(word, STR("REPLACE")))
        status = take_insert(dump);
    return status ? status : skip_statement(dump);
}

struct str sqldump_get(const struct sqldump_row *row, const char *column)
{
    for (size_t i = 0; i < row->count; i++)
        if (str_equal_any_case(row->columns[i], str_from(column)))
            return row->values[i];
    return STR("");
}

enum status sqldump_parse(const char *file, struct str text, sqldump_fn fn, void *ctx,
                          struct error *err)
{
    CLEANUP(arena_freep) struct arena *tables_arena = arena_new(ARENA_BLOCK);
    CLEANUP(arena_freep) struct arena *row_arena = arena_new(ARENA_BLOCK);
    struct dump dump = { .text = text,
                         .line = 1,
                         .tables_arena = tables_arena,
                         .row_arena = row_arena,
                         .fn = fn,
                         .ctx = ctx,
                         .err = err };
    skip_blanks(&dump);
    while (!at_end(&dump)) {
        enum status status = take_statement(&dump);
        if (status) {
            error_prefix(err, "%s:%llu", file, (unsigned long long)dump.line);
            return status;
        }
        skip_blanks(&dump);
    }
    return OK;
}
