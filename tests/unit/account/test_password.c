// SPDX-License-Identifier: GPL-3.0-or-later
#include "account/password.h"

#include <string.h>

#include "test.h"

static struct password_words words_of(const char *text)
{
    struct password_words words = { .count = 0 };
    password_words_add(&words, str_from(text));
    return words;
}

TEST(words_are_the_parts_of_addresses_and_names)
{
    struct password_words words = { .count = 0 };
    password_words_add(&words, STR("Alice.M-x+rove@mail.Example.org"));
    static const char *const wanted[] = { "alice", "rove", "mail", "example", "org" };
    CHECK_INT(words.count, LENGTH_OF(wanted));
    for (size_t i = 0; i < LENGTH_OF(wanted); i++)
        CHECK_TEXT(words.at[i], wanted[i]);
    CHECK(!words.at[words.count]);
}

TEST(words_that_find_no_room_are_left_out)
{
    static struct password_words words;
    char text[200];
    memset(text, 'x', sizeof(text));
    for (size_t i = 0; i < 100; i++)
        password_words_add(&words, str_bytes(text, sizeof(text)));
    CHECK(words.count > 0 && words.count < PASSWORD_WORDS_MAX);
    memset(&words, 0, sizeof(words));
    for (size_t i = 0; i < 100; i++)
        password_words_add(&words, STR("abc"));
    CHECK_INT(words.count, PASSWORD_WORDS_MAX);
    CHECK(!words.at[words.count]);
}

TEST(a_password_is_long_enough_and_hard_to_guess_and_may_be_any_text)
{
    static const struct {
        const char *password;
        size_t n; /* 0: up to the zero byte */
        enum status want;
    } rows[] = {
        { "hat 9 Esel, braun", 0, OK },
        { "correct horse battery staple", 0, OK },
        { "kuerbis tisch wolke neun", 0, OK },
        { "\xc3\xa4\xc3\xb6\xc3\xbc sieben gro\xc3\x9f"
          "e \xf0\x9f\x90\xb4",
          0, OK },
        { "", 0, ERR_LIMIT },
        { "k7!Fq2_wZ9x", 0, ERR_LIMIT }, /* 11 characters */
        { "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4", 0, ERR_LIMIT }, /* 6 */
        { "Passwort1234", 0, ERR_LIMIT },
        { "qwertzuiop12", 0, ERR_LIMIT },
        { "aaaaaaaaaaaaaaaaaaaaaaaa", 0, ERR_LIMIT },
        { "k7!Fq2_wZ9x\0abc", 15, ERR_SYNTAX },
        { "k7!Fq2_wZ9x\xff\xfe", 0, ERR_SYNTAX },
        { "k7!Fq2_wZ9x\xed\xa0\x80", 0, ERR_SYNTAX }, /* half a pair */
    };
    struct password_words words = words_of("alice@example.org");
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct error err = { "" };
        struct str password = rows[i].n ? str_bytes(rows[i].password, rows[i].n)
                                        : str_from(rows[i].password);
        enum status got = password_judge(password, &words, &err);
        if (got != rows[i].want)
            print_error("row %zu: %s\n", i, err.text);
        CHECK_INT(got, rows[i].want);
        if (got)
            CHECK(strncmp(err.text, "password: ", 10) == 0);
        if (got && password.n)
            CHECK(!strstr(err.text, rows[i].password));
    }
}

TEST(what_the_account_and_the_service_are_called_makes_no_password)
{
    static const char password[] = "Winterbourne-rovedyn";
    struct password_words none = { .count = 0 };
    struct password_words own = words_of("winterbourne@example.org rovedyn.example");
    CHECK_INT(password_judge(STR(password), &none, NULL), OK);
    CHECK_INT(password_judge(STR(password), &own, NULL), ERR_LIMIT);
}

TEST(the_longest_password_is_taken_and_a_longer_one_is_not)
{
    char text[PASSWORD_BYTES_MAX + 1];
    struct password_words none = { .count = 0 };
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (char)('!' + i * 37 % 90);
    CHECK_INT(password_judge(str_bytes(text, PASSWORD_CHARS_MAX), &none, NULL), OK);
    CHECK_INT(password_judge(str_bytes(text, PASSWORD_CHARS_MAX + 1), &none, NULL),
              ERR_LIMIT);
    CHECK_INT(password_judge(str_bytes(text, sizeof(text)), &none, NULL), ERR_LIMIT);
    for (size_t i = 0; i + 4 <= sizeof(text); i += 4)
        memcpy(text + i, i % 8 ? "\xf0\x9f\x90\xb4" : "\xf0\x9f\x8e\xb2", 4);
    CHECK_INT(password_check_size(str_bytes(text, PASSWORD_BYTES_MAX), NULL), OK);
}
