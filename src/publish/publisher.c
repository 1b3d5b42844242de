// SPDX-License-Identifier: GPL-3.0-or-later
/* Decides when to look at the inputs, when to change the image in place and when to build a whole
 * one. Two timers drive it: one for looks and builds, one for changes in place. */
#include "publish/publisher.h"

#include "base/log.h"
#include "base/mem.h"
#include "image/changes.h"
#include "image/history.h"
#include "image/writer.h"
#include "net/loop.h"
#include "publish/build.h"
#include "publish/notice.h"
#include "publish/static_paths.h"

#include <string.h>

enum {
    POLL_MS = 1000,
    COALESCE_MS = 20,
    FAILURE_PAUSE_FACTOR = 10, /* the pause after a failing attempt, in times of it */
    BUILD_PAUSE_FACTOR = 2,
    BUSY_MS = 1,       /* before a change is tried again */
    FILL_MAX = 75,     /* percent of the image's room; then it is made anew */
    FILL_QUIET = 2000, /* ms after the last change, */
    FILL_URGENT = 90,  /* or from this percent on at once */
};

struct publisher {
    struct publisher_options options; /* with the texts that follow */
    char *database_path, *text_path;
    struct static_paths statics;
    struct database database;
    struct timer timer;       /* for looks, and what they lead to */
    struct timer patch_timer; /* for changes in place */
    struct notice notice;

    int64_t applied; /* seq of the image; -1: none built yet */
    struct inplace inplace;
    struct ledger *ledger;
    struct build build;
    bool is_behind;     /* there may be changes */
    int64_t patched_ms; /* when it was changed last */
    struct digest fingerprint;
    bool unread;            /* has to build, whatever the inputs look like */
    int64_t pause_until_ms; /* no attempt before */
    bool text_is_old;
    int64_t text_pause_until_ms;
    struct error last_error, text_error;
    struct publisher_counts counts;
};

/* One attempt's view of the inputs. */
struct inputs {
    int64_t seq;
    struct static_look look;
};

static void attempt(void *ctx);
static void patch(void *ctx);
static void finish(void *ctx);

static int64_t now_ms(const struct publisher *publisher)
{
    return clock_steady_ms(loop_clock(publisher->options.loop));
}

/* The image that is in place is not the one we made. */
static void forget_image(struct publisher *publisher)
{
    inplace_forget(&publisher->inplace);
    build_make_void(&publisher->build);
}

/* Opens the database, unless it is open; the image is forgotten when it is another one. */
static enum status open_store(struct publisher *publisher, struct error *err)
{
    bool is_other = false;
    enum status status =
        database_open(&publisher->database, publisher->options.database, &is_other, err);
    if (is_other) {
        publisher->applied = -1;
        forget_image(publisher);
    }
    return status;
}

/* With many hosts a build takes long, and changes never end. So builds get a third of a core, and
 * leave the rest to front. */
static int64_t pause_after(const struct publisher *publisher, int64_t took_ms)
{
    int64_t pause_ms = took_ms * BUILD_PAUSE_FACTOR;
    return pause_ms > publisher->options.coalesce_ms ? pause_ms
                                                     : publisher->options.coalesce_ms;
}

static void go_on_in(struct publisher *publisher, int64_t wait_ms)
{
    timer_set(&publisher->patch_timer, publisher->options.loop,
              now_ms(publisher) + wait_ms, patch, publisher);
}

/* At once, also during a pause. */
static void go_on(struct publisher *publisher)
{
    go_on_in(publisher, 0);
}

/* A look at `at_ms`, or when the pause ends, unless one comes sooner. */
static void look_by(struct publisher *publisher, int64_t at_ms)
{
    if (at_ms < publisher->pause_until_ms)
        at_ms = publisher->pause_until_ms;
    if (!publisher->timer.loop || publisher->timer.at_ms > at_ms)
        timer_set(&publisher->timer, publisher->options.loop, at_ms, attempt, publisher);
}

static void settle_failure(struct publisher *publisher, enum status status,
                           const struct error *err)
{
    bool is_repeated = strcmp(publisher->last_error.text, err->text) == 0;
    publisher->last_error = *err;
    database_close(&publisher->database); /* it may be what is broken */
    if (!is_repeated && publisher->options.settled)
        publisher->options.settled(publisher->options.ctx, publisher->applied, status,
                                   err);
}

static void settle_success(struct publisher *publisher)
{
    if (publisher->options.settled)
        publisher->options.settled(publisher->options.ctx, publisher->applied, OK, NULL);
}

/* ----- changes in place ----- */

static void take_outcome(struct publisher *publisher,
                         const struct inplace_outcome *outcome)
{
    counts_add(&publisher->counts, &outcome->counts);
    publisher->applied = publisher->inplace.newest.seq;
    publisher->patched_ms = now_ms(publisher);
    if (publisher->options.text) {
        publisher->text_is_old = true;
        look_by(publisher, publisher->text_pause_until_ms);
    }
    settle_success(publisher);
}

static enum status follow(struct publisher *publisher, bool *more, struct error *err)
{
    const struct inplace_events events = { publisher->options.changed,
                                           publisher->options.ctx };
    struct inplace_outcome outcome = { .more = false };
    enum status status = open_store(publisher, err);
    if (!status && !inplace_is_possible(&publisher->inplace))
        status = FAIL(err, ERR_LIMIT, "another database");
    if (!status)
        status = inplace_follow(&publisher->inplace, publisher->database.store, &events,
                                &outcome, err);
    *more = outcome.more;
    if (!status && outcome.is_new)
        take_outcome(publisher, &outcome);
    return status;
}

/* Whatever goes wrong: a whole image puts it right, and changes wait for it. False: it is
 * needed. */
static bool patch_now(struct publisher *publisher)
{
    struct error err = { .text = "" };
    bool more = false;
    enum status status = follow(publisher, &more, &err);
    publisher->is_behind = status || more;
    if (status == ERR_BUSY)
        go_on_in(publisher, BUSY_MS);
    else if (status)
        log_debug("needs-whole-image", LOG_TEXT("why", err.text));
    if (status && status != ERR_BUSY)
        inplace_stick(&publisher->inplace);
    if (!inplace_is_possible(&publisher->inplace))
        build_hurry(&publisher->build);
    if (more)
        go_on(publisher);
    return inplace_is_possible(&publisher->inplace);
}

/* The writer's own affairs. Without them the next change finds that it needs a whole image. */
static void work_on_files(struct publisher *publisher)
{
    struct error err = { .text = "" };
    enum image_work work = image_writer_work(publisher->inplace.writer, &err);
    if (work == IMAGE_WORKS)
        go_on(publisher);
    else if (work == IMAGE_WAITS)
        go_on_in(publisher, BUSY_MS);
    if (err.text[0])
        log_warning("not-changed-in-place", LOG_TEXT("why", err.text));
}

static void patch(void *ctx)
{
    struct publisher *publisher = ctx;
    bool needs_whole = publisher->is_behind && inplace_is_possible(&publisher->inplace) &&
                       !patch_now(publisher);
    work_on_files(publisher);
    if (!needs_whole || publisher->build.state != BUILD_IDLE)
        return; /* the end of what runs leads to the next look */
    if (now_ms(publisher) >= publisher->pause_until_ms)
        attempt(publisher);
    else
        look_by(publisher, 0);
}

/* ----- looks ----- */

/* Room that is nearly used up is made anew when few are busy, or else before it is too late. */
static bool wants_room(const struct publisher *publisher)
{
    if (!inplace_is_possible(&publisher->inplace))
        return false;
    unsigned fill = image_writer_fill(publisher->inplace.writer);
    bool is_quiet = now_ms(publisher) >= publisher->patched_ms + FILL_QUIET;
    return fill >= (is_quiet ? FILL_MAX : FILL_URGENT);
}

/* What failed is tried again though nothing changed: a disk may have room again. */
static struct build_work find_work(const struct publisher *publisher,
                                   const struct inputs *inputs)
{
    bool behind =
        inputs->seq != publisher->applied && !inplace_is_possible(&publisher->inplace);
    struct build_work work = {
        .image = behind || publisher->unread || publisher->last_error.text[0] != 0 ||
                 !digest_equal(inputs->look.fingerprint, publisher->fingerprint) ||
                 wants_room(publisher)
    };
    bool text_is_due =
        publisher->text_is_old && publisher->text_pause_until_ms <= now_ms(publisher);
    work.text = publisher->options.text &&
                (work.image || publisher->text_error.text[0] != 0 || text_is_due);
    return work;
}

/* Checks whether another program has replaced the file, or written to it. What we know of the image
 * is still true: it is in our memory, and its serials go on. */
static void look_at_image(struct publisher *publisher)
{
    bool is_sound = image_writer_look(publisher->inplace.writer);
    if (publisher->unread || is_sound)
        return;
    log_warning("image-spoiled",
                LOG_TEXT("path", image_writer_path(publisher->inplace.writer)),
                LOG_TEXT("why", "it is not as we left it, and is made anew"));
    inplace_stick(&publisher->inplace);
    publisher->unread = true;
}

static enum status begin_build(struct publisher *publisher,
                               const struct static_look *look,
                               const struct build_work *work, struct error *err)
{
    const struct build_order order = { .loop = publisher->options.loop,
                                       .database = publisher->options.database,
                                       .text = publisher->options.text,
                                       .statics = &publisher->statics,
                                       .look = look,
                                       .work = *work,
                                       .done = finish,
                                       .ctx = publisher };
    if (!inplace_is_possible(&publisher->inplace))
        publisher->is_behind = false; /* what comes from now on may be missed by it */
    return build_begin(&publisher->build, &order, err);
}

/* Looks, and begins to build when there is something new. */
static enum status refresh(struct publisher *publisher, struct error *err)
{
    struct inputs inputs = { .seq = 0 };
    enum status status = open_store(publisher, err);
    if (!status)
        status = store_newest_seq(publisher->database.store, &inputs.seq, err);
    if (!status)
        status = static_look(&publisher->statics, &inputs.look, err);
    if (status)
        return status;
    look_at_image(publisher);
    struct build_work work = find_work(publisher, &inputs);
    if (inputs.seq != publisher->applied && inplace_is_possible(&publisher->inplace)) {
        (void)patch_now(publisher);
        work = find_work(publisher, &inputs); /* it may need a whole image */
    }
    return work.image || work.text ? begin_build(publisher, &inputs.look, &work, err)
                                   : OK;
}

/* Ends a look, or a build that took `took_ms`: plans the next look and reports the outcome. */
static void settle(struct publisher *publisher, enum status status, bool is_new,
                   int64_t took_ms, const struct error *err)
{
    int64_t done_ms = now_ms(publisher), pause_ms = 0;
    if (status || publisher->text_error.text[0])
        pause_ms = took_ms * FAILURE_PAUSE_FACTOR;
    else if (is_new)
        pause_ms = pause_after(publisher, took_ms);
    publisher->pause_until_ms = done_ms + pause_ms;
    look_by(publisher, done_ms + publisher->options.poll_ms);
    if (publisher->text_is_old)
        look_by(publisher, publisher->text_pause_until_ms);
    if (status) {
        settle_failure(publisher, status, err);
    } else if (is_new) {
        publisher->last_error.text[0] = 0;
        settle_success(publisher);
    }
}

/* ----- what a build has brought ----- */

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

static void take_image(struct publisher *publisher, const struct build_result *result)
{
    publisher->counts = result->counts;
    publisher->applied = publisher->inplace.newest.seq;
    publisher->fingerprint = publisher->build.look.fingerprint;
    publisher->unread = false;
    if (inplace_is_possible(&publisher->inplace))
        publisher->is_behind = true; /* with what came since */
    go_on(publisher);                /* the writer goes on with its second file */
    tell_all_zones(publisher);
}

static void take_text(struct publisher *publisher, const struct build_result *result)
{
    int64_t done_ms = now_ms(publisher);
    publisher->text_error = result->text_err;
    publisher->text_is_old = result->text_status || result->text_seq < publisher->applied;
    publisher->text_pause_until_ms =
        done_ms + pause_after(publisher, done_ms - publisher->build.begun_ms);
}

static enum status conclude(struct publisher *publisher, struct build_result *result,
                            struct error *err)
{
    struct build *build = &publisher->build;
    enum status status = build_status(build, err);
    if (!status)
        status = open_store(publisher, err);
    if (!status)
        status = build_conclude(build, publisher->applied, result, err);
    if (result->has_image)
        take_image(publisher, result);
    if (result->has_text)
        take_text(publisher, result);
    return status;
}

static void finish(void *ctx)
{
    struct publisher *publisher = ctx;
    struct build *build = &publisher->build;
    struct build_result result = { .more = false };
    struct error err = { .text = "" };
    enum status status = conclude(publisher, &result, &err);
    if (result.more) {
        timer_set(&publisher->timer, publisher->options.loop, now_ms(publisher), attempt,
                  publisher);
        return;
    }
    bool is_void = build->state == BUILD_VOID;
    bool is_new =
        !is_void && (result.has_image || (result.has_text && !result.text_status));
    int64_t took_ms = is_void ? 0 : now_ms(publisher) - build->begun_ms;
    publisher->unread = publisher->unread || is_void;
    build_end(build);
    settle(publisher, status, is_new, took_ms, &err);
    if (publisher->is_behind && inplace_is_possible(&publisher->inplace))
        go_on(publisher);
    else if (publisher->is_behind && !status)
        look_by(publisher, 0);
    if (is_void)
        look_by(publisher, 0);
}

static void attempt(void *ctx)
{
    struct publisher *publisher = ctx;
    struct error err = { .text = "" };
    timer_stop(&publisher->timer);
    work_on_files(publisher);
    int64_t begun_ms = now_ms(publisher);
    if (build_is_made(&publisher->build)) {
        finish(publisher);
    } else if (publisher->build.state != BUILD_IDLE) {
        if (inplace_is_possible(&publisher->inplace))
            publisher_wake(publisher); /* changes go on */
        look_by(publisher, begun_ms + publisher->options.poll_ms);
    } else {
        enum status status = refresh(publisher, &err);
        settle(publisher, status, false, now_ms(publisher) - begun_ms, &err);
    }
}

/* ----- beginning and end ----- */

static void wake_from_notice(void *ctx)
{
    look_by(ctx, 0);
}

static void watch_statics(struct publisher *publisher)
{
    notice_start(&publisher->notice, publisher->options.loop, &publisher->statics,
                 wake_from_notice, publisher);
}

/* What the options lend is needed for longer. */
static void copy_texts(struct publisher *publisher)
{
    struct publisher_options *options = &publisher->options;
    const struct static_paths given = { options->statics, options->static_count };
    publisher->statics = static_paths_copy(&given);
    publisher->database_path = mem_copy_text(options->database);
    publisher->text_path = mem_copy_text(options->text);
    options->database = publisher->database_path;
    options->text = publisher->text_path;
    options->directory = NULL;
    options->statics = NULL;
    options->static_count = 0;
}

enum status publisher_start(const struct publisher_options *options,
                            struct publisher **out, struct error *err)
{
    struct image_writer *writer = NULL;
    enum status status = image_writer_open(options->directory, &writer, err);
    if (status)
        return status;

    struct publisher *publisher = NEW(struct publisher);
    publisher->options = *options;
    copy_texts(publisher);
    if (publisher->options.poll_ms <= 0)
        publisher->options.poll_ms = POLL_MS;
    if (publisher->options.coalesce_ms <= 0)
        publisher->options.coalesce_ms = COALESCE_MS;
    publisher->inplace.writer = writer;
    publisher->inplace.history = history_open(options->directory, 0);
    publisher->ledger = ledger_open(options->directory);
    publisher->build = (struct build){ .inplace = &publisher->inplace,
                                       .ledger = publisher->ledger,
                                       .database = &publisher->database };
    publisher->applied = -1;
    watch_statics(publisher);
    look_by(publisher, loop_now_ms(options->loop));
    *out = publisher;
    return OK;
}

void publisher_wake(struct publisher *publisher)
{
    publisher->is_behind = true;
    if (inplace_is_possible(&publisher->inplace))
        go_on(publisher);
    else
        look_by(publisher, 0);
}

struct image_writer *publisher_writer(struct publisher *publisher)
{
    return publisher->inplace.writer;
}

void publisher_reread(struct publisher *publisher, const char *const *statics,
                      size_t static_count)
{
    const struct static_paths given = { statics, static_count };
    static_paths_free(&publisher->statics);
    publisher->statics = static_paths_copy(&given);
    notice_stop(&publisher->notice);
    watch_statics(publisher); /* a folder may be another one by now */
    publisher->unread = true;
    build_make_void(&publisher->build);
    publisher->pause_until_ms = 0;
    look_by(publisher, 0);
}

const char *publisher_trouble(const struct publisher *publisher)
{
    return publisher->last_error.text[0] ? publisher->last_error.text
                                         : publisher->text_error.text;
}

bool publisher_is_rebuilding(const struct publisher *publisher)
{
    return publisher->build.state != BUILD_IDLE;
}

const struct publisher_counts *publisher_counts(const struct publisher *publisher)
{
    return &publisher->counts;
}

void publisher_stop(struct publisher *publisher)
{
    if (!publisher)
        return;
    timer_stop(&publisher->timer);
    timer_stop(&publisher->patch_timer);
    notice_stop(&publisher->notice);
    build_end(&publisher->build);
    if (image_writer_sync(publisher->inplace.writer))
        ledger_seal(publisher->ledger);
    ledger_free(publisher->ledger);
    inplace_forget(&publisher->inplace);
    database_close(&publisher->database);
    history_close(publisher->inplace.history);
    image_writer_close(publisher->inplace.writer);
    static_paths_free(&publisher->statics);
    mem_free(publisher->database_path);
    mem_free(publisher->text_path);
    mem_free(publisher);
}
