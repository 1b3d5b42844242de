// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"

#include <string.h>

#include "test.h"

TEST(every_status_has_a_name_of_its_own)
{
    for (int a = OK; a <= ERR_IO; a++) {
        CHECK(strlen(status_name((enum status)a)) > 0);
        for (int b = OK; b < a; b++)
            CHECK(strcmp(status_name((enum status)a), status_name((enum status)b)) != 0);
    }
    CHECK_TEXT(status_name(ERR_NOT_FOUND), "not found");
    int unknown = ERR_IO + 1;
    CHECK_TEXT(status_name((enum status)unknown), "unknown status");
}

TEST(an_error_is_one_line_without_control_bytes)
{
    struct error err;
    error_set(&err, "a\nb\t%s\x1b[1m", "\x7f");
    CHECK_TEXT(err.text, "a?b???[1m");
}

TEST(a_long_error_is_cut)
{
    struct error err;
    error_set(&err, "%0600d", 1);
    CHECK_INT(strlen(err.text), ERROR_TEXT_SIZE - 1);
    error_prefix(&err, "%0600d", 1);
    CHECK_INT(strlen(err.text), ERROR_TEXT_SIZE - 1);
}

TEST(a_prefix_goes_before_what_was_said)
{
    struct error err;
    error_set(&err, "no space");
    error_prefix(&err, "%s", "write");
    error_prefix(&err, "%s\n", "backup");
    CHECK_TEXT(err.text, "backup?: write: no space");
}

TEST(an_error_may_quote_itself)
{
    struct error err;
    error_set(&err, "low");
    error_set(&err, "high (%s)", err.text);
    CHECK_TEXT(err.text, "high (low)");
}

TEST(nobody_has_to_want_the_words)
{
    error_set(NULL, "%d", 1);
    error_prefix(NULL, "%d", 1);
    CHECK_INT(FAIL(NULL, ERR_BUSY, "later"), ERR_BUSY);
}
