// SPDX-License-Identifier: GPL-3.0-or-later
/* Owners of hosts: that the names below a host are its owner's. */
#include "change/admin_part.h"

enum status admin_check_above(const struct admin *admin, const struct host_row *row,
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
        name_parent(&at, &at);
    }
    return OK;
}

struct page {
    const struct admin_below *below;
    int64_t ids[WALK_PAGE], last;
    size_t count, seen;
};

static enum status note_below(void *ctx, const struct host_row *host)
{
    struct page *page = (struct page *)ctx;
    const struct host_row *above = page->below->row;
    page->seen++;
    page->last = host->id;
    if (host->owner_id == page->below->owner_id && host->id != above->id &&
        name_is_within(&host->name, &above->name))
        page->ids[page->count++] = host->id;
    return OK;
}

enum status admin_each_below(const struct admin *admin, const struct zone_row *zone,
                             const struct admin_below *below, struct error *err)
{
    struct page page = { .below = below };
    if (name_labels(&below->row->name) >=
        name_labels(&zone->name) + (size_t)zone->labels_max)
        return OK;
    do {
        page.seen = 0;
        page.count = 0;
        enum status status =
            store_host_list(admin->store, zone->id,
                            (struct store_page){ .after = page.last, .limit = WALK_PAGE },
                            note_below, &page, err);
        for (size_t i = 0; i < page.count && !status; i++)
            status = below->fn(below->ctx, page.ids[i]);
        if (status)
            return status;
    } while (page.seen == WALK_PAGE);
    return OK;
}

struct taken {
    const struct admin *admin;
    const struct host_row *row;
    struct error *err;
};

static enum status take_record(void *ctx, const struct record_row *record)
{
    const struct taken *taken = (const struct taken *)ctx;
    struct record_row row = { .id = record->id,
                              .zone_id = record->zone_id,
                              .host_id = taken->row->id };
    if (!name_is_within(&record->owner, &taken->row->name))
        return OK;
    return store_record_move(taken->admin->store, &row, taken->err);
}

enum status admin_take_records(const struct admin *admin, const struct host_row *row,
                               const struct zone_row *zone, struct error *err)
{
    struct taken taken = { .admin = admin, .row = row, .err = err };
    for (struct name at = row->name; !name_equal(&at, &zone->name);) {
        struct host_row host;
        name_parent(&at, &at);
        if (name_equal(&at, &zone->name))
            break;
        enum status status = store_host_find_name(admin->store, &at, &host, NULL);
        if (!status)
            return store_record_list_host(admin->store, host.id, take_record, &taken,
                                          err);
        if (status != ERR_NOT_FOUND)
            return FAIL(err, status, "host %s cannot be looked up", name_text(&at));
    }
    return OK;
}
