// SPDX-License-Identifier: GPL-3.0-or-later
/* index.h - notes where each zone's records are while an image is built. For this room alone.
 *
 * A run is a part of the file whose records have the same parent name (marks.h). At the end, when
 * all zones are known, the runs become the zones' ranges. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "image/marks.h"

enum {
    INDEX_ROOT = 0 /* the root as a parent; any other is 1 + the index of its mark */
};

struct index_run {
    uint32_t parent, from;
};

struct index {
    struct index_run *runs;
    size_t n, size;
    size_t zones, zone_bytes; /* how many zones, and the bytes of their keys */
    bool root_is_zone;
};

/* An empty index is all zeros. */
void index_done(struct index *index);
/* A record below `parent` begins at `at`. */
void index_note(struct index *index, uint32_t parent, uint32_t at);
/* A zone begins at `name`. */
void index_note_zone(struct index *index, struct marks *marks, struct str name);
/* The bytes that all entries and their slots will need at most. */
uint64_t index_bytes(const struct index *index);

/* Gets an entry: key, and a value of at most 30000 bytes. */
typedef enum status (*index_fn)(void *ctx, struct str key, struct str value,
                                struct error *err);
/* Gives the entries of all zones. `end` is where the last run ends. */
MUST_CHECK enum status index_write(const struct index *index, struct marks *marks,
                                   uint32_t end, index_fn fn, void *ctx,
                                   struct error *err);
