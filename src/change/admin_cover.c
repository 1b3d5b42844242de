// SPDX-License-Identifier: GPL-3.0-or-later
/* What a new zone takes over from the zone above: a name belongs to the longest zone. */
#include "change/admin_part.h"
#include "change/journal.h"

/* ----- hosts ----- */

struct covered {
    const struct zone_row *zone; /* the new one */
    int64_t ids[WALK_PAGE];
    size_t count, seen;
    int64_t last;
    struct error *err;
};

static enum status note_covered(void *ctx, const struct host_row *host)
{
    struct covered *covered = (struct covered *)ctx;
    covered->seen++;
    covered->last = host->id;
    if (!name_is_within(&host->name, &covered->zone->name))
        return OK;
    if (name_labels(&host->name) >
        name_labels(&covered->zone->name) + covered->zone->labels_max)
        return FAIL(covered->err, ERR_CONFLICT,
                    "zone %s: host %s lies within and has more labels than it allows",
                    name_text(&covered->zone->name), name_text(&host->name));
    if (host->owner_id != covered->zone->owner_id)
        return FAIL(covered->err, ERR_CONFLICT,
                    "zone %s: host %s lies within and has another owner",
                    name_text(&covered->zone->name), name_text(&host->name));
    covered->ids[covered->count++] = host->id;
    return OK;
}

static enum status move_host(const struct admin *admin, int64_t id, int64_t zone_id,
                             struct error *err)
{
    struct host_row host;
    struct addresses addresses;
    enum status status = store_host_find(admin->store, id, &host, err);
    if (!status)
        status = store_host_addresses(admin->store, &host, &addresses, err);
    if (!status)
        status = journal_host(admin, &host, &addresses, &addresses, false, err);
    if (status)
        return status;
    host.zone_id = zone_id;
    return store_host_update(admin->store, &host, err);
}

/* Page by page. */
static enum status move_hosts(const struct admin *admin, int64_t above_id,
                              const struct zone_row *zone, struct error *err)
{
    struct covered covered = { .zone = zone, .err = err };
    do {
        covered.seen = 0;
        covered.count = 0;
        enum status status = store_host_list(
            admin->store, above_id,
            (struct store_page){ .after = covered.last, .limit = WALK_PAGE },
            note_covered, &covered, err);
        for (size_t i = 0; i < covered.count && !status; i++)
            status = move_host(admin, covered.ids[i], zone->id, err);
        if (status)
            return status;
    } while (covered.seen == WALK_PAGE);
    return OK;
}

/* ----- records ----- */

struct records {
    const struct zone_row *zone; /* the new one */
    int64_t apex_host_id;        /* the host with the zone's own name; 0: there is none */
    struct {
        int64_t id, host_id;
        bool goes; /* the delegation that the zone takes the place of */
    } found[WALK_PAGE];
    size_t count, seen;
    int64_t last;
    struct error *err;
};

/* What stands at the zone's own name and below belongs to the zone, whoever has the name. */
static enum status note_record(void *ctx, const struct record_row *record)
{
    struct records *records = (struct records *)ctx;
    const struct name *apex = &records->zone->name;
    records->seen++;
    records->last = record->id;
    if (!name_is_within(&record->owner, apex))
        return OK;
    bool at_apex = name_equal(&record->owner, apex) && !record->wildcard;
    if (at_apex && record->type == RR_CNAME)
        return FAIL(records->err, ERR_CONFLICT, "zone %s: a CNAME has this name",
                    name_text(apex));
    bool of_apex = record->host_id == records->apex_host_id;
    records->found[records->count].id = record->id;
    records->found[records->count].host_id = of_apex ? 0 : record->host_id;
    records->found[records->count++].goes = at_apex && record->type == RR_NS;
    return OK;
}

static enum status move_page(const struct admin *admin, const struct records *all,
                             struct error *err)
{
    for (size_t i = 0; i < all->count; i++) {
        const struct record_row row = { .id = all->found[i].id,
                                        .zone_id = all->zone->id,
                                        .host_id = all->found[i].host_id };
        enum status status = all->found[i].goes
                                 ? store_record_remove(admin->store, row.id, err)
                                 : store_record_move(admin->store, &row, err);
        if (status)
            return status;
    }
    return OK;
}

static enum status move_records(const struct admin *admin, int64_t above_id,
                                const struct zone_row *zone, struct error *err)
{
    struct records all = { .zone = zone, .err = err };
    struct host_row host;
    enum status status = store_host_find_name(admin->store, &zone->name, &host, NULL);
    if (status && status != ERR_NOT_FOUND)
        return FAIL(err, status, "host %s cannot be looked up", name_text(&zone->name));
    all.apex_host_id = status ? 0 : host.id;
    do {
        all.seen = 0;
        all.count = 0;
        status = store_record_page(
            admin->store, above_id,
            (struct store_page){ .after = all.last, .limit = WALK_PAGE }, note_record,
            &all, err);
        if (!status)
            status = move_page(admin, &all, err);
        if (status)
            return status;
    } while (all.seen == WALK_PAGE);
    return OK;
}

enum status admin_cover(const struct admin *admin, int64_t above_id,
                        const struct zone_row *zone, struct error *err)
{
    enum status status = move_hosts(admin, above_id, zone, err);
    return status ? status : move_records(admin, above_id, zone, err);
}
