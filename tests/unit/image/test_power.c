// SPDX-License-Identifier: GPL-3.0-or-later
/* The power is cut at every moment between two steps of the writer, on a file system that keeps
 * no more than it must: ext4, XFS and btrfs all do.
 *
 * - The names are those of some moment since the folder was synced.
 * - A file that was never synced may be empty, whatever its name is by now.
 * - One that was is whole, but each page of it may be that of any moment since.
 *
 * The steps are seen by taking the place of the C library's functions. */
#include "folder.h"

#include "base/clock.h"
#include "base/random.h"
#include "image/changes.h"
#include "image/draft.h"
#include "image/writer.h"

#include <dirent.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>

enum {
    PAGE = 4096,
    FILES_MAX = 64,
    VERSIONS_MAX = 64,
    NAMES_MAX = 8,
    STEPS_MAX = 256,
    STEADY = 200, /* names that stay: more than a page of them */
    MOVING = 5,
    CHANGES = 6,
    PATIENCE_MS = 60000,
    MIXES = 5, /* ways to mix the pages */
    NOT_SYNCED = -1,
};

struct version {
    size_t step;
    char *at;
    size_t n;
};

struct disk_file {
    ino_t inode;
    struct version versions[VERSIONS_MAX];
    size_t count;
    int synced[STEPS_MAX]; /* by step: the version that is on the disk */
    bool is_gone;
};

struct names {
    char name[NAMES_MAX][32];
    struct disk_file *file[NAMES_MAX];
    size_t count;
};

static struct {
    pthread_mutex_t lock;
    const struct folder *folder; /* NULL: nobody looks */
    struct disk_file files[FILES_MAX];
    size_t file_count;
    struct names steps[STEPS_MAX];
    bool is_folder_synced[STEPS_MAX];
    size_t step_count;
} disk = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* ----- what happens ----- */

static struct disk_file *file_of(ino_t inode)
{
    for (size_t i = 0; i < disk.file_count; i++)
        if (disk.files[i].inode == inode && !disk.files[i].is_gone)
            return &disk.files[i];
    CHECK(disk.file_count < FILES_MAX);
    struct disk_file *file = &disk.files[disk.file_count++];
    file->inode = inode;
    for (size_t i = 0; i < STEPS_MAX; i++)
        file->synced[i] = NOT_SYNCED;
    return file;
}

static void see_bytes(struct disk_file *file, const char *path)
{
    char *at = NULL;
    size_t n = 0;
    CHECK_INT(file_read(path, FILE_MAX, &at, &n, NULL), OK);
    const struct version *last = file->count ? &file->versions[file->count - 1] : NULL;
    if (last && last->n == n && memcmp(last->at, at, n) == 0) {
        mem_free(at);
        return;
    }
    CHECK(file->count < VERSIONS_MAX);
    file->versions[file->count++] = (struct version){ disk.step_count, at, n };
}

/* What the folder shows now. */
static struct names *see(void)
{
    CHECK(disk.step_count < STEPS_MAX);
    struct names *names = &disk.steps[disk.step_count];
    DIR *folder = opendir(disk.folder->path);
    CHECK(folder != NULL);
    if (!folder)
        return names;
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        char path[PATH_MAX];
        if (strncmp(entry->d_name, "data.", 5) != 0 || strstr(entry->d_name, "probe"))
            continue;
        struct buf text = BUF_ON(path);
        buf_printf(&text, "%s/%s", disk.folder->path, entry->d_name);
        struct disk_file *file = file_of(entry->d_ino);
        see_bytes(file, buf_text(&text));
        CHECK(names->count < NAMES_MAX && strlen(entry->d_name) < 32);
        memcpy(names->name[names->count], entry->d_name, strlen(entry->d_name) + 1);
        names->file[names->count++] = file;
    }
    CHECK(closedir(folder) == 0);
    for (size_t i = 0; i < disk.file_count; i++) {
        bool is_there = false;
        for (size_t k = 0; k < names->count; k++)
            is_there = is_there || names->file[k] == &disk.files[i];
        disk.files[i].is_gone = !is_there;
    }
    return names;
}

/* A step has been made; with a descriptor it was the sync of that, as far as it had come before. */
static void step(int fd)
{
    struct stat about;
    (void)pthread_mutex_lock(&disk.lock);
    if (disk.folder) {
        const struct names *names = see();
        size_t now = disk.step_count++;
        for (size_t i = 0; i < disk.file_count && now > 0; i++)
            disk.files[i].synced[now] = disk.files[i].synced[now - 1];
        if (fd >= 0)
            CHECK(fstat(fd, &about) == 0);
        disk.is_folder_synced[now] = fd >= 0 && S_ISDIR(about.st_mode);
        for (size_t i = 0; i < names->count && fd >= 0; i++)
            if (names->file[i]->inode == about.st_ino)
                names->file[i]->synced[now] = (int)names->file[i]->count - 1;
    }
    (void)pthread_mutex_unlock(&disk.lock);
}

/* In place of the library's. */
int fsync(int fd)
{
    long failed = syscall(SYS_fsync, fd);
    step(fd);
    return (int)failed;
}

int rename(const char *old, const char *new)
{
    step(-1); /* what stood there before, too */
    long failed = syscall(SYS_rename, old, new);
    step(-1);
    return (int)failed;
}

int renameat2(int oldfd, const char *old, int newfd, const char *new, unsigned flags)
{
    step(-1);
    long failed = syscall(SYS_renameat2, oldfd, old, newfd, new, flags);
    step(-1);
    return (int)failed;
}

/* ----- what is left ----- */

static const char address[][5] = { "\xc0\x00\x02\x01", "\xc0\x00\x02\x02",
                                   "\xc6\x33\x64\x03" };

static struct record host(const char *label, size_t number, size_t with)
{
    char text[64];
    struct buf name = BUF_ON(text);
    buf_printf(&name, "%s%zu.example.org", label, number);
    return (struct record){ .owner = name_of(buf_text(&name)),
                            .type = RR_A,
                            .ttl_s = 60,
                            .rdata = str_bytes(address[with], 4) };
}

/* The cut comes after step `when`; `mix` tells which pages have come to the disk. */
struct cut {
    size_t when;
    int mix; /* 0: of each page the oldest; 1: the newest; else any */
};

static char *mix_pages(const struct disk_file *file, const struct cut *cut, size_t *n_out)
{
    size_t from = (size_t)file->synced[cut->when], to = from;
    while (to + 1 < file->count && file->versions[to + 1].step <= cut->when)
        to++;
    *n_out = file->versions[from].n;
    char *bytes = (char *)mem_new(*n_out);
    for (size_t at = 0; at < *n_out; at += PAGE) {
        size_t pick = from;
        if (cut->mix == 1)
            pick = to;
        else if (cut->mix > 1)
            pick = from + random_below((uint32_t)(to - from + 1));
        const struct version *version = &file->versions[pick];
        CHECK(version->n == *n_out);
        memcpy(bytes + at, version->at + at, *n_out - at < PAGE ? *n_out - at : PAGE);
    }
    return bytes;
}

static void check_image(const struct image *image)
{
    for (size_t i = 0; i < STEADY; i++) {
        struct record want = host("s", i, i % LENGTH_OF(address));
        struct image_cursor cursor;
        struct image_record record;
        image_find(image, NULL, name_bytes(&want.owner), false, &cursor);
        CHECK(image_next(&cursor, &record) && str_equal(record.rdata, want.rdata));
        CHECK(!image_next(&cursor, &record));
    }
}

static void check_file(const struct disk_file *file, const struct cut *cut)
{
    size_t n = 0;
    CLEANUP(mem_freep) char *bytes = mix_pages(file, cut, &n);
    CLEANUP(image_closep) struct image *image = NULL;
    CLEANUP(file_closep) int fd = memfd_create("left", MFD_CLOEXEC);
    CHECK(fd >= 0 && write(fd, bytes, n) == (ssize_t)n);
    CHECK_INT(image_open_fd(fd, &image, NULL), OK);
    check_image(image);
}

/* Whether the file may be what has one of the two names after the cut. */
static bool may_be_left(const struct disk_file *file, size_t from, size_t when)
{
    for (size_t kept = from; kept <= when; kept++)
        for (size_t i = 0; i < disk.steps[kept].count; i++) {
            const char *name = disk.steps[kept].name[i];
            if (disk.steps[kept].file[i] == file &&
                (strcmp(name, "data.cdb") == 0 || strcmp(name, "data.spare") == 0))
                return true;
        }
    return false;
}

static size_t check_cuts_at(size_t when, size_t from)
{
    size_t checked = 0;
    for (size_t i = 0; i < disk.file_count; i++) {
        const struct disk_file *file = &disk.files[i];
        if (!may_be_left(file, from, when))
            continue;
        CHECK(file->synced[when] != NOT_SYNCED); /* it may be empty */
        for (int mix = 0; mix < MIXES; mix++, checked++)
            check_file(file, &(struct cut){ when, mix });
    }
    return checked;
}

static size_t check_all_cuts(void)
{
    size_t checked = 0, synced = 0;
    disk.folder = NULL;
    for (size_t when = 0; when < disk.step_count; when++) {
        if (disk.is_folder_synced[when])
            synced = when;
        checked += check_cuts_at(when, synced);
    }
    for (size_t i = 0; i < disk.file_count; i++)
        for (size_t k = 0; k < disk.files[i].count; k++)
            mem_free(disk.files[i].versions[k].at);
    memset(disk.files, 0, sizeof(disk.files));
    memset(disk.steps, 0, sizeof(disk.steps));
    disk.file_count = disk.step_count = 0;
    return checked;
}

/* ----- what is done ----- */

struct place {
    struct folder folder;
    struct image_writer *writer;
};

static void open_place(struct place *place)
{
    random_init();
    place->folder = folder_make();
    disk.folder = &place->folder;
    CHECK_INT(image_writer_open(place->folder.path, &place->writer, NULL), OK);
}

static enum status walk(void *ctx, const struct record_sink *sink, struct error *err)
{
    enum status status = OK;
    (void)ctx;
    for (size_t i = 0; i < STEADY && !status; i++) {
        struct record record = host("s", i, i % LENGTH_OF(address));
        status = sink_record(sink, &record, err);
    }
    return status;
}

static int64_t now_ms(void)
{
    return clock_steady_ms(clock_system());
}

/* The writer waits for threads and readers, which a busy machine may hold up. */
static void work_off(const struct place *place)
{
    struct error err = { "" };
    for (int64_t end_ms = now_ms() + PATIENCE_MS;
         image_writer_work(place->writer, &err) && now_ms() < end_ms;)
        CHECK(usleep(1000) == 0);
    CHECK_STR(str_from(err.text), "");
}

/* How often somebody had to be waited for. */
static size_t change(const struct place *place)
{
    size_t waited = 0;
    for (size_t i = 0; i < CHANGES; i++) {
        struct record record = host("m", i % MOVING, i % LENGTH_OF(address));
        const struct image_node node = { record.owner, &record, i == 3 ? 0 : 1 };
        const struct image_changes changes = { &node, 1, NULL, 0 };
        enum status status = ERR_BUSY;
        for (int64_t end_ms = now_ms() + PATIENCE_MS;
             status == ERR_BUSY && now_ms() < end_ms;) {
            status = image_apply(place->writer, &changes, NULL, NULL);
            waited += status == ERR_BUSY;
            if (status == ERR_BUSY && !image_writer_work(place->writer, NULL))
                CHECK(usleep(1000) == 0);
        }
        CHECK_INT(status, OK);
    }
    return waited;
}

static void build(const struct place *place, bool is_doubled, bool is_stopped)
{
    const struct image_source source = { walk, NULL };
    const atomic_bool stop = is_stopped;
    struct image_draft *draft = NULL;
    CHECK_INT(image_draft_make(place->writer, &source, &draft, NULL), OK);
    if (is_doubled)
        image_draft_add_spare(draft, &stop);
    CHECK_INT(image_draft_take(place->writer, draft, NULL), OK);
    image_draft_free(draft);
}

static void close_place(struct place *place)
{
    size_t steps = disk.step_count;
    CHECK(check_all_cuts() > (size_t)MIXES * CHANGES && steps > CHANGES);
    image_writer_close(place->writer);
    folder_remove(&place->folder);
}

TEST(a_cut_leaves_whole_files_after_a_build_and_its_changes)
{
    static const struct {
        bool is_doubled, is_stopped;
    } rows[] = { { true, false }, { true, true }, { false, false } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct place place;
        open_place(&place);
        for (int round = 0; round < 2;
             round++) { /* the second where files stand already */
            build(&place, rows[i].is_doubled, rows[i].is_stopped);
            (void)change(&place);
        }
        close_place(&place);
    }
}

TEST(a_cut_leaves_whole_files_after_a_reader_was_left_with_one)
{
    struct place place;
    open_place(&place);
    build(&place, true, false);
    CLEANUP(image_closep) struct image *reader = NULL;
    CHECK_INT(image_open(place.folder.file, &reader, NULL), OK);
    CHECK(change(&place) > 0);
    close_place(&place);
}

TEST(a_cut_leaves_whole_files_while_the_second_one_is_made)
{
    struct place place;
    open_place(&place);
    build(&place, false, false);
    (void)change(&place);
    build(&place, false, false);
    work_off(&place);
    build(&place, true, false);
    (void)change(&place);
    close_place(&place);
}

static void check_path(const char *path)
{
    CLEANUP(image_closep) struct image *image = NULL;
    CHECK_INT(image_open(path, &image, NULL), OK);
    check_image(image);
}

/* What publish finds at its start. */
TEST(a_writer_leaves_the_other_file_while_data_cdb_is_no_image)
{
    static const struct {
        const char *bytes;
        size_t n;
    } rows[] = {
        { "", 0 }, { "short", 5 }, { NULL, 8192 /* zeros */ }, { NULL, 0 /* gone */ }
    };
    static const char zeros[8192];
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct place place;
        char spare[96];
        struct buf text = BUF_ON(spare);
        open_place(&place);
        disk.folder = NULL;
        build(&place, true, false);
        (void)change(&place);
        buf_printf(&text, "%s/data.spare", place.folder.path);
        /* As it would be left behind. */
        CLEANUP(mem_freep) char *whole = NULL;
        size_t n = 0;
        CHECK_INT(file_read(buf_text(&text), FILE_MAX, &whole, &n, NULL), OK);
        image_writer_close(place.writer);
        write_file(spare, str_bytes(whole, n));
        bool is_there = rows[i].bytes || rows[i].n > 0;
        (void)unlink(place.folder.file);
        if (is_there)
            write_file(place.folder.file,
                       str_bytes(rows[i].bytes ? rows[i].bytes : zeros, rows[i].n));
        CHECK_INT(image_writer_open(place.folder.path, &place.writer, NULL), OK);
        check_path(spare);
        image_writer_close(place.writer);
        /* When there is an image again, it is not needed. */
        write_file(place.folder.file, str_bytes(whole, n));
        write_file(spare, str_bytes(whole, n));
        CHECK_INT(image_writer_open(place.folder.path, &place.writer, NULL), OK);
        CHECK(access(spare, F_OK) != 0);
        check_path(place.folder.file);
        image_writer_close(place.writer);
        folder_remove(&place.folder);
    }
}
