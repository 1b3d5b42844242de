// SPDX-License-Identifier: GPL-3.0-or-later
/* history.h - what each publication took away and brought, for incremental transfers.
 *
 * DIRECTORY/history is appended to by the one who changes the image, and read by others, also
 * under other users. It is a help only: without it a secondary gets the whole zone. One step
 * for each zone and publication leads from one serial to the next. The SOA record itself does
 * not stand in it: of that only the serial changes, or else there is a gap.
 *
 * After a fixed head come frames: length and checksum (4 bytes each, big-endian) and so many
 * bytes (history_frame.h). A tail that was cut is no frame, and is waited for or cut away. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "dns/record.h"

enum {
    HISTORY_LIMIT = 64 * 1024 * 1024, /* bytes of the file, if nothing else is said */
    HISTORY_LIMIT_MIN = 4096,
    HISTORY_LIMIT_MAX = 1024 * 1024 * 1024,
    HISTORY_STEP_MAX = 16 * 1024 * 1024, /* bytes of a step; a longer one is a gap */
};

/* ----- written ----- */

struct history;

/* Reads what is there; `limit` 0: HISTORY_LIMIT. What cannot be read is begun anew. When the
 * file passes the limit, its younger half goes into a new one, which takes its name. Never
 * fails: without a disk there is no history. */
struct history *history_open(const char *directory, size_t limit);
void history_close(struct history *history);
CLEANER(history_close, struct history *)

/* A publication: one step for each zone that it changed, with its records in any order; they
 * are copied. The number is for the others. Each zone once. */
size_t history_step(struct history *history, const struct name *zone, uint32_t from,
                    uint32_t to);
void history_gone(struct history *history, size_t step, const struct record *record);
void history_come(struct history *history, size_t step, const struct record *record);
/* Writes all steps of the publication, when the image carries it and before anybody is told;
 * none is fine. Not synced. False: it failed; the history has begun anew, without any of the
 * steps so far. */
bool history_commit(struct history *history);
/* Forgets them: the image does not carry it. */
void history_drop(struct history *history);

/* After a rebuild, which tells no differences, for each of the image's zones: if the zone's
 * last step led elsewhere than to `serial`, no difference will be told across this moment.
 * To be committed, like a step. */
void history_settle(struct history *history, const struct name *zone, uint32_t serial);

/* ----- read ----- */

/* The place from which one thread reads; it keeps where each zone's steps stand. */
struct history_reader;
struct history_reader *history_reader_new(const char *directory);
void history_reader_free(struct history_reader *reader);
CLEANER(history_reader_free, struct history_reader *)

/* The steps of a zone from one serial to the last one known, one after the other. It outlives
 * its reader, and the file's name. */
struct history_chain;
/* NULL: none leads from there. `to` gets the last serial; if that is `from`, the chain is
 * without steps. */
struct history_chain *history_chain_new(struct history_reader *reader,
                                        const struct name *zone, uint32_t from,
                                        uint32_t *to);
void history_chain_free(struct history_chain *chain);
CLEANER(history_chain_free, struct history_chain *)
/* Bytes of the steps that are still to come. */
size_t history_chain_size(const struct history_chain *chain);

/* Of a step it gets the serial that it leads from, what is gone, the serial that it leads to,
 * and what has come: as it stands in an incremental transfer. */
struct history_sink {
    void (*serial)(void *ctx, uint32_t serial);
    void (*record)(void *ctx, const struct record *record);
    void *ctx;
};
/* Gives the next step; its records live only during the calls. ERR_NOT_FOUND: there is none.
 * ERR_IO, ERR_SYNTAX: the file is damaged, nothing was given, and the chain has ended. */
MUST_CHECK enum status history_chain_next(struct history_chain *chain,
                                          const struct history_sink *sink);
