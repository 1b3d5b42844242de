// SPDX-License-Identifier: GPL-3.0-or-later
#include <string.h>

#include "account/zone_role.h"
#include "change/admin_part.h"
#include "change/journal.h"

enum {
    LABELS_MAX = 8,
    TIMER_MAX_S = INT32_MAX /* RFC 2181 8 */
};

/* ----- values ----- */

static enum status check_ttls(const struct zone_row *row, struct error *err)
{
    const struct {
        const char *what;
        uint32_t ttl_s;
    } ttls[] = {
        { "minimum", row->minimum_s },
        { "soa_ttl", row->soa_ttl_s },
        { "ns_ttl", row->ns_ttl_s },
        { "default_ttl", row->default_ttl_s },
    };
    for (size_t i = 0; i < LENGTH_OF(ttls); i++) {
        enum status status = admin_check_ttl(ttls[i].ttl_s, ttls[i].what, err);
        if (status)
            return status;
    }
    return OK;
}

static enum status check_timers(const struct zone_row *row, struct error *err)
{
    const struct {
        const char *what;
        uint32_t time_s;
    } timers[] = {
        { "refresh", row->refresh_s },
        { "retry", row->retry_s },
        { "expire", row->expire_s },
    };
    for (size_t i = 0; i < LENGTH_OF(timers); i++)
        if (timers[i].time_s == 0 || timers[i].time_s > TIMER_MAX_S)
            return FAIL(err, ERR_LIMIT, "%s: must be 1 to %d seconds", timers[i].what,
                        TIMER_MAX_S);
    return OK;
}

static enum status check(const struct admin *admin, const struct zone_row *row,
                         size_t name_servers, struct error *err)
{
    struct account_row owner;
    if (row->mname.n == 0 || row->rname.n == 0)
        return FAIL(err, ERR_SYNTAX, "zone %s: mname and rname are needed",
                    name_text(&row->name));
    if (name_servers > NAME_SERVERS_MAX)
        return FAIL(err, ERR_LIMIT, "zone %s: more than %d name servers",
                    name_text(&row->name), NAME_SERVERS_MAX);
    if (row->labels_max == 0 || row->labels_max > LABELS_MAX)
        return FAIL(err, ERR_LIMIT, "labels_max: must be 1 to %d", LABELS_MAX);
    if (row->hosts_max < 0 || row->account_hosts_max < 0)
        return FAIL(err, ERR_LIMIT, "%s: must not be negative",
                    row->hosts_max < 0 ? "hosts_max" : "account_hosts_max");
    enum status status = check_ttls(row, err);
    if (!status)
        status = check_timers(row, err);
    if (!status && row->abuse[0])
        status = admin_check_email(row->abuse, "abuse", err);
    return status ? status : admin_find_owner(admin, row->owner_id, &owner, err);
}

/* ----- name servers ----- */

static enum status put_name_servers(const struct admin *admin, const struct zone_row *row,
                                    const struct name *names, size_t count,
                                    struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        struct record_row record = { .zone_id = row->id,
                                     .owner = row->name,
                                     .type = RR_NS,
                                     .ttl_s = row->ns_ttl_s,
                                     .rdata_n = names[i].n };
        memcpy(record.rdata, names[i].wire, names[i].n);
        enum status status = store_record_insert(admin->store, &record, err);
        if (status)
            return status;
    }
    return OK;
}

/* The NS records at the apex. */
struct present {
    const struct zone_row *zone;
    int64_t ids[NAME_SERVERS_MAX];
    struct name names[NAME_SERVERS_MAX];
    size_t count;
};

static enum status note_name_server(void *ctx, const struct record_row *record)
{
    struct present *present = (struct present *)ctx;
    if (record->type != RR_NS || record->host_id ||
        !name_equal(&record->owner, &present->zone->name))
        return OK;
    if (present->count == NAME_SERVERS_MAX)
        return ERR_LIMIT;
    if (name_decode(str_bytes(record->rdata, record->rdata_n),
                    &present->names[present->count]))
        return ERR_IO;
    present->ids[present->count++] = record->id;
    return OK;
}

/* New names, or the old ones with a new TTL. */
static enum status replace_name_servers(const struct admin *admin,
                                        const struct zone_row *row,
                                        const struct name *names, size_t count,
                                        struct error *err)
{
    struct present present = { .zone = row };
    enum status status =
        store_record_list(admin->store, row->id, note_name_server, &present, err);
    for (size_t i = 0; i < present.count && !status; i++)
        status = store_record_remove(admin->store, present.ids[i], err);
    if (status)
        return status;
    return count ? put_name_servers(admin, row, names, count, err)
                 : put_name_servers(admin, row, present.names, present.count, err);
}

/* ----- labels that hosts may have ----- */

struct deep {
    size_t labels_max; /* whole names */
    struct error *err;
};

static enum status note_deep(void *ctx, const struct host_row *host)
{
    struct deep *deep = (struct deep *)ctx;
    if (name_labels(&host->name) <= deep->labels_max)
        return OK;
    return FAIL(deep->err, ERR_CONFLICT, "labels_max: host %s has more",
                name_text(&host->name));
}

/* Look-ups below a name rely on it, so no host may have more. */
static enum status check_labels(const struct admin *admin, const struct zone_row *row,
                                const struct zone_row *old, struct error *err)
{
    struct deep deep = { .labels_max = name_labels(&row->name) + row->labels_max,
                         .err = err };
    if (row->labels_max >= old->labels_max)
        return OK;
    return store_host_list(admin->store, row->id,
                           (struct store_page){ .after = 0, .limit = SIZE_MAX },
                           note_deep, &deep, err);
}

/* ----- the calls ----- */

static enum status check_name(const struct admin *admin, const struct zone_row *row,
                              size_t name_servers, struct error *err)
{
    static const struct name root = { .n = 1 };
    if (row->name.n == 0 || name_is_root(&row->name))
        return FAIL(err, ERR_SYNTAX, "name: at least one label is needed");
    if (name_servers == 0)
        return FAIL(err, ERR_SYNTAX, "zone %s: at least one name server is needed",
                    name_text(&row->name));
    return admin_check_tombstones(admin, &row->name, &root, row->owner_id, err);
}

enum status admin_zone_add(const struct admin *admin, struct zone_row *row,
                           const struct name *name_servers, size_t count,
                           struct error *err)
{
    struct zone_row above = { .id = 0 };
    enum status status = check_name(admin, row, count, err);
    if (!status)
        status = check(admin, row, count, err);
    if (status)
        return status;
    status = store_zone_find_longest(admin->store, &row->name, &above, NULL);
    if (status && status != ERR_NOT_FOUND)
        return FAIL(err, status, "zone %s: the zone above cannot be read",
                    name_text(&row->name));

    uint32_t now = (uint32_t)(admin->now_s & UINT32_MAX);
    if (row->serial_base == 0 || !serial_is_newer(row->serial_base, now))
        row->serial_base = now;
    row->created_s = admin->now_s;
    row->last_change = 0;
    status = store_zone_insert(admin->store, row, err);
    if (!status && above.id)
        status = admin_cover(admin, above.id, row, err);
    /* The zone above has lost names: its serial must rise, whichever hosts are left. */
    if (!status && above.id)
        status = admin_save_zone(admin, &above, "set", err);
    if (!status)
        status = put_name_servers(admin, row, name_servers, count, err);
    return status ? status : admin_save_zone(admin, row, "add", err);
}

/* Whoever has the zone is no member of it. */
static enum status check_new_owner(const struct admin *admin, const struct zone_row *row,
                                   const struct zone_row *old, struct error *err)
{
    struct member_row member;
    enum zone_role role = ZONE_STRANGER;
    enum status status = zone_role_of_actor(admin->store, &admin->actor, old, &role, err);
    if (!status && !zone_role_may(role, ZONE_GIVE))
        return FAIL(err, ERR_DENIED, "owner: only operators give a zone to another");
    if (status)
        return status;
    status =
        store_member_find_account(admin->store, row->id, row->owner_id, &member, NULL);
    if (status)
        return status == ERR_NOT_FOUND ? OK : status;
    return admin_member_remove(admin, member.id, err);
}

enum status admin_zone_set(const struct admin *admin, struct zone_row *row,
                           const struct name *name_servers, size_t count,
                           struct error *err)
{
    struct zone_row old;
    enum status status = store_zone_find(admin->store, row->id, &old, err);
    if (status)
        return status;
    if (!name_equal(&row->name, &old.name))
        return FAIL(err, ERR_CONFLICT, "zone %s: its name cannot be changed",
                    name_text(&old.name));
    status = check(admin, row, count, err);
    if (!status)
        status = check_labels(admin, row, &old, err);
    if (!status && row->owner_id != old.owner_id)
        status = check_new_owner(admin, row, &old, err);
    if (status)
        return status;
    row->serial_base = old.serial_base;
    row->created_s = old.created_s;
    row->last_change = old.last_change;
    if (count || row->ns_ttl_s != old.ns_ttl_s)
        status = replace_name_servers(admin, row, name_servers, count, err);
    return status ? status : admin_save_zone(admin, row, "set", err);
}

enum status admin_zone_remove(const struct admin *admin, int64_t id, struct error *err)
{
    struct zone_row row;
    enum status status = store_zone_find(admin->store, id, &row, err);
    if (!status)
        status = journal_word(admin, CHANGE_ZONE, id, "remove", &row.last_change, err);
    if (status)
        return status;
    status = store_zone_remove(admin->store, id, err);
    if (status == ERR_CONFLICT)
        return FAIL(err, status, "zone %s has hosts", name_text(&row.name));
    return status ? status : store_stale_remove(admin->store, STALE_ZONE, id, err);
}
