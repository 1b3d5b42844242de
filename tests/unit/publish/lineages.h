// SPDX-License-Identifier: GPL-3.0-or-later
/* lineages.h - a publisher that changes its image in place, and beside it images that are made
 * whole from the same database, each from the one before. */
#pragma once

#include "image/image.h"
#include "net/loop.h"
#include "publish/publisher.h"
#include "world.h"

enum {
    HOSTS = 12,
    OWNERS = 10,
    ZONES = 3,
    LINES_MAX = 4000,
};

/* The last zone is disabled; the operator has a line at shadow.dyn.example. */
extern const char *const zone_names[ZONES];
extern const char *const host_names[HOSTS];
/* Owners of further records, and which host they belong to (-1: the zone). */
struct owner {
    const char *name;
    int host, zone;
};
extern const struct owner owners[OWNERS];

struct scene {
    struct world world;
    struct clock_manual clock;
    struct loop *loop;
    struct publisher *publisher;
    const char *statics[1];
    char whole[WORLD_PATH_SIZE]; /* folder of the other lineage */
    struct image_writer *writer;
    int64_t zones[ZONES];
    unsigned long long random;
    int images;      /* whole ones of the publisher */
    int changed;     /* zones told one by one */
    int64_t seq;     /* that is out */
    int failed;      /* attempts that were told */
    bool probes;     /* for `waits`; it makes generations of its own */
    int waits;       /* whole images that could not be changed at once */
    bool any_serial; /* comparisons look at no SOA record */
};

/* ----- changes, as the service would write them ----- */

enum what {
    ADDRESSES,
    STATE,
    WILDCARD,
    TTL,
    COME,
    GO,
    RECORD_COMES,
    RECORD_GOES,
    TOKEN,
    ZONE_SET,
};

unsigned pick(struct scene *scene, unsigned n);
/* One change; `at` is the number of a host or an owner. Nothing where there is nothing. */
void change(struct scene *scene, enum what what, size_t at);
/* The same in a transaction of its own. */
void commit(struct scene *scene, enum what what, size_t at);
/* The journal's row, and the zone's newest change. */
void touch_zone(struct scene *scene, int64_t zone_id, enum change_kind kind,
                const struct name *owner);

/* ----- images ----- */

void scene_init(struct scene *scene, unsigned seed);
void scene_done(struct scene *scene);
/* Whether the test's folder allows changes in place. */
bool can_patch(struct scene *scene);
/* Turns the loop until what is being built is in its place. */
void wait_for_build(struct scene *scene);
/* Turns the loop until nothing happens any more. */
void settle(struct scene *scene);
void publish(struct scene *scene);
/* The same where the writer waits in real time, for others that read. */
void publish_late(struct scene *scene);
/* Whether the image in place has what a new whole one has: records, names, notes. */
void compare(struct scene *scene);

/* ----- records as text ----- */

struct lines {
    char *at[LINES_MAX];
    size_t count;
};

/* `ctx` is a struct lines; an image_walk_fn. */
enum status note_line(void *ctx, const struct record *record);
int compare_lines(const void *a, const void *b);
void free_lines(struct lines *lines);
