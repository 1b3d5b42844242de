// SPDX-License-Identifier: GPL-3.0-or-later
/* admin.h - creating, changing and removing accounts, zones, hosts and tokens: the rules.
 *
 * Each call runs inside a job's transaction (change_submit()), checks everything that must
 * hold, writes the rows and the journal row, and leaves nothing behind when it fails.
 * ERR_SYNTAX, ERR_LIMIT: a value; ERR_EXISTS, ERR_NOT_FOUND, ERR_CONFLICT: the state. `err`
 * always names the thing. */
#pragma once

#include "change/origin.h"
#include "rule/host_name.h"
#include "rule/zone.h"
#include "store/tables.h"

struct patches;

struct admin {
    struct store *store; /* writer, within a transaction */
    int64_t now_s;
    const struct change_origin *origin; /* may be NULL */
    int64_t maker_id;        /* the account that asks; 0: the operator, at the machine */
    struct str reserved;     /* for host_name_check(); NULL: host_name_reserved */
    struct patches *patches; /* the writer's own, for updates; may be NULL */
};

/* In all *_add calls the row comes filled but for id, times and last_change, which are set.
 * In all *_set calls it comes as it should be; what cannot be set (times, serial base,
 * digest) is taken from the database. An e-mail needs one '@' with something on both sides
 * and no blanks. */
MUST_CHECK enum status admin_account_add(const struct admin *admin,
                                         struct account_row *row, struct error *err);
/* Who is an operator no longer leaves the hosts of others: his tokens lose them. */
MUST_CHECK enum status admin_account_set(const struct admin *admin,
                                         struct account_row *row, struct error *err);
MUST_CHECK enum status admin_account_remove(const struct admin *admin, int64_t id,
                                            struct error *err);

/* With `name_servers` as the apex's NS records, at least one. TTLs are 1 to 86400 s. A zone
 * may not be made over hosts of the zone above that lie within it unless they belong to the
 * same owner and have no more labels than it allows: then they and the records there move into
 * it, for a name belongs to the longest zone. A delegation that it takes the place of goes.
 *
 * The serial base is the time of making, modulo 2^32, or the row's where that is newer: a zone
 * that was served elsewhere goes on from its serial there. As seqs only rise and a zone's serial
 * is its base plus the seq of its newest change, a zone that is removed and made again has a
 * newer serial than it ever had before, however many changes a second there were. */
MUST_CHECK enum status admin_zone_add(const struct admin *admin, struct zone_row *row,
                                      const struct name *name_servers, size_t count,
                                      struct error *err);
/* `count` 0 keeps the name servers. labels_max may not fall below what a host has. */
MUST_CHECK enum status admin_zone_set(const struct admin *admin, struct zone_row *row,
                                      const struct name *name_servers, size_t count,
                                      struct error *err);
MUST_CHECK enum status admin_zone_remove(const struct admin *admin, int64_t id,
                                         struct error *err);

/* The zone is found by the name (the longest); zone_id is set. The name must pass
 * host_name_check(), for which the operator and the zone's owner are trusted unless the zone's
 * policy is ZONE_EVERYBODY. It must not be taken by a record of the zone (the zone's own name:
 * by addresses), and not lie at or under a tombstone or below a host of another owner. A ttl_s of 0 is the zone's default; any other
 * is 1 to 86400. The owner's quota holds (ERR_LIMIT). A host may follow one of the same
 * owner that follows none itself; at most FOLLOWERS_MAX do. The addresses of `row` may be
 * private; special ones are refused (ERR_CONFLICT). */
MUST_CHECK enum status admin_host_add(const struct admin *admin, struct host_row *row,
                                      struct error *err);
/* All but name, zone, addresses; the addresses too when `addresses` is not NULL. More than
 * one of a family needs round_robin; when that is taken away, the usual ones stay. With a
 * new owner, tokens of the old one lose the host. */
MUST_CHECK enum status admin_host_set(const struct admin *admin, struct host_row *row,
                                      const struct addresses *addresses,
                                      struct error *err);
/* The name stays reserved for its owner for 90 days. */
MUST_CHECK enum status admin_host_remove(const struct admin *admin, int64_t id,
                                         struct error *err);

/* A further record: owner, wildcard, type, TTL, data and expiry are given; zone_id and
 * host_id are found: what stands at a host's name or below is the host's. The type must be
 * record_type_is_allowed() and the data well formed for it (rdata_parse()). A ttl_s of 0
 * is that of the other records of its name and type, or the zone's default; any other must
 * be that of the others. A CNAME stands alone and not at the top, an NS neither at the top
 * nor beside others; a host's addresses and the rows of the zone's name servers are not
 * given this way. ERR_EXISTS: it is there. */
MUST_CHECK enum status admin_record_add(const struct admin *admin, struct record_row *row,
                                        struct error *err);
MUST_CHECK enum status admin_record_remove(const struct admin *admin, int64_t id,
                                           struct error *err);
/* Removes records whose time is up, so many that a batch bears them; *more: there may be
 * others. */
MUST_CHECK enum status admin_record_expire(const struct admin *admin, bool *more,
                                           struct error *err);

/* At most two live update tokens per host: the second is for rotation, and expired ones do
 * not count. All hosts of a token belong to its account, unless that is an operator's. */
enum {
    ADMIN_TOKENS_PER_HOST = 2
};
MUST_CHECK enum status admin_token_add(const struct admin *admin, struct token_row *row,
                                       struct error *err);
MUST_CHECK enum status admin_token_set(const struct admin *admin, struct token_row *row,
                                       struct error *err);
MUST_CHECK enum status admin_token_remove(const struct admin *admin, int64_t id,
                                          struct error *err);
