// SPDX-License-Identifier: GPL-3.0-or-later
/* A zone goes through changes, builds, and losses of every kind, and is watched by somebody who
 * remembers all that was published. */
#include "base/file.h"
#include "base/mem.h"
#include "base/random.h"
#include "image/draft.h"
#include "image/image.h"
#include "image/writer.h"
#include "publish/ledger.h"
#include "publish/serials.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    STEPS = 400,
    RUNS = 6,
    FILE_MAX = 1 << 20,
};

/* A state of the zone as it was published. */
struct shown {
    uint32_t serial;
    unsigned content;
    char note[SERIAL_NOTE_SIZE];
};

struct scene {
    char folder[64], file[80];
    struct name apex;
    struct ledger *ledger;
    struct serials *live; /* NULL: publish is down */
    uint32_t own;
    unsigned content, lines; /* of all; of the static ones */
    struct shown last;
    struct shown since[STEPS]; /* what the file of the image was, since it was built */
    size_t since_n;
    unsigned random;
};

static unsigned pick(struct scene *scene, unsigned n)
{
    scene->random = scene->random * 1664525U + 1013904223U;
    return (scene->random >> 8) % n;
}

static void open_scene(struct scene *scene, unsigned seed)
{
    random_init();
    *scene = (struct scene){ .folder = "/tmp/rove-ledger-XXXXXX", .random = seed };
    scene->own = UINT32_MAX - 100 - pick(scene, 200); /* it will wrap */
    CHECK(mkdtemp(scene->folder) != NULL);
    (void)snprintf(scene->file, sizeof(scene->file), "%s/serials", scene->folder);
    CHECK_INT(name_parse(STR("dyn.example"), &scene->apex, NULL), OK);
    scene->ledger = ledger_open(scene->folder);
}

static void close_scene(struct scene *scene)
{
    char path[96];
    ledger_free(scene->ledger);
    serials_free(scene->live);
    (void)unlink(scene->file);
    (void)snprintf(path, sizeof(path), "%s/data.cdb", scene->folder);
    (void)unlink(path);
    CHECK_INT(rmdir(scene->folder), 0);
}

/* It never falls, and is never the same with another content. */
static void show(struct scene *scene, uint32_t serial)
{
    if (scene->last.serial != serial)
        CHECK(serial_is_newer(serial, scene->last.serial));
    else
        CHECK_INT(scene->content, scene->last.content);
    scene->last.serial = serial;
    scene->last.content = scene->content;
}

static enum status keep_note(void *ctx, const struct record *record, struct error *err)
{
    (void)err;
    CHECK_INT(record->rdata.n, SERIAL_NOTE_SIZE);
    memcpy(ctx, record->rdata.at, SERIAL_NOTE_SIZE);
    return OK;
}

/* As it would be when the files of the image were damaged: `present` is what is left. */
static void build(struct scene *scene, const struct image *present)
{
    CLEANUP(serials_freep) struct serials *before = TAKE(scene->live);
    scene->live = serials_new(present, before);
    struct serials *serials = scene->live;
    serials_recall(serials, ledger_serials(scene->ledger),
                   ledger_trusts_image(scene->ledger));
    serials_add_zone(serials, name_bytes(&scene->apex));
    serials_add_record(serials, name_bytes(&scene->apex), scene->lines * 7919ULL, false,
                       false);
    serials_add_own(serials, name_bytes(&scene->apex), scene->own);
    static const uint8_t anywhere[2];
    const struct serial_choice choice = { &scene->apex, anywhere, scene->own, false };
    uint32_t serial = serials_choose(serials, &choice);
    const struct record_sink sink = { .record = keep_note, .ctx = scene->last.note };
    CHECK_INT(serials_emit_notes(serials, &sink, NULL), OK);
    serials_forget_present(serials);
    CHECK_INT(ledger_keep(scene->ledger, serials, NULL), OK);
    show(scene, serial);
    scene->since[0] = scene->last;
    scene->since_n = 1;
}

static void change_host(struct scene *scene)
{
    struct serial_step step;
    scene->own += 1 + pick(scene, 3) * pick(scene, 2);
    scene->content++;
    if (!scene->live)
        return;
    CHECK(serials_step(scene->live, &scene->apex, scene->own, &step));
    serials_take_step(scene->live, &scene->apex, &step);
    memcpy(scene->last.note, step.note, SERIAL_NOTE_SIZE);
    show(scene, step.published);
    scene->since[scene->since_n++] = scene->last;
}

static void edit_line(struct scene *scene)
{
    scene->lines++;
    scene->content++;
    if (scene->live)
        build(scene, NULL);
}

static void end(struct scene *scene)
{
    serials_free(TAKE(scene->live));
    ledger_free(scene->ledger);
}

/* The file says that it was another run of the kernel. */
static void boot_again(const struct scene *scene)
{
    CLEANUP(mem_freep) char *text = NULL;
    size_t n = 0;
    CHECK_INT(file_read(scene->file, FILE_MAX, &text, &n, NULL), OK);
    char *boot = strchr(strchr(text, ' ') + 1, ' ') + 1;
    *boot = *boot == 'x' ? 'y' : 'x';
    CHECK_INT(file_replace(scene->file, str_bytes(text, n), 0600, NULL), OK);
}

static enum status walk(void *ctx, const struct record_sink *sink, struct error *err)
{
    const struct scene *scene = (const struct scene *)ctx;
    const struct soa soa = { .mname = scene->apex,
                             .rname = scene->apex,
                             .serial = scene->last.serial };
    uint8_t space[600];
    struct buf rdata = BUF_ON(space);
    soa_encode(&soa, &rdata);
    struct record record = { .owner = scene->apex, .type = RR_SOA };
    record.rdata = buf_str(&rdata);
    enum status status = sink_record(sink, &record, err);
    record.type = 0;
    record.rdata = str_bytes(scene->last.note, SERIAL_NOTE_SIZE);
    return status ? status : sink_record(sink, &record, err);
}

/* An image with the serial of one moment since the last build and the note of another. */
static struct image *make_image(struct scene *scene, size_t serial, size_t note)
{
    struct scene torn = *scene;
    struct image *image = NULL;
    struct image_writer *writer = NULL;
    const struct image_source source = { walk, &torn };
    torn.last = scene->since[serial];
    memcpy(torn.last.note, scene->since[note].note, SERIAL_NOTE_SIZE);
    CHECK_INT(image_writer_open(scene->folder, &writer, NULL), OK);
    CHECK_INT(image_rebuild(writer, &source, NULL), OK);
    CHECK_INT(image_open(image_writer_path(writer), &image, NULL), OK);
    image_writer_close(writer);
    return image;
}

static void lose(struct scene *scene)
{
    size_t newest = scene->since_n - 1;
    CLEANUP(image_closep) struct image *left = NULL;
    unsigned kind = pick(scene, 4);
    end(scene);
    if (kind == 0) /* the power: what is left of the image is torn */
        boot_again(scene);
    scene->ledger = ledger_open(scene->folder);
    CHECK_INT(ledger_trusts_image(scene->ledger), kind != 0);
    if (kind == 0)
        left = make_image(scene, pick(scene, (unsigned)scene->since_n),
                          pick(scene, (unsigned)scene->since_n));
    else if (kind > 1) /* publish alone: it is whole */
        left = make_image(scene, newest, newest);
    for (unsigned i = pick(scene, 3); i > 0; i--)
        change_host(scene);
    if (pick(scene, 2))
        edit_line(scene);
    build(scene, left);
}

TEST(no_serial_falls_or_stays_with_another_content_whatever_is_lost)
{
    for (unsigned run = 0; run < RUNS; run++) {
        static struct scene scene;
        open_scene(&scene, run);
        scene.last.serial = scene.own - 1;
        build(&scene, NULL);
        for (int i = 0; i < STEPS; i++) {
            unsigned what = pick(&scene, 20);
            if (what < 12)
                change_host(&scene);
            else if (what < 17)
                edit_line(&scene);
            else if (what < 18)
                build(&scene, NULL);
            else
                lose(&scene);
        }
        close_scene(&scene);
    }
}

TEST(after_a_sealed_end_a_zone_goes_on_as_it_was)
{
    static struct scene scene;
    open_scene(&scene, 1);
    scene.last.serial = scene.own - 1;
    build(&scene, NULL);
    edit_line(&scene);
    change_host(&scene);
    uint32_t serial = scene.last.serial;
    ledger_seal(scene.ledger);
    end(&scene);
    scene.ledger = ledger_open(scene.folder);
    CHECK(ledger_trusts_image(scene.ledger));
    CLEANUP(image_closep)
    struct image *image = make_image(&scene, scene.since_n - 1, scene.since_n - 1);
    build(&scene, image);
    CHECK_INT(scene.last.serial, serial);
    close_scene(&scene);
}

TEST(a_zone_that_was_gone_for_a_while_goes_on_from_its_last_serial)
{
    static struct scene scene;
    open_scene(&scene, 2);
    scene.last.serial = scene.own - 1;
    build(&scene, NULL);
    for (int i = 0; i < 5; i++)
        edit_line(&scene);
    CLEANUP(serials_freep) struct serials *others = serials_new(NULL, NULL);
    struct name other;
    CHECK_INT(name_parse(STR("other.example"), &other, NULL), OK);
    serials_put_kept(others, name_bytes(&other), &(struct serial_kept){ 1, 1, 1 });
    CHECK_INT(ledger_keep(scene.ledger, others, NULL), OK);
    end(&scene);
    scene.ledger = ledger_open(scene.folder);
    build(&scene, NULL);
    close_scene(&scene);
}

TEST(what_is_no_ledger_is_as_nothing_and_never_trusted)
{
    static const char *const texts[] = {
        "",
        "rove-serials 1 x\n",
        "rove-serials 2 synced\nend\n",
        "rove-serials 1 synced\ndyn.example 1 2 0123456789abcdef\n",
        "rove-serials 1 synced\ndyn.example 1 2\nend\n",
        "rove-serials 1 synced\ndyn.example 1 4294967296 0123456789abcdef\nend\n",
        "rove-serials 1 synced\ndyn.example 1 2 0123456789abcdef more\nend\n",
        "rove-serials 1 synced\nend\nmore\n",
    };
    static struct scene scene;
    open_scene(&scene, 3);
    CHECK(ledger_trusts_image(scene.ledger)); /* there was none yet */
    for (size_t i = 0; i < LENGTH_OF(texts); i++) {
        end(&scene);
        CHECK_INT(file_replace(scene.file, str_from(texts[i]), 0600, NULL), OK);
        scene.ledger = ledger_open(scene.folder);
        CHECK(ledger_serials(scene.ledger) == NULL);
        CHECK(!ledger_trusts_image(scene.ledger));
    }
    close_scene(&scene);
}
