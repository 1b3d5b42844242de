// SPDX-License-Identifier: GPL-3.0-or-later
/* answer.h - makes the answer to a query from an image. No I/O except lines in the log.
 *
 * The answers are:
 * - A name in none of our zones: REFUSED. A name belongs to the zone with the longest name that it
 *   is in. A zone is a name with an SOA record.
 * - A name below a delegation: the delegation, with the glue that we have.
 * - A name that exists: its records of the type, or no records and the zone's SOA record.
 * - A CNAME: it is followed inside our zones, at most ANSWER_ALIASES times, and fewer times if
 *   names have very many labels.
 * - A name that does not exist: the wildcard at the closest encloser (RFC 4592), or NXDOMAIN with
 *   the zone's SOA record.
 * - ANY: one set of records (RFC 8482).
 * - AXFR over TCP, or IXFR, from a client that may have the zone (access.h): the whole zone. For
 *   IXFR only the changes, if they are known and not more than the zone. Only the SOA record if the
 *   client has the zone already, or over UDP if the changes are not known or do not fit. Other
 *   clients: REFUSED.
 * - The names of policy.h that are about us or about the client: identity.h.
 * - A query with a cookie (RFC 7873): the reply has one, too, even without a question. A client
 *   that returns our cookie, signs its query or asks over TCP has proved its address. Other clients
 *   get no more than policy.h allows: beyond that a reply is truncated, dropped, or replaced by
 *   BADCOOKIE, which asks the client to come back with the cookie.
 * - A signed query: the reply is signed, too, if we have the key; otherwise NOTAUTH.
 * - Other classes and NOTIFY: REFUSED. Other opcodes: NOTIMP.
 *
 * A client sees the records of its location, which its IPv4 address tells, and only those that live
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
    ANSWER_ALIASES = 16, /* CNAMEs that are followed for one question */
    /* No CNAME is followed after so many names were looked at on the ways to their zones. */
    ANSWER_STEPS = 192,
    ANSWER_GLUE = 32, /* name servers of a delegation that get addresses */
    ANSWER_RCODES = RCODE_BADCOOKIE + 1,
    ANSWER_TYPES = 258, /* types up to CAA are counted each, the others together */
};

enum answer_transport {
    ANSWER_UDP,
    ANSWER_TCP
};

struct answer_counters {
    uint64_t queries[2]; /* by transport, without those that were ignored */
    uint64_t ignored;    /* too short for a query, or replies */
    uint64_t truncated;
    uint64_t rcodes[ANSWER_RCODES];   /* of replies, by enum dns_rcode */
    uint64_t types[ANSWER_TYPES + 1]; /* of questions */
    uint64_t known;                   /* queries over UDP with a good cookie */
    uint64_t slipped, dropped;        /* over the rate: truncated, or not sent */
    uint64_t unlogged;                /* queries whose line in the log was lost */
    uint64_t transfers;               /* that have begun, or were answered over UDP */
    uint64_t incremental;             /* of those, the ones that sent only differences */
    uint64_t transfer_records;        /* records that transfers have read of the image */
    uint64_t transfers_broken;        /* transfers that ended before all was sent */
    uint64_t transfers_refused;
    uint64_t transfers_unlogged; /* lines that transferlog.h has left out */
};

/* Answers queries one after the other, on one thread. */
struct answer;
struct answer *answer_new(void);
/* Sets which clients may transfer zones; before this call none may. `access` is kept, not
 * copied. */
void answer_allow(struct answer *answer, const struct answer_access *access);
/* Whether the address is listed for a secondary (access.h). */
bool answer_lists(const struct answer *answer, struct ip client);
/* Sets the history of the zones, which IXFR needs. It is kept, not copied. Before this call there
 * is none. */
struct history_reader;
void answer_remember(struct answer *answer, struct history_reader *history);
/* Sets what the operator wants. `policy` is kept, not copied. A change of policy->rate needs
 * another call. */
void answer_follow(struct answer *answer, const struct answer_policy *policy);
/* From now on answer_flush() writes a line for each query to the pipe (querylog.h). */
void answer_log(struct answer *answer, int pipe);
/* Is called when there are no more queries for now. */
void answer_flush(struct answer *answer);
void answer_free(struct answer *answer);
CLEANER(answer_free, struct answer *)
const struct answer_counters *answer_counters(const struct answer *answer);

enum {
    ANSWER_BATCH = 32
};
/* Fetches the memory that the next queries, at most ANSWER_BATCH, will need, for all of them at
 * once. It only saves time; answers do not depend on it. `image` may be NULL. */
void answer_prefetch(struct answer *answer, const struct image *image,
                     const struct str *queries, size_t count);

struct answer_job {
    enum answer_transport transport;
    uint8_t *query; /* not changed */
    size_t query_n;
    uint8_t *reply; /* of at least MESSAGE_UDP_EDNS bytes for UDP, MESSAGE_SIZE for TCP */
    struct ip client;
    int64_t now_s;  /* since 1970 */
    int64_t now_ms; /* of a steady clock */
    /* For TCP: how long a connection may be idle, in tenths of a second. */
    uint16_t idle_ds;
    /* For TCP: gets a transfer that begins, which the caller then sends and frees; `image` stays
     * open until then. NULL: no transfer can begin now. If there is `transfer_later`, it becomes
     * true, and the caller has to ask again; otherwise the reply is SERVFAIL. */
    struct transfer **transfer_out;
    bool *transfer_later;
    bool again; /* the same query as before, which does not count a second time */
    /* Bytes of the image may change. So a transfer reads all that it needs at once. */
    bool image_changes;
};
/* Answers a query and returns the length of the reply. 0: nothing is sent, or `job` has a transfer,
 * or says that one has to wait. `image` NULL: there is none, so the reply is SERVFAIL. */
size_t answer_query(struct answer *answer, const struct image *image,
                    const struct answer_job *job);
/* Logs that a transfer from job.transfer_out has ended. `why` NULL: the client has taken all of it.
 * Times are of a steady clock. */
void answer_transfer_ended(struct answer *answer, const struct transfer *transfer,
                           struct ip client, const char *why, int64_t begun_ms,
                           int64_t now_ms);
