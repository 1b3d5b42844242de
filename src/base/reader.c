// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/reader.h"

struct str reader_bytes(struct reader *reader, size_t n)
{
    if (n > reader->rest.n)
        reader_fail(reader);
    struct str bytes = str_first(reader->rest, n);
    reader->rest = str_from_at(reader->rest, n);
    return bytes;
}

/* The next `n` bytes; NULL: there are fewer. */
static const char *next(struct reader *reader, size_t n)
{
    struct str bytes = reader_bytes(reader, n);
    return bytes.n == n ? bytes.at : NULL;
}

uint8_t reader_u8(struct reader *reader)
{
    const char *at = next(reader, 1);
    return at ? (uint8_t)*at : 0;
}

uint16_t reader_u16(struct reader *reader)
{
    const char *at = next(reader, 2);
    return at ? read_u16(at) : 0;
}

uint32_t reader_u32(struct reader *reader)
{
    const char *at = next(reader, 4);
    return at ? read_u32(at) : 0;
}

uint64_t reader_u64(struct reader *reader)
{
    const char *at = next(reader, 8);
    return at ? read_u64(at) : 0;
}

struct str reader_rest(struct reader *reader)
{
    return reader_bytes(reader, reader->rest.n);
}

void reader_fail(struct reader *reader)
{
    reader->failed = true;
    reader->rest.n = 0;
}

bool reader_is_done(const struct reader *reader)
{
    return !reader->failed && reader->rest.n == 0;
}
