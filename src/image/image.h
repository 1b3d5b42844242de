// SPDX-License-Identifier: GPL-3.0-or-later
/* image.h - the published zones as one file: read it.
 *
 * The file is a cdb (https://cr.yp.to/cdb/cdb.txt) as tinydns reads it: the key is an owner's
 * name in wire form, the value is type (2 bytes), '=' or, for records of "*.owner", '*',
 * TTL (4), time stamp (8, zeros), and the record data; numbers are big-endian. '>' and '+' in
 * place of '=' and '*' are followed by a location of 2 bytes.
 *
 * Which names exist is told by marks, which tinydns never asks for and axfrdns skips: under
 * the key "\0" + name stands a record of type 0 whose TTL is the number of existing names
 * directly below `name`. Every ancestor of an existing name has a mark, up to the children of
 * the root (which always exists), and so has a name that exists without records. That tells
 * an empty non-terminal (RFC 8020) or an offline host from a missing name without a search.
 * "*.name" is a name like any other there: it counts as a child of `name`, and has a mark of
 * its own if names lie below it or if it exists without records.
 *
 * tinydns itself answers NXDOMAIN for names that only a mark knows. In a file without marks,
 * such as tinydns-data writes, the reader knows no names but those with records.
 *
 * A reader maps the file once and sees that file for as long as it is open. It is not changed
 * by reading: any number of threads may share it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "dns/name.h"
#include "dns/record.h"

struct image;

/* Maps `path` and checks that its tables lie within the file. ERR_NOT_FOUND: no such file.
 * ERR_SYNTAX: empty, truncated or not a cdb. ERR_IO. */
MUST_CHECK enum status image_open(const char *path, struct image **out,
                                  struct error *err);
void image_close(struct image *image);
CLEANER(image_close, struct image *)

/* Whether `path` still names the very file that `image` has mapped (device and inode). */
bool image_is_current(const struct image *image, const char *path);
/* Bytes of the file. */
size_t image_size(const struct image *image);

/* A position in the records of one name. No cleanup is needed. Damaged bytes end the walk
 * early; they never lead outside the file. */
struct image_cursor {
    const struct image *image;
    struct str key;
    uint32_t hash, table, slots, slot, seen;
    bool wildcard;
};

/* Starts at the first record of `name` itself (`wildcard` false) or of "*.name" (true). A
 * `name` that begins with the label "*" finds the wildcard's own records. `name` is a whole
 * name in wire form, in lower case, and must live as long as the cursor. */
void image_find(const struct image *image, struct str name, bool wildcard,
                struct image_cursor *cursor);
/* What a cursor yields; `rdata` points into the file. Records that a reader of today must
 * not serve (a location, a time stamp) are passed over. */
struct image_record {
    uint16_t type;
    uint32_t ttl_s;
    struct str rdata;
};
bool image_next(struct image_cursor *cursor, struct image_record *out);

/* Whether `name` exists: it has records, a wildcard at "*.name" (RFC 4592 2.2.3), or a mark,
 * so that it lies above a name that exists or is there without records. */
bool image_name_exists(const struct image *image, struct str name);
/* Whether "*.name" exists, with or without records: whether an answer for a name below
 * `name` that does not exist is made from it (NODATA if it lacks the type). */
bool image_wildcard_exists(const struct image *image, struct str name);
/* The closest encloser (RFC 4592 3.3.1) of `name` at or below `zone`: the longest existing
 * ancestor-or-self. Both in wire form, `name` within `zone`. Returns a part of `name`. */
struct str image_closest_encloser(const struct image *image, struct str name,
                                  struct str zone);

/* Gets each record whose owner is `zone` or lies below it, in the order of the file; no
 * marks. Any status but OK ends the walk and is returned. */
typedef enum status (*image_walk_fn)(void *ctx, const struct record *record);
MUST_CHECK enum status image_walk_zone(const struct image *image, const struct name *zone,
                                       image_walk_fn fn, void *ctx);
