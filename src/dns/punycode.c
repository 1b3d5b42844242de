// SPDX-License-Identifier: GPL-3.0-or-later
#include "dns/punycode.h"

#include <stdint.h>
#include <string.h>

/* The parameters of RFC 3492 5. */
enum {
    BASE = 36,
    T_MIN = 1,
    T_MAX = 26,
    SKEW = 38,
    DAMP = 700,
    FIRST_BIAS = 72,
    FIRST_CODE = 0x80,
    LETTERS_BEGIN = 0xa0, /* the codes between ASCII and these are control codes */
    SURROGATES_BEGIN = 0xd800,
    SURROGATES_END = 0xdfff,
    LAST_CODE = 0x10ffff,
    LABEL_MAX = 63
};

static uint32_t adapt(uint32_t delta, uint32_t points, bool is_first)
{
    uint32_t k = 0;
    delta = is_first ? delta / DAMP : delta / 2;
    delta += delta / points;
    for (; delta > ((BASE - T_MIN) * T_MAX) / 2; k += BASE)
        delta /= BASE - T_MIN;
    return k + (BASE - T_MIN + 1) * delta / (delta + SKEW);
}

/* The value of a digit; BASE: it is none. */
static uint32_t digit_of(char c)
{
    if (c >= 'a' && c <= 'z')
        return (uint32_t)(c - 'a');
    return char_is_digit(c) ? (uint32_t)(c - '0') + 26 : BASE;
}

static uint32_t threshold(uint32_t k, uint32_t bias)
{
    return k <= bias ? T_MIN : k >= bias + T_MAX ? T_MAX : k - bias;
}

/* Takes a number of variable length off *rest and adds it to *i. The sum stays far below 2^64: a
 * label has few digits, and a sum beyond LAST_CODE times its letters ends the reading. */
static bool take_number(struct str *rest, uint32_t bias, uint64_t *i)
{
    uint64_t weight = 1;
    for (uint32_t k = BASE;; k += BASE) {
        uint32_t digit = rest->n ? digit_of(rest->at[0]) : BASE;
        if (digit == BASE)
            return false;
        *rest = str_from_at(*rest, 1);
        *i += digit * weight;
        if (*i > (uint64_t)LAST_CODE * LABEL_MAX)
            return false;
        uint32_t t = threshold(k, bias);
        if (digit < t)
            return true;
        weight *= BASE - t;
        if (weight > (uint64_t)LAST_CODE * LABEL_MAX)
            return false;
    }
}

static bool is_letter(uint64_t code)
{
    return code >= LETTERS_BEGIN && code <= LAST_CODE &&
           (code < SURROGATES_BEGIN || code > SURROGATES_END);
}

/* The letters that were found, in their order. */
struct letters {
    uint32_t at[PUNYCODE_LETTERS_MAX];
    uint32_t count;
};

static void put_letter(struct letters *letters, size_t place, uint32_t code)
{
    memmove(letters->at + place + 1, letters->at + place,
            (letters->count - place) * sizeof(letters->at[0]));
    letters->at[place] = code;
    letters->count++;
}

/* Takes the ASCII letters before the last hyphen off *rest. */
static void take_ascii(struct str *rest, size_t basic, struct letters *letters)
{
    for (size_t k = 0; k + 1 < basic; k++)
        letters->at[letters->count++] = (uint8_t)rest->at[k];
    *rest = str_from_at(*rest, basic);
}

static bool decode(struct str label, struct letters *letters)
{
    letters->count = 0;
    if (!str_starts(label, STR("xn--")) || label.n > LABEL_MAX)
        return false;
    struct str rest = str_from_at(label, 4);
    /* The last hyphen divides the ASCII letters from the digits. */
    size_t basic = rest.n;
    while (basic > 0 && rest.at[basic - 1] != '-')
        basic--;
    uint32_t bias = FIRST_BIAS;
    take_ascii(&rest, basic, letters);
    if (basic == 1) /* the hyphen divides nothing: a second form of the same label */
        return false;
    uint64_t code = FIRST_CODE, i = 0;
    bool is_first = true;
    if (rest.n == 0)
        return false;
    for (; rest.n > 0; is_first = false) {
        uint64_t before = i;
        if (!take_number(&rest, bias, &i))
            return false;
        uint32_t points = letters->count + 1;
        bias = adapt((uint32_t)(i - before), points, is_first);
        code += i / points;
        if (!is_letter(code))
            return false;
        put_letter(letters, i % points, (uint32_t)code);
        i = i % points + 1;
    }
    return true;
}

bool punycode_is_label(struct str label)
{
    struct letters letters;
    return decode(label, &letters);
}

bool punycode_decode(struct str label, uint32_t out[PUNYCODE_LETTERS_MAX], size_t *count)
{
    struct letters letters;
    if (!decode(label, &letters))
        return false;
    memcpy(out, letters.at, letters.count * sizeof(letters.at[0]));
    *count = letters.count;
    return true;
}
