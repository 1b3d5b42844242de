// SPDX-License-Identifier: GPL-3.0-or-later
#include "change/lookout.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"

static int64_t wall_s(const struct lookout *lookout)
{
    return clock_wall_s(loop_clock(lookout->silence.jobs->loop));
}

enum heartbeat_state lookout_judge(const struct outages *outages,
                                   const struct resident_beat *beat, int64_t now_s)
{
    if (beat->heartbeat.expected_s && beat->is_noted)
        return HEARTBEAT_SILENT;
    return heartbeat_judge(beat->heartbeat,
                           heartbeat_age_s(&outages->known, beat->seen_s, now_s));
}

/* ----- one host ----- */

static void note_silent(struct lookout *lookout, const struct resident_beat *beat,
                        int64_t now_s)
{
    bool acts = beat->state == HOST_ACTIVE && beat->when_silent != SILENT_KEEP;
    bool tells = !beat->is_noted && !beat->quiet;
    if (!(acts || tells) || lookout->silent_count == LOOKOUT_SILENT_MAX)
        return;
    int64_t age_s = heartbeat_age_s(&lookout->outages->known, beat->seen_s, now_s);
    lookout->silent =
        (struct silent_host *)mem_grow(lookout->silent, lookout->silent_count + 1,
                                       &lookout->silent_room, sizeof(*lookout->silent));
    lookout->silent[lookout->silent_count++] = (struct silent_host){
        .id = beat->id,
        .owner_id = beat->owner_id,
        .seen_s = beat->seen_s,
        .over_s = age_s - heartbeat_silent_after_s(beat->heartbeat),
        .acts = acts,
        .tells = tells,
    };
}

static void look_at(struct lookout *lookout, const struct resident_beat *beat,
                    int64_t now_s)
{
    enum heartbeat_state state = lookout_judge(lookout->outages, beat, now_s);
    lookout->counting.hosts[state]++;
    if (state == HEARTBEAT_SILENT)
        note_silent(lookout, beat, now_s);
    if (state == HEARTBEAT_UNKNOWN || beat->is_noted)
        return;
    size_t bit = (size_t)beat->owner_id % LOOKOUT_OWNER_BITS;
    lookout->calls_per_s += 1.0 / (double)beat->heartbeat.expected_s;
    lookout->owners[bit / 8] |= (uint8_t)(1U << bit % 8);
}

/* ----- all hosts ----- */

static bool has_many_owners(const struct lookout *lookout)
{
    size_t count = 0;
    for (size_t i = 0; i < sizeof(lookout->owners); i++)
        count += (size_t)__builtin_popcount(lookout->owners[i]);
    return count >= LOOKOUT_OWNERS;
}

/* Whether nobody reaches us. */
static bool is_deaf(struct lookout *lookout, int64_t now_s)
{
    int64_t heard_s = resident_newest_call(lookout->silence.resident);
    if (lookout->deaf_since_s && heard_s > lookout->deaf_since_s) {
        outages_add(lookout->outages, lookout->deaf_since_s, heard_s);
        lookout->deaf_since_s = 0;
        return true; /* the next round counts anew */
    }
    if (lookout->deaf_since_s)
        return true;
    if (!has_many_owners(lookout) || heard_s == 0 ||
        (double)(now_s - heard_s) * lookout->calls_per_s < LOOKOUT_MISSED)
        return false;
    lookout->deaf_since_s = heard_s;
    log_warning("nobody-calls", LOG_NUMBER("seconds", now_s - heard_s));
    return true;
}

static int compare_owners(const void *a, const void *b)
{
    const struct silent_host *x = (const struct silent_host *)a;
    const struct silent_host *y = (const struct silent_host *)b;
    int order = (x->owner_id > y->owner_id) - (x->owner_id < y->owner_id);
    return order ? order : (x->id > y->id) - (x->id < y->id);
}

/* An owner is told of nothing yet while the first of the hosts is silent for a short time only. What
 * has nothing to do any more is left out. */
static void gather(struct lookout *lookout)
{
    struct silent_host *hosts = lookout->silent;
    size_t kept = 0;
    for (size_t i = 0, end = 0; i < lookout->silent_count; i = end) {
        int64_t longest_s = 0;
        for (end = i;
             end < lookout->silent_count && hosts[end].owner_id == hosts[i].owner_id;
             end++)
            if (hosts[end].tells && hosts[end].over_s > longest_s)
                longest_s = hosts[end].over_s;
        for (size_t k = i; k < end; k++) {
            struct silent_host host = hosts[k];
            host.tells = host.tells && longest_s >= LOOKOUT_GATHERS_S;
            if (host.acts || host.tells)
                hosts[kept++] = host;
        }
    }
    lookout->silent_count = kept;
}

/* ----- the round ----- */

static void run(void *ctx);

static void set_timer(struct lookout *lookout, int64_t in_ms)
{
    struct loop *loop = lookout->silence.jobs->loop;
    timer_set(&lookout->timer, loop, loop_now_ms(loop) + in_ms, run, lookout);
}

static void begin_round(struct lookout *lookout)
{
    lookout->after = 0;
    lookout->counting = (struct lookout_counts){ { 0 } };
    lookout->calls_per_s = 0;
    memset(lookout->owners, 0, sizeof(lookout->owners));
    lookout->silent_count = 0;
    lookout->handed = 0;
}

static void end_round(struct lookout *lookout)
{
    begin_round(lookout);
    set_timer(lookout, LOOKOUT_PERIOD_MS);
}

static void hand_over(struct lookout *lookout)
{
    size_t taken = 0;
    if (lookout->handed == lookout->silent_count ||
        silence_note(&lookout->silence, lookout->silent + lookout->handed,
                     lookout->silent_count - lookout->handed, &taken))
        end_round(lookout); /* what was not handed over is found again */
    else
        lookout->handed += taken;
}

static void handed_over(void *ctx)
{
    struct lookout *lookout = (struct lookout *)ctx;
    if (lookout->outages)
        hand_over(lookout);
}

static void end_walk(struct lookout *lookout, int64_t now_s)
{
    lookout->counts = lookout->counting;
    lookout->went_round(lookout->ctx);
    if (is_deaf(lookout, now_s)) {
        end_round(lookout);
        return;
    }
    if (lookout->silent_count > 0)
        qsort(lookout->silent, lookout->silent_count, sizeof(lookout->silent[0]),
              compare_owners);
    gather(lookout);
    hand_over(lookout);
}

static void run(void *ctx)
{
    struct lookout *lookout = (struct lookout *)ctx;
    int64_t now_s = wall_s(lookout);
    struct resident_beat beat;
    if (!lookout->is_ready(lookout->ctx)) {
        set_timer(lookout, LOOKOUT_FIRST_MS);
        return;
    }
    for (size_t i = 0; i < LOOKOUT_SLICE; i++) {
        if (!resident_next_beat(lookout->silence.resident, lookout->after, &beat)) {
            end_walk(lookout, now_s);
            return;
        }
        lookout->after = beat.id;
        look_at(lookout, &beat, now_s);
    }
    set_timer(lookout, LOOKOUT_SLICE_MS);
}

void lookout_start(struct lookout *lookout, const struct lookout_options *options)
{
    *lookout = (struct lookout){ .outages = options->outages,
                                 .silence = { .jobs = options->outages->jobs,
                                              .resident = options->resident,
                                              .post = options->post,
                                              .done = handed_over,
                                              .ctx = lookout },
                                 .is_ready = options->is_ready,
                                 .went_round = options->went_round,
                                 .ctx = options->ctx };
    begin_round(lookout);
    set_timer(lookout, LOOKOUT_FIRST_MS);
}

void lookout_stop(struct lookout *lookout)
{
    timer_stop(&lookout->timer);
    mem_free(TAKE(lookout->silent));
    lookout->outages = NULL;
}
