// SPDX-License-Identifier: GPL-3.0-or-later
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "account/keys.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "store/store.h"

#define HEX_A "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define HEX_B "202122232425262728292A2B2C2D2E2F303132333435363738393a3b3c3d3e3f"
#define HEX_C "404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f"

enum {
    PATH_SIZE = 256
};

struct folder {
    char path[PATH_SIZE], keys[PATH_SIZE], database[PATH_SIZE];
};

static void folder_open(struct folder *folder)
{
    struct buf path = BUF_ON(folder->path), keys = BUF_ON(folder->keys),
               database = BUF_ON(folder->database);
    const char *base = getenv("TMPDIR");
    buf_printf(&path, "%s/rove-keys-XXXXXX", base ? base : "/tmp");
    CHECK(mkdtemp(buf_text(&path)) != NULL);
    buf_printf(&keys, "%s/keys", folder->path);
    buf_printf(&database, "%s/rove.db", folder->path);
    (void)buf_text(&keys);
    (void)buf_text(&database);
}

static void folder_close(struct folder *folder)
{
    static const char *const names[] = { "keys",        "rove.db",      "rove.db-wal",
                                         "rove.db-shm", "rove.db.lock", "rove.db-lock" };
    for (size_t i = 0; i < LENGTH_OF(names); i++) {
        char storage[PATH_SIZE];
        struct buf path = BUF_ON(storage);
        buf_printf(&path, "%s/%s", folder->path, names[i]);
        (void)unlink(buf_text(&path));
    }
    CHECK(rmdir(folder->path) == 0); /* nothing else was left behind */
}

TEST(a_key_file_is_read_with_its_versions_blank_lines_and_comments)
{
    static const char text[] =
        "# keys\n\n pepper 1 " HEX_A "\r\nseal 255 " HEX_C "\nmaster 2 " HEX_B;
    struct keys keys;
    struct error err = { "" };
    CHECK(keys_parse(STR(text), &keys, &err) == OK);
    for (size_t i = 0; i < DIGEST_KEY_SIZE; i++) {
        CHECK_INT(keys.pepper[i], i);
        CHECK_INT(keys.master[i], 0x20 + i);
        CHECK_INT(keys.seal[i], 0x40 + i);
    }
    CHECK_INT(keys.pepper_version, 1);
    CHECK_INT(keys.master_version, 2);
    CHECK_INT(keys.seal_version, 255);
}

TEST(a_bad_key_file_is_refused_with_its_line_and_without_its_secrets)
{
    static const struct {
        const char *text, *says;
    } rows[] = {
        { "", "no line for pepper" },
        { "pepper 1 " HEX_A "\nmaster 1 " HEX_B "\n", "no line for seal" },
        { "pepper 1 " HEX_A "\npepper 1 " HEX_B "\n", "line 2: pepper stands there" },
        { "salt 1 " HEX_A "\n", "line 1: must be" },
        { "pepper\n", "line 1: must be" },
        { "pepper 1\n", "line 1: pepper: the key" },
        { "pepper 0 " HEX_A "\n", "line 1: pepper: the version" },
        { "pepper 256 " HEX_A "\n", "line 1: pepper: the version" },
        { "pepper x " HEX_A "\n", "line 1: pepper: the version" },
        { "pepper 1 " HEX_A "0\n", "line 1: pepper: the key" },
        { "#\npepper 1 0001\n", "line 2: pepper: the key" },
        { "pepper 1 g" HEX_A "\n", "line 1: pepper: the key" },
        { "pepper 1  " HEX_A "\n", "line 1: pepper: the key" },
        { HEX_A " 1 pepper\n", "line 1: must be" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct keys keys = { .pepper_version = 77 };
        struct error err = { "" };
        CHECK_INT(keys_parse(str_from(rows[i].text), &keys, &err), ERR_SYNTAX);
        CHECK(strstr(err.text, rows[i].says) != NULL);
        CHECK(strstr(err.text, "0001") == NULL);
        CHECK_INT(keys.pepper_version, 77);
    }
}

TEST(new_keys_are_random_private_and_never_replaced)
{
    struct folder folder;
    struct keys keys, again, other;
    struct stat info;
    struct error err = { "" };
    folder_open(&folder);

    CHECK_INT(keys_load(folder.keys, &keys, &err), ERR_NOT_FOUND);
    CHECK(keys_create(folder.keys, &err) == OK);
    CHECK(stat(folder.keys, &info) == 0);
    CHECK_INT(info.st_mode & 0777U, 0600);
    CHECK(keys_load(folder.keys, &keys, &err) == OK);
    CHECK_INT(keys.pepper_version, 1);
    CHECK(memcmp(keys.pepper, keys.master, sizeof(keys.pepper)) != 0);
    CHECK(memcmp(keys.master, keys.seal, sizeof(keys.pepper)) != 0);

    CHECK_INT(keys_create(folder.keys, &err), ERR_EXISTS);
    CHECK(keys_load(folder.keys, &again, &err) == OK);
    CHECK(memcmp(&keys, &again, sizeof(keys)) == 0);

    CHECK(unlink(folder.keys) == 0);
    CHECK(keys_create(folder.keys, &err) == OK);
    CHECK(keys_load(folder.keys, &other, &err) == OK);
    CHECK(memcmp(keys.pepper, other.pepper, sizeof(keys.pepper)) != 0);
    folder_close(&folder);
}

TEST(a_key_file_that_others_may_use_is_refused)
{
    static const mode_t modes[] = { 0640, 0604, 0620, 0602, 0610 };
    struct folder folder;
    struct keys keys;
    struct error err = { "" };
    folder_open(&folder);
    CHECK(keys_create(folder.keys, &err) == OK);
    for (size_t i = 0; i < LENGTH_OF(modes); i++) {
        CHECK(chmod(folder.keys, modes[i]) == 0);
        CHECK_INT(keys_load(folder.keys, &keys, &err), ERR_DENIED);
    }
    CHECK(chmod(folder.keys, 0400) == 0);
    CHECK(keys_load(folder.keys, &keys, &err) == OK);
    folder_close(&folder);
}

TEST(what_cannot_be_a_key_file_is_refused)
{
    struct folder folder;
    struct keys keys;
    struct error err = { "" };
    char longer[5000];
    memset(longer, '#', sizeof(longer));
    folder_open(&folder);
    CHECK(file_replace(folder.keys, str_bytes(longer, sizeof(longer)), 0600, &err) == OK);
    CHECK_INT(keys_load(folder.keys, &keys, &err), ERR_LIMIT);
    CHECK(file_replace(folder.keys, STR("pepper 1 00\n"), 0600, &err) == OK);
    CHECK_INT(keys_load(folder.keys, &keys, &err), ERR_SYNTAX);
    CHECK(strstr(err.text, folder.keys) != NULL);
    CHECK(keys_load("/dev/null/keys", &keys, &err) == ERR_IO);
    folder_close(&folder);
}

TEST(keys_cannot_be_made_where_no_file_can_be)
{
    char longer[5000];
    struct error err = { "" };
    CHECK_INT(keys_create("/dev/null/keys", &err), ERR_IO);
    memset(longer, 'a', sizeof(longer));
    longer[sizeof(longer) - 1] = 0;
    CHECK_INT(keys_create(longer, &err), ERR_LIMIT);
}

static enum status match(struct store *store, const struct keys *keys, struct error *err)
{
    CHECK(store_begin(store, err) == OK);
    enum status status = keys_match(keys, store, err);
    if (status)
        store_rollback(store);
    else
        CHECK(store_commit(store, err) == OK);
    return status;
}

TEST(a_database_remembers_its_keys_and_refuses_others)
{
    struct folder folder;
    struct error err = { "" };
    folder_open(&folder);
    {
        CLEANUP(store_closep) struct store *store = NULL;
        CHECK(store_open(folder.database, STORE_CREATE, &store, &err) == OK);
        const struct keys ours = { .pepper = { 1 },
                                   .pepper_version = 1,
                                   .master = { 2 },
                                   .master_version = 1,
                                   .seal = { 3 },
                                   .seal_version = 1 };
        CHECK(match(store, &ours, &err) == OK);
        CHECK(match(store, &ours, &err) == OK);

        struct keys others[] = { ours, ours, ours, ours };
        others[0].pepper[31] = 9;
        others[1].master[31] = 9;
        others[2].seal[31] = 9;
        others[3].seal_version = 2;
        static const char *const names[] = { "pepper", "master", "seal", "seal" };
        for (size_t i = 0; i < LENGTH_OF(others); i++) {
            CHECK_INT(match(store, &others[i], &err), ERR_CONFLICT);
            CHECK(strstr(err.text, names[i]) != NULL);
        }
        CHECK(match(store, &ours, &err) == OK);

        CHECK(store_begin(store, &err) == OK);
        char longer[100];
        memset(longer, 'a', sizeof(longer));
        CHECK(store_setting_put(store, "key_pepper", str_bytes(longer, sizeof(longer)),
                                &err) == OK);
        CHECK(store_commit(store, &err) == OK);
        CHECK_INT(match(store, &ours, &err), ERR_CONFLICT);
    }
    folder_close(&folder);
}

TEST(keys_that_are_done_with_are_wiped)
{
    struct keys keys = { .pepper = { 1 }, .seal = { 2 }, .seal_version = 3 };
    static const struct keys zeros;
    keys_done(&keys);
    CHECK(memcmp(&keys, &zeros, sizeof(keys)) == 0);
}
