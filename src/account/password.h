// SPDX-License-Identifier: GPL-3.0-or-later
/* password.h - which passwords people may choose: the door to zxcvbn. Pure.
 *
 * A password has 12 to 128 characters of UTF-8 and no zero byte; nothing is said about which ones
 * they are. It has to be hard to guess, for somebody who knows usual passwords and what the
 * account is called. base/digest.h hashes it. */
#pragma once

#include "base/error.h"
#include "base/str.h"

enum {
    PASSWORD_CHARS_MIN = 12,
    PASSWORD_CHARS_MAX = 128,
    PASSWORD_BYTES_MAX = 4 * PASSWORD_CHARS_MAX,
    PASSWORD_BITS_MIN = 35,
    PASSWORD_WORDS_MAX = 64
};

/* Words that somebody who guesses would try: parts of addresses and names. */
struct password_words {
    char storage[2048];
    size_t n;                               /* bytes used */
    const char *at[PASSWORD_WORDS_MAX + 1]; /* ends with NULL; points into storage */
    size_t count;
};

/* Adds each part of at least three letters and digits. What finds no room is left out. The words
 * must stay where they are then. */
void password_words_add(struct password_words *words, struct str text);

/* The size alone, which costs nothing: what it refuses was never anybody's password. */
MUST_CHECK enum status password_check_size(struct str password, struct error *err);
/* Whether it may be chosen. ERR_SYNTAX: it is not UTF-8, or has a zero byte. ERR_LIMIT: too short,
 * too long or too easy to guess. `err` begins with "password: " and never has it. Takes up to some
 * 5 ms. */
MUST_CHECK enum status password_judge(struct str password,
                                      const struct password_words *words,
                                      struct error *err);
