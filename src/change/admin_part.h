// SPDX-License-Identifier: GPL-3.0-or-later
/* admin_part.h - what several of the admin_*.c files need. Only for them. */
#pragma once

#include "change/admin.h"

enum {
    WALK_PAGE = 256 /* rows that are read before any of them is changed */
};

/* ERR_LIMIT unless it is between TTL_MIN_S and TTL_MAX_S; `what` names it in the error. */
MUST_CHECK enum status admin_check_ttl(uint32_t ttl_s, const char *what,
                                       struct error *err);
/* The account that owns something, or is about to. ERR_NOT_FOUND. ERR_CONFLICT: it is being
 * removed. */
MUST_CHECK enum status admin_find_owner(const struct admin *admin, int64_t id,
                                        struct account_row *out, struct error *err);
/* ERR_CONFLICT: a tombstone of another owner than `owner_id` stands at or above `name`, below
 * `top`. */
MUST_CHECK enum status admin_check_tombstones(const struct admin *admin,
                                              const struct name *name,
                                              const struct name *top, int64_t owner_id,
                                              struct error *err);
/* ERR_CONFLICT: `name`, or a name above it in the zone, is delegated to other servers. */
MUST_CHECK enum status admin_check_cuts(const struct admin *admin,
                                        const struct name *name,
                                        const struct zone_row *zone, struct error *err);
/* ERR_CONFLICT: a host of another owner than `owner_id` (0: any host) lies below `name`.
 * Looks through the whole zone unless its hosts have one label. */
MUST_CHECK enum status admin_check_below(const struct admin *admin,
                                         const struct name *name,
                                         const struct zone_row *zone, int64_t owner_id,
                                         struct error *err);
/* Writes the zone and the journal's row of its change, by which its serial rises. */
MUST_CHECK enum status admin_save_zone(const struct admin *admin, struct zone_row *zone,
                                       const char *word, struct error *err);
/* The same for a change to its further records at `owner`. */
MUST_CHECK enum status admin_save_records(const struct admin *admin,
                                          struct zone_row *zone, const struct name *owner,
                                          const char *word, struct error *err);
/* Whether admin_record_add() would take the row, with its errors; nothing is written. host_id and
 * a ttl_s of 0 are filled in, and *zone is the record's. `more`: records that come to the name in
 * the same change besides, less those that go. */
MUST_CHECK enum status admin_record_judge(const struct admin *admin,
                                          struct record_row *row, int more,
                                          struct zone_row *zone, struct error *err);
/* Moves what the zone above has within the new zone into it. ERR_CONFLICT: a host of another
 * owner, or with too many labels, or an alias lies there. */
MUST_CHECK enum status admin_cover(const struct admin *admin, int64_t above_id,
                                   const struct zone_row *zone, struct error *err);
/* ERR_NOT_FOUND: no such account. ERR_LIMIT: it, or it in the zone, has as many hosts as its quota
 * allows; or, for a host that is made, the zone has. */
MUST_CHECK enum status admin_check_quotas(const struct admin *admin, int64_t owner_id,
                                          const struct zone_row *zone, bool is_new,
                                          struct error *err);
/* ERR_CONFLICT: the host's label next to the zone is a word of a list in the database, or looks like
 * one. */
MUST_CHECK enum status admin_check_words(const struct admin *admin,
                                         const struct host_row *row,
                                         const struct zone_row *zone, struct error *err);
/* ERR_CONFLICT: it looks like a host of another owner, where that is refused. */
MUST_CHECK enum status admin_check_alike(const struct admin *admin,
                                         const struct host_row *row,
                                         const struct zone_row *zone, struct error *err);
/* Keeps the name of a host that is removed for its owner. */
MUST_CHECK enum status admin_quarantine(const struct admin *admin,
                                        const struct host_row *row, struct error *err);
/* ERR_SYNTAX, ERR_LIMIT: `email` is no e-mail address; `member` names it in the error. */
MUST_CHECK enum status admin_check_email(const char *email, const char *member,
                                         struct error *err);
/* ERR_CONFLICT: a host of another owner lies above `row`; names below a host are its owner's. */
MUST_CHECK enum status admin_check_above(const struct admin *admin,
                                         const struct host_row *row,
                                         const struct zone_row *zone, struct error *err);
/* ERR_CONFLICT: hosts of its owner follow the host, or it follows one of them. */
MUST_CHECK enum status admin_check_alone(const struct admin *admin,
                                         const struct host_row *row, struct error *err);
/* Gives the host to another account by the rules of admin_host_set(), whoever asks. */
MUST_CHECK enum status admin_host_hand_over(const struct admin *admin, int64_t id,
                                            int64_t owner_id, struct error *err);
/* Makes the account a member of at least this role, whoever asks. */
MUST_CHECK enum status admin_member_put(const struct admin *admin,
                                        const struct zone_row *zone, int64_t account_id,
                                        enum member_role role, struct error *err);
/* Gives the new host the records at or below its name, which a host above had until now. */
MUST_CHECK enum status admin_take_records(const struct admin *admin,
                                          const struct host_row *row,
                                          const struct zone_row *zone, struct error *err);
/* Calls `fn` for each host of `owner_id` below `row`, which it may change but not remove. Looks
 * through the whole zone unless its hosts have one label. */
struct admin_below {
    const struct host_row *row;
    int64_t owner_id;
    enum status (*fn)(void *ctx, int64_t host_id);
    void *ctx;
};
MUST_CHECK enum status admin_each_below(const struct admin *admin,
                                        const struct zone_row *zone,
                                        const struct admin_below *below,
                                        struct error *err);
/* For all tokens of a host (`account_id` 0) or of an account (`host_id` 0): takes away the token's
 * hosts that its account may no longer have, as the rows say by now. A token without hosts is
 * removed. */
MUST_CHECK enum status admin_release_tokens(const struct admin *admin, int64_t host_id,
                                            int64_t account_id, struct error *err);
/* Text for people: no control bytes. `text` is zero-terminated. */
bool admin_is_printable(const char *text);
