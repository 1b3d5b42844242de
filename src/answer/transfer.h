// SPDX-License-Identifier: GPL-3.0-or-later
/* transfer.h - makes the messages that bring a zone, or the changes in it, to a secondary.
 *
 * It makes one message at a time, with a limited part of the zone. So the caller can do other
 * things in between, and holds only one message. The client gets the same records as by questions:
 * none of other locations, and none that do not live now. A record that is going to die has a TTL
 * of 2 seconds. */
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
    /* `gather` reads about so many bytes at once. */
    TRANSFER_GATHER_MAX = 4 * 1024 * 1024,
};

struct transfer;

/* `query` is the message from which `question` was read: an AXFR or IXFR of the zone
 * question->name, whose SOA record is `soa`. `image` is borrowed for the whole time. With `gather`
 * it is borrowed only during transfer_new(), unless transfer_needs_image() is true afterwards.
 * `tsig` (may be NULL) is copied with its key. *records (borrowed) counts the records that were
 * read of the image. */
struct transfer_order {
    const struct image *image;
    struct image_view view;
    const uint8_t *query;
    const struct dns_question *question;
    const struct image_record *soa;
    const struct tsig *tsig;
    uint64_t *records;
    bool gather; /* read all at once, as the image may change */
    /* For IXFR: the changes since the client's serial are sent if the history has them and they are
     * not more than the zone. NULL: there is no history. */
    struct history_reader *history;
    /* If not 0: only differences, and only if they may fit into so many bytes. */
    size_t most;
};
/* NULL, only with `most`: there are no differences that fit. */
struct transfer *transfer_new(const struct transfer_order *order);
void transfer_free(struct transfer *transfer);
CLEANER(transfer_free, struct transfer *)

/* Writes the next message, of at most MESSAGE_SIZE bytes, to `at`, and returns its length. 0: there
 * is none now. Either all were sent (transfer_is_over()), or much was read that is not sent; then
 * the caller may do other things before the next call. */
size_t transfer_next(struct transfer *transfer, uint8_t *at);
/* Writes the whole transfer as one message of at most `size` bytes. 0: it does not fit. Is called
 * instead of transfer_next(). */
size_t transfer_whole(struct transfer *transfer, uint8_t *at, size_t size);
/* Whether it sends only differences, perhaps none. */
bool transfer_is_incremental(const struct transfer *transfer);
struct transfer_about {
    const struct name *zone; /* lent, and so is the key's name */
    const struct name *key;  /* the key that signs it; NULL: none */
    uint16_t type;           /* of the query: RR_AXFR or RR_IXFR */
    uint32_t from, to;       /* serials; `from` is 0 for AXFR */
    bool is_empty;           /* the client has serial `to` already */
    uint64_t bytes;          /* of all messages so far */
};
void transfer_describe(const struct transfer *transfer, struct transfer_about *out);
/* Whether the history could not be read to its end. Then the connection must be closed. */
bool transfer_has_failed(const struct transfer *transfer);
/* Whether the image is still needed, as the zone was too big to be read at once. */
bool transfer_needs_image(const struct transfer *transfer);
bool transfer_is_over(const struct transfer *transfer);
