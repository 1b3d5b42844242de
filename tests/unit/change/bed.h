// SPDX-License-Identifier: GPL-3.0-or-later
/* bed.h - a database in a folder of its own, with an account, a zone and hosts. */
#pragma once

#include "test.h"

#include <assert.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "change/admin.h"

enum {
    BED_PATH_SIZE = 256,
    BED_NOW_S = 1800000000
};

struct bed {
    char folder[BED_PATH_SIZE], database[BED_PATH_SIZE + 16];
    struct store *store; /* writer; NULL: closed */
    struct admin admin;  /* on it */
    int64_t owner_id, zone_id;
};

static inline struct name bed_name(const char *text)
{
    struct name name = { .n = 0 };
    CHECK(name_parse(str_from(text), &name, NULL) == OK);
    return name;
}

static inline struct ip bed_ip(const char *text)
{
    struct ip ip = { .family = IP_NONE };
    CHECK(ip_parse(str_from(text), &ip) == OK);
    return ip;
}

static inline int64_t bed_account(struct bed *bed, const char *email,
                                  enum account_role role)
{
    struct account_row row = { .role = role, .language = "en" };
    struct buf text = BUF_ON(row.email);
    buf_put_text(&text, email);
    (void)buf_text(&text);
    CHECK(admin_account_add(&bed->admin, &row, NULL) == OK);
    return row.id;
}

static inline struct zone_row bed_zone_row(const struct bed *bed, const char *name)
{
    return (struct zone_row){
        .name = bed_name(name),
        .owner_id = bed->owner_id,
        .policy = ZONE_NOBODY,
        .mname = bed_name("ns1.example.net"),
        .rname = bed_name("hostmaster.example.net"),
        .refresh_s = 3600,
        .retry_s = 600,
        .expire_s = 604800,
        .minimum_s = 60,
        .soa_ttl_s = 60,
        .ns_ttl_s = 3600,
        .default_ttl_s = 60,
        .labels_max = 1,
    };
}

static inline int64_t bed_zone(struct bed *bed, const char *name)
{
    struct zone_row row = bed_zone_row(bed, name);
    const struct name server = bed_name("ns1.example.net");
    CHECK(admin_zone_add(&bed->admin, &row, &server, 1, NULL) == OK);
    return row.id;
}

static inline struct host_row bed_host_row(const struct bed *bed, const char *name)
{
    return (struct host_row){ .name = bed_name(name),
                              .owner_id = bed->owner_id,
                              .private_allowed = true,
                              .plain_http = true };
}

static inline int64_t bed_host(struct bed *bed, const char *name)
{
    struct host_row row = bed_host_row(bed, name);
    struct error err = { "" };
    enum status status = admin_host_add(&bed->admin, &row, &err);
    if (status)
        print_error("%s\n", err.text);
    CHECK(status == OK);
    return row.id;
}

/* A token for these hosts with the rights that devices have; its secret is none. */
static inline struct token_row bed_token_row(int64_t account_id, uint8_t number,
                                             const int64_t *host_ids, size_t count)
{
    struct token_row row = { .account_id = account_id,
                             .digest = { { 0xbe, 0xd0, number } },
                             .rights = RIGHT_ADDRESS | RIGHT_PREFIX,
                             .host_count = count };
    for (size_t i = 0; i < count; i++)
        row.host_ids[i] = host_ids[i];
    return row;
}

static inline int64_t bed_token(struct bed *bed, int64_t account_id, uint8_t number,
                                const int64_t *host_ids, size_t count)
{
    struct token_row row = bed_token_row(account_id, number, host_ids, count);
    CHECK(admin_token_add(&bed->admin, &row, NULL) == OK);
    return row.id;
}

static inline void bed_begin(struct bed *bed)
{
    CHECK(store_begin(bed->store, NULL) == OK);
}

static inline void bed_commit(struct bed *bed)
{
    CHECK(store_commit(bed->store, NULL) == OK);
}

static inline void bed_open_store(struct bed *bed)
{
    CHECK(store_open(bed->database, STORE_CREATE, &bed->store, NULL) == OK);
    bed->admin.store = bed->store;
}

static inline void bed_close_store(struct bed *bed)
{
    store_close(TAKE(bed->store));
}

/* The zone dyn.example.org, of owner@example.org. */
static inline void bed_make(struct bed *bed)
{
    *bed = (struct bed){ .admin = { .now_s = BED_NOW_S, .actor = actor_at_machine() } };
    struct buf folder = BUF_ON(bed->folder), database = BUF_ON(bed->database);
    const char *base = getenv("TMPDIR");
    buf_printf(&folder, "%s/rove-change-XXXXXX", base ? base : "/tmp");
    CHECK(mkdtemp(buf_text(&folder)) != NULL);
    buf_printf(&database, "%s/rove.db", bed->folder);
    (void)buf_text(&database);
    bed_open_store(bed);
    bed_begin(bed);
    bed->owner_id = bed_account(bed, "owner@example.org", ROLE_USER);
    bed->zone_id = bed_zone(bed, "dyn.example.org");
    bed_commit(bed);
}

static inline void bed_remove(struct bed *bed)
{
    bed_close_store(bed);
    DIR *dir = opendir(bed->folder);
    assert(dir);
    for (const struct dirent *entry = NULL; (entry = readdir(dir));) {
        char storage[2 * BED_PATH_SIZE];
        struct buf path = BUF_ON(storage);
        buf_printf(&path, "%s/%s", bed->folder, entry->d_name);
        (void)unlink(buf_text(&path));
    }
    (void)closedir(dir);
    CHECK(rmdir(bed->folder) == 0);
}

/* "A,AAAA" of the host, as the connection sees it. */
static inline const char *bed_addresses(struct store *store, int64_t host_id)
{
    static char text[1024];
    struct host_row row;
    struct addresses all;
    CHECK(store_host_find(store, host_id, &row, NULL) == OK);
    CHECK(store_host_addresses(store, &row, &all, NULL) == OK);
    struct buf out = BUF_ON(text);
    for (size_t i = 0; i < all.v4.count + all.v6.count; i++) {
        if (i)
            buf_put_u8(&out, ',');
        ip_format(i < all.v4.count ? all.v4.at[i] : all.v6.at[i - all.v4.count], &out);
    }
    return buf_text(&out);
}
