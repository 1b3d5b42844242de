// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/inplace.h"

#include "base/mem.h"
#include "image/changes.h"
#include "image/history.h"
#include "store/store.h"

bool inplace_is_possible(const struct inplace *inplace)
{
    return inplace->state == INPLACE_FOLLOWS &&
           image_writer_patches(inplace->writer, NULL);
}

void inplace_stick(struct inplace *inplace)
{
    if (inplace->state == INPLACE_FOLLOWS)
        inplace->state = INPLACE_STUCK;
    delta_free(TAKE(inplace->pending)); /* it would come too late */
}

void inplace_forget(struct inplace *inplace)
{
    inplace_stick(inplace);
    inplace->state = INPLACE_UNKNOWN;
    content_ground_done(&inplace->ground);
}

/* ----- history ----- */

static void settle_zone(void *ctx, struct str apex, uint32_t serial)
{
    struct name zone;
    if (name_decode(apex, &zone) == OK)
        history_settle(ctx, &zone, serial);
}

void inplace_replace(struct inplace *inplace, struct content_ground *ground,
                     const struct change_row *newest)
{
    inplace_forget(inplace);
    inplace->ground = *ground;
    *ground = (struct content_ground){ .zones = NULL };
    inplace->newest = *newest;
    inplace->state = INPLACE_FOLLOWS;
    serials_each(inplace->ground.serials, settle_zone, inplace->history);
    (void)history_commit(inplace->history); /* without it there is none */
}

/* The steps of one publication. */
struct steps {
    const struct inplace *inplace;
    size_t *numbers; /* by zone of the changes */
};

static void begin_steps(struct steps *steps, const struct inplace *inplace)
{
    const struct image_changes *changes = delta_changes(inplace->pending);
    *steps = (struct steps){ .inplace = inplace };
    steps->numbers = mem_new_array(changes->zone_count + 1, sizeof(size_t));
    for (size_t i = 0; i < changes->zone_count; i++)
        steps->numbers[i] =
            history_step(inplace->history, &changes->zones[i].apex,
                         delta_old_serial(inplace->pending, i), changes->zones[i].serial);
}

/* Marks are no records, and what has no new serial no step. */
static bool find_step(const struct steps *steps, size_t node, const struct record *record,
                      size_t *out)
{
    size_t zone = record->type == RR_MARKER
                      ? SIZE_MAX
                      : delta_zone_of(steps->inplace->pending, node);
    if (zone == SIZE_MAX)
        return false;
    *out = steps->numbers[zone];
    return true;
}

static void note_gone(void *ctx, size_t node, const struct record *record)
{
    const struct steps *steps = ctx;
    size_t step = 0;
    if (find_step(steps, node, record, &step))
        history_gone(steps->inplace->history, step, record);
}

static void note_come(void *ctx, size_t node, const struct record *record)
{
    const struct steps *steps = ctx;
    size_t step = 0;
    if (find_step(steps, node, record, &step))
        history_come(steps->inplace->history, step, record);
}

/* ----- changes ----- */

static enum status read_journal(struct inplace *inplace, struct store *store,
                                struct error *err)
{
    const struct delta_options options = { store, &inplace->ground, &inplace->newest };
    enum status status = store_begin(store, err);
    if (status)
        return status;
    status = delta_read(&options, &inplace->pending, err);
    store_rollback(store);
    return status;
}

static enum status apply(struct inplace *inplace, struct error *err)
{
    const struct image_changes *changes = delta_changes(inplace->pending);
    if (changes->node_count + changes->zone_count == 0)
        return OK;
    struct steps steps;
    begin_steps(&steps, inplace);
    const struct image_diff diff = { note_gone, note_come, &steps };
    enum status status = image_apply(inplace->writer, changes, &diff, err);
    if (status)
        history_drop(inplace->history);
    else
        (void)history_commit(inplace->history);
    mem_free(steps.numbers);
    return status;
}

static void take(struct inplace *inplace, const struct inplace_events *events)
{
    const struct image_changes *changes = delta_changes(inplace->pending);
    delta_settle(inplace->pending);
    inplace->newest = *delta_newest(inplace->pending);
    for (size_t i = 0; i < changes->zone_count && events->zone; i++)
        events->zone(events->ctx, &changes->zones[i].apex, changes->zones[i].serial);
}

enum status inplace_follow(struct inplace *inplace, struct store *store,
                           const struct inplace_events *events,
                           struct inplace_outcome *out, struct error *err)
{
    enum status status = inplace->pending ? OK : read_journal(inplace, store, err);
    if (!status)
        status = apply(inplace, err);
    if (status)
        return status;
    const struct delta *delta = inplace->pending;
    *out = (struct inplace_outcome){
        .is_new = delta_newest(delta)->seq != inplace->newest.seq,
        .more = delta_is_full(delta),
        .counts = delta_counts(delta),
    };
    if (out->is_new)
        take(inplace, events);
    delta_free(TAKE(inplace->pending));
    return OK;
}
