// SPDX-License-Identifier: GPL-3.0-or-later
/* Decides which zones are announced to which secondaries, and notes how far each has come. The
 * targets (notify_target.h) send the requests. One timer serves them, from one budget. */
#include "publish/notify.h"

#include <assert.h>

#include "base/mem.h"
#include "net/loop.h"
#include "publish/awaited.h"
#include "publish/byteset.h"
#include "publish/notify_target.h"
#include "publish/standing.h"

enum {
    RETRY_MS = 3600000, /* until what was given up or refused is announced again */
    BURST = 20,
    TICK_MS = 50,
};

struct secondary {
    struct notify *notify;
    struct notify_secondary options;
    struct byteset *zones; /* options.zones */
    int64_t acknowledged_s;
    size_t failures;
    enum notify_result last;
    bool silent; /* it was given up, and has acknowledged nothing since */
    /* When zones that it is behind with are announced again, from number `retry_at` on. 0: they are
     * not. While `retry_at` is not 0, there are more zones than were announced at once. */
    int64_t retry_ms;
    uint32_t retry_at;
};

/* One address of a secondary. */
struct address {
    struct secondary *secondary;
    struct notify_target *target;
};

struct notify {
    struct notify_shared shared;
    notify_trouble_fn trouble;
    void (*changed)(void *ctx);
    void (*zone_changed)(void *ctx, uint32_t zone);
    void *ctx;
    struct secondary *secondaries;
    size_t secondary_count;
    struct standing *standing; /* of secondaries, by their numbers, with zones */
    struct address addresses[NOTIFY_TARGETS_MAX];
    size_t address_count;
    size_t turn; /* the address that is served first */
    struct awaited awaited;

    bool begun; /* an image has been noted, or its first zone is to come */
    uint32_t round;

    struct timer timer;
};

static void work(void *ctx);

static int64_t now_ms(const struct notify *notify)
{
    return loop_now_ms(notify->shared.loop);
}

static int64_t now_s(const struct notify *notify)
{
    return clock_wall_s(loop_clock(notify->shared.loop));
}

static void work_now(struct notify *notify)
{
    timer_set(&notify->timer, notify->shared.loop, now_ms(notify), work, notify);
}

static size_t number_of(const struct secondary *secondary)
{
    return (size_t)(secondary - secondary->notify->secondaries);
}

/* ----- zones ----- */

static uint32_t get_zone(struct notify_shared *shared, const struct name *name)
{
    struct str bytes = name_bytes(name);
    int64_t number = byteset_find(shared->names, bytes);
    if (number != BYTESET_NONE)
        return (uint32_t)number;
    (void)byteset_add(shared->names, bytes);
    shared->zones = mem_grow(shared->zones, shared->zone_count + 1, &shared->zone_size,
                             sizeof(*shared->zones));
    shared->zones[shared->zone_count] = (struct notify_zone){ .is_announced = false };
    return (uint32_t)shared->zone_count++;
}

static bool wants(const struct secondary *secondary, uint32_t zone)
{
    const struct byteset *names = secondary->notify->shared.names;
    return byteset_count(secondary->zones) == 0 ||
           byteset_find(secondary->zones, byteset_get(names, zone)) != BYTESET_NONE;
}

static void announce_to(const struct address *to, uint32_t zone)
{
    const struct notify *notify = to->secondary->notify;
    if (!wants(to->secondary, zone))
        return;
    standing_fall_behind(notify->standing, zone, number_of(to->secondary), now_s(notify));
    notify_target_announce(to->target, zone, now_s(notify));
}

static void tell_change(const struct notify *notify, uint32_t zone)
{
    if (notify->zone_changed)
        notify->zone_changed(notify->ctx, zone);
}

static void announce(struct notify *notify, uint32_t number, uint32_t serial)
{
    struct notify_zone *zone = &notify->shared.zones[number];
    bool was_there = zone->is_announced;
    if (was_there && zone->serial == serial)
        return;
    zone->is_announced = true;
    zone->serial = serial;
    if (was_there)
        tell_change(notify, number);
    for (size_t i = 0; i < notify->address_count; i++)
        announce_to(&notify->addresses[i], number);
}

void notify_note(struct notify *notify, const struct name *zone, uint32_t serial)
{
    uint32_t number = get_zone(&notify->shared, zone);
    struct notify_zone *at = &notify->shared.zones[number];
    notify->begun = true;
    if (at->round == notify->round)
        return;
    at->round = notify->round;
    at->noted = serial;
}

void notify_change(struct notify *notify, const struct name *zone, uint32_t serial)
{
    announce(notify, get_zone(&notify->shared, zone), serial);
    work_now(notify);
}

void notify_forget(struct notify *notify)
{
    notify->begun = true;
    notify->round++;
}

void notify_commit(struct notify *notify)
{
    /* No image was made, only the fragment: no zone is gone. */
    if (!notify->begun)
        return;
    notify->begun = false;
    for (uint32_t at = 0; at < notify->shared.zone_count; at++) {
        struct notify_zone *zone = &notify->shared.zones[at];
        if (zone->round == notify->round) {
            announce(notify, at, zone->noted);
        } else if (zone->is_announced) {
            zone->is_announced = false; /* gone; it may come again */
            standing_forget(notify->standing, at);
            tell_change(notify, at);
        }
    }
    notify->round++;
    work_now(notify);
}

/* ----- results ----- */

static void retry_at(struct secondary *secondary, int64_t at_ms)
{
    if (secondary->retry_ms == 0 || at_ms < secondary->retry_ms)
        secondary->retry_ms = at_ms;
}

static void acknowledged(void *ctx, const struct notify_acknowledgement *what)
{
    struct secondary *secondary = ctx;
    struct notify *notify = secondary->notify;
    secondary->acknowledged_s = now_s(notify);
    secondary->last = NOTIFY_ACKNOWLEDGED;
    standing_catch_up(notify->standing, what->zone, number_of(secondary), what->serial,
                      what->since_s);
    if (secondary->silent || secondary->retry_at > 0)
        retry_at(secondary, now_ms(notify) + NOTIFY_PROBE_MS);
    secondary->silent = false;
    awaited_catch_up(&notify->awaited, number_of(secondary), what->zone, what->serial);
}

static void failed(void *ctx, bool is_silent)
{
    struct secondary *secondary = ctx;
    secondary->failures++;
    secondary->last = is_silent ? NOTIFY_UNANSWERED : NOTIFY_REFUSED;
    secondary->silent |= is_silent;
    retry_at(secondary, now_ms(secondary->notify) + RETRY_MS);
}

static void trouble(void *ctx, const char *why)
{
    const struct secondary *secondary = ctx;
    const struct notify *notify = secondary->notify;
    if (notify->trouble)
        notify->trouble(notify->ctx, secondary->options.title, why);
}

static void changed(void *ctx)
{
    const struct secondary *secondary = ctx;
    const struct notify *notify = secondary->notify;
    if (notify->changed)
        notify->changed(notify->ctx);
}

static void wake(void *ctx)
{
    const struct secondary *secondary = ctx;
    work_now(secondary->notify);
}

/* ----- questions ----- */

static uint64_t find_lacking(const struct notify *notify, uint32_t zone)
{
    uint64_t lacking = 0;
    for (size_t i = 0; i < notify->secondary_count; i++)
        if (standing_is_behind(notify->standing, zone, i))
            lacking |= 1ULL << i;
    return lacking;
}

void notify_await(struct notify *notify, const struct name *zone, int64_t number)
{
    uint32_t at = get_zone(&notify->shared, zone);
    const struct awaited_question question = {
        .number = number,
        .zone = at,
        .serial = notify->shared.zones[at].serial,
        .lacking = find_lacking(notify, at),
    };
    if (question.lacking)
        awaited_add(&notify->awaited, &question);
    else
        notify->awaited.answer(notify->awaited.ctx, number);
}

/* ----- what was given up or refused ----- */

static void remind(struct notify *notify, const struct secondary *secondary,
                   uint32_t zone)
{
    for (size_t i = 0; i < notify->address_count; i++)
        if (notify->addresses[i].secondary == secondary)
            notify_target_remind(notify->addresses[i].target, zone);
}

/* Announces zones again that the secondary is behind with: as many as may be under way. The next
 * ones follow when it acknowledges something, or after the long pause. */
static void retry(struct notify *notify, struct secondary *secondary)
{
    uint32_t at = secondary->retry_at;
    int count = 0;
    for (; at < notify->shared.zone_count && count < NOTIFY_JOBS_MAX; at++) {
        if (!standing_is_behind(notify->standing, at, number_of(secondary)))
            continue;
        remind(notify, secondary, at);
        count++;
    }
    bool is_over = at == notify->shared.zone_count,
         was_needed = count > 0 || secondary->retry_at > 0;
    secondary->retry_at = is_over ? 0 : at;
    secondary->retry_ms = is_over && !was_needed ? 0 : now_ms(notify) + RETRY_MS;
}

static void retry_due(struct notify *notify)
{
    for (size_t i = 0; i < notify->secondary_count; i++) {
        struct secondary *secondary = &notify->secondaries[i];
        if (secondary->retry_ms > 0 && secondary->retry_ms <= now_ms(notify))
            retry(notify, secondary);
    }
}

static int64_t next_retry(const struct notify *notify)
{
    int64_t next_ms = INT64_MAX;
    for (size_t i = 0; i < notify->secondary_count; i++) {
        int64_t retry_ms = notify->secondaries[i].retry_ms;
        if (retry_ms > 0 && retry_ms < next_ms)
            next_ms = retry_ms;
    }
    return next_ms;
}

/* ----- the timer ----- */

static void work(void *ctx)
{
    struct notify *notify = ctx;
    size_t count = notify->address_count;
    budget_refill(&notify->shared.budget, now_ms(notify));
    retry_due(notify);
    for (size_t i = 0; i < count; i++)
        notify_target_serve(notify->addresses[(notify->turn + i) % count].target);
    notify->turn++;
    int64_t next_ms = next_retry(notify);
    for (size_t i = 0; i < count; i++) {
        int64_t target_ms = notify_target_next_ms(notify->addresses[i].target);
        next_ms = target_ms < next_ms ? target_ms : next_ms;
    }
    if (next_ms == INT64_MAX)
        return;
    bool may_send = budget_allows(&notify->shared.budget);
    int64_t soonest_ms = now_ms(notify) + (may_send ? 1 : TICK_MS);
    timer_set(&notify->timer, notify->shared.loop,
              next_ms < soonest_ms ? soonest_ms : next_ms, work, notify);
}

/* ----- beginning and end ----- */

static void add_addresses(struct notify *notify, struct secondary *secondary)
{
    static const struct notify_target_events events = { .acknowledged = acknowledged,
                                                        .failed = failed,
                                                        .trouble = trouble,
                                                        .changed = changed,
                                                        .wake = wake };
    for (size_t i = 0; i < secondary->options.address_count; i++) {
        if (notify->address_count == NOTIFY_TARGETS_MAX)
            return;
        const struct notify_target_options options = {
            .shared = &notify->shared,
            .number = (unsigned)notify->address_count,
            .address = secondary->options.addresses[i],
            .key = secondary->options.key,
            .events = &events,
            .ctx = secondary,
        };
        notify->addresses[notify->address_count++] =
            (struct address){ secondary, notify_target_new(&options) };
    }
}

static void take_secondary(struct secondary *secondary, struct notify *notify,
                           const struct notify_secondary *options)
{
    secondary->notify = notify;
    secondary->options = *options;
    secondary->zones = byteset_new();
    for (size_t i = 0; i < options->zone_count; i++)
        (void)byteset_add(secondary->zones, name_bytes(&options->zones[i]));
}

struct notify *notify_new(const struct notify_options *options)
{
    struct notify *notify = NEW(struct notify);
    assert(options->secondary_count <= NOTIFY_SECONDARIES_MAX);
    awaited_init(&notify->awaited, options->acknowledged, options->ctx);
    notify->shared =
        (struct notify_shared){ .loop = options->loop, .names = byteset_new() };
    budget_init(&notify->shared.budget, NOTIFY_RATE, BURST, now_ms(notify));
    notify->trouble = options->trouble;
    notify->changed = options->changed;
    notify->zone_changed = options->zone_changed;
    notify->standing = standing_new(options->secondary_count);
    notify->ctx = options->ctx;
    notify->round = 1;
    notify->secondary_count = options->secondary_count;
    notify->secondaries =
        mem_new_array(options->secondary_count + 1, sizeof(struct secondary));
    for (size_t i = 0; i < notify->secondary_count; i++) {
        take_secondary(&notify->secondaries[i], notify, &options->secondaries[i]);
        add_addresses(notify, &notify->secondaries[i]);
    }
    return notify;
}

void notify_free(struct notify *notify)
{
    if (!notify)
        return;
    timer_stop(&notify->timer);
    awaited_done(&notify->awaited);
    for (size_t i = 0; i < notify->address_count; i++)
        notify_target_free(notify->addresses[i].target);
    mem_free(notify->shared.zones);
    for (size_t i = 0; i < notify->secondary_count; i++)
        byteset_free(notify->secondaries[i].zones);
    byteset_free(notify->shared.names);
    standing_free(notify->standing);
    mem_free(notify->secondaries);
    mem_free(notify);
}

uint32_t notify_zone_count(const struct notify *notify)
{
    return (uint32_t)notify->shared.zone_count;
}

bool notify_get_zone(const struct notify *notify, uint32_t zone, struct name *out,
                     uint32_t *serial)
{
    const struct notify_zone *at = &notify->shared.zones[zone];
    if (!at->is_announced)
        return false;
    *out = notify_zone_name(&notify->shared, zone);
    *serial = at->serial;
    return true;
}

bool notify_find_zone(const struct notify *notify, const struct name *name,
                      uint32_t *zone)
{
    int64_t number = byteset_find(notify->shared.names, name_bytes(name));
    if (number == BYTESET_NONE)
        return false;
    *zone = (uint32_t)number;
    return true;
}

bool notify_has_zone(const struct notify *notify, size_t index, uint32_t zone)
{
    return wants(&notify->secondaries[index], zone);
}

void notify_get_state(const struct notify *notify, size_t index, struct notify_state *out)
{
    const struct secondary *secondary = &notify->secondaries[index];
    struct standing_summary summary;
    standing_get(notify->standing, index, &summary);
    *out = (struct notify_state){ .title = secondary->options.title,
                                  .last = secondary->last,
                                  .acknowledged_s = secondary->acknowledged_s,
                                  .failures = secondary->failures,
                                  .behind = summary.behind,
                                  .behind_since_s = summary.since_s,
                                  .has_serial = summary.has_any,
                                  .serial = summary.serial };
    if (summary.has_any)
        out->zone = notify_zone_name(&notify->shared, summary.zone);
    for (size_t i = 0; i < notify->address_count; i++) {
        const struct address *at = &notify->addresses[i];
        if (at->secondary != secondary)
            continue;
        out->waiting += notify_target_waiting(at->target);
        out->sent += notify_target_sent(at->target);
    }
}
