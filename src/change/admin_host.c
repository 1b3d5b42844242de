// SPDX-License-Identifier: GPL-3.0-or-later
#include <string.h>

#include "change/admin_part.h"
#include "change/apply.h"
#include "change/journal.h"

enum {
    TOMBSTONE_S = 90 * 86400
};

/* ---- the name ----------------------------------------------------------------------- */

struct record_search {
    bool taken, wildcard_taken;
};

static enum status note_record(void *ctx, const struct record_row *record)
{
    struct record_search *search = (struct record_search *)ctx;
    if (record->wildcard)
        search->wildcard_taken |=
            record->type == RR_A || record->type == RR_AAAA || record->type == RR_CNAME;
    else
        search->taken |= record->host_id == 0;
    return OK;
}

/* A record of the zone, such as the address of its name server, has the name already. */
static enum status check_records(const struct admin *admin, const struct host_row *row,
                                 struct error *err)
{
    struct record_search search = { .taken = false };
    enum status status = store_record_list_name(admin->store, row->zone_id, &row->name,
                                                note_record, &search, err);
    if (!status && search.taken)
        return FAIL(err, ERR_EXISTS, "host %s: a record of the zone has this name",
                    name_text(&row->name));
    if (!status && row->wildcard && search.wildcard_taken)
        return FAIL(err, ERR_CONFLICT, "host %s: *.%s has records of its own",
                    name_text(&row->name), name_text(&row->name));
    return status;
}

/* Names below a host are its owner's. */
static enum status check_above(const struct admin *admin, const struct host_row *row,
                               const struct zone_row *zone, struct error *err)
{
    struct name at;
    name_parent(&row->name, &at);
    while (!name_equal(&at, &zone->name)) {
        struct host_row host;
        enum status status = store_host_find_name(admin->store, &at, &host, NULL);
        if (status && status != ERR_NOT_FOUND)
            return FAIL(err, status, "host %s cannot be looked up", name_text(&at));
        if (!status && host.owner_id != row->owner_id)
            return FAIL(err, ERR_CONFLICT, "host %s: lies below %s of another owner",
                        name_text(&row->name), name_text(&at));
        struct name parent;
        name_parent(&at, &parent);
        at = parent;
    }
    return OK;
}

static enum status check_name(const struct admin *admin, const struct host_row *row,
                              const struct zone_row *zone, struct error *err)
{
    enum status status = host_name_check(&row->name, zone, err);
    if (!status)
        status =
            admin_check_tombstones(admin, &row->name, &zone->name, row->owner_id, err);
    if (!status)
        status = check_above(admin, row, zone, err);
    if (!status)
        status = admin_check_below(admin, &row->name, zone, row->owner_id, err);
    if (!status)
        status = check_records(admin, row, err);
    return status ? status : admin_check_cuts(admin, &row->name, zone, err);
}

/* ---- the owner ---------------------------------------------------------------------- */

/* Room for one host more. Only an account with a quota pays for the counting. */
static enum status check_quota(const struct admin *admin, const struct account_row *owner,
                               struct error *err)
{
    int64_t count = 0;
    if (owner->hosts_max == 0)
        return OK;
    enum status status = store_host_count_owner(admin->store, owner->id, &count, err);
    if (!status && count >= owner->hosts_max)
        return FAIL(err, ERR_LIMIT, "account %s: has its %d hosts already", owner->email,
                    (int)owner->hosts_max);
    return status;
}

static enum status check_new_owner(const struct admin *admin, int64_t owner_id,
                                   struct error *err)
{
    struct account_row owner;
    enum status status = admin_find_owner(admin, owner_id, &owner, err);
    return status ? status : check_quota(admin, &owner, err);
}

/* ---- following ---------------------------------------------------------------------- */

/* ERR_LIMIT: `max` hosts or more follow this one. */
static enum status check_followers(const struct admin *admin, int64_t id, size_t max,
                                   struct error *err)
{
    int64_t ids[FOLLOWERS_MAX];
    size_t count = 0;
    enum status status =
        store_host_followers(admin->store, id, ids, FOLLOWERS_MAX, &count, err);
    return !status && count >= max ? ERR_LIMIT : status;
}

static enum status check_follows(const struct admin *admin, const struct host_row *row,
                                 int64_t followed_before, struct error *err)
{
    struct host_row router;
    if (row->follows_id == 0)
        return OK;
    enum status status = store_host_find(admin->store, row->follows_id, &router, err);
    if (status)
        return status;
    if (router.id == row->id || router.follows_id)
        return FAIL(err, ERR_CONFLICT, "host %s: cannot follow %s, which follows itself",
                    name_text(&row->name), name_text(&router.name));
    if (router.owner_id != row->owner_id)
        return FAIL(err, ERR_CONFLICT, "host %s: %s belongs to another owner",
                    name_text(&row->name), name_text(&router.name));
    if (row->id && check_followers(admin, row->id, 1, NULL))
        return FAIL(err, ERR_CONFLICT, "host %s: is followed and cannot follow",
                    name_text(&row->name));
    if (row->follows_id == followed_before)
        return OK;
    status = check_followers(admin, router.id, FOLLOWERS_MAX, err);
    return status == ERR_LIMIT ? FAIL(err, status, "host %s: %d hosts follow it already",
                                      name_text(&router.name), FOLLOWERS_MAX)
                               : status;
}

/* ---- addresses and other values ----------------------------------------------------- */

static enum status check_family(const struct ip *ips, size_t count, uint8_t family,
                                struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        enum ip_kind kind = ip_kind(ips[i]);
        if (ips[i].family != family)
            return FAIL(err, ERR_SYNTAX, "addresses: %s is of the other family",
                        ip_text(ips[i]));
        if (kind == IP_SPECIAL || kind == IP_UNSPECIFIED)
            return FAIL(err, ERR_CONFLICT, "addresses: %s must not stand in DNS",
                        ip_text(ips[i]));
        for (size_t j = 0; j < i; j++)
            if (ip_equal(ips[i], ips[j]))
                return FAIL(err, ERR_SYNTAX, "addresses: %s stands there twice",
                            ip_text(ips[i]));
    }
    return OK;
}

static enum status check_addresses(const struct host_row *row,
                                   const struct host_addresses *addresses,
                                   struct error *err)
{
    size_t max = row->round_robin ? HOST_ADDRESSES_MAX : 1;
    if (addresses->v4_count > max || addresses->v6_count > max)
        return FAIL(err, ERR_CONFLICT, "addresses: host %s keeps %zu of a family%s",
                    name_text(&row->name), max, max == 1 ? " without round_robin" : "");
    enum status status = check_family(addresses->v4, addresses->v4_count, IP_V4, err);
    return status ? status : check_family(addresses->v6, addresses->v6_count, IP_V6, err);
}

static enum status check_values(const struct host_row *row, struct error *err)
{
    if (row->liveness_s < 0)
        return FAIL(err, ERR_LIMIT, "liveness: must not be negative");
    return admin_check_ttl(row->ttl_s, "ttl", err);
}

/* ---- the calls ---------------------------------------------------------------------- */

static enum status insert(const struct admin *admin, struct host_row *row,
                          struct error *err)
{
    struct host_addresses addresses;
    row->more_addresses = false;
    enum status status = store_host_addresses(admin->store, row, &addresses, err);
    if (!status)
        status = check_addresses(row, &addresses, err);
    if (status)
        return status;
    row->created_s = admin->now_s;
    row->last_seen_s = 0;
    row->last_change = 0;
    status = store_host_insert(admin->store, row, err);
    if (!status)
        status = journal_host(admin, row, NULL, &addresses, err);
    return status ? status : store_host_update(admin->store, row, err);
}

enum status admin_host_add(const struct admin *admin, struct host_row *row,
                           struct error *err)
{
    struct zone_row zone;
    enum status status = store_zone_find_longest(admin->store, &row->name, &zone, err);
    if (status)
        return status;
    row->id = 0;
    row->zone_id = zone.id;
    if (row->ttl_s == 0)
        row->ttl_s = zone.default_ttl_s;
    status = check_name(admin, row, &zone, err);
    if (!status)
        status = check_values(row, err);
    if (!status)
        status = check_new_owner(admin, row->owner_id, err);
    if (!status)
        status = check_follows(admin, row, 0, err);
    return status ? status : insert(admin, row, err);
}

static enum status check_handover(const struct admin *admin, const struct host_row *row,
                                struct error *err)
{
    enum status status = check_followers(admin, row->id, 1, NULL);
    if (status)
        return FAIL(err, status == ERR_LIMIT ? ERR_CONFLICT : status,
                    "host %s: hosts of its owner follow it", name_text(&row->name));
    return check_new_owner(admin, row->owner_id, err);
}

/* What cannot be set is as it was. */
static void keep(struct host_row *row, const struct host_row *old)
{
    row->zone_id = old->zone_id;
    row->v4 = old->v4;
    row->v6 = old->v6;
    row->more_addresses = old->more_addresses;
    row->last_seen_s = old->last_seen_s;
    row->created_s = old->created_s;
    row->last_change = old->last_change;
}

static enum status set(const struct admin *admin, struct host_row *row,
                       const struct host_addresses *addresses, struct error *err)
{
    struct host_addresses before, after;
    enum status status = store_host_addresses(admin->store, row, &before, err);
    if (status)
        return status;
    after = addresses ? *addresses : before;
    if (!addresses && !row->round_robin) {
        after.v4_count = after.v4_count ? 1 : 0;
        after.v6_count = after.v6_count ? 1 : 0;
    }
    if (addresses)
        status = check_addresses(row, addresses, err);
    if (!status)
        status = store_host_update(admin->store, row, err);
    return status ? status : apply_addresses(admin, row, &before, &after, err);
}

enum status admin_host_set(const struct admin *admin, struct host_row *row,
                           const struct host_addresses *addresses, struct error *err)
{
    struct host_row old;
    enum status status = store_host_find(admin->store, row->id, &old, err);
    if (status)
        return status;
    if (!name_equal(&row->name, &old.name))
        return FAIL(err, ERR_CONFLICT, "host %s: its name cannot be changed",
                    name_text(&old.name));
    keep(row, &old);
    status = check_values(row, err);
    if (!status && row->wildcard && !old.wildcard)
        status = check_records(admin, row, err);
    if (!status && row->owner_id != old.owner_id)
        status = check_handover(admin, row, err);
    if (!status)
        status = check_follows(admin, row, old.follows_id, err);
    if (!status)
        status = set(admin, row, addresses, err);
    /* A host that changes hands leaves everything of the old owner's behind. */
    if (!status && row->owner_id != old.owner_id)
        status = admin_release_tokens(admin, row->id, 0, err);
    return status;
}

struct leaving {
    const struct admin *admin;
    struct name last; /* journalled already */
    struct error *err;
};

static enum status journal_leaving(void *ctx, const struct record_row *row)
{
    struct leaving *leaving = (struct leaving *)ctx;
    struct zone_row zone;
    if (name_equal(&leaving->last, &row->owner))
        return OK;
    leaving->last = row->owner;
    enum status status =
        store_zone_find(leaving->admin->store, row->zone_id, &zone, leaving->err);
    if (status)
        return status;
    return admin_save_records(leaving->admin, &zone, &row->owner, "remove", leaving->err);
}

enum status admin_host_remove(const struct admin *admin, int64_t id, struct error *err)
{
    struct host_row row;
    struct host_addresses addresses;
    struct leaving leaving = { .admin = admin, .err = err };
    enum status status = store_host_find(admin->store, id, &row, err);
    if (!status)
        status = store_host_addresses(admin->store, &row, &addresses, err);
    /* Its records go with it, also those below its name. */
    if (!status)
        status = store_record_list_host(admin->store, id, journal_leaving, &leaving, err);
    /* The row of the journal comes first: the zone's newest change becomes this one. */
    if (!status)
        status = journal_host(admin, &row, &addresses, NULL, err);
    if (!status)
        status = store_host_remove(admin->store, id, err);
    if (status)
        return status;
    return store_tombstone_put(admin->store, &row.name, row.owner_id,
                               admin->now_s + TOMBSTONE_S, err);
}
