// SPDX-License-Identifier: GPL-3.0-or-later
/* A cookie (RFC 9018 4) has the client's eight bytes, our version, three reserved bytes, the time,
 * and a hash of all that and of the client's address. */
#include "answer/cookie.h"

#include "base/buf.h"
#include "base/digest.h"
#include "base/reader.h"

#include <assert.h>
#include <string.h>

enum {
    VERSION = 1,
    VERSION_AT = COOKIE_CLIENT_SIZE,
    TIME_AT = VERSION_AT + 4,
    HASH_AT = TIME_AT + 4,
    HASHED_SIZE = HASH_AT + 16, /* with the longest address */
};
_Static_assert(HASH_AT + DIGEST_SIP_SIZE == COOKIE_SIZE, "the parts of a cookie");
_Static_assert(COOKIE_SECRET_SIZE == (int)DIGEST_SHORT_KEY_SIZE, "SipHash's key");

static void hash(const uint8_t *secret, const uint8_t cookie[COOKIE_SIZE],
                 const struct ip *client, uint8_t out[DIGEST_SIP_SIZE])
{
    uint8_t storage[HASHED_SIZE];
    struct buf hashed = BUF_ON(storage);
    buf_put(&hashed, str_bytes(cookie, HASH_AT));
    buf_put(&hashed, ip_bytes(client));
    digest_sip(secret, buf_str(&hashed), out);
}

/* The cookie's age in seconds. It has 32 bits of its time, so the nearest such time to now counts
 * (RFC 1982). */
static int64_t age_of(const uint8_t *cookie, int64_t now_s)
{
    uint32_t made = read_u32(cookie + TIME_AT);
    uint32_t age = (uint32_t)((uint64_t)now_s & UINT32_MAX) - made;
    return age <= INT32_MAX ? (int64_t)age : (int64_t)age - ((int64_t)1 << 32);
}

/* The number of the secret that made the cookie; secrets->count: none of them did. */
static size_t find_secret(const struct cookie_secrets *secrets, const uint8_t *cookie,
                          const struct ip *client)
{
    uint8_t hashed[DIGEST_SIP_SIZE];
    for (size_t i = 0; i < secrets->count; i++) {
        hash(secrets->secrets[i], cookie, client, hashed);
        if (secret_equal(str_bytes(hashed, sizeof(hashed)),
                         str_bytes(cookie + HASH_AT, sizeof(hashed))))
            return i;
    }
    return secrets->count;
}

static void make(const struct cookie_secrets *secrets, struct str cookie,
                 const struct ip *client, int64_t now_s, uint8_t out[COOKIE_SIZE])
{
    uint8_t fresh[COOKIE_SIZE] = { 0 };
    struct buf made = BUF_ON(fresh);
    buf_put(&made, str_first(cookie, COOKIE_CLIENT_SIZE));
    buf_put_u32(&made, (uint32_t)VERSION << 24);
    buf_put_u32(&made, (uint32_t)((uint64_t)now_s & UINT32_MAX));
    hash(secrets->secrets[0], fresh, client, fresh + HASH_AT);
    memcpy(out, fresh, COOKIE_SIZE);
}

bool cookie_check(const struct cookie_secrets *secrets, struct str cookie,
                  const struct ip *client, int64_t now_s, uint8_t out[COOKIE_SIZE])
{
    assert(cookie.n >= COOKIE_CLIENT_SIZE && secrets->count > 0);
    const uint8_t *at = (const uint8_t *)cookie.at;
    size_t secret = secrets->count;
    int64_t age_s = 0;
    if (cookie.n == COOKIE_SIZE && at[VERSION_AT] == VERSION) {
        age_s = age_of(at, now_s);
        if (age_s <= COOKIE_OLD_S && age_s >= -COOKIE_EARLY_S)
            secret = find_secret(secrets, at, client);
    }
    bool good = secret < secrets->count;
    if (good && secret == 0 && age_s < COOKIE_RENEW_S)
        memcpy(out, at, COOKIE_SIZE);
    else
        make(secrets, cookie, client, now_s, out);
    return good;
}
