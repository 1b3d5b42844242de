// SPDX-License-Identifier: GPL-3.0-or-later
/* journal.h - writes rows of the table `changes`, which is both journal and history.
 *
 * Each row names the row before it about the same thing, so that the history of one thing can be
 * followed. The calls read that number from last_change and put the new row's seq there. The
 * caller saves it. Only for the files of this room. */
#pragma once

#include "change/admin.h"

/* Fills in who changes something, from where and when. */
void journal_set_origin(const struct admin *admin, struct change_row *row);
/* A change of a host's addresses or state; NULL: there was none before, or is none after.
 * `changes_hands`: another account owns it from now on; the row then has its name, too. */
MUST_CHECK enum status journal_host(const struct admin *admin, struct host_row *row,
                                    const struct addresses *before,
                                    const struct addresses *after, bool changes_hands,
                                    struct error *err);
/* A change of the zone's further records at `owner`, its wildcard's included. */
MUST_CHECK enum status journal_records(const struct admin *admin, struct zone_row *zone,
                                       const struct name *owner, const char *word,
                                       struct error *err);
/* An account's role in a zone; the words are "" where it has none. */
MUST_CHECK enum status journal_member(const struct admin *admin, int64_t account_id,
                                      const struct name *zone, const char *before,
                                      const char *after, struct error *err);
/* A change of a list of the zone, or of all (0): the zone's owner sees it. */
MUST_CHECK enum status journal_list(const struct admin *admin, enum change_kind kind,
                                    int64_t id, int64_t zone_id, const char *word,
                                    struct error *err);
/* A change of another thing; `word` is "add", "set" or "remove". */
MUST_CHECK enum status journal_word(const struct admin *admin, enum change_kind kind,
                                    int64_t id, const char *word, int64_t *last_change,
                                    struct error *err);
/* A change of an account; `what` was set, in words, and may be empty. */
MUST_CHECK enum status journal_account(const struct admin *admin, struct account_row *row,
                                       const char *word, struct str what,
                                       struct error *err);
