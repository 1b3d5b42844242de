// SPDX-License-Identifier: GPL-3.0-or-later
/* Adds, sets and removes hosts: checks the values, the name, what stands beside it and below it,
 * and who owns it; then writes the rows and the journal. */
#include <string.h>

#include "account/zone_role.h"
#include "change/admin_part.h"
#include "change/apply.h"
#include "change/host_rule.h"
#include "change/journal.h"
#include "change/withhold.h"
#include "rule/heartbeat.h"
#include "rule/skeleton.h"

/* ----- the name ----- */

struct record_search {
    /* The zone has records of its own there, and only addresses are in the way. */
    bool at_apex;
    bool taken, wildcard_taken;
};

static bool is_address_or_alias(uint16_t type)
{
    return type == RR_A || type == RR_AAAA || type == RR_CNAME;
}

static enum status note_record(void *ctx, const struct record_row *record)
{
    struct record_search *search = (struct record_search *)ctx;
    bool stands_for = is_address_or_alias(record->type);
    if (record->wildcard)
        search->wildcard_taken |= stands_for;
    else
        search->taken |= stands_for || (!search->at_apex &&
                                        (record->host_id == 0 || record->type == RR_NS));
    return OK;
}

/* A record of the zone, such as the address of its name server, has the name already. */
static enum status check_records(const struct admin *admin, const struct host_row *row,
                                 bool at_apex, struct error *err)
{
    struct record_search search = { .at_apex = at_apex };
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

/* ERR_DENIED: the zone takes no hosts of the one that asks. */
static enum status check_maker(const struct admin *admin, const struct host_row *row,
                               const struct zone_row *zone, struct error *err)
{
    enum zone_role role = ZONE_STRANGER;
    if (!actor_owns(&admin->actor, row->owner_id))
        return FAIL(err, ERR_DENIED, "host %s: only operators make hosts for others",
                    name_text(&row->name));
    enum status status =
        zone_role_of_actor(admin->store, &admin->actor, zone, &role, err);
    if (!status && !zone_role_makes_hosts(role, zone->policy))
        return FAIL(err, ERR_DENIED,
                    "host %s: the zone %s takes no hosts of this account",
                    name_text(&row->name), name_text(&zone->name));
    return status;
}

static enum status check_form(const struct admin *admin, const struct host_row *row,
                              const struct zone_row *zone, struct error *err)
{
    enum zone_role role = ZONE_STRANGER;
    enum status status =
        zone_role_of_actor(admin->store, &admin->actor, zone, &role, err);
    const struct host_name_rules rules = {
        .zone = &zone->name,
        .labels_max = zone->labels_max,
        /* Who looks after the zone, where not everybody makes hosts. */
        .is_trusted = zone->policy != ZONE_EVERYBODY && zone_role_may(role, ZONE_SET),
        .reserved = admin->reserved.at ? admin->reserved : str_from(host_name_reserved),
        .words = admin_rules_of(admin)->words,
    };
    if (!status)
        status = host_name_check(&row->name, &rules, err);
    return status || rules.is_trusted ? status : admin_check_words(admin, row, zone, err);
}

static enum status check_host(const struct admin *admin, const struct host_row *row,
                              const struct zone_row *zone, struct error *err)
{
    struct host_row found;
    (void)zone;
    enum status status = store_host_find_name(admin->store, &row->name, &found, NULL);
    if (!status)
        return FAIL(err, ERR_EXISTS, "a host %s exists", name_text(&row->name));
    return status == ERR_NOT_FOUND
               ? OK
               : FAIL(err, status, "host %s cannot be looked up", name_text(&row->name));
}

/* Above the zone's own name lies another zone, and below it what hosts the zone has. */
static bool is_apex(const struct host_row *row, const struct zone_row *zone)
{
    return name_equal(&row->name, &zone->name);
}

static enum status check_record(const struct admin *admin, const struct host_row *row,
                                const struct zone_row *zone, struct error *err)
{
    return check_records(admin, row, is_apex(row, zone), err);
}

static enum status check_quarantine(const struct admin *admin, const struct host_row *row,
                                    const struct zone_row *zone, struct error *err)
{
    return is_apex(row, zone) ? OK
                              : admin_check_tombstones(admin, &row->name, &zone->name,
                                                       row->owner_id, err);
}

static enum status check_place(const struct admin *admin, const struct host_row *row,
                               const struct zone_row *zone, struct error *err)
{
    if (is_apex(row, zone))
        return OK;
    enum status status = admin_check_above(admin, row, zone, err);
    return status ? status
                  : admin_check_below(admin, &row->name, zone, row->owner_id, err);
}

static enum status check_cuts(const struct admin *admin, const struct host_row *row,
                              const struct zone_row *zone, struct error *err)
{
    return is_apex(row, zone) ? OK : admin_check_cuts(admin, &row->name, zone, err);
}

static enum status check_quotas(const struct admin *admin, const struct host_row *row,
                                const struct zone_row *zone, struct error *err)
{
    return admin_check_quotas(admin, row->owner_id, zone, true, err);
}

/* What a form that is not allowed is about. */
static enum name_verdict verdict_of(enum name_verdict verdict, enum status status)
{
    if (verdict != NAME_FORM || status == ERR_SYNTAX)
        return verdict;
    return status == ERR_LIMIT ? NAME_DEPTH : NAME_RESERVED;
}

/* The one list of what a name has to pass, in the order in which people are told. */
static enum status judge_name(const struct admin *admin, const struct host_row *row,
                              const struct zone_row *zone, enum name_verdict *verdict,
                              struct error *err)
{
    static const struct {
        enum name_verdict verdict;
        enum status (*check)(const struct admin *admin, const struct host_row *row,
                             const struct zone_row *zone, struct error *err);
    } checks[] = {
        { NAME_DENIED, check_maker },   { NAME_FORM, check_form },
        { NAME_TAKEN, check_host },     { NAME_QUARANTINED, check_quarantine },
        { NAME_OCCUPIED, check_place }, { NAME_TAKEN, check_record },
        { NAME_OCCUPIED, check_cuts },  { NAME_ALIKE, admin_check_alike },
        { NAME_QUOTA, check_quotas },
    };
    for (size_t i = 0; i < LENGTH_OF(checks); i++) {
        enum status status = checks[i].check(admin, row, zone, err);
        *verdict = status ? verdict_of(checks[i].verdict, status) : NAME_FREE;
        if (status)
            return status;
    }
    return OK;
}

enum status admin_host_judge(const struct admin *admin, struct host_row *row,
                             enum name_verdict *verdict, struct error *err)
{
    struct zone_row zone;
    *verdict = NAME_NO_ZONE;
    enum status status = store_zone_find_longest(admin->store, &row->name, &zone, err);
    if (status)
        return status;
    row->zone_id = zone.id;
    return judge_name(admin, row, &zone, verdict, err);
}

/* ----- following ----- */

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

/* ----- addresses and other values ----- */

static enum status check_family(const char *member, const struct address_list *list,
                                uint8_t family, struct error *err)
{
    const struct ip *ips = list->at;
    for (size_t i = 0; i < list->count; i++) {
        enum ip_kind kind = ip_kind(ips[i]);
        if (ips[i].family != family)
            return FAIL(err, ERR_SYNTAX, "%s: %s is of the other family", member,
                        ip_text(ips[i]));
        if (kind == IP_SPECIAL || kind == IP_UNSPECIFIED)
            return FAIL(err, ERR_CONFLICT, "%s: %s must not stand in DNS", member,
                        ip_text(ips[i]));
        for (size_t j = 0; j < i; j++)
            if (ip_equal(ips[i], ips[j]))
                return FAIL(err, ERR_SYNTAX, "%s: %s stands there twice", member,
                            ip_text(ips[i]));
    }
    return OK;
}

static enum status check_addresses(const struct host_row *row,
                                   const struct addresses *addresses, struct error *err)
{
    size_t max = row->round_robin ? ADDRESSES_MAX : 1;
    if (addresses->v4.count > max || addresses->v6.count > max)
        return FAIL(err, ERR_CONFLICT, "addresses: host %s keeps %zu of a family%s",
                    name_text(&row->name), max, max == 1 ? " without round_robin" : "");
    enum status status = check_family("addresses", &addresses->v4, IP_V4, err);
    return status ? status : check_family("addresses", &addresses->v6, IP_V6, err);
}

static enum status check_fallback(const struct host_row *row, struct error *err)
{
    const struct address_list v4 = { { row->fallback_v4 }, row->fallback_v4.family > 0 };
    const struct address_list v6 = { { row->fallback_v6 }, row->fallback_v6.family > 0 };
    if (row->when_silent == SILENT_FALLBACK && v4.count + v6.count == 0)
        return FAIL(err, ERR_CONFLICT,
                    "fallback: needs an address, as when_silent is "
                    "fallback");
    enum status status = check_family("fallback", &v4, IP_V4, err);
    return status ? status : check_family("fallback", &v6, IP_V6, err);
}

static bool has(const struct addresses *addresses, struct ip ip)
{
    return addresses &&
           address_list_has(ip.family == IP_V4 ? &addresses->v4 : &addresses->v6, ip);
}

/* What it has `before` (NULL: nothing) may stay. */
static enum status check_blocked(const struct admin *admin,
                                 const struct addresses *addresses,
                                 const struct addresses *before, struct error *err)
{
    const struct network_set *blocked = admin_rules_of(admin)->blocked;
    for (size_t i = 0; blocked && i < addresses_count(addresses); i++) {
        struct ip ip = addresses_get(addresses, i);
        if (network_set_has(blocked, ip) && !has(before, ip))
            return FAIL(err, ERR_CONFLICT, "addresses: %s is in a blocked network",
                        ip_text(ip));
    }
    return OK;
}

/* By its owner. */
static enum status set_withheld(const struct admin *admin, struct host_row *row,
                                struct error *err)
{
    struct account_row owner;
    enum status status = admin_find_owner(admin, row->owner_id, &owner, err);
    if (!status)
        withhold_by_owner(row, &owner);
    return status;
}

static enum status check_values(const struct host_row *row, struct error *err)
{
    if (row->liveness_s < 0)
        return FAIL(err, ERR_LIMIT, "liveness: must not be negative");
    if (row->liveness_s > HEARTBEAT_PERIOD_MAX_S ||
        (row->liveness_s > 0 && row->liveness_s < HEARTBEAT_PERIOD_MIN_S))
        return FAIL(err, ERR_LIMIT, "liveness: must be 0, or from %d to %d seconds",
                    HEARTBEAT_PERIOD_MIN_S, HEARTBEAT_PERIOD_MAX_S);
    enum status status = check_fallback(row, err);
    if (status)
        return status;
    return admin_check_ttl(row->ttl_s, "ttl", err);
}

/* ----- the calls ----- */

static enum status insert(const struct admin *admin, struct host_row *row,
                          struct error *err)
{
    struct addresses addresses;
    row->more_addresses = false;
    enum status status = store_host_addresses(admin->store, row, &addresses, err);
    if (!status)
        status = check_addresses(row, &addresses, err);
    if (!status)
        status = check_blocked(admin, &addresses, NULL, err);
    if (!status)
        status = set_withheld(admin, row, err);
    if (status)
        return status;
    row->skeleton = skeleton_number(&row->name);
    row->created_s = admin->now_s;
    row->last_seen_s = 0;
    row->in_clear_s = 0;
    row->heartbeat = 0;
    row->silent_s = 0;
    row->owned_s = 0;
    row->last_change = 0;
    status = store_host_insert(admin->store, row, err);
    if (!status)
        status = journal_host(admin, row, NULL, &addresses, false, err);
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
    enum name_verdict verdict = NAME_FREE;
    status = judge_name(admin, row, &zone, &verdict, err);
    if (!status && host_is_replaced(row->state))
        status = FAIL(err, ERR_CONFLICT, "state: nobody sets that a host is silent");
    if (!status)
        status = check_values(row, err);
    if (!status)
        status = check_follows(admin, row, 0, err);
    if (!status)
        status = insert(admin, row, err);
    return status ? status : admin_take_records(admin, row, &zone, err);
}

/* How a host is set: by itself, or along with the host above it that changes hands, whose names
 * below are all looked after there. */
enum setting {
    SET_ITSELF,
    SET_ALONG
};

static enum status check_not_followed(const struct admin *admin,
                                      const struct host_row *row, struct error *err)
{
    enum status status = check_followers(admin, row->id, 1, NULL);
    if (status)
        return FAIL(err, status == ERR_LIMIT ? ERR_CONFLICT : status,
                    "host %s: hosts of its owner follow it", name_text(&row->name));
    return OK;
}

enum status admin_check_alone(const struct admin *admin, const struct host_row *row,
                              struct error *err)
{
    if (row->follows_id)
        return FAIL(err, ERR_CONFLICT, "host %s: follows another host of its owner",
                    name_text(&row->name));
    return check_not_followed(admin, row, err);
}

static enum status check_handover(const struct admin *admin, const struct host_row *row,
                                  const struct zone_row *zone, enum setting setting,
                                  struct error *err)
{
    enum status status = check_not_followed(admin, row, err);
    if (status)
        return status;
    status = setting == SET_ALONG || name_equal(&row->name, &zone->name)
                 ? OK
                 : admin_check_above(admin, row, zone, err);
    return status ? status : admin_check_quotas(admin, row->owner_id, zone, false, err);
}

/* Who looks after the zone disables hosts and enables them; the rest is for operators. */
static enum status check_state(const struct admin *admin, const struct host_row *row,
                               const struct host_row *old, const struct zone_row *zone,
                               struct error *err)
{
    enum zone_role role = ZONE_STRANGER;
    bool is_back = old->state == HOST_OFFLINE && row->state == HOST_ACTIVE;
    if (row->state == old->state || actor_is_operator(&admin->actor))
        return OK;
    /* An update of its owner's does that, too. */
    if (is_back && actor_owns(&admin->actor, row->owner_id))
        return OK;
    enum status status =
        zone_role_of_actor(admin->store, &admin->actor, zone, &role, err);
    if (!status && !zone_role_may(role, ZONE_JUDGE_HOSTS))
        return FAIL(err, ERR_DENIED,
                    "state: only operators and who looks after the zone set it");
    if (!status && (old->state == HOST_ABUSE ||
                    (row->state != HOST_ACTIVE && row->state != HOST_DISABLED)))
        return FAIL(err, ERR_DENIED,
                    "state: only operators set anything but active and "
                    "disabled, or lift abuse");
    return status;
}

/* What cannot be set is as it was. Of a host that changes hands, the log begins anew: where it was
 * before is not for the new owner. */
static void keep(struct host_row *row, const struct host_row *old)
{
    row->zone_id = old->zone_id;
    row->v4 = old->v4;
    row->v6 = old->v6;
    row->more_addresses = old->more_addresses;
    row->last_seen_s = old->last_seen_s;
    row->in_clear_s = old->in_clear_s;
    row->withheld = old->withheld;
    row->skeleton = old->skeleton;
    row->heartbeat = old->heartbeat;
    row->silent_s = old->silent_s;
    row->created_s = old->created_s;
    row->owned_s = old->owned_s;
    row->last_change = row->owner_id == old->owner_id ? old->last_change : 0;
}

static enum status set(const struct admin *admin, struct host_row *row,
                       const struct addresses *addresses, bool changes_hands,
                       struct error *err)
{
    struct addresses before, after;
    enum status status = store_host_addresses(admin->store, row, &before, err);
    if (status)
        return status;
    after = addresses ? *addresses : before;
    if (!addresses && !row->round_robin) {
        after.v4.count = after.v4.count ? 1 : 0;
        after.v6.count = after.v6.count ? 1 : 0;
    }
    if (addresses)
        status = check_addresses(row, addresses, err);
    if (!status && addresses)
        status = check_blocked(admin, addresses, &before, err);
    if (!status)
        status = store_host_update(admin->store, row, err);
    return status ? status
                  : apply_addresses(admin, row, &before, &after, changes_hands, err);
}

static enum status set_host(const struct admin *admin, struct host_row *row,
                            const struct addresses *addresses, enum setting setting,
                            struct error *err);

struct handover {
    const struct admin *admin;
    int64_t owner_id; /* the new one */
    struct error *err;
};

static enum status hand_over(void *ctx, int64_t host_id)
{
    const struct handover *handover = (const struct handover *)ctx;
    struct host_row row;
    enum status status =
        store_host_find(handover->admin->store, host_id, &row, handover->err);
    if (status)
        return status;
    row.owner_id = handover->owner_id;
    return set_host(handover->admin, &row, NULL, SET_ALONG, handover->err);
}

static enum status leave_behind(const struct admin *admin, int64_t id, struct error *err)
{
    enum status status = admin_release_tokens(admin, id, 0, err);
    return status ? status : store_request_remove_host(admin->store, id, err);
}

/* A host that changes hands leaves everything of the old owner's behind, and takes what lies
 * below its name along. */
static enum status finish_handover(const struct admin *admin, const struct host_row *row,
                                   const struct zone_row *zone, int64_t old_owner_id,
                                   struct error *err)
{
    enum status status = leave_behind(admin, row->id, err);
    if (status || name_equal(&row->name, &zone->name))
        return status;
    struct handover handover = { admin, row->owner_id, err };
    const struct admin_below below = { row, old_owner_id, hand_over, &handover };
    return admin_each_below(admin, zone, &below, err);
}

/* What stands in DNS instead of the addresses comes of silence alone, and is looked at anew when
 * that is to have other consequences. */
static enum status settle_state(struct host_row *row, const struct host_row *old,
                                struct error *err)
{
    if (!host_is_replaced(row->state))
        return OK;
    if (row->state != old->state)
        return FAIL(err, ERR_CONFLICT, "state: nobody sets that a host is silent");
    if (row->when_silent != old->when_silent || row->kept_s != old->kept_s ||
        row->permanent || !ip_equal(row->fallback_v4, old->fallback_v4) ||
        !ip_equal(row->fallback_v6, old->fallback_v6))
        row->state = HOST_ACTIVE;
    return OK;
}

/* What the owner before wanted of it is not what the new one wants, unless it is set just now. A name
 * that pointed to that owner's fallback, or to nothing, waits for a call. */
static void leave_wishes(struct host_row *row, const struct host_row *old)
{
    if (row->when_silent == old->when_silent &&
        ip_equal(row->fallback_v4, old->fallback_v4) &&
        ip_equal(row->fallback_v6, old->fallback_v6)) {
        row->when_silent = SILENT_KEEP;
        row->fallback_v4 = row->fallback_v6 = (struct ip){ .family = IP_NONE };
    }
    row->quiet = row->quiet && !old->quiet;
    row->permanent = row->permanent && !old->permanent;
    if (row->liveness_s == old->liveness_s)
        row->liveness_s = 0;
    if (row->kept_s == old->kept_s)
        row->kept_s = 0;
    if (host_is_replaced(old->state) && row->state != HOST_DISABLED &&
        row->state != HOST_ABUSE)
        row->state = HOST_OFFLINE;
}

static enum status set_host(const struct admin *admin, struct host_row *row,
                            const struct addresses *addresses, enum setting setting,
                            struct error *err)
{
    struct host_row old;
    struct zone_row zone;
    enum status status = store_host_find(admin->store, row->id, &old, err);
    if (!status)
        status = store_zone_find(admin->store, old.zone_id, &zone, err);
    if (status)
        return status;
    if (!name_equal(&row->name, &old.name))
        return FAIL(err, ERR_CONFLICT, "host %s: its name cannot be changed",
                    name_text(&old.name));
    bool changes_hands = row->owner_id != old.owner_id;
    keep(row, &old);
    status = settle_state(row, &old, err);
    if (!status)
        status = check_values(row, err);
    if (!status)
        status = check_state(admin, row, &old, &zone, err);
    if (!status && row->wildcard && !old.wildcard)
        status = check_records(admin, row, name_equal(&row->name, &zone.name), err);
    if (!status && changes_hands)
        status = check_handover(admin, row, &zone, setting, err);
    if (!status && changes_hands) {
        leave_wishes(row, &old);
        row->owned_s = admin->now_s;
        status = set_withheld(admin, row, err);
    }
    if (!status)
        status = check_follows(admin, row, old.follows_id, err);
    if (!status)
        status = set(admin, row, addresses, changes_hands, err);
    if (!status && changes_hands)
        status = setting == SET_ALONG
                     ? leave_behind(admin, row->id, err)
                     : finish_handover(admin, row, &zone, old.owner_id, err);
    return status;
}

enum status admin_host_set(const struct admin *admin, struct host_row *row,
                           const struct addresses *addresses, struct error *err)
{
    struct host_row old;
    enum status status = store_host_find(admin->store, row->id, &old, err);
    if (!status && row->owner_id != old.owner_id && !actor_is_operator(&admin->actor))
        return FAIL(err, ERR_DENIED, "owner: only operators give a host to another");
    return status ? status : set_host(admin, row, addresses, SET_ITSELF, err);
}

enum status admin_host_hand_over(const struct admin *admin, int64_t id, int64_t owner_id,
                                 struct error *err)
{
    struct host_row row;
    enum status status = store_host_find(admin->store, id, &row, err);
    row.owner_id = owner_id;
    return status ? status : set_host(admin, &row, NULL, SET_ITSELF, err);
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

/* Else its owner could make it anew, and so lift what others have decided. */
static enum status check_removal(const struct admin *admin, const struct host_row *row,
                                 const struct zone_row *zone, struct error *err)
{
    enum zone_role role = ZONE_STRANGER;
    if (row->state != HOST_DISABLED && row->state != HOST_ABUSE)
        return OK;
    enum status status =
        zone_role_of_actor(admin->store, &admin->actor, zone, &role, err);
    if (!status && row->state == HOST_ABUSE && role != ZONE_OPERATOR)
        return FAIL(err, ERR_DENIED, "host %s: only operators remove it",
                    name_text(&row->name));
    if (!status && !zone_role_may(role, ZONE_JUDGE_HOSTS))
        return FAIL(err, ERR_DENIED,
                    "host %s: only operators and who looks after the zone remove a "
                    "blocked host",
                    name_text(&row->name));
    return status;
}

enum status admin_host_remove(const struct admin *admin, int64_t id, struct error *err)
{
    struct host_row row;
    struct addresses addresses;
    struct leaving leaving = { .admin = admin, .err = err };
    struct zone_row zone = { .id = 0 };
    enum status status = store_host_find(admin->store, id, &row, err);
    if (!status)
        status = store_zone_find(admin->store, row.zone_id, &zone, err);
    if (!status)
        status = check_removal(admin, &row, &zone, err);
    if (!status)
        status = store_host_addresses(admin->store, &row, &addresses, err);
    /* Its records go with it, also those below its name. */
    if (!status)
        status = store_record_list_host(admin->store, id, journal_leaving, &leaving, err);
    /* The row of the journal comes first: the zone's newest change becomes this one. */
    if (!status)
        status = journal_host(admin, &row, &addresses, NULL, false, err);
    if (!status)
        status = store_stale_remove(admin->store, STALE_HOST, id, err);
    if (!status)
        status = store_host_remove(admin->store, id, err);
    /* The name of a zone belongs to the zone's owner, so it is not reserved after the removal. */
    if (status || name_equal(&row.name, &zone.name))
        return status;
    return admin_quarantine(admin, &row, err);
}
