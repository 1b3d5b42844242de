// SPDX-License-Identifier: GPL-3.0-or-later
/* ticket.h - the keys of session tickets (RFC 5077, RFC 8446 4.6.1), by which a client that
 * comes back is spared most of a handshake.
 *
 * Time is cut into epochs of twelve hours, and each has a key of its own. All keys come from one
 * secret: that of an epoch gives the epoch's key and the next epoch's secret, and no way leads
 * back. So nodes that were given the same file once have the same keys for good, without talking
 * to each other. The secrets of former epochs are forgotten, so that whoever steals the file cannot
 * read what was recorded a day and a half before. Tickets of this epoch and of the two before it
 * are taken, and those of the next one, as another node's clock may be ahead. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum {
    TICKET_EPOCH_S = 12 * 3600,
    TICKET_LIFE_S = 24 * 3600, /* how long a client may come back with one */
    TICKET_KEYS_MAX = 4,
    TICKET_SECRET_SIZE = 32,
    TICKET_NAME_SIZE = 16,
    TICKET_KEY_SIZE = 32,
    TICKET_TEXT_SIZE = 128, /* of a secret, with its zero byte */
};

/* The secret of `epoch`, the oldest whose tickets are taken. */
struct ticket_secret {
    int64_t epoch;
    uint8_t bytes[TICKET_SECRET_SIZE];
};

struct ticket_key {
    uint8_t name[TICKET_NAME_SIZE]; /* stands in the ticket, in clear */
    uint8_t cipher[TICKET_KEY_SIZE], mac[TICKET_KEY_SIZE];
};

struct ticket_keys {
    struct ticket_key list[TICKET_KEYS_MAX];
    size_t count, present; /* `present` seals new ones */
};

/* A fresh one, for the time `now_s`. */
void ticket_secret_make(int64_t now_s, struct ticket_secret *out);
/* Forgets the epochs whose tickets are not taken any more. False: nothing has changed. A clock that
 * stepped back changes nothing, and the keys stay as they were. */
bool ticket_secret_advance(struct ticket_secret *secret, int64_t now_s);
void ticket_secret_derive(const struct ticket_secret *secret, int64_t now_s,
                          struct ticket_keys *out);
/* NULL: none of these has the name. */
const struct ticket_key *ticket_keys_find(const struct ticket_keys *keys,
                                          const uint8_t name[TICKET_NAME_SIZE]);

/* "rove-tickets 1 EPOCH SECRET", the secret in hexadecimal digits. ERR_SYNTAX. */
MUST_CHECK enum status ticket_secret_parse(struct str text, struct ticket_secret *out);
struct buf;
void ticket_secret_format(const struct ticket_secret *secret, struct buf *out);

/* The secret of the file, brought up to `now_s`, or a new one where there is none or it cannot
 * be used; the file is written when it is not as it should be. OK, or why the secret in *out is
 * not in the file. ERR_DENIED: others may read it. ERR_SYNTAX, ERR_NOT_FOUND, ERR_IO. Then it is
 * good until we end. */
MUST_CHECK enum status ticket_secret_load(const char *path, int64_t now_s,
                                          struct ticket_secret *out, struct error *err);
