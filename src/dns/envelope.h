// SPDX-License-Identifier: GPL-3.0-or-later
/* envelope.h - the messages of a zone transfer (RFC 5936): each holds many records of one zone.
 *
 * Each message begins with the question. An owner is written as its labels above the zone and a
 * pointer to the zone's name in the question; nothing else is compressed. So a record has the same
 * bytes in every message: records are first queued as bytes, and then cut into messages. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "dns/message.h"
#include "dns/record.h"

enum {
    /* The most that one record takes. */
    ENVELOPE_RECORD_SIZE = 4 + NAME_SIZE + 12 + RDATA_SIZE,
};

struct envelope {
    /* Header and question of each message. */
    uint8_t head[MESSAGE_HEADER_SIZE + NAME_SIZE + 4];
    size_t head_n;
    size_t zone_n; /* bytes of the zone's name */
    bool edns;     /* the next message gets an OPT record */
};

/* Begins the reply to `query`, which message_read() has read as `question`: its name is the
 * zone. */
void envelope_init(struct envelope *envelope, const uint8_t *query,
                   const struct dns_question *question);
/* Appends a record, whose owner is in the zone, to `queue`. False, and nothing is written: its data
 * do not have the layout of their type, or it is too long for any message. */
MUST_CHECK bool envelope_put(const struct envelope *envelope, const struct record *record,
                             struct buf *queue);
/* Writes the next message, of at most `size` bytes, to `at`. Takes records for it off the front of
 * *queue: at least one, and no more than make about `wanted` bytes. Returns the message's length;
 * 0: not even one record fits. */
size_t envelope_fill(struct envelope *envelope, struct str *queue, size_t wanted,
                     uint8_t *at, size_t size);
