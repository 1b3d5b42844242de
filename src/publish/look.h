// SPDX-License-Identifier: GPL-3.0-or-later
/* look.h - what name servers say of a host or a zone, asked because somebody looks.
 *
 * What was asked less than LOOK_FRESH_MS ago is told again; where the image has changed since then,
 * LOOK_PAUSE_MS are enough. At most LOOKS_MAX looks are remembered, with LOOK_PARTS_MAX servers in
 * all of them; the oldest one that nobody waits for makes room. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "publish/truth.h"

struct image_writer;
struct look;
struct looks;
struct loop;

enum {
    LOOKS_MAX = 1024,
    LOOK_PARTS_MAX = 8192,
    LOOK_WAITERS_MAX = 4096,
    LOOK_WAIT_MS = 2000,
    LOOK_FRESH_MS = 5000,
    LOOK_PAUSE_MS = 500,
};

/* A name server that has to have some zones. */
struct look_server {
    const struct name *zones; /* lent */
    size_t zone_count;        /* 0: all */
};

struct looks_options {
    struct loop *loop;
    struct asker *asker; /* lent */
    const struct look_server
        *servers; /* of the asker's servers, by their numbers; lent */
    const struct image_writer *writer; /* lent */
    /* `look` is NULL when too many others are under way. It is lent for the call. */
    void (*seen)(void *ctx, int64_t number, const struct look *look);
    void *ctx;
};

struct looks *looks_new(const struct looks_options *options);
/* Those who wait are told what is known. */
void looks_free(struct looks *looks);
CLEANER(looks_free, struct looks *)

struct look_order {
    int64_t number;                 /* the asker's own */
    const struct name *zone, *name; /* `name` NULL: the zone's serial alone */
    bool
        waits; /* for answers, at most LOOK_WAIT_MS; else what is known is told at once */
};
/* `seen` follows, once, from here or later. */
void looks_take(struct looks *looks, const struct look_order *order);

/* What the image has now. */
void look_get_truth(const struct look *look, struct truth *out);
/* Whether nothing is being asked. */
bool look_is_whole(const struct look *look);
bool look_is_of_host(const struct look *look);
const struct name *look_zone(const struct look *look);

struct look_view {
    size_t server; /* of the asker */
    enum truth_state state;
    bool has_serial;
    uint32_t serial;
    struct addresses addresses;
    uint32_t took_ms; /* of the slowest answer */
    int64_t asked_s;  /* of the oldest answer; 0: none */
    uint8_t rcode;    /* that is not 0, of TRUTH_REFUSED */
};
size_t look_count(const struct look *look);
void look_get(const struct look *look, size_t index, const struct truth *truth,
              struct look_view *out);
