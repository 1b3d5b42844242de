// SPDX-License-Identifier: GPL-3.0-or-later
/* keys.h - the key file: what turns secrets into digests. Only front reads it.
 *
 * Text, mode 0600, one line per key: `pepper 1 HEX`, `master 1 HEX`, `seal 1 HEX`, 32 bytes each
 * with a version. Its fingerprints stand in the database's settings, so that a wrong file
 * refuses to start instead of refusing every token. */
#pragma once

#include <stdint.h>

#include "base/digest.h"
#include "base/error.h"

struct keys {
    uint8_t pepper[DIGEST_KEY_SIZE], master[DIGEST_KEY_SIZE], seal[DIGEST_KEY_SIZE];
    uint8_t pepper_version, master_version, seal_version;
};

struct store;

/* Makes new keys and writes the file; ERR_EXISTS if it is there (it is never replaced). */
MUST_CHECK enum status keys_create(const char *path, struct error *err);
/* Reads the text of a key file: every key once, blank lines and lines that start with '#' are
 * skipped. ERR_SYNTAX; *out is untouched then, and `err` never shows a key. */
MUST_CHECK enum status keys_parse(struct str text, struct keys *out, struct error *err);
/* ERR_DENIED: the file is readable or writable by others than its owner. ERR_SYNTAX. */
MUST_CHECK enum status keys_load(const char *path, struct keys *out, struct error *err);
/* Compares with the fingerprints in the database, or puts them there (a writer within a
 * transaction) when there are none. ERR_CONFLICT: another file's. */
MUST_CHECK enum status keys_match(const struct keys *keys, struct store *store,
                                  struct error *err);
/* Wipes. */
void keys_done(struct keys *keys);
