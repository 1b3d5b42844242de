// SPDX-License-Identifier: GPL-3.0-or-later
#include "account/webauthn.h"

#include <assert.h>
#include <string.h>

#include "account/webauthn_key.h"
#include "base/base64.h"
#include "base/json.h"
#include "base/origin.h"
#include "base/reader.h"

/* Flags of the authenticator's data. */
enum {
    IS_PRESENT = 0x01,
    IS_VERIFIED = 0x04,
    CAN_BE_COPIED = 0x08,
    IS_COPIED = 0x10,
    HAS_KEY = 0x40,
    HAS_EXTENSIONS = 0x80
};
enum {
    ABOUT_SIZE = 64
};

const char *const webauthn_transports[] = { "usb",    "nfc",      "ble", "smart-card",
                                            "hybrid", "internal", NULL };

enum status webauthn_site_of(struct str origin, struct webauthn_site *out,
                             struct error *err)
{
    struct origin parts;
    struct ip ip;
    enum status status = origin_parse(origin, &parts, err);
    if (status)
        return FAIL(err, ERR_CONFLICT, "there are no passkeys: web.origin is not set");
    if (!ip_parse(parts.host, &ip))
        return FAIL(err, ERR_CONFLICT,
                    "there are no passkeys at " STR_FMT
                    ": browsers want a name there, not an address",
                    STR_ARG(origin));
    *out = (struct webauthn_site){ .origin = parts.text, .rp_id = parts.host };
    return OK;
}

/* The time keeps an account from being taken for one that had its number before. */
void webauthn_user_handle(const struct keys *keys, const struct account_row *account,
                          uint8_t out[WEBAUTHN_HANDLE_SIZE])
{
    char storage[ABOUT_SIZE];
    struct buf about = BUF_ON(storage);
    static_assert((int)WEBAUTHN_HANDLE_SIZE == (int)DIGEST_SIZE, "the whole digest");
    buf_printf(&about, "passkeys %lld %lld", (long long)account->id,
               (long long)account->created_s);
    struct digest digest = digest_keyed(keys->pepper, buf_str(&about));
    memcpy(out, digest.bytes, WEBAUTHN_HANDLE_SIZE);
}

/* ----- what the browser says ----- */

static enum status parse_client(struct str client, struct json **out, struct error *err)
{
    if (client.n > WEBAUTHN_CLIENT_MAX)
        return FAIL(err, ERR_DENIED, "clientDataJSON: is too long");
    if (json_parse(client, out, NULL) || !json_is_object(*out))
        return FAIL(err, ERR_DENIED, "clientDataJSON: is no JSON object");
    return OK;
}

enum status webauthn_challenge(struct str client, struct buf *out, struct error *err)
{
    CLEANUP(json_freep) struct json *json = NULL;
    enum status status = parse_client(client, &json, err);
    if (status)
        return status;
    struct str text = json_get_text(json, "challenge");
    if (text.n == 0 || base64_read(text, out))
        return FAIL(err, ERR_DENIED, "clientDataJSON: its challenge is none of ours");
    return OK;
}

/* Members that we do not know are normal: browsers add some. */
static enum status check_client(const struct webauthn_site *site, struct str client,
                                const char *type, struct error *err)
{
    CLEANUP(json_freep) struct json *json = NULL;
    bool is_foreign = false;
    enum status status = parse_client(client, &json, err);
    if (status)
        return status;
    if (!str_equal(json_get_text(json, "type"), str_from(type)))
        return FAIL(err, ERR_DENIED, "clientDataJSON: its type is not %s", type);
    if (!str_equal(json_get_text(json, "origin"), site->origin))
        return FAIL(err, ERR_DENIED, "clientDataJSON: its origin is not " STR_FMT,
                    STR_ARG(site->origin));
    const struct json *cross = json_get(json, "crossOrigin");
    if ((cross && (!json_as_bool(cross, &is_foreign) || is_foreign)) ||
        json_get(json, "topOrigin"))
        return FAIL(err, ERR_DENIED,
                    "clientDataJSON: the page was within one of another origin");
    return OK;
}

/* ----- what the authenticator says ----- */

struct data {
    unsigned flags;
    uint32_t counter;
    struct reader reader; /* behind the counter */
};

static enum status read_data(const struct webauthn_site *site, struct str bytes,
                             struct data *out, struct error *err)
{
    uint8_t wanted[DIGEST_SHA256_SIZE];
    struct reader reader = reader_on(bytes);
    struct str site_hash = reader_bytes(&reader, DIGEST_SHA256_SIZE);
    unsigned flags = reader_u8(&reader);
    uint32_t counter = reader_u32(&reader);
    if (reader.failed || bytes.n > WEBAUTHN_DATA_MAX)
        return FAIL(err, ERR_DENIED, "authenticatorData: is too %s",
                    reader.failed ? "short" : "long");
    digest_sha256(site->rp_id, wanted);
    if (!str_equal(site_hash, str_bytes(wanted, sizeof(wanted))))
        return FAIL(err, ERR_DENIED, "authenticatorData: is for another site");
    if (!(flags & IS_PRESENT) || !(flags & IS_VERIFIED))
        return FAIL(err, ERR_DENIED, "authenticatorData: nobody was asked who it is");
    if (flags & IS_COPIED && !(flags & CAN_BE_COPIED))
        return FAIL(err, ERR_DENIED, "authenticatorData: a copy of what has none");
    *out = (struct data){ .flags = flags, .counter = counter, .reader = reader };
    return OK;
}

/* Extensions are not asked for. Those that come all the same are not looked at. */
static bool ends_well(const struct data *data)
{
    return !data->reader.failed &&
           (data->reader.rest.n > 0) == ((data->flags & HAS_EXTENSIONS) != 0);
}

static enum status read_credential(const struct webauthn_registration *said,
                                   struct data *data, struct passkey_row *row,
                                   struct error *err)
{
    uint8_t storage[WEBAUTHN_COSE_MAX];
    struct buf cose = BUF_ON(storage);
    struct str aaguid = reader_bytes(&data->reader, PASSKEY_AAGUID_SIZE);
    size_t n = reader_u16(&data->reader);
    struct str credential = reader_bytes(&data->reader, n);
    if (!(data->flags & HAS_KEY) || data->reader.failed || n == 0 || n > PASSKEY_ID_MAX)
        return FAIL(err, ERR_DENIED, "authenticatorData: has no key");
    if (!str_equal(credential, said->credential))
        return FAIL(err, ERR_DENIED, "authenticatorData: is of another credential");
    enum status status = webauthn_key_check(said->algorithm, said->key, &cose, err);
    if (status)
        return status;
    struct str held = reader_bytes(&data->reader, cose.n);
    if (cose.full || !str_equal(held, buf_str(&cose)) || !ends_well(data))
        return FAIL(err, ERR_DENIED, "authenticatorData: has another key than publicKey");
    memcpy(row->aaguid, aaguid.at, PASSKEY_AAGUID_SIZE);
    memcpy(row->credential, credential.at, n);
    row->credential_n = n;
    return OK;
}

enum status webauthn_register(const struct webauthn_site *site,
                              const struct webauthn_registration *said,
                              struct passkey_row *out, struct error *err)
{
    struct data data;
    struct passkey_row row = *out;
    enum status status = check_client(site, said->said.client, "webauthn.create", err);
    if (!status)
        status = read_data(site, said->said.data, &data, err);
    if (!status)
        status = read_credential(said, &data, &row, err);
    if (status)
        return status;
    memcpy(row.key, said->key.at, said->key.n);
    row.key_n = said->key.n;
    row.algorithm = said->algorithm;
    row.counter = data.counter;
    row.can_be_copied = data.flags & CAN_BE_COPIED;
    row.is_copied = data.flags & IS_COPIED;
    *out = row;
    return OK;
}

enum status webauthn_assert(const struct webauthn_site *site,
                            const struct webauthn_assertion *said,
                            struct webauthn_use *out, struct error *err)
{
    struct data data;
    enum status status = check_client(site, said->said.client, "webauthn.get", err);
    if (!status)
        status = read_data(site, said->said.data, &data, err);
    if (status)
        return status;
    if (data.flags & HAS_KEY || !ends_well(&data))
        return FAIL(err, ERR_DENIED, "authenticatorData: has more in it than it should");
    *out = (struct webauthn_use){ .counter = data.counter,
                                  .can_be_copied = data.flags & CAN_BE_COPIED,
                                  .is_copied = data.flags & IS_COPIED };
    return OK;
}

enum status webauthn_verify(const struct passkey_row *passkey,
                            const struct webauthn_assertion *said, struct error *err)
{
    uint8_t storage[WEBAUTHN_DATA_MAX + DIGEST_SHA256_SIZE], client[DIGEST_SHA256_SIZE];
    struct buf message = BUF_ON(storage);
    digest_sha256(said->said.client, client);
    buf_put(&message, said->said.data);
    buf_put(&message, str_bytes(client, sizeof(client)));
    if (message.full || said->signature.n > WEBAUTHN_SIGNATURE_MAX)
        return FAIL(err, ERR_DENIED, "signature: is too long");
    return webauthn_key_verify(passkey->algorithm,
                               str_bytes(passkey->key, passkey->key_n), buf_str(&message),
                               said->signature, err);
}

bool webauthn_counter_rises(uint32_t last, uint32_t now)
{
    return now > last || (now == 0 && last == 0);
}
