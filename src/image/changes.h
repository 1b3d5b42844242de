// SPDX-License-Identifier: GPL-3.0-or-later
/* changes.h - brings the image up to date in place.
 *
 * The writer keeps two images of one layout. The file of the live one is `data.cdb`, that of the
 * spare one `data.spare`. Each image stands in memory that only the writer can write. What is
 * changed there is also written to the file, which is never read.
 *
 * A change is made in the spare image, and written to its file while nobody else has that file
 * open (a write lease tells). Then the two files exchange their names in one step. The cost
 * follows the changes, not the size of the image. New names use the room that each build leaves
 * (slack.h). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "dns/record.h"

struct image_writer;

/* Whether changes in place work in this directory, which is tried out when the writer is opened.
 * If not, they fail with ERR_LIMIT, and *why is the reason. `why` may be NULL; the text is lent. */
bool image_writer_patches(const struct image_writer *writer, const char **why);

/* All records that `owner` and "*.owner" have from now on, in any order. Each is as image_source
 * gives it, but its owner is ignored. Markers are among them; notes and SOA records are not.
 * Without records the names no longer exist, unless other names lie below them. */
struct image_node {
    struct name owner;
    const struct record *records;
    size_t count;
};
/* A zone's new serial, for every SOA record at `apex`, and its new note, which is as long as the
 * present one. Other records of the apex stay as they are. */
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
/* Gets each record that goes and each that comes, but none that stays. `node` is the index of its
 * node. A record whose TTL changes goes and comes. */
struct image_diff {
    void (*gone)(void *ctx, size_t node, const struct record *record);
    void (*come)(void *ctx, size_t node, const struct record *record);
    void *ctx;
};
/* Makes the changes: afterwards the image holds what image_rebuild() would put there. One change
 * takes microseconds. Before and after, data.cdb is a whole image. All changes are made, or none.
 *
 * They are not synced here, but some seconds later (image_writer_work()). A loss of power may leave
 * each page of the file as it was at any moment of these seconds; the file then needs a rebuild.
 *
 * `diff` may be NULL. What it got counts only when this returns OK.
 *
 * ERR_BUSY: the spare file is still being made, or somebody reads it. Call image_writer_work() and
 * try again soon. The other errors need a rebuild. ERR_LIMIT: there is no room, or it cannot be
 * done in place (a root zone, a note of another length and the like). ERR_CONFLICT: data.cdb is
 * not as this writer left it. ERR_IO. */
MUST_CHECK enum status image_apply(struct image_writer *writer,
                                   const struct image_changes *changes,
                                   const struct image_diff *diff, struct error *err);

/* How much of the room for changes is used, from 0 to 100 percent; of space and slots, the part
 * that is scarcer. */
unsigned image_writer_fill(const struct image_writer *writer);
