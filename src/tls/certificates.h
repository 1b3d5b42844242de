// SPDX-License-Identifier: GPL-3.0-or-later
/* certificates.h - the certificates of a configuration as their files change.
 *
 * Folders are watched, those in which the names stand and those to which links lead; once a
 * second the files are looked at as well, for what a watch cannot tell of. What has changed is
 * read at once; of a pair that cannot be used the one before stays. */
#pragma once

#include "net/loop.h"
#include "tls/certificate.h"

struct certificates;

struct certificate_files {
    const char *title, *chain, *key;
};

struct certificates_events {
    /* One at least is another one, or there are more or fewer. */
    void (*changed)(void *ctx);
    /* `why` begins with the file. */
    void (*refused)(void *ctx, const char *title, const char *why, bool has_former);
};

/* `events` and `ctx` are lent. */
struct certificates *certificates_new(struct loop *loop,
                                      const struct certificates_events *events,
                                      void *ctx);
void certificates_free(struct certificates *certificates);
CLEANER(certificates_free, struct certificates *)
/* Follows these from now on, and reads them; the texts are copied. Calls `changed`. Of those
 * that it knows under the same title, the one before stays while the files cannot be used. */
void certificates_follow(struct certificates *certificates,
                         const struct certificate_files *list, size_t count);

size_t certificates_count(const struct certificates *certificates);
const char *certificates_title(const struct certificates *certificates, size_t index);
/* NULL: its files could never be used. Lent until the loop goes on. */
struct certificate *certificates_get(const struct certificates *certificates,
                                     size_t index);
/* "": its files are in use as they stand there. */
const char *certificates_trouble(const struct certificates *certificates, size_t index);
