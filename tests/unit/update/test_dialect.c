// SPDX-License-Identifier: GPL-3.0-or-later
#include "test.h"

#include "update/dialect.h"

TEST(the_numbers_that_the_journal_keeps_have_their_words_for_ever)
{
    static const struct {
        size_t number;
        const char *word;
    } rows[] = { { 0, "none" },     { 1, "dyndns2" }, { 2, "dyndns1" },
                 { 3, "acme-dns" }, { 4, "httpreq" }, { DIALECTS_MAX, "?" } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        CHECK_TEXT(dialect_word(rows[i].number), rows[i].word);
}

TEST(each_dialect_is_whole_and_has_a_word_and_a_number_of_its_own)
{
    size_t count = 0;
    for (size_t i = 0; i < DIALECTS_MAX; i++) {
        const struct dialect *dialect = dialect_find(i);
        if (!dialect)
            continue;
        count++;
        CHECK(dialect->handle);
        CHECK(str_ends(str_from(dialect->refusal), STR("\n")));
        CHECK_INT(dialect_number(dialect), (int)i);
        for (size_t other = 0; other < i; other++)
            CHECK(!str_equal(str_from(dialect_word(other)), str_from(dialect->word)));
    }
    CHECK_INT((int)count, 4);
}
