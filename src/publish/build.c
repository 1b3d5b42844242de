// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/build.h"

#include "base/log.h"
#include "image/image.h"
#include "image/writer.h"

/* Opens the image in place, if we do not know it. A damaged one is only one more reason to build.
 * This blocks no changes in place, since there are none at that time. */
static enum status open_present(const struct build *build, struct image **out,
                                struct error *err)
{
    enum status status = image_open(image_writer_path(build->inplace->writer), out, err);
    return status == ERR_NOT_FOUND || status == ERR_SYNTAX ? OK : status;
}

enum status build_begin(struct build *build, const struct build_order *order,
                        struct error *err)
{
    const struct inplace *inplace = build->inplace;
    struct rebuild_order thread = { .loop = order->loop,
                                    .writer = order->work.image ? inplace->writer : NULL,
                                    .database = order->database,
                                    .text = order->work.text ? order->text : NULL,
                                    .statics = *order->statics,
                                    .static_serial = order->look->serial,
                                    .is_waited_for = !inplace_is_possible(inplace),
                                    .ledger = build->ledger,
                                    .done = order->done,
                                    .ctx = order->ctx };
    enum status status = OK;
    if (inplace->ground.serials)
        thread.before = serials_copy(inplace->ground.serials);
    else
        status = open_present(build, &thread.present, err);
    build->work = order->work;
    build->look = *order->look;
    build->begun_ms = clock_steady_ms(loop_clock(order->loop));
    if (!status)
        status = rebuild_begin(&thread, &build->rebuild, err);
    if (!status)
        build->state = BUILD_RUNNING;
    return status;
}

void build_hurry(const struct build *build)
{
    if (build->rebuild)
        rebuild_hurry(build->rebuild);
}

void build_make_void(struct build *build)
{
    if (build->state == BUILD_IDLE)
        return;
    build->state = BUILD_VOID;
    rebuild_stop(build->rebuild);
}

bool build_is_made(const struct build *build)
{
    return build->rebuild && rebuild_result(build->rebuild);
}

enum status build_status(const struct build *build, struct error *err)
{
    const struct rebuild_result *made = rebuild_result(build->rebuild);
    if (build->state == BUILD_VOID || !made->status)
        return OK;
    *err = made->err;
    return made->status;
}

void build_end(struct build *build)
{
    rebuild_free(TAKE(build->rebuild));
    build->state = BUILD_IDLE;
}

/* ----- the end ----- */

/* A new image that does not fit what is in place by now: changes wait for the next one, which
 * fits for that reason. */
static void give_up(struct build *build, const struct error *err)
{
    log_debug("rebuilds-again", LOG_TEXT("why", err->text));
    inplace_stick(build->inplace);
    build_make_void(build);
}

/* A new image is of no use unless it has all that the one in place has. A stretch each time. */
static void catch_up(struct build *build, struct rebuild_result *made)
{
    struct error err = { .text = "" };
    const struct database *database = build->database;
    bool is_same = store_identity_equal(&database->identity, &made->database);
    if (!is_same)
        build_make_void(build);
    else if (successor_catch_up(&made->successor, database->store, &err))
        give_up(build, &err);
}

static enum status take_image(struct build *build, struct successor *successor,
                              struct build_result *out, struct error *err)
{
    enum status status = successor_align(successor, build->inplace, err);
    if (status) {
        give_up(build, err);
        return OK;
    }
    status = ledger_keep(build->ledger, successor->ground.serials, err);
    if (status)
        return status;
    status = successor_take(successor, build->inplace, err);
    if (status) {
        inplace_forget(build->inplace); /* which image stands there? */
        return status;
    }
    out->has_image = true;
    out->counts = successor->counts;
    out->counts.passed_count = build->look.passed_count;
    out->counts.passed_over = build->look.passed_over;
    return OK;
}

static void take_text(const struct rebuild_result *made, struct build_result *out)
{
    out->has_text = true;
    out->text_status = made->text_status;
    out->text_err = made->text_err;
    out->text_seq = made->seq;
}

enum status build_conclude(struct build *build, int64_t applied, struct build_result *out,
                           struct error *err)
{
    struct rebuild_result *made = rebuild_result(build->rebuild);
    const struct change_row *newest = &made->successor.newest;
    *out = (struct build_result){ .more = false };
    if (build->state != BUILD_VOID && build->work.image && newest->seq < applied)
        catch_up(build, made);
    if (build->state == BUILD_VOID)
        return OK;
    out->more = build->work.image && newest->seq < applied;
    if (out->more)
        return OK;
    enum status status = OK;
    if (build->work.image)
        status = take_image(build, &made->successor, out, err);
    if (!status && build->state != BUILD_VOID && build->work.text)
        take_text(made, out);
    return status;
}
