// SPDX-License-Identifier: GPL-3.0-or-later
/* Takes a change of a host's addresses back. The journal has the addresses before each change, and
 * nothing else of the host, so other settings are not taken back. */
#include <string.h>

#include "change/admin_part.h"
#include "change/host_rule.h"

enum {
    /* Changes that are looked through for one of addresses. */
    WALK_MAX = 1000
};

static bool changes_addresses(const struct change_row *change)
{
    return change->before_n && change->after_n &&
           !str_equal(str_bytes(change->before, change->before_n),
                      str_bytes(change->after, change->after_n));
}

/* ERR_NOT_FOUND: it is not of this host and its owner, or gone. */
static enum status find_one(const struct admin *admin, const struct host_row *host,
                            int64_t seq, struct change_row *out, struct error *err)
{
    enum status status = store_change_find(admin->store, seq, out, err);
    if (status)
        return status;
    bool is_known = out->kind == CHANGE_HOST && out->id == host->id &&
                    !host_was_of_another(host, out->time_s);
    return is_known ? OK : ERR_NOT_FOUND;
}

static enum status find_newest(const struct admin *admin, const struct host_row *host,
                               struct change_row *out, struct error *err)
{
    int64_t seq = host->last_change;
    for (int i = 0; i < WALK_MAX && seq; i++) {
        enum status status = find_one(admin, host, seq, out, err);
        if (status == ERR_NOT_FOUND)
            break;
        if (status || changes_addresses(out))
            return status;
        seq = out->prev;
    }
    return FAIL(err, ERR_CONFLICT, "host %s: no change of its addresses is known",
                name_text(&host->name));
}

static enum status find(const struct admin *admin, const struct host_row *host,
                        int64_t seq, struct change_row *out, struct error *err)
{
    if (seq == 0)
        return find_newest(admin, host, out, err);
    enum status status = find_one(admin, host, seq, out, err);
    if (status == ERR_NOT_FOUND)
        return FAIL(err, ERR_CONFLICT, "seq: host %s has no change %lld (any more)",
                    name_text(&host->name), (long long)seq);
    if (!status && !changes_addresses(out))
        return FAIL(err, ERR_CONFLICT, "seq: change %lld of host %s is none of addresses",
                    (long long)seq, name_text(&host->name));
    return status;
}

static enum status check(const struct host_row *host, struct error *err)
{
    if (host->state == HOST_DISABLED || host->state == HOST_ABUSE)
        return FAIL(err, ERR_CONFLICT, "host %s: is blocked", name_text(&host->name));
    return OK;
}

enum status admin_host_undo(const struct admin *admin, int64_t host_id, int64_t seq,
                            struct error *err)
{
    struct host_row row;
    struct change_row change;
    struct addresses now, before;
    enum status status = store_host_find(admin->store, host_id, &row, err);
    if (!status)
        status = check(&row, err);
    if (!status)
        status = find(admin, &row, seq, &change, err);
    if (!status)
        status = store_host_addresses(admin->store, &row, &now, err);
    if (status)
        return status;
    if (store_addresses_decode(str_bytes(change.before, change.before_n), &before))
        return FAIL(err, ERR_IO, "the journal holds bad addresses");
    if (addresses_equal(&now, &before))
        return FAIL(err, ERR_CONFLICT, "host %s: has the addresses of before %lld",
                    name_text(&row.name), (long long)change.seq);
    /* As an update does. */
    if (row.state == HOST_OFFLINE && addresses_count(&before))
        row.state = HOST_ACTIVE;
    struct admin undoing = *admin;
    undoing.undoes = change.seq;
    return admin_host_set(&undoing, &row, &before, err);
}
