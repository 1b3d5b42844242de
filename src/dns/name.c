// SPDX-License-Identifier: GPL-3.0-or-later
#include "dns/name.h"

#include <string.h>

/* Takes one byte of a label, which may be escaped, off *rest. */
static enum status take_byte(struct str *rest, uint8_t *out)
{
    char c = rest->at[0];
    *rest = str_from_at(*rest, 1);
    if (c != '\\') {
        *out = (uint8_t)c;
        return OK;
    }
    if (rest->n == 0)
        return ERR_SYNTAX;
    if (!char_is_digit(rest->at[0])) {
        *out = (uint8_t)rest->at[0];
        *rest = str_from_at(*rest, 1);
        return OK;
    }

    uint64_t value = 0;
    struct str digits = str_first(*rest, 3);
    if (digits.n != 3 || str_to_u64(digits, UINT8_MAX, &value))
        return ERR_SYNTAX;
    *rest = str_from_at(*rest, 3);
    *out = (uint8_t)value;
    return OK;
}

/* Takes the label before the next dot, and the dot, off *rest, and makes the label lower case.
 * Keeps only its first LABEL_SIZE bytes; *n_out counts all. */
static enum status take_label(struct str *rest, uint8_t label[LABEL_SIZE], size_t *n_out)
{
    size_t n = 0;
    while (rest->n > 0 && rest->at[0] != '.') {
        uint8_t byte = 0;
        if (take_byte(rest, &byte))
            return ERR_SYNTAX;
        if (n < LABEL_SIZE)
            label[n] = (uint8_t)char_lower((char)byte);
        n++;
    }
    *rest = str_from_at(*rest, 1);
    *n_out = n;
    return OK;
}

static enum status parse_labels(struct str text, struct buf *wire, struct error *err)
{
    struct str rest = text;
    while (rest.n > 0) {
        uint8_t label[LABEL_SIZE];
        size_t n = 0;
        if (take_label(&rest, label, &n))
            return FAIL(err, ERR_SYNTAX, "bad escape in the name " STR_FMT,
                        STR_ARG(text));
        if (n == 0)
            return FAIL(err, ERR_SYNTAX, "empty label in the name " STR_FMT,
                        STR_ARG(text));
        if (n > LABEL_SIZE)
            return FAIL(err, ERR_LIMIT, "label of %zu bytes in the name " STR_FMT, n,
                        STR_ARG(text));
        buf_put_u8(wire, (uint8_t)n);
        buf_put(wire, str_bytes(label, n));
    }
    buf_put_u8(wire, 0);
    return OK;
}

enum status name_parse(struct str text, struct name *out, struct error *err)
{
    if (text.n == 0)
        return FAIL(err, ERR_SYNTAX, "empty name");
    if (text.n >= NAME_TEXT_SIZE)
        return FAIL(err, ERR_LIMIT, "name of %zu characters", text.n);

    struct name name = { .n = 0 };
    struct buf wire = BUF_ON(name.wire);
    struct str labels = str_equal(text, STR(".")) ? STR("") : text;
    enum status status = parse_labels(labels, &wire, err);
    if (status)
        return status;
    if (wire.full)
        return FAIL(err, ERR_LIMIT, "name of more than %d bytes: " STR_FMT, NAME_SIZE,
                    STR_ARG(text));
    name.n = (uint8_t)wire.n;
    *out = name;
    return OK;
}

static void format_byte(uint8_t byte, struct buf *out)
{
    if (byte <= ' ' || byte > '~')
        buf_printf(out, "\\%03u", (unsigned)byte);
    else {
        if (memchr(".\\\"();@$", byte, 8))
            buf_put_u8(out, '\\');
        buf_put_u8(out, byte);
    }
}

void name_format(const struct name *name, struct buf *out)
{
    if (name_is_root(name))
        buf_put_u8(out, '.');
    for (size_t at = 0; name->wire[at] != 0;) {
        if (at > 0)
            buf_put_u8(out, '.');
        size_t end = at + 1 + name->wire[at];
        while (++at < end)
            format_byte(name->wire[at], out);
    }
}

const char *name_text(const struct name *name)
{
    static _Thread_local char texts[4][NAME_TEXT_SIZE];
    static _Thread_local unsigned next;
    struct buf out = BUF_ON(texts[next]);
    next = (next + 1) % LENGTH_OF(texts);
    name_format(name, &out);
    return buf_text(&out);
}

/* Whether the bytes are exactly one name: labels of 1 to 63 bytes, and then the root label. */
static bool is_whole_name(struct str wire)
{
    if (wire.n == 0 || wire.n > NAME_SIZE)
        return false;
    size_t at = 0;
    while (at < wire.n && wire.at[at] != 0) {
        size_t n = (uint8_t)wire.at[at];
        if (n > LABEL_SIZE)
            return false;
        at += 1 + n;
    }
    return at == wire.n - 1;
}

enum status name_decode(struct str wire, struct name *out)
{
    if (wire.n == 0 || wire.n > NAME_SIZE)
        return ERR_SYNTAX;
    /* The bytes may be in a file that is being written to. So the copy is checked. Length bytes
     * are below 'A', so that making every byte lower case leaves them alone. */
    UNCLEARED uint8_t bytes[NAME_SIZE];
    for (size_t i = 0; i < wire.n; i++)
        bytes[i] = (uint8_t)char_lower(wire.at[i]);
    if (!is_whole_name(str_bytes(bytes, wire.n)))
        return ERR_SYNTAX;
    memcpy(out->wire, bytes, wire.n);
    out->n = (uint8_t)wire.n;
    return OK;
}

struct str name_bytes(const struct name *name)
{
    return str_bytes(name->wire, name->n);
}

bool name_equal(const struct name *a, const struct name *b)
{
    return a->n == b->n && memcmp(a->wire, b->wire, a->n) == 0;
}

bool name_is_root(const struct name *name)
{
    return name->n == 1;
}

bool name_is_within(const struct name *name, const struct name *zone)
{
    if (name->n < zone->n)
        return false;
    size_t tail = (size_t)(name->n - zone->n);
    if (memcmp(name->wire + tail, zone->wire, zone->n) != 0)
        return false;
    /* Equal bytes at the end count only if a label begins there. */
    size_t at = 0;
    while (at < tail)
        at += 1U + name->wire[at];
    return at == tail;
}

size_t name_labels(const struct name *name)
{
    size_t count = 0;
    for (size_t at = 0; name->wire[at] != 0; at += 1U + name->wire[at])
        count++;
    return count;
}

struct str name_first_label(const struct name *name)
{
    return str_bytes(name->wire + 1, name->wire[0]);
}

void name_parent(const struct name *name, struct name *out)
{
    size_t cut = name_is_root(name) ? 0 : 1U + name->wire[0];
    size_t n = name->n - cut;
    memmove(out->wire, name->wire + cut, n); /* `out` may be `name` */
    out->n = (uint8_t)n;
}

enum status name_prepend(struct str label, const struct name *name, struct name *out)
{
    if (label.n == 0)
        return ERR_SYNTAX;
    if (label.n > LABEL_SIZE || 1 + label.n + name->n > NAME_SIZE)
        return ERR_LIMIT;

    struct name longer = { .n = (uint8_t)(1 + label.n + name->n) };
    longer.wire[0] = (uint8_t)label.n;
    for (size_t i = 0; i < label.n; i++)
        longer.wire[1 + i] = (uint8_t)char_lower(label.at[i]);
    memcpy(longer.wire + 1 + label.n, name->wire, name->n);
    *out = longer;
    return OK;
}

enum status name_from_mailbox(struct str email, struct name *out)
{
    struct name domain;
    size_t at = str_find(email, '@');
    if (at == email.n)
        return ERR_SYNTAX;
    enum status status = name_parse(str_from_at(email, at + 1), &domain, NULL);
    return status ? status : name_prepend(str_first(email, at), &domain, out);
}
