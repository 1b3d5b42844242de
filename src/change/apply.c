// SPDX-License-Identifier: GPL-3.0-or-later
#include "change/apply.h"

#include <string.h>

#include "change/host_rule.h"
#include "change/in_clear.h"
#include "change/journal.h"
#include "change/patch.h"
#include "change/withhold.h"

/* The hosts that take the prefix of the updated one. */
struct followers {
    int64_t ids[FOLLOWERS_MAX];
    size_t count;
};

enum status apply_addresses(const struct admin *admin, struct host_row *row,
                            const struct addresses *before, const struct addresses *after,
                            bool changes_hands, struct error *err)
{
    enum status status = journal_host(admin, row, before, after, changes_hands, err);
    if (status)
        return status;
    row->v4 = address_list_usual(&after->v4);
    row->v6 = address_list_usual(&after->v6);
    row->more_addresses = addresses_are_several(after);
    withhold_judge(admin, row, after);
    return store_host_set_addresses(admin->store, row, after, err);
}

static void merge(const struct rule_decision *decision, struct addresses *addresses)
{
    if (decision->decides_v4)
        addresses->v4 = decision->wanted.v4;
    if (decision->decides_v6)
        addresses->v6 = decision->wanted.v6;
}

static enum status apply_own(const struct admin *admin, struct host_row *row,
                             const struct rule_decision *decision, bool *was_same,
                             struct error *err)
{
    struct addresses before;
    enum status status = store_host_addresses(admin->store, row, &before, err);
    if (status)
        return status;
    struct addresses after = before;
    merge(decision, &after);
    /* A prefix alone says nothing of the host's own state, except that it is there again. */
    enum host_state state = host_is_replaced(row->state) ? HOST_ACTIVE : row->state;
    if (decision->decides_v4 || decision->decides_v6)
        state = decision->offline ? HOST_OFFLINE : HOST_ACTIVE;
    if (state == row->state && addresses_equal(&before, &after))
        return OK;
    *was_same = false;
    row->state = state;
    row->last_seen_s = admin->now_s;
    row->heartbeat = admin->heartbeat;
    row->in_clear_s =
        in_clear_after(row->in_clear_s, admin->now_s, admin->origin->encrypted);
    status = apply_addresses(admin, row, &before, &after, false, err);
    if (!status)
        patches_note_addresses(admin->patches, row, true);
    return status;
}

static enum status renumber(const struct admin *admin, int64_t id,
                            const struct rule_decision *decision, bool *was_same,
                            struct error *err)
{
    struct host_row row;
    struct addresses before, after;
    enum status status = store_host_find(admin->store, id, &row, err);
    if (!status)
        status = store_host_addresses(admin->store, &row, &before, err);
    if (status)
        return status;
    const struct rule_host host = host_rule(&row, &before, decision->private_allowed,
                                            admin_rules_of(admin)->blocked);
    if (!rule_renumber(decision, &host, &after) || addresses_equal(&before, &after))
        return OK;
    *was_same = false;
    status = apply_addresses(admin, &row, &before, &after, false, err);
    if (!status)
        patches_note_addresses(admin->patches, &row, false);
    return status;
}

static enum status apply_prefix(const struct admin *admin,
                                const struct followers *followers,
                                const struct rule_decision *decision, bool *was_same,
                                struct error *err)
{
    for (size_t i = 0; i < followers->count; i++) {
        enum status status = renumber(admin, followers->ids[i], decision, was_same, err);
        if (status)
            return status;
    }
    return OK;
}

/* Found before anything is written, so that too many of them leave nothing to undo. */
static enum status find_followers(const struct admin *admin, int64_t host_id,
                                  struct followers *out, struct error *err)
{
    out->count = 0;
    return store_host_followers(admin->store, host_id, out->ids, FOLLOWERS_MAX,
                                &out->count, err);
}

enum status apply_update(const struct admin *admin, int64_t host_id,
                         const struct rule_decision *decision, struct change_outcome *out,
                         struct error *err)
{
    struct host_row row;
    struct followers followers; /* 8 kB that most updates never touch */
    followers.count = 0;
    *out = (struct change_outcome){ .result = CHANGE_REFUSED, .access = ACCESS_NO_HOST };
    enum status status = store_host_find(admin->store, host_id, &row, err);
    if (status)
        return status == ERR_NOT_FOUND ? OK : status;
    /* Taken from its owner since the request was let in. */
    if (row.state == HOST_DISABLED || row.state == HOST_ABUSE) {
        out->access = row.state == HOST_ABUSE ? ACCESS_ABUSE : ACCESS_DISABLED;
        return OK;
    }

    *out = (struct change_outcome){ .result = CHANGE_TOO_MANY };
    if (decision->has_prefix)
        status = find_followers(admin, host_id, &followers, err);
    if (status)
        return status == ERR_LIMIT ? OK : status;

    out->result = CHANGE_DONE;
    out->was_same = true;
    status = apply_own(admin, &row, decision, &out->was_same, err);
    if (status)
        return status;
    return apply_prefix(admin, &followers, decision, &out->was_same, err);
}
