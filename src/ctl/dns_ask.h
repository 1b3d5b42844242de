// SPDX-License-Identifier: GPL-3.0-or-later
/* dns_ask.h - one question to one name server, waited for; for rovectl, never for a role. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/ip.h"
#include "dns/message.h"
#include "dns/record.h"

enum {
    DNS_ASK_WAIT_MS =
        2000, /* for each try: two over UDP, one over TCP if that is needed */
    DNS_RECORDS_MAX = 128, /* of a reply; more are passed over */
};

/* What matters here of a record of one of these types; others are passed over. */
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

/* ERR_BUSY: no answer in time, or nobody listens. ERR_SYNTAX: a broken answer. ERR_IO,
 * ERR_DENIED: there is no way to the server from here. */
MUST_CHECK enum status dns_ask(const struct dns_server *server, const struct dns_ask *ask,
                               struct dns_answer *out, struct error *err);
