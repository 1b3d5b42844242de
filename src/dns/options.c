// SPDX-License-Identifier: GPL-3.0-or-later
#include "dns/options.h"

#include "base/reader.h"

enum {
    OPTION_NSID = 3,
    OPTION_COOKIE = 10,
    OPTION_KEEPALIVE = 11,
    OPTION_ERROR = 15,
    NUMBER_SIZE = 2,
};

/* Whether a cookie may have this size (RFC 7873 5.2.2). */
static bool is_cookie_size(size_t n)
{
    return n == COOKIE_CLIENT_SIZE || (n >= COOKIE_SIZE_MIN && n <= COOKIE_SIZE_MAX);
}

static bool take(uint16_t code, struct str data, struct query_options *out)
{
    if (code == OPTION_NSID)
        out->nsid = true;
    if (code == OPTION_KEEPALIVE && data.n == 0)
        out->keepalive = true;
    if (code != OPTION_COOKIE)
        return true;
    if (out->cookie.n == 0) /* of several the first one counts (RFC 7873 5.2) */
        out->cookie = data;
    return is_cookie_size(data.n);
}

bool options_read(struct str bytes, struct query_options *out)
{
    *out = (struct query_options){ .cookie = STR("") };
    struct reader options = reader_on(bytes);
    while (options.rest.n > 0) {
        uint16_t code = reader_u16(&options), n = reader_u16(&options);
        struct str data = reader_bytes(&options, n);
        if (options.failed || !take(code, data, out))
            return false;
    }
    return true;
}

static size_t size_of(size_t data_n)
{
    return data_n ? OPTION_HEAD_SIZE + data_n : 0;
}

size_t options_size(const struct reply_options *options)
{
    return size_of(options->cookie.n) + size_of(options->keepalive ? NUMBER_SIZE : 0) +
           size_of(options->nsid.n);
}

static bool put_head(uint16_t code, size_t n, struct buf *out)
{
    if (n == 0 || size_of(n) > out->size - out->n)
        return false;
    buf_put_u16(out, code);
    buf_put_u16(out, (uint16_t)n);
    return true;
}

void options_put(const struct reply_options *options, struct buf *out)
{
    if (put_head(OPTION_COOKIE, options->cookie.n, out))
        buf_put(out, options->cookie);
    if (put_head(OPTION_KEEPALIVE, options->keepalive ? NUMBER_SIZE : 0, out))
        buf_put_u16(out, options->keepalive);
    if (put_head(OPTION_NSID, options->nsid.n, out))
        buf_put(out, options->nsid);
}

void options_put_error(enum extended_error error, struct buf *out)
{
    if (error != EXTENDED_NONE && put_head(OPTION_ERROR, NUMBER_SIZE, out))
        buf_put_u16(out, (uint16_t)error);
}
