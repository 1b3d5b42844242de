// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/successor.h"

#include "base/fault.h"
#include "base/mem.h"
#include "image/changes.h"
#include "image/draft.h"
#include "image/image.h"
#include "image/writer.h"
#include "store/store.h"

#include <sys/stat.h>

enum {
    PERCENT = 100
};

void successor_done(struct successor *successor)
{
    image_draft_free(TAKE(successor->draft));
    content_ground_done(&successor->ground);
}

/* ----- changes ----- */

static enum status read_journal(struct successor *successor, struct store *store,
                                struct delta **out, struct error *err)
{
    const struct delta_options options = { store, &successor->ground,
                                           &successor->newest };
    enum status status = store_begin(store, err);
    if (status)
        return status;
    status = delta_read(&options, out, err);
    store_rollback(store);
    return status;
}

enum status successor_catch_up(struct successor *successor, struct store *store,
                               struct error *err)
{
    CLEANUP(delta_freep) struct delta *delta = NULL;
    enum status status = read_journal(successor, store, &delta, err);
    if (!status)
        status = image_draft_apply(successor->draft, delta_changes(delta), NULL, err);
    if (status)
        return status;
    delta_settle(delta);
    const struct delta_counts counts = delta_counts(delta);
    counts_add(&successor->counts, &counts);
    successor->newest = *delta_newest(delta);
    return OK;
}

/* ----- serials ----- */

/* Zones whose serials are to be others than those that were chosen. */
struct aligned {
    const struct serials *mine, *live;
    struct image_zone *zones;
    struct serial_step *steps;
    size_t count, zone_room, step_room;
};

static void align_zone(void *ctx, struct str apex, uint32_t serial)
{
    struct aligned *aligned = ctx;
    struct name name;
    struct serial_step step;
    (void)serial;
    if (name_decode(apex, &name) ||
        !serials_align(aligned->mine, &name, aligned->live, &step))
        return;
    aligned->zones = mem_grow(aligned->zones, aligned->count + 1, &aligned->zone_room,
                              sizeof(*aligned->zones));
    aligned->steps = mem_grow(aligned->steps, aligned->count + 1, &aligned->step_room,
                              sizeof(*aligned->steps));
    aligned->zones[aligned->count] =
        (struct image_zone){ .apex = name, .serial = step.published };
    aligned->steps[aligned->count++] = step;
}

static enum status align(struct successor *successor, const struct serials *live,
                         struct error *err)
{
    struct serials *mine = successor->ground.serials;
    struct aligned aligned = { .mine = mine, .live = live };
    enum status status = OK;
    serials_each(mine, align_zone, &aligned);
    for (size_t i = 0; i < aligned.count; i++)
        aligned.zones[i].note = str_bytes(aligned.steps[i].note, SERIAL_NOTE_SIZE);
    const struct image_changes changes = { .zones = aligned.zones,
                                           .zone_count = aligned.count };
    if (aligned.count > 0)
        status = image_draft_apply(successor->draft, &changes, NULL, err);
    for (size_t i = 0; i < aligned.count && !status; i++)
        serials_take_step(mine, &aligned.zones[i].apex, &aligned.steps[i]);
    mem_free(aligned.zones);
    mem_free(aligned.steps);
    return status;
}

/* ----- its place ----- */

/* How much of what a cdb can hold, which has offsets of 4 bytes. */
static unsigned measure(const char *path)
{
    struct stat about;
    uint64_t size = stat(path, &about) ? 0 : (uint64_t)about.st_size;
    if (fault_hit("image.size"))
        size = UINT32_MAX - 1;
    return (unsigned)(size * PERCENT / UINT32_MAX);
}

enum status successor_align(struct successor *successor, const struct inplace *inplace,
                            struct error *err)
{
    const struct serials *live = inplace->ground.serials;
    return live ? align(successor, live, err) : OK;
}

enum status successor_take(struct successor *successor, struct inplace *inplace,
                           struct error *err)
{
    enum status status = image_draft_take(inplace->writer, successor->draft, err);
    if (status)
        return status;
    successor->counts.image_percent = measure(image_writer_path(inplace->writer));
    inplace_replace(inplace, &successor->ground, &successor->newest);
    return OK;
}
