// SPDX-License-Identifier: GPL-3.0-or-later
#include "answer/limit.h"

#include "answer/search.h"
#include "base/attr.h"
#include "base/throttle.h"

#include <assert.h>
#include <string.h>

enum {
    SECOND_MS = 1000,
    NETWORK_V4 = 3, /* bytes: a /24 */
    NETWORK_V6 = 7, /* bytes: a /56, which one customer gets */
    KEY_SIZE = 1 + NETWORK_V6 + LIMIT_NAME_SIZE,
};

struct throttle *limit_new(uint32_t rate)
{
    assert(rate > 0 && rate <= LIMIT_RATE_MAX);
    const struct throttle_options options = { .bytes = LIMIT_BYTES,
                                              .every_ms = SECOND_MS / rate,
                                              .burst = rate };
    return throttle_new(&options);
}

bool limit_is_error(enum dns_rcode rcode)
{
    return rcode != RCODE_NOERROR && rcode != RCODE_NXDOMAIN;
}

void limit_classify(const struct search *search, const struct name *name,
                    enum dns_rcode rcode, struct limit_reply *out)
{
    if (limit_is_error(rcode)) {
        out->kind = LIMIT_ERRORS;
        out->name = STR("");
    } else if (rcode == RCODE_NXDOMAIN || search->from_wildcard) {
        out->kind = LIMIT_NO_NAMES;
        out->name = search->zone;
    } else if (search->cut.n > 0) {
        out->kind = LIMIT_REFERRALS;
        out->name = search->cut;
    } else {
        out->kind = LIMIT_ANSWERS;
        out->name = name_bytes(name);
    }
}

bool limit_admits(struct throttle *limit, const struct ip *client,
                  const struct limit_reply *reply, int64_t now_ms)
{
    uint8_t key[KEY_SIZE] UNCLEARED;
    size_t network_n = client->family == IP_V4 ? NETWORK_V4 : NETWORK_V6;
    key[0] = (uint8_t)((unsigned)reply->kind << 4 | client->family);
    memcpy(key + 1, client->bytes, network_n);
    memcpy(key + 1 + network_n, reply->name.at, reply->name.n);
    return throttle_take_bytes(limit, str_bytes(key, 1 + network_n + reply->name.n),
                               reply->times, now_ms);
}
