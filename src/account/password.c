// SPDX-License-Identifier: GPL-3.0-or-later
#include "account/password.h"

#include <zxcvbn.h>

#include "base/buf.h"
#include "base/mem.h"

enum {
    WORD_MIN = 3
};

static void add(struct password_words *words, struct str word)
{
    struct buf storage =
        buf_on(words->storage + words->n, sizeof(words->storage) - words->n);
    if (word.n < WORD_MIN || words->count == PASSWORD_WORDS_MAX)
        return;
    for (size_t i = 0; i < word.n; i++)
        buf_put_u8(&storage, (uint8_t)char_lower(word.at[i]));
    buf_put_u8(&storage, 0);
    if (storage.full)
        return;
    words->at[words->count++] = words->storage + words->n;
    words->at[words->count] = NULL;
    words->n += storage.n;
}

static bool is_of_word(char c)
{
    return char_is_alpha(c) || char_is_digit(c) || (unsigned char)c >= 0x80;
}

void password_words_add(struct password_words *words, struct str text)
{
    size_t start = 0;
    for (size_t i = 0; i <= text.n; i++) {
        if (i < text.n && is_of_word(text.at[i]))
            continue;
        add(words, str_first(str_from_at(text, start), i - start));
        start = i + 1;
    }
}

/* False: it is not UTF-8. */
static bool count_chars(struct str text, size_t *out)
{
    *out = 0;
    for (size_t n = 0; text.n; text = str_from_at(text, n)) {
        n = str_utf8_first(text);
        if (n == 0)
            return false;
        ++*out;
    }
    return true;
}

enum status password_check_size(struct str password, struct error *err)
{
    size_t chars = 0;
    if (password.n > PASSWORD_BYTES_MAX)
        return FAIL(err, ERR_LIMIT, "password: more than %d characters",
                    PASSWORD_CHARS_MAX);
    if (!count_chars(password, &chars) || str_find(password, '\0') < password.n)
        return FAIL(err, ERR_SYNTAX, "password: must be text without zero bytes");
    if (chars < PASSWORD_CHARS_MIN || chars > PASSWORD_CHARS_MAX)
        return FAIL(err, ERR_LIMIT, "password: must have %d to %d characters",
                    PASSWORD_CHARS_MIN, PASSWORD_CHARS_MAX);
    return OK;
}

enum status password_judge(struct str password, const struct password_words *words,
                           struct error *err)
{
    char text[PASSWORD_BYTES_MAX + 1];
    enum status status = password_check_size(password, err);
    if (status)
        return status;
    struct buf copy = BUF_ON(text);
    buf_put(&copy, password);
    /* It changes neither the words nor the list of them. */
    double bits = ZxcvbnMatch(buf_text(&copy), (const char **)(uintptr_t)words->at, NULL);
    mem_wipe(text, sizeof(text));
    if (bits < PASSWORD_BITS_MIN)
        return FAIL(
            err, ERR_LIMIT,
            "password: is too easy to guess: take a longer one, such as five words "
            "that have nothing to do with each other");
    return OK;
}
