// SPDX-License-Identifier: GPL-3.0-or-later
/* world.h - what the tests of this room share: a fresh folder with a database in it. */
#pragma once

#include "base/file.h"
#include "base/mem.h"
#include "store/tables.h"

#include "test.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    WORLD_PATH_SIZE = 128
};

struct world {
    char folder[64];
    char database[WORLD_PATH_SIZE], images[WORLD_PATH_SIZE], statics[WORLD_PATH_SIZE];
    struct store *store; /* the writer */
    int64_t account_id;
};

/* The status must be OK, or the test fails with its words; `call` writes them to `why`. */
static inline void must_(enum status status, const struct error *err, int line)
{
    if (status)
        fail_msg("line %d: %s: %s", line, status_name(status), err->text);
}
#define MUST(call) \
    do { \
        struct error err_ = { .text = "" }; \
        struct error *const why = &err_; \
        must_((call), why, __LINE__); \
    } while (0)

static inline struct name name_of(const char *text)
{
    struct name name = { .n = 0 };
    MUST(name_parse(str_from(text), &name, why));
    return name;
}

static inline struct ip ip_of(const char *text)
{
    struct ip ip = { .family = IP_NONE };
    if (text)
        CHECK_INT(ip_parse(str_from(text), &ip), OK);
    return ip;
}

static inline void world_folder(struct world *world)
{
    *world = (struct world){ .folder = "/tmp/rove-publish-XXXXXX" };
    CHECK(mkdtemp(world->folder));
    (void)snprintf(world->database, WORLD_PATH_SIZE, "%s/rove.db", world->folder);
    (void)snprintf(world->images, WORLD_PATH_SIZE, "%s/images", world->folder);
    (void)snprintf(world->statics, WORLD_PATH_SIZE, "%s/static", world->folder);
    CHECK_INT(mkdir(world->statics, 0755), 0);
}

static inline void world_open_store(struct world *world)
{
    MUST(store_open(world->database, STORE_CREATE, &world->store, why));
    struct account_row account = { .email = "owner@example.org", .language = "en" };
    MUST(store_begin(world->store, why));
    MUST(store_account_insert(world->store, &account, why));
    MUST(store_commit(world->store, why));
    world->account_id = account.id;
}

static inline void world_init(struct world *world)
{
    world_folder(world);
    world_open_store(world);
}

static inline int remove_path(const char *path, const struct stat *about, int kind,
                              struct FTW *ftw)
{
    (void)about;
    (void)kind;
    (void)ftw;
    return remove(path);
}

static inline void world_done(struct world *world)
{
    store_close(TAKE(world->store));
    CHECK_INT(nftw(world->folder, remove_path, 16, FTW_DEPTH | FTW_PHYS), 0);
}

/* Writes static/NAME and sets its time. */
static inline void world_write(const struct world *world, const char *name,
                               const char *text, int64_t time_s)
{
    char path[2 * WORLD_PATH_SIZE];
    (void)snprintf(path, sizeof(path), "%s/%s", world->statics, name);
    MUST(file_replace(path, str_from(text), 0644, why));
    const struct timespec times[2] = { { .tv_sec = time_s }, { .tv_sec = time_s } };
    CHECK_INT(utimensat(AT_FDCWD, path, times, 0), 0);
}

static inline struct zone_row world_zone(const struct world *world, const char *name)
{
    struct zone_row zone = { .name = name_of(name),
                             .owner_id = world->account_id,
                             .mname = name_of("ns1.example.net"),
                             .rname = name_of("hostmaster.example.net"),
                             .refresh_s = 1,
                             .retry_s = 2,
                             .expire_s = 3,
                             .minimum_s = 60,
                             .soa_ttl_s = 60,
                             .ns_ttl_s = 3600,
                             .default_ttl_s = 60,
                             .serial_base = 1000,
                             .labels_max = 1 };
    return zone;
}

static inline int64_t world_add_zone(struct world *world, const char *name)
{
    struct zone_row zone = world_zone(world, name);
    MUST(store_begin(world->store, why));
    MUST(store_zone_insert(world->store, &zone, why));
    MUST(store_commit(world->store, why));
    return zone.id;
}

static inline struct host_row world_host(const struct world *world, int64_t zone_id,
                                         const char *name, const char *v4, const char *v6)
{
    struct host_row host = { .zone_id = zone_id,
                             .owner_id = world->account_id,
                             .name = name_of(name),
                             .v4 = ip_of(v4),
                             .v6 = ip_of(v6),
                             .ttl_s = 60 };
    return host;
}

static inline void world_insert_host(struct world *world, struct host_row *host)
{
    MUST(store_begin(world->store, why));
    MUST(store_host_insert(world->store, host, why));
    MUST(store_commit(world->store, why));
}

static inline void world_add_record(struct world *world, struct record_row row,
                                    const char *owner, struct str rdata)
{
    row.owner = name_of(owner);
    row.ttl_s = row.ttl_s ? row.ttl_s : 300;
    memcpy(row.rdata, rdata.at, rdata.n);
    row.rdata_n = rdata.n;
    MUST(store_begin(world->store, why));
    MUST(store_record_insert(world->store, &row, why));
    MUST(store_commit(world->store, why));
}

/* Appends a change and returns its seq. */
static inline int64_t world_change(struct world *world)
{
    struct change_row row = { .kind = CHANGE_ZONE, .id = 1, .time_s = 1 };
    MUST(store_begin(world->store, why));
    MUST(store_change_append(world->store, &row, why));
    MUST(store_commit(world->store, why));
    return row.seq;
}
