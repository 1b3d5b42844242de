// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/publisher.h"

#include "base/mem.h"
#include "image/image.h"
#include "image/writer.h"
#include "net/loop.h"
#include "publish/notice.h"
#include "publish/source.h"
#include "publish/text.h"
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
    bool unread;           /* has to build, whatever the inputs look like */
    int64_t rest_until_ms; /* no attempt before */
    struct error last_error, text_error;
    struct publisher_counts counts;
};

/* One attempt's view of the inputs. */
struct inputs {
    int64_t seq;
    struct static_look look;
};

/* What an attempt has to do, and then what it did. */
struct work {
    bool image, text;
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
    const struct publisher *publisher;
    struct source_options options;
    struct source_counts counts;
    const struct record_sink *sink;
};

static enum status pass_record(void *ctx, const struct record *record, struct error *err)
{
    const struct build *build = ctx;
    const struct publisher_options *options = &build->publisher->options;
    struct soa soa;
    if (options->zone && record->type == RR_SOA && !record->wildcard &&
        soa_decode(record->rdata, &soa) == OK)
        options->zone(options->ctx, &record->owner, soa.serial);
    return sink_record(build->sink, record, err);
}

static enum status pass_location(void *ctx, const struct location_rule *rule,
                                 struct error *err)
{
    const struct build *build = ctx;
    return sink_location(build->sink, rule, err);
}

static enum status walk_source(void *ctx, const struct record_sink *sink,
                               struct error *err)
{
    struct build *build = ctx;
    const struct record_sink through = { pass_record, pass_location, build };
    const struct publisher_options *options = &build->publisher->options;
    build->sink = sink;
    if (options->zone)
        options->zone(options->ctx, NULL, 0);
    return source_walk(&build->options, &through, &build->counts, err);
}

static void put_example(const struct name *name, char out[NAME_TEXT_SIZE])
{
    struct buf text = buf_on(out, NAME_TEXT_SIZE);
    if (name->n > 0)
        name_format(name, &text);
    (void)buf_text(&text);
}

static void take_counts(struct publisher *publisher, const struct source_counts *counts)
{
    publisher->counts = (struct publisher_counts){
        .zones = counts->zones,
        .hosts = counts->dynamic.hosts,
        .static_records = counts->static_records,
        .hosts_shadowed = counts->dynamic.hosts_taken,
        .serials_held = counts->held.count,
    };
    put_example(&counts->dynamic.taken_example, publisher->counts.shadowed_example);
    put_example(&counts->held.example, publisher->counts.held_example);
}

/* What the image that stands now tells; a damaged one tells nothing and is one more reason
 * to build. */
static enum status open_present(const struct publisher *publisher, struct image **out,
                                struct error *err)
{
    enum status status = image_open(image_writer_path(publisher->writer), out, err);
    return status == ERR_NOT_FOUND || status == ERR_SYNTAX ? OK : status;
}

static struct source_options source_of(const struct publisher *publisher,
                                       const struct static_look *look,
                                       const struct image *present)
{
    return (struct source_options){ .store = publisher->store,
                                    .statics = get_paths(publisher),
                                    .static_serial = look->serial,
                                    .present = present };
}

/* Both within the reader's transaction. */
static enum status build_image(struct publisher *publisher,
                               const struct static_look *look, struct error *err)
{
    CLEANUP(image_closep) struct image *present = NULL;
    enum status status = open_present(publisher, &present, err);
    if (status)
        return status;
    struct build build = { .publisher = publisher,
                           .options = source_of(publisher, look, present) };
    const struct image_source source = { walk_source, &build };
    status = image_rebuild(publisher->writer, &source, err);
    if (!status)
        take_counts(publisher, &build.counts);
    return status;
}

static enum status build_text(struct publisher *publisher, const struct static_look *look,
                              struct error *err)
{
    CLEANUP(image_closep) struct image *present = NULL;
    bool changed = false;
    enum status status = open_present(publisher, &present, err);
    if (status)
        return status;
    /* With the image that was just built as the present one, serials are what it has. */
    const struct source_options source = source_of(publisher, look, present);
    return text_write(publisher->options.text, &source, &changed, err);
}

/* One transaction, so that the image and the fragment show one moment, and `seq` names it. A
 * fragment that cannot be written is not an error of the image. */
static enum status build_snapshot(struct publisher *publisher, struct inputs *inputs,
                                  struct work *work, struct error *err)
{
    enum status status = store_begin(publisher->store, err);
    if (status)
        return status;
    int64_t seq = inputs->seq;
    status = store_newest_seq(publisher->store, &inputs->seq, err);
    work->image |= inputs->seq != seq;
    if (!status && work->image)
        status = build_image(publisher, &inputs->look, err);
    if (!status && work->text) {
        struct error why = { .text = "" };
        work->text = build_text(publisher, &inputs->look, &why) == OK;
        publisher->text_error = why;
    }
    store_rollback(publisher->store);
    return status;
}

/* What failed is tried again though nothing changed: a disk may have room again. */
static struct work find_work(const struct publisher *publisher,
                             const struct inputs *inputs)
{
    struct work work = {
        .image = inputs->seq != publisher->applied || publisher->unread ||
                 publisher->last_error.text[0] != 0 ||
                 !digest_equal(inputs->look.fingerprint, publisher->fingerprint)
    };
    work.text =
        publisher->options.text && (work.image || publisher->text_error.text[0] != 0);
    return work;
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
    struct work work = find_work(publisher, &inputs);
    if (!work.image && !work.text)
        return OK;

    status = build_snapshot(publisher, &inputs, &work, err);
    if (status)
        return status;
    publisher->unread = false;
    publisher->applied = inputs.seq;
    publisher->fingerprint = inputs.look.fingerprint;
    *built = work.image || work.text;
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
    if (status || publisher->text_error.text[0])
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

static void copy_statics(struct publisher_options *options, const char *const *statics,
                         size_t count)
{
    const char **paths = mem_new_array(count + 1, sizeof(char *));
    for (size_t i = 0; i < count; i++)
        paths[i] = mem_copy_text(statics[i]);
    options->statics = paths;
    options->static_count = count;
}

/* Texts of our own instead of the caller's. */
static void copy_texts(struct publisher_options *options)
{
    options->database = mem_copy_text(options->database);
    options->directory = mem_copy_text(options->directory);
    options->text = mem_copy_text(options->text);
    copy_statics(options, options->statics, options->static_count);
}

/* The texts are const only towards others. */
static void free_text(const char *text)
{
    mem_free((void *)(uintptr_t)text);
}

static void free_statics(const struct publisher_options *options)
{
    for (size_t i = 0; i < options->static_count; i++)
        free_text(options->statics[i]);
    mem_free((void *)(uintptr_t)options->statics);
}

static void free_texts(const struct publisher_options *options)
{
    free_statics(options);
    free_text(options->database);
    free_text(options->directory);
    free_text(options->text);
}

static void watch_statics(struct publisher *publisher)
{
    struct static_paths paths = get_paths(publisher);
    notice_start(&publisher->notice, publisher->options.loop, &paths, wake_from_notice,
                 publisher);
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
    watch_statics(publisher);
    set_timer(publisher, loop_now_ms(options->loop));
    *out = publisher;
    return OK;
}

void publisher_wake(struct publisher *publisher)
{
    set_timer(publisher, now_ms(publisher));
}

void publisher_reread(struct publisher *publisher, const char *const *statics,
                      size_t static_count)
{
    free_statics(&publisher->options);
    copy_statics(&publisher->options, statics, static_count);
    notice_stop(&publisher->notice);
    watch_statics(publisher); /* a folder may be another one by now */
    publisher->unread = true;
    publisher->rest_until_ms = 0;
    publisher_wake(publisher);
}

const char *publisher_trouble(const struct publisher *publisher)
{
    return publisher->last_error.text[0] ? publisher->last_error.text
                                         : publisher->text_error.text;
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
