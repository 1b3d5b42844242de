// SPDX-License-Identifier: GPL-3.0-or-later
#include "test.h"

#include <string.h>

#include "base/mem.h"
#include "rule/word_list.h"

TEST(a_label_has_a_word_or_looks_like_it)
{
    static const struct {
        const char *word, *label;
        enum word_match want;
    } rows[] = {
        { "bank", "bank", WORD_EXACTLY },
        { "bank", "banks", WORD_NO },
        { "bank", "b4nk", WORD_ALIKE },
        { "bank", "ba-nk", WORD_ALIKE },
        { "bank*", "banks", WORD_EXACTLY },
        { "bank*", "mybank", WORD_NO },
        { "*bank", "mybank", WORD_EXACTLY },
        { "*bank", "banks", WORD_NO },
        { "*bank*", "a-b4nk-b", WORD_ALIKE },
        { "*bank*", "abankb", WORD_EXACTLY },
        { "*bank*", "ban", WORD_NO },
        { "ns*", "n5", WORD_NO },
        { "bank*", "b4nk-1", WORD_ALIKE },
        { "-", "x", WORD_NO },
        { "*-*", "x", WORD_NO },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        CHECK_INT(word_match(str_from(rows[i].word), str_from(rows[i].label)),
                  rows[i].want);
}

TEST(a_list_is_read_line_by_line)
{
    static const struct {
        const char *text, *label, *want, *error;
    } rows[] = {
        { "", "bank", "", NULL },
        { "bank\n", "bank", "bank", NULL },
        { "# brands\n\n  bank  # ours\nshop*", "shops", "shop*", NULL },
        { "# brands\n\n  bank\r\nshop*", "8ank", "bank", NULL },
        { "bank\nBank\n", "", "", "line 2: 'Bank': must be of small letters" },
        { "a b\n", "", "", "line 1: 'a b': must be" },
        { "\n**\n", "", "", "line 2: '**': must be a label" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        CLEANUP(word_list_releasep) struct word_list *list = NULL;
        struct error err = { "" };
        enum word_match match = WORD_NO;
        enum status status = word_list_read(str_from(rows[i].text), &list, &err);
        CHECK_INT(status, rows[i].error ? ERR_SYNTAX : OK);
        if (rows[i].error) {
            CHECK(str_starts(str_from(err.text), str_from(rows[i].error)));
            continue;
        }
        CHECK_STR(word_list_find(list, str_from(rows[i].label), &match), rows[i].want);
        CHECK((match != WORD_NO) == (rows[i].want[0] != 0));
        word_list_release(word_list_hold(list));
    }
}
