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
};

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

enum status proxy_head_parse(struct str bytes, struct proxy_head *out)
{
    static const struct str signature = { "\r\n\r\n\0\r\nQUIT\n", 12 };
    size_t seen = bytes.n < signature.n ? bytes.n : signature.n;
    if (!str_equal(str_first(bytes, seen), str_first(signature, seen)))
        return ERR_SYNTAX;
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
