// SPDX-License-Identifier: GPL-3.0-or-later
#include "change/silence.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "change/apply.h"
#include "change/host_rule.h"
#include "change/letter.h"

struct silence_work {
    struct silence silence;
    int64_t now_s;
    size_t count;
    struct silent_host hosts[];
};

/* Where such changes come from, in the journal. */
static const struct change_origin origin_silent = { .agent = "rove: the host is silent" };
static const struct change_origin origin_heard = { .agent = "rove: the host has called" };

/* ----- in the transaction ----- */

static enum status set_state(struct store *store, const struct silence_work *work,
                             const struct change_origin *origin, struct host_row *row,
                             enum host_state state, struct error *err)
{
    struct addresses addresses;
    const struct admin admin = { .store = store, .now_s = work->now_s, .origin = origin };
    enum status status = store_host_addresses(store, row, &addresses, err);
    row->state = state;
    return status ? status
                  : apply_addresses(&admin, row, &addresses, &addresses, false, err);
}

/* Everything is asked again: an update or an owner may have been faster. */
static enum status act(struct store *store, const struct silence_work *work,
                       struct host_row *row, struct error *err)
{
    if (row->state != HOST_ACTIVE || row->when_silent == SILENT_KEEP || row->permanent)
        return OK;
    return set_state(store, work, &origin_silent, row,
                     row->when_silent == SILENT_FALLBACK ? HOST_FALLBACK : HOST_WITHDRAWN,
                     err);
}

/* To one owner. */
struct telling {
    int64_t owner_id;
    struct letter letter;
};

static enum status tell(struct store *store, const struct silence_work *work,
                        struct telling *telling, struct error *err)
{
    enum post_result result = POST_QUEUED;
    struct post_mail mail = { .kind = POST_HOST_SILENT,
                              .account_id = telling->owner_id,
                              .now_s = work->now_s };
    return letter_send(&telling->letter, work->silence.post, store, &mail, &result, err);
}

static enum status note_host(struct store *store, const struct silence_work *work,
                             const struct silent_host *host, struct telling *telling,
                             struct error *err)
{
    struct host_row row;
    enum status status = store_host_find(store, host->id, &row, err);
    if (status)
        return status == ERR_NOT_FOUND ? OK : status;
    if (row.last_seen_s > host->seen_s || row.owner_id != host->owner_id)
        return OK;
    if (host->acts)
        status = act(store, work, &row, err);
    if (status || !host->tells)
        return status;
    status = store_host_set_silent(store, row.id, work->now_s, err);
    if (!status && !row.quiet)
        letter_add(&telling->letter, &row.name, host->seen_s);
    return status;
}

static enum status note_hosts(struct store *store, void *ctx, struct error *err)
{
    const struct silence_work *work = (const struct silence_work *)ctx;
    CLEANUP(mem_freep) struct telling *telling = NEW(struct telling);
    enum status status = OK;
    for (size_t i = 0; i < work->count && !status; i++) {
        const struct silent_host *host = &work->hosts[i];
        if (host->owner_id != telling->owner_id) {
            status = tell(store, work, telling, err);
            memset(telling, 0, sizeof(*telling));
            telling->owner_id = host->owner_id;
        }
        if (!status)
            status = note_host(store, work, host, telling, err);
    }
    return status ? status : tell(store, work, telling, err);
}

/* ----- afterwards ----- */

static enum status restore_hosts(struct store *store, void *ctx, struct error *err)
{
    const struct silence_work *work = (const struct silence_work *)ctx;
    enum status status = OK;
    for (size_t i = 0; i < work->count && !status; i++) {
        struct host_row row;
        status = store_host_find(store, work->hosts[i].id, &row, err);
        if (!status && host_is_replaced(row.state))
            status = set_state(store, work, &origin_heard, &row, HOST_ACTIVE, err);
        if (status == ERR_NOT_FOUND)
            status = OK;
    }
    return status;
}

static void end(void *ctx, enum status status, const struct error *err)
{
    struct silence_work *work = (struct silence_work *)ctx;
    if (status)
        log_warning("silence-not-written", LOG_TEXT("why", err->text));
    work->silence.done(work->silence.ctx);
    mem_free(work);
}

/* A host may have called between the judgement and the commit, and was told then that all is as it
 * should be: that is put right at once. */
static void noted(void *ctx, enum status status, const struct error *err)
{
    struct silence_work *work = (struct silence_work *)ctx;
    size_t called = 0;
    for (size_t i = 0; i < work->count && !status; i++) {
        const struct silent_host *host = &work->hosts[i];
        bool is_silent =
            host->tells
                ? resident_note_silent(work->silence.resident, host->id, host->seen_s)
                : resident_last_seen(work->silence.resident, host->id) == host->seen_s;
        if (!is_silent && host->acts)
            work->hosts[called++] = *host;
    }
    work->count = called;
    if (called > 0 && !jobs_submit(work->silence.jobs, restore_hosts, work, end, work))
        return;
    end(work, status, err);
}

/* Owners are not parted, as long as they do not have too many. */
static size_t batch_of(const struct silent_host *hosts, size_t count)
{
    size_t n = 0;
    while (n < count && n < SILENCE_BATCH_MAX &&
           (n < SILENCE_BATCH || hosts[n].owner_id == hosts[n - 1].owner_id))
        n++;
    return n;
}

enum status silence_note(const struct silence *silence, const struct silent_host *hosts,
                         size_t count, size_t *taken)
{
    size_t n = batch_of(hosts, count);
    struct silence_work *work =
        (struct silence_work *)mem_new(sizeof(*work) + n * sizeof(work->hosts[0]));
    work->silence = *silence;
    work->now_s = clock_wall_s(loop_clock(silence->jobs->loop));
    work->count = n;
    memcpy(work->hosts, hosts, n * sizeof(hosts[0]));
    enum status status = jobs_submit(silence->jobs, note_hosts, work, noted, work);
    if (status)
        mem_free(work);
    else
        *taken = n;
    return status;
}
