// SPDX-License-Identifier: GPL-3.0-or-later
/* history_frame.h - the bytes of the history file. For history*.c.
 *
 * A frame's payload is: kind (1 byte), zone (length and name), the serials from and to (4 each),
 * the length of the records that are gone (4), these records, and those that have come. A record
 * is: flags (1), owner (length and name), type (2), TTL (4), stamp (8), location (2), length of the
 * data (2), and the data. */
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "dns/record.h"
#include "image/history.h"

enum {
    FRAME_HEAD_SIZE = 8,
    FRAME_PAYLOAD_MAX = 512 + HISTORY_STEP_MAX,
};

/* The bytes that the file begins with. */
struct str frame_file_head(void);

struct frame {
    bool is_gap; /* no difference is sent across this moment; `to` is the zone's serial */
    struct name zone;
    uint32_t from, to;
    struct str gone, come; /* records, one after another; borrowed */
};

/* Bytes that grow. */
struct frame_bytes {
    uint8_t *at;
    size_t n, size;
};
void frame_bytes_done(struct frame_bytes *bytes);
void frame_put_record(struct frame_bytes *out, const struct record *record);
void frame_put(struct frame_bytes *out, const struct frame *frame);

/* Takes the next record off *list. False: none is left, or the bytes are no record. */
bool frame_next_record(struct str *list, struct record *out);

/* Gets a frame, its position in the file, and its length. */
typedef void (*frame_fn)(void *ctx, const struct frame *frame, uint64_t at, size_t n);
/* Gives each whole frame of the file from *at to `end`. *at becomes the end of the last one, which
 * is before `end` when an unfinished frame follows. ERR_SYNTAX: what follows is no frame.
 * ERR_IO. */
MUST_CHECK enum status frame_read_all(int fd, uint64_t *at, uint64_t end, frame_fn fn,
                                      void *ctx);
