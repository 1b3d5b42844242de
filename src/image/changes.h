// SPDX-License-Identifier: GPL-3.0-or-later
/* changes.h - brings the image up to date in place.
 *
 * Two images of one layout are kept, of which one's file is `data.cdb` and the other's
 * `data.spare`. Each stands in memory that nobody else can write, and is only written to its
 * file: what becomes of the files steers nothing. Changes are made in the spare one, and written
 * to its file while nobody else has that open (a write lease tells); then the file changes names
 * with data.cdb in one step. Cost follows the changes, not the size of the image. New names go
 * into room that every build leaves between records and tables.
 *
 * All fail with ERR_LIMIT where the system cannot do it (image_writer_patches()). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "dns/record.h"

struct image_writer;

/* Whether changes in place work in this directory: found out when the writer is opened.
 * Otherwise *why (lent, may be NULL) tells. */
bool image_writer_patches(const struct image_writer *writer, const char **why);

/* Everything that stands at `owner` and "*.owner" from now on, in any order; each record is
 * as image_source has it (its owner is not looked at), markers included, notes and SOA records
 * not. None: the names exist no more, unless others lie below them. */
struct image_node {
    struct name owner;
    const struct record *records;
    size_t count;
};
/* A zone's new serial, in every SOA record at `apex`, and its note (of the same length as the
 * one that stands there). Other records of the apex stay as they are. */
struct image_zone {
    struct name apex;
    uint32_t serial;
    struct str note;
};
struct image_changes {
    const struct image_node *nodes; /* each owner once */
    size_t node_count;
    const struct image_zone *zones;
    size_t zone_count;
};
/* Is told of each record that goes or comes; those that only stay are not told. `node` is the
 * number of its node. TTL changes are told as going and coming. */
struct image_diff {
    void (*gone)(void *ctx, size_t node, const struct record *record);
    void (*come)(void *ctx, size_t node, const struct record *record);
    void *ctx;
};
/* Brings the image up to date, as image_rebuild() would make it; data.cdb is one whole
 * generation before and after. Takes microseconds for one change. Not synced by itself: a loss of
 * power may leave each page of the file as it was at any moment of the last seconds
 * (image_writer_work()), and the file wants a rebuild; what else is in it is whole. `diff` may be NULL; what it was told
 * counts only with OK. All of them have happened, or none of them:
 * ERR_BUSY: the spare file is not there yet or is being read by somebody; call
 * image_writer_work() and try again soon. ERR_LIMIT: there is no room, or it cannot be done in
 * place (a root zone, a note of another length, ...): rebuild. ERR_CONFLICT: data.cdb is not
 * as this writer left it: rebuild. ERR_IO: rebuild. */
MUST_CHECK enum status image_apply(struct image_writer *writer,
                                   const struct image_changes *changes,
                                   const struct image_diff *diff, struct error *err);

/* How much of the room for changes is used up, the scarcer of space and slots: 0 to 100. */
unsigned image_writer_fill(const struct image_writer *writer);
