// SPDX-License-Identifier: GPL-3.0-or-later
/* The table of names that services and firmware use for their parameters, and how the spelling
 * of a value shows that an address is meant. */
#include "update/parameter.h"

#include <stdlib.h>
#include <string.h>

#include "base/ip.h"

/* ----- names ----- */

enum {
    NAME_SIZE = 16,  /* the longest one that is known, and a zero byte */
    FOLDED_SIZE = 64 /* of any other name no more is looked at */
};

/* Folded as fold() does, in the order of the names, for bsearch(). */
static const struct row {
    char name[NAME_SIZE];
    enum parameter_meaning meaning;
} rows[] = {
    { "", MEANS_ADDRESS }, /* a mark alone */
    { "a", MEANS_ADDRESS },
    { "aaaa", MEANS_ADDRESS },
    { "action", MEANS_OTHER },
    { "addr", MEANS_ADDRESS },
    { "address", MEANS_ADDRESS },
    { "adr", MEANS_ADDRESS },
    { "agent", MEANS_OTHER },
    { "apikey", MEANS_SECRET },
    { "backmx", MEANS_OTHER },
    { "build", MEANS_OTHER },
    { "clientip", MEANS_ADDRESS },
    { "currentip", MEANS_ADDRESS },
    { "dn", MEANS_HOST },
    { "dns", MEANS_OTHER },
    { "dns1", MEANS_OTHER },
    { "dns2", MEANS_OTHER },
    { "dnsto", MEANS_ADDRESS },
    { "domain", MEANS_ZONE },
    { "domains", MEANS_ZONE },
    { "dryrun", MEANS_DRY_RUN },
    { "dual", MEANS_OTHER },
    { "dualstack", MEANS_OTHER },
    { "externalip", MEANS_ADDRESS },
    { "extip", MEANS_ADDRESS },
    { "fqdn", MEANS_HOST },
    { "fw", MEANS_OTHER },
    { "gw", MEANS_OTHER },
    { "h", MEANS_HOST },
    { "host", MEANS_HOST },
    { "hostid", MEANS_HOST },
    { "hostip", MEANS_ADDRESS },
    { "hostname", MEANS_HOSTNAME },
    { "hostnames", MEANS_HOST },
    { "id", MEANS_USER },
    { "inet", MEANS_ADDRESS },
    { "ip", MEANS_ADDRESS },
    { "ipaddr", MEANS_ADDRESS },
    { "ipaddress", MEANS_ADDRESS },
    { "ipadresse", MEANS_ADDRESS },
    { "iplanprefix", MEANS_PREFIX },
    { "ipprefix", MEANS_PREFIX },
    { "k", MEANS_SECRET },
    { "key", MEANS_SECRET },
    { "lan", MEANS_OTHER },
    { "lanprefix", MEANS_PREFIX },
    { "login", MEANS_USER },
    { "mac", MEANS_OTHER },
    { "mid", MEANS_USER },
    { "model", MEANS_OTHER },
    { "mx", MEANS_OTHER },
    { "myaddr", MEANS_ADDRESS },
    { "myaddress", MEANS_ADDRESS },
    { "myip", MEANS_ADDRESS },
    { "myipaddr", MEANS_ADDRESS },
    { "myipaddress", MEANS_ADDRESS },
    { "newaddress", MEANS_ADDRESS },
    { "newip", MEANS_ADDRESS },
    { "ns", MEANS_OTHER },
    { "ns1", MEANS_OTHER },
    { "ns2", MEANS_OTHER },
    { "offline", MEANS_OFFLINE },
    { "p", MEANS_SECRET },
    { "pass", MEANS_SECRET },
    { "passwd", MEANS_SECRET },
    { "password", MEANS_SECRET },
    { "port", MEANS_OTHER },
    { "prefix", MEANS_PREFIX },
    { "publicip", MEANS_ADDRESS },
    { "pw", MEANS_SECRET },
    { "pwd", MEANS_SECRET },
    { "remoteip", MEANS_ADDRESS },
    { "reqip", MEANS_ADDRESS },
    { "secret", MEANS_SECRET },
    { "server", MEANS_OTHER },
    { "subdomain", MEANS_ZONE },
    { "system", MEANS_OTHER },
    { "token", MEANS_SECRET },
    { "ttl", MEANS_OTHER },
    { "txt", MEANS_TXT },
    { "txtlifetime", MEANS_TXT_LIFETIME },
    { "txtremove", MEANS_TXT_REMOVE },
    { "type", MEANS_OTHER },
    { "u", MEANS_USER },
    { "ua", MEANS_OTHER },
    { "updatehostname", MEANS_HOST },
    { "url", MEANS_OTHER },
    { "user", MEANS_USER },
    { "username", MEANS_USER },
    { "v", MEANS_OTHER },
    { "ver", MEANS_OTHER },
    { "wait", MEANS_WAIT },
    { "wanip", MEANS_ADDRESS },
    { "wildcard", MEANS_OTHER },
    { "zone", MEANS_ZONE },
};

/* Wherever these stand in a name, its value is no address that the host is to have. */
static const char *const other_parts[] = {
    "version", "firmware", "agent", "gateway", "mask",   "local",  "internal",
    "lanip",   "lanaddr",  "dummy", "trash",   "ignore", "unused", "previous",
};
/* These, only where a name begins or ends with them: "elastic" and "placeholder" have them, too. */
static const char *const other_ends[] = { "old", "last", "prev" };

/* A name as it is compared, without its mark. */
struct folded {
    char name[FOLDED_SIZE];
    size_t n;
    uint8_t family;
};

static bool is_mark(char c)
{
    return c == '4' || c == '6';
}

/* False: longer than any that is known, or with a byte that none has. */
static bool fold(struct str name, struct folded *out)
{
    out->n = 0;
    out->family = IP_NONE;
    out->name[0] = 0;
    size_t i = 0;
    for (; i < name.n; i++) {
        char c = char_lower(name.at[i]);
        if (c == '-' || c == '_' || c == '.')
            continue;
        if (is_mark(c) && out->family == IP_NONE) {
            out->family = (uint8_t)(c - '0');
            if (out->n > 0 && out->name[out->n - 1] == 'v')
                out->n--;
            continue;
        }
        if (out->n == FOLDED_SIZE - 1 || c == 0)
            break;
        out->name[out->n++] = c;
    }
    out->name[out->n] = 0;
    return i == name.n && out->n < NAME_SIZE;
}

static int compare_name(const void *name, const void *row)
{
    const char *wanted = (const char *)name, *known = ((const struct row *)row)->name;
    /* Mostly the first letter tells. */
    return wanted[0] != known[0] ? wanted[0] - known[0] : strcmp(wanted, known);
}

static bool has_other_part(const struct folded *folded)
{
    for (size_t i = 0; i < LENGTH_OF(other_parts); i++)
        if (strstr(folded->name, other_parts[i]))
            return true;
    struct str name = str_bytes(folded->name, folded->n);
    for (size_t i = 0; i < LENGTH_OF(other_ends); i++)
        if (str_starts(name, str_from(other_ends[i])) ||
            str_ends(name, str_from(other_ends[i])))
            return true;
    return false;
}

struct parameter_name parameter_name_read(struct str name)
{
    struct folded folded;
    const struct row *row = NULL;
    if (fold(str_trim(name), &folded) && (folded.n > 0 || folded.family != IP_NONE))
        row = (const struct row *)bsearch(folded.name, rows, LENGTH_OF(rows),
                                          sizeof(rows[0]), compare_name);
    /* Of no other parameter the name has a mark. */
    if (row && folded.family != IP_NONE && row->meaning != MEANS_ADDRESS &&
        row->meaning != MEANS_PREFIX && row->meaning != MEANS_OTHER)
        row = NULL;
    if (!row)
        return (struct parameter_name){ .meaning = has_other_part(&folded)
                                                       ? MEANS_OTHER
                                                       : MEANS_UNKNOWN };
    return (struct parameter_name){
        .meaning = row->meaning,
        .family = strcmp(row->name, "aaaa") == 0 ? IP_V6 : folded.family,
    };
}

/* ----- values ----- */

enum parameter_word parameter_word_of(struct str piece)
{
    static const struct {
        const char *text;
        enum parameter_word word;
    } words[] = {
        { "preserve", WORD_LEAVE },
        { "no", WORD_LEAVE },
        { "-", WORD_LEAVE },
        { "auto", WORD_SOURCE },
    };
    for (size_t i = 0; i < LENGTH_OF(words); i++)
        if (str_equal_any_case(piece, str_from(words[i].text)))
            return words[i].word;
    return WORD_NONE;
}

/* Four numbers with dots between them; a port or a length may follow. */
static bool is_like_v4(struct str text)
{
    size_t dots = 0, digits = 0, i = 0;
    for (; i < text.n && text.at[i] != ':' && text.at[i] != '/'; i++) {
        if (char_is_digit(text.at[i])) {
            digits++;
            continue;
        }
        if (text.at[i] != '.' || digits == 0)
            return false;
        dots++;
        digits = 0;
    }
    return dots == 3 && digits > 0;
}

/* "::", or the seven colons of eight groups, among hexadecimal digits; a length, a zone or a
 * bracket may follow. A time and a hardware address have fewer. */
static bool is_like_v6(struct str text)
{
    size_t colons = 0;
    bool doubled = false;
    for (size_t i = 0; i < text.n; i++) {
        char c = char_lower(text.at[i]);
        if (c == '/' || c == '%' || c == ']')
            break;
        if (c == ':') {
            colons++;
            doubled |= i > 0 && text.at[i - 1] == ':';
        } else if (!char_is_digit(c) && c != '.' && !(c >= 'a' && c <= 'f')) {
            return false;
        }
    }
    return doubled || colons >= 7;
}

/* "ip" in the text, with nothing behind it or what may follow in a name for addresses. */
static bool names_ip(struct str text)
{
    for (size_t i = 0; i + 1 < text.n; i++) {
        if (char_lower(text.at[i]) != 'i' || char_lower(text.at[i + 1]) != 'p')
            continue;
        char next = i + 2 < text.n ? char_lower(text.at[i + 2]) : 0;
        if (!char_is_alpha(next) || next == 'v' || next == 'a')
            return true;
    }
    return false;
}

/* <ipaddr>, $IP, %i, [IP], #{ip}, __MYIP__ and others that devices did not fill in. */
static bool is_placeholder(struct str text)
{
    struct str marks = STR("<>[]{}()$%#@_");
    if (text.n < 2 || str_find(marks, text.at[0]) == marks.n)
        return false;
    for (size_t i = 0; i < text.n; i++)
        if (!char_is_alpha(text.at[i]) && !char_is_digit(text.at[i]) &&
            text.at[i] != '-' && str_find(marks, text.at[i]) == marks.n)
            return false;
    return names_ip(text) || str_equal(text, STR("%i")) || str_equal(text, STR("<a>"));
}

static bool is_one_of(char c, const char *set)
{
    return c != 0 && strchr(set, c) != NULL;
}

/* What people and programs put around an address: quotes, parentheses, a scheme. */
static struct str unwrapped(struct str piece)
{
    size_t scheme = 0;
    while (piece.n > 0 && is_one_of(piece.at[0], "\"'("))
        piece = str_from_at(piece, 1);
    while (piece.n > 0 && is_one_of(piece.at[piece.n - 1], "\"')"))
        piece.n--;
    while (scheme < piece.n && char_is_alpha(char_lower(piece.at[scheme])))
        scheme++;
    if (scheme > 0 && str_starts(str_from_at(piece, scheme), STR("://")))
        piece = str_from_at(piece, scheme + 3);
    if (piece.n > 0 && piece.at[0] == '[' && str_find(piece, ':') < piece.n)
        piece = str_from_at(piece, 1);
    return piece;
}

static bool is_like_address(struct str piece)
{
    struct str inner = unwrapped(piece);
    return is_like_v4(inner) || is_like_v6(inner) || is_placeholder(piece);
}

/* Addresses stand apart by commas; who takes something else for that meant addresses, too. */
bool parameter_is_addressed(struct str value)
{
    bool any = false;
    while (value.n > 0) {
        size_t n = 0;
        while (n < value.n && !is_one_of(value.at[n], ",;| \t\r\n"))
            n++;
        struct str piece = str_first(value, n);
        if (piece.n > 0 && !is_like_address(piece))
            return false;
        any |= piece.n > 0;
        value = str_from_at(value, n + 1);
    }
    return any;
}
