// SPDX-License-Identifier: GPL-3.0-or-later
#include "change/blocks.h"

#include <string.h>

#include "base/mem.h"

static void renew(struct blocks *blocks)
{
    network_set_release(blocks->set);
    blocks->set =
        network_set_new((struct prefixes){ blocks->configured, blocks->configured_count },
                        (struct prefixes){ blocks->stored, blocks->stored_count });
}

enum status blocks_load(struct blocks *blocks, struct store *store, struct error *err)
{
    struct patches patches = { .count = 0 };
    enum status status = patches_read_blocked(&patches, store, err);
    if (!status)
        blocks_take(blocks, &patches);
    patches_done(&patches);
    return status;
}

void blocks_take(struct blocks *blocks, struct patches *patches)
{
    mem_free(blocks->stored);
    blocks->stored = TAKE(patches->blocked);
    blocks->stored_count = patches->blocked_count;
    renew(blocks);
}

void blocks_configure(struct blocks *blocks, struct prefixes networks)
{
    mem_free(TAKE(blocks->configured));
    blocks->configured_count = networks.count;
    if (networks.count) {
        blocks->configured = mem_new_array(networks.count, sizeof(*networks.at));
        memcpy(blocks->configured, networks.at, networks.count * sizeof(*networks.at));
    }
    renew(blocks);
}

void blocks_done(struct blocks *blocks)
{
    mem_free(TAKE(blocks->configured));
    mem_free(TAKE(blocks->stored));
    network_set_release(TAKE(blocks->set));
}
