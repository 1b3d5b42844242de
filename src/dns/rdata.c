// SPDX-License-Identifier: GPL-3.0-or-later
/* Checks record data by their type's layout. A layout is a text in which each character names a
 * part of the data. */
#include "dns/rdata.h"

#include <stdlib.h>

#include "base/attr.h"
#include "dns/rdata_part.h"

enum {
    RR_NSEC3 = 50
};

/* 1 to 9  so many bytes
 * n       a name
 * s       a string, of a length byte and so many bytes
 * S       the same, not empty
 * w       one or more strings, up to the end
 * o       perhaps one more string
 * *       all that is left
 * +       the same, at least one byte
 * d       kind of a digest and the digest (DS)
 * f       kind of a fingerprint and the fingerprint (SSHFP)
 * z       scheme, kind and digest of a zone (ZONEMD)
 * t T     types; T: at least one
 * N       types as RFC 2535 5.2 has them
 * k       flags, and a key unless they say that there is none (KEY)
 * 0       two bytes of zero
 * v       two bytes, not both zero (the type that a signature covers)
 * X       at least four digits in a string (X25)
 * e       format and address of ATM; a telephone number is of digits
 * c       a tag of letters and digits in a string (CAA)
 * b       a bit for each port, up to the end (WKS)
 * r p a l g y h x   the parts of rdata_part.h from substitutions on, in its order without types */
struct layout {
    uint16_t type;
    const char *parts;
};

/* Sorted by type. */
static const struct layout layouts[] = {
    { RR_A, "4" },
    { RR_NS, "n" },
    { 3 /* MD */, "n" },
    { 4 /* MF */, "n" },
    { RR_CNAME, "n" },
    { RR_SOA, "nn992" },
    { 7 /* MB */, "n" },
    { 8 /* MG */, "n" },
    { 9 /* MR */, "n" },
    { 10 /* NULL */, "+" },
    { 11 /* WKS */, "5b" },
    { RR_PTR, "n" },
    { 13 /* HINFO */, "ss" },
    { 14 /* MINFO */, "nn" },
    { RR_MX, "2n" },
    { RR_TXT, "w" },
    { 17 /* RP */, "nn" },
    { 18 /* AFSDB */, "2n" },
    { 19 /* X25 */, "X" },
    { 20 /* ISDN */, "so" },
    { 21 /* RT */, "2n" },
    { 22 /* NSAP */, "+" },
    { 23 /* NSAP-PTR */, "n" },
    { 24 /* SIG */, "v97n+" },
    { 25 /* KEY */, "k" },
    { 26 /* PX */, "2nn" },
    { 27 /* GPOS */, "SSS" },
    { RR_AAAA, "97" },
    { 29 /* LOC */, "l" },
    { 30 /* NXT */, "nN" },
    { 31 /* EID */, "+" },
    { 32 /* NIMLOC */, "+" },
    { RR_SRV, "6n" },
    { 34 /* ATMA */, "e" },
    { RR_NAPTR, "4ssrn" },
    { 36 /* KX */, "2n" },
    { 37 /* CERT */, "5+" },
    { 38 /* A6 */, "x" },
    { 39 /* DNAME */, "n" },
    { 40 /* SINK */, "3*" },
    { 42 /* APL */, "a" },
    { 43 /* DS */, "3d" },
    { RR_SSHFP, "1f" },
    { 45 /* IPSECKEY */, "1g+" },
    { 46 /* RRSIG */, "v97n+" },
    { 47 /* NSEC */, "nT" },
    { 48 /* DNSKEY */, "4+" },
    { 49 /* DHCID */, "+" },
    { RR_NSEC3, "4sSt" },
    { 51 /* NSEC3PARAM */, "4s" },
    { RR_TLSA, "3+" },
    { 53 /* SMIMEA */, "3+" },
    { 55 /* HIP */, "h" },
    { 56 /* NINFO */, "w" },
    { 57 /* RKEY */, "02+" },
    { 58 /* TALINK */, "nn" },
    { 59 /* CDS */, "3d" },
    { 60 /* CDNSKEY */, "4+" },
    { 61 /* OPENPGPKEY */, "+" },
    { 62 /* CSYNC */, "6t" },
    { 63 /* ZONEMD */, "4z" },
    { RR_SVCB, "2np" },
    { RR_HTTPS, "2np" },
    { 99 /* SPF */, "w" },
    { 104 /* NID */, "91" },
    { 105 /* L32 */, "6" },
    { 106 /* L64 */, "91" },
    { 107 /* LP */, "2n" },
    { 108 /* EUI48 */, "6" },
    { 109 /* EUI64 */, "8" },
    { 256 /* URI */, "4*" },
    { RR_CAA, "1c*" },
    { 258 /* AVC */, "w" },
    { 259 /* DOA */, "9s*" },
    { 260 /* AMTRELAY */, "1y" },
    { 261 /* RESINFO */, "w" },
    { 32768 /* TA */, "3d" },
    { 32769 /* DLV */, "3d" },
};

enum {
    ATM_TELEPHONE = 1,  /* a format */
    PORTS_MAX = 8192,   /* bytes: a bit for each port */
    X25_DIGITS_MIN = 4, /* RFC 1183 3.1 */
    DIGEST_MIN = 12,    /* of a zone's digest of an unknown kind (RFC 8976 2.2.4) */
    NXT_TYPES_MAX = 16, /* bytes */
    KEY_NONE = 0xc0,    /* of the flags (RFC 2535 3.1.2) */
};

/* The sizes of digests of known kinds. A digest of another kind may have any size except 0. */
struct digest_size {
    uint8_t kind, n;
};
static const struct digest_size delegation_digests[] = { { 1, 20 },
                                                         { 2, 32 },
                                                         { 4, 48 } };
static const struct digest_size fingerprints[] = { { 1, 20 }, { 2, 32 } };
static const struct digest_size zone_digests[] = { { 1, 48 }, { 2, 64 } };

static bool take_rest(struct reader *in, size_t min, size_t max)
{
    size_t n = reader_rest(in).n;
    return n >= min && n <= max;
}

static bool take_digest(struct reader *in, const struct digest_size *sizes, size_t count,
                        size_t min)
{
    uint8_t kind = reader_u8(in);
    for (size_t i = 0; i < count; i++)
        if (sizes[i].kind == kind)
            return take_rest(in, sizes[i].n, sizes[i].n);
    return take_rest(in, min, SIZE_MAX);
}

/* Takes a map of bits, whose last byte is not zero. */
static bool take_bits(struct reader *in, size_t max)
{
    struct str bits = reader_rest(in);
    return bits.n <= max && (bits.n == 0 || rdata_byte(bits, bits.n - 1) != 0);
}

static bool take_key(struct reader *in)
{
    bool has_none = (reader_u8(in) & KEY_NONE) == KEY_NONE;
    (void)reader_bytes(in, 3); /* the other flags, protocol, algorithm */
    return has_none || take_rest(in, 1, SIZE_MAX);
}

static bool take_strings(struct reader *in)
{
    do
        (void)rdata_take_string(in);
    while (in->rest.n > 0);
    return true;
}

static bool is_made_of(struct str text, bool letters)
{
    for (size_t i = 0; i < text.n; i++)
        if (!char_is_digit(text.at[i]) && !(letters && char_is_alpha(text.at[i])))
            return false;
    return true;
}

static bool take_full_string(struct reader *in, size_t min)
{
    return rdata_take_string(in).n >= min;
}

static bool take_digits(struct reader *in)
{
    struct str text = rdata_take_string(in);
    return text.n >= X25_DIGITS_MIN && is_made_of(text, false);
}

static bool take_tag(struct reader *in)
{
    struct str text = rdata_take_string(in);
    return text.n > 0 && is_made_of(text, true);
}

static bool take_atm_address(struct reader *in)
{
    uint8_t format = reader_u8(in);
    struct str address = reader_rest(in);
    return address.n > 0 && (format != ATM_TELEPHONE || is_made_of(address, false));
}

/* Takes strings, and parts that have all bytes that are left. */
static bool take_plain(char part, struct reader *in)
{
    switch (part) {
    case 'n':
        return rdata_take_name(in);
    case 's':
        return take_full_string(in, 0);
    case 'S':
        return take_full_string(in, 1);
    case 'w':
        return take_strings(in);
    case 'o':
        return in->rest.n == 0 || take_full_string(in, 0);
    case '*':
        return take_rest(in, 0, SIZE_MAX);
    case '+':
        return take_rest(in, 1, SIZE_MAX);
    case 'b':
        return take_bits(in, PORTS_MAX);
    case 'X':
        return take_digits(in);
    case 'c':
        return take_tag(in);
    case 'e':
        return take_atm_address(in);
    default:
        (void)reader_bytes(in, (size_t)(part - '0'));
        return true;
    }
}

static bool take_part(char part, struct reader *in)
{
    switch (part) {
    case 'd':
        return take_digest(in, delegation_digests, LENGTH_OF(delegation_digests), 1);
    case 'f':
        return take_digest(in, fingerprints, LENGTH_OF(fingerprints), 0);
    case 'z':
        (void)reader_u8(in); /* the scheme */
        return take_digest(in, zone_digests, LENGTH_OF(zone_digests), DIGEST_MIN);
    case 't':
        return rdata_take_types(in);
    case 'T':
        return in->rest.n > 0 && rdata_take_types(in);
    case 'N':
        /* If the first bit is set, the list of types has another format. */
        return (in->rest.n == 0 || rdata_byte(in->rest, 0) < 0x80) &&
               take_bits(in, NXT_TYPES_MAX);
    case 'k':
        return take_key(in);
    case '0':
        return reader_u16(in) == 0;
    case 'v':
        return reader_u16(in) != 0;
    case 'r':
        return rdata_take_substitution(in);
    case 'p':
        return rdata_take_parameters(in);
    case 'a':
        return rdata_take_prefixes(in);
    case 'l':
        return rdata_take_place(in);
    case 'g':
        return rdata_take_gateway(in);
    case 'y':
        return rdata_take_relay(in);
    case 'h':
        return rdata_take_host_identity(in);
    case 'x':
        return rdata_take_suffix(in);
    default:
        return take_plain(part, in);
    }
}

static int compare_layout(const void *key, const void *item)
{
    const uint16_t *type = (const uint16_t *)key;
    const struct layout *layout = (const struct layout *)item;
    return (*type > layout->type) - (*type < layout->type);
}

static const char *find_parts(uint16_t type)
{
    if (type == RR_A || type == RR_AAAA) /* nearly all records */
        return type == RR_A ? "4" : "97";
    const struct layout *layout = (const struct layout *)bsearch(
        &type, layouts, LENGTH_OF(layouts), sizeof(layouts[0]), compare_layout);
    return layout ? layout->parts : "*";
}

/* Whether the label has only digits of base 32 (RFC 4648 7), like the first label of an NSEC3
 * record's owner. */
static bool is_hash(struct str label)
{
    for (size_t i = 0; i < label.n; i++) {
        char c = char_lower(label.at[i]);
        if (!char_is_digit(c) && (c < 'a' || c > 'v'))
            return false;
    }
    return true;
}

static bool fits_owner(struct str owner, uint16_t type, struct str rdata)
{
    if (type != RR_NSEC3)
        return true;
    struct reader data = reader_on(rdata), name = reader_on(owner);
    (void)reader_bytes(&data, 4);
    (void)rdata_take_string(&data); /* the salt */
    size_t hash_n = rdata_take_string(&data).n;
    struct str label = rdata_take_string(&name);
    return label.n == (hash_n * 8 + 4) / 5 && is_hash(label);
}

bool rdata_is_whole(uint16_t type, struct str rdata)
{
    if (rdata.n > RDATA_SIZE)
        return false;
    struct reader in = reader_on(rdata);
    for (const char *part = find_parts(type); *part; part++)
        if (!take_part(*part, &in))
            return false;
    return reader_is_done(&in);
}

bool rdata_is_whole_at(struct str owner, uint16_t type, struct str rdata)
{
    return rdata_is_whole(type, rdata) && fits_owner(owner, type, rdata);
}

bool record_is_whole(const struct record *record)
{
    struct str owner = record->wildcard ? STR("\1*") : name_bytes(&record->owner);
    return rdata_is_whole_at(owner, record->type, record->rdata);
}
