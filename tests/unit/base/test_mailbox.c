// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/mailbox.h"

#include <string.h>

#include "test.h"

TEST(plain_addresses_are_taken)
{
    static const char *const rows[] = {
        "a@b",
        "owner@example.org",
        "first.last+tag@mail.example.org",
        "o'neil_{x}~!#$%&*/=?^`|@example.org",
        "a@xn--bcher-kva.example",
        "1@1.example",
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        CHECK(mailbox_is_plain(str_from(rows[i])));
}

TEST(what_could_end_a_line_or_a_command_is_no_plain_address)
{
    static const char *const rows[] = {
        "",
        "@",
        "a@",
        "@b",
        "a",
        "a@b@c",
        "a b@c",
        "a@b c",
        "a..b@c",
        ".a@c",
        "a.@c",
        "a@b..c",
        "a@.c",
        "a@c.",
        "a@-c",
        "<a@c>",
        "a@c>",
        "a@c\r\nBcc: x@y",
        "a\n@c",
        "a@c\n",
        "\"a b\"@c",
        "a,b@c",
        "a;b@c",
        "a:b@c",
        "a(b)@c",
        "a@[192.0.2.1]",
        "a@b_c",
        "b\xc3\xbc"
        "cher@example.org",
        "a@b\xc3\xbc"
        "cher.example",
        "a\x7f@b",
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        CHECK(!mailbox_is_plain(str_from(rows[i])));
    CHECK(!mailbox_is_plain(str_bytes("a\0b@c", 5)));
}

TEST(the_lengths_of_the_standard_are_the_limit)
{
    char text[300];
    memset(text, 'a', sizeof(text));
    text[64] = '@';
    for (size_t i = 65 + 63; i < sizeof(text); i += 64)
        text[i] = '.';
    CHECK(mailbox_is_plain(str_bytes(text, 254)));
    CHECK(!mailbox_is_plain(str_bytes(text, 255)));
    CHECK(mailbox_is_plain(str_bytes(text + 1, 80)));
    text[64] = 'a';
    text[65] = '@';
    CHECK(!mailbox_is_plain(str_bytes(text, 80))); /* 65 before the '@' */
}

TEST(a_name_may_stand_before_the_address)
{
    static const struct {
        const char *text, *name, *address;
    } rows[] = {
        { "a@b", "", "a@b" },
        { "<a@b>", "", "a@b" },
        { "Rove at home <a@b>", "Rove at home", "a@b" },
        { "B\xc3\xbc"
          "cher <a@b>",
          "B\xc3\xbc"
          "cher",
          "a@b" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct str name, address;
        CHECK_INT(mailbox_parse(str_from(rows[i].text), &name, &address, NULL), OK);
        CHECK_STR(name, rows[i].name);
        CHECK_STR(address, rows[i].address);
        CHECK_STR(mailbox_domain(address), "b");
    }
    static const char *const bad[] = {
        "", "a", "x <a>", "x <a@b", "x\ny <a@b>", "\xff <a@b>", "x <a@b> y", "<a@b>>"
    };
    for (size_t i = 0; i < LENGTH_OF(bad); i++) {
        struct str name, address;
        CHECK_INT(mailbox_parse(str_from(bad[i]), &name, &address, NULL), ERR_SYNTAX);
    }
}
