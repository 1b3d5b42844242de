// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/history_frame.h"

#include "base/digest.h"
#include "base/mem.h"
#include "base/reader.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum {
    KIND_STEP = 1,
    KIND_GAP = 2,
    FLAG_WILDCARD = 1,
    RECORD_FIXED = 1 + 1 + 2 + 4 + 8 + 2 + 2, /* a record without owner and data */
    PAYLOAD_FIXED = 1 + 1 + 4 + 4 + 4,        /* a step without zone and records */
    READ_SIZE = 256 * 1024,
};

struct str frame_file_head(void)
{
    return STR("rove history 1\n\n");
}

/* ----- written ----- */

void frame_bytes_done(struct frame_bytes *bytes)
{
    mem_free(bytes->at);
    *bytes = (struct frame_bytes){ 0 };
}

/* Room for `n` more, to be written through the buf. */
static struct buf room_for(struct frame_bytes *bytes, size_t n)
{
    bytes->at = mem_grow(bytes->at, bytes->n + n, &bytes->size, 1);
    return (struct buf){ .at = bytes->at, .n = bytes->n, .size = bytes->size };
}

static void put_name(struct buf *out, const struct name *name)
{
    buf_put_u8(out, name->n);
    buf_put(out, name_bytes(name));
}

void frame_put_record(struct frame_bytes *out, const struct record *record)
{
    struct buf to = room_for(out, (size_t)RECORD_FIXED + NAME_SIZE + record->rdata.n);
    buf_put_u8(&to, record->wildcard ? FLAG_WILDCARD : 0);
    put_name(&to, &record->owner);
    buf_put_u16(&to, record->type);
    buf_put_u32(&to, record->ttl_s);
    buf_put_u64(&to, record->stamp);
    buf_put(&to, str_bytes(record->location, sizeof(record->location)));
    buf_put_u16(&to, (uint16_t)record->rdata.n);
    buf_put(&to, record->rdata);
    out->n = to.n;
}

/* It guards against what a crash leaves, not against people. */
static struct str checksum_of(struct str payload, struct digest *digest)
{
    static const uint8_t key[DIGEST_SHORT_KEY_SIZE];
    *digest = digest_short(key, payload);
    return str_first(digest_bytes(digest), 4);
}

void frame_put(struct frame_bytes *out, const struct frame *frame)
{
    size_t n = (size_t)PAYLOAD_FIXED + frame->zone.n + frame->gone.n + frame->come.n;
    struct buf to = room_for(out, FRAME_HEAD_SIZE + n);
    struct digest digest;
    size_t begin = to.n;
    to.n += FRAME_HEAD_SIZE;
    buf_put_u8(&to, frame->is_gap ? KIND_GAP : KIND_STEP);
    put_name(&to, &frame->zone);
    buf_put_u32(&to, frame->from);
    buf_put_u32(&to, frame->to);
    buf_put_u32(&to, (uint32_t)frame->gone.n);
    buf_put(&to, frame->gone);
    buf_put(&to, frame->come);
    out->n = to.n;
    struct buf head = buf_on(out->at + begin, FRAME_HEAD_SIZE);
    buf_put_u32(&head, (uint32_t)n);
    buf_put(&head, checksum_of(str_bytes(out->at + begin + FRAME_HEAD_SIZE, n), &digest));
}

/* ----- read ----- */

static void read_name(struct reader *from, struct name *out)
{
    size_t n = reader_u8(from);
    if (name_decode(reader_bytes(from, n), out))
        reader_fail(from);
}

bool frame_next_record(struct str *list, struct record *out)
{
    struct reader from = reader_on(*list);
    out->wildcard = reader_u8(&from) & FLAG_WILDCARD;
    read_name(&from, &out->owner);
    out->type = reader_u16(&from);
    out->ttl_s = reader_u32(&from);
    out->stamp = reader_u64(&from);
    for (size_t i = 0; i < sizeof(out->location); i++)
        out->location[i] = reader_u8(&from);
    size_t n = reader_u16(&from);
    out->rdata = reader_bytes(&from, n);
    *list = from.rest;
    return !from.failed;
}

static bool decode(struct str payload, struct frame *out)
{
    struct reader from = reader_on(payload);
    uint8_t kind = reader_u8(&from);
    out->is_gap = kind == KIND_GAP;
    read_name(&from, &out->zone);
    out->from = reader_u32(&from);
    out->to = reader_u32(&from);
    size_t gone_n = reader_u32(&from);
    out->gone = reader_bytes(&from, gone_n);
    out->come = reader_rest(&from);
    return !from.failed && (kind == KIND_GAP || kind == KIND_STEP);
}

/* Takes the frame that `bytes` begin with. *n becomes its length. ERR_BUSY: too few bytes are
 * there; *n becomes the number that is needed to go on. */
static enum status take_frame(struct str bytes, struct frame *out, size_t *n)
{
    struct digest digest;
    struct reader from = reader_on(bytes);
    *n = FRAME_HEAD_SIZE;
    size_t length = reader_u32(&from);
    struct str checksum = reader_bytes(&from, 4);
    if (from.failed)
        return ERR_BUSY;
    if (length > FRAME_PAYLOAD_MAX)
        return ERR_SYNTAX;
    *n += length;
    struct str payload = reader_bytes(&from, length);
    if (from.failed)
        return ERR_BUSY;
    bool is_whole =
        str_equal(checksum, checksum_of(payload, &digest)) && decode(payload, out);
    return is_whole ? OK : ERR_SYNTAX;
}

/* Up to `n` bytes; fewer at the end of the file only. */
static enum status read_at(int fd, uint8_t *to, size_t *n, uint64_t at)
{
    size_t done = 0;
    while (done < *n) {
        ssize_t got = pread(fd, to + done, *n - done, (off_t)(at + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return ERR_IO;
        if (got == 0)
            break;
        done += (size_t)got;
    }
    *n = done;
    return OK;
}

/* Gives the whole frames in `bytes`, which are at *at in the file. *wanted becomes the number of
 * bytes that the next one needs. */
static enum status give_frames(struct str bytes, uint64_t *at, size_t *wanted,
                               frame_fn fn, void *ctx)
{
    struct frame frame;
    enum status status = OK;
    while ((status = take_frame(bytes, &frame, wanted)) == OK) {
        fn(ctx, &frame, *at, *wanted);
        *at += *wanted;
        bytes = str_from_at(bytes, *wanted);
    }
    return status == ERR_BUSY ? OK : status;
}

enum status frame_read_all(int fd, uint64_t *at, uint64_t end, frame_fn fn, void *ctx)
{
    CLEANUP(mem_freep) uint8_t *bytes = NULL;
    size_t size = 0, wanted = FRAME_HEAD_SIZE;
    enum status status = OK;
    while (!status && *at <= end && wanted <= end - *at) {
        size_t left = (size_t)(end - *at), n = wanted > READ_SIZE ? wanted : READ_SIZE;
        n = n < left ? n : left;
        if (n > size) {
            bytes = (uint8_t *)mem_resize(bytes, n, 1);
            size = n;
        }
        size_t got = n;
        status = read_at(fd, bytes, &got, *at);
        if (status)
            return status;
        status = give_frames(str_bytes(bytes, got), at, &wanted, fn, ctx);
        if (got < n)
            break; /* it was cut meanwhile */
    }
    return status;
}
