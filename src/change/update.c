// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/mem.h"
#include "change/again.h"
#include "change/change_part.h"
#include "change/host_rule.h"
#include "change/txt.h"

/* What the host has by now: queued, or in the database. */
static enum status find_now(struct change *change, const struct host_row *host,
                            const struct inflight_value *queued, struct addresses *out)
{
    if (!queued)
        return store_host_addresses(change->reader, host, out, NULL);
    *out = queued->addresses;
    return OK;
}

/* Whether the host, or one that follows it, is to be written. */
static bool judge(const struct change *change, const struct rule_request *request,
                  const struct host_row *row, const struct addresses *now,
                  struct rule_decision *decision)
{
    const struct rule_host host =
        host_rule(row, now, change->options.private_allowed, change->blocks.set);
    rule_decide(request, &host, decision);
    /* A prefix may have to be written although the host itself stays as it is. */
    return decision->verdict == RULE_CHANGE ||
           (decision->verdict == RULE_SAME && decision->has_prefix &&
            resident_has_followers(change->resident, row->id));
}

/* Sets *result to what can be said at once; false when the request has to be queued. */
static bool decide(struct change *change, const struct host_row *host,
                   const struct rule_request *request, struct rule_decision *decision,
                   enum change_result *result)
{
    const struct inflight_value *queued = inflight_find(change->inflight, host->id);
    struct addresses now;
    *result = CHANGE_TROUBLE;
    if (change_has_failed(change) || find_now(change, host, queued, &now))
        return true;
    /* The row may have been read before another change of the same request was queued. */
    struct host_row row = *host;
    change_lay_over(change, &row);
    bool writes = judge(change, request, &row, &now, decision);
    if (decision->verdict == RULE_BAD_IP) {
        *result = CHANGE_BAD_IP;
        return true;
    }
    writes = writes || queued;
    if (!writes)
        *result = CHANGE_SAME;
    return !writes || jobs_are_full(&change->jobs);
}

static struct job *new_job(struct change *change, const struct host_row *host,
                           const struct rule_request *request,
                           const struct change_origin *origin)
{
    struct job *job = jobs_new(&change->jobs);
    job->host_id = host->id;
    job->origin = *origin;
    job->blocked = network_set_hold(change->blocks.set);
    job->heartbeat = resident_heartbeat_after(change->resident, host->id, job->now_s);
    /* Only administration changes what let the request in, and what is queued later is
     * written later. */
    if (change->jobs.works)
        job->again = again_new(request);
    return job;
}

static void put_in_flight(struct change *change, struct job *job,
                          const struct rule_decision *decision)
{
    const struct inflight_value value = { .addresses = decision->wanted,
                                          .offline = decision->offline };
    job->decision = *decision;
    inflight_add(change->inflight, job->host_id, &value);
}

void change_update(struct change *change, const struct host_row *host,
                   const struct rule_request *request, const struct change_origin *origin,
                   change_update_fn done, void *ctx)
{
    struct rule_decision decision = { .verdict = RULE_SAME };
    enum change_result result = CHANGE_TROUBLE;
    bool is_decided = decide(change, host, request, &decision, &result);
    /* Else the change of the host notes it. */
    if (is_decided || decision.verdict == RULE_SAME)
        seen_call(&change->seen, host->id, origin->encrypted);
    if (is_decided) {
        const struct change_outcome outcome = { .result = result,
                                                .was_same = result == CHANGE_SAME };
        done(ctx, &outcome, &decision);
        return;
    }
    struct job *job = new_job(change, host, request, origin);
    job->done = done;
    job->ctx = ctx;
    put_in_flight(change, job, &decision);
    jobs_queue(&change->jobs, job);
}

/* Whether the addresses let the request be queued; *result says why not. */
static bool may_queue(struct change *change, const struct host_row *host,
                      const struct rule_request *addresses,
                      struct rule_decision *decision, enum change_result *result)
{
    if (addresses && decide(change, host, addresses, decision, result) &&
        *result != CHANGE_SAME)
        return false;
    *result = CHANGE_TROUBLE;
    return !change_has_failed(change) && !jobs_are_full(&change->jobs);
}

void change_txt(struct change *change, const struct host_row *host,
                const struct change_txt_request *request,
                const struct change_origin *origin, change_update_fn done, void *ctx)
{
    static const struct rule_request nothing;
    const struct rule_request *addresses = request->addresses;
    struct rule_decision decision = { .verdict = RULE_SAME };
    struct change_outcome outcome = { .result = CHANGE_TROUBLE };
    if (addresses)
        seen_call(&change->seen, host->id, origin->encrypted);
    else
        seen_other_call(&change->seen, host->id, origin->encrypted);
    if (!may_queue(change, host, addresses, &decision, &outcome.result)) {
        done(ctx, &outcome, &decision);
        return;
    }
    struct job *job = new_job(change, host, addresses ? addresses : &nothing, origin);
    job->done = done;
    job->ctx = ctx;
    job->txt = NEW(struct txt_change);
    *job->txt = *request->txt;
    job->keeps_addresses = !addresses;
    if (addresses)
        put_in_flight(change, job, &decision);
    jobs_queue(&change->jobs, job);
}

enum change_result change_preview(struct change *change, const struct host_row *host,
                                  const struct rule_request *request,
                                  struct rule_decision *decision)
{
    enum change_result result = CHANGE_TROUBLE;
    *decision = (struct rule_decision){ .verdict = RULE_SAME };
    return decide(change, host, request, decision, &result) ? result : CHANGE_DONE;
}

enum change_result change_try(struct change *change, const struct host_row *host,
                              const struct rule_request *request,
                              struct rule_decision *decision)
{
    struct host_row row = *host;
    struct addresses now;
    *decision = (struct rule_decision){ .verdict = RULE_SAME };
    if (inflight_find(change->inflight, host->id) &&
        change_find_committed(change, &host->name, &row, NULL))
        return CHANGE_TROUBLE;
    if (change_has_failed(change) ||
        store_host_addresses(change->reader, &row, &now, NULL))
        return CHANGE_TROUBLE;
    bool writes = judge(change, request, &row, &now, decision);
    if (decision->verdict == RULE_BAD_IP)
        return CHANGE_BAD_IP;
    return writes ? CHANGE_DONE : CHANGE_SAME;
}
