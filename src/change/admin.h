// SPDX-License-Identifier: GPL-3.0-or-later
/* admin.h - creates, changes and removes accounts, zones, hosts, records and tokens by the rules.
 *
 * Each call runs inside a job's transaction (change_submit()). It checks everything that must
 * hold, writes the rows and the row of the journal, and leaves nothing behind when it fails.
 * ERR_SYNTAX, ERR_LIMIT: a value is not allowed. ERR_DENIED: the actor may not do this.
 * ERR_EXISTS, ERR_NOT_FOUND, ERR_CONFLICT: what is in the database does not allow it. `err` always
 * names the thing. */
#pragma once

#include "account/actor.h"
#include "change/origin.h"
#include "rule/host_name.h"
#include "rule/zone.h"
#include "store/tables.h"

struct patches;
struct post;

struct admin {
    struct store *store; /* the writer, inside a transaction */
    int64_t now_s;
    const struct change_origin *origin; /* may be NULL */
    struct actor actor;                 /* decides in which zones it may make what */
    struct str reserved;     /* for host_name_check(); NULL: host_name_reserved */
    struct patches *patches; /* the writer's own, for updates; may be NULL */
    uint16_t heartbeat;      /* of an update: what is learned of its host by now */
    const struct post *post; /* NULL: nobody is told anything */
};

/* All *_add calls take a row that is filled except for id, times and last_change, and set these.
 * All *_set calls take the row as it should be. What cannot be set (times, serial base, digest)
 * is read from the database. An e-mail address needs one '@' with something on both sides, and
 * no blanks. */
MUST_CHECK enum status admin_account_add(const struct admin *admin,
                                         struct account_row *row, struct error *err);
/* When an account is no longer an operator's, its tokens lose the hosts of others. When it is
 * blocked, its sessions end; then, and when it gets another address, its links do. */
MUST_CHECK enum status admin_account_set(const struct admin *admin,
                                         struct account_row *row, struct error *err);
MUST_CHECK enum status admin_account_remove(const struct admin *admin, int64_t id,
                                            struct error *err);

/* `name_servers` become the NS records at the apex; there is at least one. TTLs are 1 to 86400 s.
 *
 * A name belongs to the longest zone. So hosts of the zone above that lie inside the new one move
 * into it, with the records there. They must belong to the same owner and have no more labels than
 * the new zone allows. A delegation to the new zone is removed.
 *
 * The serial base is the current time modulo 2^32, or the row's if that is newer: a zone that was
 * served elsewhere goes on from its serial there. A zone's serial is its base plus the seq of its
 * newest change, and seqs only rise. So a zone that is removed and made again has a newer serial
 * than ever before, however many changes a second there were. */
MUST_CHECK enum status admin_zone_add(const struct admin *admin, struct zone_row *row,
                                      const struct name *name_servers, size_t count,
                                      struct error *err);
/* `count` 0 keeps the name servers. labels_max may not be less than a host of the zone has. */
MUST_CHECK enum status admin_zone_set(const struct admin *admin, struct zone_row *row,
                                      const struct name *name_servers, size_t count,
                                      struct error *err);
MUST_CHECK enum status admin_zone_remove(const struct admin *admin, int64_t id,
                                         struct error *err);

/* The zone is the longest one that the name lies in; zone_id is set.
 *
 * Operators make hosts in any zone and for any owner; everybody else makes them for itself
 * (ERR_DENIED). A zone's owner makes hosts there under any policy. Of the others, ZONE_EVERYBODY
 * lets in all accounts, and ZONE_NOBODY none. ZONE_INVITED is for accounts that the zone's owner
 * named; as nothing keeps such a list yet, it lets in none either.
 *
 * The name must pass host_name_check(); operators and the zone's owner are trusted there, unless
 * the zone's policy is ZONE_EVERYBODY. It must not be taken by a record of the zone (the zone's
 * own name: by addresses). It must not lie at or below a tombstone of another owner, nor below a
 * host of another owner. A ttl_s of 0 stands for the zone's default; any other is 1 to 86400.
 * ERR_LIMIT: the owner's quota. A host may follow another one of the same owner, which follows
 * none itself and has at most FOLLOWERS_MAX followers. The addresses of `row` may be private;
 * special ones are refused (ERR_CONFLICT). */
MUST_CHECK enum status admin_host_add(const struct admin *admin, struct host_row *row,
                                      struct error *err);
/* Sets everything except name, zone and addresses; the addresses too if `addresses` is not NULL.
 * More than one address of a family needs round_robin; without it only the first of each is kept.
 * When the host gets a new owner, tokens of the old one lose it. */
MUST_CHECK enum status admin_host_set(const struct admin *admin, struct host_row *row,
                                      const struct addresses *addresses,
                                      struct error *err);
/* The name stays reserved for its owner for 90 days. ERR_DENIED: only operators remove a host that
 * is HOST_DISABLED or HOST_ABUSE. */
MUST_CHECK enum status admin_host_remove(const struct admin *admin, int64_t id,
                                         struct error *err);

/* Adds a further record. The caller fills in owner, wildcard, type, TTL, data and expiry. zone_id
 * and host_id are found: a record at or below a host's name is the host's. Only the owner of the
 * host, or of the zone where there is none, may add it (ERR_DENIED). The type must be
 * record_type_is_allowed(), and the data well formed for it (rdata_parse()). A ttl_s of 0 stands
 * for that of the other records of its name and type, or for the zone's default; any other must
 * equal theirs. A CNAME stands alone and not at the apex; an NS stands neither at the apex nor
 * beside other types. A host's addresses and the zone's name servers are not set this way.
 * ERR_EXISTS: the record is there. */
MUST_CHECK enum status admin_record_add(const struct admin *admin, struct record_row *row,
                                        struct error *err);
MUST_CHECK enum status admin_record_remove(const struct admin *admin, int64_t id,
                                           struct error *err);
/* Removes expired records, no more than fit a batch. *more: there may be others. */
MUST_CHECK enum status admin_record_expire(const struct admin *admin, bool *more,
                                           struct error *err);

/* A token of kind TOKEN_API has no hosts, and rights for the resources of its account instead;
 * RIGHT_OPERATE is for an operator's. Any other token has hosts, and rights for them. ERR_CONFLICT,
 * ERR_SYNTAX. A host has at most two live update tokens: the second one is for rotation. Expired
 * ones do not count. All hosts of a token belong to its account, unless that is an operator's. */
enum {
    ADMIN_TOKENS_PER_HOST = 2
};
MUST_CHECK enum status admin_token_add(const struct admin *admin, struct token_row *row,
                                       struct error *err);
MUST_CHECK enum status admin_token_set(const struct admin *admin, struct token_row *row,
                                       struct error *err);
MUST_CHECK enum status admin_token_remove(const struct admin *admin, int64_t id,
                                          struct error *err);
