// SPDX-License-Identifier: GPL-3.0-or-later
/* query.h - what we ask other name servers: requests put together, replies taken apart. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/message.h"
#include "dns/record.h"

enum {
    QUERY_SIZE = MESSAGE_HEADER_SIZE + NAME_SIZE + 4, /* the longest, unsigned */
};

enum query_opcode {
    QUERY_QUESTION = 0,
    QUERY_NOTIFY = 4, /* RFC 1996; the type is SOA */
};

struct query {
    uint16_t id; /* unpredictable, for each request a new one */
    enum query_opcode opcode;
    bool recursive; /* asks for recursion; of a resolver only */
    struct name name;
    uint16_t type;
};

/* Writes the request, which has no OPT record, and yields its length. */
size_t query_encode(const struct query *query, uint8_t at[QUERY_SIZE]);

struct query_reply {
    uint8_t rcode; /* enum dns_rcode or another number up to 15 */
    bool authoritative, truncated;
};

/* Gets each record of a reply; it lives only during the call. */
typedef void (*query_record_fn)(void *ctx, enum message_section section,
                                const struct record *record);

/* Takes a reply apart; `fn` may be NULL. ERR_NOT_FOUND: these bytes are not a reply to this
 * query (another id, opcode or question), so that one has to go on waiting. ERR_SYNTAX: they
 * are, but broken; some records may have been given. Signatures are not looked at: tsig.h. */
MUST_CHECK enum status query_read_reply(const struct query *query, const uint8_t *wire,
                                        size_t n, struct query_reply *out,
                                        query_record_fn fn, void *ctx);
