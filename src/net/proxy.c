// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/proxy.h"

#include "base/reader.h"

enum {
    FIXED_SIZE = 16, /* signature, version and command, family, length */
    AT_COMMAND = 12,
    AT_FAMILY = 13,
    AT_LENGTH = 14,
    VERSION_2_LOCAL = 0x20,
    VERSION_2_PROXY = 0x21,
    LINE_MAX = 107, /* of version 1, with its end */
    PORT_MAX = 65535,
};

static const struct str binary = { "\r\n\r\n\0\r\nQUIT\n", 12 };
static const struct str text = { "PROXY ", 6 };

/* The families that are accepted: the sizes of one address, and of both with their ports. */
static const struct family {
    uint8_t code;
    size_t address, both;
} families[] = {
    { 0x11, 4, 12 },  /* TCP over IPv4 */
    { 0x21, 16, 36 }, /* TCP over IPv6 */
};

static uint8_t byte_at(struct str bytes, size_t at)
{
    return (uint8_t)bytes.at[at];
}

static const struct family *family_of(uint8_t code)
{
    for (size_t i = 0; i < LENGTH_OF(families); i++) {
        if (families[i].code == code)
            return &families[i];
    }
    return NULL;
}

/* Reads the sender's address, which follows the fixed part. */
static enum status read_source(struct str head, struct ip *out)
{
    const struct family *family = family_of(byte_at(head, AT_FAMILY));
    if (!family || head.n < FIXED_SIZE + family->both)
        return ERR_SYNTAX;
    return ip_from_bytes(str_first(str_from_at(head, FIXED_SIZE), family->address), out);
}

static enum status parse_binary(struct str bytes, struct proxy_head *out)
{
    if (bytes.n <= AT_COMMAND)
        return ERR_NOT_FOUND;
    uint8_t command = byte_at(bytes, AT_COMMAND);
    if (command != VERSION_2_LOCAL && command != VERSION_2_PROXY)
        return ERR_SYNTAX;
    if (bytes.n < FIXED_SIZE)
        return ERR_NOT_FOUND;
    size_t size = (size_t)FIXED_SIZE + read_u16(bytes.at + AT_LENGTH);
    if (size > PROXY_HEAD_MAX)
        return ERR_SYNTAX;
    if (bytes.n < size)
        return ERR_NOT_FOUND;
    struct proxy_head head = { .local = command == VERSION_2_LOCAL, .size = size };
    if (!head.local && read_source(str_first(bytes, size), &head.source))
        return ERR_SYNTAX;
    *out = head;
    return OK;
}

/* A listener for both families reports IPv4 in the form for IPv6. */
static bool take_address(struct str *rest, bool is_v6, struct ip *out)
{
    struct str word = { 0 };
    return str_next_field(rest, ' ', &word) && (str_find(word, ':') < word.n) == is_v6 &&
           !ip_parse(word, out);
}

static bool take_port(struct str *rest)
{
    struct str word = { 0 };
    uint64_t port = 0;
    return str_next_field(rest, ' ', &word) && !str_to_u64(word, PORT_MAX, &port);
}

/* What follows "PROXY ", without the end of the line: TCP4 SOURCE TARGET PORT PORT, or TCP6, or
 * UNKNOWN, after which anything may stand. */
static enum status parse_words(struct str line, struct proxy_head *head)
{
    struct str rest = line, word = { 0 };
    struct ip target = { 0 };
    (void)str_next_field(&rest, ' ', &word);
    head->local = str_equal(word, STR("UNKNOWN"));
    if (head->local)
        return OK;
    bool is_v6 = str_equal(word, STR("TCP6"));
    if (!is_v6 && !str_equal(word, STR("TCP4")))
        return ERR_SYNTAX;
    bool good = take_address(&rest, is_v6, &head->source) &&
                take_address(&rest, is_v6, &target) && take_port(&rest) &&
                take_port(&rest) && !rest.at;
    return good ? OK : ERR_SYNTAX;
}

static enum status parse_text(struct str bytes, struct proxy_head *out)
{
    struct str seen = str_first(bytes, LINE_MAX);
    size_t n = str_find(seen, '\n');
    if (n == seen.n)
        return n < LINE_MAX ? ERR_NOT_FOUND : ERR_SYNTAX;
    if (seen.at[n - 1] != '\r')
        return ERR_SYNTAX;
    struct proxy_head head = { .size = n + 1 };
    if (parse_words(str_from_at(str_first(seen, n - 1), text.n), &head))
        return ERR_SYNTAX;
    *out = head;
    return OK;
}

static bool may_begin(struct str bytes, struct str with)
{
    size_t n = bytes.n < with.n ? bytes.n : with.n;
    return str_equal(str_first(bytes, n), str_first(with, n));
}

enum status proxy_head_parse(struct str bytes, struct proxy_head *out)
{
    if (may_begin(bytes, binary))
        return parse_binary(bytes, out);
    return may_begin(bytes, text) ? parse_text(bytes, out) : ERR_SYNTAX;
}
