// SPDX-License-Identifier: GPL-3.0-or-later
/* index.h - notes, while an image is built, where each zone's records stand, for this room
 * alone.
 *
 * A run is a stretch of the file whose records have one parent name (marks.h). Only at the
 * end, when all zones are known, runs become zones' ranges. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "image/marks.h"

enum {
    INDEX_ROOT = 0 /* the parent of names of one label; 1 + index for a mark */
};

struct index_run {
    uint32_t parent, from;
};

struct index {
    struct index_run *runs;
    size_t n, size;
    size_t zones, zone_bytes; /* for the size of what will be written */
    bool root_is_zone;
};

/* An empty index is all zeros. */
void index_done(struct index *index);
/* A record below `parent` begins at `at`. */
void index_note(struct index *index, uint32_t parent, uint32_t at);
/* A zone begins at `name`. */
void index_note_zone(struct index *index, struct marks *marks, struct str name);
/* At least the bytes of all entries and their slots. */
uint64_t index_bytes(const struct index *index);

/* Gives each zone's entries: key and value, of at most 30000 bytes. `end` is where the last
 * run ends. */
typedef enum status (*index_fn)(void *ctx, struct str key, struct str value,
                                struct error *err);
MUST_CHECK enum status index_write(const struct index *index, struct marks *marks,
                                   uint32_t end, index_fn fn, void *ctx,
                                   struct error *err);
