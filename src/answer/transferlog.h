// SPDX-License-Identifier: GPL-3.0-or-later
/* transferlog.h - a line in the log for each transfer when it ends, and for each that is
 * refused:
 *
 *     transferred zone=example.org asked=IXFR from=7 to=8 sent=differences client=192.0.2.53
 *         key=transfer.example.org over=tcp bytes=312 seconds=0.002
 *     transfer-broken ... why="the connection was lost"
 *     transfer-refused zone=example.org asked=AXFR client=198.51.100.7 over=tcp rcode=REFUSED
 *         why="no secondary that may have it"
 *
 * A client must not be able to fill the log. Each kind of line has a bound of its own, so that
 * no kind hides another: above all, what strangers are refused does not hide what a secondary
 * is refused. Lines beyond the bound are counted, and the next line of the kind says how many
 * there were (`left_out`). */
#pragma once

#include <stdint.h>

#include "answer/answer.h"
#include "base/log.h"
#include "base/throttle.h"

enum transferlog_kind {
    TRANSFERLOG_DONE,
    TRANSFERLOG_BROKEN,
    TRANSFERLOG_REFUSED,  /* to an address where a secondary is known to be */
    TRANSFERLOG_STRANGER, /* refused to any other */
    TRANSFERLOG_KINDS
};

/* All of it is lent. */
struct transferlog_line {
    enum transferlog_kind kind;
    enum answer_transport transport;
    struct ip client;
    const struct name *zone;
    const struct name *key; /* that signed the query; NULL: none */
    uint16_t type;          /* AXFR or IXFR, as was asked */
    bool has_from;          /* IXFR says which serial the client has */
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

/* Of one thread. Begins as zeros except for its counters. */
struct transferlog {
    struct answer_counters *counters; /* lent; gets transfers_broken and those after it */
    uint32_t buckets[TRANSFERLOG_KINDS];
    uint64_t left_out[TRANSFERLOG_KINDS]; /* since the last line */
    bool has_line;
    struct transferlog_line line; /* that waits */
    struct name key;              /* of it */
    int64_t line_ms;
};

void transferlog_put(struct transferlog *log, const struct transferlog_line *line,
                     int64_t now_ms);

struct dns_question;
struct tsig;
/* The line of a query that may have to be answered again, because the image changed meanwhile.
 * It has what `job`, `question` (lent until the line is written) and `tsig` say, and waits for
 * one of the others. */
struct transferlog_line *transferlog_begin(struct transferlog *log,
                                           const struct answer_job *job,
                                           const struct dns_question *question,
                                           const struct tsig *tsig);
/* Forgets it, if there is one. */
void transferlog_drop(struct transferlog *log);
/* Writes it, if there is one. */
void transferlog_flush(struct transferlog *log);
