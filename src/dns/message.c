// SPDX-License-Identifier: GPL-3.0-or-later
/* libknot wants memory for its packets and the records in them. It gets it from one fixed
 * piece that is used from the start again for each query; a query with so many records that
 * they do not fit is refused as broken.
 *
 * libknot trusts the record data that it writes, and ours come from a file: they are checked
 * against the type's layout first. */
#include "dns/message.h"

#include "base/mem.h"
#include "dns/record.h"

#include <assert.h>
#include <string.h>

#include <libknot/descriptor.h>
#include <libknot/errcode.h>
#include <libknot/packet/pkt.h>
#include <libknot/rrtype/naptr.h>
#include <libknot/rrtype/opt.h>

enum {
    QUERY_MEMORY = 32 * 1024,
    MEMORY_SIZE = 128 * 1024,
    SETS_MAX = 128, /* of a reply: what the rest of the memory is enough for */
    MEMORY_ALIGNMENT = 16,
    SET_SIZE = 64 * 1024,
    FEW_RECORDS = 32,     /* a new one is compared with each; from here on by a table */
    TABLE_SIZE = 1 << 15, /* more than there can be records in a set, a power of two */
    PIECE_RECORDS = 64,   /* put at a time: libknot's effort grows with their square */
    TTL_MAX = INT32_MAX,  /* RFC 2181 8 */

    FLAGS_AT = 2, /* in the header: QR, opcode, AA, TC, RD; then RA, Z, AD, CD, RCODE */
    FLAG_QR = 0x80,
    FLAG_AA = 0x04,
    FLAG_TC = 0x02,
    FLAG_RD = 0x01,
    OPCODE_BITS = 0x78,
    RCODE_BITS = 0x0f,
};

struct set {
    knot_dname_storage_t owner;
    uint16_t type, count;
    uint32_t ttl_s;
    size_t n;    /* bytes of `records` in use */
    bool full;   /* a record did not fit */
    bool broken; /* a record is malformed */
    _Alignas(knot_rdata_t) uint8_t records[SET_SIZE];
    uint16_t table[TABLE_SIZE]; /* by hash: where the record stands, 1 for the first two
                                   bytes and so on; 0: none */
};

struct message {
    size_t memory_used, memory_limit;
    size_t query_memory; /* of it, what the query took */
    knot_mm_t mm;
    knot_pkt_t *query, *reply;
    uint8_t header[MESSAGE_HEADER_SIZE]; /* the query's */
    bool truncated;
    struct set set;
    _Alignas(MEMORY_ALIGNMENT) uint8_t memory[MEMORY_SIZE];
};

static void *take_memory(void *ctx, size_t n)
{
    struct message *message = (struct message *)ctx;
    size_t rounded = 0;
    if (!size_add(n, MEMORY_ALIGNMENT - 1, &rounded))
        return NULL;
    rounded -= rounded % MEMORY_ALIGNMENT;
    if (rounded > message->memory_limit - message->memory_used)
        return NULL;
    void *at = message->memory + message->memory_used;
    message->memory_used += rounded;
    return at;
}

struct message *message_new(void)
{
    struct message *message = NEW(struct message);
    /* Nothing is given back singly, hence no function to free. */
    message->mm = (knot_mm_t){ .ctx = message, .alloc = take_memory, .free = NULL };
    return message;
}

void message_free(struct message *message)
{
    mem_free(message);
}

/* ----- the query ----- */

/* RFC 6891 6.1.1: the owner is the root, and its place is the additional section. */
static bool is_good_opt(const knot_pkt_t *query)
{
    const knot_pktsection_t *section = knot_pkt_section(query, KNOT_ADDITIONAL);
    const knot_rrset_t *first = knot_pkt_rr(section, 0);
    const knot_rrset_t *opt = query->opt_rr;
    return opt->owner[0] == 0 && opt >= first && opt < first + section->count;
}

static bool parse(struct message *message, uint8_t *wire, size_t n)
{
    message->query = knot_pkt_new(wire, (uint16_t)n, &message->mm);
    assert(message->query);
    /* Bytes behind the message do no harm, and two of three peers answer them. */
    int result = knot_pkt_parse(message->query, KNOT_PF_KEEPWIRE | KNOT_PF_NOCANON);
    const knot_pkt_t *query = message->query;
    return (result == KNOT_EOK || result == KNOT_ETRAIL) && query->qname_size > 0 &&
           (!query->opt_rr || is_good_opt(query));
}

/* RFC 1995 3: the serial stands in the authority section. */
static void read_serial(const knot_pkt_t *query, struct dns_question *out)
{
    const knot_pktsection_t *section = knot_pkt_section(query, KNOT_AUTHORITY);
    const knot_rrset_t *first = section->count ? knot_pkt_rr(section, 0) : NULL;
    struct soa soa;
    /* Of another class the parser lets empty data pass. */
    if (!first || first->type != KNOT_RRTYPE_SOA || first->rclass != KNOT_CLASS_IN ||
        soa_decode(str_bytes(first->rrs.rdata->data, first->rrs.rdata->len), &soa))
        return;
    out->has_serial = true;
    out->serial = soa.serial;
}

static void read_question(const knot_pkt_t *query, struct dns_question *out)
{
    *out = (struct dns_question){
        .type = knot_pkt_qtype(query),
        .class = knot_pkt_qclass(query),
        .edns = knot_pkt_has_edns(query),
        .is_signed = knot_pkt_has_tsig(query),
    };
    if (out->edns) {
        out->dnssec_ok = knot_edns_do(query->opt_rr);
        out->edns_version = knot_edns_get_version(query->opt_rr);
        out->edns_size = knot_edns_get_payload(query->opt_rr);
    }
    if (out->type == RR_IXFR)
        read_serial(query, out);
    enum status status =
        name_decode(str_bytes(knot_pkt_qname(query), query->qname_size), &out->name);
    assert(status == OK); /* libknot has checked it */
    (void)status;
}

enum message_form message_read(struct message *message, uint8_t *wire, size_t n,
                               struct dns_question *out)
{
    message->query = NULL;
    message->reply = NULL;
    if (n < MESSAGE_HEADER_SIZE || n > MESSAGE_SIZE || wire[FLAGS_AT] & FLAG_QR)
        return MESSAGE_NOT_A_QUERY;
    memcpy(message->header, wire, MESSAGE_HEADER_SIZE);
    if (wire[FLAGS_AT] & OPCODE_BITS)
        return MESSAGE_OTHER_OPCODE;

    message->memory_used = 0;
    message->memory_limit = QUERY_MEMORY;
    if (!parse(message, wire, n)) {
        message->query = NULL;
        return MESSAGE_BROKEN;
    }
    message->query_memory = message->memory_used;
    read_question(message->query, out);
    return MESSAGE_QUESTION;
}

/* ----- the reply ----- */

static size_t opt_size(const struct message *message)
{
    return message->query && knot_pkt_has_edns(message->query) ? KNOT_EDNS_MIN_SIZE : 0;
}

void message_reply(struct message *message, uint8_t *at, size_t size)
{
    assert(size >= MESSAGE_REPLY_MIN);
    message->memory_used = message->query ? message->query_memory : 0;
    message->memory_limit = MEMORY_SIZE;
    message->truncated = false;
    message->reply = knot_pkt_new(
        at, (uint16_t)(size < MESSAGE_SIZE ? size : MESSAGE_SIZE), &message->mm);
    assert(message->reply);

    /* A question has at most 259 bytes, so that it and the OPT record always fit. */
    int result = KNOT_EOK;
    if (message->query)
        result = knot_pkt_init_response(message->reply, message->query);
    else
        knot_pkt_clear(message->reply);
    if (result == KNOT_EOK)
        result = knot_pkt_reserve(message->reply, (uint16_t)opt_size(message));
    assert(result == KNOT_EOK);
    (void)result;
}

void message_section(struct message *message, enum message_section section)
{
    static const knot_section_t sections[] = {
        [SECTION_ANSWER] = KNOT_ANSWER,
        [SECTION_AUTHORITY] = KNOT_AUTHORITY,
        [SECTION_ADDITIONAL] = KNOT_ADDITIONAL,
    };
    int result = knot_pkt_begin(message->reply, sections[section]);
    assert(result == KNOT_EOK);
    (void)result;
}

/* ----- sets of records ----- */

static int name_size(const uint8_t *at, size_t n)
{
    return n ? knot_dname_wire_check(at, at + n, NULL) : KNOT_EMALF;
}

/* The size of the next part of record data, or an error. */
static int part_size(int part, const uint8_t *at, size_t n)
{
    switch (part) {
    case KNOT_RDATA_WF_COMPRESSIBLE_DNAME:
    case KNOT_RDATA_WF_DECOMPRESSIBLE_DNAME:
    case KNOT_RDATA_WF_FIXED_DNAME:
        return name_size(at, n);
    case KNOT_RDATA_WF_NAPTR_HEADER:
        return n ? knot_naptr_header_size(at, at + n) : KNOT_EMALF;
    case KNOT_RDATA_WF_REMAINDER:
        return (int)n;
    default:
        return part;
    }
}

/* Whether the record data have the layout that libknot goes by when it writes the type. It
 * writes no data at all for any type. */
bool message_is_whole(uint16_t type, struct str rdata)
{
    if (rdata.n > RDATA_SIZE)
        return false;
    const uint8_t *at = (const uint8_t *)rdata.at;
    size_t left = rdata.n;
    if (left == 0)
        return true;
    for (const int *part = knot_get_rdata_descriptor(type)->block_types;
         *part != KNOT_RDATA_WF_END; part++) {
        int size = part_size(*part, at, left);
        if (size < 0 || (size_t)size > left)
            return false;
        at += size;
        left -= (size_t)size;
    }
    return left == 0;
}

void message_set_begin(struct message *message, struct str owner, uint16_t type)
{
    struct set *set = &message->set;
    assert(owner.n <= sizeof(set->owner));
    memcpy(set->owner, owner.at, owner.n);
    set->type = type;
    set->count = 0;
    set->ttl_s = TTL_MAX;
    set->n = 0;
    set->full = false;
    set->broken = false;
}

static knot_rdata_t *record_at(struct set *set, size_t at)
{
    return (knot_rdata_t *)(void *)(set->records + at);
}

static bool record_is(const knot_rdata_t *record, struct str rdata)
{
    return str_equal(str_bytes(record->data, record->len), rdata);
}

/* The slot of the table where the record stands or belongs. */
static uint16_t *find_slot(struct set *set, struct str rdata)
{
    uint32_t hash = 2166136261; /* FNV-1a */
    for (size_t i = 0; i < rdata.n; i++)
        hash = (hash ^ (uint8_t)rdata.at[i]) * 16777619;
    for (uint32_t slot = hash ^ hash >> 15;; slot++) {
        uint16_t *at = &set->table[slot % TABLE_SIZE];
        if (*at == 0 || record_is(record_at(set, (*at - (size_t)1) * 2), rdata))
            return at;
    }
}

static void put_in_table(struct set *set, size_t at, struct str rdata)
{
    *find_slot(set, rdata) = (uint16_t)(at / 2 + 1);
}

static void fill_table(struct set *set)
{
    memset(set->table, 0, sizeof(set->table));
    for (size_t at = 0; at < set->n;) {
        const knot_rdata_t *record = record_at(set, at);
        put_in_table(set, at, str_bytes(record->data, record->len));
        at += knot_rdata_size(record->len);
    }
}

static bool has_record(struct set *set, struct str rdata)
{
    if (set->count >= FEW_RECORDS)
        return *find_slot(set, rdata) != 0;
    for (size_t at = 0; at < set->n;) {
        const knot_rdata_t *record = record_at(set, at);
        if (record_is(record, rdata))
            return true;
        at += knot_rdata_size(record->len);
    }
    return false;
}

void message_set_add(struct message *message, uint32_t ttl_s, struct str rdata)
{
    struct set *set = &message->set;
    if (!message_is_whole(set->type, rdata)) {
        set->broken = true;
        return;
    }
    if (ttl_s < set->ttl_s)
        set->ttl_s = ttl_s;
    if (set->full || has_record(set, rdata))
        return;
    size_t size = knot_rdata_size((uint16_t)rdata.n);
    if (size > SET_SIZE - set->n) {
        set->full = true;
        return;
    }
    size_t at = set->n;
    knot_rdata_init(record_at(set, at), (uint16_t)rdata.n, (const uint8_t *)rdata.at);
    set->n += size;
    set->count++;
    if (set->count == FEW_RECORDS)
        fill_table(set);
    else if (set->count > FEW_RECORDS)
        put_in_table(set, at, rdata);
}

bool message_set_is_empty(const struct message *message)
{
    const struct set *set = &message->set;
    return set->count == 0 && !set->full && !set->broken;
}

/* A name that is the question's is written as a pointer to it. */
static uint16_t owner_hint(const struct message *message)
{
    const knot_dname_t *asked = knot_pkt_qname(message->query);
    return knot_dname_is_equal(asked, message->set.owner) ? KNOT_COMPR_HINT_QNAME
                                                          : KNOT_COMPR_HINT_NONE;
}

/* Puts up to PIECE_RECORDS records, from *at on, and moves *at behind them. */
static bool put_piece(struct message *message, size_t *at)
{
    struct set *set = &message->set;
    if (message->reply->rrset_count >= SETS_MAX)
        return false;
    knot_rrset_t rrset;
    knot_rrset_init(&rrset, set->owner, set->type, KNOT_CLASS_IN, set->ttl_s);
    size_t end = *at;
    for (; end < set->n && rrset.rrs.count < PIECE_RECORDS; rrset.rrs.count++)
        end += knot_rdata_size(record_at(set, end)->len);
    rrset.rrs.rdata = record_at(set, *at);
    rrset.rrs.size = (uint32_t)(end - *at);
    *at = end;
    return knot_pkt_put(message->reply, owner_hint(message), &rrset, KNOT_PF_NOTRUNC) ==
           KNOT_EOK;
}

static bool put_all(struct message *message)
{
    knot_pkt_t *reply = message->reply;
    size_t size = reply->size;
    uint16_t sets = reply->rrset_count;
    uint16_t in_section = reply->sections[reply->current].count;
    uint8_t counts[MESSAGE_HEADER_SIZE];
    memcpy(counts, reply->wire, sizeof(counts));
    size_t at = 0;
    while (at < message->set.n) {
        if (put_piece(message, &at))
            continue;
        /* The pieces before it must go too. */
        reply->size = size;
        reply->rrset_count = sets;
        reply->sections[reply->current].count = in_section;
        memcpy(reply->wire, counts, sizeof(counts));
        return false;
    }
    return true;
}

enum status message_set_put(struct message *message, bool needed)
{
    const struct set *set = &message->set;
    if (set->broken)
        return ERR_SYNTAX;
    if (message_set_is_empty(message) || (!set->full && put_all(message)))
        return OK;
    if (needed)
        message->truncated = true;
    return ERR_LIMIT;
}

/* ----- the end ----- */

static void put_opt(struct message *message, enum dns_rcode rcode)
{
    knot_rrset_t opt;
    int result =
        knot_edns_init(&opt, MESSAGE_UDP_EDNS, KNOT_EDNS_RCODE_HI((unsigned)rcode),
                       KNOT_EDNS_VERSION, &message->mm);
    assert(result == KNOT_EOK);
    if (knot_edns_do(message->query->opt_rr)) /* RFC 3225 3: copied */
        knot_edns_set_do(&opt);
    (void)knot_pkt_reclaim(message->reply, KNOT_EDNS_MIN_SIZE);
    message_section(message, SECTION_ADDITIONAL);
    result = knot_pkt_put(message->reply, KNOT_COMPR_HINT_NONE, &opt, KNOT_PF_NOTRUNC);
    assert(result == KNOT_EOK);
    (void)result;
}

size_t message_finish(struct message *message, enum dns_rcode rcode, bool authoritative)
{
    if (opt_size(message))
        put_opt(message, rcode);

    uint8_t *wire = message->reply->wire;
    memcpy(wire, message->header, FLAGS_AT);
    unsigned flags = FLAG_QR | (message->header[FLAGS_AT] & (OPCODE_BITS | FLAG_RD));
    if (authoritative)
        flags |= FLAG_AA;
    if (message->truncated)
        flags |= FLAG_TC;
    wire[FLAGS_AT] = (uint8_t)flags;
    wire[FLAGS_AT + 1] = (uint8_t)((unsigned)rcode & RCODE_BITS);
    return message->reply->size;
}

bool message_is_truncated(const struct message *message)
{
    return message->truncated;
}
