// SPDX-License-Identifier: GPL-3.0-or-later
#include "dns/query.h"

#include <string.h>

#include <libknot/errcode.h>
#include <libknot/packet/pkt.h>

enum {
    FLAG_QR = 0x80,
    FLAG_AA = 0x04,
    FLAG_TC = 0x02,
    FLAG_RD = 0x01,
    OPCODE_SHIFT = 3,
    OPCODE_MASK = 0x0f,
    RCODE_MASK = 0x0f,
    COUNT_AT = 4, /* of questions, in the header */
    CLASS_OF_QUESTION = CLASS_IN,
};

size_t query_encode(const struct query *query, uint8_t at[QUERY_SIZE])
{
    struct buf out = buf_on(at, QUERY_SIZE);
    unsigned flags = (unsigned)query->opcode << OPCODE_SHIFT;
    flags |= query->recursive ? FLAG_RD : 0;
    flags |= query->opcode == QUERY_NOTIFY ? FLAG_AA : 0; /* RFC 1996 4.5 */
    buf_put_u16(&out, query->id);
    buf_put_u8(&out, (uint8_t)flags);
    buf_put_u8(&out, 0);
    buf_put_u16(&out, 1); /* one question; the other counts are 0 */
    buf_put_u16(&out, 0);
    buf_put_u32(&out, 0);
    buf_put(&out, name_bytes(&query->name));
    buf_put_u16(&out, query->type);
    buf_put_u16(&out, CLASS_OF_QUESTION);
    return out.n;
}

void query_mix_case(uint8_t *wire, size_t n, const uint8_t bits[QUERY_CASE_SIZE])
{
    size_t at = MESSAGE_HEADER_SIZE;
    while (at < n && wire[at] > 0) {
        size_t end = at + 1 + wire[at];
        for (at++; at < end && at < n; at++) {
            size_t bit = at - MESSAGE_HEADER_SIZE;
            if (char_is_alpha((char)wire[at]) && bits[bit / 8] >> bit % 8 & 1)
                wire[at] ^= 'a' ^ 'A';
        }
    }
}

bool query_is_echoed(const uint8_t *wire, size_t n, const uint8_t *reply, size_t reply_n)
{
    if (reply_n < MESSAGE_HEADER_SIZE)
        return false;
    bool has_any = reply[COUNT_AT] || reply[COUNT_AT + 1];
    return !has_any || (reply_n >= n &&
                        memcmp(wire + MESSAGE_HEADER_SIZE, reply + MESSAGE_HEADER_SIZE,
                               n - MESSAGE_HEADER_SIZE) == 0);
}

/* Whether the bytes are a reply to the query, by their header. */
static bool is_reply_to(const struct query *query, const uint8_t *wire, size_t n)
{
    return n >= MESSAGE_HEADER_SIZE && wire[0] == query->id >> 8 &&
           wire[1] == (query->id & UINT8_MAX) && (wire[2] & FLAG_QR) &&
           ((wire[2] >> OPCODE_SHIFT) & OPCODE_MASK) == (unsigned)query->opcode;
}

/* Whether the reply has our question. A server that refuses may leave the question out. */
static bool has_question(const struct query *query, const knot_pkt_t *packet,
                         uint8_t rcode)
{
    struct name name;
    if (packet->qname_size == 0)
        return rcode != RCODE_NOERROR;
    return name_decode(str_bytes(knot_pkt_qname(packet), packet->qname_size), &name) ==
               OK &&
           name_equal(&name, &query->name) && knot_pkt_qtype(packet) == query->type &&
           knot_pkt_qclass(packet) == CLASS_IN;
}

static void give_set(const knot_rrset_t *set, enum message_section section,
                     query_record_fn fn, void *ctx)
{
    struct record record = { .type = set->type, .ttl_s = set->ttl };
    struct str owner = str_bytes(set->owner, knot_dname_size(set->owner));
    if (set->rclass != CLASS_IN || name_decode(owner, &record.owner))
        return;
    knot_rdata_t *rdata = set->rrs.rdata;
    for (uint16_t i = 0; i < set->rrs.count; i++, rdata = knot_rdataset_next(rdata)) {
        record.rdata = str_bytes(rdata->data, rdata->len);
        fn(ctx, section, &record);
    }
}

static void give_records(const knot_pkt_t *packet, query_record_fn fn, void *ctx)
{
    static const struct {
        knot_section_t theirs;
        enum message_section ours;
    } sections[] = { { KNOT_ANSWER, SECTION_ANSWER },
                     { KNOT_AUTHORITY, SECTION_AUTHORITY },
                     { KNOT_ADDITIONAL, SECTION_ADDITIONAL } };
    for (size_t i = 0; i < LENGTH_OF(sections); i++) {
        const knot_pktsection_t *section = knot_pkt_section(packet, sections[i].theirs);
        for (uint16_t at = 0; at < section->count; at++)
            give_set(knot_pkt_rr(section, at), sections[i].ours, fn, ctx);
    }
}

enum status query_read_reply(const struct query *query, const uint8_t *wire, size_t n,
                             struct query_reply *out, query_record_fn fn, void *ctx)
{
    if (n > MESSAGE_SIZE || !is_reply_to(query, wire, n))
        return ERR_NOT_FOUND;
    /* libknot writes nothing into a packet that it only parses. */
    knot_pkt_t *packet = knot_pkt_new((void *)(uintptr_t)wire, (uint16_t)n, NULL);
    if (!packet)
        return ERR_SYNTAX;
    int result = knot_pkt_parse(packet, KNOT_PF_KEEPWIRE);
    const struct query_reply reply = { .rcode = wire[3] & RCODE_MASK,
                                       .authoritative = (wire[2] & FLAG_AA) != 0,
                                       .truncated = (wire[2] & FLAG_TC) != 0 };
    enum status status = OK;
    /* A truncated reply need not be well-formed. */
    if (result != KNOT_EOK && result != KNOT_ETRAIL && !reply.truncated)
        status = ERR_SYNTAX;
    else if (!has_question(query, packet, reply.rcode))
        status = ERR_NOT_FOUND;
    else if (fn && !reply.truncated)
        give_records(packet, fn, ctx);
    knot_pkt_free(packet);
    if (!status)
        *out = reply;
    return status;
}
