// SPDX-License-Identifier: GPL-3.0-or-later
#include "dns/envelope.h"

#include <assert.h>
#include <string.h>

#include "base/reader.h"
#include "dns/rdata.h"

enum {
    FLAGS_AT = 2,
    COUNTS_AT = 4, /* in the header: of questions, answers, authority, additional */
    ANSWERS_AT = 6,
    ADDITIONAL_AT = 10,
    FLAGS_ANSWER = 0x84, /* QR and AA */
    FLAG_RD = 0x01,
    POINTER_TO_QUESTION = 0xc000 | MESSAGE_HEADER_SIZE,
    LENGTH_SIZE = 4, /* before each record of the queue */
    OPT_SIZE = 11,
    TTL_MAX = INT32_MAX, /* RFC 2181 8 */
    QUESTION_TAIL = 4,   /* type and class */
};

void envelope_init(struct envelope *envelope, const uint8_t *query,
                   const struct dns_question *question)
{
    *envelope = (struct envelope){ .zone_n = question->name.n, .edns = question->edns };
    envelope->head_n = MESSAGE_HEADER_SIZE + envelope->zone_n + QUESTION_TAIL;
    memcpy(envelope->head, query, envelope->head_n);
    memset(envelope->head + COUNTS_AT, 0, MESSAGE_HEADER_SIZE - COUNTS_AT);
    envelope->head[FLAGS_AT] = FLAGS_ANSWER | (query[FLAGS_AT] & FLAG_RD);
    envelope->head[FLAGS_AT + 1] = 0;
    envelope->head[COUNTS_AT + 1] = 1;
}

bool envelope_put(const struct envelope *envelope, const struct record *record,
                  struct buf *queue)
{
    struct buf before = *queue;
    assert(record->owner.n >= envelope->zone_n);
    struct str labels =
        str_first(name_bytes(&record->owner), record->owner.n - envelope->zone_n);
    struct str star = record->wildcard ? STR("\1*") : STR("");
    size_t n = star.n + labels.n + 2 + 10 + record->rdata.n;
    if (!record_is_whole(record) || n > MESSAGE_SIZE - MESSAGE_EXTRA - envelope->head_n)
        return false;
    buf_put_u32(queue, (uint32_t)n);
    buf_put(queue, star);
    buf_put(queue, labels);
    buf_put_u16(queue, POINTER_TO_QUESTION);
    buf_put_u16(queue, record->type);
    buf_put_u16(queue, CLASS_IN);
    buf_put_u32(queue, record->ttl_s < TTL_MAX ? record->ttl_s : TTL_MAX);
    buf_put_u16(queue, (uint16_t)record->rdata.n);
    buf_put(queue, record->rdata);
    if (queue->full)
        *queue = before;
    return !queue->full && queue->n > before.n;
}

/* The first record of the queue, which is not empty. */
static struct str first_of(struct str queue)
{
    const uint8_t *at = (const uint8_t *)queue.at;
    assert(queue.n > LENGTH_SIZE);
    size_t n = read_u32(at);
    assert(n <= queue.n - LENGTH_SIZE);
    return str_bytes(at + LENGTH_SIZE, n);
}

static void put_opt(struct buf *out)
{
    buf_put_u8(out, 0);
    buf_put_u16(out, RR_OPT);
    buf_put_u16(out, MESSAGE_UDP_EDNS);
    buf_put_u32(out, 0);
    buf_put_u16(out, 0);
}

size_t envelope_fill(struct envelope *envelope, struct str *queue, size_t wanted,
                     uint8_t *at, size_t size)
{
    assert(size >= envelope->head_n + OPT_SIZE);
    size_t room = size - (envelope->edns ? OPT_SIZE : 0);
    struct buf out = buf_on(at, room);
    unsigned count = 0;
    buf_put(&out, str_bytes(envelope->head, envelope->head_n));
    while (queue->n > 0 && count < UINT16_MAX) {
        struct str record = first_of(*queue);
        if (record.n > room - out.n || (count > 0 && out.n + record.n > wanted))
            break;
        buf_put(&out, record);
        *queue = str_from_at(*queue, LENGTH_SIZE + record.n);
        count++;
    }
    if (count == 0)
        return 0;
    at[ANSWERS_AT] = (uint8_t)(count >> 8);
    at[ANSWERS_AT + 1] = (uint8_t)(count & 0xff);
    if (envelope->edns) { /* only the first message needs it (RFC 5936 2.2.5) */
        out.size = size;
        put_opt(&out);
        at[ADDITIONAL_AT + 1] = 1;
        envelope->edns = false;
    }
    return out.n;
}
