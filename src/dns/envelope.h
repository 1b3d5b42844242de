// SPDX-License-Identifier: GPL-3.0-or-later
/* envelope.h - the messages of a zone transfer (RFC 5936): many records each, and all of them
 * records of one zone.
 *
 * Each message begins with the question, so that every owner can be written as its labels
 * above the zone and a pointer to the zone's name there; nothing else is compressed. So a
 * record has the same bytes wherever it stands: records are queued as bytes first, and cut
 * into messages afterwards. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "dns/message.h"
#include "dns/record.h"

enum {
    ENVELOPE_RECORD_SIZE = 4 + NAME_SIZE + 12 + RDATA_SIZE, /* what one record may take */
};

struct envelope {
    uint8_t head[MESSAGE_HEADER_SIZE + NAME_SIZE + 4]; /* of each message */
    size_t head_n;
    size_t zone_n; /* bytes of the zone's name */
    bool edns;     /* the next message has an OPT record */
};

/* For the query that message_read() found `question` in; its name is the zone. */
void envelope_init(struct envelope *envelope, const uint8_t *query,
                   const struct dns_question *question);
/* Queues a record of the zone, whose owner lies in it, at the end of `queue`. False: it is not
 * what its type demands, or too long for any message; nothing is written. */
MUST_CHECK bool envelope_put(const struct envelope *envelope, const struct record *record,
                             struct buf *queue);
/* Writes the next message to `at`, of at most `size` bytes, with records from the front of
 * *queue, which are taken from it: at most some `wanted` bytes, at least one record. The
 * length; 0: not even one fits. */
size_t envelope_fill(struct envelope *envelope, struct str *queue, size_t wanted,
                     uint8_t *at, size_t size);
