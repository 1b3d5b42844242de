// SPDX-License-Identifier: GPL-3.0-or-later
/* witness.h - what publish finds out about name servers by asking them: whom it asks, by the
 * configuration, and what it says of it.
 *
 * These are asked, and nobody else: our own answer, at the addresses on which it listens, when
 * somebody looks at a host or zone; the secondaries besides for the serials of their zones. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "config/config.h"

struct image_writer;
struct json;
struct loop;
struct name;
struct notify;
struct wire_look;
struct witness;

struct witness_options {
    const struct config *config; /* lent, as what follows */
    struct loop *loop;
    const struct image_writer *writer;
    const struct notify *notify; /* NULL: there is no secondary */
    void (*changed)(void *ctx);  /* witness_put_status() puts something else */
    /* What was looked for; `seen` is lent. */
    void (*seen)(void *ctx, int64_t number, const struct json *seen);
    /* The answer to witness_await(). */
    void (*served)(void *ctx, int64_t number);
    void *changed_ctx, *seen_ctx; /* seen_ctx: of `served`, too */
};
struct witness *witness_new(const struct witness_options *options);
/* Looks that wait are answered with what is known. NULL is fine. */
void witness_free(struct witness *witness);

/* As zone_changed of publish/notify.h. */
void witness_note(struct witness *witness, uint32_t zone);
/* The image has all changes up to `seq`. */
void witness_published(struct witness *witness, int64_t seq);
/* `seen` follows, now or later. */
void witness_look(struct witness *witness, const struct wire_look *look);
/* As serial_watch_await(). There is a secondary. */
void witness_await(struct witness *witness, const struct name *zone, int64_t number);
/* Adds to the status of the secondary with this index. */
void witness_put_status(const struct witness *witness, size_t index, struct json *status);
