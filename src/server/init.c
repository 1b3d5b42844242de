// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/once.h"

#include <stdio.h>

#include "account/keys.h"
#include "base/clock.h"
#include "base/mem.h"
#include "people/link.h"
#include "store/replacement.h"
#include "store/store.h"

/* A link by which the first operator makes an account, if there is none yet and an origin that it can
 * lead to; else *url is empty. */
static enum status make_link(const struct config *config, const struct keys *keys,
                             struct store *store, char url[LINK_URL_SIZE],
                             struct error *err)
{
    struct link_row row = { .purpose = LINK_INVITE,
                            .created_s = clock_wall_s(clock_system()) };
    int64_t id = 0;
    size_t count = 0;
    enum status status = store_account_operators(store, &id, 1, &count, err);
    url[0] = 0;
    if (status || count || !config->web_origin[0])
        return status;
    return link_make(store, keys, config->web_origin, &row, url, err);
}

/* Makes the schema of a new database, and puts the key file's fingerprints into it. */
static enum status init_database(const struct config *config, char url[LINK_URL_SIZE],
                                 struct error *err)
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
        status = make_link(config, &keys, store, url, err);
    if (!status)
        status = store_commit(store, err);
    keys_done(&keys);
    return status;
}

static void print_link(const struct config *config, const char *url)
{
    if (url[0])
        (void)printf(
            "the first operator logs in here, once and within %d days:\n    %s\n",
            LINK_INVITE_S / 86400, url);
    else if (!config->web_origin[0])
        (void)printf(
            "to log in with a browser, set web { origin = \"https://...\" } in %s "
            "and run 'rovectl account invite EMAIL --role operator'\n",
            config->file);
}

int run_init(const struct config *config)
{
    char url[LINK_URL_SIZE] = "";
    struct error err;
    if (replacement_was_cut(config->database, &err)) {
        (void)fprintf(stderr, "roved: %s\n", err.text);
        return EXIT_TROUBLE;
    }
    enum status status = keys_create(config->key_file, &err);
    if (status == ERR_EXISTS)
        status = OK;
    if (!status)
        status = init_database(config, url, &err);
    if (status) {
        (void)fprintf(stderr, "roved: %s\n", err.text);
        return EXIT_TROUBLE;
    }
    (void)printf(
        "ready: %s, %s (keep a copy of the key file: without it no token works)\n",
        config->database, config->key_file);
    print_link(config, url);
    mem_wipe(url, sizeof(url));
    return EXIT_OK;
}
