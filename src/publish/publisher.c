// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/publisher.h"

#include "base/mem.h"
#include "image/image.h"
#include "image/writer.h"
#include "net/loop.h"
#include "publish/notice.h"
#include "publish/source.h"
#include "store/store.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum {
    POLL_MS = 1000,
    COALESCE_MS = 20,
    FAILURE_REST_FACTOR = 10, /* rest after a failing attempt, in its own length */
    BUILD_REST_FACTOR = 2,
};

struct publisher {
    struct publisher_options options; /* with texts of our own */
    struct image_writer *writer;
    struct store *store; /* NULL: to be opened */
    dev_t store_device;
    ino_t store_inode;
    struct timer timer;
    struct notice notice;

    int64_t applied; /* seq of the image; -1: none built yet */
    struct digest fingerprint;
    int64_t rest_until_ms; /* no attempt before */
    struct error last_error;
    struct publisher_counts counts;
};

/* One attempt's view of the inputs. */
struct inputs {
    int64_t seq;
    struct static_look look;
};

static void attempt(void *ctx);

static int64_t now_ms(const struct publisher *publisher)
{
    return clock_steady_ms(loop_clock(publisher->options.loop));
}

static struct static_paths get_paths(const struct publisher *publisher)
{
    return (struct static_paths){ publisher->options.statics,
                                  publisher->options.static_count };
}

/* Another file under the database's name (a restored one) needs another connection. */
static enum status open_store(struct publisher *publisher, struct error *err)
{
    const char *path = publisher->options.database;
    struct stat about;
    if (stat(path, &about) != 0)
        return FAIL(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path,
                    strerror(errno));
    bool same =
        about.st_dev == publisher->store_device && about.st_ino == publisher->store_inode;
    if (publisher->store && same)
        return OK;

    store_close(TAKE(publisher->store));
    if (!same)
        publisher->applied = -1;
    publisher->store_device = about.st_dev;
    publisher->store_inode = about.st_ino;
    return store_open(path, STORE_READER, &publisher->store, err);
}

struct build {
    struct source_options options;
    struct source_counts counts;
};

static enum status walk_source(void *ctx, image_emit_fn emit, void *emit_ctx,
                               struct error *err)
{
    struct build *build = ctx;
    return source_walk(&build->options, emit, emit_ctx, &build->counts, err);
}

static void take_counts(struct publisher *publisher, const struct source_counts *counts)
{
    publisher->counts = (struct publisher_counts){
        .zones = counts->zones,
        .hosts = counts->dynamic.hosts,
        .static_records = counts->static_records,
        .hosts_shadowed = counts->dynamic.hosts_taken,
    };
    if (counts->dynamic.hosts_taken == 0)
        return;
    struct buf text = BUF_ON(publisher->counts.shadowed_example);
    name_format(&counts->dynamic.taken_example, &text);
    (void)buf_text(&text);
}

/* Builds within the reader's transaction. */
static enum status build_image(struct publisher *publisher,
                               const struct static_look *look, struct error *err)
{
    CLEANUP(image_closep) struct image *present = NULL;
    const char *path = image_writer_path(publisher->writer);
    enum status status = image_open(path, &present, err);
    /* A damaged image is one more reason to build; it cannot tell its serials. */
    if (status && status != ERR_NOT_FOUND && status != ERR_SYNTAX)
        return status;

    struct build build = { .options = { .store = publisher->store,
                                        .statics = get_paths(publisher),
                                        .static_serial = look->serial,
                                        .present = present } };
    const struct image_source source = { walk_source, &build };
    status = image_rebuild(publisher->writer, &source, err);
    if (!status)
        take_counts(publisher, &build.counts);
    return status;
}

/* One transaction, so that the image shows one moment, and `seq` names it. */
static enum status build_snapshot(struct publisher *publisher, struct inputs *inputs,
                                  struct error *err)
{
    enum status status = store_begin(publisher->store, err);
    if (status)
        return status;
    status = store_newest_seq(publisher->store, &inputs->seq, err);
    if (!status)
        status = build_image(publisher, &inputs->look, err);
    store_rollback(publisher->store);
    return status;
}

/* Looks, and builds when there is something new. *built tells. */
static enum status refresh(struct publisher *publisher, bool *built, struct error *err)
{
    struct inputs inputs = { .seq = 0 };
    struct static_paths paths = get_paths(publisher);
    enum status status = open_store(publisher, err);
    if (!status)
        status = store_newest_seq(publisher->store, &inputs.seq, err);
    if (!status)
        status = static_look(&paths, &inputs.look, err);
    if (status)
        return status;
    /* What failed is tried again though nothing changed: a disk may have room again. */
    if (inputs.seq == publisher->applied && publisher->last_error.text[0] == 0 &&
        digest_equal(inputs.look.fingerprint, publisher->fingerprint))
        return OK;

    status = build_snapshot(publisher, &inputs, err);
    if (status)
        return status;
    publisher->applied = inputs.seq;
    publisher->fingerprint = inputs.look.fingerprint;
    *built = true;
    return OK;
}

static void settle_failure(struct publisher *publisher, enum status status,
                           const struct error *err)
{
    bool told = strcmp(publisher->last_error.text, err->text) == 0;
    publisher->last_error = *err;
    store_close(TAKE(publisher->store)); /* it may be what is broken */
    if (!told && publisher->options.settled)
        publisher->options.settled(publisher->options.ctx, publisher->applied, status,
                                   err);
}

static void settle_success(struct publisher *publisher)
{
    publisher->last_error.text[0] = 0;
    if (publisher->options.settled)
        publisher->options.settled(publisher->options.ctx, publisher->applied, OK, NULL);
}

static void set_timer(struct publisher *publisher, int64_t at_ms)
{
    if (at_ms < publisher->rest_until_ms)
        at_ms = publisher->rest_until_ms;
    timer_set(&publisher->timer, publisher->options.loop, at_ms, attempt, publisher);
}

/* With many hosts a build takes long, and changes never end: it gets a third of a core, and
 * the rest is left to those who commit. */
static int64_t rest_after_build(const struct publisher *publisher, int64_t took_ms)
{
    int64_t rest_ms = took_ms * BUILD_REST_FACTOR;
    return rest_ms > publisher->options.coalesce_ms ? rest_ms
                                                    : publisher->options.coalesce_ms;
}

static void attempt(void *ctx)
{
    struct publisher *publisher = ctx;
    struct error err = { .text = "" };
    bool built = false;
    int64_t begun_ms = now_ms(publisher);
    enum status status = refresh(publisher, &built, &err);
    int64_t done_ms = now_ms(publisher);

    int64_t rest_ms = 0;
    if (status)
        rest_ms = (done_ms - begun_ms) * FAILURE_REST_FACTOR;
    else if (built)
        rest_ms = rest_after_build(publisher, done_ms - begun_ms);
    publisher->rest_until_ms = done_ms + rest_ms;
    set_timer(publisher, done_ms + publisher->options.poll_ms);
    if (status)
        settle_failure(publisher, status, &err);
    else if (built)
        settle_success(publisher);
}

static void wake_from_notice(void *ctx)
{
    publisher_wake(ctx);
}

/* Texts of our own instead of the caller's. */
static void copy_texts(struct publisher_options *options)
{
    options->database = mem_copy_text(options->database);
    options->directory = mem_copy_text(options->directory);
    const char **paths = mem_new_array(options->static_count + 1, sizeof(char *));
    for (size_t i = 0; i < options->static_count; i++)
        paths[i] = mem_copy_text(options->statics[i]);
    options->statics = paths;
}

/* The texts are const only towards others. */
static void free_text(const char *text)
{
    mem_free((void *)(uintptr_t)text);
}

static void free_texts(const struct publisher_options *options)
{
    for (size_t i = 0; i < options->static_count; i++)
        free_text(options->statics[i]);
    mem_free((void *)(uintptr_t)options->statics);
    free_text(options->database);
    free_text(options->directory);
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
    copy_texts(&publisher->options);
    if (publisher->options.poll_ms <= 0)
        publisher->options.poll_ms = POLL_MS;
    if (publisher->options.coalesce_ms <= 0)
        publisher->options.coalesce_ms = COALESCE_MS;
    publisher->writer = writer;
    publisher->applied = -1;
    struct static_paths paths = get_paths(publisher);
    notice_start(&publisher->notice, options->loop, &paths, wake_from_notice, publisher);
    set_timer(publisher, loop_now_ms(options->loop));
    *out = publisher;
    return OK;
}

void publisher_wake(struct publisher *publisher)
{
    set_timer(publisher, now_ms(publisher));
}

int64_t publisher_applied_seq(const struct publisher *publisher)
{
    return publisher->applied;
}

const char *publisher_last_error(const struct publisher *publisher)
{
    return publisher->last_error.text;
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
    notice_stop(&publisher->notice);
    store_close(publisher->store);
    image_writer_close(publisher->writer);
    free_texts(&publisher->options);
    mem_free(publisher);
}
