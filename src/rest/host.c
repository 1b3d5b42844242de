// SPDX-License-Identifier: GPL-3.0-or-later
/* Hosts. What a host has besides plain fields, such as its addresses or the host that it
 * follows, is read and written here by hand. */
#include <string.h>

#include "account/zone_role.h"
#include "base/json.h"
#include "change/change.h"
#include "rest/field.h"
#include "rest/heartbeat.h"
#include "rest/list.h"
#include "rest/name.h"
#include "rest/resource.h"
#include "rest/rest.h"

static const char *const modes[] = { "dual", "follow", NULL };
static const struct {
    enum host_withheld reason;
    const char *word;
} reasons[] = { { WITHHELD_ACCOUNT, "account" }, { WITHHELD_NETWORK, "network" } };
static const char *const withheld_words[] = { "account", "network", NULL };
static const char *const states[] = { "active",   "offline",   "disabled", "abuse",
                                      "fallback", "withdrawn", NULL };

static const char *const silent_words[] = { "keep", "fallback", "withdraw", NULL };

/* What who looks after its zone sees of a host of another, too: what DNS has, and whose it is. */
#define OPEN_FIELDS 7
/* The rest is for its owner. */
#define OWN .may_miss = true

static const struct field fields[] = {
    FIELD(struct host_row, name, "name", FIELD_NAME, SET_BY_OWNER, "its whole name",
          .only_new = true, .needed = true),
    FIELD_OF_WORDS(
        struct host_row, state, "state", states, SET_BY_ZONE,
        "only of an active host the addresses are in DNS; fallback and withdrawn,"
        " which nobody sets, last until its next call"),
    FIELD(struct host_row, ttl_s, "ttl", FIELD_NUMBER, SET_BY_OWNER,
          "TTL of its addresses in seconds"),
    FIELD(struct host_row, wildcard, "wildcard", FIELD_BOOL, SET_BY_OWNER,
          "names below it have the same addresses"),
    FIELD(struct host_row, round_robin, "round_robin", FIELD_BOOL, SET_BY_OWNER,
          "it keeps several addresses of a family"),
    FIELD(struct host_row, created_s, "created", FIELD_NUMBER, SET_BY_NOBODY,
          "seconds since 1970"),
    FIELD(struct host_row, last_change, "last_change", FIELD_NUMBER, SET_BY_NOBODY,
          "number of its newest change"),
    FIELD_OF_WORDS(struct host_row, mode, "mode", modes, SET_BY_OWNER,
                   "dual: a family that an update does not name stays; follow: it goes",
                   OWN),
    FIELD(struct host_row, private_allowed, "private_addresses", FIELD_BOOL,
          SET_BY_OPERATOR, "private and documentation addresses are taken", OWN),
    FIELD(struct host_row, plain_http, "plain_http", FIELD_BOOL, SET_BY_OPERATOR,
          "updates without TLS are taken", OWN),
    FIELD(struct host_row, subnet, "subnet", FIELD_NUMBER, SET_BY_OWNER,
          "number of its subnet within the prefix of the host that it follows", OWN),
    FIELD(struct host_row, liveness_s, "liveness", FIELD_NUMBER, SET_BY_OWNER,
          "how often it should call, in seconds, up to 21 days; 0: that is learned", OWN),
    FIELD_OF_WORDS(
        struct host_row, when_silent, "when_silent", silent_words, SET_BY_OWNER,
        "what becomes of its name when it is silent, until it calls again", OWN),
    FIELD(struct host_row, permanent, "permanent", FIELD_BOOL, SET_BY_OWNER,
          "it need not call: it is never silent, and never too old", OWN),
    FIELD(struct host_row, last_seen_s, "last_seen", FIELD_NUMBER, SET_BY_NOBODY,
          "when it was last heard, in seconds since 1970; 0: never", OWN),
    FIELD(struct host_row, in_clear_s, "in_clear", FIELD_NUMBER, SET_BY_NOBODY,
          "the day on which it last called without TLS; 0: never", OWN),
    BY_HAND("owner", HAND_TEXT, SET_BY_OWNER, "address of the account that owns it"),
    BY_HAND("make_owner", HAND_BOOL, SET_BY_OWNER, "a missing owner is made, too",
            .unshown = true),
    BY_HAND("zone", HAND_TEXT, SET_BY_OWNER, "the zone that it lies in",
            .only_new = true),
    BY_HAND("addresses", HAND_TEXTS, SET_BY_OWNER,
            "IPv4 and IPv6 addresses; given, they replace all that it has"),
    BY_HAND(
        "withheld", HAND_TEXTS, SET_BY_NOBODY,
        "why it is not in DNS, whatever its state: its account is blocked, or it points"
        " to a blocked network",
        .words = withheld_words),
    BY_HAND("fallback", HAND_TEXTS, SET_BY_OWNER,
            "one address of each family that its name gets when it is silent", OWN),
    BY_HAND("notify", HAND_BOOL, SET_BY_OWNER,
            "its owner gets mails about it when it is silent, or is refused", OWN),
    BY_HAND("keep", HAND_BOOL, SET_BY_OWNER,
            "true: it is still needed, although it does not call", .unshown = true),
    { .key = "heartbeat",
      .kind = HAND_SHAPE,
      .shape = &rest_heartbeat_shape,
      .about = "what its calls tell of it",
      OWN },
    BY_HAND("interface_id", HAND_TEXT, SET_BY_OWNER,
            "the last 64 bits of its IPv6 address, such as ::211:22ff:fe33:4455", OWN),
    BY_HAND("follows", HAND_TEXT_OR_NULL, SET_BY_OWNER,
            "the host whose IPv6 prefix it takes", OWN),
};
const struct shape host_shape = { "Host", fields, LENGTH_OF(fields) };
static const struct shape open_shape = { "Host", fields, OPEN_FIELDS };

/* An interface id is shown and given as an address whose first 64 bits are zero. */
static void put_interface_id(struct json *object, const struct host_row *row)
{
    struct ip ip = { .family = IP_V6 };
    memcpy(ip.bytes + 8, row->interface_id, sizeof(row->interface_id));
    json_put_text(object, "interface_id", str_from(ip_text(ip)));
}

static void put_withheld(struct json *object, const struct host_row *row)
{
    struct json *list = json_new_array();
    for (size_t i = 0; i < LENGTH_OF(reasons); i++)
        if (row->withheld & reasons[i].reason)
            json_append(list, json_new_string(str_from(reasons[i].word)));
    json_put(object, "withheld", list);
}

static enum status put_follows(const struct rest_call *call, const struct host_row *row,
                               struct json *object, struct error *err)
{
    if (row->follows_id == 0) {
        json_put(object, "follows", json_new_null());
        return OK;
    }
    struct host_row router;
    enum status status =
        store_host_find(call->admin.store, row->follows_id, &router, err);
    if (!status)
        json_put_text(object, "follows", str_from(name_text(&router.name)));
    return status;
}

/* The database has it late. */
static void put_last_seen(const struct rest_call *call, const struct host_row *row,
                          struct json *object)
{
    int64_t seen_s = call->rest ? change_last_seen(call->rest->change, row->id) : 0;
    if (seen_s > row->last_seen_s)
        json_put_number(object, "last_seen", seen_s);
}

/* What is for the owner alone and stands in no field. */
static enum status put_own(const struct rest_call *call, const struct host_row *row,
                           struct json *object, struct error *err)
{
    put_last_seen(call, row, object);
    rest_heartbeat_put(call, row, object);
    put_interface_id(object, row);
    return put_follows(call, row, object, err);
}

enum status rest_host_json(const struct rest_call *call, const struct host_row *row,
                           struct json **out, struct error *err)
{
    struct account_row owner;
    struct zone_row zone;
    struct addresses addresses;
    struct store *store = call->admin.store;
    enum status status = store_account_find(store, row->owner_id, &owner, err);
    if (!status)
        status = store_zone_find(store, row->zone_id, &zone, err);
    if (!status)
        status = store_host_addresses(store, row, &addresses, err);
    if (status)
        return status;
    bool is_own = actor_owns(&call->admin.actor, row->owner_id);
    CLEANUP(json_freep) struct json *object = json_new_object();
    fields_write(is_own ? &host_shape : &open_shape, row, object);
    json_put_text(object, "owner", str_from(owner.email));
    json_put_text(object, "zone", str_from(name_text(&zone.name)));
    json_put(object, "addresses", rest_addresses_json(&addresses));
    put_withheld(object, row);
    if (is_own)
        status = put_own(call, row, object, err);
    if (!status)
        *out = TAKE(object);
    return status;
}

static enum status append(void *ctx, const struct host_row *row)
{
    struct rest_list *list = (struct rest_list *)ctx;
    struct json *item = NULL;
    enum status status = rest_host_json(list->call, row, &item, list->err);
    return status ? status : rest_list_put(list, row->id, item);
}

/* Those whose devices fail when the host takes no token in clear any more; of others it is not told. */
static enum status append_in_clear(void *ctx, const struct host_row *row)
{
    struct rest_list *list = (struct rest_list *)ctx;
    if (row->plain_http && row->in_clear_s &&
        actor_owns(&list->call->admin.actor, row->owner_id))
        return append(list, row);
    rest_list_pass(list, row->id);
    return OK;
}

/* No index has the hosts in clear, so that updates need not keep one: they are looked for. */
static enum status list_in_clear(struct rest_call *call, struct rest_list *list,
                                 int64_t zone_id, struct error *err)
{
    struct store_page walk = list->page;
    walk.limit = REST_WALK_MAX;
    enum status status =
        store_host_list(call->admin.store, zone_id, walk, append_in_clear, list, err);
    return rest_list_end(call, list, status);
}

static bool is_address(const void *ctx, struct ip ip)
{
    return ip_equal(*(const struct ip *)ctx, ip);
}

/* No index has the addresses, so that updates need not keep one: they are looked for in memory. */
static enum status put_pointing(struct rest_list *list, int64_t zone_id, struct ip ip)
{
    struct change_found found;
    const struct rest_call *call = list->call;
    enum status status = change_look_for_addresses(call->rest->change, list->page.after,
                                                   is_address, &ip, &found, list->err);
    for (size_t i = 0; i < found.count && !status; i++) {
        struct host_row row;
        status = store_host_find(call->admin.store, found.ids[i], &row, list->err);
        if (status == ERR_NOT_FOUND || (!status && zone_id && row.zone_id != zone_id))
            status = OK;
        else if (!status)
            status = append(list, &row);
    }
    if (status)
        return status;
    list->last = found.last;
    list->walked = found.more ? REST_WALK_MAX : 0;
    return OK;
}

static enum status list_pointing(struct rest_call *call, struct rest_list *list,
                                 int64_t zone_id, struct error *err)
{
    struct ip ip;
    enum status status = OK;
    if (!actor_is_operator(&call->admin.actor))
        status = FAIL(err, ERR_DENIED, "address: only operators search by address");
    else if (ip_parse(rest_param(call, "address"), &ip))
        status = FAIL(err, ERR_SYNTAX, "address: must be an IPv4 or IPv6 address");
    else
        status = put_pointing(list, zone_id, ip);
    return rest_list_end(call, list, status);
}

static enum status list_by_heartbeat(struct rest_call *call, struct rest_list *list,
                                     int64_t zone_id, int wanted, struct error *err)
{
    const struct rest_heartbeat_walk walk = { list, zone_id, wanted, append };
    return rest_list_end(call, list, rest_heartbeat_list(&walk, err));
}

enum status rest_host_list(struct rest_call *call, struct error *err)
{
    struct rest_list list;
    int64_t zone_id = 0;
    int wanted = -1;
    struct str in_clear = rest_param(call, "in_clear");
    if (in_clear.n && !str_equal(in_clear, STR("1")))
        return FAIL(err, ERR_SYNTAX, "in_clear: must be 1");
    enum status status = rest_heartbeat_wanted(call, &wanted, err);
    if (!status && in_clear.n && wanted >= 0)
        status = FAIL(err, ERR_SYNTAX, "in_clear: not together with heartbeat");
    if (!status)
        status = rest_list_begin_in_zone(call, &list, &zone_id, err);
    if (status)
        return status;
    if (rest_param(call, "address").n)
        return list_pointing(call, &list, zone_id, err);
    if (wanted >= 0)
        return list_by_heartbeat(call, &list, zone_id, wanted, err);
    if (in_clear.n)
        return list_in_clear(call, &list, zone_id, err);
    status = store_host_list(call->admin.store, zone_id, list.page, append, &list, err);
    return rest_list_end(call, &list, status);
}

enum status rest_host_show(struct rest_call *call, struct error *err)
{
    struct host_row row;
    enum status status = rest_find_host(call, call->arg, &row, err);
    return status ? status : rest_host_json(call, &row, &call->result, err);
}

static enum status read_follows(const struct rest_call *call, struct host_row *row,
                                struct error *err)
{
    struct str name;
    struct host_row router;
    const struct json *member = json_get(call->body, "follows");
    if (!member)
        return OK;
    if (json_is_null(member)) {
        row->follows_id = 0;
        return OK;
    }
    if (!json_as_text(member, &name))
        return FAIL(err, ERR_SYNTAX, "follows: must be a host's name or null");
    enum status status = rest_find_seen_host(call, name, &router, err);
    if (status)
        error_prefix(err, "follows");
    else
        row->follows_id = router.id;
    return status;
}

static enum status read_interface_id(const struct json *body, struct host_row *row,
                                     struct error *err)
{
    static const uint8_t zeros[8];
    struct str text;
    struct ip ip;
    const struct json *member = json_get(body, "interface_id");
    if (!member)
        return OK;
    if (!json_as_text(member, &text) || ip_parse(text, &ip) || ip.family != IP_V6 ||
        memcmp(ip.bytes, zeros, sizeof(zeros)) != 0)
        return FAIL(err, ERR_SYNTAX,
                    "interface_id: must be written like ::211:22ff:fe33:4455");
    memcpy(row->interface_id, ip.bytes + 8, sizeof(row->interface_id));
    return OK;
}

static enum status read_others(const struct rest_call *call, struct host_row *row,
                               struct addresses *addresses, bool *given,
                               struct error *err)
{
    enum status status = rest_member_owner(call, &row->owner_id, err);
    if (!status)
        status = read_follows(call, row, err);
    if (!status)
        status = read_interface_id(call->body, row, err);
    if (!status)
        status = rest_heartbeat_read(call, row, err);
    return status ? status
                  : rest_member_addresses(call->body, "addresses", addresses, given, err);
}

enum status rest_host_fill(const struct rest_call *call, struct host_row *row,
                           struct error *err)
{
    const struct actor *actor = &call->admin.actor;
    struct zone_row zone;
    enum status status =
        store_zone_find_longest(call->admin.store, &row->name, &zone, err);
    if (status == ERR_NOT_FOUND)
        return FAIL(err, status, "no zone for %s", name_text(&row->name));
    if (status)
        return status;
    if (row->ttl_s == 0)
        row->ttl_s = zone.default_ttl_s;
    if (row->owner_id == 0)
        row->owner_id = actor_is_operator(actor) ? zone.owner_id : actor->account_id;
    return OK;
}

enum status rest_host_add(struct rest_call *call, struct error *err)
{
    struct host_row row = { .plain_http = !call->is_tls_usual };
    struct addresses addresses;
    bool given = false;
    enum status status =
        fields_read(&host_shape, call->body, rest_setter(call), true, &row, err);
    if (!status)
        status = read_others(call, &row, &addresses, &given, err);
    if (!status)
        status = rest_host_fill(call, &row, err);
    if (!status && (status = admin_host_add(&call->admin, &row, err)) != OK)
        rest_name_word(call, &row.name);
    if (!status)
        status = rest_member_zone(call, row.zone_id, &row.name, err);
    if (!status && given)
        status = admin_host_set(&call->admin, &row, &addresses, err);
    return status ? status : rest_host_json(call, &row, &call->result, err);
}

/* What the actor may set. Of a host of another, who looks after its zone sets the state alone. */
static enum status find_setter(const struct rest_call *call, const struct host_row *row,
                               enum field_setter *out, struct error *err)
{
    struct zone_row zone;
    enum zone_role role = ZONE_STRANGER;
    void *iterator = NULL;
    const char *key = NULL;
    const struct json *value = NULL;
    enum status status = store_zone_find(call->admin.store, row->zone_id, &zone, err);
    if (!status)
        status =
            zone_role_of_actor(call->admin.store, &call->admin.actor, &zone, &role, err);
    if (status)
        return status;
    *out = rest_setter(call);
    if (*out < SET_BY_ZONE && zone_role_may(role, ZONE_JUDGE_HOSTS))
        *out = SET_BY_ZONE;
    if (actor_owns(&call->admin.actor, row->owner_id))
        return OK;
    while (json_next(call->body, &iterator, &key, &value))
        if (strcmp(key, "state") != 0)
            return FAIL(err, ERR_DENIED, "%.64s: only the owner of the host sets it",
                        key);
    return OK;
}

enum status rest_host_set(struct rest_call *call, struct error *err)
{
    struct host_row row;
    struct addresses addresses;
    bool given = false;
    enum field_setter setter = SET_BY_NOBODY;
    enum status status = rest_find_host(call, call->arg, &row, err);
    if (!status)
        status = find_setter(call, &row, &setter, err);
    if (!status)
        status = fields_read(&host_shape, call->body, setter, false, &row, err);
    if (!status)
        status = read_others(call, &row, &addresses, &given, err);
    if (!status)
        status = admin_host_set(&call->admin, &row, given ? &addresses : NULL, err);
    return status ? status : rest_host_json(call, &row, &call->result, err);
}

enum status rest_host_remove(struct rest_call *call, struct error *err)
{
    struct host_row row;
    enum status status = rest_find_host(call, call->arg, &row, err);
    return status ? status : admin_host_remove(&call->admin, row.id, err);
}
