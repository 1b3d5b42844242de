// SPDX-License-Identifier: GPL-3.0-or-later
#include "people/refused.h"

#include "test.h"

TEST(a_domain_of_the_list_refuses_itself_and_what_is_below_it)
{
    static const char text[] = "# throw-away mailboxes\n"
                               "Throwaway.example\r\n"
                               "\n"
                               "  box.example.net   # that one, too\n"
                               "zz";
    static const struct {
        const char *address;
        bool want;
    } rows[] = {
        { "a@throwaway.example", true },
        { "a@THROWAWAY.Example", true },
        { "a@mail.throwaway.example", true },
        { "a@a.b.c.box.example.net", true },
        { "a@zz", true },
        { "a@example.net", false },
        { "a@notthrowaway.example", false },
        { "a@throwaway.example.org", false },
        { "throwaway.example@example.org", false },
        { "a@example", false },
    };
    CLEANUP(refused_freep) struct refused *refused = NULL;
    CHECK_INT(refused_parse(str_from(text), &refused, NULL), OK);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        if (refused_has(refused, str_from(rows[i].address)) != rows[i].want)
            print_error("%s\n", rows[i].address);
        CHECK_INT(refused_has(refused, str_from(rows[i].address)), rows[i].want);
    }
}

TEST(a_bad_line_is_named_by_its_number)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        { "a.example\n@b.example\n", "line 2: '@b.example'" },
        { "*.a.example", "line 1: '*.a.example'" },
        { "# x\n\na b\n", "line 3: 'a b'" },
        { "a..example", "line 1: 'a..example'" },
        { "a.example.", "line 1: 'a.example.'" },
        { "b\xc3\xbc"
          "cher.example",
          "line 1: 'b\xc3\xbc"
          "cher.example'" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        CLEANUP(refused_freep) struct refused *refused = NULL;
        struct error err = { "" };
        CHECK_INT(refused_parse(str_from(rows[i].text), &refused, &err), ERR_SYNTAX);
        CHECK(str_starts(str_from(err.text), str_from(rows[i].want)));
        CHECK(!refused);
    }
}

TEST(an_empty_list_and_none_refuse_nobody)
{
    CLEANUP(refused_freep) struct refused *refused = NULL;
    CHECK_INT(refused_parse(STR("# nothing\n"), &refused, NULL), OK);
    CHECK(!refused_has(refused, STR("a@example.org")));
    CHECK(!refused_has(NULL, STR("a@example.org")));
    struct error err;
    CHECK_INT(refused_load("/nonexistent/list", &refused, &err), ERR_NOT_FOUND);
}
