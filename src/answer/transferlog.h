// SPDX-License-Identifier: GPL-3.0-or-later
/* transferlog.h - logs each transfer when it ends, and each transfer that is refused:
 *
 *     transferred zone=example.org asked=IXFR from=7 to=8 sent=differences client=192.0.2.53
 *         key=transfer.example.org over=tcp bytes=312 seconds=0.002
 *     transfer-broken ... why="the connection was lost"
 *     transfer-refused zone=example.org asked=AXFR client=198.51.100.7 over=tcp rcode=REFUSED
 *         why="no secondary that may have it"
 *
 * A client must not be able to fill the log, so each kind of line has a limit of its own. No kind
 * can hide another; above all, refusals to strangers do not hide a refusal to a secondary. Lines
 * beyond the limit are counted, and the next line of the kind has their number (`left_out`). */
#pragma once

#include <stdint.h>

#include "answer/answer.h"
#include "base/log.h"
#include "base/throttle.h"

enum transferlog_kind {
    TRANSFERLOG_DONE,
    TRANSFERLOG_BROKEN,
    TRANSFERLOG_REFUSED,  /* refused to an address that is listed for a secondary */
    TRANSFERLOG_STRANGER, /* refused to any other address */
    TRANSFERLOG_KINDS
};

/* Everything in it is lent. */
struct transferlog_line {
    enum transferlog_kind kind;
    enum answer_transport transport;
    struct ip client;
    const struct name *zone;
    const struct name *key; /* the key that signed the query; NULL: none */
    uint16_t type;          /* of the query: AXFR or IXFR */
    bool has_from;          /* IXFR: `from` is the client's serial */
    uint32_t from;
    /* of DONE and BROKEN */
    uint32_t to;
    bool incremental;
    uint64_t bytes;
    int64_t took_ms;
    /* of BROKEN and REFUSED */
    const char *why;
    enum dns_rcode rcode; /* of REFUSED */
};

/* The log of one thread. It begins as zeros, except `counters`. */
struct transferlog {
    struct answer_counters *counters; /* lent; gets transfers_broken and those after it */
    uint32_t buckets[TRANSFERLOG_KINDS];
    uint64_t left_out[TRANSFERLOG_KINDS]; /* since the last line */
    bool has_line;
    struct transferlog_line line; /* the line that waits */
    struct name key;              /* its key */
    int64_t line_ms;
};

/* Puts the line of a transfer over TCP that has ended. `why` it broke off; NULL: it is whole, and
 * gets no line if it had nothing to send. */
struct transfer;
void transferlog_put_ended(struct transferlog *log, const struct transfer *transfer,
                           struct ip client, const char *why, int64_t took_ms,
                           int64_t now_ms);

struct dns_question;
struct tsig;
/* Begins a line for a query that may have to be answered again, because the image has changed
 * meanwhile. The line gets what `job`, `question` (lent until the line is written) and `tsig` tell.
 * It waits for transferlog_drop() or transferlog_flush(). */
struct transferlog_line *transferlog_begin(struct transferlog *log,
                                           const struct answer_job *job,
                                           const struct dns_question *question,
                                           const struct tsig *tsig);
/* Drops the line that waits, if there is one. */
void transferlog_drop(struct transferlog *log);
/* Writes the line that waits, if there is one. */
void transferlog_flush(struct transferlog *log);
