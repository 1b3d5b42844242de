// SPDX-License-Identifier: GPL-3.0-or-later
/* message.h - DNS messages: reads a query and writes its reply. The door to libknot.
 *
 * A `struct message` holds one query and its reply, and is used again for the next ones, so that
 * a query allocates nothing. One thread uses it at a time.
 *
 *     message_read(message, wire, n, &question)
 *     message_reply(message, at, size)
 *     message_section(message, SECTION_ANSWER)
 *         message_set_begin(), message_set_add() for each record, message_set_put()
 *     message_finish(message, RCODE_NOERROR, true)
 *
 * The reply repeats the question bit for bit (case included), and its records have the question's
 * class. It has an OPT record if and only if the query had one (RFC 6891). A set of records is
 * written whole or not at all. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "dns/name.h"
#include "dns/options.h"

enum {
    MESSAGE_SIZE = 65535, /* the longest message */
    MESSAGE_HEADER_SIZE = 12,
    /* The longest reply over UDP without EDNS (RFC 1035 4.2.1). */
    MESSAGE_UDP_PLAIN = 512,
    /* The longest that we send, and announce, with EDNS (RFC 9715). */
    MESSAGE_UDP_EDNS = 1232,
    MESSAGE_REPLY_MIN = 290, /* enough for any question and an OPT record */
    /* For options and a signature. */
    MESSAGE_EXTRA = MESSAGE_UDP_PLAIN - MESSAGE_REPLY_MIN,
};

enum dns_class {
    CLASS_IN = 1,
    CLASS_CHAOS = 3
};

enum dns_rcode {
    RCODE_NOERROR = 0,
    RCODE_FORMERR = 1,
    RCODE_SERVFAIL = 2,
    RCODE_NXDOMAIN = 3,
    RCODE_NOTIMP = 4,
    RCODE_REFUSED = 5,
    RCODE_NOTAUTH = 9,    /* RFC 2136, RFC 8945 */
    RCODE_BADVERS = 16,   /* RFC 6891 */
    RCODE_BADCOOKIE = 23, /* RFC 7873 */
};

/* The name of a code, such as "NOERROR". */
const char *rcode_word(enum dns_rcode rcode);

enum message_form {
    MESSAGE_NOT_A_QUERY,  /* a reply, or less than a header: must never be answered */
    MESSAGE_OTHER_OPCODE, /* its opcode is not QUERY; only the header was read */
    MESSAGE_BROKEN,       /* not a well-formed query with exactly one question */
    MESSAGE_QUESTION,
    MESSAGE_COOKIE, /* no question, but an OPT record with a cookie (RFC 7873 5.4) */
};

struct dns_question {
    struct name name; /* in lower case */
    uint16_t type, class;
    bool edns;      /* it has an OPT record; without one, what follows about EDNS is 0 */
    bool dnssec_ok; /* the flag DO */
    uint8_t edns_version;
    uint16_t edns_size; /* the size that the client announces */
    struct query_options options;
    bool is_signed;  /* it has a TSIG record; see tsig.h */
    bool has_serial; /* IXFR: it has the SOA record of the client's version */
    uint32_t serial; /* the client's, with has_serial */
};

enum message_section {
    SECTION_ANSWER,
    SECTION_AUTHORITY,
    SECTION_ADDITIONAL
};

struct message;

struct message *message_new(void);
void message_free(struct message *message);
CLEANER(message_free, struct message *)

/* Reads a query of at most MESSAGE_SIZE bytes. `wire` is not changed, and must stay until
 * message_finish(). With MESSAGE_QUESTION all of *out is set, with MESSAGE_COOKIE what the OPT
 * record tells, otherwise nothing of use. */
enum message_form message_read(struct message *message, uint8_t *wire, size_t n,
                               struct dns_question *out);

/* The name in the first question, for a caller that wants to know it before it reads the message.
 * False: only message_read() can tell. */
bool message_peek(const uint8_t *wire, size_t n, struct name *out);

/* Sets the EDNS options of the reply; they are lent until message_finish(). Call this before
 * message_reply(), which keeps room for them. A reply without an OPT record leaves them out. */
void message_options(struct message *message, const struct reply_options *options);
/* Adds an extended error (RFC 8914) to the reply, if there is room. */
void message_explain(struct message *message, enum extended_error error);

/* Starts the reply, in `at`, with at most `size` bytes, which are at least MESSAGE_REPLY_MIN. Drops
 * what was written before. Not after MESSAGE_NOT_A_QUERY. */
void message_reply(struct message *message, uint8_t *at, size_t size);
/* Lowers the reply's limit to `size` bytes. The question and an OPT record without options stay in
 * the reply even if that is more. */
void message_limit(struct message *message, size_t size);
/* Drops what was written, and marks the reply as truncated. */
void message_cut(struct message *message);
/* Goes on to a section. They come in their order; the first needs no call. */
void message_section(struct message *message, enum message_section section);

/* Starts collecting the records of `owner` (a whole name, lower case) that have `type`. */
void message_set_begin(struct message *message, struct str owner, uint16_t type);
/* Adds a record to the set. A record that is in it already is left out (RFC 2181 5), and so is one
 * whose data do not have the layout of their type. The set gets the lowest TTL of its records
 * (RFC 2181 5.2, 8). */
void message_set_add(struct message *message, uint32_t ttl_s, struct str rdata);
bool message_set_is_empty(const struct message *message);
/* Writes the set to the section, unless the set is empty. ERR_LIMIT: the set does not fit. Then
 * nothing of it is written, and the reply is marked as truncated if `needed`. ERR_SYNTAX: no record
 * had the layout of its type, so that the set is empty. */
MUST_CHECK enum status message_set_put(struct message *message, bool needed);

/* Completes the reply and returns its length. */
size_t message_finish(struct message *message, enum dns_rcode rcode, bool authoritative);
/* Whether the finished reply is marked as truncated. */
bool message_is_truncated(const struct message *message);
