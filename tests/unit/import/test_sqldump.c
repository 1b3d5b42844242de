// SPDX-License-Identifier: GPL-3.0-or-later
#include "test.h"

#include <string.h>

#include "base/buf.h"
#include "import/sqldump.h"

struct seen {
    char text[1024];
    struct buf out;
};

/* "line table column=value ..." of each row. */
static enum status note(void *ctx, const struct sqldump_row *row, struct error *err)
{
    struct seen *seen = (struct seen *)ctx;
    (void)err;
    buf_printf(&seen->out, "%llu ", (unsigned long long)row->line);
    buf_put(&seen->out, row->table);
    for (size_t i = 0; i < row->count; i++) {
        buf_put_text(&seen->out, " ");
        buf_put(&seen->out, row->columns[i]);
        buf_put_text(&seen->out, "=");
        buf_put(&seen->out, row->values[i].at ? row->values[i] : STR("NULL"));
    }
    buf_put_text(&seen->out, "\n");
    return OK;
}

TEST(rows_come_with_their_columns)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        { "CREATE TABLE t (a int, b text); INSERT INTO t VALUES (1,'x'),(2,NULL);",
          "1 t a=1 b=x\n1 t a=2 b=NULL\n" },
        { "CREATE TABLE IF NOT EXISTS `t` (\n `a` enum('x,y','z)') default ')',\n"
          " PRIMARY KEY (`a`), KEY `k` (`a`)\n) ENGINE=x;\nINSERT INTO `t` VALUES\n(-1.5);",
          "6 t a=-1.5\n" },
        { "INSERT IGNORE INTO `d`.`t` (`a`, b) VALUES ('it\\'s', \"q\"\"q\") "
          "ON DUPLICATE KEY UPDATE a='x;y'; INSERT INTO t (a) VALUE ('\\\\')",
          "1 t a=it's b=q\"q\n1 t a=\\\n" },
        { "-- INSERT INTO t (a) VALUES (1);\n/*!40000 INSERT */ # INSERT\n"
          "REPLACE INTO t (a) VALUES (_binary 'x');",
          "3 t a=x\n" },
        { "LOCK TABLES `t` WRITE; SET a = 'INSERT INTO t'; UNLOCK TABLES", "" },
        { "insert into t (a) values ('a\\nb')", "1 t a=a\nb\n" },
        { "", "" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct seen seen;
        struct error err = { "" };
        seen.out = BUF_ON(seen.text);
        enum status status =
            sqldump_parse("f", str_from(rows[i].text), note, &seen, &err);
        if (status)
            print_error("row %zu: %s\n", i, err.text);
        CHECK_INT(status, OK);
        CHECK_TEXT(buf_text(&seen.out), rows[i].want);
    }
}

TEST(a_broken_dump_is_told_with_its_line)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        { "INSERT INTO t VALUES (1)", "f:1: the columns of t are not known" },
        { "\nINSERT INTO t (a) VALUES ('x", "f:2: a quoted text does not end" },
        { "INSERT INTO t (a) VALUES (1", "f:1: a row of values does not end" },
        { "INSERT INTO t (a) VALUES (1,2)", "f:1: 2 values for 1 columns of t" },
        { "INSERT INTO t (a) VALUES (,)", "f:1: a value is missing" },
        { "INSERT INTO t (a) SELECT 1", "f:1: INSERT without VALUES" },
        { "INSERT INTO t (a VALUES (1)", "f:1: a list does not end" },
        { "INSERT INTO t (a) VALUES", "f:1: a row of values is missing" },
        { "INSERT INTO (a) VALUES (1)", "f:1: a name is missing" },
        { "CREATE TABLE t (a int", "f:1: a table does not end" },
        { "SET a='x", "f:1: a quoted text does not end" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct seen seen;
        struct error err = { "" };
        seen.out = BUF_ON(seen.text);
        CHECK(sqldump_parse("f", str_from(rows[i].text), note, &seen, &err) != OK);
        if (strncmp(err.text, rows[i].want, strlen(rows[i].want)) != 0)
            print_error("row %zu: %s\n", i, err.text);
        CHECK(strncmp(err.text, rows[i].want, strlen(rows[i].want)) == 0);
    }
}

static enum status count(void *ctx, const struct sqldump_row *row, struct error *err)
{
    size_t *rows = (size_t *)ctx;
    (void)err;
    CHECK_STR(sqldump_get(row, "A"), "1");
    CHECK_INT(sqldump_get(row, "none").n, 0);
    return ++*rows == 2 ? FAIL(err, ERR_BUSY, "enough") : OK;
}

TEST(the_reader_of_rows_may_end_it)
{
    size_t rows = 0;
    struct error err = { "" };
    CHECK_INT(sqldump_parse("f", STR("INSERT INTO t (a) VALUES (1),(1),(1)"), count,
                            &rows, &err),
              ERR_BUSY);
    CHECK_INT(rows, 2);
    CHECK_TEXT(err.text, "f:1: enough");
}
