// SPDX-License-Identifier: GPL-3.0-or-later
/* Who reads the image does what he must not, with the descriptors that he was handed; and
 * somebody spoils the files in the folder. The writer and its image are as if nobody had. */
#include "folder.h"
#include "image/changes.h"
#include "image/draft.h"
#include "image/feed.h"
#include "image/writer.h"
#include "inside.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

enum {
    HOSTS = 50,
    HANDED_MAX = 3,
    CHANGES = 40,
    COPIES_MAX = 16,
    DESCRIPTORS_MAX = 256,
    SPOILED_MAX = 1 << 20,
    TRIES = 1000,
};

#define ZONE "dyn.example.org"

/* A zone whose hosts' addresses are numbers. */
struct scene {
    struct folder folder;
    struct image_writer *writer;
    char spare[80];
    uint32_t serial;
    uint32_t numbers[HOSTS];
    int handed[HANDED_MAX];
    size_t handed_count;
};

static struct name host_name(size_t number)
{
    char text[64];
    struct buf out = BUF_ON(text);
    buf_printf(&out, "h%zu." ZONE, number);
    return name_of(buf_text(&out));
}

static void put_number(struct record *record, uint32_t number, char space[4])
{
    struct buf rdata = buf_on(space, 4);
    buf_put_u32(&rdata, number);
    *record = (struct record){
        .owner = record->owner, .type = RR_A, .ttl_s = 60, .rdata = buf_str(&rdata)
    };
}

static enum status walk_scene(void *ctx, const struct record_sink *sink,
                              struct error *err)
{
    const struct scene *scene = (const struct scene *)ctx;
    uint8_t space[2 * NAME_SIZE + 20];
    struct buf rdata = BUF_ON(space);
    const struct name apex = name_of(ZONE);
    const struct soa soa = { .mname = apex, .rname = apex, .serial = scene->serial };
    soa_encode(&soa, &rdata);
    struct record record = {
        .owner = apex, .type = RR_SOA, .ttl_s = 60, .rdata = buf_str(&rdata)
    };
    enum status status = sink_record(sink, &record, err);
    for (size_t i = 0; i < HOSTS && !status; i++) {
        char number[4];
        record.owner = host_name(i);
        put_number(&record, scene->numbers[i], number);
        status = sink_record(sink, &record, err);
    }
    return status;
}

static void work_off(const struct scene *scene)
{
    struct error err;
    while (image_writer_work(scene->writer, &err)) {
    }
    CHECK_TEXT(err.text, "");
}

static void build(struct scene *scene)
{
    const struct image_source source = { walk_scene, scene };
    CHECK_INT(image_rebuild(scene->writer, &source, NULL), OK);
    work_off(scene);
}

static void keep_handed(void *ctx, uint32_t id, int fd)
{
    struct scene *scene = (struct scene *)ctx;
    (void)id;
    CHECK(scene->handed_count < HANDED_MAX);
    scene->handed[scene->handed_count++] = fd;
}

static struct scene scene_make(void)
{
    struct scene scene = { .folder = folder_make(), .serial = 1 };
    struct buf spare = BUF_ON(scene.spare);
    buf_printf(&spare, "%s/data.spare", scene.folder.path);
    (void)buf_text(&spare);
    CHECK_INT(image_writer_open(scene.folder.path, &scene.writer, NULL), OK);
    build(&scene);
    return scene;
}

static void scene_remove(struct scene *scene)
{
    image_writer_close(scene->writer);
    folder_remove(&scene->folder);
}

/* A host that there is gets a number, or a new one comes. */
static enum status change(struct scene *scene, bool is_new)
{
    uint32_t serial = scene->serial + 1;
    size_t host = is_new ? HOSTS + serial : (size_t)serial * 7 % HOSTS;
    char number[4];
    struct record record = { .owner = host_name(host) };
    put_number(&record, serial, number);
    const struct image_node node = { record.owner, &record, 1 };
    const struct image_zone apex = { .apex = name_of(ZONE), .serial = serial };
    const struct image_changes changes = { &node, 1, &apex, 1 };
    enum status status = image_apply(scene->writer, &changes, NULL, NULL);
    if (status)
        return status;
    if (!is_new)
        scene->numbers[host] = serial;
    scene->serial = serial;
    return OK;
}

static uint32_t number_of(const struct image *image, const struct name *name)
{
    struct image_cursor cursor;
    struct image_record record;
    uint32_t number = 0;
    image_find(image, NULL, name_bytes(name), false, &cursor);
    CHECK(image_next(&cursor, &record) && record.rdata.n >= 4);
    size_t at = record.type == RR_SOA ? record.rdata.n - 20 : 0;
    for (size_t i = 0; i < 4; i++)
        number = number << 8 | (uint8_t)record.rdata.at[at + i];
    return number;
}

static void check_image(const struct scene *scene, const struct image *image)
{
    const struct name apex = name_of(ZONE);
    CHECK_INT(number_of(image, &apex), scene->serial);
    for (size_t i = 0; i < HOSTS; i++) {
        const struct name name = host_name(i);
        CHECK_INT(number_of(image, &name), scene->numbers[i]);
    }
}

/* What we believe is right, and so is what others read. */
static void check_scene(const struct scene *scene)
{
    CLEANUP(image_closep) struct image *image = NULL;
    check_image(scene, inside_live(scene->writer));
    CHECK_INT(image_open(scene->folder.file, &image, NULL), OK);
    check_image(scene, image);
}

/* ----- by the descriptors ----- */

static int write_through(void *at, size_t n)
{
    if (at == MAP_FAILED)
        return 0;
    memset(at, 0xff, n);
    return 1;
}

/* How much of it can be done. */
static int do_its_worst(int fd)
{
    static const char much[4096] = { 1, 1, 1, 1, 1, 1, 1, 1 };
    char path[64];
    struct buf again = BUF_ON(path);
    buf_printf(&again, "/proc/self/fd/%d", fd);
    int other = open(buf_text(&again), O_RDWR | O_CLOEXEC), done = 0;
    const int fds[] = { fd, other };
    for (size_t i = 0; i < LENGTH_OF(fds) && fds[i] >= 0; i++) {
        done += pwrite(fds[i], much, sizeof(much), 0) > 0;
        done += write_through(
            mmap(NULL, sizeof(much), PROT_READ | PROT_WRITE, MAP_SHARED, fds[i], 0),
            sizeof(much));
        void *seen = mmap(NULL, sizeof(much), PROT_READ, MAP_SHARED, fds[i], 0);
        if (seen != MAP_FAILED && !mprotect(seen, sizeof(much), PROT_READ | PROT_WRITE))
            done += write_through(seen, sizeof(much));
        done += !fallocate(fds[i], FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096);
        done += !ftruncate(fds[i], 100);
        done += !ftruncate(fds[i], 1 << 30);
    }
    return done;
}

TEST(who_is_handed_the_image_can_neither_write_to_it_nor_cut_it)
{
    struct scene scene = scene_make();
    int code = -1;
    for (int i = 0; i < CHANGES; i++)
        CHECK_INT(change(&scene, i % 2), OK);
    keep_handed(&scene, 0, image_writer_control_page(scene.writer));
    image_writer_each_file(scene.writer, keep_handed, &scene);
    CHECK_INT(scene.handed_count, HANDED_MAX);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        int done = 0;
        for (size_t i = 0; i < scene.handed_count; i++)
            done += do_its_worst(scene.handed[i]);
        _exit(done > 100 ? 100 : done);
    }
    CHECK_INT(waitpid(child, &code, 0), child);
    for (int i = 0; i < CHANGES; i++)
        CHECK_INT(change(&scene, i % 2), OK);
    check_scene(&scene);
    CHECK(WIFEXITED(code));
    CHECK_INT(WEXITSTATUS(code), 0);
    scene_remove(&scene);
}

/* ----- by copies ----- */

struct copies {
    int fds[COPIES_MAX + 1];
    size_t n;
};

static void keep_copy(void *ctx, uint64_t generation, int fd)
{
    struct copies *copies = (struct copies *)ctx;
    (void)generation;
    CHECK(copies->n <= COPIES_MAX && fd >= 0);
    copies->fds[copies->n++] = fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

static bool ask_copy(const struct scene *scene, struct copies *copies)
{
    if (image_writer_snapshot(scene->writer, keep_copy, copies))
        return false;
    work_off(scene);
    return true;
}

/* Files that have a descriptor of ours and no name. */
static size_t count_nameless(void)
{
    size_t count = 0;
    for (int fd = 0; fd < DESCRIPTORS_MAX; fd++) {
        struct stat about;
        count += fstat(fd, &about) == 0 && S_ISREG(about.st_mode) &&
                 about.st_nlink == 0 && fcntl(fd, F_GET_SEALS) < 0;
    }
    return count;
}

TEST(copies_are_for_reading_and_as_many_as_are_in_use_are_bounded)
{
    struct scene scene = scene_make();
    struct copies copies = { .n = 0 };
    while (ask_copy(&scene, &copies))
        CHECK(copies.n <= COPIES_MAX);
    CHECK_INT(copies.n, COPIES_MAX);
    for (size_t i = 0; i < copies.n; i++) {
        char byte = 0;
        CHECK(pwrite(copies.fds[i], &byte, 1, 0) < 0 && ftruncate(copies.fds[i], 0) != 0);
        CHECK(mmap(NULL, 1, PROT_WRITE, MAP_SHARED, copies.fds[i], 0) == MAP_FAILED);
    }
    CHECK_INT(change(&scene, true), OK);
    size_t before = count_nameless();
    for (size_t i = 0; i < copies.n; i++)
        file_close(copies.fds[i]);
    CHECK(image_writer_look(scene.writer));
    CHECK_INT(count_nameless(), before - 2 * (size_t)COPIES_MAX); /* theirs and ours */
    copies.n = 0;
    CHECK(ask_copy(&scene, &copies));
    file_close(copies.fds[0]);
    scene_remove(&scene);
}

/* ----- by the folder ----- */

static void spoil_bytes(const char *path, size_t at, size_t end, int value)
{
    static uint8_t bytes[SPOILED_MAX];
    CLEANUP(file_closep) int fd = open(path, O_WRONLY | O_CLOEXEC);
    struct stat about = { .st_size = 0 };
    CHECK(fd >= 0 && fstat(fd, &about) == 0);
    end = end < (size_t)about.st_size ? end : (size_t)about.st_size;
    CHECK(end - at <= sizeof(bytes));
    memset(bytes, value, end - at);
    CHECK_INT(pwrite(fd, bytes, end - at, (off_t)at), end - at);
}

enum spoiler {
    TABLES_FAR,
    TABLES_LONG,
    NO_SLOTS,
    SLOTS_FULL,
    RECORDS,
    CUT_SHORT,
    EMPTIED,
    GROWN,
    SPOILERS,
};

static void spoil(const char *path, enum spoiler how)
{
    struct stat about;
    CHECK_INT(stat(path, &about), 0);
    switch (how) {
    case TABLES_FAR:
        for (size_t i = 0; i < 256; i++)
            spoil_bytes(path, 8 * i, 8 * i + 4, 0xfe);
        break;
    case TABLES_LONG:
        for (size_t i = 0; i < 256; i++)
            spoil_bytes(path, 8 * i + 4, 8 * i + 8, 0xfe);
        break;
    case NO_SLOTS:
        for (size_t i = 0; i < 256; i++)
            spoil_bytes(path, 8 * i + 4, 8 * i + 8, 0);
        break;
    case SLOTS_FULL:
        spoil_bytes(path, (size_t)about.st_size - 60000, (size_t)about.st_size, 0x01);
        break;
    case RECORDS:
        spoil_bytes(path, 2048, 65536, 0xff);
        break;
    case CUT_SHORT:
        CHECK_INT(truncate(path, 5000), 0);
        break;
    case EMPTIED:
        CHECK_INT(truncate(path, 0), 0);
        break;
    case GROWN:
        CHECK_INT(truncate(path, about.st_size + 4096), 0);
        break;
    case SPOILERS:
        break;
    }
}

/* Until it happens, with a rebuild where one is asked for. */
static void change_at_last(struct scene *scene, size_t *rebuilds)
{
    enum status status = ERR_BUSY;
    for (int i = 0; i < TRIES && status; i++) {
        status = change(scene, scene->serial % 3 == 0);
        check_image(scene, inside_live(scene->writer));
        if (status && status != ERR_BUSY) {
            build(scene);
            ++*rebuilds;
        }
        work_off(scene);
    }
    CHECK_INT(status, OK);
}

static void change_often(struct scene *scene, size_t *rebuilds)
{
    for (int i = 0; i < CHANGES; i++) {
        change_at_last(scene, rebuilds);
        check_scene(scene);
    }
}

TEST(a_file_that_somebody_spoils_is_noticed_and_made_anew)
{
    for (int row = 0; row < 2 * SPOILERS; row++) {
        struct scene scene = scene_make();
        bool is_spare = row % 2;
        size_t rebuilds = 0;
        change_often(&scene, &rebuilds);
        CHECK_INT(rebuilds, 0);
        spoil(is_spare ? scene.spare : scene.folder.file, (enum spoiler)(row / 2));
        change_often(&scene, &rebuilds);
        CHECK_INT(rebuilds, is_spare ? 0 : 1); /* that is made from what we have */
        scene_remove(&scene);
    }
}
