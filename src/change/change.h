// SPDX-License-Identifier: GPL-3.0-or-later
/* change.h - the one way anything changes: queue, batch, commit, answer.
 *
 * All calls are made on the loop's thread. A job waits in a bounded queue. The writer thread
 * commits everything that waits in one transaction, while the next batch is collected. Then the
 * loop calls each job's `done`. A job that fails is undone, and the others of its batch are not.
 *
 * When COMMIT itself fails, nobody knows what reached the disk. `failed` is called, and the
 * process must end. From that moment on all look-ups give ERR_BUSY and no update is decided: the
 * tables in memory may lack what a restart finds on the disk.
 *
 * What an update needs of hosts, tokens and accounts is kept in memory. The tables are filled at
 * the start while the loop runs, and take over what a batch changed before `done` is called for
 * its jobs. So a token no longer counts when the caller hears that it was revoked. Changes in
 * flight are laid over the tables: a request is always compared with the newest queued value.
 *
 * An update that comes while administration is under way is judged once more inside the
 * transaction, as if it had come afterwards. So what was reported as taken away has no effect.
 * Only what few hosts and tokens have is read from the database, through a second connection. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "account/access.h"
#include "account/keys.h"
#include "base/clock.h"
#include "change/callback.h"
#include "change/events.h"
#include "change/origin.h"
#include "net/loop.h"
#include "post/kind.h"
#include "rule/address.h"
#include "rule/heartbeat.h"
#include "store/tables.h"

struct change;
struct post;
struct txt_change;

struct change_options {
    const char *database;    /* path */
    const struct keys *keys; /* lent for good */
    const struct post *post; /* likewise, for notices to owners; NULL: there are none */
    bool private_allowed;    /* the operator's choice for all hosts */
    size_t queue_max;        /* jobs that may wait; 0: 65536 */
    size_t batch_max;        /* 0: 512 */
    int64_t keep_s;          /* how long the journal is kept; 0: for ever */
    struct events *events;   /* lent: changes of hosts are posted there; NULL: nowhere */
    /* A batch was committed, and this is its newest seq. Called before its jobs' `done`. May be
     * NULL. */
    void (*committed)(void *ctx, int64_t seq);
    /* A batch with administration was committed, or undone. Called before its jobs' `done`. May be
     * NULL. */
    void (*administered)(void *ctx);
    /* COMMIT failed. The jobs of that batch and all behind it have ended with ERR_IO. */
    void (*failed)(void *ctx, const struct error *err);
    /* The tables in memory are complete. Called once, from the loop. May be NULL. */
    void (*ready)(void *ctx);
    /* Asks for change_served(number) when name servers serve what the image has of the zone, of
     * which somebody wants to hear. Each number is greater. NULL: there is nobody to ask. */
    void (*ask_served)(void *ctx, int64_t number, const struct name *zone);
    void *ctx;
};

/* Opens the writing connection (and so takes the lock), the reading one, and starts the
 * writer thread. Errors as store_open() and keys_match(). */
MUST_CHECK enum status change_start(struct loop *loop,
                                    const struct change_options *options,
                                    struct change **out, struct error *err);
/* Waits until the queue is committed, calls every `done`, and ends the thread. */
void change_stop(struct change *change);
CLEANER(change_stop, struct change *)

/* Replaces the operator's choice for all hosts. */
void change_allow_private(struct change *change, bool allowed);
/* Replaces the networks of the configuration to which no host may point; copied. Hosts that point
 * there already are withheld within seconds, and others given back. */
void change_block(struct change *change, struct prefixes networks);
/* All such networks, those of the database as well. Lent until the loop goes on; NULL: none. */
struct network_set *change_blocked(const struct change *change);
/* After what time without use things go, in seconds; 0: never. */
struct change_life {
    int64_t hosts_s, withdrawn_s, accounts_s, zones_s;
};
/* Replaces it; at the start nothing goes. */
void change_set_life(struct change *change, const struct change_life *rules);
/* Replaces how long the journal is kept; 0: for ever. What is too old now goes next time. */
void change_keep(struct change *change, int64_t keep_s);
/* The reading connection, lent: for lists and shows. */
struct store *change_reader(struct change *change);
int64_t change_seq(const struct change *change); /* newest committed by us, or at start */
/* Whether the tables in memory are complete. Those of a small database are when change_start()
 * returns. Until then look-ups for updates give ERR_BUSY; administration works. */
bool change_is_ready(const struct change *change);
/* COMMIT has failed: nobody knows what the database holds, so no answer may depend on it. */
bool change_has_failed(const struct change *change);

/* ----- updates ----- */

/* Announces that this token and this host will be looked for next. Saves most of the time that
 * the look-ups would wait for memory. */
void change_prefetch(struct change *change, struct digest digest,
                     const struct name *name);
/* ERR_NOT_FOUND. ERR_BUSY: the tables are being filled, or a commit has failed. ERR_IO: the
 * database cannot be read. Only what decides about an update is filled in. Of a token: id,
 * account_id, kind, digest, key_version, rights, weak, hosts, networks and expires_s. Of a host:
 * everything except ttl_s, created_s and last_change. */
MUST_CHECK enum status change_find_token(struct change *change, struct digest digest,
                                         struct token_row *out, struct error *err);
/* State and role of the account that a token acts for. */
MUST_CHECK enum status change_find_account(struct change *change, int64_t account_id,
                                           struct access_account *out, struct error *err);
MUST_CHECK enum status change_find_host(struct change *change, const struct name *name,
                                        struct host_row *out, struct error *err);
/* The complete row, from the database. */
MUST_CHECK enum status change_find_host_id(struct change *change, int64_t id,
                                           struct host_row *out, struct error *err);

/* Four bytes of the host, for the limit on its requests. They are 0 at the start and last as long
 * as the process. NULL: no such host. Lent until the loop goes on. */
uint32_t *change_host_throttle(struct change *change, int64_t host_id);
/* When the host called last, in seconds UTC. It may be newer than last_seen_s in the database,
 * which is written only when it is older than an hour and than an eighth of the liveness period.
 * 0: never, or no such host. */
int64_t change_last_seen(const struct change *change, int64_t host_id);
/* The account that owns the host; 0: no such host. */
int64_t change_owner(const struct change *change, int64_t host_id);
/* What is expected of a host, and what it does. */
struct change_heartbeat {
    struct heartbeat expected;
    enum heartbeat_state state;
    int64_t since_s; /* of the state; of a fresh one its last call */
};
/* As of now. False: no such host. */
bool change_find_heartbeat(const struct change *change, int64_t host_id,
                           struct change_heartbeat *out);
/* The next host after that id in the state, of those in the zone (0: in any), among the next `max`
 * hosts. *after becomes its id, or that of the last one that was looked at. ERR_NOT_FOUND: there
 * are no more hosts. ERR_LIMIT: there may be. */
MUST_CHECK enum status change_next_in_state(const struct change *change,
                                            enum heartbeat_state state, int64_t zone_id,
                                            size_t max, int64_t *after);
/* How many hosts are in which state, as of some half a minute ago. */
size_t change_count_in_state(const struct change *change, enum heartbeat_state state);
/* An update of the host was refused. The caller knows that the host's own device has sent it. */
void change_refused(struct change *change, int64_t host_id, enum post_reason reason);
/* The account asks for something, in whatever way. */
void change_use_account(struct change *change, int64_t account_id);
/* A valid token came in clear where that is not allowed. This is written, so that its owner sees
 * it. */
void change_expose_token(struct change *change, int64_t token_id);
/* The end of an account has begun (admin_ending_begin()): its things go, piece by piece. */
void change_go_on_ending(struct change *change);
/* The publisher has reported that it no longer needs the journal up to `seq`. */
void change_applied(struct change *change, int64_t seq);
/* Name servers serve what was asked for by that number, and by smaller ones about the zone. */
void change_served(struct change *change, int64_t number);
/* What was asked for is forgotten: it is asked for again after the next change_applied(). */
void change_ask_served_again(struct change *change);

/* Decides by the rule. The update is queued if something changes or a change of this host is in
 * flight. `done` is called exactly once, possibly before this returns. The request's values are
 * not kept. The caller has just asked access.h about the origin's token and the host. */
void change_update(struct change *change, const struct host_row *host,
                   const struct rule_request *request, const struct change_origin *origin,
                   change_update_fn done, void *ctx);

/* Changes the values by which the host proves its name (txt.h), and its addresses if the request
 * has any: both or neither. It is always queued, since only the writer knows what stands there. */
struct change_txt_request {
    const struct txt_change *txt;         /* copied */
    const struct rule_request *addresses; /* NULL: they stay as they are */
};
void change_txt(struct change *change, const struct host_row *host,
                const struct change_txt_request *request,
                const struct change_origin *origin, change_update_fn done, void *ctx);

/* ----- hosts by address ----- */

enum {
    /* Hosts that one look goes through at most: some milliseconds. */
    CHANGE_LOOK_MAX = 50000,
    CHANGE_FOUND_MAX = 64
};
struct change_found {
    int64_t ids[CHANGE_FOUND_MAX]; /* of hosts, ascending */
    size_t count;
    int64_t last; /* the greatest id that was looked at */
    bool more;    /* there are greater ones */
};
/* Looks for hosts with an id greater than `after` that have one of these addresses, among the usual
 * ones in memory and the further ones of those that have any. `is_wanted` judges an address. ERR_BUSY:
 * the tables are being filled. ERR_IO. */
MUST_CHECK enum status change_look_for_addresses(
    struct change *change, int64_t after,
    bool (*is_wanted)(const void *ctx, struct ip ip), const void *ctx,
    struct change_found *out, struct error *err);

/* ----- administration ----- */

/* Queues `work`. `done` is called on the loop after the commit. ERR_BUSY: the queue is full, and
 * `done` is not called. */
MUST_CHECK enum status change_submit(struct change *change, change_work_fn fn, void *work,
                                     change_done_fn done, void *ctx);

/* What change_update() would decide now; nothing is queued. CHANGE_DONE: it would queue the
 * update, and decision->verdict says whether the host itself would change. */
enum change_result change_preview(struct change *change, const struct host_row *host,
                                  const struct rule_request *request,
                                  struct rule_decision *decision);
/* The same decision against what is committed, whatever is in flight: CHANGE_DONE or CHANGE_SAME.
 * This may be shown to the caller of the API. */
enum change_result change_try(struct change *change, const struct host_row *host,
                              const struct rule_request *request,
                              struct rule_decision *decision);
