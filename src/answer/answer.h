// SPDX-License-Identifier: GPL-3.0-or-later
/* answer.h - question and image in, answer out. No I/O.
 *
 * What is answered:
 * - a question for a name in none of our zones: REFUSED. A name belongs to the longest zone
 *   that it lies in; a zone is a name with an SOA record.
 * - a name below a delegation: the delegation, with the glue that we have.
 * - a name that exists: its records of the type asked, or none with the zone's SOA record.
 * - CNAME: followed inside our zones, at most ANSWER_ALIASES times.
 * - a name that does not exist: from the wildcard at the closest encloser (RFC 4592), or
 *   NXDOMAIN with the zone's SOA record.
 * - ANY: one set of records (RFC 8482).
 * - AXFR over TCP, and IXFR, of a zone of ours for who may have it (access.h): the whole zone,
 *   for IXFR only its SOA record over UDP or when the client has it already. Others: REFUSED.
 * - a query that is signed: by a key that we have, the reply is signed too; else NOTAUTH.
 * - other classes: REFUSED, NOTIFY too; other opcodes: NOTIMP.
 *
 * Clients see the records of their location (by their IPv4 address), and those that live
 * now. */
#pragma once

#include <stdint.h>

#include "answer/access.h"
#include "base/error.h"
#include "base/ip.h"
#include "dns/message.h"

struct image;
struct transfer;

enum {
    ANSWER_ALIASES = 16, /* CNAMEs followed for one question */
    ANSWER_GLUE = 32,    /* name servers of a delegation that get addresses */
    ANSWER_RCODES = 17,
};

enum answer_transport {
    ANSWER_UDP,
    ANSWER_TCP
};

struct answer_counters {
    uint64_t queries[2]; /* by transport; those that were ignored do not count */
    uint64_t ignored;    /* no queries at all: too short, or replies */
    uint64_t truncated;
    uint64_t rcodes[ANSWER_RCODES]; /* by enum dns_rcode */
    uint64_t transfers;             /* that were begun */
    uint64_t transfer_records;      /* records of the image that they read */
};

/* The place where questions are answered, one after the other, by one thread. */
struct answer;
struct answer *answer_new(void);
/* Who may take zones; nobody until it is said. `access` is kept, not copied. */
void answer_allow(struct answer *answer, const struct answer_access *access);
void answer_free(struct answer *answer);
CLEANER(answer_free, struct answer *)
const struct answer_counters *answer_counters(const struct answer *answer);

struct answer_job {
    enum answer_transport transport;
    uint8_t *query; /* is not changed */
    size_t query_n;
    uint8_t *reply; /* of at least MESSAGE_UDP_EDNS bytes for UDP, MESSAGE_SIZE for TCP */
    struct ip client;
    int64_t now_s; /* since 1970 */
    /* For TCP: where a transfer may be left, which the caller then carries out and frees while
     * `image` stays open. NULL: none can be begun now. */
    struct transfer **transfer_out;
};
/* The length of the reply; 0: say nothing, or *job->transfer_out was set. `image` NULL: there
 * is none, which is SERVFAIL. */
size_t answer_query(struct answer *answer, const struct image *image,
                    const struct answer_job *job);
