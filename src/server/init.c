// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/once.h"

#include <stdio.h>

#include "account/keys.h"
#include "store/replacement.h"
#include "store/store.h"

/* Makes the schema of a new database, and puts the key file's fingerprints into it. */
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

int run_init(const struct config *config)
{
    struct error err;
    if (replacement_was_cut(config->database, &err)) {
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
