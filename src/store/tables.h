// SPDX-License-Identifier: GPL-3.0-or-later
/* tables.h - writes and reads rows: one family of calls per table. store.h has the rules. */
#pragma once

#include "base/addresses.h"
#include "store/rows.h"
#include "store/store.h"

/* Which rows of a list: those with id > after, ordered by id, at most `limit`. */
struct store_page {
    int64_t after;
    size_t limit;
    /* Only what belongs to this account; 0: to anybody. Lists of zones, hosts, records, tokens,
     * members and mails heed it. A record belongs to the owner of its host, or of its zone when it has
     * no host; a zone to its owner, and here to its members. */
    int64_t owner_id;
};

/* Accounts. ERR_EXISTS: the e-mail is taken. To remove an account removes its tokens too; one that
 * owns zones or hosts cannot be removed (ERR_CONFLICT). An insert sets row->id, here and below. */
MUST_CHECK enum status store_account_insert(struct store *store, struct account_row *row,
                                            struct error *err);
MUST_CHECK enum status store_account_update(struct store *store,
                                            const struct account_row *row,
                                            struct error *err);
MUST_CHECK enum status store_account_remove(struct store *store, int64_t id,
                                            struct error *err);
MUST_CHECK enum status store_account_find(struct store *store, int64_t id,
                                          struct account_row *out, struct error *err);
MUST_CHECK enum status store_account_find_email(struct store *store, struct str email,
                                                struct account_row *out,
                                                struct error *err);
/* The ids of active operators, at most `max`. */
MUST_CHECK enum status store_account_operators(struct store *store, int64_t *ids,
                                               size_t max, size_t *count,
                                               struct error *err);
/* Only mail_off, of which it sets the bit `kind`. ERR_NOT_FOUND: the account is gone. */
MUST_CHECK enum status store_account_switch_mail_off(struct store *store, int64_t id,
                                                     unsigned kind, struct error *err);
/* The newest use of an account, by a day or so. To set it is to move it forward by a day at least;
 * an account that is gone is fine. */
MUST_CHECK enum status store_account_set_used(struct store *store, int64_t id,
                                              int64_t used_s, struct error *err);
MUST_CHECK enum status store_account_used(struct store *store, int64_t id, int64_t *out,
                                          struct error *err);
/* When fn returns anything except OK, the walk ends and returns that. The same holds for all
 * *_list calls. */
MUST_CHECK enum status store_account_list(
    struct store *store, struct store_page page,
    enum status (*fn)(void *ctx, const struct account_row *row), void *ctx,
    struct error *err);
MUST_CHECK enum status store_account_list_state(
    struct store *store, enum account_state state, struct store_page page,
    enum status (*fn)(void *ctx, const struct account_row *row), void *ctx,
    struct error *err);
/* How many accounts wait for an operator. */
MUST_CHECK enum status store_account_count_waiting(struct store *store, int64_t *count,
                                                   struct error *err);

/* Sessions. */
MUST_CHECK enum status store_session_insert(struct store *store, struct session_row *row,
                                            struct error *err);
MUST_CHECK enum status store_session_find(struct store *store, int64_t id,
                                          struct session_row *out, struct error *err);
MUST_CHECK enum status store_session_find_digest(struct store *store,
                                                 struct digest digest,
                                                 struct session_row *out,
                                                 struct error *err);
/* Only used_s, and only forward; a session that has ended is fine. */
MUST_CHECK enum status store_session_set_used(struct store *store, int64_t id,
                                              int64_t used_s, struct error *err);
/* Only digest and fresh_s. ERR_NOT_FOUND: it has ended. */
MUST_CHECK enum status store_session_renew(struct store *store,
                                           const struct session_row *row,
                                           struct error *err);
MUST_CHECK enum status store_session_remove(struct store *store, int64_t id,
                                            struct error *err);
/* All of the account, but for `but_id`; 0: all. */
MUST_CHECK enum status store_session_remove_account(struct store *store,
                                                    int64_t account_id, int64_t but_id,
                                                    struct error *err);
MUST_CHECK enum status store_session_list(
    struct store *store, int64_t account_id, struct store_page page,
    enum status (*fn)(void *ctx, const struct session_row *row), void *ctx,
    struct error *err);
/* Removes at most `limit` of those that have expired at `now_s`. */
MUST_CHECK enum status store_session_trim(struct store *store, int64_t now_s,
                                          size_t limit, size_t *removed,
                                          struct error *err);

/* Links that work once. */
MUST_CHECK enum status store_link_insert(struct store *store, const struct link_row *row,
                                         struct error *err);
MUST_CHECK enum status store_link_find(struct store *store, struct digest digest,
                                       struct link_row *out, struct error *err);
/* Uses it up. ERR_NOT_FOUND: it is not there, has been used or has expired. */
MUST_CHECK enum status store_link_use(struct store *store, struct digest digest,
                                      int64_t now_s, struct error *err);
/* All of the account. */
MUST_CHECK enum status store_link_remove_account(struct store *store, int64_t account_id,
                                                 struct error *err);
/* Those of the purpose and account of `row`, or of its address where it has no account. */
MUST_CHECK enum status store_link_remove_like(struct store *store,
                                              const struct link_row *row,
                                              struct error *err);
/* Removes at most `limit` of those that have expired at `now_s`, used or not. */
MUST_CHECK enum status store_link_trim(struct store *store, int64_t now_s, size_t limit,
                                       size_t *removed, struct error *err);

/* Addresses that are about to change: one for an account, which replaces another. */
MUST_CHECK enum status store_address_change_put(struct store *store,
                                                const struct address_change_row *row,
                                                struct error *err);
MUST_CHECK enum status store_address_change_find(struct store *store, int64_t account_id,
                                                 struct address_change_row *out,
                                                 struct error *err);
/* By either secret. */
MUST_CHECK enum status store_address_change_find_digest(struct store *store,
                                                        struct digest digest,
                                                        struct address_change_row *out,
                                                        struct error *err);
/* None is fine. */
MUST_CHECK enum status store_address_change_remove(struct store *store,
                                                   int64_t account_id, struct error *err);
/* Removes at most `limit` of those that have expired at `now_s`. */
MUST_CHECK enum status store_address_change_trim(struct store *store, int64_t now_s,
                                                 size_t limit, size_t *removed,
                                                 struct error *err);

/* Authenticator apps: one for an account, which replaces another. */
MUST_CHECK enum status store_totp_put(struct store *store, const struct totp_row *row,
                                      struct error *err);
MUST_CHECK enum status store_totp_find(struct store *store, int64_t account_id,
                                       struct totp_row *out, struct error *err);
/* A code of this step was used: it is on, and takes only newer ones. ERR_NOT_FOUND: that step, or a
 * newer one, was used. */
MUST_CHECK enum status store_totp_use(struct store *store, int64_t account_id,
                                      int64_t step, struct error *err);
MUST_CHECK enum status store_totp_remove(struct store *store, int64_t account_id,
                                         struct error *err);

/* Recovery codes. */
MUST_CHECK enum status store_recovery_add(struct store *store, int64_t account_id,
                                          struct digest digest, struct error *err);
/* Uses it up. ERR_NOT_FOUND: there is none like it. */
MUST_CHECK enum status store_recovery_use(struct store *store, int64_t account_id,
                                          struct digest digest, struct error *err);
MUST_CHECK enum status store_recovery_remove(struct store *store, int64_t account_id,
                                             struct error *err);
MUST_CHECK enum status store_recovery_count(struct store *store, int64_t account_id,
                                            int64_t *out, struct error *err);

/* Passkeys. ERR_EXISTS: some account has that credential. */
MUST_CHECK enum status store_passkey_insert(struct store *store, struct passkey_row *row,
                                            struct error *err);
MUST_CHECK enum status store_passkey_find(struct store *store, int64_t id,
                                          struct passkey_row *out, struct error *err);
MUST_CHECK enum status store_passkey_find_credential(struct store *store,
                                                     struct str credential,
                                                     struct passkey_row *out,
                                                     struct error *err);
/* Only counter, is_copied, name and used_s. ERR_NOT_FOUND: it is gone. */
MUST_CHECK enum status store_passkey_update(struct store *store,
                                            const struct passkey_row *row,
                                            struct error *err);
MUST_CHECK enum status store_passkey_remove(struct store *store, int64_t id,
                                            struct error *err);
MUST_CHECK enum status store_passkey_remove_account(struct store *store,
                                                    int64_t account_id, size_t *removed,
                                                    struct error *err);
MUST_CHECK enum status store_passkey_list(
    struct store *store, int64_t account_id, struct store_page page,
    enum status (*fn)(void *ctx, const struct passkey_row *row), void *ctx,
    struct error *err);

/* Zones. ERR_EXISTS: the name is taken. A zone with hosts cannot be removed. The name servers
 * are NS rows of `records` at the apex. */
MUST_CHECK enum status store_zone_insert(struct store *store, struct zone_row *row,
                                         struct error *err);
MUST_CHECK enum status store_zone_update(struct store *store, const struct zone_row *row,
                                         struct error *err);
MUST_CHECK enum status store_zone_remove(struct store *store, int64_t id,
                                         struct error *err);
MUST_CHECK enum status store_zone_find(struct store *store, int64_t id,
                                       struct zone_row *out, struct error *err);
MUST_CHECK enum status store_zone_find_name(struct store *store, const struct name *name,
                                            struct zone_row *out, struct error *err);
/* Of the zones at or above `name` the one with the longest name. */
MUST_CHECK enum status store_zone_find_longest(struct store *store,
                                               const struct name *name,
                                               struct zone_row *out, struct error *err);
MUST_CHECK enum status store_zone_list(struct store *store, struct store_page page,
                                       enum status (*fn)(void *ctx,
                                                         const struct zone_row *row),
                                       void *ctx, struct error *err);

/* As store_zone_list(), of the owner alone: not where the account is a member. */
MUST_CHECK enum status store_zone_list_owned(
    struct store *store, struct store_page page,
    enum status (*fn)(void *ctx, const struct zone_row *row), void *ctx,
    struct error *err);

/* Members of zones. ERR_EXISTS: the account is a member already. */
MUST_CHECK enum status store_member_insert(struct store *store, struct member_row *row,
                                           struct error *err);
MUST_CHECK enum status store_member_set_role(struct store *store, int64_t id,
                                             enum member_role role, struct error *err);
MUST_CHECK enum status store_member_remove(struct store *store, int64_t id,
                                           struct error *err);
MUST_CHECK enum status store_member_find(struct store *store, int64_t id,
                                         struct member_row *out, struct error *err);
MUST_CHECK enum status store_member_find_account(struct store *store, int64_t zone_id,
                                                 int64_t account_id,
                                                 struct member_row *out,
                                                 struct error *err);
/* `zone_id` 0: of all zones. */
MUST_CHECK enum status store_member_list(struct store *store, int64_t zone_id,
                                         struct store_page page,
                                         enum status (*fn)(void *ctx,
                                                           const struct member_row *row),
                                         void *ctx, struct error *err);
/* The accounts of the zone's managers, at most `max`. */
MUST_CHECK enum status store_member_managers(struct store *store, int64_t zone_id,
                                             int64_t *ids, size_t max, size_t *count,
                                             struct error *err);
MUST_CHECK enum status store_member_count_account(struct store *store, int64_t account_id,
                                                  int64_t *out, struct error *err);

/* What waits for consent. ERR_EXISTS: there is one of the kind for the same. */
MUST_CHECK enum status store_request_insert(struct store *store, struct request_row *row,
                                            struct error *err);
MUST_CHECK enum status store_request_remove(struct store *store, int64_t id,
                                            struct error *err);
/* Those of the host. */
MUST_CHECK enum status store_request_remove_host(struct store *store, int64_t host_id,
                                                 struct error *err);
/* Also one that has expired. */
MUST_CHECK enum status store_request_find(struct store *store, int64_t id,
                                          struct request_row *out, struct error *err);
/* How many an account has made, or a zone has to join or invite, that have not expired. */
MUST_CHECK enum status store_request_count_asker(struct store *store, int64_t asker_id,
                                                 int64_t now_s, int64_t *out,
                                                 struct error *err);
MUST_CHECK enum status store_request_count_zone(struct store *store, int64_t zone_id,
                                                int64_t now_s, int64_t *out,
                                                struct error *err);
struct store_open {
    int64_t now_s;    /* those that have not expired then */
    struct str email; /* of page.owner_id */
};
/* For page.owner_id: those that it has made, that ask its address, or that are about a zone that it
 * owns or manages. */
MUST_CHECK enum status store_request_list(
    struct store *store, struct store_page page, struct store_open open,
    enum status (*fn)(void *ctx, const struct request_row *row), void *ctx,
    struct error *err);
/* Removes at most `limit` of those that have expired at `now_s`. */
MUST_CHECK enum status store_request_trim(struct store *store, int64_t now_s,
                                          size_t limit, size_t *removed,
                                          struct error *err);

/* Hosts. ERR_EXISTS: the name is taken. ERR_CONFLICT: zone, owner or followed host is missing.
 * To remove a host also removes its further addresses, its records and its place in tokens,
 * clears follows_id of its followers and sets its zone's last_change to the newest seq. So the
 * caller appends the change row first. The caller also makes the tombstone. */
MUST_CHECK enum status store_host_insert(struct store *store, struct host_row *row,
                                         struct error *err);
/* All columns except more_addresses, heartbeat and silent_s; further addresses stay as they are. */
MUST_CHECK enum status store_host_update(struct store *store, const struct host_row *row,
                                         struct error *err);
/* Only addresses, state, last_change, last_seen_s, in_clear_s and heartbeat: the hot path. All addresses
 * come from `addresses`, the rest from `row`. Further addresses are replaced when the host has or
 * had any. */
MUST_CHECK enum status store_host_set_addresses(struct store *store,
                                                const struct host_row *row,
                                                const struct addresses *addresses,
                                                struct error *err);
/* Only last_seen_s and heartbeat, and only forward; a host that is gone is fine. */
MUST_CHECK enum status store_host_set_seen(struct store *store, int64_t id,
                                           int64_t seen_s, uint16_t heartbeat,
                                           struct error *err);
/* Only silent_s; a host that is gone is fine. */
MUST_CHECK enum status store_host_set_silent(struct store *store, int64_t id,
                                             int64_t silent_s, struct error *err);
/* Only in_clear_s, and only if it is less than `before_s`; a host that is gone is fine. */
MUST_CHECK enum status store_host_set_in_clear(struct store *store, int64_t id,
                                               int64_t day_s, int64_t before_s,
                                               struct error *err);
MUST_CHECK enum status store_host_remove(struct store *store, int64_t id,
                                         struct error *err);
/* How many hosts there are of an account (0: of all) in a zone (0: in all). Not both are 0. It costs
 * the same whatever the number. */
MUST_CHECK enum status store_host_count(struct store *store, int64_t zone_id,
                                        int64_t owner_id, int64_t *out,
                                        struct error *err);
/* How many of these numbers are not what the hosts say. It reads all hosts. */
MUST_CHECK enum status store_host_counts_wrong(struct store *store, int64_t *out,
                                               struct error *err);
/* A host of the zone with this skeleton that does not belong to `owner_id`. ERR_NOT_FOUND. */
MUST_CHECK enum status store_host_find_alike(struct store *store, int64_t zone_id,
                                             int64_t skeleton, int64_t owner_id,
                                             struct name *out, struct error *err);
/* Names of hosts whose skeleton is not known yet, as store_host_list() has its hosts. */
MUST_CHECK enum status store_host_list_bare(struct store *store, struct store_page page,
                                            enum status (*fn)(void *ctx, int64_t id,
                                                              const struct name *name),
                                            void *ctx, struct error *err);
MUST_CHECK enum status store_host_set_skeleton(struct store *store, int64_t id,
                                               int64_t skeleton, struct error *err);
MUST_CHECK enum status store_host_find(struct store *store, int64_t id,
                                       struct host_row *out, struct error *err);
MUST_CHECK enum status store_host_find_name(struct store *store, const struct name *name,
                                            struct host_row *out, struct error *err);
/* A host of the zone that lies below `name` and does not belong to `owner_id` (0: any host).
 * ERR_NOT_FOUND. Reads all hosts of the zone. */
MUST_CHECK enum status store_host_find_below(struct store *store, int64_t zone_id,
                                             const struct name *name, int64_t owner_id,
                                             struct name *out, struct error *err);
/* Ordered by id. `zone_id` 0: of all zones. */
MUST_CHECK enum status store_host_list(struct store *store, int64_t zone_id,
                                       struct store_page page,
                                       enum status (*fn)(void *ctx,
                                                         const struct host_row *row),
                                       void *ctx, struct error *err);
/* The greatest id; 0 without hosts. */
MUST_CHECK enum status store_host_newest(struct store *store, int64_t *out,
                                         struct error *err);
/* Hosts that follow `id`; ERR_LIMIT when there are more than `max`. */
MUST_CHECK enum status store_host_followers(struct store *store, int64_t id, int64_t *ids,
                                            size_t max, size_t *count, struct error *err);
MUST_CHECK enum status store_host_addresses(struct store *store,
                                            const struct host_row *row,
                                            struct addresses *out, struct error *err);
/* Every host, in the order of the table, as fast as the database gives them. The row has only
 * what publishing needs: id, zone_id, name, addresses, more_addresses, state, ttl_s, wildcard,
 * last_change. It is reused. */
MUST_CHECK enum status store_host_scan(struct store *store,
                                       enum status (*fn)(void *ctx,
                                                         const struct host_row *row),
                                       void *ctx, struct error *err);

/* How far things are that nobody uses. A thing without a row is at step 0. Whoever removes the thing
 * removes its row. */
MUST_CHECK enum status store_stale_find(struct store *store, enum stale_kind kind,
                                        int64_t id, struct stale_row *out,
                                        struct error *err);
MUST_CHECK enum status store_stale_put(struct store *store, const struct stale_row *row,
                                       struct error *err);
MUST_CHECK enum status store_stale_remove(struct store *store, enum stale_kind kind,
                                          int64_t id, struct error *err);

/* Tokens. ERR_EXISTS: the digest is taken. Only store_token_set_exposed() sets exposed_s. */
MUST_CHECK enum status store_token_insert(struct store *store, struct token_row *row,
                                          struct error *err);
MUST_CHECK enum status store_token_update(struct store *store,
                                          const struct token_row *row, struct error *err);
/* Only exposed_s, and only once, of which *was_first tells; a token that is gone is fine. */
MUST_CHECK enum status store_token_set_exposed(struct store *store, int64_t id,
                                               int64_t now_s, bool *was_first,
                                               struct error *err);
MUST_CHECK enum status store_token_remove(struct store *store, int64_t id,
                                          struct error *err);
MUST_CHECK enum status store_token_find(struct store *store, int64_t id,
                                        struct token_row *out, struct error *err);
MUST_CHECK enum status store_token_find_digest(struct store *store, struct digest digest,
                                               struct token_row *out, struct error *err);
/* `host_id` 0: of all hosts. */
MUST_CHECK enum status store_token_list(struct store *store, int64_t host_id,
                                        struct store_page page,
                                        enum status (*fn)(void *ctx,
                                                          const struct token_row *row),
                                        void *ctx, struct error *err);
/* As store_token_list() of all hosts, but faster. The row has only what decides who may do what:
 * id, account_id, kind, digest, key_version, rights, weak, hosts, networks, expires_s. */
MUST_CHECK enum status store_token_scan(struct store *store, struct store_page page,
                                        enum status (*fn)(void *ctx,
                                                          const struct token_row *row),
                                        void *ctx, struct error *err);

/* Records of zones and hosts, NS of the apex included. */
MUST_CHECK enum status store_record_insert(struct store *store, struct record_row *row,
                                           struct error *err);
MUST_CHECK enum status store_record_remove(struct store *store, int64_t id,
                                           struct error *err);
MUST_CHECK enum status store_record_set_expiry(struct store *store, int64_t id,
                                               int64_t expires_s, struct error *err);
/* Only zone and host. */
MUST_CHECK enum status store_record_move(struct store *store,
                                         const struct record_row *row, struct error *err);
MUST_CHECK enum status store_record_find(struct store *store, int64_t id,
                                         struct record_row *out, struct error *err);
/* Rows with id > after, ordered by id, at most `limit`. `zone_id` 0: of all zones. */
MUST_CHECK enum status store_record_page(struct store *store, int64_t zone_id,
                                         struct store_page page,
                                         enum status (*fn)(void *ctx,
                                                           const struct record_row *row),
                                         void *ctx, struct error *err);
/* Those of one name in the zone, and of *.name. */
MUST_CHECK enum status store_record_list_name(
    struct store *store, int64_t zone_id, const struct name *owner,
    enum status (*fn)(void *ctx, const struct record_row *row), void *ctx,
    struct error *err);
/* Those of one host. */
MUST_CHECK enum status store_record_list_host(
    struct store *store, int64_t host_id,
    enum status (*fn)(void *ctx, const struct record_row *row), void *ctx,
    struct error *err);
/* Those that have expired at `now_s`, at most `limit`. */
MUST_CHECK enum status store_record_list_expired(
    struct store *store, int64_t now_s, size_t limit,
    enum status (*fn)(void *ctx, const struct record_row *row), void *ctx,
    struct error *err);
/* `zone_id` 0: of all zones. */
MUST_CHECK enum status store_record_list(struct store *store, int64_t zone_id,
                                         enum status (*fn)(void *ctx,
                                                           const struct record_row *row),
                                         void *ctx, struct error *err);

/* The journal. Sets row->seq; seqs only rise. */
MUST_CHECK enum status store_change_append(struct store *store, struct change_row *row,
                                           struct error *err);
MUST_CHECK enum status store_change_find(struct store *store, int64_t seq,
                                         struct change_row *out, struct error *err);
/* Rows with seq > after, in order. */
MUST_CHECK enum status store_change_list(struct store *store, struct store_page page,
                                         enum status (*fn)(void *ctx,
                                                           const struct change_row *row),
                                         void *ctx, struct error *err);
/* The log of actions, newest first: rows with seq < page.after (0: from the newest), at most
 * page.limit. */
enum store_log {
    STORE_LOG_PEOPLE, /* what was not done by devices */
    STORE_LOG_ALL,    /* that, too */
    STORE_LOG_ACCOUNT, /* what page.owner_id has done, and what was done with what it owned */
};
MUST_CHECK enum status store_change_log(struct store *store, enum store_log log,
                                        struct store_page page,
                                        enum status (*fn)(void *ctx,
                                                          const struct change_row *row),
                                        void *ctx, struct error *err);
/* Cuts the source addresses of people in rows from before `before_s` down to /24 and /48. At most
 * `limit`, which is at most STORE_SHORTEN_MAX, in a call; *shortened tells how many, and stays as
 * it is if there were none. */
enum {
    STORE_SHORTEN_MAX = 200
};
MUST_CHECK enum status store_change_shorten(struct store *store, int64_t before_s,
                                            size_t limit, size_t *shortened,
                                            struct error *err);
/* Appends a row whose seq is also greater than `after`. */
MUST_CHECK enum status store_change_append_after(struct store *store, int64_t after,
                                                 struct change_row *row,
                                                 struct error *err);
/* Looks at the oldest `limit` rows and removes those with seq < below and a time before
 * `before_s`. The newest row always stays, because the next seq is counted from it. */
MUST_CHECK enum status store_change_trim(struct store *store, int64_t below,
                                         int64_t before_s, size_t limit, size_t *removed,
                                         struct error *err);
/* Addresses as they stand in before and after of a CHANGE_HOST row: a count byte and the
 * 4-byte addresses, a count byte and the 16-byte ones. */
void store_addresses_encode(const struct addresses *addresses, struct buf *out);
MUST_CHECK enum status store_addresses_decode(struct str bytes, struct addresses *out);

/* Names that may not be taken again before `until_s`. A name that is there gets the values of the
 * row, and a new id, as every other. */
MUST_CHECK enum status store_tombstone_put(struct store *store,
                                           const struct tombstone_row *row,
                                           struct error *err);
/* The row, whatever its time. ERR_NOT_FOUND. */
MUST_CHECK enum status store_tombstone_get(struct store *store, const struct name *name,
                                           struct tombstone_row *out, struct error *err);
MUST_CHECK enum status store_tombstone_remove(struct store *store, int64_t id,
                                              struct error *err);
/* `zone_id` 0: of all zones. Of an owner there are those in its zones. */
MUST_CHECK enum status store_tombstone_page(
    struct store *store, int64_t zone_id, struct store_page page,
    enum status (*fn)(void *ctx, const struct tombstone_row *row), void *ctx,
    struct error *err);
/* *owner_id is the account that had the name. ERR_NOT_FOUND: the name is free at `now_s`. */
MUST_CHECK enum status store_tombstone_find(struct store *store, const struct name *name,
                                            int64_t now_s, int64_t *owner_id,
                                            struct error *err);
/* Removes at most `limit` of those that have expired at `now_s`. */
MUST_CHECK enum status store_tombstone_trim(struct store *store, int64_t now_s,
                                            size_t limit, size_t *removed,
                                            struct error *err);
MUST_CHECK enum status store_tombstone_list(struct store *store,
                                            enum status (*fn)(void *ctx,
                                                              const struct name *name,
                                                              int64_t owner_id,
                                                              int64_t until_s),
                                            void *ctx, struct error *err);

/* Mails. To remove an account removes its mails too. */

MUST_CHECK enum status store_mail_insert(struct store *store, struct mail_row *row,
                                         struct str content, struct error *err);
/* Only state, due_s, tries, last_error and ended_s. The content of a mail that was sent becomes
 * empty. ERR_NOT_FOUND: it was removed. */
MUST_CHECK enum status store_mail_settle(struct store *store, const struct mail_row *row,
                                         struct error *err);
MUST_CHECK enum status store_mail_remove(struct store *store, int64_t id,
                                         struct error *err);
MUST_CHECK enum status store_mail_find(struct store *store, int64_t id,
                                       struct mail_row *out, struct error *err);
/* Appends the content. ERR_LIMIT: there is no room for it. */
MUST_CHECK enum status store_mail_content(struct store *store, int64_t id,
                                          struct buf *out, struct error *err);
/* The mail that waits and is due first, be it in the future. ERR_NOT_FOUND: none waits. */
MUST_CHECK enum status store_mail_next(struct store *store, struct mail_row *out,
                                       struct error *err);
MUST_CHECK enum status store_mail_list(struct store *store, struct store_page page,
                                       enum status (*fn)(void *ctx,
                                                         const struct mail_row *row),
                                       void *ctx, struct error *err);
MUST_CHECK enum status store_mail_count(struct store *store, enum mail_state state,
                                        int64_t *out, struct error *err);
struct store_recent_mails {
    int64_t count, newest_s;
};
/* How many mails of these kinds (a bit each) the recipient got since `since_s`, and when the newest
 * one was made. */
MUST_CHECK enum status store_mail_recent(struct store *store, struct str recipient,
                                         uint64_t kinds, int64_t since_s,
                                         struct store_recent_mails *out,
                                         struct error *err);
/* Whether there is a mail of the kind to the recipient about the same. */
MUST_CHECK enum status store_mail_is_known(struct store *store, struct str recipient,
                                           uint8_t kind, const char *about, bool *out,
                                           struct error *err);
/* How many mails there are about the same; not of those about nothing. */
MUST_CHECK enum status store_mail_count_about(struct store *store, const char *about,
                                              int64_t *out, struct error *err);
/* Removes at most `limit` mails that ended before `before_s`. */
MUST_CHECK enum status store_mail_trim(struct store *store, int64_t before_s,
                                       size_t limit, size_t *removed, struct error *err);

/* Accounts that are being removed. The row goes with the account. */
MUST_CHECK enum status store_ending_insert(struct store *store,
                                           const struct ending_row *row,
                                           struct error *err);
/* The one that began first. ERR_NOT_FOUND. */
MUST_CHECK enum status store_ending_first(struct store *store, struct ending_row *out,
                                          struct error *err);
MUST_CHECK enum status store_ending_is_known(struct store *store, int64_t account_id,
                                             bool *out, struct error *err);
/* It comes after those that began before `now_s`. */
MUST_CHECK enum status store_ending_postpone(struct store *store, int64_t account_id,
                                             int64_t now_s, struct error *err);
/* How much there is of an account. */
struct store_holdings {
    int64_t hosts, zones, tokens, sessions, mails;
};
MUST_CHECK enum status store_account_holdings(struct store *store, int64_t account_id,
                                              struct store_holdings *out,
                                              struct error *err);
/* How many hosts of others a zone has, at most `limit`, and how many members. */
MUST_CHECK enum status store_zone_count_others(struct store *store,
                                               const struct zone_row *zone, size_t limit,
                                               int64_t *hosts, int64_t *members,
                                               struct error *err);

/* Replies that are remembered. To remove what is not there is fine. */
MUST_CHECK enum status store_reply_remove(struct store *store, struct digest digest,
                                          struct error *err);
MUST_CHECK enum status store_reply_insert(struct store *store, struct reply_row *row,
                                          struct str body, struct error *err);
/* The caller frees *body with mem_free(). ERR_NOT_FOUND. */
MUST_CHECK enum status store_reply_find(struct store *store, struct digest digest,
                                        struct reply_row *out, char **body,
                                        size_t *body_n, struct error *err);
/* Keeps of an account's the newest ones, `count_max` of them and `bytes_max` together; the newest
 * stays. */
MUST_CHECK enum status store_reply_bound(struct store *store, int64_t account_id,
                                         size_t count_max, size_t bytes_max,
                                         struct error *err);
/* Removes at most `limit` of those from before `before_s`. */
MUST_CHECK enum status store_reply_trim(struct store *store, int64_t before_s,
                                        size_t limit, size_t *removed, struct error *err);
