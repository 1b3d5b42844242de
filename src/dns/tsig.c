// SPDX-License-Identifier: GPL-3.0-or-later
/* Signs messages and checks signatures. libknot computes and compares them. This file chooses the
 * key and the error, and writes the record of an error that cannot be signed. libknot changes
 * messages when it parses them, so it gets a copy. No ordinary query comes here. */
#include "dns/tsig.h"

#include "base/mem.h"
#include "base/reader.h"

#include <string.h>
#include <time.h>

#include <libknot/errcode.h>
#include <libknot/error.h>
#include <libknot/packet/pkt.h>
#include <libknot/tsig-op.h>
#include <libknot/tsig.h>

enum {
    RR_TSIG = 250,
    CLASS_ANY = 255,
    ARCOUNT_AT = 10,
    HEADER_SIZE = 12,
    MAC_SIZE_MIN = 10,    /* RFC 8945 5.2.2.1 */
    FIXED_SIZE = 10 + 16, /* a TSIG record without its names and its MAC */
    TIME_HIGH_SHIFT = 32,
};

static const struct {
    const char *name;
    dnssec_tsig_algorithm_t knot;
    size_t mac_n;
} algorithms[] = {
    [TSIG_HMAC_SHA256] = { "hmac-sha256", DNSSEC_TSIG_HMAC_SHA256, 32 },
    [TSIG_HMAC_SHA384] = { "hmac-sha384", DNSSEC_TSIG_HMAC_SHA384, 48 },
    [TSIG_HMAC_SHA512] = { "hmac-sha512", DNSSEC_TSIG_HMAC_SHA512, 64 },
};

/* ----- keys ----- */

static enum status parse_algorithm(struct str text, enum tsig_algorithm *out,
                                   struct error *err)
{
    for (size_t i = 0; i < LENGTH_OF(algorithms); i++) {
        if (str_equal_any_case(text, str_from(algorithms[i].name))) {
            *out = (enum tsig_algorithm)i;
            return OK;
        }
    }
    return FAIL(err, ERR_SYNTAX,
                "algorithm " STR_FMT " is none of hmac-sha256, hmac-sha384, hmac-sha512",
                STR_ARG(text));
}

static void deinit(knot_tsig_key_t *key)
{
    if (key->secret.data)
        mem_wipe(key->secret.data, key->secret.size);
    knot_tsig_key_deinit(key);
}

static enum status parse_secret(struct str text, struct tsig_key *key, struct error *err)
{
    char base64[TSIG_SECRET_SIZE * 2];
    CLEANUP(deinit) knot_tsig_key_t knot = { 0 };
    struct buf out = BUF_ON(base64);
    buf_put(&out, str_trim(text));
    buf_put_u8(&out, 0);
    int result = KNOT_EMALF;
    if (!out.full)
        result = knot_tsig_key_init(&knot, algorithms[key->algorithm].name, ".", base64);
    mem_wipe(base64, sizeof(base64));
    if (out.full || (result == KNOT_EOK && knot.secret.size > TSIG_SECRET_SIZE))
        return FAIL(err, ERR_LIMIT, "secret of more than %d bytes", TSIG_SECRET_SIZE);
    if (result != KNOT_EOK)
        return FAIL(err, ERR_SYNTAX, "the secret is not base64");
    if (knot.secret.size < TSIG_SECRET_MIN)
        return FAIL(err, ERR_LIMIT, "secret of less than %d bytes", TSIG_SECRET_MIN);
    memcpy(key->secret, knot.secret.data, knot.secret.size);
    key->secret_n = knot.secret.size;
    return OK;
}

enum status tsig_key_parse(struct str name, struct str algorithm, struct str secret,
                           struct tsig_key *out, struct error *err)
{
    struct tsig_key key = { .secret_n = 0 };
    enum status status = name_parse(name, &key.name, err);
    if (!status && key.name.n > TSIG_KEY_NAME_SIZE)
        return FAIL(err, ERR_LIMIT, "key name of more than %d bytes", TSIG_KEY_NAME_SIZE);
    if (!status)
        status = parse_algorithm(algorithm, &key.algorithm, err);
    if (!status)
        status = parse_secret(secret, &key, err);
    if (!status)
        *out = key;
    mem_wipe(&key, sizeof(key));
    return status;
}

/* The key for libknot, which only reads it. */
static knot_tsig_key_t knot_key(struct tsig_key *copy)
{
    return (knot_tsig_key_t){
        .algorithm = algorithms[copy->algorithm].knot,
        .name = copy->name.wire,
        .secret = { .size = copy->secret_n, .data = copy->secret },
    };
}

/* ----- checking ----- */

/* Checks the packet with the exchange's key; returns libknot's error. */
static int check(const struct tsig *tsig, const knot_pkt_t *packet, bool is_reply)
{
    struct tsig_key copy = *tsig->key;
    knot_tsig_key_t key = knot_key(&copy);
    int result =
        is_reply
            ? knot_tsig_client_check(packet->tsig_rr, packet->wire, packet->size,
                                     tsig->mac, tsig->mac_n, &key, 0)
            : knot_tsig_server_check(packet->tsig_rr, packet->wire, packet->size, &key);
    mem_wipe(&copy, sizeof(copy));
    return result;
}

/* Whether the key has a secret. Without one anybody could sign. */
static bool is_usable(const struct tsig_key *key)
{
    return key->secret_n >= TSIG_SECRET_MIN;
}

static const struct tsig_key *find_key(const struct tsig *tsig,
                                       const struct tsig_key *keys, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct name algorithm;
        if (is_usable(&keys[i]) && name_equal(&keys[i].name, &tsig->key_name) &&
            name_parse(str_from(algorithms[keys[i].algorithm].name), &algorithm, NULL) ==
                OK &&
            name_equal(&algorithm, &tsig->algorithm))
            return &keys[i];
    }
    return NULL;
}

static enum tsig_verdict fail(struct tsig *tsig, enum tsig_error error)
{
    tsig->error = (uint16_t)error;
    return TSIG_BAD;
}

/* Judges a packet that has a TSIG record; tsig->key is the key that it names. */
static enum tsig_verdict judge(struct tsig *tsig, const knot_pkt_t *packet, bool is_reply)
{
    size_t whole = algorithms[tsig->key->algorithm].mac_n;
    size_t n = knot_tsig_rdata_mac_length(packet->tsig_rr);
    if (n > whole || (n < whole && (n < MAC_SIZE_MIN || n < whole / 2)))
        return TSIG_BROKEN;
    if (n < whole)
        return fail(tsig, TSIG_BADTRUNC); /* RFC 8945 allows short MACs; we do not */
    switch (check(tsig, packet, is_reply)) {
    case KNOT_EOK:
        break;
    case KNOT_TSIG_EBADTIME:
        tsig->error = TSIG_BADTIME;
        break;
    default:
        return fail(tsig, TSIG_BADSIG);
    }
    memcpy(tsig->mac, knot_tsig_rdata_mac(packet->tsig_rr), n);
    tsig->mac_n = n;
    return tsig->error ? TSIG_BAD : TSIG_GOOD;
}

static enum status read_names(struct tsig *tsig, const knot_rrset_t *record)
{
    const knot_dname_t *algorithm = knot_tsig_rdata_alg_name(record);
    enum status status = name_decode(
        str_bytes(record->owner, knot_dname_size(record->owner)), &tsig->key_name);
    return status ? status
                  : name_decode(str_bytes(algorithm, knot_dname_size(algorithm)),
                                &tsig->algorithm);
}

/* RFC 8945 5.2: there is one TSIG record, the last of all, of class ANY and with TTL 0. */
static bool has_good_form(const knot_pkt_t *packet)
{
    const knot_rrset_t *record = packet->tsig_rr;
    return record->rclass == CLASS_ANY && record->ttl == 0 && record->rrs.count == 1 &&
           knot_tsig_rdata_is_ok(record);
}

static void free_packet(knot_pkt_t *const *held)
{
    knot_pkt_free(*held);
}

/* Checks a message, and changes it. `keys` NULL: it is a reply, and tsig->key is its key. */
static enum tsig_verdict check_copy(struct tsig *tsig, const struct tsig_key *keys,
                                    size_t count, uint8_t *wire, size_t n)
{
    CLEANUP(free_packet) knot_pkt_t *packet = knot_pkt_new(wire, (uint16_t)n, NULL);
    int result = packet ? knot_pkt_parse(packet, 0) : KNOT_ENOMEM;
    if (result == KNOT_ETRAIL && !knot_pkt_has_tsig(packet))
        return TSIG_NONE;
    if (result != KNOT_EOK)
        return TSIG_BROKEN;
    if (!knot_pkt_has_tsig(packet))
        return TSIG_NONE;
    if (!has_good_form(packet) || read_names(tsig, packet->tsig_rr))
        return TSIG_BROKEN;
    tsig->time_s = knot_tsig_rdata_time_signed(packet->tsig_rr);
    const struct tsig_key *key =
        keys ? find_key(tsig, keys, count) : find_key(tsig, tsig->key, 1);
    if (!key)
        return fail(tsig, TSIG_BADKEY);
    tsig->key = key;
    /* A forwarder may have changed the message's id (RFC 8945 5.3.1). */
    uint16_t id = knot_tsig_rdata_orig_id(packet->tsig_rr);
    packet->wire[0] = (uint8_t)(id >> 8);
    packet->wire[1] = (uint8_t)(id & 0xff);
    return judge(tsig, packet, keys == NULL);
}

static enum tsig_verdict check_wire(struct tsig *tsig, const struct tsig_key *keys,
                                    size_t count, const uint8_t *wire, size_t n)
{
    if (n < HEADER_SIZE || n > UINT16_MAX)
        return TSIG_BROKEN;
    if (wire[ARCOUNT_AT] == 0 && wire[ARCOUNT_AT + 1] == 0)
        return TSIG_NONE;
    CLEANUP(mem_freep) uint8_t *copy = (uint8_t *)mem_new(n);
    memcpy(copy, wire, n);
    return check_copy(tsig, keys, count, copy, n);
}

enum tsig_verdict tsig_check_reply(struct tsig *tsig, const uint8_t *wire, size_t n)
{
    tsig->error = 0; /* forget the error of a forged reply that came before */
    return check_wire(tsig, NULL, 0, wire, n);
}

enum tsig_verdict tsig_check_request(struct tsig *tsig, const struct tsig_key *keys,
                                     size_t count, const uint8_t *wire, size_t n)
{
    static const struct tsig_key none;
    *tsig = (struct tsig){ .key = NULL };
    enum tsig_verdict verdict = check_wire(tsig, keys ? keys : &none, count, wire, n);
    /* Without a valid signature nothing signed is sent back, except for a wrong time. */
    if (verdict != TSIG_GOOD && tsig->error != TSIG_BADTIME)
        tsig->key = NULL;
    return verdict;
}

/* ----- signing ----- */

size_t tsig_room(const struct tsig *tsig)
{
    if (tsig->key)
        return TSIG_ROOM;
    return tsig->error ? (size_t)tsig->key_name.n + tsig->algorithm.n + FIXED_SIZE : 0;
}

/* Signs a message of the exchange; tsig->mac becomes the message's MAC. */
static int sign(struct tsig *tsig, uint8_t *wire, size_t *n, size_t size)
{
    struct tsig_key copy = *tsig->key;
    knot_tsig_key_t key = knot_key(&copy);
    uint8_t mac[TSIG_MAC_SIZE];
    size_t mac_n = sizeof(mac);
    int result =
        tsig->continued
            ? knot_tsig_sign_next(wire, n, size, tsig->mac, tsig->mac_n, mac, &mac_n,
                                  &key, wire, *n)
            : knot_tsig_sign(wire, n, size, tsig->mac_n ? tsig->mac : NULL, tsig->mac_n,
                             mac, &mac_n, &key, tsig->error, tsig->time_s);
    mem_wipe(&copy, sizeof(copy));
    if (result == KNOT_EOK) {
        memcpy(tsig->mac, mac, mac_n);
        tsig->mac_n = mac_n;
    }
    return result;
}

enum status tsig_sign_request(struct tsig *tsig, const struct tsig_key *key,
                              uint8_t *wire, size_t *n, size_t size, struct error *err)
{
    *tsig = (struct tsig){ .key = key };
    if (!is_usable(key))
        return FAIL(err, ERR_LIMIT, "the key %s has no secret", name_text(&key->name));
    if (size < TSIG_ROOM || *n > size - TSIG_ROOM)
        return FAIL(err, ERR_LIMIT, "no room for a signature");
    int result = sign(tsig, wire, n, size);
    return result == KNOT_EOK
               ? OK
               : FAIL(err, ERR_IO, "cannot sign: %s", knot_strerror(result));
}

/* Writes the TSIG record of an error, without a MAC (RFC 8945 5.3.2). */
static void put_error(const struct tsig *tsig, const uint8_t *wire, struct buf *out)
{
    uint64_t time_s = tsig->time_s;
    buf_put(out, name_bytes(&tsig->key_name));
    buf_put_u16(out, RR_TSIG);
    buf_put_u16(out, CLASS_ANY);
    buf_put_u32(out, 0);
    buf_put_u16(out, (uint16_t)(tsig->algorithm.n + 16));
    buf_put(out, name_bytes(&tsig->algorithm));
    buf_put_u16(out, (uint16_t)(time_s >> TIME_HIGH_SHIFT));
    buf_put_u32(out, (uint32_t)(time_s & UINT32_MAX));
    buf_put_u16(out, TSIG_FUDGE_S);
    buf_put_u16(out, 0);
    buf_put(out, str_bytes(wire, 2)); /* the id */
    buf_put_u16(out, tsig->error);
    buf_put_u16(out, 0);
}

static void add_error(const struct tsig *tsig, uint8_t *wire, size_t *n, size_t size)
{
    struct buf out = { .at = wire, .n = *n, .size = size };
    put_error(tsig, wire, &out);
    *n = out.n;
    unsigned count = read_u16(wire + ARCOUNT_AT) + 1U;
    wire[ARCOUNT_AT] = (uint8_t)(count >> 8);
    wire[ARCOUNT_AT + 1] = (uint8_t)(count & 0xff);
}

enum status tsig_sign_reply(struct tsig *tsig, uint8_t *wire, size_t *n, size_t size)
{
    if (!tsig->key && !tsig->error)
        return OK;
    size_t room = tsig_room(tsig);
    if (size < room || *n > size - room)
        return ERR_LIMIT;
    if (!tsig->key) {
        add_error(tsig, wire, n, size);
        return OK;
    }
    if (sign(tsig, wire, n, size) != KNOT_EOK)
        return ERR_LIMIT;
    tsig->continued = true;
    return OK;
}
