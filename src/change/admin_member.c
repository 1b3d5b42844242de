// SPDX-License-Identifier: GPL-3.0-or-later
/* Members of zones. */
#include "account/zone_role.h"
#include "change/admin_part.h"
#include "change/journal.h"

static const char *role_word(enum member_role role)
{
    return role == MEMBER_MANAGER ? "manager" : "creator";
}

/* ERR_DENIED: the actor may not decide about members of this role. */
static enum status check_actor(const struct admin *admin, const struct zone_row *zone,
                               enum member_role role, struct error *err)
{
    enum zone_role own = ZONE_STRANGER;
    enum status status = zone_role_of_actor(admin->store, &admin->actor, zone, &own, err);
    if (status || zone_role_may(own, role == MEMBER_MANAGER ? ZONE_CHANGE_MANAGERS
                                                            : ZONE_CHANGE_CREATORS))
        return status;
    return FAIL(err, ERR_DENIED, "role: only %s of the zone %s decides about its %ss",
                role == MEMBER_MANAGER ? "the owner" : "who looks after it",
                name_text(&zone->name), role_word(role));
}

static enum status check_room(const struct admin *admin, const struct zone_row *zone,
                              struct error *err)
{
    int64_t ids[ZONE_MANAGERS_MAX];
    size_t count = 0;
    enum status status = store_member_managers(admin->store, zone->id, ids,
                                               ZONE_MANAGERS_MAX, &count, err);
    if (!status && count == ZONE_MANAGERS_MAX)
        return FAIL(err, ERR_LIMIT, "role: the zone %s has %d managers already",
                    name_text(&zone->name), ZONE_MANAGERS_MAX);
    return status;
}

static enum status check_memberships(const struct admin *admin, int64_t account_id,
                                     struct error *err)
{
    int64_t count = 0;
    enum status status =
        store_member_count_account(admin->store, account_id, &count, err);
    if (!status && count >= MEMBERSHIPS_MAX)
        return FAIL(err, ERR_LIMIT, "account: is a member of %d zones already",
                    MEMBERSHIPS_MAX);
    return status;
}

static enum status change_role(const struct admin *admin, const struct zone_row *zone,
                               const struct member_row *member, enum member_role role,
                               struct error *err)
{
    if (member->role == role)
        return OK;
    enum status status = role == MEMBER_MANAGER ? check_room(admin, zone, err) : OK;
    if (!status)
        status = store_member_set_role(admin->store, member->id, role, err);
    return status ? status
                  : journal_member(admin, member->account_id, &zone->name,
                                   role_word(member->role), role_word(role), err);
}

static enum status insert(const struct admin *admin, const struct zone_row *zone,
                          struct member_row *row, struct error *err)
{
    if (row->account_id == zone->owner_id)
        return FAIL(err, ERR_EXISTS, "account: owns the zone %s", name_text(&zone->name));
    row->zone_id = zone->id;
    row->added_by = admin->actor.account_id;
    row->created_s = admin->now_s;
    enum status status = check_memberships(admin, row->account_id, err);
    if (!status && row->role == MEMBER_MANAGER)
        status = check_room(admin, zone, err);
    if (!status)
        status = store_member_insert(admin->store, row, err);
    if (status == ERR_EXISTS)
        return FAIL(err, status, "account: is a member of the zone %s already",
                    name_text(&zone->name));
    return status ? status
                  : journal_member(admin, row->account_id, &zone->name, "",
                                   role_word(row->role), err);
}

enum status admin_member_put(const struct admin *admin, const struct zone_row *zone,
                             int64_t account_id, enum member_role role, struct error *err)
{
    struct member_row row;
    enum status status =
        store_member_find_account(admin->store, zone->id, account_id, &row, NULL);
    if (!status)
        return role > row.role ? change_role(admin, zone, &row, role, err) : OK;
    if (status != ERR_NOT_FOUND)
        return FAIL(err, status, "the members of the zone %s cannot be read",
                    name_text(&zone->name));
    row = (struct member_row){ .account_id = account_id, .role = role };
    return insert(admin, zone, &row, err);
}

/* ----- the calls ----- */

enum status admin_member_add(const struct admin *admin, struct member_row *row,
                             struct error *err)
{
    struct zone_row zone;
    struct account_row account;
    enum status status = store_zone_find(admin->store, row->zone_id, &zone, err);
    if (!status)
        status = store_account_find(admin->store, row->account_id, &account, err);
    if (!status && !actor_is_operator(&admin->actor))
        return FAIL(err, ERR_DENIED, "only operators make members without asking them");
    return status ? status : insert(admin, &zone, row, err);
}

static enum status find(const struct admin *admin, int64_t id, struct member_row *row,
                        struct zone_row *zone, struct error *err)
{
    enum status status = store_member_find(admin->store, id, row, err);
    return status ? status : store_zone_find(admin->store, row->zone_id, zone, err);
}

enum status admin_member_set(const struct admin *admin, struct member_row *row,
                             struct error *err)
{
    struct member_row old;
    struct zone_row zone;
    enum status status = find(admin, row->id, &old, &zone, err);
    /* Both roles are a manager's on one side, unless nothing changes. */
    if (!status)
        status = check_actor(admin, &zone,
                             row->role == old.role ? old.role : MEMBER_MANAGER, err);
    return status ? status : change_role(admin, &zone, &old, row->role, err);
}

enum status admin_member_remove(const struct admin *admin, int64_t id, struct error *err)
{
    struct member_row row;
    struct zone_row zone;
    enum status status = find(admin, id, &row, &zone, err);
    if (!status && !actor_owns(&admin->actor, row.account_id))
        status = check_actor(admin, &zone, row.role, err);
    if (!status)
        status = store_member_remove(admin->store, id, err);
    return status ? status
                  : journal_member(admin, row.account_id, &zone.name, role_word(row.role),
                                   "", err);
}
