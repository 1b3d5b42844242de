// SPDX-License-Identifier: GPL-3.0-or-later
#include "people/live.h"

#include "base/mem.h"

struct writing {
    size_t count;
    struct live_use uses[];
};

static enum status write_uses(struct store *store, void *ctx, struct error *err)
{
    const struct writing *writing = (const struct writing *)ctx;
    for (size_t i = 0; i < writing->count; i++) {
        enum status status = store_session_set_used(store, writing->uses[i].id,
                                                    writing->uses[i].used_s, err);
        if (status)
            return status;
    }
    return OK;
}

/* If it was not written, a session only looks unused for longer than it was. */
static void written(void *ctx, enum status status, const struct error *err)
{
    (void)status;
    (void)err;
    mem_free(ctx);
}

static void submit(struct live *live, struct writing *writing)
{
    if (writing->count == 0 ||
        change_submit(live->change, write_uses, writing, written, writing))
        mem_free(writing);
}

static struct writing *new_writing(size_t room)
{
    return (struct writing *)mem_new(sizeof(struct writing) +
                                     room * sizeof(struct live_use));
}

static void put(struct writing *writing, struct live_use *use)
{
    if (use->id == 0 || use->written)
        return;
    use->written = true;
    writing->uses[writing->count++] = *use;
}

static void write_all(struct live *live)
{
    struct writing *writing = new_writing(LIVE_SLOTS);
    for (size_t i = 0; i < LIVE_SLOTS; i++)
        put(writing, &live->slots[i]);
    submit(live, writing);
}

static void on_timer(void *ctx);

static void set_timer(struct live *live)
{
    timer_set(&live->timer, live->loop, loop_now_ms(live->loop) + LIVE_PERIOD_MS,
              on_timer, live);
}

static void on_timer(void *ctx)
{
    struct live *live = (struct live *)ctx;
    write_all(live);
    set_timer(live);
}

void live_start(struct live *live, struct loop *loop, struct change *change)
{
    live->loop = loop;
    live->change = change;
    set_timer(live);
}

void live_stop(struct live *live)
{
    timer_stop(&live->timer);
    write_all(live);
}

static const struct live_use *slot_of(const struct live *live, int64_t id)
{
    return &live->slots[(uint64_t)id % LIVE_SLOTS];
}

int64_t live_used(const struct live *live, const struct session_row *row)
{
    const struct live_use *use = slot_of(live, row->id);
    return use->id == row->id && use->used_s > row->used_s ? use->used_s : row->used_s;
}

void live_note(struct live *live, int64_t session_id, int64_t now_s)
{
    struct live_use *use = &live->slots[(uint64_t)session_id % LIVE_SLOTS];
    if (use->id != session_id) {
        struct writing *writing = new_writing(1);
        put(writing, use);
        submit(live, writing);
        *use = (struct live_use){ .id = session_id };
    }
    if (now_s <= use->used_s)
        return;
    use->used_s = now_s;
    use->written = false;
}
