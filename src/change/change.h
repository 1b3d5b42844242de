// SPDX-License-Identifier: GPL-3.0-or-later
/* change.h - the one way anything changes: queue, batch, commit, tell.
 *
 * All calls are made on the loop's thread. A job waits in a bounded queue; the writer thread
 * commits everything that waits in one transaction while the next batch is collected, and
 * the loop then calls each job's `done`. A job that fails is undone and fails alone; when
 * COMMIT itself fails, `failed` is called and the process must end: what reached the disk is
 * not known (architecture: "it never guesses"). From the moment when it fails, all look-ups
 * give ERR_BUSY and no update is decided any more: the tables in memory may lack what a
 * restart finds on the disk.
 *
 * What an update needs of hosts, tokens and accounts stands in memory, filled at the start
 * while the loop runs. It takes over what a batch changed before the batch's jobs are told: a
 * token that was revoked counts no more when its removal is told. The addresses of changes in
 * flight are laid over, so that a request always compares with the newest queued value. An
 * update that comes while administration is under way is judged once more where it is written,
 * as if it had come behind it: what was told as taken away has no effect afterwards. Only
 * what few hosts and tokens have is read from the database, through a connection of its
 * own. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "account/access.h"
#include "account/keys.h"
#include "base/clock.h"
#include "change/callback.h"
#include "change/origin.h"
#include "net/loop.h"
#include "rule/address.h"
#include "store/tables.h"

struct change;

struct change_options {
    const char *database;    /* path */
    const struct keys *keys; /* lent for good */
    bool private_allowed;    /* the operator's choice for all hosts */
    size_t queue_max;        /* jobs that may wait; 0: 65536 */
    size_t batch_max;        /* 0: 512 */
    int64_t keep_s;          /* how long the journal is kept; 0: for ever */
    /* A batch was committed: its newest seq. Before its jobs are told. May be NULL. */
    void (*committed)(void *ctx, int64_t seq);
    /* COMMIT failed; jobs of that batch, and all behind it, were already told ERR_IO. */
    void (*failed)(void *ctx, const struct error *err);
    /* The tables in memory are whole: called once, from the loop. May be NULL. */
    void (*ready)(void *ctx);
    void *ctx;
};

/* Opens the writing connection (and so takes the lock), the reading one, and starts the
 * writer thread. Errors as store_open() and keys_match(). */
MUST_CHECK enum status change_start(struct loop *loop,
                                    const struct change_options *options,
                                    struct change **out, struct error *err);
/* Waits until the queue is committed, calls every `done`, ends the thread. */
void change_stop(struct change *change);
CLEANER(change_stop, struct change *)

/* The operator's choice for all hosts is another from now on. */
void change_allow_private(struct change *change, bool allowed);
/* Replaces how long the journal is kept; 0: for ever. What is too old now goes in the next period. */
void change_keep(struct change *change, int64_t keep_s);
/* The reading connection, lent: for lists and shows. */
struct store *change_reader(struct change *change);
int64_t change_seq(const struct change *change); /* newest committed by us, or at start */
/* The tables in memory are whole; a small database's are so when change_start() returns. Until
 * then look-ups of updates give ERR_BUSY, and administration works. */
bool change_is_ready(const struct change *change);
/* COMMIT failed: what the database holds is not known any more, and nobody may be told. */
bool change_has_failed(const struct change *change);

/* ---- updates ---------------------------------------------------------------------- */

/* The token and the host will be looked for next: saves most of the time that both would
 * wait for memory. */
void change_prefetch(struct change *change, struct digest digest,
                     const struct name *name);
/* ERR_NOT_FOUND; ERR_BUSY: the tables are being filled, or a commit has failed; ERR_IO: our
 * trouble. Only what
 * decides about an update is promised: of a token id, account_id, kind, digest, key_version,
 * rights, weak, hosts, networks and expires_s; of a host all but ttl_s, created_s and
 * last_change. */
MUST_CHECK enum status change_find_token(struct change *change, struct digest digest,
                                         struct token_row *out, struct error *err);
/* What counts of the account that a token acts for. */
MUST_CHECK enum status change_find_account(struct change *change, int64_t account_id,
                                           struct access_account *out, struct error *err);
MUST_CHECK enum status change_find_host(struct change *change, const struct name *name,
                                        struct host_row *out, struct error *err);
/* The whole row, from the database. */
MUST_CHECK enum status change_find_host_id(struct change *change, int64_t id,
                                           struct host_row *out, struct error *err);

/* Four bytes of the host for whoever limits its requests; 0 at the start and kept while the
 * process runs. NULL: no such host. Lent until the loop goes on. */
uint32_t *change_host_throttle(struct change *change, int64_t host_id);
/* When the host called last, in seconds UTC: newer than the database's last_seen_s, which
 * hears of it only when it is older than an hour and an eighth of the liveness period. 0:
 * never, or no such host. */
int64_t change_last_seen(const struct change *change, int64_t host_id);
/* A valid token came in clear where that is not allowed: its owner will see it. */
void change_expose_token(struct change *change, int64_t token_id);
/* The publisher has told that it needs nothing of the journal up to `seq`. */
void change_applied(struct change *change, int64_t seq);

/* Decides by the rule and, if something changes or a change of this host is in flight,
 * queues; `done` is called exactly once, possibly before this returns. The request's values
 * are not kept. The caller has just asked access.h about the origin's token and the host. */
void change_update(struct change *change, const struct host_row *host,
                   const struct rule_request *request, const struct change_origin *origin,
                   change_update_fn done, void *ctx);

/* ---- administration --------------------------------------------------------------- */

/* Queues `work`; `done` is called on the loop after the commit. ERR_BUSY: the queue is full
 * (`done` is not called). */
MUST_CHECK enum status change_submit(struct change *change, change_work_fn fn, void *work,
                                     change_done_fn done, void *ctx);

/* What change_update() would come to now, with nothing queued: CHANGE_DONE where it would
 * queue, and then decision->verdict tells whether the host itself would change. */
enum change_result change_preview(struct change *change, const struct host_row *host,
                                  const struct rule_request *request,
                                  struct rule_decision *decision);
/* What the request would change of what is committed: CHANGE_DONE or CHANGE_SAME, whatever is
 * in flight. This may be told. */
enum change_result change_try(struct change *change, const struct host_row *host,
                              const struct rule_request *request,
                              struct rule_decision *decision);
