// SPDX-License-Identifier: GPL-3.0-or-later
#include "lineages.h"

const char *const zone_names[ZONES] = { "dyn.example", "sub.dyn.example", "off.example" };
const char *const host_names[HOSTS] = {
    "a.dyn.example",     "b.dyn.example",      "c.dyn.example",       "x.y.z.dyn.example",
    "y.z.dyn.example",   "shadow.dyn.example", "d.dyn.example",       "e.dyn.example",
    "a.sub.dyn.example", "b.sub.dyn.example",  "x.c.sub.dyn.example", "a.off.example"
};
const struct owner owners[OWNERS] = {
    { "a.dyn.example", 0, 0 },      { "_acme-challenge.a.dyn.example", 0, 0 },
    { "x._t.b.dyn.example", 1, 0 }, { "_acme-challenge.shadow.dyn.example", 5, 0 },
    { "text.dyn.example", -1, 0 },  { "p.q.r.dyn.example", -1, 0 },
    { "dyn.example", -1, 0 },       { "sub.dyn.example", -1, 1 },
    { "a.sub.dyn.example", 8, 1 },  { "t.off.example", -1, 2 },
};

unsigned pick(struct scene *scene, unsigned n)
{
    scene->random = scene->random * 6364136223846793005ULL + 1442695040888963407ULL;
    return (unsigned)(scene->random >> 33) % n;
}

/* ----- what the service would write ----- */

static int64_t journal(struct scene *scene, struct change_row row)
{
    row.time_s = 1;
    MUST(store_change_append(scene->world.store, &row, why));
    return row.seq;
}

static bool find_host(const struct scene *scene, const char *name, struct host_row *out)
{
    struct name wire = name_of(name);
    return store_host_find_name(scene->world.store, &wire, out, NULL) == OK;
}

static size_t zone_of(const char *name)
{
    return strstr(name, ".off.") ? 2 : strstr(name, ".sub.") ? 1 : 0;
}

static void add_host(struct scene *scene, const char *name)
{
    struct host_row row = world_host(&scene->world, scene->zones[zone_of(name)], name,
                                     pick(scene, 4) ? "192.0.2.1" : NULL,
                                     pick(scene, 2) ? "2001:db8::1" : NULL);
    MUST(store_host_insert(scene->world.store, &row, why));
    row.last_change = journal(
        scene, (struct change_row){
                   .kind = CHANGE_HOST, .id = row.id, .name = row.name, .after_n = 2 });
    MUST(store_host_update(scene->world.store, &row, why));
}

void touch_zone(struct scene *scene, int64_t zone_id, enum change_kind kind,
                const struct name *owner)
{
    struct zone_row zone;
    struct change_row row = { .kind = kind, .id = zone_id };
    if (owner)
        row.name = *owner;
    MUST(store_zone_find(scene->world.store, zone_id, &zone, why));
    zone.last_change = journal(scene, row);
    MUST(store_zone_update(scene->world.store, &zone, why));
}

static enum status journal_owner(void *ctx, const struct record_row *row)
{
    touch_zone(ctx, row->zone_id, CHANGE_RRSET, &row->owner);
    return OK;
}

static void remove_host(struct scene *scene, const struct host_row *row)
{
    MUST(store_record_list_host(scene->world.store, row->id, journal_owner, scene, why));
    (void)journal(scene, (struct change_row){ .kind = CHANGE_HOST,
                                              .id = row->id,
                                              .name = row->name,
                                              .before_n = 2 });
    MUST(store_host_remove(scene->world.store, row->id, why));
}

static void set_host(struct scene *scene, struct host_row *row,
                     const struct addresses *addresses)
{
    row->last_change = journal(scene, (struct change_row){ .kind = CHANGE_HOST,
                                                           .id = row->id,
                                                           .prev = row->last_change,
                                                           .before_n = 2,
                                                           .after_n = 2 });
    MUST(store_host_update(scene->world.store, row, why));
    if (addresses)
        MUST(store_host_set_addresses(scene->world.store, row, addresses, why));
}

static struct ip random_ip(struct scene *scene, uint8_t family)
{
    char text[64];
    if (family == IP_V4)
        (void)snprintf(text, sizeof(text), "198.51.100.%u", pick(scene, 250));
    else
        (void)snprintf(text, sizeof(text), "2001:db8::%x", 1 + pick(scene, 250));
    return ip_of(text);
}

static void set_addresses(struct scene *scene, struct host_row *row)
{
    struct addresses all = { .v4.count = pick(scene, 3), .v6.count = pick(scene, 3) };
    for (size_t i = 0; i < all.v4.count; i++)
        all.v4.at[i] = random_ip(scene, IP_V4);
    for (size_t i = 0; i < all.v6.count; i++)
        all.v6.at[i] = random_ip(scene, IP_V6);
    if (all.v4.count > 1 && ip_equal(all.v4.at[0], all.v4.at[1]))
        all.v4.count = 1;
    if (all.v6.count > 1 && ip_equal(all.v6.at[0], all.v6.at[1]))
        all.v6.count = 1;
    row->v4 = all.v4.at[0];
    row->v6 = all.v6.at[0];
    set_host(scene, row, &all);
}

struct found {
    int64_t id;
    size_t count;
};

static enum status note_record(void *ctx, const struct record_row *row)
{
    struct found *found = ctx;
    if (row->type == RR_TXT)
        found->id = row->id;
    found->count++;
    return OK;
}

static void change_record(struct scene *scene, size_t at, bool add)
{
    struct name owner = name_of(owners[at].name);
    int64_t zone_id = scene->zones[owners[at].zone];
    struct found found = { .id = 0 };
    struct host_row host = { .id = 0 };
    MUST(store_record_list_name(scene->world.store, zone_id, &owner, note_record, &found,
                                why));
    if (!add && found.id == 0)
        return;
    if (owners[at].host >= 0 && !find_host(scene, host_names[owners[at].host], &host))
        return;
    if (add) {
        struct record_row row = { .zone_id = zone_id,
                                  .host_id = host.id,
                                  .owner = owner,
                                  .wildcard = pick(scene, 4) == 0,
                                  .type = RR_TXT,
                                  .ttl_s = 60 + pick(scene, 3),
                                  .rdata = { 3, 'a', 'b', (uint8_t)pick(scene, 250) },
                                  .rdata_n = 4 };
        MUST(store_record_insert(scene->world.store, &row, why));
    } else {
        MUST(store_record_remove(scene->world.store, found.id, why));
    }
    touch_zone(scene, zone_id, CHANGE_RRSET, &owner);
}

void change(struct scene *scene, enum what what, size_t at)
{
    struct host_row row;
    const char *name = host_names[at % HOSTS];
    bool there = find_host(scene, name, &row);
    if (what == RECORD_COMES || what == RECORD_GOES) {
        change_record(scene, at % OWNERS, what == RECORD_COMES);
    } else if (what == TOKEN) {
        (void)journal(scene, (struct change_row){ .kind = CHANGE_TOKEN, .id = 1 });
    } else if (what == ZONE_SET) {
        touch_zone(scene, scene->zones[at % ZONES], CHANGE_ZONE, NULL);
    } else if (what == COME && !there) {
        add_host(scene, name);
    } else if (!there) {
        return;
    } else if (what == GO) {
        remove_host(scene, &row);
    } else if (what == ADDRESSES) {
        set_addresses(scene, &row);
    } else if (what == STATE) {
        row.state = (enum host_state)((row.state + 1 + pick(scene, 3)) % 4);
        set_host(scene, &row, NULL);
    } else if (what == WILDCARD) {
        row.wildcard = !row.wildcard;
        set_host(scene, &row, NULL);
    } else if (what == TTL) {
        row.ttl_s++;
        set_host(scene, &row, NULL);
    }
}

void commit(struct scene *scene, enum what what, size_t at)
{
    MUST(store_begin(scene->world.store, why));
    change(scene, what, at);
    MUST(store_commit(scene->world.store, why));
}
