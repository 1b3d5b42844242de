// SPDX-License-Identifier: GPL-3.0-or-later
/* asker.h - asks name servers over UDP, and takes their answers.
 *
 * It asks the servers that it was given and nobody else. Each try has a socket of its own, so that a
 * forger has to guess the port, the id and the case of the name's letters. What does not fit is not
 * an answer, and the question waits on; after ASKER_WRONG_MAX such datagrams the try is over.
 *
 * All together get at most ASKER_RATE requests a second, and at most ASKER_FLIGHT_MAX are on their
 * way, ASKER_FLIGHT_SERVER to one server; others wait in the server's queue. A server that was
 * silent ASKER_DOWN_AFTER times in a row gets one question at a time: those that are queued
 * meanwhile count as unanswered at once. So no server delays another one. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/addresses.h"
#include "dns/name.h"

struct asker;
struct loop;

enum {
    ASKER_SERVERS_MAX = 80,
    ASKER_RATE = 500, /* a second */
    ASKER_FLIGHT_MAX = 64,
    ASKER_FLIGHT_SERVER = 16,
    ASKER_TRIES = 2,
    ASKER_TRY_MS = 700,
    ASKER_WRONG_MAX = 32,
    ASKER_DOWN_AFTER = 6,
};

struct asker_server {
    const char *title; /* lent */
    struct ip ip;
    uint16_t port;
};

enum asker_result {
    ASKER_SILENT,    /* nothing came, or the machine says that nobody listens */
    ASKER_ANSWERED,  /* `rcode` and what follows count */
    ASKER_TRUNCATED, /* the answer is too long for UDP */
    ASKER_BROKEN,    /* something came that is no answer to this */
};

struct asker_answer {
    enum asker_result result;
    uint8_t rcode;
    bool authoritative;
    bool has_serial;
    bool has_more; /* addresses than have room here */
    uint32_t serial;
    struct addresses addresses; /* of the name, of the type that was asked for */
    uint32_t took_ms;
    int64_t asked_s; /* seconds since 1970 */
};

/* In the caller's storage until it is answered or taken back. */
struct asker_question {
    TAILQ_ENTRY(asker_question) links; /* for asker.c */
    size_t server;                     /* its number */
    const struct name *name;           /* lent */
    uint16_t type;                     /* A, AAAA or SOA */
    /* Called once, never from within asker_ask(). The answer is lent for the call. */
    void (*answered)(void *ctx, const struct asker_question *question,
                     const struct asker_answer *answer);
    void *ctx;
};

/* Copies at most ASKER_SERVERS_MAX servers. */
struct asker *asker_new(struct loop *loop, const struct asker_server *servers,
                        size_t count);
/* Forgets all questions without a call. */
void asker_free(struct asker *asker);
CLEANER(asker_free, struct asker *)

size_t asker_server_count(const struct asker *asker);
const struct asker_server *asker_get_server(const struct asker *asker, size_t server);

void asker_ask(struct asker *asker, struct asker_question *question);
/* Takes a question back that has not been answered. */
void asker_cancel(struct asker *asker, struct asker_question *question);

struct asker_standing {
    int64_t asked_s, heard_s; /* last; seconds since 1970; 0: never */
    uint32_t silences;        /* in a row, up to now */
};
struct asker_standing asker_get_standing(const struct asker *asker, size_t server);
