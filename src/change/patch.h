// SPDX-License-Identifier: GPL-3.0-or-later
/* patch.h - what a batch changed of the rows that are also in memory.
 *
 * The writer notes it inside the transaction. The loop takes it over before the jobs of the batch
 * end, in the order of the commits, without reading the database. Who listens hears of the hosts. */
#pragma once

#include "change/events.h"
#include "change/resident.h"

struct served;

enum patch_kind {
    PATCH_HOST,
    PATCH_ADDRESSES,
    PATCH_TOKEN,
    PATCH_ACCOUNT,
    PATCH_NO_HOST, /* removed; `id` */
    PATCH_NO_TOKEN,
    PATCH_NO_ACCOUNT,
    PATCH_BLOCKED /* the list of blocked networks has changed */
};

struct patch {
    enum patch_kind kind;
    int64_t seq; /* of a host: its newest change */
    union {
        struct resident_host host;
        struct resident_addresses addresses;
        struct resident_token token;
        struct {
            int64_t id;
            struct access_account row;
        } account;
        int64_t id;
    };
};

struct patches {
    const uint8_t *name_key; /* resident_name_key(), lent; NULL: nothing is noted */
    struct patch *at;
    size_t count, size;
    /* With PATCH_BLOCKED among them: the networks in the database, by then. */
    struct prefix *blocked;
    size_t blocked_count;
    bool has_blocked;
};

void patches_done(struct patches *patches);
/* Notes what an update wrote. Does nothing when nothing is to be noted. */
void patches_note_addresses(struct patches *patches, const struct host_row *row,
                            bool called);
/* Notes what the journal names after `seq`, as the connection sees it. */
MUST_CHECK enum status patches_note_journal(struct patches *patches, struct store *store,
                                            int64_t seq, struct error *err);
/* Reads the blocked networks of the database. */
MUST_CHECK enum status patches_read_blocked(struct patches *patches, struct store *store,
                                            struct error *err);
/* The same, if PATCH_BLOCKED is among the patches. */
MUST_CHECK enum status patches_note_blocked(struct patches *patches, struct store *store,
                                            struct error *err);
/* All but the blocked networks. `events` NULL: nobody listens. `served` NULL: name servers are not
 * asked for what somebody hears of. */
void patches_apply(const struct patches *patches, struct resident *resident,
                   struct events *events, struct served *served);
