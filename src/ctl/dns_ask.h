// SPDX-License-Identifier: GPL-3.0-or-later
/* dns_ask.h - asks one name server one question, and waits for the answer. For rovectl; a role
 * never waits. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/ip.h"
#include "dns/message.h"
#include "dns/record.h"

enum {
    /* For each try: two over UDP, and one over TCP if that is needed. */
    DNS_ASK_WAIT_MS = 2000,
    DNS_RECORDS_MAX = 128, /* of a reply; others are left out */
};

/* What rovectl needs of a record. Records of other types are left out. */
struct dns_record {
    enum message_section section;
    struct name owner;
    uint16_t type; /* A, AAAA, NS, SOA */
    uint32_t ttl_s;
    struct ip ip;       /* A, AAAA */
    struct name server; /* NS */
    struct soa soa;     /* SOA */
};

struct dns_answer {
    uint8_t rcode;
    bool authoritative;
    size_t count;
    struct dns_record records[DNS_RECORDS_MAX];
};

struct dns_server {
    struct ip ip;
    uint16_t port;
};

struct dns_ask {
    struct name name;
    uint16_t type;
    bool recursive; /* for resolvers */
};

/* ERR_BUSY: no answer came in time, or nothing listens there. ERR_SYNTAX: the answer is broken.
 * ERR_IO, ERR_DENIED: this machine cannot reach the server. */
MUST_CHECK enum status dns_ask(const struct dns_server *server, const struct dns_ask *ask,
                               struct dns_answer *out, struct error *err);
