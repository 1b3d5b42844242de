// SPDX-License-Identifier: GPL-3.0-or-later
/* history_frame.h - the bytes of the history file. For history*.c.
 *
 * A frame's payload is kind (1), zone (length and name), the serials from and to (4 each),
 * the length of what is gone (4), the records gone, and those that came. A record is flags
 * (1), owner (length and name), type (2), TTL (4), stamp (8), location (2), and data with
 * their length (2) before them. */
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "dns/record.h"
#include "image/history.h"

enum {
    FRAME_HEAD_SIZE = 8,
    FRAME_PAYLOAD_MAX = 512 + HISTORY_STEP_MAX,
};

/* What the file begins with. */
struct str frame_file_head(void);

struct frame {
    bool is_gap; /* no difference is told across this moment; `to` is the zone's serial */
    struct name zone;
    uint32_t from, to;
    struct str gone, come; /* records, one behind the other; borrowed */
};

/* Bytes that grow. */
struct frame_bytes {
    uint8_t *at;
    size_t n, size;
};
void frame_bytes_done(struct frame_bytes *bytes);
void frame_put_record(struct frame_bytes *out, const struct record *record);
void frame_put(struct frame_bytes *out, const struct frame *frame);

/* Takes the next record off *list. False: none is left, or it is no record. */
bool frame_next_record(struct str *list, struct record *out);

/* Gives each whole frame that stands in the file from *at to `end`, and its place; *at is then
 * where they ended, at `end` unless something unfinished stands there. ERR_SYNTAX: what stands
 * there is no frame. ERR_IO. */
typedef void (*frame_fn)(void *ctx, const struct frame *frame, uint64_t at, size_t n);
MUST_CHECK enum status frame_read_all(int fd, uint64_t *at, uint64_t end, frame_fn fn,
                                      void *ctx);
