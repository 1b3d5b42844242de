// SPDX-License-Identifier: GPL-3.0-or-later
/* A database as it lies on the disk, and another one that takes its place. */
#include "fixture.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "store/files.h"
#include "store/replacement.h"

enum {
    NOW_S = 1700000000
};

static void make_database(const char *path)
{
    CLEANUP(store_closep) struct store *store = NULL;
    CHECK_INT(store_open(path, STORE_CREATE, &store, NULL), OK);
    CHECK_INT(store_stand_alone(store, NULL), OK);
}

static void remove_with_lock(const char *path)
{
    static const char *const ends[] = { "", "-wal", "-shm", ".lock" };
    for (size_t i = 0; i < LENGTH_OF(ends); i++) {
        char storage[256];
        struct buf text = BUF_ON(storage);
        buf_printf(&text, "%s%s", path, ends[i]);
        (void)unlink(buf_text(&text));
    }
}

/* ----- whose and which ----- */

TEST(a_database_is_known_until_another_takes_its_name)
{
    FIXTURE(fixture);
    struct store_identity first, again, other;
    CHECK_INT(store_identify(fixture.path, &first, NULL), OK);
    add_host(&fixture, "a.dyn.example.org");
    CHECK_INT(store_identify(fixture.path, &again, NULL), OK);
    CHECK(store_identity_equal(&first, &again));
    store_close(TAKE(fixture.store));

    struct replacement replacement;
    CHECK_INT(replacement_begin(fixture.path, NOW_S, &replacement, NULL), OK);
    make_database(replacement.fresh);
    CHECK_INT(replacement_finish(&replacement, NULL), OK);
    replacement_end(&replacement);
    CHECK_INT(store_identify(fixture.path, &other, NULL), OK);
    CHECK(!store_identity_equal(&first, &other));
    CHECK_INT(store_identify(replacement.aside, &again, NULL), OK);
    CHECK(store_identity_equal(&first, &again));
    remove_with_lock(replacement.aside);
}

TEST(a_database_that_is_missing_has_no_identity)
{
    struct store_identity identity = { .inode = 7 };
    CHECK_INT(store_identify("/nonexistent/rove.db", &identity, NULL), ERR_NOT_FOUND);
    CHECK_INT(identity.inode, 7);
    CHECK(!store_exists("/nonexistent/rove.db"));
}

TEST(what_another_may_have_put_there_is_refused)
{
    FIXTURE(fixture);
    const struct store_owner us = { getuid(), "us" }, other = { getuid() + 1, "other" };
    struct error err = { "" };
    char link[128];
    struct buf text = BUF_ON(link);
    buf_printf(&text, "%s/link", fixture.folder);
    CHECK_INT(symlink(fixture.path, buf_text(&text)), 0);
    CHECK_INT(store_guard(fixture.path, NULL, NULL), OK);
    CHECK_INT(store_guard(fixture.path, &us, NULL), OK);
    CHECK_INT(store_guard(fixture.path, &other, &err), ERR_DENIED);
    CHECK(strstr(err.text, "it must be other's") != NULL);
    CHECK_INT(store_guard(link, NULL, NULL), ERR_DENIED);
    CHECK_INT(store_guard(fixture.folder, NULL, NULL), ERR_DENIED);
    CHECK_INT(unlink(link), 0);
    CHECK_INT(store_guard(link, &other, NULL), OK);
}

/* ----- in place of it ----- */

TEST(the_replaced_database_keeps_what_stood_in_its_log_alone)
{
    FIXTURE(fixture);
    int64_t id = add_host(&fixture, "a.dyn.example.org");
    store_close(TAKE(fixture.store));
    struct replacement replacement;
    CHECK_INT(replacement_begin(fixture.path, NOW_S, &replacement, NULL), OK);
    make_database(replacement.fresh);
    CHECK_INT(replacement_finish(&replacement, NULL), OK);
    replacement_end(&replacement);

    struct host_row row;
    CLEANUP(store_closep) struct store *old = NULL, *fresh = NULL;
    CHECK_INT(store_open(replacement.aside, STORE_WRITER, &old, NULL), OK);
    CHECK_INT(store_host_find(old, id, &row, NULL), OK);
    CHECK_INT(store_open(fixture.path, STORE_WRITER, &fresh, NULL), OK);
    CHECK_INT(store_host_find(fresh, id, &row, NULL), ERR_NOT_FOUND);
    remove_with_lock(replacement.aside);
}

TEST(a_replacement_waits_for_no_writer_and_spoils_no_other_one)
{
    FIXTURE(fixture);
    static struct replacement first, second; /* large */
    CHECK_INT(replacement_begin(fixture.path, NOW_S, &first, NULL), ERR_BUSY);
    replacement_end(&first);
    store_close(TAKE(fixture.store));
    CHECK_INT(replacement_begin(fixture.path, NOW_S, &first, NULL), OK);
    make_database(first.fresh);
    CHECK_INT(replacement_begin(fixture.path, NOW_S, &second, NULL), ERR_BUSY);
    replacement_end(&second);
    CHECK(store_exists(first.fresh));
    replacement_end(&first);
    CHECK(!store_exists(first.fresh));
    CHECK(store_exists(fixture.path));
    fixture_reopen(&fixture);
}

TEST(a_replacement_that_was_cut_is_found_by_what_it_left)
{
    static const struct {
        const char *end;
        bool want;
    } rows[] = { { ".restoring", true },
                 { ".replaced-1700000000", true },
                 { ".restoring-wal", false },
                 { ".lock", false } };
    struct fixture fixture;
    fixture_folder(&fixture);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        char left[128];
        struct buf text = BUF_ON(left);
        buf_printf(&text, "%s%s", fixture.path, rows[i].end);
        CHECK_INT(file_replace(buf_text(&text), STR("x"), 0600, NULL), OK);
        struct error err = { "" };
        CHECK_INT(replacement_was_cut(fixture.path, &err), rows[i].want);
        CHECK_INT(strstr(err.text, rows[i].end) != NULL, rows[i].want);
        CHECK_INT(file_replace(fixture.path, STR("x"), 0600, NULL), OK);
        CHECK(!replacement_was_cut(fixture.path, NULL));
        CHECK_INT(unlink(fixture.path), 0);
        CHECK_INT(unlink(left), 0);
    }
    fixture.store = NULL;
    fixture_close(&fixture);
}
