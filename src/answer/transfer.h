// SPDX-License-Identifier: GPL-3.0-or-later
/* transfer.h - one zone, or what has changed in it, on its way to a secondary: which messages
 * to send.
 *
 * They are made one by one, each with a bounded part of the zone, so that the one who sends
 * them can do other things in between, and holds no more than a message. What is sent is what
 * the client would be answered: no records for other locations, none that are not alive; a
 * record that will die has a TTL of 2 seconds. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "dns/message.h"
#include "dns/tsig.h"
#include "image/history.h"
#include "image/image.h"

enum {
    TRANSFER_MESSAGE = 16 * 1024, /* a message has about so many bytes, or one record */
    TRANSFER_GATHER_MAX = 4 * 1024 * 1024, /* about so many bytes are read at once */
};

struct transfer;

/* `query` is the message that `question` was read from, an AXFR or IXFR of a zone that begins
 * at question->name with `soa`. `image` is borrowed for the whole time, or with `gather` during
 * transfer_new() alone, unless transfer_needs_image() says otherwise afterwards; `tsig` (may be NULL)
 * is copied, key and all. `records` (borrowed) counts what was read of the image. */
struct transfer_order {
    const struct image *image;
    struct image_view view;
    const uint8_t *query;
    const struct dns_question *question;
    const struct image_record *soa;
    const struct tsig *tsig;
    uint64_t *records;
    bool gather; /* the image is about to change: read it at once */
    /* For IXFR: the steps that lead from the client's serial to the last one are sent if they
     * are known and not more than the zone. NULL: none are. */
    struct history_reader *history;
    size_t
        most; /* not 0: only differences, and only if they may fit into so many bytes */
};
/* NULL: with `most`, there is nothing to send. */
struct transfer *transfer_new(const struct transfer_order *order);
void transfer_free(struct transfer *transfer);
CLEANER(transfer_free, struct transfer *)

/* Writes the next message, of at most MESSAGE_SIZE bytes, to `at`; yields its length. 0: there
 * is none now, because that was all, or because much was read that need not be sent: then
 * others may have their turn before the next call. */
size_t transfer_next(struct transfer *transfer, uint8_t *at);
/* Writes all of it as one message of at most `size` bytes. 0: it is more than that. Instead of
 * transfer_next(). */
size_t transfer_whole(struct transfer *transfer, uint8_t *at, size_t size);
/* Whether it sends differences, or says that there are none. */
bool transfer_is_incremental(const struct transfer *transfer);
struct transfer_about {
    const struct name *zone; /* lent, and so is the key's name */
    const struct name *key;  /* that signs it; NULL: none */
    uint16_t type;           /* RR_AXFR or RR_IXFR, as was asked */
    uint32_t from, to;       /* serials; `from` is 0 for AXFR */
    bool is_empty;           /* the client has that serial already */
    uint64_t bytes;          /* of the messages so far */
};
void transfer_describe(const struct transfer *transfer, struct transfer_about *out);
/* Its history could not be read to the end: the connection must be closed. */
bool transfer_has_failed(const struct transfer *transfer);
/* Whether the image is still to be read: the zone was too big to be read at once. */
bool transfer_needs_image(const struct transfer *transfer);
bool transfer_is_over(const struct transfer *transfer);
