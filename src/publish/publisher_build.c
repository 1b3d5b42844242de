// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/log.h"
#include "image/image.h"
#include "image/writer.h"
#include "publish/publisher_inside.h"

/* What is being made is not taken; another one is begun. */
void publisher_make_void(struct publisher *publisher)
{
    if (!publisher->build.rebuild)
        return;
    publisher->build.is_void = true;
    rebuild_stop(publisher->build.rebuild);
}

/* What the image that is in place tells, when we do not know it; a damaged one tells nothing and
 * is one more reason to build. No changes in place are held up by it: there are none then. */
static enum status open_present(const struct publisher *publisher, struct image **out,
                                struct error *err)
{
    enum status status =
        image_open(image_writer_path(publisher->inplace.writer), out, err);
    return status == ERR_NOT_FOUND || status == ERR_SYNTAX ? OK : status;
}

enum status publisher_begin(struct publisher *publisher, const struct static_look *look,
                            const struct work *work, timer_fn done, struct error *err)
{
    const struct publisher_options *options = &publisher->options;
    struct rebuild_order order = { .loop = options->loop,
                                   .writer =
                                       work->image ? publisher->inplace.writer : NULL,
                                   .database = options->database,
                                   .text = work->text ? options->text : NULL,
                                   .statics = publisher->statics,
                                   .static_serial = look->serial,
                                   .is_waited_for =
                                       !inplace_is_possible(&publisher->inplace),
                                   .ledger = publisher->ledger,
                                   .done = done,
                                   .ctx = publisher };
    enum status status = OK;
    if (publisher->inplace.ground.serials)
        order.before = serials_copy(publisher->inplace.ground.serials);
    else
        status = open_present(publisher, &order.present, err);
    struct build *build = &publisher->build;
    *build = (struct build){ .work = *work,
                             .look = *look,
                             .begun_ms = publisher_now_ms(publisher) };
    if (!inplace_is_possible(&publisher->inplace))
        publisher->is_behind = false; /* what comes from now on may be missed by it */
    return status ? status : rebuild_begin(&order, &build->rebuild, err);
}

/* ----- the end ----------------------------------------------------------------------- */

static void tell_zone(void *ctx, struct str apex, uint32_t serial)
{
    const struct publisher *publisher = ctx;
    struct name name;
    if (name_decode(apex, &name) == OK)
        publisher->options.zone(publisher->options.ctx, &name, serial);
}

static void tell_all_zones(struct publisher *publisher)
{
    if (!publisher->options.zone)
        return;
    publisher->options.zone(publisher->options.ctx, NULL, 0);
    serials_each(publisher->inplace.ground.serials, tell_zone, publisher);
}

/* A new image that does not fit what is in place by now: changes wait for the next one, which
 * fits for that reason. */
static void give_up(struct publisher *publisher, const struct error *err)
{
    log_debug("rebuilds-again", LOG_TEXT("why", err->text));
    inplace_stick(&publisher->inplace);
    publisher_make_void(publisher);
}

/* A new image is of no use unless it has all that the one in place has. A stretch each time. */
static void catch_up(struct publisher *publisher, struct rebuild_result *result)
{
    struct error err = { .text = "" };
    const struct database *database = &publisher->database;
    bool is_same = store_identity_equal(&database->identity, &result->database);
    if (!is_same)
        publisher_make_void(publisher);
    else if (successor_catch_up(&result->successor, database->store, &err))
        give_up(publisher, &err);
}

static enum status take(struct publisher *publisher, struct rebuild_result *result,
                        struct error *err)
{
    struct successor *successor = &result->successor;
    enum status status = successor_align(successor, &publisher->inplace, err);
    if (status) {
        give_up(publisher, err);
        return OK;
    }
    status = ledger_keep(publisher->ledger, successor->ground.serials, err);
    if (status)
        return status;
    status = successor_take(successor, &publisher->inplace, err);
    if (status) {
        inplace_forget(&publisher->inplace); /* which image stands there? */
        return status;
    }
    publisher->counts = result->successor.counts;
    publisher->counts.passed_count = publisher->build.look.passed_count;
    publisher->counts.passed_over = publisher->build.look.passed_over;
    publisher->applied = publisher->inplace.newest.seq;
    publisher->fingerprint = publisher->build.look.fingerprint;
    publisher->unread = false;
    if (inplace_is_possible(&publisher->inplace))
        publisher->is_behind = true; /* with what came since */
    publisher_go_on(publisher);      /* the writer goes on with its second file */
    tell_all_zones(publisher);
    return OK;
}

static void take_text(struct publisher *publisher, const struct rebuild_result *result)
{
    int64_t done_ms = publisher_now_ms(publisher);
    publisher->text_error = result->text_err;
    publisher->text_is_old = result->text_status || result->seq < publisher->applied;
    publisher->text_rest_until_ms =
        done_ms + publisher_rest(publisher, done_ms - publisher->build.begun_ms);
}

enum status publisher_conclude(struct publisher *publisher, bool *more, struct error *err)
{
    struct rebuild_result *result = rebuild_result(publisher->build.rebuild);
    const struct work *work = &publisher->build.work;
    enum status status = publisher->build.is_void ? OK : result->status;
    if (status)
        *err = result->err;
    else
        status = publisher_open_store(publisher, err);
    if (status || publisher->build.is_void)
        return status;
    if (work->image && result->successor.newest.seq < publisher->applied)
        catch_up(publisher, result);
    *more = work->image && result->successor.newest.seq < publisher->applied;
    if (publisher->build.is_void || *more)
        return OK;
    if (work->image)
        status = take(publisher, result, err);
    if (!status && !publisher->build.is_void && work->text)
        take_text(publisher, result);
    return status;
}
