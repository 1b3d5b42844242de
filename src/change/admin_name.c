// SPDX-License-Identifier: GPL-3.0-or-later
/* What else may keep a host from a name that is free: reserved words, hosts of others that look the
 * same, and quotas; and the lists of names and networks that operators and owners of zones keep. */
#include <string.h>

#include "account/zone_role.h"
#include "change/admin_part.h"
#include "change/journal.h"
#include "change/name_verdict.h"
#include "rule/skeleton.h"
#include "store/name_rules.h"

enum {
    WORDS_MAX = 1000, /* of the service: each host that is made is held against them */
    ZONE_WORDS_MAX = 200, /* of a zone */
    NETWORKS_MAX = 10000, /* in the database: all are read when one changes */
    QUARANTINE_S = 90 * 86400
};

const char *const name_verdict_words[NAME_VERDICTS + 1] = {
    [NAME_FREE] = "free",         [NAME_NO_ZONE] = "no-zone",
    [NAME_DENIED] = "denied",     [NAME_FORM] = "form",
    [NAME_DEPTH] = "depth",       [NAME_RESERVED] = "reserved",
    [NAME_TAKEN] = "taken",       [NAME_QUARANTINED] = "quarantined",
    [NAME_OCCUPIED] = "occupied", [NAME_ALIKE] = "look-alike",
    [NAME_QUOTA] = "quota",
};

const struct admin_rules admin_usual_rules = { .quarantine_s = QUARANTINE_S };

const struct admin_rules *admin_rules_of(const struct admin *admin)
{
    return admin->rules ? admin->rules : &admin_usual_rules;
}

/* ----- reserved words ----- */

struct word_search {
    const struct name *name;
    struct str label;
    struct error *err;
};

static enum status compare_word(void *ctx, const struct reserved_row *row)
{
    const struct word_search *search = (const struct word_search *)ctx;
    struct str word = str_from(row->word);
    enum word_match match = word_match(word, search->label);
    return match ? host_name_refuse_word(search->name, search->label, word, match,
                                         search->err)
                 : OK;
}

enum status admin_check_words(const struct admin *admin, const struct host_row *row,
                              const struct zone_row *zone, struct error *err)
{
    struct word_search search = {
        .name = &row->name,
        .label = host_name_top_label(&row->name, &zone->name),
        .err = err,
    };
    return store_reserved_each(admin->store, zone->id, compare_word, &search, err);
}

/* Who may keep the list. */
static enum status check_keeper(const struct admin *admin, int64_t zone_id,
                                struct error *err)
{
    struct zone_row zone;
    enum zone_role role = ZONE_STRANGER;
    if (actor_is_operator(&admin->actor))
        return OK;
    if (zone_id == 0)
        return FAIL(err, ERR_DENIED, "zone: only operators reserve words in every zone");
    enum status status = store_zone_find(admin->store, zone_id, &zone, err);
    if (!status)
        status = zone_role_of_actor(admin->store, &admin->actor, &zone, &role, err);
    if (!status && !zone_role_may(role, ZONE_SET))
        return FAIL(err, ERR_DENIED, "zone: %s is not yours", name_text(&zone.name));
    return status;
}

enum status admin_reserved_add(const struct admin *admin, struct reserved_row *row,
                               struct error *err)
{
    int64_t count = 0, max = row->zone_id ? ZONE_WORDS_MAX : WORDS_MAX;
    enum status status = check_keeper(admin, row->zone_id, err);
    if (!status && (status = word_check(str_from(row->word), err)) != OK)
        error_prefix(err, "word");
    if (!status)
        status = store_reserved_count(admin->store, row->zone_id, &count, err);
    if (!status && count >= max)
        status = FAIL(err, ERR_LIMIT, "word: the list has its %lld words already",
                      (long long)max);
    if (status)
        return status;
    row->created_s = admin->now_s;
    status = store_reserved_insert(admin->store, row, err);
    return status
               ? status
               : journal_list(admin, CHANGE_RESERVED, row->id, row->zone_id, "add", err);
}

enum status admin_reserved_remove(const struct admin *admin, int64_t id,
                                  struct error *err)
{
    struct reserved_row row;
    enum status status = store_reserved_find(admin->store, id, &row, err);
    if (!status)
        status = check_keeper(admin, row.zone_id, err);
    if (!status)
        status = store_reserved_remove(admin->store, id, err);
    return status ? status
                  : journal_list(admin, CHANGE_RESERVED, id, row.zone_id, "remove", err);
}

/* ----- names that look alike ----- */

static bool refuses_look_alikes(const struct zone_row *zone)
{
    if (zone->look_alikes != LOOK_ALIKES_USUAL)
        return zone->look_alikes == LOOK_ALIKES_REFUSED;
    /* Where people make hosts who do not know each other. */
    return zone->policy != ZONE_NOBODY && zone->policy != ZONE_INVITED;
}

enum status admin_check_alike(const struct admin *admin, const struct host_row *row,
                              const struct zone_row *zone, struct error *err)
{
    struct name found;
    enum zone_role role = ZONE_STRANGER;
    if (!refuses_look_alikes(zone) || name_equal(&row->name, &zone->name))
        return OK;
    enum status status =
        zone_role_of_actor(admin->store, &admin->actor, zone, &role, err);
    if (status || zone_role_may(role, ZONE_SET))
        return status;
    status = store_host_find_alike(admin->store, zone->id, skeleton_number(&row->name),
                                   row->owner_id, &found, NULL);
    if (status && status != ERR_NOT_FOUND)
        return FAIL(err, status, "hosts like %s cannot be looked up",
                    name_text(&row->name));
    /* Or a number that is the same by chance. */
    if (status || !skeleton_is_alike(&row->name, &found))
        return OK;
    return FAIL(err, ERR_CONFLICT, "%s: looks like %s of another owner",
                name_text(&row->name), name_text(&found));
}

/* ----- quotas ----- */

static enum status check_count(const struct admin *admin, int64_t zone_id,
                               int64_t owner_id, int32_t max, struct str what,
                               struct error *err)
{
    int64_t count = 0;
    if (max == 0)
        return OK;
    enum status status = store_host_count(admin->store, zone_id, owner_id, &count, err);
    if (!status && count >= max)
        return FAIL(err, ERR_LIMIT, STR_FMT ": has its %d hosts already", STR_ARG(what),
                    (int)max);
    return status;
}

static int32_t first_of(int32_t own, int32_t usual)
{
    return own ? own : usual;
}

enum status admin_check_quotas(const struct admin *admin, int64_t owner_id,
                               const struct zone_row *zone, bool is_new,
                               struct error *err)
{
    const struct admin_rules *rules = admin_rules_of(admin);
    struct account_row owner;
    char storage[NAME_TEXT_SIZE + EMAIL_SIZE + 32];
    struct buf what = BUF_ON(storage);
    enum status status = admin_find_owner(admin, owner_id, &owner, err);
    if (status)
        return status;
    int32_t usual = owner.role == ROLE_USER ? rules->hosts_per_account : 0;
    buf_printf(&what, "account %s", owner.email);
    status = check_count(admin, 0, owner_id, first_of(owner.hosts_max, usual),
                         buf_str(&what), err);
    if (!status && owner_id != zone->owner_id) {
        buf_printf(&what, " in the zone %s", name_text(&zone->name));
        status = check_count(
            admin, zone->id, owner_id,
            first_of(zone->account_hosts_max, rules->hosts_per_account_in_zone),
            buf_str(&what), err);
    }
    if (status || !is_new)
        return status;
    what.n = 0;
    buf_printf(&what, "zone %s", name_text(&zone->name));
    return check_count(admin, zone->id, 0,
                       first_of(zone->hosts_max, rules->hosts_per_zone), buf_str(&what),
                       err);
}

/* ----- quarantine ----- */

enum status admin_quarantine(const struct admin *admin, const struct host_row *row,
                             struct error *err)
{
    const struct admin_rules *rules = admin_rules_of(admin);
    const struct tombstone_row tombstone = { .name = row->name,
                                             .owner_id = row->owner_id,
                                             .zone_id = row->zone_id,
                                             .until_s =
                                                 admin->now_s + rules->quarantine_s };
    return rules->quarantine_s ? store_tombstone_put(admin->store, &tombstone, err) : OK;
}

enum status admin_quarantine_lift(const struct admin *admin, const struct name *name,
                                  struct error *err)
{
    struct tombstone_row row;
    enum status status = store_tombstone_get(admin->store, name, &row, err);
    if (!status)
        status = check_keeper(admin, row.zone_id, err);
    if (!status)
        status = store_tombstone_remove(admin->store, row.id, err);
    return status
               ? status
               : journal_list(admin, CHANGE_QUARANTINE, row.id, row.zone_id, "lift", err);
}

/* ----- blocked networks ----- */

static enum status check_network(const struct admin *admin, const struct blocked_row *row,
                                 struct error *err)
{
    int64_t count = 0;
    if (row->network.length == 0)
        return FAIL(err, ERR_LIMIT, "network: every address would be blocked");
    if (!admin_is_printable(row->reason))
        return FAIL(err, ERR_SYNTAX, "reason: has control characters");
    if (row->expires_s && row->expires_s <= admin->now_s)
        return FAIL(err, ERR_LIMIT, "expires: must be in the future, or 0");
    enum status status = store_blocked_count(admin->store, &count, err);
    if (!status && count >= NETWORKS_MAX)
        return FAIL(err, ERR_LIMIT, "network: %d are blocked already", NETWORKS_MAX);
    return status;
}

enum status admin_blocked_add(const struct admin *admin, struct blocked_row *row,
                              struct error *err)
{
    if (!actor_is_operator(&admin->actor))
        return FAIL(err, ERR_DENIED, "only operators block networks");
    row->network = prefix_network(row->network);
    enum status status = check_network(admin, row, err);
    if (status)
        return status;
    row->created_s = admin->now_s;
    status = store_blocked_insert(admin->store, row, err);
    return status ? status : journal_list(admin, CHANGE_BLOCKED, row->id, 0, "add", err);
}

enum status admin_blocked_remove(const struct admin *admin, int64_t id, struct error *err)
{
    enum status status = store_blocked_remove(admin->store, id, err);
    return status ? status : journal_list(admin, CHANGE_BLOCKED, id, 0, "remove", err);
}

enum status admin_blocked_expire(const struct admin *admin, struct error *err)
{
    for (;;) {
        struct blocked_row row;
        enum status status =
            store_blocked_expired(admin->store, admin->now_s, &row, NULL);
        if (status == ERR_NOT_FOUND)
            return OK;
        if (!status)
            status = admin_blocked_remove(admin, row.id, err);
        if (status)
            return status;
    }
}
