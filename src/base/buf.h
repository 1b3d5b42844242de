// SPDX-License-Identifier: GPL-3.0-or-later
/* buf.h - bounded writing into the caller's storage.
 *
 * The first write that does not fit sets `full`, and nothing is written after it. So write
 * freely and check `full` once. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct buf {
    uint8_t *at;
    size_t n;    /* bytes written */
    size_t size; /* bytes of storage */
    bool full;   /* something did not fit; sticky */
};

/* A buf on an array (not on a pointer). */
#define BUF_ON(array) ((struct buf){ .at = (uint8_t *)(array), .size = sizeof(array) })
static inline struct buf buf_on(void *at, size_t size)
{
    return (struct buf){ .at = (uint8_t *)at, .size = size };
}

void buf_put(struct buf *buf, struct str bytes);
void buf_put_u8(struct buf *buf, uint8_t value);
/* Big-endian, as in DNS. */
void buf_put_u16(struct buf *buf, uint16_t value);
void buf_put_u32(struct buf *buf, uint32_t value);
void buf_put_u64(struct buf *buf, uint64_t value);
/* Little-endian, as in cdb. */
void buf_put_u32le(struct buf *buf, uint32_t value);
void buf_put_text(struct buf *buf, const char *text);
void buf_put_decimal(struct buf *buf, uint64_t value);
void buf_put_hex(struct buf *buf, struct str bytes);
void buf_printf(struct buf *buf, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* What was written so far. */
struct str buf_str(const struct buf *buf);
/* Ends the text with a zero byte, which does not count as written, and returns the text. Without
 * room for that byte this sets `full`, and the zero byte replaces the last one. The storage must
 * have at least one byte. */
char *buf_text(struct buf *buf);
