// SPDX-License-Identifier: GPL-3.0-or-later
/* writer.h - the published zones as one file: make it.
 *
 * A writer owns the directory's data.cdb. A new file is written beside it, synced, renamed
 * over it, and the directory synced: a reader sees the old or the new one, always whole.
 * Format: image.h. */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

#include "base/str.h"
#include "dns/record.h"

struct image_writer;

/* Where a whole image comes from: gives the sink every record there should be, in any order,
 * though building is fastest when the records of one name, and the names of one zone, come
 * together. What comes twice is written twice. Of a record of type 0 none is written:
 * - without data it says "this name exists and has no records", an offline host or wildcard;
 * - with data it is a note about the zone that begins at its owner: image_note().
 * The sink's ERR_LIMIT: the file would pass 4 GiB, or a name 255 bytes. ERR_IO. After a
 * failure every further call fails in the same way. */
struct image_source {
    enum status (*walk)(void *ctx, const struct record_sink *sink, struct error *err);
    void *ctx;
};

/* `directory` is created if it is missing; a left-over temporary file is removed. ERR_IO. */
MUST_CHECK enum status image_writer_open(const char *directory, struct image_writer **out,
                                         struct error *err);
void image_writer_close(struct image_writer *writer);
CLEANER(image_writer_close, struct image_writer *)

/* The path of data.cdb, lent. */
const char *image_writer_path(const struct image_writer *writer);

/* Builds the whole image anew. On failure the last good file stays, and nothing of the new
 * one is left behind; but when all that failed was the sync of the directory (ERR_IO), the
 * new file is in place already, whole. Else ERR_IO, ERR_LIMIT or what the source returns. */
MUST_CHECK enum status image_rebuild(struct image_writer *writer,
                                     const struct image_source *source,
                                     struct error *err);

/* The same in two steps, of which the first may be done by another thread while image_apply()
 * goes on: a file of its own is made; what has changed since is applied to it, likewise; then
 * it takes its place. *out is freed by the caller, taken or not, before the writer is closed.
 * Only one at a time. */
struct image_draft;
MUST_CHECK enum status image_draft_make(const struct image_writer *writer,
                                        const struct image_source *source,
                                        struct image_draft **out, struct error *err);
/* Makes the second file too, so that changes go on at once when it is taken. As long as it is
 * missing (that failed, or *stop, or it was not called) they wait for image_writer_work(). */
void image_draft_add_spare(struct image_draft *draft, const atomic_bool *stop);
void image_draft_free(struct image_draft *draft);
CLEANER(image_draft_free, struct image_draft *)

/* ----- changes in place ----- */

/* Two images of one layout are kept, of which one's file is `data.cdb` and the other's
 * `data.spare`. Each stands in memory that nobody else can write, and is only written to its
 * file: what becomes of the files steers nothing. Changes are made in the spare one, and written
 * to its file while nobody else has that open (a write lease tells); then the file changes names
 * with data.cdb in one step. Cost follows the changes, not the size of the image. New names go
 * into room that every build leaves between records and tables.
 *
 * All fail with ERR_LIMIT where the system cannot do it (image_writer_patches()). */

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

/* To a file that is not in its place yet. After a failure it is of no more use. */
MUST_CHECK enum status image_draft_apply(struct image_draft *draft,
                                         const struct image_changes *changes,
                                         const struct image_diff *diff,
                                         struct error *err);
MUST_CHECK enum status image_draft_take(struct image_writer *writer,
                                        struct image_draft *draft, struct error *err);

/* How much of the room for changes is used up, the scarcer of space and slots: 0 to 100. */
unsigned image_writer_fill(const struct image_writer *writer);

/* To be called now and then: lets go of files that others had open and have no longer. Yields
 * whether data.cdb is as this writer left it, or nothing is known of that. Otherwise somebody has
 * replaced it or written to it: rebuild. */
bool image_writer_look(struct image_writer *writer);

/* Goes on with copies of data.cdb that are being made in the background: the spare file after
 * a rebuild or when somebody did not let go of it, and a snapshot; a slice each time. Sees to it
 * that changes are on the disk soon, in a thread of its own. An error in *err (its text is empty
 * otherwise): changes in place are given up until the next rebuild. */
enum image_work {
    IMAGE_IDLE,  /* nothing, but for a look now and then */
    IMAGE_WORKS, /* there is more to do */
    IMAGE_WAITS, /* for the disk: again in a moment */
};
enum image_work image_writer_work(struct image_writer *writer, struct error *err);

/* Waits until the image that this writer has made live is on the disk as it is now. False: it
 * may not be, or there is none. */
bool image_writer_sync(const struct image_writer *writer);

/* ----- readers in other processes ----- */

/* A reader that opens data.cdb by itself would hold up changes, if it keeps it open. It is
 * given the memory instead, to map it (live_reader.h): sealed, so that it can only read. All
 * descriptors are lent. */
/* The page of words that tell which file is live; -1: no changes in place. */
int image_writer_control_page(const struct image_writer *writer);
/* Is called for each new image that takes part, and by image_writer_each_file() for those there
 * are now. `id` is what the words name it by. */
typedef void (*image_file_fn)(void *ctx, uint32_t id, int fd);
void image_writer_on_file(struct image_writer *writer, image_file_fn fn, void *ctx);
void image_writer_each_file(const struct image_writer *writer, image_file_fn fn,
                            void *ctx);

/* The image that this writer has made live, lent until the next call that changes it; NULL:
 * none yet, or no changes in place. Unlike a second open of data.cdb it holds up nothing. */
const struct image *image_writer_live(const struct image_writer *writer);

/* Begins to make a copy that nobody changes any more, unless one is being made already; it is
 * up to date at the moment when it is whole. `fn` gets it once, with the image's generation (as
 * live_reader_generation() has it) and a descriptor, only to read, that is closed after the call;
 * -1: it failed. ERR_LIMIT: nothing to copy. ERR_BUSY: too many are in use. */
typedef void (*image_snapshot_fn)(void *ctx, uint64_t generation, int fd);
MUST_CHECK enum status image_writer_snapshot(struct image_writer *writer,
                                             image_snapshot_fn fn, void *ctx);
