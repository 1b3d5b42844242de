// SPDX-License-Identifier: GPL-3.0-or-later
/* history.h - what each publication took away and brought, for incremental transfers (IXFR,
 * RFC 1995).
 *
 * The writer of the image appends to DIRECTORY/history; other processes read it, also under other
 * users. It is only a help: without it a secondary gets the whole zone. Each publication adds one
 * step for each zone that it changed, from one serial to the next. The SOA record is not part of
 * a step: when more of it changes than the serial, the history has a gap instead.
 *
 * After a fixed head come frames: length and checksum (4 bytes each, big-endian), then that many
 * bytes (history_frame.h). A frame whose end is missing is not read: a reader waits for the rest,
 * and the writer cuts it away when it opens the file. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "dns/record.h"

enum {
    HISTORY_SIZE =
        64 * 1024 * 1024, /* bytes of the file, unless history_open() says otherwise */
    HISTORY_SIZE_MIN = 4096,
    HISTORY_SIZE_MAX = 1024 * 1024 * 1024,
    HISTORY_STEP_MAX = 16 * 1024 * 1024, /* bytes of a step; a longer one is a gap */
};

/* ----- written ----- */

struct history;

/* Reads the file, or begins a new one when it cannot be read. `size` is the most bytes of the file;
 * 0: HISTORY_SIZE. When the file grows longer, its younger half goes into a new one, which takes
 * its name. Never fails: without a disk there is no history. */
struct history *history_open(const char *directory, size_t size);
void history_close(struct history *history);
CLEANER(history_close, struct history *)

/* Begins a step of this publication; each zone once. Returns its number, by which history_gone()
 * and history_come() add records to it, in any order. The records are copied. */
size_t history_step(struct history *history, const struct name *zone, uint32_t from,
                    uint32_t to);
void history_gone(struct history *history, size_t step, const struct record *record);
void history_come(struct history *history, size_t step, const struct record *record);
/* Writes the steps of the publication, if there are any. To be called when the image carries it,
 * and before anybody is told. Does not sync. False: that failed, and the history has begun anew
 * without any of the steps so far. */
bool history_commit(struct history *history);
/* Forgets the steps of the publication, which the image does not carry. */
void history_drop(struct history *history);

/* To be called for each zone after a rebuild, which knows no differences. If the zone's last step
 * led elsewhere than to `serial`, it gets a gap: no difference is sent across this moment. To be
 * committed like a step. */
void history_settle(struct history *history, const struct name *zone, uint32_t serial);

/* ----- read ----- */

/* One thread's reader; it remembers where in the file each zone's steps are. */
struct history_reader;
struct history_reader *history_reader_new(const char *directory);
void history_reader_free(struct history_reader *reader);
CLEANER(history_reader_free, struct history_reader *)

/* The steps of a zone from one serial to the last one known, in order. A chain may outlive its
 * reader, and stays valid when another file takes the name. */
struct history_chain;
/* NULL: no steps lead from `from` to the last serial. *to is the last serial; if it is `from`, the
 * chain has no steps. */
struct history_chain *history_chain_new(struct history_reader *reader,
                                        const struct name *zone, uint32_t from,
                                        uint32_t *to);
void history_chain_free(struct history_chain *chain);
CLEANER(history_chain_free, struct history_chain *)
/* Bytes of the steps that were not given yet. */
size_t history_chain_size(const struct history_chain *chain);

/* Gets a step in the order of an incremental transfer: the serial that it leads from, the records
 * that are gone, the serial that it leads to, and the records that have come. */
struct history_sink {
    void (*serial)(void *ctx, uint32_t serial);
    void (*record)(void *ctx, const struct record *record);
    void *ctx;
};
/* Gives the next step to the sink; the records are valid only during the calls. ERR_NOT_FOUND:
 * there is none. ERR_IO, ERR_SYNTAX: the file is damaged, nothing was given, and the chain ends. */
MUST_CHECK enum status history_chain_next(struct history_chain *chain,
                                          const struct history_sink *sink);
