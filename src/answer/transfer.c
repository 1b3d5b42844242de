// SPDX-License-Identifier: GPL-3.0-or-later
/* The zone is walked some entries at a time. What they give is queued as bytes and goes out
 * in messages (dns/envelope.h); the SOA record stands before and behind it all. */
#include "answer/transfer.h"

#include "base/mem.h"
#include "dns/envelope.h"
#include "dns/record.h"

#include <assert.h>
#include <string.h>

enum {
    STEP = 32,       /* entries read at a time */
    STEPS = 128,     /* and steps for one message */
    DYING_TTL_S = 2, /* as axfrdns has it: nobody may keep it for long */
    QUEUE_FIRST_SIZE = 4096,
};

struct transfer {
    struct envelope envelope;
    struct image_walk *walk; /* NULL: all was read */
    struct image_view view;
    struct record soa;
    struct tsig_key key;
    struct tsig tsig;
    uint64_t *records;
    uint8_t *queue; /* records to be sent, from queue_at on */
    size_t queue_at, queue_n, queue_size;
};

static void reserve(struct transfer *transfer, size_t n)
{
    if (n <= transfer->queue_size - transfer->queue_n)
        return;
    size_t need = transfer->queue_n + n;
    size_t size = transfer->queue_size ? transfer->queue_size : QUEUE_FIRST_SIZE;
    while (size < need)
        size *= 2;
    transfer->queue = (uint8_t *)mem_resize(transfer->queue, size, 1);
    transfer->queue_size = size;
}

/* What no message can carry, or no peer would take, is left out: the zone is worth more than
 * that record. */
static void enqueue(struct transfer *transfer, const struct record *record)
{
    reserve(transfer, ENVELOPE_RECORD_SIZE - RDATA_SIZE + record->rdata.n);
    struct buf queue = { .at = transfer->queue,
                         .n = transfer->queue_n,
                         .size = transfer->queue_size };
    if (envelope_put(&transfer->envelope, record, &queue))
        transfer->queue_n = queue.n;
}

static enum status take(void *ctx, const struct record *found)
{
    struct transfer *transfer = (struct transfer *)ctx;
    struct record record = *found;
    ++*transfer->records;
    struct image_record seen = { .ttl_s = record.ttl_s, .stamp = record.stamp };
    memcpy(seen.location, record.location, sizeof(seen.location));
    bool is_soa = record.type == RR_SOA && !record.wildcard &&
                  record.owner.n == transfer->soa.owner.n;
    if (is_soa || !image_is_seen(&transfer->view, &seen))
        return OK;
    if (record.stamp && record.ttl_s == 0)
        record.ttl_s = DYING_TTL_S;
    enqueue(transfer, &record);
    return OK;
}

/* IXFR of a client that is up to date is told just that (RFC 1995 4). */
static bool is_current(const struct transfer_order *order)
{
    struct soa soa;
    return order->question->type == RR_IXFR &&
           soa_decode(order->soa->rdata, &soa) == OK &&
           !serial_is_newer(soa.serial, order->question->serial);
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
    transfer->soa = (struct record){ .owner = order->question->name,
                                     .type = RR_SOA,
                                     .ttl_s = order->soa->ttl_s,
                                     .rdata = order->soa->rdata };
    enqueue(transfer, &transfer->soa);
    if (!is_current(order))
        transfer->walk = image_walk_new(order->image, &order->question->name);
    return transfer;
}

void transfer_free(struct transfer *transfer)
{
    if (!transfer)
        return;
    image_walk_free(transfer->walk);
    mem_wipe(&transfer->key, sizeof(transfer->key));
    mem_free(transfer->queue);
    mem_free(transfer);
}

static bool wants_more(const struct transfer *transfer)
{
    return transfer->walk && transfer->queue_n < TRANSFER_MESSAGE;
}

static void read_on(struct transfer *transfer)
{
    if (transfer->queue_at > 0) {
        transfer->queue_n -= transfer->queue_at;
        memmove(transfer->queue, transfer->queue + transfer->queue_at, transfer->queue_n);
        transfer->queue_at = 0;
    }
    for (int i = 0; i < STEPS && wants_more(transfer); i++) {
        enum status status = image_walk_some(transfer->walk, STEP, take, transfer);
        assert(status == OK); /* take() gives no other */
        (void)status;
        if (!image_walk_is_done(transfer->walk))
            continue;
        image_walk_free(transfer->walk);
        transfer->walk = NULL;
        enqueue(transfer, &transfer->soa);
    }
}

size_t transfer_next(struct transfer *transfer, uint8_t *at)
{
    read_on(transfer);
    if (wants_more(transfer))
        return 0;
    struct str queue = str_bytes(transfer->queue, transfer->queue_n);
    size_t size = MESSAGE_SIZE - tsig_room(&transfer->tsig);
    size_t n = envelope_fill(&transfer->envelope, &queue, TRANSFER_MESSAGE, at, size);
    transfer->queue_at = transfer->queue_n - queue.n;
    if (n == 0)
        return 0;
    enum status status = tsig_sign_reply(&transfer->tsig, at, &n, MESSAGE_SIZE);
    assert(status == OK); /* there is room */
    (void)status;
    return n;
}

bool transfer_is_over(const struct transfer *transfer)
{
    return !transfer->walk && transfer->queue_at == transfer->queue_n;
}
