// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/lists.h"

#include "base/file.h"
#include "base/mem.h"

static enum status load_words(const char *path, struct lists *out, struct error *err)
{
    CLEANUP(mem_freep) char *text = NULL;
    size_t n = 0;
    if (!path[0])
        return OK;
    enum status status = file_read(path, WORD_LIST_BYTES_MAX, &text, &n, err);
    if (status)
        return status;
    status = word_list_read((struct str){ text, n }, &out->words, err);
    if (status)
        error_prefix(err, "%s", path);
    return status;
}

static enum status load_networks(const char *path, struct lists *out, struct error *err)
{
    CLEANUP(mem_freep) char *text = NULL;
    size_t n = 0;
    if (!path[0])
        return OK;
    enum status status = file_read(path, NETWORK_SET_BYTES_MAX, &text, &n, err);
    if (status)
        return status;
    status = network_set_read((struct str){ text, n }, &out->networks,
                              &out->network_count, err);
    if (status)
        error_prefix(err, "%s", path);
    return status;
}

enum status lists_load(const struct config *config, struct lists *out, struct error *err)
{
    enum status status = load_words(config->reserved_file, out, err);
    return status ? status : load_networks(config->blocked_file, out, err);
}

void lists_done(struct lists *lists)
{
    word_list_release(lists->words);
    mem_free(lists->networks);
    *lists = (struct lists){ .words = NULL };
}
