// SPDX-License-Identifier: GPL-3.0-or-later
/* name_rules.h - the rows of lists that say which names and networks hosts may not have. tables.h
 * and store.h have the rules. */
#pragma once

#include "store/tables.h"

/* Reserved words. ERR_EXISTS: the word is in the list of the zone, or of every zone, already. */
MUST_CHECK enum status store_reserved_insert(struct store *store,
                                             struct reserved_row *row, struct error *err);
MUST_CHECK enum status store_reserved_remove(struct store *store, int64_t id,
                                             struct error *err);
MUST_CHECK enum status store_reserved_find(struct store *store, int64_t id,
                                           struct reserved_row *out, struct error *err);
/* `zone_id` 0: of all lists. Of an owner there are the words of its zones. */
MUST_CHECK enum status store_reserved_list(
    struct store *store, int64_t zone_id, struct store_page page,
    enum status (*fn)(void *ctx, const struct reserved_row *row), void *ctx,
    struct error *err);
/* Those that count in the zone: its own, and those of every zone. */
MUST_CHECK enum status store_reserved_each(
    struct store *store, int64_t zone_id,
    enum status (*fn)(void *ctx, const struct reserved_row *row), void *ctx,
    struct error *err);
/* How many words the list has; `zone_id` 0: that of every zone. */
MUST_CHECK enum status store_reserved_count(struct store *store, int64_t zone_id,
                                            int64_t *out, struct error *err);

/* Blocked networks. ERR_EXISTS: the network is blocked already. */
MUST_CHECK enum status store_blocked_insert(struct store *store, struct blocked_row *row,
                                            struct error *err);
MUST_CHECK enum status store_blocked_remove(struct store *store, int64_t id,
                                            struct error *err);
MUST_CHECK enum status store_blocked_find(struct store *store, struct prefix network,
                                          struct blocked_row *out, struct error *err);
MUST_CHECK enum status store_blocked_list(
    struct store *store, struct store_page page,
    enum status (*fn)(void *ctx, const struct blocked_row *row), void *ctx,
    struct error *err);
/* One that has expired at `now_s`. ERR_NOT_FOUND. */
MUST_CHECK enum status store_blocked_expired(struct store *store, int64_t now_s,
                                             struct blocked_row *out, struct error *err);
MUST_CHECK enum status store_blocked_count(struct store *store, int64_t *out,
                                           struct error *err);
