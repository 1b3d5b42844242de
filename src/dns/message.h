// SPDX-License-Identifier: GPL-3.0-or-later
/* message.h - DNS messages: a query taken apart, its reply put together. The door to libknot.
 *
 * A `struct message` is the place where one query and its reply are worked on, used again for
 * the next one: nothing is allocated for a query. One thread uses it at a time.
 *
 *     message_read(message, wire, n, &question)
 *     message_reply(message, at, size)
 *     message_section(message, SECTION_ANSWER)
 *         message_set_begin(), message_set_add() for each record, message_set_put()
 *     message_finish(message, RCODE_NOERROR, true)
 *
 * The reply repeats the question bit for bit (case included), its records are of the question's
 * class, and it has an OPT record exactly when the query had one (RFC 6891). A set of records is written whole or not at all. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "dns/name.h"
#include "dns/options.h"

enum {
    MESSAGE_SIZE = 65535, /* longest message */
    MESSAGE_HEADER_SIZE = 12,
    MESSAGE_UDP_PLAIN = 512, /* longest reply over UDP without EDNS (RFC 1035 4.2.1) */
    MESSAGE_UDP_EDNS = 1232, /* what we send and announce with EDNS (RFC 9715) */
    MESSAGE_REPLY_MIN = 290, /* holds any question and an OPT record */
    MESSAGE_EXTRA = MESSAGE_UDP_PLAIN - MESSAGE_REPLY_MIN, /* for OPT and a signature */
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

/* "NOERROR" */
const char *rcode_word(enum dns_rcode rcode);

enum message_form {
    MESSAGE_NOT_A_QUERY,  /* no whole header, or itself a reply: never to be answered */
    MESSAGE_OTHER_OPCODE, /* not QUERY; only the header was read */
    MESSAGE_BROKEN,       /* not a well-formed query with exactly one question */
    MESSAGE_QUESTION,
    MESSAGE_COOKIE, /* no question, but an OPT record with a cookie (RFC 7873 5.4) */
};

struct dns_question {
    struct name name; /* in lower case */
    uint16_t type, class;
    bool edns;      /* there is an OPT record; the others are 0 without it */
    bool dnssec_ok; /* its flag DO */
    uint8_t edns_version;
    uint16_t edns_size; /* as announced */
    struct query_options options;
    bool is_signed;  /* there is a TSIG record; see tsig.h */
    bool has_serial; /* IXFR: there is the SOA record of what the client has */
    uint32_t serial; /* of it */
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

/* Takes a query of at most MESSAGE_SIZE bytes apart. `wire` is used until message_finish()
 * and is not changed. *out tells something for MESSAGE_QUESTION, and for MESSAGE_COOKIE of the OPT
 * record. */
enum message_form message_read(struct message *message, uint8_t *wire, size_t n,
                               struct dns_question *out);

/* The name that a message asks for first, for who wants to know early. False: not to be had
 * without closer reading. */
bool message_peek(const uint8_t *wire, size_t n, struct name *out);

/* What the OPT record of replies to what was read is to say; lent until message_finish(). Before
 * message_reply(), which keeps room for it; where there is none, it is left out. */
void message_options(struct message *message, const struct reply_options *options);
/* Adds to it why the answer is none, if there is room. */
void message_explain(struct message *message, enum extended_error error);

/* Starts the reply to what was read, in `at`, of at most `size` bytes, at least
 * MESSAGE_REPLY_MIN. Throws away what was written before. Only after a form that is to be
 * answered. */
void message_reply(struct message *message, uint8_t *at, size_t size);
/* The reply is to have at most `size` bytes, less than was said before; the question and a bare
 * OPT record are in it even so. */
void message_limit(struct message *message, size_t size);
/* Throws away what was written, and marks the reply as truncated. */
void message_cut(struct message *message);
/* Sections come in their order; the first needs no call. */
void message_section(struct message *message, enum message_section section);

/* Starts collecting the records of `owner` (a whole name, lower case) that have `type`. */
void message_set_begin(struct message *message, struct str owner, uint16_t type);
/* Adds one. Left out are a record that is there already (RFC 2181 5), and one whose data are not
 * what its type demands; the set's TTL is the lowest one (RFC 2181 5.2, 8). */
void message_set_add(struct message *message, uint32_t ttl_s, struct str rdata);
bool message_set_is_empty(const struct message *message);
/* Writes the set to the section, unless it is empty. ERR_LIMIT: there is no room for all of
 * it; then nothing of it is written, and the reply is marked as truncated if `needed`.
 * ERR_SYNTAX: nothing is left of it, for no record was what its type demands. */
MUST_CHECK enum status message_set_put(struct message *message, bool needed);

/* Completes the reply and yields its length. */
size_t message_finish(struct message *message, enum dns_rcode rcode, bool authoritative);
/* Whether the finished reply is marked as truncated. */
bool message_is_truncated(const struct message *message);
