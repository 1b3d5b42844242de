// SPDX-License-Identifier: GPL-3.0-or-later
/* roved --restore: replaces the database by a backup.
 *
 * Everything is made ready beside the database first. The last steps are renames.
 *
 * Serials that were published after the backup may be higher than those in it. So every zone gets
 * a change with a seq that is higher than any in the replaced database. If the serial would still
 * not be newer than the one in the image, the zone also gets a higher serial base. */
#include "server/once.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "account/keys.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "image/image.h"
#include "run/status.h"
#include "store/backup.h"
#include "store/files.h"
#include "store/replacement.h"
#include "store/tables.h"

enum {
    PAGE = 64,
    KEY_MODE = 0600,
    LEAP = 1 << 28 /* more changes than a zone has had, less than half of all serials */
};

struct restore {
    const struct config *config;
    struct replacement replacement;
    char keys_text[BACKUP_KEYS_SIZE];
    struct buf keys_buf;
    struct keys keys;
    bool puts_keys; /* the backup has another key file than the present one */
    struct backup_info info;
    struct store *fresh;
    /* The database that is replaced; NULL: there is none, or it is broken. */
    struct store *old;
    struct image *image; /* NULL: there is none, or it is broken */
    int64_t old_seq;
    int64_t now_s;
    size_t leaps; /* zones whose published serial is not known */
};

static void restore_done(struct restore *restore)
{
    mem_wipe(restore->keys_text, sizeof(restore->keys_text));
    keys_done(&restore->keys);
    store_close(restore->fresh);
    store_close(restore->old);
    image_close(restore->image);
}

/* ----- what is there ----- */

/* publish would go on reading the replaced file. Whether front runs, the lock shows. */
static enum status refuse_if_published(const struct config *config, struct error *err)
{
    CLEANUP(json_freep) struct json *said = NULL;
    bool alive = false;
    struct error why;
    enum status status = status_read(config, "publish", &said, &alive, &why);
    if (status && status != ERR_NOT_FOUND)
        return FAIL(err, ERR_BUSY, "whether publish runs cannot be told: %s", why.text);
    if (status || !alive)
        return OK;
    if (str_equal(json_get_text(said, "state"), STR("stopped")))
        return OK;
    return FAIL(err, ERR_BUSY, "publish runs, as %s/publish/status says: stop it first",
                config->run);
}

/* If the old database or image cannot be read, we still restore. */
static void open_old(struct restore *restore)
{
    const struct config *config = restore->config;
    struct error err;
    enum status status = store_open(config->database, STORE_READER, &restore->old, &err);
    if (!status)
        status = store_newest_seq(restore->old, &restore->old_seq, &err);
    if (status && status != ERR_NOT_FOUND)
        (void)fprintf(stderr,
                      "roved: the database that is replaced cannot be read: %s;\n"
                      "       which tokens were removed since the backup is NOT KNOWN\n",
                      err.text);
    if (status) {
        store_close(restore->old);
        restore->old = NULL;
    }
    char path[CONFIG_PATH_SIZE + 16];
    struct buf text = BUF_ON(path);
    buf_printf(&text, "%s/data.cdb", config->image);
    status = image_open(buf_text(&text), &restore->image, &err);
    if (status && status != ERR_NOT_FOUND)
        (void)fprintf(stderr, "roved: %s\n", err.text);
}

/* Finds the keys with which the backup was used. */
static enum status find_keys(struct restore *restore, struct error *err)
{
    const char *path = restore->config->key_file;
    if (!restore->info.has_keys) {
        enum status status = keys_load(path, &restore->keys, err);
        if (status == ERR_NOT_FOUND)
            return FAIL(err, status,
                        "the backup holds no key file, and %s is missing: put the one "
                        "that belongs to it there first",
                        path);
        return status;
    }
    CLEANUP(mem_freep) char *present = NULL;
    size_t n = 0;
    enum status status = file_read(path, BACKUP_KEYS_SIZE, &present, &n, NULL);
    struct str text = buf_str(&restore->keys_buf);
    restore->puts_keys = status || !str_equal(str_bytes(present, n), text);
    if (present)
        mem_wipe(present, n);
    return keys_parse(text, &restore->keys, err);
}

/* ----- serials ----- */

static bool find_published(const struct image *image, const struct name *zone,
                           uint32_t *out)
{
    struct image_cursor cursor;
    struct image_record record;
    struct soa soa;
    if (!image)
        return false;
    image_find(image, NULL, name_bytes(zone), false, &cursor);
    while (image_next(&cursor, &record))
        if (record.type == RR_SOA && soa_decode(record.rdata, &soa) == OK) {
            *out = soa.serial;
            return true;
        }
    return false;
}

/* A base with which the serial of `seq` is newer than `published`. */
static uint32_t raise_base(uint32_t base, int64_t seq, uint32_t published)
{
    uint32_t low = (uint32_t)((uint64_t)seq & UINT32_MAX);
    return serial_is_newer(base + low, published) ? base : published + 1 - low;
}

static enum status raise_zone(struct restore *restore, struct zone_row *zone,
                              struct error *err)
{
    struct change_row change = { .kind = CHANGE_ZONE,
                                 .id = zone->id,
                                 .prev = zone->last_change,
                                 .time_s = restore->now_s,
                                 .via = VIA_MACHINE,
                                 .owner_id = zone->owner_id };
    struct buf after = BUF_ON(change.after);
    buf_put_text(&after, "restore");
    change.after_n = after.n;
    enum status status =
        store_change_append_after(restore->fresh, restore->old_seq, &change, err);
    if (status)
        return status;
    struct zone_row old;
    uint32_t published = 0;
    bool known = false;
    if (restore->old &&
        store_zone_find_name(restore->old, &zone->name, &old, NULL) == OK) {
        published =
            (uint32_t)((uint64_t)(old.serial_base + restore->old_seq) & UINT32_MAX);
        zone->serial_base = raise_base(zone->serial_base, change.seq, published);
        known = true;
    }
    if (find_published(restore->image, &zone->name, &published)) {
        zone->serial_base = raise_base(zone->serial_base, change.seq, published);
        known = true;
    }
    if (!known && !restore->old) {
        zone->serial_base += LEAP;
        restore->leaps++;
    }
    zone->last_change = change.seq;
    return store_zone_update(restore->fresh, zone, err);
}

struct zone_page {
    struct zone_row zones[PAGE];
    size_t count;
};

static enum status collect_zone(void *ctx, const struct zone_row *row)
{
    struct zone_page *page = (struct zone_page *)ctx;
    page->zones[page->count++] = *row;
    return OK;
}

/* Works page by page, since rows must not be written while they are listed. */
static enum status raise_zones(struct restore *restore, struct error *err)
{
    CLEANUP(mem_freep) struct zone_page *page = NEW(struct zone_page);
    int64_t after = 0;
    do {
        page->count = 0;
        enum status status = store_zone_list(
            restore->fresh, (struct store_page){ .after = after, .limit = PAGE },
            collect_zone, page, err);
        for (size_t i = 0; i < page->count && !status; i++) {
            after = page->zones[i].id;
            status = raise_zone(restore, &page->zones[i], err);
        }
        if (status)
            return status;
    } while (page->count == PAGE);
    return OK;
}

/* ----- tokens ----- */

struct token_walk {
    const struct restore *restore;
    size_t told;
};

/* Reports a token that is as it was before: it was taken back, or got other rights, later. */
static enum status compare_token(void *ctx, const struct token_row *row)
{
    struct token_walk *walk = (struct token_walk *)ctx;
    struct token_row old;
    enum status status = store_token_find(walk->restore->old, row->id, &old, NULL);
    bool gone = status == ERR_NOT_FOUND ||
                (status == OK && !digest_equal(old.digest, row->digest));
    if (!gone && (status || old.last_change == row->last_change))
        return OK;
    (void)printf("token %lld (%s..., '%s') was %s after the backup: %s\n",
                 (long long)row->id, row->hint, row->label, gone ? "removed" : "changed",
                 gone ? "it is VALID AGAIN" : "it is as it was before");
    walk->told++;
    return OK;
}

static enum status compare_tokens(const struct restore *restore, struct error *err)
{
    struct token_walk walk = { .restore = restore };
    if (!restore->old)
        return OK;
    enum status status = store_token_list(
        restore->fresh, 0, (struct store_page){ .after = 0, .limit = SIZE_MAX },
        compare_token, &walk, err);
    if (walk.told)
        (void)printf("look at these %zu: 'rovectl token remove ID' takes one back\n",
                     walk.told);
    return status;
}

/* ----- in place ----- */

static enum status put_keys(const struct restore *restore, struct error *err)
{
    const char *path = restore->config->key_file;
    char aside[CONFIG_PATH_SIZE + 32];
    struct buf text = BUF_ON(aside);
    buf_printf(&text, "%s.replaced-%lld", path, (long long)restore->now_s);
    /* The old file gets a second name, so that there is a key file at any moment. */
    if (link(path, buf_text(&text)) && errno != ENOENT)
        return FAIL(err, ERR_IO, "%s: %s", aside, strerror(errno));
    enum status status = text.full ? ERR_LIMIT : OK;
    if (!status)
        status = file_replace(path, buf_str(&restore->keys_buf), KEY_MODE, err);
    return status ? status : replacement_give(&restore->replacement, path, err);
}

static enum status put_in_place(const struct restore *restore, struct error *err)
{
    const struct replacement *replacement = &restore->replacement;
    enum status status = replacement_give(replacement, replacement->fresh, err);
    if (!status && restore->puts_keys)
        status = put_keys(restore, err);
    return status ? status : replacement_finish(replacement, err);
}

/* ----- the whole ----- */

static enum status make_ready(struct restore *restore, int fd, struct error *err)
{
    enum status status = backup_unpack(fd, restore->replacement.fresh, &restore->info,
                                       &restore->keys_buf, err);
    if (!status)
        status = find_keys(restore, err);
    if (!status)
        status =
            store_open(restore->replacement.fresh, STORE_WRITER, &restore->fresh, err);
    if (!status)
        status = store_begin(restore->fresh, err);
    if (!status)
        status = keys_match(&restore->keys, restore->fresh, err);
    if (status)
        return status;
    open_old(restore);
    status = raise_zones(restore, err);
    if (!status)
        status = store_commit(restore->fresh, err);
    return status ? status : store_stand_alone(restore->fresh, err);
}

static enum status restore_run(struct restore *restore, int fd, struct error *err)
{
    const struct config *config = restore->config;
    enum status status =
        replacement_begin(config->database, restore->now_s, &restore->replacement, err);
    if (!status)
        status = refuse_if_published(config, err);
    if (!status)
        status = make_ready(restore, fd, err);
    if (!status)
        status = compare_tokens(restore, err);
    store_close(TAKE(restore->fresh));
    store_close(TAKE(restore->old));
    if (!status)
        status = put_in_place(restore, err);
    replacement_end(&restore->replacement);
    return status;
}

static void tell(const struct restore *restore)
{
    const struct config *config = restore->config;
    (void)printf("restored: %s, everything up to change %lld\n", config->database,
                 (long long)restore->info.seq);
    const char *aside = restore->replacement.aside;
    if (store_exists(aside))
        (void)printf("the database before is kept as %s\n", aside);
    if (restore->puts_keys)
        (void)printf("the key file came from the backup too: %s\n", config->key_file);
    if (restore->leaps)
        (void)printf("%zu zones are in no image and no old database: their serials were "
                     "raised by %d\n",
                     restore->leaps, LEAP);
}

int run_restore(const struct config *config, const char *file, int fd)
{
    struct error err = { "" };
    CLEANUP(mem_freep) struct restore *restore = NEW(struct restore);
    restore->config = config;
    restore->keys_buf = BUF_ON(restore->keys_text);
    restore->now_s = clock_wall_s(clock_system());
    enum status status = restore_run(restore, fd, &err);
    if (status)
        (void)fprintf(stderr, "roved: %s: %s\n", file, err.text);
    else
        tell(restore);
    restore_done(restore);
    return status ? EXIT_TROUBLE : EXIT_OK;
}
