// SPDX-License-Identifier: GPL-3.0-or-later
/* Each secondary has two queues of zones: what is to be asked for soon, and what again later. The
 * zones of a queue are due in their order, as all have waited for the same time. */
#include "publish/serial_watch.h"

#include <string.h>

#include "base/mem.h"
#include "dns/record.h"
#include "net/loop.h"
#include "publish/asker.h"
#include "publish/awaited.h"
#include "publish/budget.h"
#include "publish/notify.h"
#include "publish/standing.h"
#include "publish/truth.h"

enum {
    BURST = 20,
    TICK_MS = 20,
    MS_PER_S = 1000,
    ROUND_QUEUE_MAX = 1000, /* with more in the queue the round waits */
    MARKS = 4096,
};

struct entry {
    uint32_t zone;
    uint32_t due_ms; /* of the steady clock, the low bits */
};

struct zone_queue {
    struct entry *entries;
    size_t head, tail, size;
};

/* A question under way. */
struct inquiry {
    struct secondary *secondary;
    bool is_used;
    uint32_t zone;
    struct name name;
    struct asker_question question;
};

struct secondary {
    struct serial_watch *watch;
    struct serial_watch_secondary options;
    size_t address; /* that is asked; a silent one is followed by the next */
    struct zone_queue soon, later;
    struct inquiry inquiries[SERIAL_FLIGHT_MAX];
};

/* The zone had this serial at that time. A secondary that is always some seconds behind a zone that
 * changes all the time is not behind since the first of these changes. Where two share a place, the
 * lag that is told may be too long. */
struct mark {
    uint32_t zone, secondary, serial;
    int64_t at_s; /* 0: there is none */
};

struct serial_watch {
    struct serial_watch_options options;
    struct secondary *secondaries;
    uint64_t *queued; /* of each zone: a bit for each secondary that has it in a queue */
    size_t queued_count, queued_size;
    struct standing *standing;
    struct awaited awaited;
    struct mark marks[MARKS];
    size_t turn;       /* the secondary that is served first */
    uint32_t round_at; /* the zone whose turn is next */
    int64_t round_ms;  /* when */
    struct budget budget;
    struct timer timer;
};

static void work(void *ctx);

static int64_t now_ms(const struct serial_watch *watch)
{
    return loop_now_ms(watch->options.loop);
}

static int64_t now_s(const struct serial_watch *watch)
{
    return clock_wall_s(loop_clock(watch->options.loop));
}

static size_t index_of(const struct secondary *secondary)
{
    return (size_t)(secondary - secondary->watch->secondaries);
}

static void work_at(struct serial_watch *watch, int64_t at_ms)
{
    if (!watch->timer.loop || at_ms < watch->timer.at_ms)
        timer_set(&watch->timer, watch->options.loop, at_ms, work, watch);
}

/* ----- queues ----- */

static void push(struct zone_queue *queue, uint32_t zone, int64_t due_ms)
{
    if (queue->tail == queue->size && queue->head > queue->size / 2) {
        memmove(queue->entries, queue->entries + queue->head,
                (queue->tail - queue->head) * sizeof(struct entry));
        queue->tail -= queue->head;
        queue->head = 0;
    }
    queue->entries =
        mem_grow(queue->entries, queue->tail + 1, &queue->size, sizeof(struct entry));
    queue->entries[queue->tail++] = (struct entry){ zone, (uint32_t)due_ms };
}

/* INT64_MAX: it is empty. */
static int64_t due_of(const struct zone_queue *queue, int64_t now)
{
    if (queue->head == queue->tail)
        return INT64_MAX;
    return now + (int32_t)(queue->entries[queue->head].due_ms - (uint32_t)now);
}

static bool take_due(struct zone_queue *queue, int64_t now, uint32_t *zone)
{
    if (due_of(queue, now) > now)
        return false;
    *zone = queue->entries[queue->head++].zone;
    if (queue->head == queue->tail)
        queue->head = queue->tail = 0;
    return true;
}

static uint64_t *queued_bits(struct serial_watch *watch, uint32_t zone)
{
    watch->queued = mem_grow(watch->queued, (size_t)zone + 1, &watch->queued_size,
                             sizeof(*watch->queued));
    for (; watch->queued_count <= zone; watch->queued_count++)
        watch->queued[watch->queued_count] = 0;
    return &watch->queued[zone];
}

static void enqueue(struct secondary *secondary, struct zone_queue *queue, uint32_t zone,
                    int64_t after_ms)
{
    struct serial_watch *watch = secondary->watch;
    uint64_t *bits = queued_bits(watch, zone), bit = 1ULL << index_of(secondary);
    int64_t due_ms = now_ms(watch) + after_ms;
    if (*bits & bit)
        return;
    *bits |= bit;
    push(queue, zone, due_ms);
    work_at(watch, due_ms);
}

/* ----- answers ----- */

static struct mark *mark_of(struct secondary *secondary, uint32_t zone)
{
    uint32_t number = (uint32_t)index_of(secondary);
    return &secondary->watch->marks[(zone * NOTIFY_SECONDARIES_MAX + number) % MARKS];
}

/* It serves `serial`, and not the newest one, which is in *truth. */
static void note_behind(struct secondary *secondary, uint32_t zone, uint32_t serial,
                        const struct truth *truth)
{
    struct serial_watch *watch = secondary->watch;
    struct mark *mark = mark_of(secondary, zone);
    uint32_t number = (uint32_t)index_of(secondary);
    bool is_ours = mark->at_s > 0 && mark->zone == zone && mark->secondary == number;
    bool has_passed = is_ours && !serial_is_newer(mark->serial, serial);
    standing_fall_behind(watch->standing, zone, number, now_s(watch));
    if (has_passed)
        standing_catch_up(watch->standing, zone, number, serial, mark->at_s);
    if (has_passed || !is_ours)
        *mark = (struct mark){ .zone = zone,
                               .secondary = number,
                               .serial = truth->serial,
                               .at_s = now_s(watch) };
}

/* Of one that is silent, nothing new is known. */
static void judge(struct secondary *secondary, uint32_t zone,
                  const struct asker_answer *answer)
{
    struct serial_watch *watch = secondary->watch;
    struct truth truth = { .has_zone = true };
    struct name name;
    if (!notify_get_zone(watch->options.notify, zone, &name, &truth.serial))
        return; /* gone meanwhile */
    enum truth_state state = truth_judge_zone(&truth, answer);
    size_t number = index_of(secondary);
    if (state == TRUTH_AGREES || state == TRUTH_BEHIND)
        awaited_catch_up(&watch->awaited, number, zone, answer->serial);
    if (state == TRUTH_AGREES)
        standing_catch_up(watch->standing, zone, number, truth.serial, 0);
    else if (state == TRUTH_SILENT)
        secondary->address = (secondary->address + 1) % secondary->options.server_count;
    else if (answer->has_serial)
        note_behind(secondary, zone, answer->serial, &truth);
    else
        standing_fall_behind(watch->standing, zone, number, now_s(watch));
    if (standing_is_behind(watch->standing, zone, number) ||
        awaited_lacks(&watch->awaited, number, zone))
        enqueue(secondary, &secondary->later, zone, SERIAL_LATER_MS);
}

static void answered(void *ctx, const struct asker_question *question,
                     const struct asker_answer *answer)
{
    struct inquiry *inquiry = ctx;
    struct serial_watch *watch = inquiry->secondary->watch;
    (void)question;
    inquiry->is_used = false;
    judge(inquiry->secondary, inquiry->zone, answer);
    watch->options.changed(watch->options.ctx);
    work_at(watch, now_ms(watch));
}

/* ----- questions ----- */

static struct inquiry *find_place(struct secondary *secondary)
{
    for (size_t i = 0; i < SERIAL_FLIGHT_MAX; i++)
        if (!secondary->inquiries[i].is_used)
            return &secondary->inquiries[i];
    return NULL;
}

static void ask(struct inquiry *inquiry, uint32_t zone)
{
    struct secondary *secondary = inquiry->secondary;
    struct serial_watch *watch = secondary->watch;
    uint32_t serial = 0;
    if (!notify_get_zone(watch->options.notify, zone, &inquiry->name, &serial))
        return;
    inquiry->zone = zone;
    inquiry->is_used = true;
    inquiry->question =
        (struct asker_question){ .server =
                                     secondary->options.first_server + secondary->address,
                                 .name = &inquiry->name,
                                 .type = RR_SOA,
                                 .answered = answered,
                                 .ctx = inquiry };
    budget_spend(&watch->budget);
    asker_ask(watch->options.asker, &inquiry->question);
}

/* Asks for one zone that is due. False: none is, or nothing more may be asked now. */
static bool serve(struct secondary *secondary)
{
    struct serial_watch *watch = secondary->watch;
    struct inquiry *place = find_place(secondary);
    uint32_t zone = 0;
    if (!budget_allows(&watch->budget) || !place ||
        (!take_due(&secondary->soon, now_ms(watch), &zone) &&
         !take_due(&secondary->later, now_ms(watch), &zone)))
        return false;
    *queued_bits(watch, zone) &= ~(1ULL << index_of(secondary));
    ask(place, zone);
    return true;
}

/* In turns, so that one that is far behind does not use up the budget of the others. */
static void serve_all(struct serial_watch *watch)
{
    size_t count = watch->options.secondary_count;
    bool goes_on = count > 0;
    while (goes_on) {
        goes_on = false;
        for (size_t i = 0; i < count; i++)
            goes_on |= serve(&watch->secondaries[(watch->turn + i) % count]);
        watch->turn++;
    }
}

static bool is_to_serve(const struct serial_watch *watch, size_t index, uint32_t zone)
{
    return watch->secondaries[index].options.server_count > 0 &&
           notify_has_zone(watch->options.notify, index, zone);
}

/* ----- the round ----- */

static bool is_waiting(const struct secondary *secondary)
{
    return secondary->soon.tail - secondary->soon.head > ROUND_QUEUE_MAX;
}

/* How long the turn of one zone takes. */
static int64_t turn_ms(const struct serial_watch *watch, uint32_t zones)
{
    int64_t fair_ms = SERIAL_ROUND_MS / (int64_t)zones,
            least_ms =
                MS_PER_S * (int64_t)watch->options.secondary_count / SERIAL_ROUND_RATE;
    int64_t turn_ms = fair_ms > least_ms ? fair_ms : least_ms;
    return turn_ms > 0 ? turn_ms : 1;
}

static void go_round(struct serial_watch *watch)
{
    const struct notify *notify = watch->options.notify;
    uint32_t zones = notify_zone_count(notify);
    if (now_ms(watch) < watch->round_ms)
        return;
    watch->round_ms = now_ms(watch) + (zones ? turn_ms(watch, zones) : MS_PER_S);
    if (zones == 0)
        return;
    if (watch->round_at >= zones)
        watch->round_at = 0;
    for (size_t i = 0; i < watch->options.secondary_count; i++) {
        struct secondary *secondary = &watch->secondaries[i];
        if (!is_waiting(secondary) && is_to_serve(watch, i, watch->round_at))
            enqueue(secondary, &secondary->soon, watch->round_at, 0);
    }
    watch->round_at++;
}

/* ----- the timer ----- */

/* One whose places are all taken is woken by the next answer. */
static void plan(struct serial_watch *watch)
{
    int64_t next_ms = watch->round_ms,
            soonest_ms = now_ms(watch) + (!budget_allows(&watch->budget) ? TICK_MS : 1);
    for (size_t i = 0; i < watch->options.secondary_count; i++) {
        struct secondary *secondary = &watch->secondaries[i];
        int64_t soon_ms = due_of(&secondary->soon, now_ms(watch)),
                later_ms = due_of(&secondary->later, now_ms(watch)),
                due_ms = soon_ms < later_ms ? soon_ms : later_ms;
        if (find_place(secondary) && due_ms < next_ms)
            next_ms = due_ms;
    }
    work_at(watch, next_ms > soonest_ms ? next_ms : soonest_ms);
}

static void work(void *ctx)
{
    struct serial_watch *watch = ctx;
    budget_refill(&watch->budget, now_ms(watch));
    go_round(watch);
    serve_all(watch);
    plan(watch);
}

/* ----- for the caller ----- */

void serial_watch_note(struct serial_watch *watch, uint32_t zone)
{
    struct name name;
    uint32_t serial = 0;
    if (!notify_get_zone(watch->options.notify, zone, &name, &serial)) {
        standing_forget(watch->standing, zone);
        return;
    }
    for (size_t i = 0; i < watch->options.secondary_count; i++) {
        struct secondary *secondary = &watch->secondaries[i];
        if (!is_to_serve(watch, i, zone))
            continue;
        standing_fall_behind(watch->standing, zone, i, now_s(watch));
        enqueue(secondary, &secondary->soon, zone, SERIAL_SOON_MS);
    }
}

/* Each is asked once more: of one that is not behind it may not be known what it serves. */
void serial_watch_await(struct serial_watch *watch, const struct name *zone,
                        int64_t number)
{
    struct awaited_question question = { .number = number };
    struct name name;
    if (!notify_find_zone(watch->options.notify, zone, &question.zone) ||
        !notify_get_zone(watch->options.notify, question.zone, &name, &question.serial))
        return;
    for (size_t i = 0; i < watch->options.secondary_count; i++) {
        if (!is_to_serve(watch, i, question.zone))
            continue;
        question.lacking |= 1ULL << i;
        enqueue(&watch->secondaries[i], &watch->secondaries[i].soon, question.zone, 0);
    }
    if (question.lacking)
        awaited_add(&watch->awaited, &question);
    else
        watch->awaited.answer(watch->awaited.ctx, number);
}

int64_t serial_watch_behind_since(const struct serial_watch *watch, size_t index,
                                  uint32_t zone)
{
    return standing_since(watch->standing, zone, index);
}

void serial_watch_get(const struct serial_watch *watch, size_t index,
                      struct serial_watch_state *out)
{
    const struct secondary *secondary = &watch->secondaries[index];
    struct standing_summary summary;
    standing_get(watch->standing, index, &summary);
    *out = (struct serial_watch_state){ .behind = summary.behind,
                                        .behind_since_s = summary.since_s,
                                        .silences = UINT32_MAX };
    for (size_t i = 0; i < secondary->options.server_count; i++) {
        const struct asker_standing standing =
            asker_get_standing(watch->options.asker, secondary->options.first_server + i);
        if (standing.asked_s > out->asked_s)
            out->asked_s = standing.asked_s;
        if (standing.heard_s > out->heard_s)
            out->heard_s = standing.heard_s;
        /* One address that answers is enough. */
        if (standing.asked_s > 0 && standing.silences < out->silences)
            out->silences = standing.silences;
    }
    if (out->asked_s == 0)
        out->silences = 0;
}

struct serial_watch *serial_watch_new(const struct serial_watch_options *options)
{
    struct serial_watch *watch = NEW(struct serial_watch);
    watch->options = *options;
    watch->secondaries =
        mem_new_array(options->secondary_count + 1, sizeof(struct secondary));
    for (size_t i = 0; i < options->secondary_count; i++) {
        struct secondary *secondary = &watch->secondaries[i];
        secondary->watch = watch;
        secondary->options = options->secondaries[i];
        for (size_t k = 0; k < SERIAL_FLIGHT_MAX; k++)
            secondary->inquiries[k].secondary = secondary;
    }
    watch->standing = standing_new(options->secondary_count);
    awaited_init(&watch->awaited, options->served, options->ctx);
    watch->awaited.is_for_all_before = true;
    budget_init(&watch->budget, SERIAL_RATE, BURST, now_ms(watch));
    watch->round_ms = now_ms(watch) + MS_PER_S; /* when there are zones */
    work_at(watch, watch->round_ms);
    return watch;
}

void serial_watch_free(struct serial_watch *watch)
{
    if (!watch)
        return;
    timer_stop(&watch->timer);
    for (size_t i = 0; i < watch->options.secondary_count; i++) {
        struct secondary *secondary = &watch->secondaries[i];
        for (size_t k = 0; k < SERIAL_FLIGHT_MAX; k++)
            if (secondary->inquiries[k].is_used)
                asker_cancel(watch->options.asker, &secondary->inquiries[k].question);
        mem_free(secondary->soon.entries);
        mem_free(secondary->later.entries);
    }
    standing_free(watch->standing);
    awaited_done(&watch->awaited);
    mem_free(watch->queued);
    mem_free(watch->secondaries);
    mem_free(watch);
}
