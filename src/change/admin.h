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
#include "account/sign_up.h"
#include "change/name_verdict.h"
#include "change/origin.h"
#include "rule/host_name.h"
#include "rule/network_set.h"
#include "rule/zone.h"
#include "store/tables.h"

struct patches;
struct post;

/* What the operator has decided for all hosts. */
struct admin_rules {
    const struct word_list *words;     /* reserved, besides the usual ones; NULL: none */
    const struct network_set *blocked; /* to which no host may point; NULL: none */
    /* Usual quotas; 0: none. The first is for accounts of no more than ROLE_USER. */
    int32_t hosts_per_account, hosts_per_zone, hosts_per_account_in_zone;
    int64_t
        quarantine_s; /* how long the name of a removed host is its owner's; 0: not at all */
};

struct admin {
    struct store *store; /* the writer, inside a transaction */
    int64_t now_s;
    const struct change_origin *origin; /* may be NULL */
    struct actor actor;                 /* decides in which zones it may make what */
    struct str reserved;     /* for host_name_check(); NULL: host_name_reserved */
    struct patches *patches; /* the writer's own, for updates; may be NULL */
    uint16_t heartbeat;      /* of an update: what is learned of its host by now */
    const struct post *post; /* NULL: nobody is told anything */
    enum sign_up sign_up;    /* who may come; SIGN_UP_CLOSED: members invite nobody new */
    const struct admin_rules *rules; /* NULL: 90 days, and nothing else */
    int64_t undoes; /* seq of the change of a host that is taken back; 0: none is */
};

/* What counts without any. */
extern const struct admin_rules admin_usual_rules;
/* The rules of `admin`, or the usual ones. */
const struct admin_rules *admin_rules_of(const struct admin *admin);

/* All *_add calls take a row that is filled except for id, times and last_change, and set these.
 * All *_set calls take the row as it should be. What cannot be set (times, serial base, digest)
 * is read from the database. An e-mail address needs one '@' with something on both sides, and
 * no blanks. */
MUST_CHECK enum status admin_account_add(const struct admin *admin,
                                         struct account_row *row, struct error *err);
/* When an account is no longer an operator's, its tokens lose the hosts of others. When it is
 * blocked, its sessions end, and its hosts are withheld from DNS until it is blocked no more; then,
 * and when it gets another address, its links do, and its old address is told. No account waits that
 * did not wait before; whoever waited and is let in is told. */
MUST_CHECK enum status admin_account_set(const struct admin *admin,
                                         struct account_row *row, struct error *err);
/* Its links work no more, and it keeps its address. */
MUST_CHECK enum status admin_account_end_links(const struct admin *admin, int64_t id,
                                               struct error *err);
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
/* `count` 0 keeps the name servers. labels_max may not be less than a host of the zone has. Only
 * operators give a zone to another owner (ERR_DENIED). */
MUST_CHECK enum status admin_zone_set(const struct admin *admin, struct zone_row *row,
                                      const struct name *name_servers, size_t count,
                                      struct error *err);
MUST_CHECK enum status admin_zone_remove(const struct admin *admin, int64_t id,
                                         struct error *err);

/* Members of zones; account/zone_role.h tells what they may. Who is removed keeps its hosts, and
 * makes no new ones. ERR_DENIED: the actor may not decide that. ERR_EXISTS: the account is a member
 * already, or owns the zone. ERR_LIMIT: the zone has ZONE_MANAGERS_MAX managers, or the account is a
 * member of MEMBERSHIPS_MAX zones. */
enum {
    ZONE_MANAGERS_MAX = 20,
    MEMBERSHIPS_MAX = 500
};
MUST_CHECK enum status admin_member_add(const struct admin *admin, struct member_row *row,
                                        struct error *err);
/* Only the role. */
MUST_CHECK enum status admin_member_set(const struct admin *admin, struct member_row *row,
                                        struct error *err);
/* By those who may, and by the member itself. */
MUST_CHECK enum status admin_member_remove(const struct admin *admin, int64_t id,
                                           struct error *err);

/* The zone is the longest one that the name lies in; zone_id is set.
 *
 * Operators make hosts in any zone and for any owner; everybody else makes them for itself
 * (ERR_DENIED), where zone_role_makes_hosts().
 *
 * The name must pass host_name_check(); operators and who looks after the zone are trusted there,
 * unless the zone's policy is ZONE_EVERYBODY. It must not be taken by a record of the zone (the zone's
 * own name: by addresses). It must not lie at or below a tombstone of another owner, nor below a
 * host of another owner. A ttl_s of 0 stands for the zone's default; any other is 1 to 86400.
 * It must not look like a host of another owner where the zone refuses that, for anybody but
 * operators and the zone's owner; nor may it be a word that is reserved in the zone, or look like
 * one. ERR_LIMIT: a quota of the owner, of the zone, or of the owner in the zone. A host may follow another one of the same owner, which follows
 * none itself and has at most FOLLOWERS_MAX followers. The addresses of `row` may be private;
 * special ones are refused (ERR_CONFLICT). */
MUST_CHECK enum status admin_host_add(const struct admin *admin, struct host_row *row,
                                      struct error *err);
/* Whether admin_host_add() would take the name for the owner of the row. NAME_FREE with OK; else why
 * not, with the status and the words of admin_host_add(), unless the database fails. zone_id is set.
 * Nothing is written. */
MUST_CHECK enum status admin_host_judge(const struct admin *admin, struct host_row *row,
                                        enum name_verdict *verdict, struct error *err);
/* Sets everything except name, zone and addresses; the addresses too if `addresses` is not NULL.
 * More than one address of a family needs round_robin; without it only the first of each is kept.
 * When the host gets a new owner, which only operators decide here (ERR_DENIED), tokens of the old
 * one lose it, and its log begins anew. The state is for operators; who looks after the zone
 * disables and enables. */
MUST_CHECK enum status admin_host_set(const struct admin *admin, struct host_row *row,
                                      const struct addresses *addresses,
                                      struct error *err);
/* The name stays reserved for its owner for a time (struct admin_rules). ERR_DENIED: only operators
 * remove a host that is HOST_ABUSE, and only they and who looks after the zone one that is
 * HOST_DISABLED. */
MUST_CHECK enum status admin_host_remove(const struct admin *admin, int64_t id,
                                         struct error *err);

/* Adds a further record. The caller fills in owner, wildcard, type, TTL, data and expiry. zone_id
 * and host_id are found: a record at or below a host's name is the host's. Only the owner of the
 * host may add it, or where there is none who looks after the zone (ERR_DENIED). The type must be
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

/* Words that hosts may not have next to a zone; zone_id 0: next to any. Operators keep all such lists,
 * and the owner of a zone keeps that of the zone (ERR_DENIED). ERR_SYNTAX, ERR_LIMIT, ERR_EXISTS. */
MUST_CHECK enum status admin_reserved_add(const struct admin *admin,
                                          struct reserved_row *row, struct error *err);
MUST_CHECK enum status admin_reserved_remove(const struct admin *admin, int64_t id,
                                             struct error *err);

/* Frees a name before its time: for operators and the owner of its zone (ERR_DENIED). */
MUST_CHECK enum status admin_quarantine_lift(const struct admin *admin,
                                             const struct name *name, struct error *err);

/* Networks to which no host may point. Those that do are withheld from DNS within seconds, and given
 * back when the block goes. Only operators make one (ERR_DENIED). Bits behind the length are cleared.
 * ERR_LIMIT, ERR_EXISTS. */
MUST_CHECK enum status admin_blocked_add(const struct admin *admin,
                                         struct blocked_row *row, struct error *err);
MUST_CHECK enum status admin_blocked_remove(const struct admin *admin, int64_t id,
                                            struct error *err);
/* Removes those that have expired. */
MUST_CHECK enum status admin_blocked_expire(const struct admin *admin, struct error *err);

/* Notes what somebody did with an account that changed no row of it: "login". A stranger must not be
 * able to cause it. The words are those of the log (docs/api.md). */
MUST_CHECK enum status admin_note_act(const struct admin *admin, int64_t account_id,
                                      const char *word, struct error *err);

/* Gives the host the addresses that it had before the change `seq`; 0: before the newest one that
 * changed them. The rules are those of admin_host_set(), and a host that is blocked stays so.
 * ERR_CONFLICT: there is nothing to take back, or the journal has it no more. */
MUST_CHECK enum status admin_host_undo(const struct admin *admin, int64_t host_id,
                                       int64_t seq, struct error *err);

/* Begins to remove an account with all that it owns: from now on it is ACCOUNT_ENDING, and can do
 * nothing. admin_ending_go_on() does the rest. ERR_CONFLICT: it is the last operator, or zones of
 * it have hosts or members of others, which `err` names. */
MUST_CHECK enum status admin_ending_begin(const struct admin *admin, int64_t account_id,
                                          struct error *err);
/* Removes some more of an account that is being removed, as much as a batch should. */
enum admin_ending {
    ENDING_DONE,  /* no account is being removed */
    ENDING_MORE,  /* there is more to do, of this account or of another */
    ENDING_STUCK, /* a zone got a host of somebody else; other accounts come first now */
};
MUST_CHECK enum status admin_ending_go_on(const struct admin *admin,
                                          enum admin_ending *out, struct error *err);
/* Names of the zones of an account that have hosts or members of others, at most `size` bytes of
 * them. */
MUST_CHECK enum status admin_ending_in_the_way(const struct admin *admin,
                                               int64_t account_id, struct buf *out,
                                               struct error *err);
