// SPDX-License-Identifier: GPL-3.0-or-later
/* wire.h - the messages between front and who connects to RUN/front/socket. */
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

struct local_channel;

enum wire_type {
    WIRE_REQUEST = 1,   /* rovectl: JSON {"method", "path", "body"} */
    WIRE_REPLY = 2,     /* front: JSON {"status", "body"} */
    WIRE_SUBSCRIBE = 3, /* publish: wants to hear of commits; no body */
    WIRE_COMMITTED = 4, /* front: newest seq, 8 bytes big-endian */
    WIRE_APPLIED = 5, /* publish: newest seq in the image, 8 bytes big-endian, and what is
                           wrong (nothing: all is well) */
};

enum {
    WIRE_SEQ_SIZE = 8
};

/* The seq at the head of `body`, and what follows it. ERR_SYNTAX: too short. */
MUST_CHECK enum status wire_take_seq(struct str body, int64_t *seq, struct str *rest);
void wire_put_seq(struct buf *buf, int64_t seq);

/* local_send() where a loss costs delay only, or the peer is told by its closed channel. */
void wire_send(struct local_channel *channel, enum wire_type type, struct str body);
