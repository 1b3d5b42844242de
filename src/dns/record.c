// SPDX-License-Identifier: GPL-3.0-or-later
#include "dns/record.h"

#include "base/reader.h"

/* The types with a name. Any other one is written as TYPE and its number (RFC 3597 5). */
static const struct {
    uint16_t type;
    const char *text;
} type_names[] = {
    { RR_A, "A" },       { RR_NS, "NS" },     { RR_CNAME, "CNAME" }, { RR_SOA, "SOA" },
    { RR_PTR, "PTR" },   { 13, "HINFO" },     { RR_MX, "MX" },       { RR_TXT, "TXT" },
    { RR_AAAA, "AAAA" }, { RR_SRV, "SRV" },   { 35, "NAPTR" },       { 39, "DNAME" },
    { RR_OPT, "OPT" },   { 43, "DS" },        { 44, "SSHFP" },       { 46, "RRSIG" },
    { 47, "NSEC" },      { 48, "DNSKEY" },    { 52, "TLSA" },        { 64, "SVCB" },
    { 65, "HTTPS" },     { RR_IXFR, "IXFR" }, { RR_AXFR, "AXFR" },   { RR_ANY, "ANY" },
    { 256, "URI" },      { 257, "CAA" },
};

enum status sink_record(const struct record_sink *sink, const struct record *record,
                        struct error *err)
{
    return sink->record(sink->ctx, record, err);
}

enum status sink_location(const struct record_sink *sink,
                          const struct location_rule *rule, struct error *err)
{
    return sink->location ? sink->location(sink->ctx, rule, err) : OK;
}

void soa_encode(const struct soa *soa, struct buf *out)
{
    buf_put(out, name_bytes(&soa->mname));
    buf_put(out, name_bytes(&soa->rname));
    buf_put_u32(out, soa->serial);
    buf_put_u32(out, soa->refresh_s);
    buf_put_u32(out, soa->retry_s);
    buf_put_u32(out, soa->expire_s);
    buf_put_u32(out, soa->minimum_s);
}

/* The size of the name at the front: up to and with the first zero length byte, or all bytes. */
static size_t measure_name(struct str bytes)
{
    size_t at = 0;
    while (at < bytes.n && bytes.at[at] != 0)
        at += 1U + (uint8_t)bytes.at[at];
    return at < bytes.n ? at + 1 : bytes.n;
}

enum status soa_decode(struct str rdata, struct soa *out)
{
    struct soa soa = { .serial = 0 };
    struct reader from = reader_on(rdata);
    struct name *const names[] = { &soa.mname, &soa.rname };
    for (size_t i = 0; i < LENGTH_OF(names); i++) {
        if (name_decode(reader_bytes(&from, measure_name(from.rest)), names[i]))
            return ERR_SYNTAX;
    }
    soa.serial = reader_u32(&from);
    soa.refresh_s = reader_u32(&from);
    soa.retry_s = reader_u32(&from);
    soa.expire_s = reader_u32(&from);
    soa.minimum_s = reader_u32(&from);
    if (!reader_is_done(&from))
        return ERR_SYNTAX;
    *out = soa;
    return OK;
}

bool serial_is_newer(uint32_t a, uint32_t b)
{
    /* Two serials exactly half the range apart have no order (RFC 1982 3.2): neither is newer. */
    uint32_t ahead = (uint32_t)(((uint64_t)a + (1ULL << 32) - b) & UINT32_MAX);
    return ahead > 0 && ahead < 1U << 31;
}

void rr_type_format(uint16_t type, struct buf *out)
{
    for (size_t i = 0; i < LENGTH_OF(type_names); i++)
        if (type_names[i].type == type) {
            buf_put_text(out, type_names[i].text);
            return;
        }
    buf_put_text(out, "TYPE");
    buf_put_decimal(out, type);
}

enum status rr_type_parse(struct str text, uint16_t *out)
{
    for (size_t i = 0; i < LENGTH_OF(type_names); i++)
        if (str_equal_any_case(text, str_from(type_names[i].text))) {
            *out = type_names[i].type;
            return OK;
        }
    uint64_t type = 0;
    if (!str_equal_any_case(str_first(text, 4), STR("TYPE")) ||
        str_to_u64(str_from_at(text, 4), UINT16_MAX, &type))
        return ERR_SYNTAX;
    *out = (uint16_t)type;
    return OK;
}
