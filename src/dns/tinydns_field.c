// SPDX-License-Identifier: GPL-3.0-or-later
#include "dns/tinydns_field.h"

#include <string.h>

#include "base/reader.h"

enum {
    STAMP_DIGITS = 16,
    LOCATION_SIZE = 2,
    PREFIX_SIZE = 4,
};

/* Takes one byte, which may be escaped, off *rest. */
static enum status take_byte(struct str *rest, uint8_t *out)
{
    uint8_t first = (uint8_t)rest->at[0];
    *rest = str_from_at(*rest, 1);
    if (first != '\\') {
        *out = first;
        return OK;
    }
    if (rest->n == 0)
        return ERR_SYNTAX;

    unsigned value = 0;
    size_t digits = 0;
    while (digits < 3 && digits < rest->n && rest->at[digits] >= '0' &&
           rest->at[digits] <= '7')
        value = value * 8 + (unsigned)(rest->at[digits++] - '0');
    if (value > UINT8_MAX)
        return ERR_SYNTAX;
    *out = digits > 0 ? (uint8_t)value : (uint8_t)rest->at[0];
    *rest = str_from_at(*rest, digits > 0 ? digits : 1);
    return OK;
}

/* Takes the label before the next dot, and skips all dots in front of it. An empty label is the
 * end. */
static enum status take_label(struct str *rest, uint8_t label[LABEL_SIZE], size_t *n_out)
{
    size_t n = 0;
    while (rest->n > 0 && (n == 0 || rest->at[0] != '.')) {
        if (rest->at[0] == '.') {
            *rest = str_from_at(*rest, 1);
            continue;
        }
        uint8_t byte = 0;
        if (take_byte(rest, &byte))
            return ERR_SYNTAX;
        if (n == LABEL_SIZE)
            return ERR_LIMIT;
        label[n++] = byte;
    }
    *n_out = n;
    return OK;
}

enum status field_add_labels(struct str text, struct buf *name, struct error *err)
{
    struct str rest = text;
    while (rest.n > 0) {
        uint8_t label[LABEL_SIZE];
        size_t n = 0;
        enum status status = take_label(&rest, label, &n);
        if (status == ERR_LIMIT)
            return FAIL(err, status, "label of more than %d bytes in the name " STR_FMT,
                        LABEL_SIZE, STR_ARG(text));
        if (status)
            return FAIL(err, status, "bad escape in the name " STR_FMT, STR_ARG(text));
        if (n > 0) {
            buf_put_u8(name, (uint8_t)n);
            buf_put(name, str_bytes(label, n));
        }
    }
    return OK;
}

enum status field_end_name(struct buf *wire, struct raw_name *out, struct error *err)
{
    buf_put_u8(wire, 0);
    if (wire->full)
        return FAIL(err, ERR_LIMIT, "a name of more than %d bytes", NAME_SIZE);
    out->n = wire->n;
    return OK;
}

enum status field_name(struct str text, struct raw_name *out, struct error *err)
{
    struct buf wire = BUF_ON(out->wire);
    enum status status = field_add_labels(text, &wire, err);
    return status ? status : field_end_name(&wire, out, err);
}

bool field_is_name_for_address(struct str text)
{
    struct str first = str_first(text, str_find(text, '.'));
    bool letter_in_first = false;
    for (size_t i = 0; i < text.n; i++) {
        bool letter = char_is_alpha(text.at[i]);
        if (!letter && !char_is_digit(text.at[i]) && !memchr("-_.", text.at[i], 3))
            return false;
        letter_in_first = letter_in_first || (letter && i < first.n);
    }
    return letter_in_first && first.n < text.n;
}

enum status field_data(struct str text, struct buf *out, struct error *err)
{
    struct str rest = text;
    while (rest.n > 0) {
        uint8_t byte = 0;
        if (take_byte(&rest, &byte))
            return FAIL(err, ERR_SYNTAX, "bad escape in the data");
        buf_put_u8(out, byte);
    }
    return OK;
}

enum status field_number(struct str text, size_t number, struct field_number range,
                         uint32_t *out, struct error *err)
{
    uint64_t value = range.otherwise;
    enum status status = text.n == 0 ? OK : str_to_u64(text, range.max, &value);
    if (status == ERR_LIMIT)
        return FAIL(err, status, "field %zu: " STR_FMT " is more than %lu", number,
                    STR_ARG(text), (unsigned long)range.max);
    if (status)
        return FAIL(err, status, "field %zu: not a number: " STR_FMT, number,
                    STR_ARG(text));
    *out = (uint32_t)value;
    return OK;
}

enum status field_stamp(struct str text, size_t number, uint64_t *out, struct error *err)
{
    uint8_t bytes[STAMP_DIGITS / 2] = { 0 };
    bool is_good = text.n == 0 || str_from_hex(text, bytes, sizeof(bytes)) == OK;
    /* tinydns-data would read a capital letter as a zero. */
    for (size_t i = 0; i < text.n && is_good; i++)
        is_good = text.at[i] == char_lower(text.at[i]);
    if (!is_good)
        return FAIL(
            err, ERR_SYNTAX,
            "field %zu: not a time stamp of %d hexadecimal digits in lower case: " STR_FMT,
            number, STAMP_DIGITS, STR_ARG(text));
    *out = read_u64(bytes);
    return OK;
}

enum status field_location(struct str text, size_t number, uint8_t out[2],
                           struct error *err)
{
    if (text.n > LOCATION_SIZE)
        return FAIL(err, ERR_SYNTAX,
                    "field %zu: a location of more than %d bytes: " STR_FMT, number,
                    LOCATION_SIZE, STR_ARG(text));
    memset(out, 0, LOCATION_SIZE);
    if (text.n > 0)
        memcpy(out, text.at, text.n);
    return OK;
}

enum status field_prefix(struct str text, size_t number, uint8_t out[4], uint8_t *n_out,
                         struct error *err)
{
    uint8_t n = 0, bytes[PREFIX_SIZE] = { 0 };
    for (struct str rest = text, part; str_next(&rest, '.', &part); n++) {
        uint64_t byte = 0;
        if (n == PREFIX_SIZE || str_to_u64(part, UINT8_MAX, &byte))
            return FAIL(err, ERR_SYNTAX,
                        "field %zu: not the beginning of an IPv4 address: " STR_FMT,
                        number, STR_ARG(text));
        bytes[n] = (uint8_t)byte;
    }
    memcpy(out, bytes, PREFIX_SIZE);
    *n_out = n;
    return OK;
}
