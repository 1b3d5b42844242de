// SPDX-License-Identifier: GPL-3.0-or-later
/* hasher.h - the one thread that hashes passwords, and the short queue before it.
 *
 * A hash takes 19 MiB and some 50 ms, so there is one at a time, and whoever finds the queue full
 * is told so at once: guessing takes neither the memory nor the time of updates. All calls are made
 * on the loop's thread. */
#pragma once

#include "account/password.h"
#include "base/digest.h"
#include "net/loop.h"

struct hasher;

enum {
    HASHER_QUEUE = 8 /* orders that wait or are being worked on */
};

struct hash_order {
    /* A password to check, and the hash that it should have. */
    bool checks;
    char password[PASSWORD_BYTES_MAX];
    size_t password_n;
    char hash
        [PASSWORD_HASH_SIZE]; /* empty: nobody's; no password matches, and it costs as much */
    /* A new password to judge and to hash, if the other one matches. */
    bool wants;
    char wanted[PASSWORD_BYTES_MAX];
    size_t wanted_n;
    struct password_words words;
    /* Called on the loop. */
    void (*done)(void *ctx, struct hash_order *order);
    void *ctx;

    /* Out. */
    bool dropped; /* the service ends: nothing was done */
    bool matches;
    enum status
        status; /* of what is wanted, as password_judge() and password_hash() say */
    struct error err;
    /* The new password's; or, where none is wanted, that of a password that matches an outdated
     * hash. Empty: there is none. */
    char made[PASSWORD_HASH_SIZE];
    unsigned hashes; /* that were computed */

    struct hash_order *next; /* only for hasher.c */
};

struct hash_order *hash_order_new(void);
/* False: it is longer than a password may be, and is none. */
MUST_CHECK bool hash_order_check(struct hash_order *order, struct str password,
                                 const char *hash);
MUST_CHECK bool hash_order_want(struct hash_order *order, struct str password);
/* Wipes it. NULL is fine. */
void hash_order_free(struct hash_order *order);

/* ERR_IO: no thread started. */
MUST_CHECK enum status hasher_start(struct loop *loop, struct hasher **out,
                                    struct error *err);
/* Waits for the hash that is being computed. Each order is given back. NULL is fine. */
void hasher_stop(struct hasher *hasher);

/* Takes the order until `done` gives it back. ERR_BUSY: the queue is full, and the order stays the
 * caller's. */
MUST_CHECK enum status hasher_submit(struct hasher *hasher, struct hash_order *order);

struct hasher_counts {
    uint64_t hashes;  /* that were computed */
    uint64_t refused; /* orders, because the queue was full */
    size_t waiting;   /* orders that wait or are being worked on */
};
struct hasher_counts hasher_count(const struct hasher *hasher);
