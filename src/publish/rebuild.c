// SPDX-License-Identifier: GPL-3.0-or-later
/* The thread owns everything except `stop` and `hurry` from its start until it has sent the wake.
 * Then the loop joins it. */
#include "publish/rebuild.h"

#include <assert.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "base/fault.h"
#include "base/mem.h"
#include "base/thread.h"
#include "image/draft.h"
#include "image/image.h"
#include "publish/database.h"
#include "publish/ledger.h"
#include "publish/static_paths.h"
#include "publish/text.h"
#include "store/tables.h"

enum {
    HOLD_NS = 1000000,
};

struct rebuild {
    struct rebuild_order order;
    pthread_t thread;
    struct wake wake;
    bool has_ended;
    atomic_bool stop, hurry;
    struct rebuild_result result;
};

/* ----- in the thread ----- */

struct walk {
    struct content_options options;
    struct content_counts counts;
    struct content_ground *ground;
};

static enum status walk_content(void *ctx, const struct record_sink *sink,
                                struct error *err)
{
    struct walk *walk = ctx;
    content_ground_done(walk->ground); /* of a walk before */
    return content_learn(&walk->options, sink, &walk->counts, walk->ground, err);
}

static struct content_options content_of(const struct rebuild *rebuild,
                                         struct store *store)
{
    const struct rebuild_order *order = &rebuild->order;
    return (struct content_options){ .store = store,
                                     .statics = order->statics,
                                     .static_serial = order->static_serial,
                                     .present = order->present,
                                     .before = order->before,
                                     .kept = ledger_serials(order->ledger),
                                     .distrusts_image =
                                         !ledger_trusts_image(order->ledger),
                                     .stop = &rebuild->stop };
}

static enum status make_image(struct rebuild *rebuild, struct store *store,
                              struct error *err)
{
    struct successor *successor = &rebuild->result.successor;
    struct walk walk = { .options = content_of(rebuild, store),
                         .ground = &successor->ground };
    const struct image_source source = { walk_content, &walk };
    successor->newest = (struct change_row){ .seq = rebuild->result.seq };
    enum status status = OK;
    if (rebuild->result.seq > 0)
        status = store_change_find(store, rebuild->result.seq, &successor->newest, err);
    if (!status)
        status = image_draft_make(rebuild->order.writer, &source, &successor->draft, err);
    if (!status)
        counts_of_walk(&walk.counts, &successor->counts);
    return status;
}

/* With the serials of the image that was made just now, if one was. */
static void write_text(struct rebuild *rebuild, struct store *store)
{
    struct rebuild_result *result = &rebuild->result;
    struct content_options content = content_of(rebuild, store);
    bool changed = false;
    if (rebuild->order.writer)
        content.before = result->successor.ground.serials;
    result->text_status =
        text_write(rebuild->order.text, &content, &changed, &result->text_err);
}

/* For tests of what happens meanwhile. */
static void hold(const struct rebuild *rebuild)
{
    const struct timespec pause = { .tv_nsec = HOLD_NS };
    while (fault_hit("rebuild.hold") && !atomic_load(&rebuild->stop))
        (void)nanosleep(&pause, NULL);
}

/* One transaction, so that the image and the fragment show one moment, and `seq` names it. */
static enum status work(struct rebuild *rebuild, struct store *store, struct error *err)
{
    enum status status = store_begin(store, err);
    if (status)
        return status;
    status = store_newest_seq(store, &rebuild->result.seq, err);
    hold(rebuild);
    if (!status && rebuild->order.writer)
        status = make_image(rebuild, store, err);
    if (!status && rebuild->order.text)
        write_text(rebuild, store);
    store_rollback(store);
    return status;
}

static void *run(void *ctx)
{
    struct rebuild *rebuild = ctx;
    struct rebuild_result *result = &rebuild->result;
    struct database database = { .store = NULL };
    bool is_other = false;
    result->status =
        database_open(&database, rebuild->order.database, &is_other, &result->err);
    result->database = database.identity;
    if (!result->status)
        result->status = work(rebuild, database.store, &result->err);
    database_close(&database);
    if (!result->status && result->successor.draft)
        image_draft_add_spare(result->successor.draft, &rebuild->hurry);
    wake_send(&rebuild->wake);
    return NULL;
}

/* ----- in the loop ----- */

static void join(struct rebuild *rebuild)
{
    int failed = pthread_join(rebuild->thread, NULL);
    assert(!failed);
    rebuild->has_ended = true;
    wake_stop(&rebuild->wake);
}

static void end(void *ctx)
{
    struct rebuild *rebuild = ctx;
    join(rebuild);
    rebuild->order.done(rebuild->order.ctx);
}

static void free_order(struct rebuild *rebuild)
{
    struct rebuild_order *order = &rebuild->order;
    image_close(order->present);
    serials_free(order->before);
    static_paths_free(&order->statics);
}

static enum status start_thread(struct rebuild *rebuild, struct error *err)
{
    enum status status =
        wake_start(&rebuild->wake, rebuild->order.loop, end, rebuild, err);
    if (status)
        return status;
    status = thread_start(&rebuild->thread, run, rebuild, "rebuild", err);
    if (status)
        wake_stop(&rebuild->wake);
    return status;
}

enum status rebuild_begin(const struct rebuild_order *order, struct rebuild **out,
                          struct error *err)
{
    struct rebuild *rebuild = NEW(struct rebuild);
    rebuild->order = *order;
    atomic_init(&rebuild->hurry, order->is_waited_for);
    rebuild->order.statics = static_paths_copy(&order->statics);
    enum status status = start_thread(rebuild, err);
    if (!status) {
        *out = rebuild;
        return OK;
    }
    free_order(rebuild);
    mem_free(rebuild);
    return status;
}

void rebuild_hurry(struct rebuild *rebuild)
{
    atomic_store(&rebuild->hurry, true);
}

void rebuild_stop(struct rebuild *rebuild)
{
    atomic_store(&rebuild->stop, true);
    rebuild_hurry(rebuild);
}

struct rebuild_result *rebuild_result(struct rebuild *rebuild)
{
    return rebuild->has_ended ? &rebuild->result : NULL;
}

void rebuild_free(struct rebuild *rebuild)
{
    if (!rebuild)
        return;
    rebuild_stop(rebuild);
    if (!rebuild->has_ended)
        join(rebuild);
    successor_done(&rebuild->result.successor);
    free_order(rebuild);
    mem_free(rebuild);
}
