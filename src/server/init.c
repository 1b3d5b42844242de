// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/once.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "account/keys.h"
#include "base/mem.h"
#include "store/store.h"

/* The database's first schema, and the key file's fingerprints in it. */
static enum status init_database(const struct config *config, struct error *err)
{
    struct keys keys;
    CLEANUP(store_closep) struct store *store = NULL;
    enum status status = keys_load(config->key_file, &keys, err);
    if (!status)
        status = store_open(config->database, STORE_CREATE, &store, err);
    if (!status)
        status = store_begin(store, err);
    if (!status)
        status = keys_match(&keys, store, err);
    if (!status)
        status = store_commit(store, err);
    keys_done(&keys);
    return status;
}

/* Whether the file in the database's folder is what a restore leaves until it is done. */
static bool is_left(const char *database, struct str name)
{
    static const char *const ends[] = { ".restoring", ".replaced-" };
    const char *slash = strrchr(database, '/');
    struct str base = str_from(slash ? slash + 1 : database);
    if (!str_starts(name, base))
        return false;
    struct str rest = str_from_at(name, base.n);
    return str_equal(rest, str_from(ends[0])) || str_starts(rest, str_from(ends[1]));
}

bool init_is_in_doubt(const struct config *config, struct error *err)
{
    const char *database = config->database;
    if (access(database, F_OK) == 0 || errno != ENOENT)
        return false;
    CLEANUP(mem_freep) char *folder = mem_copy_text(database);
    char *slash = strrchr(folder, '/');
    if (slash)
        slash[slash == folder] = '\0'; /* the slash of "/file" stays */
    DIR *list = opendir(slash ? folder : ".");
    bool found = false;
    for (const struct dirent *entry; !found && list && (entry = readdir(list));) {
        found = is_left(database, str_from(entry->d_name));
        if (found)
            error_set(err,
                      "%s is missing, but there is %s beside it: a restore was "
                      "interrupted. Do it again, or move that file away",
                      database, entry->d_name);
    }
    if (list)
        (void)closedir(list);
    return found;
}

int run_init(const struct config *config)
{
    struct error err;
    if (init_is_in_doubt(config, &err)) {
        (void)fprintf(stderr, "roved: %s\n", err.text);
        return EXIT_TROUBLE;
    }
    enum status status = keys_create(config->key_file, &err);
    if (status == ERR_EXISTS)
        status = OK;
    if (!status)
        status = init_database(config, &err);
    if (status) {
        (void)fprintf(stderr, "roved: %s\n", err.text);
        return EXIT_TROUBLE;
    }
    (void)printf(
        "ready: %s, %s (keep a copy of the key file: without it no token works)\n",
        config->database, config->key_file);
    return EXIT_OK;
}
