// SPDX-License-Identifier: GPL-3.0-or-later
/* What needs consent: who may ask, who may accept, and what then happens. */
#include "change/admin_request.h"

#include <string.h>

#include "account/zone_role.h"
#include "base/mailbox.h"
#include "change/admin_part.h"
#include "change/request_notice.h"

/* ----- whose it is ----- */

static bool is_same_address(const char *left, const char *right)
{
    size_t n = strlen(left);
    if (n == 0 || n != strlen(right))
        return false;
    for (size_t i = 0; i < n; i++)
        if (char_lower(left[i]) != char_lower(right[i]))
            return false;
    return true;
}

static enum status actor_has_address(const struct admin *admin, const char *email,
                                     bool *out, struct error *err)
{
    struct account_row own;
    *out = false;
    if (!email[0] || admin->actor.account_id == 0)
        return OK;
    enum status status =
        store_account_find(admin->store, admin->actor.account_id, &own, err);
    if (!status)
        *out = is_same_address(own.email, email);
    return status;
}

static enum status zone_role(const struct admin *admin, int64_t zone_id,
                             struct zone_row *zone, enum zone_role *out,
                             struct error *err)
{
    enum status status = store_zone_find(admin->store, zone_id, zone, err);
    return status ? status
                  : zone_role_of_actor(admin->store, &admin->actor, zone, out, err);
}

enum status admin_request_side(const struct admin *admin, const struct request_row *row,
                               enum request_side *out, struct error *err)
{
    struct zone_row zone;
    enum zone_role role = ZONE_STRANGER;
    bool is_asked = false;
    enum status status = actor_has_address(admin, row->email, &is_asked, err);
    if (!status)
        status = zone_role(admin, row->zone_id, &zone, &role, err);
    if (status)
        return status;
    /* A host is its owner's business, not the zone's. */
    bool runs = row->kind == REQUEST_TRANSFER ? role == ZONE_OPERATOR
                                              : zone_role_may(role, ZONE_CHANGE_CREATORS);
    if (is_asked || (runs && row->kind == REQUEST_JOIN))
        *out = REQUEST_ASKED;
    else if (admin->actor.account_id == row->asker_id)
        *out = REQUEST_MADE;
    else
        *out = runs ? REQUEST_LOOKED_AT : REQUEST_OF_OTHERS;
    return OK;
}

enum status admin_request_find(const struct admin *admin, int64_t id,
                               struct request_row *out, struct error *err)
{
    struct request_row row;
    enum status status = store_request_find(admin->store, id, &row, err);
    if (!status && row.expires_s <= admin->now_s)
        return FAIL(err, ERR_NOT_FOUND, "no request %lld", (long long)id);
    if (!status)
        *out = row;
    return status;
}

/* ----- asking ----- */

static enum status judge_join(const struct admin *admin, struct request_row *row,
                              struct error *err)
{
    struct zone_row zone;
    enum zone_role role = ZONE_STRANGER;
    enum status status = zone_role(admin, row->zone_id, &zone, &role, err);
    if (status)
        return status;
    if (role != ZONE_STRANGER)
        return FAIL(err, ERR_EXISTS, "zone: this account is a member already");
    if (zone.policy != ZONE_APPROVAL || zone.state != ZONE_ACTIVE)
        return FAIL(err, ERR_NOT_FOUND, "the zone %s lets nobody ask",
                    name_text(&zone.name));
    row->role = MEMBER_CREATOR;
    row->email[0] = 0;
    return OK;
}

/* Who has the address has the role already, or more. */
static enum status check_invited(const struct admin *admin, const struct request_row *row,
                                 const struct zone_row *zone, struct error *err)
{
    struct account_row account;
    struct member_row member;
    enum status status =
        store_account_find_email(admin->store, str_from(row->email), &account, NULL);
    if (!status && account.id == zone->owner_id)
        return FAIL(err, ERR_EXISTS, "email: %s owns the zone", row->email);
    if (!status)
        status =
            store_member_find_account(admin->store, zone->id, account.id, &member, NULL);
    if (status)
        return status == ERR_NOT_FOUND ? OK : FAIL(err, status, "members cannot be read");
    return member.role >= row->role
               ? FAIL(err, ERR_EXISTS, "email: %s is a member already", row->email)
               : OK;
}

static enum zone_act act_of(enum member_role role)
{
    return role == MEMBER_MANAGER ? ZONE_CHANGE_MANAGERS : ZONE_CHANGE_CREATORS;
}

static enum status judge_invite(const struct admin *admin, struct request_row *row,
                                struct error *err)
{
    struct zone_row zone;
    enum zone_role role = ZONE_STRANGER;
    enum status status = zone_role(admin, row->zone_id, &zone, &role, err);
    if (status)
        return status;
    if (!zone_role_may(role, ZONE_LOOK))
        return FAIL(err, ERR_NOT_FOUND, "no zone %s", name_text(&zone.name));
    if (!zone_role_may(role, act_of(row->role)))
        return FAIL(err, ERR_DENIED, "role: only %s invites a %s",
                    row->role == MEMBER_MANAGER ? "the owner of the zone"
                                                : "who looks after the zone",
                    row->role == MEMBER_MANAGER ? "manager" : "creator");
    return check_invited(admin, row, &zone, err);
}

static enum status judge_transfer(const struct admin *admin, struct request_row *row,
                                  struct error *err)
{
    struct host_row host;
    struct zone_row zone;
    bool is_own = false;
    enum zone_role role = ZONE_STRANGER;
    enum status status = store_host_find(admin->store, row->host_id, &host, err);
    if (!status)
        status = zone_role(admin, host.zone_id, &zone, &role, err);
    if (status)
        return status;
    if (host.owner_id != admin->actor.account_id)
        return zone_role_may(role, ZONE_LOOK_AT_ALL)
                   ? FAIL(err, ERR_DENIED, "host: only its owner offers it")
                   : FAIL(err, ERR_NOT_FOUND, "no host %s", name_text(&host.name));
    row->zone_id = host.zone_id;
    row->role = MEMBER_CREATOR;
    status = actor_has_address(admin, row->email, &is_own, err);
    if (!status && is_own)
        return FAIL(err, ERR_CONFLICT, "email: the host is yours already");
    return status ? status : admin_check_alone(admin, &host, err);
}

static enum status judge(const struct admin *admin, struct request_row *row,
                         struct error *err)
{
    if (admin->actor.account_id == 0)
        return FAIL(err, ERR_CONFLICT,
                    "at the machine nobody is asked: add the member, or set the owner");
    if (!admin_is_printable(row->message))
        return FAIL(err, ERR_SYNTAX, "message: must be one line of text");
    if (row->kind != REQUEST_JOIN && !mailbox_is_plain(str_from(row->email)))
        return FAIL(err, ERR_SYNTAX, "email: must be a plain address, name@domain");
    switch (row->kind) {
    case REQUEST_JOIN:
        return judge_join(admin, row, err);
    case REQUEST_INVITE:
        return judge_invite(admin, row, err);
    case REQUEST_TRANSFER:
        return judge_transfer(admin, row, err);
    }
    return ERR_SYNTAX;
}

static enum status check_caps(const struct admin *admin, const struct request_row *row,
                              struct error *err)
{
    int64_t own = 0, of_zone = 0;
    enum status status =
        store_request_count_asker(admin->store, row->asker_id, admin->now_s, &own, err);
    if (!status && row->kind != REQUEST_TRANSFER)
        status = store_request_count_zone(admin->store, row->zone_id, admin->now_s,
                                          &of_zone, err);
    if (!status && own >= REQUESTS_PER_ACCOUNT)
        return FAIL(err, ERR_CONFLICT, "this account has %d open requests already",
                    REQUESTS_PER_ACCOUNT);
    if (!status && of_zone >= REQUESTS_PER_ZONE)
        return FAIL(err, ERR_CONFLICT, "the zone has %d open requests already",
                    REQUESTS_PER_ZONE);
    return status;
}

/* One that has expired, and waits to be swept out, is in nobody's way. */
static enum status insert(const struct admin *admin, struct request_row *row,
                          struct error *err)
{
    size_t swept = 0;
    enum status status =
        store_request_trim(admin->store, admin->now_s, WALK_PAGE, &swept, err);
    if (!status)
        status = store_request_insert(admin->store, row, err);
    if (status == ERR_EXISTS)
        return FAIL(err, status, "such a request is open already");
    return status;
}

enum status admin_request_add(const struct admin *admin, struct request_row *row,
                              bool *is_stranger, struct error *err)
{
    enum status status = judge(admin, row, err);
    if (status)
        return status;
    row->id = 0;
    row->asker_id = admin->actor.account_id;
    row->created_s = admin->now_s;
    row->expires_s = admin->now_s + REQUEST_S;
    status = check_caps(admin, row, err);
    if (!status)
        status = insert(admin, row, err);
    return status ? status : request_tell_asked(admin, row, is_stranger, err);
}

/* ----- accepting ----- */

/* The one that is asked, which may not be the actor when an operator decides for it. */
static enum status find_asked(const struct admin *admin, const struct request_row *row,
                              struct account_row *out, struct error *err)
{
    enum status status =
        store_account_find_email(admin->store, str_from(row->email), out, NULL);
    if (status == ERR_NOT_FOUND)
        return FAIL(err, ERR_CONFLICT, "there is no account %s yet", row->email);
    if (status)
        return FAIL(err, status, "account %s cannot be read", row->email);
    if (out->state != ACCOUNT_ACTIVE)
        return FAIL(err, ERR_CONFLICT, "the account %s is blocked", row->email);
    return OK;
}

static enum status find_asker(const struct admin *admin, const struct request_row *row,
                              struct account_row *out, struct error *err)
{
    enum status status = store_account_find(admin->store, row->asker_id, out, err);
    if (!status && out->state != ACCOUNT_ACTIVE)
        return FAIL(err, ERR_CONFLICT, "the account of who asked is blocked");
    return status;
}

static enum status accept_join(const struct admin *admin, const struct request_row *row,
                               struct error *err)
{
    struct zone_row zone;
    struct account_row asker = { .id = 0 };
    enum status status = store_zone_find(admin->store, row->zone_id, &zone, err);
    if (!status)
        status = find_asker(admin, row, &asker, err);
    if (status || asker.id == zone.owner_id)
        return status;
    return admin_member_put(admin, &zone, asker.id, MEMBER_CREATOR, err);
}

static enum status accept_invite(const struct admin *admin, const struct request_row *row,
                                 struct error *err)
{
    struct zone_row zone;
    struct account_row asker = { .id = 0 }, asked = { .id = 0 };
    enum zone_role role = ZONE_STRANGER;
    enum status status = store_zone_find(admin->store, row->zone_id, &zone, err);
    if (!status)
        status = find_asker(admin, row, &asker, err);
    if (!status)
        status = zone_role_of_account(admin->store, &asker, &zone, &role, err);
    if (!status && !zone_role_may(role, act_of(row->role)))
        return FAIL(err, ERR_CONFLICT, "%s may not invite anybody any more", asker.email);
    if (!status)
        status = find_asked(admin, row, &asked, err);
    if (status || asked.id == zone.owner_id)
        return status;
    return admin_member_put(admin, &zone, asked.id, row->role, err);
}

static enum status check_taker(const struct admin *admin, const struct host_row *host,
                               const struct account_row *taker, struct error *err)
{
    struct zone_row zone;
    enum zone_role role = ZONE_STRANGER;
    enum status status = store_zone_find(admin->store, host->zone_id, &zone, err);
    if (!status)
        status = zone_role_of_account(admin->store, taker, &zone, &role, err);
    if (status)
        return status;
    if (!zone_role_makes_hosts(role, zone.policy))
        return FAIL(err, ERR_DENIED, "host %s: the zone %s takes no hosts of %s",
                    name_text(&host->name), name_text(&zone.name), taker->email);
    if (name_equal(&host->name, &zone.name))
        return OK;
    return admin_check_tombstones(admin, &host->name, &zone.name, taker->id, err);
}

static enum status accept_transfer(const struct admin *admin,
                                   const struct request_row *row, struct error *err)
{
    struct host_row host;
    struct account_row asker = { .id = 0 }, taker = { .id = 0 };
    enum status status = store_host_find(admin->store, row->host_id, &host, err);
    if (!status)
        status = find_asker(admin, row, &asker, err);
    if (!status && host.owner_id != asker.id)
        return FAIL(err, ERR_CONFLICT, "host %s: who offered it has it no more",
                    name_text(&host.name));
    if (!status)
        status = find_asked(admin, row, &taker, err);
    if (!status)
        status = check_taker(admin, &host, &taker, err);
    if (!status)
        status = admin_check_alone(admin, &host, err);
    return status || taker.id == asker.id
               ? status
               : admin_host_hand_over(admin, host.id, taker.id, err);
}

static enum status carry_out(const struct admin *admin, const struct request_row *row,
                             struct error *err)
{
    switch (row->kind) {
    case REQUEST_JOIN:
        return accept_join(admin, row, err);
    case REQUEST_INVITE:
        return accept_invite(admin, row, err);
    case REQUEST_TRANSFER:
        return accept_transfer(admin, row, err);
    }
    return ERR_SYNTAX;
}

static enum status find_mine(const struct admin *admin, int64_t id,
                             struct request_row *row, enum request_side *side,
                             struct error *err)
{
    enum status status = admin_request_find(admin, id, row, err);
    if (!status)
        status = admin_request_side(admin, row, side, err);
    if (!status && *side == REQUEST_OF_OTHERS)
        return FAIL(err, ERR_NOT_FOUND, "no request %lld", (long long)id);
    return status;
}

enum status admin_request_accept(const struct admin *admin, int64_t id, struct error *err)
{
    struct request_row row;
    enum request_side side = REQUEST_OF_OTHERS;
    enum status status = find_mine(admin, id, &row, &side, err);
    if (!status && side != REQUEST_ASKED && !actor_is_operator(&admin->actor))
        return FAIL(err, ERR_DENIED, "only who is asked accepts it");
    /* What it leads to removes others about the same. */
    if (!status)
        status = store_request_remove(admin->store, id, err);
    if (!status)
        status = carry_out(admin, &row, err);
    return status
               ? status
               : request_tell_asker(admin, &row,
                                    row.kind == REQUEST_TRANSFER ? POST_HOST_TAKEN
                                                                 : POST_REQUEST_ACCEPTED,
                                    row.email, err);
}

enum status admin_request_remove(const struct admin *admin, int64_t id, struct error *err)
{
    struct request_row row;
    enum request_side side = REQUEST_OF_OTHERS;
    enum status status = find_mine(admin, id, &row, &side, err);
    if (!status)
        status = store_request_remove(admin->store, id, err);
    return status || side != REQUEST_ASKED
               ? status
               : request_tell_asker(admin, &row, POST_REQUEST_DECLINED, row.email, err);
}
