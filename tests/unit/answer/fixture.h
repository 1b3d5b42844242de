// SPDX-License-Identifier: GPL-3.0-or-later
/* fixture.h - what the tests of this room share: an image made from lines of tinydns data,
 * queries from words, replies as text.
 *
 * The reader of replies is written apart from the code under test and trusts nothing: it
 * takes a reply apart to its last byte, and fails the test when the counts of its header are
 * not those of its records. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "image/image.h"
#include "test.h"

enum {
    QUERY_MAX = 600,
    REPLY_MAX = 65535,
    TEXT_MAX = 1 << 20
};

/* A fresh folder for the data.cdb of a test. */
struct folder {
    char path[64];
};
void folder_init(struct folder *folder);
void folder_done(struct folder *folder);
/* Publishes the lines there; those that begin with '!' name something that exists without
 * records. */
void folder_publish(const struct folder *folder, const char *lines);
/* Puts bytes in the place of data.cdb, by renaming. */
void folder_put(const struct folder *folder, struct str bytes);
const char *folder_file(const struct folder *folder, const char *name);

/* A question such as "www.example.org A". Zero means the usual. */
struct asked {
    const char *name; /* case is kept */
    uint16_t type;    /* 0: 1 (A) */
    uint16_t class;   /* 0: 1 (IN) */
    uint16_t flags;
    bool has_serial; /* as IXFR has it: */
    uint32_t serial; /* the SOA record of what the client has */
    bool edns;
    uint16_t size;       /* 0: 1232 */
    uint32_t edns_flags; /* extended rcode, version, flags */
    const char *options; /* EDNS options in hexadecimal */
};
/* Writes the query with the id 0x1234. */
struct str query_write(const struct asked *asked, uint8_t at[QUERY_MAX]);

/* The reply as text, such as
 *     "NOERROR aa: www.example.org 300 A c0000201; authority; additional: ..."
 * Sections that are empty are left out; an OPT record is told as "edns" with its flags. The
 * text is lent until the next call. */
const char *reply_text(struct str reply);
/* The records of a section that were counted. */
unsigned reply_count(struct str reply, unsigned section);
