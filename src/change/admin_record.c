// SPDX-License-Identifier: GPL-3.0-or-later
/* Adds, removes and expires further records. Which of them may stand together is decided on what
 * the name has by now. */
#include <assert.h>
#include <string.h>

#include "account/zone_role.h"
#include "change/admin_part.h"
#include "change/journal.h"
#include "rule/record_type.h"

static_assert(sizeof(((struct record_row *)0)->rdata) == RECORD_RDATA_MAX,
              "the database holds what a record may have");

enum {
    RECORDS_PER_NAME_MAX = 100
};

static bool is_address(uint16_t type)
{
    return type == RR_A || type == RR_AAAA;
}

/* "*.name" or "name". */
static const char *owner_text(const struct record_row *row)
{
    static _Thread_local char text[NAME_TEXT_SIZE + 2];
    struct buf out = BUF_ON(text);
    buf_put_text(&out, row->wildcard ? "*." : "");
    name_format(&row->owner, &out);
    return buf_text(&out);
}

static const char *type_text(uint16_t type)
{
    static _Thread_local char text[16];
    struct buf out = BUF_ON(text);
    rr_type_format(type, &out);
    return buf_text(&out);
}

/* ----- the name server rows of the zone ----- */

struct server_search {
    const struct name *name;
    bool found;
};

static enum status note_server(void *ctx, const struct record_row *row)
{
    struct server_search *search = (struct server_search *)ctx;
    struct name target;
    if (row->type == RR_NS && !row->wildcard &&
        !name_decode(str_bytes(row->rdata, row->rdata_n), &target))
        search->found |= name_equal(&target, search->name);
    return OK;
}

/* Whether the row is one of those by which the zone's name servers are found: NS of the apex,
 * and their addresses. They come and go with the zone's own settings. */
static enum status is_of_server(const struct admin *admin, const struct zone_row *zone,
                                const struct record_row *row, bool *out,
                                struct error *err)
{
    *out = row->type == RR_NS && name_equal(&row->owner, &zone->name);
    if (!is_address(row->type) || row->wildcard)
        return OK;
    struct server_search search = { .name = &row->owner };
    enum status status = store_record_list_name(admin->store, zone->id, &zone->name,
                                                note_server, &search, err);
    *out = search.found;
    return status;
}

static enum status refuse_server(const struct admin *admin, const struct zone_row *zone,
                                 const struct record_row *row, struct error *err)
{
    bool found = false;
    enum status status = is_of_server(admin, zone, row, &found, err);
    if (!status && found)
        return FAIL(err, ERR_CONFLICT,
                    "record %s %s: belongs to the name servers of the zone %s",
                    owner_text(row), type_text(row->type), name_text(&zone->name));
    return status;
}

/* ----- hosts ----- */

/* What a host has at its own name is not for records. */
static enum status check_host(const struct record_row *row, const struct host_row *host,
                              struct error *err)
{
    bool taken = row->wildcard ? host->wildcard : true;
    if (!name_equal(&row->owner, &host->name) || !taken)
        return OK;
    if (is_address(row->type))
        return FAIL(err, ERR_CONFLICT, "record %s %s: is a host; set its addresses",
                    owner_text(row), type_text(row->type));
    if (row->type == RR_CNAME || row->type == RR_NS)
        return FAIL(err, ERR_CONFLICT, "record %s %s: is a host", owner_text(row),
                    type_text(row->type));
    return OK;
}

/* The zone's own name may be a host's too: what stands there stays the zone's. */
static enum status check_apex_host(const struct admin *admin,
                                   const struct record_row *row, struct error *err)
{
    struct host_row host;
    enum status status = store_host_find_name(admin->store, &row->owner, &host, NULL);
    if (status == ERR_NOT_FOUND)
        return OK;
    if (status)
        return FAIL(err, status, "host %s cannot be looked up", name_text(&row->owner));
    return check_host(row, &host, err);
}

/* What stands at a host's name or below it is the host's: it goes when the host goes. */
static enum status find_host(const struct admin *admin, const struct zone_row *zone,
                             struct record_row *row, struct error *err)
{
    struct name at = row->owner;
    row->host_id = 0;
    while (!name_equal(&at, &zone->name)) {
        struct host_row host;
        enum status status = store_host_find_name(admin->store, &at, &host, NULL);
        if (!status) {
            row->host_id = host.id;
            return check_host(row, &host, err);
        }
        if (status != ERR_NOT_FOUND)
            return FAIL(err, status, "host %s cannot be looked up", name_text(&at));
        name_parent(&at, &at);
    }
    return name_equal(&row->owner, &zone->name) ? check_apex_host(admin, row, err) : OK;
}

/* Records at a host's name or below it are for its owner to make, all others for those who look
 * after the zone. */
static enum status may_make(const struct admin *admin, const struct zone_row *zone,
                            const struct record_row *row, bool *out, struct error *err)
{
    struct host_row host;
    enum zone_role role = ZONE_STRANGER;
    if (row->host_id) {
        enum status status = store_host_find(admin->store, row->host_id, &host, err);
        *out = !status && actor_owns(&admin->actor, host.owner_id);
        return status;
    }
    enum status status =
        zone_role_of_actor(admin->store, &admin->actor, zone, &role, err);
    *out = zone_role_may(role, ZONE_SET);
    return status;
}

static enum status check_maker(const struct admin *admin, const struct zone_row *zone,
                               const struct record_row *row, struct error *err)
{
    bool may = false;
    enum status status = may_make(admin, zone, row, &may, err);
    if (status || may)
        return status;
    return FAIL(err, ERR_DENIED, "record %s %s: the name belongs to another owner",
                owner_text(row), type_text(row->type));
}

/* ----- records of the same name ----- */

struct neighbours {
    struct record_row *row; /* the new one; takes the TTL of its set */
    int count;
    bool cname, cut, others; /* others: neither NS nor addresses */
    bool same;
    uint32_t ttl_s; /* of its set; 0: it is the first */
};

static enum status note_neighbour(void *ctx, const struct record_row *row)
{
    struct neighbours *all = (struct neighbours *)ctx;
    if (row->wildcard != all->row->wildcard)
        return OK;
    all->count++;
    all->cname |= row->type == RR_CNAME;
    all->cut |= row->type == RR_NS;
    all->others |= row->type != RR_NS && !is_address(row->type);
    if (row->type == all->row->type) {
        all->ttl_s = row->ttl_s;
        all->same |= str_equal(str_bytes(row->rdata, row->rdata_n),
                               str_bytes(all->row->rdata, all->row->rdata_n));
    }
    return OK;
}

static enum status judge_neighbours(const struct neighbours *all,
                                    const struct zone_row *zone, struct error *err)
{
    const struct record_row *row = all->row;
    const char *owner = owner_text(row), *type = type_text(row->type);
    bool at_apex = name_equal(&row->owner, &zone->name) && !row->wildcard;
    if (all->same)
        return FAIL(err, ERR_EXISTS, "record %s %s: is there already", owner, type);
    if (all->count >= RECORDS_PER_NAME_MAX)
        return FAIL(err, ERR_LIMIT, "record %s %s: the name has %d records already",
                    owner, type, RECORDS_PER_NAME_MAX);
    if (all->cname || (row->type == RR_CNAME && all->count))
        return FAIL(err, ERR_CONFLICT, "record %s %s: a CNAME stands alone", owner, type);
    if (!at_apex && all->cut && row->type != RR_NS && !is_address(row->type))
        return FAIL(err, ERR_CONFLICT, "record %s %s: the name is delegated", owner,
                    type);
    if (row->type == RR_NS && all->others)
        return FAIL(err, ERR_CONFLICT, "record %s %s: the name has other records", owner,
                    type);
    if (all->ttl_s && row->ttl_s && all->ttl_s != row->ttl_s)
        return FAIL(err, ERR_CONFLICT,
                    "record %s %s: the others of this type there have a TTL of %lu",
                    owner, type, (unsigned long)all->ttl_s);
    return OK;
}

static enum status check_neighbours(const struct admin *admin,
                                    const struct zone_row *zone, struct record_row *row,
                                    int more, struct error *err)
{
    struct neighbours all = { .row = row, .count = more };
    enum status status = store_record_list_name(admin->store, zone->id, &row->owner,
                                                note_neighbour, &all, err);
    if (!status)
        status = judge_neighbours(&all, zone, err);
    if (!status && row->ttl_s == 0)
        row->ttl_s = all.ttl_s ? all.ttl_s : zone->default_ttl_s;
    return status;
}

static enum status note_cut(void *ctx, const struct record_row *row)
{
    bool *cut = (bool *)ctx;
    *cut |= row->type == RR_NS && !row->wildcard;
    return OK;
}

enum status admin_check_cuts(const struct admin *admin, const struct name *name,
                             const struct zone_row *zone, struct error *err)
{
    struct name at = *name;
    while (!name_equal(&at, &zone->name)) {
        bool cut = false;
        enum status status =
            store_record_list_name(admin->store, zone->id, &at, note_cut, &cut, err);
        if (status)
            return status;
        if (cut)
            return FAIL(err, ERR_CONFLICT, "%s: is delegated away at %s", name_text(name),
                        name_text(&at));
        name_parent(&at, &at);
    }
    return OK;
}

/* Below a delegation only addresses make sense: the glue of its name servers. */
static enum status check_above(const struct admin *admin, const struct zone_row *zone,
                               const struct record_row *row, struct error *err)
{
    struct name parent;
    if (is_address(row->type) || name_equal(&row->owner, &zone->name))
        return OK;
    name_parent(&row->owner, &parent);
    return admin_check_cuts(admin, row->wildcard ? &row->owner : &parent, zone, err);
}

/* ----- the values ----- */

static enum status check_type(const struct record_row *row, const struct zone_row *zone,
                              struct error *err)
{
    const char *owner = owner_text(row), *type = type_text(row->type);
    bool at_apex = name_equal(&row->owner, &zone->name) && !row->wildcard;
    if (!record_type_is_allowed(row->type))
        return FAIL(err, ERR_SYNTAX, "record %s: records of type %s cannot be given",
                    owner, type);
    if (row->type == RR_CNAME && at_apex)
        return FAIL(err, ERR_CONFLICT, "record %s CNAME: not at the top of a zone",
                    owner);
    if (row->type == RR_NS && row->wildcard)
        return FAIL(err, ERR_CONFLICT, "record %s NS: not at a wildcard", owner);
    return OK;
}

static enum status check_values(const struct admin *admin, const struct record_row *row,
                                struct error *err)
{
    if (row->rdata_n == 0 || row->rdata_n > sizeof(row->rdata))
        return FAIL(err, ERR_LIMIT, "record %s %s: data of %zu bytes", owner_text(row),
                    type_text(row->type), row->rdata_n);
    if (row->wildcard && row->owner.n + 2 > NAME_SIZE)
        return FAIL(err, ERR_LIMIT, "record %s: the name is too long", owner_text(row));
    if (row->expires_s && row->expires_s <= admin->now_s)
        return FAIL(err, ERR_LIMIT, "expires: must be 0 or a time to come");
    return row->ttl_s ? admin_check_ttl(row->ttl_s, "ttl", err) : OK;
}

/* No host may lose its name to a zone of another account. */
static enum status check_below(const struct admin *admin, const struct zone_row *zone,
                               const struct record_row *row, struct error *err)
{
    if (row->type != RR_NS)
        return OK;
    return admin_check_below(admin, &row->owner, zone, 0, err);
}

/* ----- the calls ----- */

enum status admin_record_judge(const struct admin *admin, struct record_row *row,
                               int more, struct zone_row *zone, struct error *err)
{
    enum status status = store_zone_find_longest(admin->store, &row->owner, zone, err);
    if (!status)
        status = check_values(admin, row, err);
    if (!status)
        status = check_type(row, zone, err);
    if (!status)
        status = refuse_server(admin, zone, row, err);
    if (!status)
        status = check_above(admin, zone, row, err);
    if (!status)
        status = check_below(admin, zone, row, err);
    if (!status)
        status = find_host(admin, zone, row, err);
    if (!status)
        status = check_maker(admin, zone, row, err);
    return status ? status : check_neighbours(admin, zone, row, more, err);
}

enum status admin_record_add(const struct admin *admin, struct record_row *row,
                             struct error *err)
{
    struct zone_row zone;
    enum status status = admin_record_judge(admin, row, 0, &zone, err);
    if (status)
        return status;
    row->id = 0;
    row->zone_id = zone.id;
    status = store_record_insert(admin->store, row, err);
    return status ? status : admin_save_records(admin, &zone, &row->owner, "add", err);
}

static enum status remove_row(const struct admin *admin, const struct record_row *row,
                              struct zone_row *zone, const char *word, struct error *err)
{
    enum status status = store_record_remove(admin->store, row->id, err);
    return status ? status : admin_save_records(admin, zone, &row->owner, word, err);
}

enum status admin_record_remove(const struct admin *admin, int64_t id, struct error *err)
{
    struct record_row row;
    struct zone_row zone;
    enum status status = store_record_find(admin->store, id, &row, err);
    if (!status)
        status = store_zone_find(admin->store, row.zone_id, &zone, err);
    if (!status)
        status = refuse_server(admin, &zone, &row, err);
    return status ? status : remove_row(admin, &row, &zone, "remove", err);
}

struct expired {
    int64_t ids[WALK_PAGE];
    size_t count;
};

static enum status note_expired(void *ctx, const struct record_row *row)
{
    struct expired *expired = (struct expired *)ctx;
    expired->ids[expired->count++] = row->id;
    return OK;
}

enum status admin_record_expire(const struct admin *admin, bool *more, struct error *err)
{
    struct expired expired = { .count = 0 };
    enum status status = store_record_list_expired(admin->store, admin->now_s, WALK_PAGE,
                                                   note_expired, &expired, err);
    for (size_t i = 0; i < expired.count && !status; i++) {
        struct record_row row;
        struct zone_row zone;
        status = store_record_find(admin->store, expired.ids[i], &row, err);
        if (!status)
            status = store_zone_find(admin->store, row.zone_id, &zone, err);
        if (!status)
            status = remove_row(admin, &row, &zone, "expire", err);
    }
    if (!status)
        *more = expired.count == WALK_PAGE;
    return status;
}
