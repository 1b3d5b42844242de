// SPDX-License-Identifier: GPL-3.0-or-later
/* answer.h - question and image in, answer out. No I/O except lines in the log.
 *
 * What is answered:
 * - a question for a name in none of our zones: REFUSED. A name belongs to the longest zone
 *   that it lies in; a zone is a name with an SOA record.
 * - a name below a delegation: the delegation, with the glue that we have.
 * - a name that exists: its records of the type asked, or none with the zone's SOA record.
 * - CNAME: followed inside our zones, at most ANSWER_ALIASES times, and fewer where names have
 *   very many labels.
 * - a name that does not exist: from the wildcard at the closest encloser (RFC 4592), or
 *   NXDOMAIN with the zone's SOA record.
 * - ANY: one set of records (RFC 8482).
 * - AXFR over TCP, and IXFR, of a zone of ours for who may have it (access.h): the whole zone;
 *   for IXFR what has changed, if that is known and not more than the zone. Only its SOA record
 *   when the client has it already, and over UDP when the changes are not known or do not fit.
 *   Others: REFUSED.
 * - names of policy.h that stand for us or for who asks: own.h.
 * - a query with a cookie (RFC 7873): the reply has one too, also without a question. Who sends
 *   back ours, signs his query or asks over TCP is where he says; to others goes no more than
 *   policy.h allows: the reply is cut, dropped, or an invitation to come back with the cookie
 *   (BADCOOKIE).
 * - a query that is signed: by a key that we have, the reply is signed too; else NOTAUTH.
 * - other classes: REFUSED, NOTIFY too; other opcodes: NOTIMP.
 *
 * Clients see the records of their location (by their IPv4 address), and those that live
 * now. */
#pragma once

#include <stdint.h>

#include "answer/access.h"
#include "answer/policy.h"
#include "base/error.h"
#include "base/ip.h"
#include "dns/message.h"

struct image;
struct transfer;

enum {
    ANSWER_ALIASES = 16, /* CNAMEs followed for one question, */
    ANSWER_STEPS =
        192, /* unless by then so many names were looked at on the ways to their zones */
    ANSWER_GLUE = 32, /* name servers of a delegation that get addresses */
    ANSWER_RCODES = RCODE_BADCOOKIE + 1,
    ANSWER_TYPES = 258, /* up to CAA, and the others together */
};

enum answer_transport {
    ANSWER_UDP,
    ANSWER_TCP
};

struct answer_counters {
    uint64_t queries[2]; /* by transport; those that were ignored do not count */
    uint64_t ignored;    /* no queries at all: too short, or replies */
    uint64_t truncated;
    uint64_t rcodes[ANSWER_RCODES];   /* of replies, by enum dns_rcode */
    uint64_t types[ANSWER_TYPES + 1]; /* of questions */
    uint64_t known;                   /* over UDP, by a good cookie */
    uint64_t slipped, dropped;        /* too many: cut, or not sent */
    uint64_t unlogged;                /* queries whose line in the log was lost */
    uint64_t transfers;               /* that were begun, or answered over UDP */
    uint64_t incremental;             /* of those, by differences or none */
    uint64_t transfer_records;        /* records of the image that they read */
    uint64_t transfers_broken;        /* that ended before all was sent */
    uint64_t transfers_refused;
    uint64_t transfers_unlogged; /* lines that transferlog.h left out */
};

/* The place where questions are answered, one after the other, by one thread. */
struct answer;
struct answer *answer_new(void);
/* Who may take zones; nobody until it is said. `access` is kept, not copied. */
void answer_allow(struct answer *answer, const struct answer_access *access);
/* Whether a secondary asks from this address (access.h). */
bool answer_lists(const struct answer *answer, struct ip client);
/* Where the zones' history is read for IXFR; kept, not copied. None until it is said. */
struct history_reader;
void answer_remember(struct answer *answer, struct history_reader *history);
/* What the operator wants; kept, not copied, but for a change of policy->rate, which takes place
 * in this call. */
void answer_follow(struct answer *answer, const struct answer_policy *policy);
/* A line for each query goes to the pipe (querylog.h) from now on, at answer_flush(). */
void answer_log(struct answer *answer, int pipe);
/* To be called when no more queries are at hand for now. */
void answer_flush(struct answer *answer);
void answer_free(struct answer *answer);
CLEANER(answer_free, struct answer *)
const struct answer_counters *answer_counters(const struct answer *answer);

enum {
    ANSWER_BATCH = 32
};
/* Tells what will be asked next, so that the memory that it takes is fetched for all at once.
 * Answers are the same without. At most ANSWER_BATCH queries; `image` may be NULL. */
void answer_expect(struct answer *answer, const struct image *image,
                   const struct str *queries, size_t count);

struct answer_job {
    enum answer_transport transport;
    uint8_t *query; /* is not changed */
    size_t query_n;
    uint8_t *reply; /* of at least MESSAGE_UDP_EDNS bytes for UDP, MESSAGE_SIZE for TCP */
    struct ip client;
    int64_t now_s;  /* since 1970 */
    int64_t now_ms; /* of a steady clock */
    uint16_t
        idle_ds; /* for TCP: how long the connection may be quiet, in tenths of a second */
    /* For TCP: where a transfer may be left, which the caller then carries out and frees while
     * `image` stays open. NULL: none can be begun now, which is SERVFAIL, unless `transfer_later`
     * is there: it becomes true, and the query is to be asked again. */
    struct transfer **transfer_out;
    bool *transfer_later;
    bool again; /* the query of before: it does not count a second time */
    /* Bytes of the image may change: a transfer reads all it needs at once. */
    bool image_changes;
};
/* The length of the reply; 0: say nothing, or something of `job` was set that tells why. `image` NULL: there
 * is none, which is SERVFAIL. */
size_t answer_query(struct answer *answer, const struct image *image,
                    const struct answer_job *job);
/* A transfer that was left at job.transfer_out has ended, which the log is told. `why` NULL: the
 * client has taken all of it. Times are of a steady clock. */
void answer_transfer_ended(struct answer *answer, const struct transfer *transfer,
                           struct ip client, const char *why, int64_t begun_ms,
                           int64_t now_ms);
