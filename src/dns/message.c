// SPDX-License-Identifier: GPL-3.0-or-later
/* Reads queries and writes their replies. Nearly every query is a question and perhaps an OPT
 * record: those are read here, and libknot parses all others. The memory that libknot needs for
 * packets and records comes from one fixed piece, which each query uses again from its start. A
 * query whose records do not fit into it is refused as broken.
 *
 * packer.h writes the records of replies. It trusts that record data have their type's layout. Ours
 * come from a file, so they are checked first. */
#include "dns/message.h"

#include "base/mem.h"
#include "base/reader.h"
#include "dns/packer.h"
#include "dns/rdata.h"
#include "dns/record.h"
#include "dns/scan.h"

#include <assert.h>
#include <string.h>

#include <libknot/descriptor.h>
#include <libknot/errcode.h>
#include <libknot/packet/pkt.h>
#include <libknot/rrtype/opt.h>

enum {
    MEMORY_SIZE = 32 * 1024,
    MEMORY_ALIGNMENT = 16,
    SET_SIZE = 64 * 1024,
    /* Room for a record that is checked, with length and padding. */
    ONE_MORE = RDATA_SIZE + 3,
    /* Up to here a new record is compared with each; then a table helps. */
    FEW_RECORDS = 32,
    TABLE_SIZE = 1 << 15, /* more than there can be records in a set, a power of two */
    TTL_MAX = INT32_MAX,  /* RFC 2181 8 */

    QUESTION_TAIL = 4, /* type and class */
    OPT_SIZE = 11,     /* without options */
    RECORD_MIN = 11,   /* with the shortest owner, and without data */
    LENGTH_SIZE = 2,   /* the last field before a record's data */
    OPT_FLAG_DO = 0x8000,
    EDNS_VERSION = 0,

    COUNTS_AT = 4, /* in the header: of questions, answers, authority, additional */
    COUNT_SIZE = 2,
    FLAGS_AT = 2, /* in the header: QR, opcode, AA, TC, RD; then RA, Z, AD, CD, RCODE */
    FLAG_QR = 0x80,
    FLAG_AA = 0x04,
    FLAG_TC = 0x02,
    FLAG_RD = 0x01,
    OPCODE_BITS = 0x78,
    RCODE_BITS = 0x0f,
};

struct set {
    uint8_t owner[NAME_SIZE];
    size_t owner_n;
    uint16_t type, count;
    uint32_t ttl_s;
    size_t n;    /* bytes of `records` in use */
    bool full;   /* it has more than can be sent: further records are not looked at */
    bool broken; /* a malformed record was left out */
    _Alignas(knot_rdata_t) uint8_t records[SET_SIZE + ONE_MORE];
    /* By hash: the position of a record in `records`, counted from 1 in units of two bytes;
     * 0: none. */
    uint16_t table[TABLE_SIZE];
};

struct message {
    size_t memory_used;
    knot_mm_t mm;
    uint8_t header[MESSAGE_HEADER_SIZE]; /* the query's */
    const uint8_t *asked; /* the query's question; NULL: it has no valid one */
    size_t asked_n;
    uint16_t class;
    bool edns, dnssec_ok; /* of the query */
    struct reply_options options;
    enum extended_error error;

    struct packer reply;
    size_t size, asked_end; /* most bytes of the reply; where its question ends */
    unsigned section;
    uint16_t counts[SECTION_ADDITIONAL + 1];
    bool truncated;
    struct set set;
    _Alignas(MEMORY_ALIGNMENT) uint8_t memory[MEMORY_SIZE];
};

const char *rcode_word(enum dns_rcode rcode)
{
    switch (rcode) {
    case RCODE_NOERROR:
        return "NOERROR";
    case RCODE_FORMERR:
        return "FORMERR";
    case RCODE_SERVFAIL:
        return "SERVFAIL";
    case RCODE_NXDOMAIN:
        return "NXDOMAIN";
    case RCODE_NOTIMP:
        return "NOTIMP";
    case RCODE_REFUSED:
        return "REFUSED";
    case RCODE_NOTAUTH:
        return "NOTAUTH";
    case RCODE_BADVERS:
        return "BADVERS";
    case RCODE_BADCOOKIE:
        return "BADCOOKIE";
    }
    return "";
}

static void *take_memory(void *ctx, size_t n)
{
    struct message *message = (struct message *)ctx;
    size_t rounded = 0;
    if (!size_add(n, MEMORY_ALIGNMENT - 1, &rounded))
        return NULL;
    rounded -= rounded % MEMORY_ALIGNMENT;
    if (rounded > MEMORY_SIZE - message->memory_used)
        return NULL;
    void *at = message->memory + message->memory_used;
    message->memory_used += rounded;
    return at;
}

struct message *message_new(void)
{
    struct message *message = NEW(struct message);
    /* Nothing is freed singly. */
    message->mm = (knot_mm_t){ .ctx = message, .alloc = take_memory, .free = NULL };
    return message;
}

void message_free(struct message *message)
{
    mem_free(message);
}

/* ----- the query ----- */

/* RFC 6891 6.1.1: the owner is the root, and the section is the additional one. */
static bool is_good_opt(const knot_pkt_t *query)
{
    const knot_pktsection_t *section = knot_pkt_section(query, KNOT_ADDITIONAL);
    const knot_rrset_t *first = knot_pkt_rr(section, 0);
    const knot_rrset_t *opt = query->opt_rr;
    return opt->owner[0] == 0 && opt >= first && opt < first + section->count;
}

/* Parses the message with libknot; NULL: it is broken. */
static const knot_pkt_t *parse(struct message *message, uint8_t *wire, size_t n)
{
    message->memory_used = 0;
    knot_pkt_t *query = knot_pkt_new(wire, (uint16_t)n, &message->mm);
    assert(query);
    /* Bytes behind the message do no harm, and other servers accept them too. */
    int result = knot_pkt_parse(query, KNOT_PF_KEEPWIRE | KNOT_PF_NOCANON);
    bool good = (result == KNOT_EOK || result == KNOT_ETRAIL) && query->qname_size > 0 &&
                (!query->opt_rr || is_good_opt(query));
    return good ? query : NULL;
}

/* Reads the client's serial, which is in the authority section (RFC 1995 3). */
static void read_serial(const knot_pkt_t *query, struct dns_question *out)
{
    const knot_pktsection_t *section = knot_pkt_section(query, KNOT_AUTHORITY);
    const knot_rrset_t *first = section->count ? knot_pkt_rr(section, 0) : NULL;
    struct soa soa;
    /* In another class the parser accepts empty data. */
    if (!first || first->type != KNOT_RRTYPE_SOA || first->rclass != KNOT_CLASS_IN ||
        soa_decode(str_bytes(first->rrs.rdata->data, first->rrs.rdata->len), &soa))
        return;
    out->has_serial = true;
    out->serial = soa.serial;
}

/* Reads what libknot has parsed. False: the EDNS options are broken. */
static bool read_question(const knot_pkt_t *query, struct dns_question *out)
{
    bool good = true;
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
        const knot_rdata_t *data = query->opt_rr->rrs.rdata;
        good = options_read(str_bytes(data->data, data->len), &out->options);
    }
    if (out->type == RR_IXFR)
        read_serial(query, out);
    enum status status =
        name_decode(str_bytes(knot_pkt_qname(query), query->qname_size), &out->name);
    assert(status == OK); /* libknot has checked it */
    (void)status;
    return good;
}

/* Reads a query of any shape. */
static bool read_any(struct message *message, uint8_t *wire, size_t n,
                     struct dns_question *out)
{
    const knot_pkt_t *query = parse(message, wire, n);
    return query && read_question(query, out);
}

static void read_no_opt(struct dns_question *out)
{
    out->edns = out->dnssec_ok = false;
    out->edns_size = 0;
    out->edns_version = 0;
    out->options = (struct query_options){ .nsid = false };
}

/* Reads the bytes as one OPT record. False: they are something else, or broken. */
static bool read_opt(const uint8_t *at, size_t n, struct dns_question *out)
{
    if (n < OPT_SIZE || at[0] != 0 || read_u16(at + 1) != RR_OPT ||
        read_u16(at + OPT_SIZE - LENGTH_SIZE) != n - OPT_SIZE)
        return false;
    out->edns = true;
    out->edns_size = read_u16(at + 3);
    out->edns_version = at[6];
    out->dnssec_ok = read_u16(at + 7) & OPT_FLAG_DO;
    return options_read(str_bytes(at + OPT_SIZE, n - OPT_SIZE), &out->options);
}

/* Reads the name at the beginning of the bytes into *out, in lower case. Returns its size;
 * 0: it is not whole, or it is compressed. */
static size_t read_name(const uint8_t *at, size_t n, struct name *out)
{
    size_t end = 0;
    while (end < n && at[end] != 0 && at[end] <= LABEL_SIZE)
        end += 1U + at[end];
    if (end >= n || end >= NAME_SIZE || at[end] != 0)
        return 0;
    for (size_t i = 0; i <= end; i++) /* length bytes are below 'A' */
        out->wire[i] = (uint8_t)char_lower((char)at[i]);
    out->n = (uint8_t)(end + 1);
    return end + 1;
}

bool message_peek(const uint8_t *wire, size_t n, struct name *out)
{
    return n > MESSAGE_HEADER_SIZE &&
           read_name(wire + MESSAGE_HEADER_SIZE, n - MESSAGE_HEADER_SIZE, out) > 0;
}

/* Reads a query of the usual shape: a question, and perhaps an OPT record. False: it has
 * another. */
static bool read_usual(const uint8_t *wire, size_t n, struct dns_question *out)
{
    static const uint8_t counts[] = { 0, 1, 0, 0, 0, 0, 0 };
    if (memcmp(wire + COUNTS_AT, counts, sizeof(counts)) != 0 ||
        wire[MESSAGE_HEADER_SIZE - 1] > 1)
        return false;
    size_t name_n =
        read_name(wire + MESSAGE_HEADER_SIZE, n - MESSAGE_HEADER_SIZE, &out->name);
    size_t at = MESSAGE_HEADER_SIZE + name_n + QUESTION_TAIL;
    bool edns = wire[MESSAGE_HEADER_SIZE - 1] == 1;
    if (name_n == 0 || at > n || (edns ? !read_opt(wire + at, n - at, out) : at < n))
        return false;
    if (!edns)
        read_no_opt(out);
    out->type = read_u16(wire + at - QUESTION_TAIL);
    out->class = read_u16(wire + at - 2);
    out->is_signed = out->has_serial = false;
    out->serial = 0;
    return true;
}

/* Reads a query that has no question, but an OPT record with a cookie. */
static bool read_cookie(const uint8_t *wire, size_t n, struct dns_question *out)
{
    static const uint8_t counts[] = { 0, 0, 0, 0, 0, 0, 0, 1 };
    return memcmp(wire + COUNTS_AT, counts, sizeof(counts)) == 0 &&
           read_opt(wire + MESSAGE_HEADER_SIZE, n - MESSAGE_HEADER_SIZE, out) &&
           out->options.cookie.n > 0;
}

/* Notes whether the refused message has an OPT record: then its reply needs one, too. */
static enum message_form refuse(struct message *message, const uint8_t *wire, size_t n,
                                enum message_form form)
{
    struct scanned_opt opt;
    message->edns = scan_opt(wire, n, &opt);
    message->dnssec_ok = message->edns && opt.dnssec_ok;
    return form;
}

enum message_form message_read(struct message *message, uint8_t *wire, size_t n,
                               struct dns_question *out)
{
    message->asked = NULL;
    message->class = CLASS_IN;
    message->edns = false;
    message->options = (struct reply_options){ .keepalive = 0 };
    message->error = EXTENDED_NONE;
    if (n < MESSAGE_HEADER_SIZE || n > MESSAGE_SIZE || wire[FLAGS_AT] & FLAG_QR)
        return MESSAGE_NOT_A_QUERY;
    memcpy(message->header, wire, MESSAGE_HEADER_SIZE);
    if (wire[FLAGS_AT] & OPCODE_BITS)
        return refuse(message, wire, n, MESSAGE_OTHER_OPCODE);

    bool asked = read_usual(wire, n, out) || read_any(message, wire, n, out);
    if (!asked && !read_cookie(wire, n, out))
        return refuse(message, wire, n, MESSAGE_BROKEN);
    message->edns = out->edns;
    message->dnssec_ok = out->dnssec_ok;
    if (!asked)
        return MESSAGE_COOKIE;
    message->asked = wire + MESSAGE_HEADER_SIZE;
    message->asked_n = (size_t)out->name.n + QUESTION_TAIL;
    message->class = out->class;
    return MESSAGE_QUESTION;
}

/* ----- the reply ----- */

void message_options(struct message *message, const struct reply_options *options)
{
    message->options = *options;
}

void message_explain(struct message *message, enum extended_error error)
{
    message->error = error;
}

/* Limits the records, so that the OPT record fits behind them. */
static void keep_room(struct message *message)
{
    size_t opt_n = message->edns ? OPT_SIZE + options_size(&message->options) : 0;
    size_t end = message->size > opt_n ? message->size - opt_n : 0;
    message->reply.size = end > message->reply.n ? end : message->reply.n;
}

void message_reply(struct message *message, uint8_t *at, size_t size)
{
    assert(size >= MESSAGE_REPLY_MIN);
    message->truncated = false;
    message->section = SECTION_ANSWER;
    memset(message->counts, 0, sizeof(message->counts));

    /* A question has at most 259 bytes, so that it and the OPT record always fit. */
    size_t n = MESSAGE_HEADER_SIZE;
    if (message->asked) {
        memcpy(at + n, message->asked, message->asked_n);
        n += message->asked_n;
    }
    message->size = size < MESSAGE_SIZE ? size : MESSAGE_SIZE;
    message->asked_end = n;
    packer_begin(&message->reply, at, message->size, n,
                 message->asked ? MESSAGE_HEADER_SIZE : 0);
    message->reply.class = message->class;
    keep_room(message);
}

void message_limit(struct message *message, size_t size)
{
    size_t least = message->asked_end + (message->edns ? OPT_SIZE : 0);
    size = size > least ? size : least;
    message->size = size < message->size ? size : message->size;
    keep_room(message);
}

void message_cut(struct message *message)
{
    size_t size = message->size;
    message_reply(message, message->reply.at, MESSAGE_REPLY_MIN);
    message->size = size;
    message->truncated = true;
}

void message_section(struct message *message, enum message_section section)
{
    assert(section >= message->section);
    message->section = section;
}

/* ----- sets of records ----- */

void message_set_begin(struct message *message, struct str owner, uint16_t type)
{
    struct set *set = &message->set;
    assert(owner.n <= sizeof(set->owner));
    memcpy(set->owner, owner.at, owner.n);
    set->owner_n = owner.n;
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

/* The record's slot of the table, or the free one where it belongs. */
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
    size_t at = set->n;
    if (set->full) /* what follows makes no difference */
        return;
    knot_rdata_t *copy = record_at(set, at);
    /* The bytes may be in a file that is being written to. So the copy is checked. */
    if (rdata.n <= RDATA_SIZE)
        knot_rdata_init(copy, (uint16_t)rdata.n, (const uint8_t *)rdata.at);
    rdata = str_bytes(copy->data, rdata.n);
    if (!rdata_is_whole_at(str_bytes(set->owner, set->owner_n), set->type, rdata)) {
        set->broken = true;
        return;
    }
    if (ttl_s < set->ttl_s)
        set->ttl_s = ttl_s;
    if (has_record(set, rdata))
        return;
    size_t size = knot_rdata_size(copy->len);
    if (size > SET_SIZE - at || (set->count + (size_t)1) * RECORD_MIN > message->size) {
        set->full = true;
        return;
    }
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
    return set->count == 0 && !set->full;
}

static bool put_all(struct message *message)
{
    struct set *set = &message->set;
    struct packer_mark before = packer_mark(&message->reply);
    struct packer_record record = { .owner = str_bytes(set->owner, set->owner_n),
                                    .type = set->type,
                                    .ttl_s = set->ttl_s };
    for (size_t at = 0; at < set->n;) {
        const knot_rdata_t *data = record_at(set, at);
        record.rdata = str_bytes(data->data, data->len);
        if (!packer_put(&message->reply, &record)) {
            packer_undo(&message->reply, before);
            return false;
        }
        at += knot_rdata_size(data->len);
    }
    message->counts[message->section] =
        (uint16_t)(message->counts[message->section] + set->count);
    return true;
}

enum status message_set_put(struct message *message, bool needed)
{
    const struct set *set = &message->set;
    if (message_set_is_empty(message))
        return set->broken ? ERR_SYNTAX : OK;
    if (!set->full && put_all(message))
        return OK;
    if (needed)
        message->truncated = true;
    return ERR_LIMIT;
}

/* ----- the end ----- */

static void put_opt(struct message *message, enum dns_rcode rcode)
{
    uint8_t *at = message->reply.at + message->reply.n;
    memset(at, 0, OPT_SIZE);
    packer_write_u16(at + 1, RR_OPT);
    packer_write_u16(at + 3, MESSAGE_UDP_EDNS);
    at[5] = (uint8_t)((unsigned)rcode >> 4);
    at[6] = EDNS_VERSION;
    if (message->dnssec_ok) /* RFC 3225 3: copied */
        packer_write_u16(at + 7, OPT_FLAG_DO);
    message->reply.n += OPT_SIZE;
    message->counts[SECTION_ADDITIONAL]++;

    size_t room = message->size > message->reply.n ? message->size - message->reply.n : 0;
    struct buf options = buf_on(at + OPT_SIZE, room);
    options_put(&message->options, &options);
    options_put_error(message->error, &options);
    packer_write_u16(at + OPT_SIZE - LENGTH_SIZE, options.n);
    message->reply.n += options.n;
}

size_t message_finish(struct message *message, enum dns_rcode rcode, bool authoritative)
{
    if (message->edns)
        put_opt(message, rcode);

    uint8_t *wire = message->reply.at;
    memcpy(wire, message->header, FLAGS_AT);
    unsigned flags = FLAG_QR | (message->header[FLAGS_AT] & (OPCODE_BITS | FLAG_RD));
    if (authoritative)
        flags |= FLAG_AA;
    if (message->truncated)
        flags |= FLAG_TC;
    wire[FLAGS_AT] = (uint8_t)flags;
    wire[FLAGS_AT + 1] = (uint8_t)((unsigned)rcode & RCODE_BITS);
    packer_write_u16(wire + COUNTS_AT, message->asked != NULL);
    for (size_t i = 0; i < LENGTH_OF(message->counts); i++)
        packer_write_u16(wire + COUNTS_AT + COUNT_SIZE * (i + 1), message->counts[i]);
    return message->reply.n;
}

bool message_is_truncated(const struct message *message)
{
    return message->truncated;
}
