// SPDX-License-Identifier: GPL-3.0-or-later
/* image.h - reads the published zones, which are one file.
 *
 * The file is a cdb (https://cr.yp.to/cdb/cdb.txt) as tinydns reads it: the key is an owner's
 * name in wire form, the value is type (2 bytes), '=' or, for records of "*.owner", '*',
 * TTL (4), time stamp (8, zeros), and the record data; numbers are big-endian. '>' and '+' in
 * place of '=' and '*' are followed by a location of 2 bytes.
 *
 * Marks tell which names exist. tinydns never asks for them and axfrdns skips them. The mark of a
 * name is a record of type 0 under the key "\0" + name. Its TTL is the number of existing names
 * directly below. The last byte of its time stamp is 1 if the name exists without records. Every
 * ancestor of an existing name has a mark, up to the children of the root (which always exists),
 * and so has a name without records. So an empty non-terminal (RFC 8020) or an offline host is
 * told from a missing name without a search. A mark that says neither counts as none.
 * "*.name" is a name like any other: it counts as a child of `name`, and has a mark of its own if
 * names lie below it or if it exists without records.
 *
 * Entries with the key "\0\0" are room for changes (slack.h). A key whose first byte was made zero
 * is that of a record that was taken away (edit.h).
 *
 * tinydns itself answers NXDOMAIN for names that only have a mark. In a file without marks, such
 * as tinydns-data writes, the reader knows only names that have records.
 *
 * An open image always shows the file that was mapped, whatever becomes of its name. Reading does
 * not change it, so that any number of threads may share it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/ip.h"
#include "base/str.h"
#include "dns/name.h"
#include "dns/record.h"

struct image;

/* Maps `path` and checks that its tables lie within the file. ERR_NOT_FOUND: no such file.
 * ERR_SYNTAX: empty, truncated or not a cdb. ERR_IO. */
MUST_CHECK enum status image_open(const char *path, struct image **out,
                                  struct error *err);
/* The same for a descriptor, which stays the caller's and may be closed. */
MUST_CHECK enum status image_open_fd(int fd, struct image **out, struct error *err);
void image_close(struct image *image);
CLEANER(image_close, struct image *)

/* Whether `path` still names the file that `image` has mapped (device and inode). */
bool image_is_current(const struct image *image, const char *path);
/* The size of the file in bytes. */
size_t image_size(const struct image *image);

/* Where and when somebody asks. Records for other locations or other times are not seen. */
struct image_view {
    uint8_t location[2]; /* of the client: image_locate() */
    uint64_t now_tai;    /* TAI64 seconds: image_tai() of now */
};
/* TAI64 as tinydns counts it, from seconds since 1970. */
uint64_t image_tai(int64_t unix_s);
/* The location of a client: that of the longest prefix of its IPv4 address that has one. Zeros:
 * there is none, or the client has no IPv4 address. */
void image_locate(const struct image *image, const struct ip *client, uint8_t out[2]);

/* A position in the records of one name. It needs no cleanup. Damaged bytes end the walk early, and
 * never lead outside the file. */
struct image_cursor {
    const struct image *image;
    struct str key;
    uint32_t hash, table, slots, slot, seen;
    bool wildcard, sees_all;
    struct image_view view;
};

/* Starts at the first record of `name` itself (`wildcard` false) or of "*.name" (true). A
 * `name` that begins with the label "*" finds the wildcard's own records. `name` is a whole
 * name in wire form, in lower case, and must live as long as the cursor. When `view` is NULL
 * every record is seen, with its TTL as it is written. */
void image_find(const struct image *image, const struct image_view *view, struct str name,
                bool wildcard, struct image_cursor *cursor);
/* Prefetches the memory that look-ups of these names will read, for all of them at once; otherwise
 * each look-up would wait for its own. Has no other effect. At most IMAGE_PREFETCH_MAX names. */
enum {
    IMAGE_PREFETCH_MAX = 64
};
void image_prefetch(const struct image *image, const struct name *names, size_t count);
/* A record that a cursor finds; `rdata` points into the file. The TTL of a record that will expire
 * is the time it has left, from 2 to 3600 seconds, as tinydns shows it. */
struct image_record {
    uint16_t type;
    uint32_t ttl_s;
    struct str rdata;
    uint64_t stamp;
    uint8_t location[2];
};
bool image_next(struct image_cursor *cursor, struct image_record *out);
/* Whether a record that was found without a view is seen with this one. Sets its TTL to the one to
 * show. */
bool image_is_seen(const struct image_view *view, struct image_record *record);

/* Whether `name` exists: it has records, a wildcard at "*.name" (RFC 4592 2.2.3), or a mark,
 * so that it lies above a name that exists or is there without records. */
bool image_name_exists(const struct image *image, const struct image_view *view,
                       struct str name);
/* Whether "*.name" exists, with or without records. If so, a missing name below `name` is answered
 * from it (NODATA if it lacks the type). */
bool image_wildcard_exists(const struct image *image, const struct image_view *view,
                           struct str name);
/* The closest encloser (RFC 4592 3.3.1) of `name` at or below `zone`: the longest name that exists
 * among `name` and its ancestors. Both are in wire form, `name` within `zone`. Returns a part of
 * `name`. */
struct str image_closest_encloser(const struct image *image,
                                  const struct image_view *view, struct str name,
                                  struct str zone);

/* Gets records, whatever their location and time. Any status except OK ends the walk, which returns
 * it. */
typedef enum status (*image_walk_fn)(void *ctx, const struct record *record);
/* Every record, in the order of the file; no marks. */
MUST_CHECK enum status image_walk(const struct image *image, image_walk_fn fn, void *ctx);
/* Every location rule ("%" lines of tinydns-data). */
typedef enum status (*image_location_fn)(void *ctx, const struct location_rule *rule);
MUST_CHECK enum status image_walk_locations(const struct image *image,
                                            image_location_fn fn, void *ctx);
/* The records of a transfer of `zone`: its own ones and, where another zone of this image begins
 * below it, that zone's NS records and the addresses of those of its servers that lie in it.
 * None when no zone begins at `zone`. Reads only that zone, by the image's index, or the whole
 * file when another program wrote it. */
MUST_CHECK enum status image_walk_zone(const struct image *image, const struct name *zone,
                                       image_walk_fn fn, void *ctx);

/* The same in parts, for a caller that does other things in between. The image must stay open. */
struct image_walk;
struct image_walk *image_walk_new(const struct image *image, const struct name *zone);
void image_walk_free(struct image_walk *walk);
CLEANER(image_walk_free, struct image_walk *)
bool image_walk_is_done(const struct image_walk *walk);
/* Reads at most `entries` more; the zone's apex counts as one. */
MUST_CHECK enum status image_walk_some(struct image_walk *walk, size_t entries,
                                       image_walk_fn fn, void *ctx);
/* What the image's source noted about the zone (draft.h); false: nothing. */
bool image_note(const struct image *image, const struct name *zone, struct str *out);
