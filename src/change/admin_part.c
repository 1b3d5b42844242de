// SPDX-License-Identifier: GPL-3.0-or-later
#include "change/admin_part.h"

#include "change/journal.h"

enum status admin_check_ttl(uint32_t ttl_s, const char *what, struct error *err)
{
    if (ttl_s < TTL_MIN_S || ttl_s > TTL_MAX_S)
        return FAIL(err, ERR_LIMIT, "%s: must be %d to %d seconds", what, TTL_MIN_S,
                    TTL_MAX_S);
    return OK;
}

enum status admin_find_owner(const struct admin *admin, int64_t id,
                             struct account_row *out, struct error *err)
{
    enum status status = store_account_find(admin->store, id, out, err);
    if (status == ERR_NOT_FOUND)
        return FAIL(err, status, "owner: no account %lld", (long long)id);
    if (!status && out->state == ACCOUNT_ENDING)
        return FAIL(err, ERR_CONFLICT, "owner: %s is being removed", out->email);
    return status;
}

enum status admin_check_tombstones(const struct admin *admin, const struct name *name,
                                   const struct name *top, int64_t owner_id,
                                   struct error *err)
{
    struct name at = *name;
    while (!name_equal(&at, top)) {
        int64_t had = 0;
        enum status status =
            store_tombstone_find(admin->store, &at, admin->now_s, &had, NULL);
        if (status && status != ERR_NOT_FOUND)
            return FAIL(err, status, "%s: tombstones cannot be read", name_text(&at));
        if (!status && had != owner_id)
            return FAIL(err, ERR_CONFLICT,
                        "%s was another owner's until lately and is not free yet",
                        name_text(&at));
        name_parent(&at, &at);
    }
    return OK;
}

enum status admin_check_below(const struct admin *admin, const struct name *name,
                              const struct zone_row *zone, int64_t owner_id,
                              struct error *err)
{
    struct name found;
    if (name_labels(name) >= name_labels(&zone->name) + (size_t)zone->labels_max)
        return OK;
    enum status status =
        store_host_find_below(admin->store, zone->id, name, owner_id, &found, err);
    if (status)
        return status == ERR_NOT_FOUND ? OK : status;
    return FAIL(err, ERR_CONFLICT, "%s: the host %s lies below", name_text(name),
                name_text(&found));
}

enum status admin_save_zone(const struct admin *admin, struct zone_row *zone,
                            const char *word, struct error *err)
{
    enum status status =
        journal_word(admin, CHANGE_ZONE, zone->id, word, &zone->last_change, err);
    return status ? status : store_zone_update(admin->store, zone, err);
}

enum status admin_save_records(const struct admin *admin, struct zone_row *zone,
                               const struct name *owner, const char *word,
                               struct error *err)
{
    enum status status = journal_records(admin, zone, owner, word, err);
    return status ? status : store_zone_update(admin->store, zone, err);
}

bool admin_is_printable(const char *text)
{
    for (const char *at = text; *at; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            return false;
    return true;
}
