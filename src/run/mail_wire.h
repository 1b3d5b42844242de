// SPDX-License-Identifier: GPL-3.0-or-later
/* mail_wire.h - the messages between front, which has the queue of mails, and outbound, which
 * delivers them, on RUN/front/mails.
 *
 * outbound takes one mail at a time. It says that it is ready, gets one, tries it, tells what became
 * of it, and is ready again. What is said twice does no harm, so either may restart at any time. */
#pragma once

#include "base/buf.h"

enum mail_wire_type {
    MAIL_WIRE_READY = 1,   /* outbound: one mail, please; no body */
    MAIL_WIRE_MAIL = 2,    /* front: struct mail_wire */
    MAIL_WIRE_VERDICT = 3, /* outbound: struct mail_wire_verdict */
    MAIL_WIRE_COUNTS =
        4 /* front: mails that wait, and that were given up, 8 bytes each */
};

enum {
    MAIL_WIRE_SIZE = 32 * 1024, /* room for any message */
    MAIL_WIRE_WHY_MAX = 255
};

/* All texts are lent. */
struct mail_wire {
    int64_t id, date_s;
    struct str to, language, message_id, subject, unsubscribe, body;
};
struct mail_wire_verdict {
    int64_t id;
    uint8_t verdict; /* enum post_verdict */
    struct str why;
};

void mail_wire_put(const struct mail_wire *mail, struct buf *out);
/* ERR_SYNTAX: no such message. */
MUST_CHECK enum status mail_wire_take(struct str body, struct mail_wire *out);

void mail_wire_put_verdict(const struct mail_wire_verdict *verdict, struct buf *out);
MUST_CHECK enum status mail_wire_take_verdict(struct str body,
                                              struct mail_wire_verdict *out);

void mail_wire_put_counts(int64_t waiting, int64_t dead, struct buf *out);
MUST_CHECK enum status mail_wire_take_counts(struct str body, int64_t *waiting,
                                             int64_t *dead);
