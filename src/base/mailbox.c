// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/mailbox.h"

#include <string.h>

enum {
    LABEL_MAX = 63
};

static bool is_atom(char c)
{
    return char_is_alpha(c) || char_is_digit(c) ||
           (c != 0 && strchr("!#$%&'*+-/=?^_`{|}~", c));
}

static bool is_host(char c)
{
    return char_is_alpha(c) || char_is_digit(c) || c == '-';
}

/* Pieces between dots, none of them empty. */
static bool is_dotted(struct str text, bool (*fits)(char c), size_t piece_max)
{
    for (struct str rest = text, piece; str_next_field(&rest, '.', &piece);) {
        if (piece.n == 0 || piece.n > piece_max)
            return false;
        for (size_t i = 0; i < piece.n; i++)
            if (!fits(piece.at[i]))
                return false;
    }
    return true;
}

struct str mailbox_domain(struct str address)
{
    return str_from_at(address, str_find(address, '@') + 1);
}

bool mailbox_is_plain(struct str address)
{
    size_t at = str_find(address, '@');
    struct str domain = mailbox_domain(address);
    return address.n <= MAILBOX_MAX && at > 0 && at <= MAILBOX_LOCAL_MAX &&
           is_dotted(str_first(address, at), is_atom, MAILBOX_LOCAL_MAX) &&
           is_dotted(domain, is_host, LABEL_MAX) && domain.at[0] != '-';
}

static bool is_name(struct str name)
{
    for (struct str rest = name; rest.n;) {
        size_t n = str_utf8_first(rest);
        if (n == 0 || (unsigned char)rest.at[0] < ' ' || rest.at[0] == 0x7f)
            return false;
        rest = str_from_at(rest, n);
    }
    return true;
}

enum status mailbox_parse(struct str text, struct str *name, struct str *address,
                          struct error *err)
{
    size_t open = str_find(text, '<');
    struct str inner = text, before = { "", 0 };
    if (open < text.n) {
        if (!str_ends(text, STR(">")))
            return FAIL(err, ERR_SYNTAX, "'>' is missing");
        inner = str_from_at(str_first(text, text.n - 1), open + 1);
        before = str_trim(str_first(text, open));
    }
    if (!mailbox_is_plain(inner))
        return FAIL(err, ERR_SYNTAX, "'" STR_FMT "' is no plain address such as %s",
                    STR_ARG(inner), "rove@example.org");
    if (!is_name(before))
        return FAIL(err, ERR_SYNTAX, "the name has control characters");
    *name = before;
    *address = inner;
    return OK;
}
