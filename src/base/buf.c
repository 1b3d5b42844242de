// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Room for `n` bytes, which count as written; NULL: it does not fit. */
static uint8_t *claim(struct buf *buf, size_t n)
{
    if (buf->full || n > buf->size - buf->n) {
        buf->full = true;
        return NULL;
    }
    uint8_t *at = buf->at + buf->n;
    buf->n += n;
    return at;
}

void buf_put(struct buf *buf, struct str bytes)
{
    uint8_t *at = bytes.n ? claim(buf, bytes.n) : NULL;
    if (at)
        memcpy(at, bytes.at, bytes.n);
}

void buf_put_u8(struct buf *buf, uint8_t value)
{
    uint8_t *at = claim(buf, 1);
    if (at)
        *at = value;
}

/* The low `n` bytes of `value`, the highest first. */
static void put_big_endian(struct buf *buf, uint64_t value, size_t n)
{
    uint8_t *at = claim(buf, n);
    for (size_t i = 0; at && i < n; i++)
        at[i] = (uint8_t)(value >> (8 * (n - 1 - i)) & 0xff);
}

void buf_put_u16(struct buf *buf, uint16_t value)
{
    put_big_endian(buf, value, 2);
}

void buf_put_u32(struct buf *buf, uint32_t value)
{
    put_big_endian(buf, value, 4);
}

void buf_put_u64(struct buf *buf, uint64_t value)
{
    put_big_endian(buf, value, 8);
}

void buf_put_u32le(struct buf *buf, uint32_t value)
{
    buf_put_u32(buf, __builtin_bswap32(value));
}

void buf_put_text(struct buf *buf, const char *text)
{
    buf_put(buf, str_from(text));
}

void buf_put_decimal(struct buf *buf, uint64_t value)
{
    char digits[20]; /* 2^64 has that many */
    size_t at = sizeof(digits);
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    buf_put(buf, str_bytes(digits + at, sizeof(digits) - at));
}

void buf_put_hex(struct buf *buf, struct str bytes)
{
    static const char digits[] = "0123456789abcdef";
    if (bytes.n > SIZE_MAX / 2) {
        buf->full = true;
        return;
    }
    uint8_t *at = claim(buf, 2 * bytes.n);
    for (size_t i = 0; at && i < bytes.n; i++) {
        uint8_t byte = (uint8_t)bytes.at[i];
        at[2 * i] = (uint8_t)digits[byte >> 4];
        at[2 * i + 1] = (uint8_t)digits[byte & 15];
    }
}

/* vsnprintf() needs room for a zero byte, which the text here does not have. So a text that just
 * fits goes through a buffer of its own. */
void buf_printf(struct buf *buf, const char *fmt, ...)
{
    enum {
        PIECE = 1024
    };
    char piece[PIECE];
    va_list arguments, again;
    va_start(arguments, fmt);
    va_copy(again, arguments);
    int n = vsnprintf(piece, sizeof(piece), fmt, arguments);
    va_end(arguments);
    if (n >= 0 && (size_t)n < sizeof(piece))
        buf_put(buf, str_bytes(piece, (size_t)n));
    else if (n < 0 || buf->full || (size_t)n >= buf->size - buf->n)
        buf->full = true;
    else
        buf->n += (size_t)vsnprintf((char *)buf->at + buf->n, (size_t)n + 1, fmt, again);
    va_end(again);
}

struct str buf_str(const struct buf *buf)
{
    return str_bytes(buf->at, buf->n);
}

char *buf_text(struct buf *buf)
{
    assert(buf->size > 0);
    if (buf->n == buf->size) {
        buf->full = true;
        buf->n--;
    }
    buf->at[buf->n] = '\0';
    return (char *)buf->at;
}
