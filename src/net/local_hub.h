// SPDX-License-Identifier: GPL-3.0-or-later
/* local_hub.h - what the channels of one server, or the successive channels of one link, have in
 * common; for the files of local.h.
 *
 * A hub is counted, because a callback may close the server or link whose message it is reading. */
#pragma once

#include <stdbool.h>

#include "net/local.h"

struct local_hub;
/* Copies the options. `lost` is called with `owner` when a channel has closed. It may be NULL. The
 * caller ends the hub with local_hub_end(). */
struct local_hub *local_hub_new(const struct local_options *options,
                                void (*lost)(void *owner), void *owner);
/* Delivers what the peers have sent, and closes all channels. Senders get ERR_IO from then on. */
void local_hub_drain(struct local_hub *hub);
/* Closes all channels without calling `closed` or `lost`, and lets go of the hub. */
void local_hub_end(struct local_hub *hub);

/* Takes a connected socket, makes a channel of it, and calls `opened`. False: the peer may not talk
 * to us. */
bool local_hub_open(struct local_hub *hub, int fd);
/* The channel that was opened last; NULL: there is none. */
struct local_channel *local_hub_first(const struct local_hub *hub);
/* Calls fn for each channel. fn must not close it. */
void local_hub_each(struct local_hub *hub,
                    void (*fn)(void *ctx, struct local_channel *channel), void *ctx);
