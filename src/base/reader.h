// SPDX-License-Identifier: GPL-3.0-or-later
/* reader.h - bounded reading of bytes, the counterpart of buf.h.
 *
 * The first read beyond the end sets `failed`. From then on nothing is left, numbers are 0 and
 * bytes are empty. So read freely and check once. All numbers are big-endian, as in DNS. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct reader {
    struct str rest; /* the bytes that are not read yet; borrowed */
    bool failed;     /* a read went beyond the end; sticky */
};

static inline struct reader reader_on(struct str bytes)
{
    return (struct reader){ .rest = bytes };
}

uint8_t reader_u8(struct reader *reader);
uint16_t reader_u16(struct reader *reader);
uint32_t reader_u32(struct reader *reader);
uint64_t reader_u64(struct reader *reader);
/* The next `n` bytes, borrowed. */
struct str reader_bytes(struct reader *reader, size_t n);
/* All bytes that are left, perhaps none. */
struct str reader_rest(struct reader *reader);
/* Fails the reader as if the end had come too early, for a caller that has read a wrong value. */
void reader_fail(struct reader *reader);
/* Whether no read has failed, and nothing is left. */
bool reader_is_done(const struct reader *reader);

/* Read a number from a place that is known to hold one. */
static inline uint16_t read_u16(const void *at)
{
    const uint8_t *bytes = (const uint8_t *)at;
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}
static inline uint32_t read_u32(const void *at)
{
    const uint8_t *bytes = (const uint8_t *)at;
    return (uint32_t)read_u16(bytes) << 16 | read_u16(bytes + 2);
}
static inline uint64_t read_u64(const void *at)
{
    const uint8_t *bytes = (const uint8_t *)at;
    return (uint64_t)read_u32(bytes) << 32 | read_u32(bytes + 4);
}
