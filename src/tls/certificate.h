// SPDX-License-Identifier: GPL-3.0-or-later
/* certificate.h - a certificate with its chain and its key, as they stand in files in PEM, and what
 * is right and wrong with them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum {
    CERTIFICATE_NAMES_MAX = 200,
    CERTIFICATE_WARN_DAYS = 14,
};

struct certificate;

/* Reads both files, of which `chain` begins with the certificate; each further one has issued
 * the one before it. The caller frees *out. The text of an error begins with the file.
 * ERR_NOT_FOUND, ERR_IO: a file cannot be read. ERR_DENIED: others may read the key, or write
 * one of the files. ERR_SYNTAX: half a file, or no PEM. ERR_CONFLICT: the two, or the parts of
 * the chain, do not belong together, or the key is too weak. ERR_LIMIT. */
MUST_CHECK enum status certificate_load(const char *chain, const char *key,
                                        struct certificate **out, struct error *err);
void certificate_free(
    struct certificate *certificate); /* when nobody shares it any more */
CLEANER(certificate_free, struct certificate *)
/* The same once more, for another owner. Of the thread that frees it, alone. */
struct certificate *certificate_share(struct certificate *certificate);

/* Seconds since 1970. */
int64_t certificate_begins_s(const struct certificate *certificate);
int64_t certificate_ends_s(const struct certificate *certificate);
/* Whole days until the first of its chain ends; below 0: that has ended. */
int64_t certificate_days_left(const struct certificate *certificate, int64_t now_s);
/* "RSA", "ECDSA", "Ed25519". */
const char *certificate_kind(const struct certificate *certificate);
size_t certificate_name_count(const struct certificate *certificate);
/* In small letters; may begin with "*.". */
struct str certificate_name(const struct certificate *certificate, size_t index);
/* Whether the name stands in it, in any case: EXACT, or by a star in place of one label. */
enum certificate_match {
    CERTIFICATE_OTHER,
    CERTIFICATE_BY_STAR,
    CERTIFICATE_EXACT
};
enum certificate_match certificate_match(const struct certificate *certificate,
                                         struct str name);
/* Whether each name of `other` is one of `certificate`, too. */
bool certificate_covers(const struct certificate *certificate,
                        const struct certificate *other);

/* Adds it to OpenSSL's context, beside one of another kind. */
struct ssl_ctx_st;
MUST_CHECK enum status certificate_use(const struct certificate *certificate,
                                       struct ssl_ctx_st *context, struct error *err);
