// SPDX-License-Identifier: GPL-3.0-or-later
/* query.h - our own queries to other name servers: writes the request and reads the reply. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/message.h"
#include "dns/record.h"

enum {
    QUERY_SIZE = MESSAGE_HEADER_SIZE + NAME_SIZE + 4, /* the longest, unsigned */
    QUERY_CASE_SIZE = (NAME_SIZE + 7) / 8, /* bytes with a bit for each of a name */
};

enum query_opcode {
    QUERY_QUESTION = 0,
    QUERY_NOTIFY = 4, /* RFC 1996; the type is SOA */
};

struct query {
    uint16_t id; /* unpredictable, and new for each request */
    enum query_opcode opcode;
    bool recursive; /* asks for recursion; only for resolvers */
    struct name name;
    uint16_t type;
};

/* Writes the request, without an OPT record, and returns its length. */
size_t query_encode(const struct query *query, uint8_t at[QUERY_SIZE]);

/* Makes a letter of the encoded request's name a capital where its bit is set. Servers give the
 * question back as it came, so the bits are something more that a forger has to guess. */
void query_mix_case(uint8_t *wire, size_t n, const uint8_t bits[QUERY_CASE_SIZE]);
/* Whether a reply has the question of the encoded request byte for byte, or none at all. */
bool query_is_echoed(const uint8_t *wire, size_t n, const uint8_t *reply, size_t reply_n);

struct query_reply {
    uint8_t rcode; /* enum dns_rcode or another number up to 15 */
    bool authoritative, truncated;
};

/* Gets each record of a reply; it lives only during the call. */
typedef void (*query_record_fn)(void *ctx, enum message_section section,
                                const struct record *record);

/* Reads a reply; `fn` may be NULL. ERR_NOT_FOUND: the bytes are no reply to this query (they have
 * another id, opcode or question), so that the caller has to go on waiting. ERR_SYNTAX: they are a
 * reply that is broken; `fn` may have got some records. Signatures are not checked here, but in
 * tsig.h. */
MUST_CHECK enum status query_read_reply(const struct query *query, const uint8_t *wire,
                                        size_t n, struct query_reply *out,
                                        query_record_fn fn, void *ctx);
