// SPDX-License-Identifier: GPL-3.0-or-later
/* Makes transfers. The zone is read some entries at a time, and its history step by step. The
 * records are queued as bytes and then cut into messages (dns/envelope.h). The SOA record comes
 * first and last. */
#include "answer/transfer.h"

#include "base/mem.h"
#include "dns/envelope.h"
#include "dns/record.h"

#include <assert.h>
#include <string.h>

enum {
    STEP = 32,             /* entries read at a time */
    STEPS = 128,           /* such reads for one message */
    DYING_TTL_S = 2,       /* as axfrdns does: nobody may cache it for long */
    SOA_NUMBERS_SIZE = 20, /* the numbers at the end of an SOA record, the serial first */
};

struct transfer {
    struct envelope envelope;
    struct image_walk *walk;     /* of the zone; NULL: all was read */
    struct history_chain *chain; /* of the history; NULL: all was read */
    bool incremental, is_empty, failed;
    uint16_t type;
    struct image_view view;
    struct record soa; /* it owns its data */
    uint8_t *soa_data;
    struct tsig_key key;
    struct tsig tsig;
    uint32_t from; /* the client's serial */
    /* That it is to have: the zone's, or that which the differences lead to. */
    uint32_t serial;
    uint64_t bytes; /* of messages */
    uint64_t *records;
    uint8_t *queue; /* the records that wait, from queue_at on */
    size_t queue_at, queue_n, queue_size;
};

static void reserve(struct transfer *transfer, size_t n)
{
    transfer->queue =
        mem_grow(transfer->queue, transfer->queue_n + n, &transfer->queue_size, 1);
}

/* Queues a record. One that fits into no message, or that no peer would accept, is left out: it is
 * better to lose the record than the zone. */
static void enqueue(struct transfer *transfer, const struct record *record)
{
    reserve(transfer, ENVELOPE_RECORD_SIZE - RDATA_SIZE + record->rdata.n);
    struct buf queue = { .at = transfer->queue,
                         .n = transfer->queue_n,
                         .size = transfer->queue_size };
    if (envelope_put(&transfer->envelope, record, &queue))
        transfer->queue_n = queue.n;
}

/* Queues a record as the client may see it. */
static void put(struct transfer *transfer, const struct record *found)
{
    struct record record = *found;
    struct image_record seen = { .ttl_s = record.ttl_s, .stamp = record.stamp };
    memcpy(seen.location, record.location, sizeof(seen.location));
    bool is_soa = record.type == RR_SOA && !record.wildcard &&
                  record.owner.n == transfer->soa.owner.n;
    if (is_soa || !image_is_seen(&transfer->view, &seen))
        return;
    if (record.stamp && record.ttl_s == 0)
        record.ttl_s = DYING_TTL_S;
    enqueue(transfer, &record);
}

static void put_soa(struct transfer *transfer, uint32_t serial)
{
    struct buf at = buf_on(transfer->soa_data + transfer->soa.rdata.n - SOA_NUMBERS_SIZE,
                           sizeof(serial));
    buf_put_u32(&at, serial);
    enqueue(transfer, &transfer->soa);
}

/* ----- the whole zone ----- */

static enum status take(void *ctx, const struct record *found)
{
    struct transfer *transfer = (struct transfer *)ctx;
    ++*transfer->records;
    put(transfer, found);
    return OK;
}

static void read_some(struct transfer *transfer)
{
    enum status status = image_walk_some(transfer->walk, STEP, take, transfer);
    assert(status == OK); /* take() returns no other status */
    (void)status;
    if (!image_walk_is_done(transfer->walk))
        return;
    image_walk_free(TAKE(transfer->walk));
    enqueue(transfer, &transfer->soa);
}

static void gather(struct transfer *transfer, size_t max)
{
    while (transfer->walk && transfer->queue_n < max)
        read_some(transfer);
}

static void begin_zone(struct transfer *transfer, const struct transfer_order *order)
{
    enqueue(transfer, &transfer->soa);
    transfer->walk = image_walk_new(order->image, &order->question->name);
}

/* ----- what has changed (RFC 1995 4) ----- */

/* Queues a changed record. It checks that the record is in the zone, as the file is not trusted. */
static void put_changed(void *ctx, const struct record *record)
{
    struct transfer *transfer = (struct transfer *)ctx;
    if (name_is_within(&record->owner, &transfer->soa.owner))
        put(transfer, record);
}

static void put_serial(void *ctx, uint32_t serial)
{
    put_soa((struct transfer *)ctx, serial);
}

static void read_step(struct transfer *transfer)
{
    const struct history_sink sink = { .serial = put_serial,
                                       .record = put_changed,
                                       .ctx = transfer };
    enum status status = history_chain_next(transfer->chain, &sink);
    if (!status)
        return;
    transfer->failed = status != ERR_NOT_FOUND;
    history_chain_free(TAKE(transfer->chain));
    put_soa(transfer, transfer->serial);
}

/* Whether the whole zone is less to send than the changes. It reads no more of the zone than it
 * needs to know that. */
static bool zone_is_less(struct transfer *transfer, const struct transfer_order *order,
                         size_t size)
{
    if (size <= TRANSFER_MESSAGE)
        return false;
    begin_zone(transfer, order);
    if (size > image_size(order->image))
        return true;
    gather(transfer, size < TRANSFER_GATHER_MAX ? size : TRANSFER_GATHER_MAX);
    if (!transfer->walk)
        return true;
    image_walk_free(TAKE(transfer->walk));
    transfer->queue_n = 0;
    return false;
}

/* Whether changes of this size cannot fit. Names are shorter in a message than in the history,
 * which hardly saves more than half. */
static bool is_too_much(const struct transfer_order *order, size_t size)
{
    return order->most > 0 && size / 2 > order->most;
}

/* Begins to send differences. False: the client needs the whole zone. */
static bool begin_differences(struct transfer *transfer,
                              const struct transfer_order *order)
{
    struct soa soa;
    uint32_t has = order->question->serial, serial = 0;
    if (order->question->type != RR_IXFR || soa_decode(transfer->soa.rdata, &soa) != OK)
        return false;
    /* Of two serials half the range apart neither is newer (RFC 1982 3.2). Such a client gets the
     * zone, as it would never reach our serial otherwise. */
    if (has == soa.serial || serial_is_newer(has, soa.serial)) {
        enqueue(transfer, &transfer->soa); /* which is the whole reply */
        transfer->incremental = transfer->is_empty = true;
        return true;
    }
    CLEANUP(history_chain_freep) struct history_chain *chain = NULL;
    if (order->history)
        chain = history_chain_new(order->history, &order->question->name, has, &serial);
    if (!chain || is_too_much(order, history_chain_size(chain)))
        return false;
    if (zone_is_less(transfer, order, history_chain_size(chain)))
        return true;
    transfer->serial = serial;
    put_soa(transfer, serial);
    transfer->incremental = true;
    transfer->is_empty = serial == has;
    if (serial != has)
        transfer->chain = TAKE(chain);
    return true;
}

/* ----- the transfer ----- */

static void keep_soa(struct transfer *transfer, const struct transfer_order *order)
{
    size_t n = order->soa->rdata.n;
    transfer->soa_data = (uint8_t *)mem_new(n ? n : 1);
    memcpy(transfer->soa_data, order->soa->rdata.at, n);
    transfer->soa = (struct record){ .owner = order->question->name,
                                     .type = RR_SOA,
                                     .ttl_s = order->soa->ttl_s,
                                     .rdata = str_bytes(transfer->soa_data, n) };
    struct soa soa;
    if (soa_decode(transfer->soa.rdata, &soa) == OK)
        transfer->serial = soa.serial;
}

struct transfer *transfer_new(const struct transfer_order *order)
{
    struct transfer *transfer = NEW(struct transfer);
    envelope_init(&transfer->envelope, order->query, order->question);
    transfer->view = order->view;
    transfer->records = order->records;
    if (order->tsig && order->tsig->key) {
        transfer->tsig = *order->tsig;
        transfer->key = *order->tsig->key;
        transfer->tsig.key = &transfer->key;
    }
    keep_soa(transfer, order);
    transfer->type = order->question->type;
    transfer->from = transfer->type == RR_IXFR ? order->question->serial : 0;
    bool has_differences = begin_differences(transfer, order);
    if (!has_differences && order->most > 0) {
        transfer_free(transfer);
        return NULL;
    }
    if (!has_differences)
        begin_zone(transfer, order);
    if (order->gather)
        gather(transfer, TRANSFER_GATHER_MAX);
    return transfer;
}

void transfer_free(struct transfer *transfer)
{
    if (!transfer)
        return;
    image_walk_free(transfer->walk);
    history_chain_free(transfer->chain);
    mem_free(transfer->soa_data);
    mem_wipe(&transfer->key, sizeof(transfer->key));
    mem_free(transfer->queue);
    mem_free(transfer);
}

static bool wants_more(const struct transfer *transfer, size_t size)
{
    return (transfer->walk || transfer->chain) &&
           transfer->queue_n - transfer->queue_at < size;
}

/* Reads on until the queue has `size` bytes. The queue is moved to its front only if it is
 * short. */
static void read_on(struct transfer *transfer, size_t size)
{
    if (transfer->queue_at > 0 && wants_more(transfer, size)) {
        transfer->queue_n -= transfer->queue_at;
        memmove(transfer->queue, transfer->queue + transfer->queue_at, transfer->queue_n);
        transfer->queue_at = 0;
    }
    for (int i = 0; i < STEPS && wants_more(transfer, size); i++) {
        if (transfer->chain)
            read_step(transfer);
        else
            read_some(transfer);
    }
}

/* Fills a message of at most `size` bytes and signs it. */
static size_t fill(struct transfer *transfer, size_t wanted, uint8_t *at, size_t size)
{
    struct str queue = str_bytes(transfer->queue + transfer->queue_at,
                                 transfer->queue_n - transfer->queue_at);
    size_t n = envelope_fill(&transfer->envelope, &queue, wanted, at,
                             size - tsig_room(&transfer->tsig));
    transfer->queue_at = transfer->queue_n - queue.n;
    if (n == 0)
        return 0;
    enum status status = tsig_sign_reply(&transfer->tsig, at, &n, size);
    assert(status == OK); /* `wanted` left room for it */
    (void)status;
    transfer->bytes += n;
    return n;
}

size_t transfer_next(struct transfer *transfer, uint8_t *at)
{
    read_on(transfer, TRANSFER_MESSAGE);
    if (wants_more(transfer, TRANSFER_MESSAGE) || transfer->failed)
        return 0;
    return fill(transfer, TRANSFER_MESSAGE, at, MESSAGE_SIZE);
}

size_t transfer_whole(struct transfer *transfer, uint8_t *at, size_t size)
{
    read_on(transfer, size);
    if (transfer->failed || transfer->walk || transfer->chain)
        return 0;
    size_t n = fill(transfer, size, at, size);
    return transfer_is_over(transfer) ? n : 0;
}

void transfer_describe(const struct transfer *transfer, struct transfer_about *out)
{
    *out =
        (struct transfer_about){ .zone = &transfer->soa.owner,
                                 .key = transfer->tsig.key ? &transfer->key.name : NULL,
                                 .type = transfer->type,
                                 .from = transfer->from,
                                 .to = transfer->serial,
                                 .is_empty = transfer->is_empty,
                                 .bytes = transfer->bytes };
}

bool transfer_is_incremental(const struct transfer *transfer)
{
    return transfer->incremental;
}

bool transfer_has_failed(const struct transfer *transfer)
{
    return transfer->failed;
}

bool transfer_needs_image(const struct transfer *transfer)
{
    return transfer->walk != NULL;
}

bool transfer_is_over(const struct transfer *transfer)
{
    return !transfer->walk && !transfer->chain && !transfer->failed &&
           transfer->queue_at == transfer->queue_n;
}
