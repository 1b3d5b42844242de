// SPDX-License-Identifier: GPL-3.0-or-later
/* wire.h - the messages between front and its clients on RUN/front/socket. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

struct local_channel;

enum wire_type {
    WIRE_REQUEST = 1, /* rovectl: JSON {"method", "path", "body"} */
    WIRE_REPLY = 2,   /* front: JSON {"status", "body"} */
    /* publish: asks for a message at each commit; it knows of no WIRE_AWAIT_SERVED; no body */
    WIRE_SUBSCRIBE = 3,
    WIRE_COMMITTED = 4, /* front: newest seq, 8 bytes big-endian */
    /* publish: newest seq in the image, 8 bytes big-endian, then a text that says what is wrong;
     * no text: all is well. */
    WIRE_APPLIED = 5,
    /* front: asks for WIRE_ACKNOWLEDGED when all secondaries have acknowledged what the image has
     * of a zone. A number, 8 bytes big-endian, then the zone's name as DNS has it. */
    WIRE_AWAIT = 6,
    WIRE_ACKNOWLEDGED = 7, /* publish: that number */
    /* front: asks for WIRE_SEEN, what name servers say; struct wire_look. */
    WIRE_LOOK = 8,
    WIRE_SEEN =
        9, /* publish: its number, then JSON: an object with members as in rest/truth.c */
    /* front: asks for WIRE_SERVED when all secondaries serve what the image has of a zone. Body as
     * of WIRE_AWAIT. */
    WIRE_AWAIT_SERVED = 10,
    WIRE_SERVED =
        11, /* publish: that number; it stands for older ones about the zone, too */
};

enum wire_subject {
    WIRE_OF_HOST,
    WIRE_OF_ZONE,
    WIRE_OF_SECONDARIES, /* all of them, with no names */
};
struct wire_look {
    int64_t number;
    enum wire_subject subject;
    bool waits;            /* some seconds for answers, else what is known is told */
    struct str zone, host; /* as DNS has them; empty: none; lent */
};

enum {
    WIRE_SEQ_SIZE = 8,
    WIRE_NAME_MAX = 255,
    WIRE_LOOK_SIZE = WIRE_SEQ_SIZE + 4 + 2 * WIRE_NAME_MAX
};

/* The seq at the start of `body`, and the rest. ERR_SYNTAX: `body` is too short. */
MUST_CHECK enum status wire_take_seq(struct str body, int64_t *seq, struct str *rest);
void wire_put_seq(struct buf *buf, int64_t seq);

/* No name has more than WIRE_NAME_MAX bytes. */
void wire_put_look(struct buf *buf, const struct wire_look *look);
/* ERR_SYNTAX: it is none, or lacks a name that its subject has. */
MUST_CHECK enum status wire_take_look(struct str body, struct wire_look *out);

/* local_send() for messages that may get lost: a loss costs only delay, or the peer notices that
 * its channel has closed. */
void wire_send(struct local_channel *channel, enum wire_type type, struct str body);
