// SPDX-License-Identifier: GPL-3.0-or-later
/* keys.h - the key file, whose keys turn secrets into digests. Only front reads it.
 *
 * It is text of mode 0600 with one line for each key: `pepper 1 HEX`, `master 1 HEX`, `seal 1 HEX`.
 * The number is the key's version; the key has 32 bytes. The database's settings have fingerprints
 * of the keys. So with a wrong file front refuses to start, instead of refusing every token. */
#pragma once

#include <stdint.h>

#include "base/digest.h"
#include "base/error.h"

struct keys {
    uint8_t pepper[DIGEST_KEY_SIZE], master[DIGEST_KEY_SIZE], seal[DIGEST_KEY_SIZE];
    uint8_t pepper_version, master_version, seal_version;
};

struct store;

/* Makes new keys and writes the file. ERR_EXISTS: there is a file, which is never replaced.
 * ERR_IO. */
MUST_CHECK enum status keys_create(const char *path, struct error *err);
/* Reads the text of a key file. It has every key once. Empty lines and lines that start with '#'
 * are skipped. ERR_SYNTAX; `err` never holds a key. */
MUST_CHECK enum status keys_parse(struct str text, struct keys *out, struct error *err);
/* Reads the file. ERR_DENIED: others than its owner can read or write it. ERR_SYNTAX, ERR_IO. */
MUST_CHECK enum status keys_load(const char *path, struct keys *out, struct error *err);
/* Compares the keys with the fingerprints in the database. If there are none, puts them there; then
 * `store` must be a writer in a transaction. ERR_CONFLICT: the fingerprints are of other keys. */
MUST_CHECK enum status keys_match(const struct keys *keys, struct store *store,
                                  struct error *err);
/* Wipes the keys. */
void keys_done(struct keys *keys);
