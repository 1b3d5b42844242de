// SPDX-License-Identifier: GPL-3.0-or-later
#include "account/zone_role.h"
#include "base/json.h"
#include "rest/field.h"
#include "rest/list.h"
#include "rest/name_server.h"
#include "rest/resource.h"

enum {
    DELEGATION_TTL_S = 86400
};

static const char *const states[] = { "active", "disabled", NULL };
static const char *const look_alikes[] = { "usual", "refused", "allowed", NULL };
static const char *const policies[] = { "nobody", "invited", "everybody", "approval",
                                        NULL };

static const struct field fields[] = {
    FIELD(struct zone_row, name, "name", FIELD_NAME, SET_BY_OPERATOR, "its name",
          .only_new = true, .needed = true),
    FIELD_OF_WORDS(struct zone_row, state, "state", states, SET_BY_OPERATOR,
                   "a disabled zone is not published"),
    FIELD_OF_WORDS(struct zone_row, policy, "policy", policies, SET_BY_OWNER,
                   "who may make hosts besides its owner"),
    FIELD(struct zone_row, mname, "mname", FIELD_NAME, SET_BY_OWNER,
          "the primary name server in the SOA"),
    FIELD(struct zone_row, rname, "rname", FIELD_NAME, SET_BY_OWNER,
          "the mailbox in the SOA, as a name"),
    FIELD(struct zone_row, refresh_s, "refresh", FIELD_NUMBER, SET_BY_OWNER,
          "of the SOA, in seconds"),
    FIELD(struct zone_row, retry_s, "retry", FIELD_NUMBER, SET_BY_OWNER,
          "of the SOA, in seconds"),
    FIELD(struct zone_row, expire_s, "expire", FIELD_NUMBER, SET_BY_OWNER,
          "of the SOA, in seconds"),
    FIELD(struct zone_row, minimum_s, "minimum", FIELD_NUMBER, SET_BY_OWNER,
          "of the SOA, in seconds: how long others remember that a name is missing"),
    FIELD(struct zone_row, soa_ttl_s, "soa_ttl", FIELD_NUMBER, SET_BY_OWNER,
          "TTL of the SOA in seconds"),
    FIELD(struct zone_row, ns_ttl_s, "ns_ttl", FIELD_NUMBER, SET_BY_OWNER,
          "TTL of the NS records in seconds"),
    FIELD(struct zone_row, default_ttl_s, "default_ttl", FIELD_NUMBER, SET_BY_OWNER,
          "TTL of new hosts in seconds"),
    FIELD(struct zone_row, labels_max, "labels_max", FIELD_NUMBER, SET_BY_OWNER,
          "how many labels a host may have below the zone"),
    FIELD_OF_WORDS(struct zone_row, look_alikes, "look_alikes", look_alikes, SET_BY_OWNER,
                   "whether a host may look like another owner's; usual: by the policy"),
    FIELD(struct zone_row, hosts_max, "hosts_max", FIELD_NUMBER, SET_BY_OPERATOR,
          "how many hosts it may have; 0: the usual quota"),
    FIELD(struct zone_row, account_hosts_max, "account_hosts_max", FIELD_NUMBER,
          SET_BY_OWNER,
          "how many of them an account may have besides its owner; 0: the usual quota"),
    FIELD(struct zone_row, abuse, "abuse", FIELD_TEXT, SET_BY_OWNER,
          "where strangers report abuse by mail; empty: where the service says"),
    FIELD(struct zone_row, serial_base, "serial_base", FIELD_NUMBER, SET_BY_OPERATOR,
          "what its serials begin at", .only_new = true),
    FIELD(struct zone_row, created_s, "created", FIELD_NUMBER, SET_BY_NOBODY,
          "seconds since 1970"),
    FIELD(struct zone_row, last_change, "last_change", FIELD_NUMBER, SET_BY_NOBODY,
          "number of its newest change"),
    BY_HAND("owner", HAND_TEXT, SET_BY_OWNER, "address of the account that owns it"),
    BY_HAND("make_owner", HAND_BOOL, SET_BY_OWNER, "a missing owner is made, too",
            .unshown = true),
    BY_HAND("role", HAND_TEXT, SET_BY_NOBODY,
            "what the one that asks is there: operator, owner, manager or creator"),
    BY_HAND("managers", HAND_TEXTS, SET_BY_NOBODY,
            "addresses of the accounts that look after it as its owner does; creators do "
            "not see them",
            .may_miss = true),
    BY_HAND("name_servers", HAND_TEXTS, SET_BY_OWNER,
            "their names; one that lies in the zone is given as NAME=ADDRESS"),
};
const struct shape zone_shape = { "Zone", fields, LENGTH_OF(fields) };

static enum status put_managers(const struct rest_call *call, const struct zone_row *row,
                                struct json *object, struct error *err)
{
    int64_t ids[ZONE_MANAGERS_MAX];
    size_t count = 0;
    struct store *store = call->admin.store;
    struct json *list = json_new_array();
    json_put(object, "managers", list);
    enum status status =
        store_member_managers(store, row->id, ids, ZONE_MANAGERS_MAX, &count, err);
    for (size_t i = 0; i < count && !status; i++) {
        struct account_row account;
        status = store_account_find(store, ids[i], &account, err);
        if (!status)
            json_append(list, json_new_string(str_from(account.email)));
    }
    return status;
}

/* The people of the zone, and what the one that asks is there. */
static enum status put_people(const struct rest_call *call, const struct zone_row *row,
                              struct json *object, struct error *err)
{
    static const char *const roles[] = { [ZONE_STRANGER] = "",
                                         [ZONE_CREATOR] = "creator",
                                         [ZONE_MANAGER] = "manager",
                                         [ZONE_OWNER] = "owner",
                                         [ZONE_OPERATOR] = "operator" };
    struct account_row owner;
    enum zone_role role = ZONE_STRANGER;
    struct store *store = call->admin.store;
    enum status status = store_account_find(store, row->owner_id, &owner, err);
    if (!status)
        status = zone_role_of_actor(store, &call->admin.actor, row, &role, err);
    if (status)
        return status;
    json_put_text(object, "owner", str_from(owner.email));
    json_put_text(object, "role", str_from(roles[role]));
    return zone_role_may(role, ZONE_CHANGE_CREATORS)
               ? put_managers(call, row, object, err)
               : OK;
}

enum status rest_zone_json(const struct rest_call *call, const struct zone_row *row,
                           struct json **out, struct error *err)
{
    struct name_servers servers;
    CLEANUP(json_freep) struct json *object = json_new_object();
    enum status status = name_servers_load(call->admin.store, row, &servers, err);
    fields_write(&zone_shape, row, object);
    if (!status)
        status = put_people(call, row, object, err);
    if (status)
        return status;
    struct json *list = json_new_array();
    for (size_t i = 0; i < servers.count; i++)
        json_append(list, json_new_string(str_from(name_text(&servers.items[i].name))));
    json_put(object, "name_servers", list);
    *out = TAKE(object);
    return OK;
}

static enum status append(void *ctx, const struct zone_row *row)
{
    struct rest_list *list = (struct rest_list *)ctx;
    struct json *item = NULL;
    enum status status = rest_zone_json(list->call, row, &item, list->err);
    return status ? status : rest_list_put(list, row->id, item);
}

enum status rest_zone_list(struct rest_call *call, struct error *err)
{
    struct rest_list list;
    enum status status = rest_list_begin(call, &list, err);
    if (status)
        return status;
    status = store_zone_list(call->admin.store, list.page, append, &list, err);
    return rest_list_end(call, &list, status);
}

/* ----- where the account may make hosts ----- */

static const struct field of_choice[] = {
    FIELD(struct zone_row, name, "name", FIELD_NAME, SET_BY_NOBODY, "its whole name"),
    FIELD(struct zone_row, labels_max, "labels_max", FIELD_NUMBER, SET_BY_NOBODY,
          "how many labels a host may have below it"),
};
const struct shape zone_choice_shape = { "ZoneChoice", of_choice, LENGTH_OF(of_choice) };

static enum status append_choice(void *ctx, const struct zone_row *row)
{
    struct rest_list *list = (struct rest_list *)ctx;
    const struct admin *admin = &list->call->admin;
    enum zone_role role = ZONE_STRANGER;
    enum status status =
        zone_role_of_actor(admin->store, &admin->actor, row, &role, list->err);
    if (status)
        return status;
    if (!zone_role_makes_hosts(role, row->policy)) {
        rest_list_pass(list, row->id);
        return OK;
    }
    struct json *item = json_new_object();
    fields_write(&zone_choice_shape, row, item);
    return rest_list_put(list, row->id, item);
}

/* Zones are many fewer than hosts, so they are looked through. */
enum status rest_zone_choices(struct rest_call *call, struct error *err)
{
    struct rest_list list;
    enum status status = rest_list_begin(call, &list, err);
    if (status)
        return status;
    struct store_page page = { list.page.after, REST_WALK_MAX, 0 };
    status = store_zone_list(call->admin.store, page, append_choice, &list, err);
    return rest_list_end(call, &list, status);
}

enum status rest_zone_show(struct rest_call *call, struct error *err)
{
    struct zone_row row;
    enum status status = rest_find_zone(call, call->arg, &row, err);
    return status ? status : rest_zone_json(call, &row, &call->result, err);
}

typedef enum status (*save_fn)(const struct admin *admin, struct zone_row *row,
                               const struct name *name_servers, size_t count,
                               struct error *err);

/* admin_zone_add() or admin_zone_set(), and the glue. */
static enum status save_zone(const struct rest_call *call, save_fn save,
                             struct zone_row *row, const struct name_servers *servers,
                             struct error *err)
{
    struct name names[NAME_SERVERS_MAX];
    for (size_t i = 0; i < servers->count; i++)
        names[i] = servers->items[i].name;
    enum status status = save(&call->admin, row, names, servers->count, err);
    if (status)
        return status;
    return name_servers_put_glue(call->admin.store, row, servers, err);
}

/* Where mail about the zone reaches somebody: a mailbox in a zone that has just been made
 * cannot have a mail server yet, the owner's has. */
static enum status fill_contact(const struct rest_call *call, struct zone_row *row,
                                struct error *err)
{
    struct account_row owner;
    enum status status =
        store_account_find(call->admin.store, row->owner_id, &owner, NULL);
    if (!status)
        status = name_from_mailbox(str_from(owner.email), &row->rname);
    if (status == ERR_SYNTAX || status == ERR_LIMIT)
        return FAIL(err, status, "rname: %s cannot be written as one, give one",
                    owner.email);
    /* Without an owner there is no zone, which admin_zone_add() tells. */
    return status ? name_prepend(STR("hostmaster"), &row->name, &row->rname) : OK;
}

/* What was not given: the first name server is the primary, the owner the contact. */
static enum status fill_soa(const struct rest_call *call, struct zone_row *row,
                            const struct name_servers *servers, struct error *err)
{
    if (row->mname.n == 0 && servers->count)
        row->mname = servers->items[0].name;
    return row->rname.n == 0 ? fill_contact(call, row, err) : OK;
}

/* Everything of the body into the row and the list. */
static enum status read_zone(const struct rest_call *call, bool is_new,
                             struct zone_row *row, struct name_servers *servers,
                             struct error *err)
{
    enum status status =
        fields_read(&zone_shape, call->body, rest_setter(call), is_new, row, err);
    if (!status)
        status = rest_member_owner(call, &row->owner_id, err);
    return status ? status : name_servers_read(call->body, &row->name, servers, err);
}

enum status rest_zone_add(struct rest_call *call, struct error *err)
{
    struct zone_row row = {
        .policy = ZONE_NOBODY,
        .refresh_s = SOA_REFRESH_S,
        .retry_s = SOA_RETRY_S,
        .expire_s = SOA_EXPIRE_S,
        .minimum_s = SOA_TTL_S,
        .soa_ttl_s = SOA_TTL_S,
        .ns_ttl_s = NS_TTL_S,
        .default_ttl_s = DEFAULT_TTL_S,
        .labels_max = 1,
    };
    struct name_servers servers;
    enum status status = read_zone(call, true, &row, &servers, err);
    if (!status)
        status = fill_soa(call, &row, &servers, err);
    if (!status)
        status = save_zone(call, admin_zone_add, &row, &servers, err);
    return status ? status : rest_zone_json(call, &row, &call->result, err);
}

enum status rest_zone_set(struct rest_call *call, struct error *err)
{
    struct zone_row row;
    struct name_servers servers = { .count = 0 };
    enum status status = rest_find_zone(call, call->arg, &row, err);
    uint32_t ns_ttl_s = status ? 0 : row.ns_ttl_s;
    if (!status)
        status = read_zone(call, false, &row, &servers, err);
    /* The TTL is the glue's too: the same servers are written anew. */
    if (!status && servers.count == 0 && row.ns_ttl_s != ns_ttl_s)
        status = name_servers_load(call->admin.store, &row, &servers, err);
    if (!status && servers.count)
        status = name_servers_remove_glue(call->admin.store, &row, err);
    if (!status)
        status = save_zone(call, admin_zone_set, &row, &servers, err);
    return status ? status : rest_zone_json(call, &row, &call->result, err);
}

enum status rest_zone_remove(struct rest_call *call, struct error *err)
{
    struct zone_row row;
    enum status status = rest_find_zone(call, call->arg, &row, err);
    return status ? status : admin_zone_remove(&call->admin, row.id, err);
}

static void append_line(struct json *lines, const struct name *owner, const char *type,
                        const char *data)
{
    char storage[2 * NAME_TEXT_SIZE + 64];
    struct buf line = BUF_ON(storage);
    buf_printf(&line, "%s. %d IN %s %s", name_text(owner), DELEGATION_TTL_S, type, data);
    json_append(lines, json_new_string(buf_str(&line)));
}

static void append_server(struct json *ns, struct json *glue, const struct name *zone,
                          const struct name_server *server)
{
    char storage[NAME_TEXT_SIZE + 1];
    struct buf target = BUF_ON(storage);
    name_format(&server->name, &target);
    buf_put_text(&target, ".");
    append_line(ns, zone, "NS", buf_text(&target));
    for (size_t i = 0; i < server->count; i++)
        append_line(glue, &server->name,
                    server->addresses[i].family == IP_V4 ? "A" : "AAAA",
                    ip_text(server->addresses[i]));
}

enum status rest_zone_delegation(struct rest_call *call, struct error *err)
{
    struct zone_row row;
    struct name_servers servers;
    enum status status = rest_find_zone(call, call->arg, &row, err);
    if (!status)
        status = name_servers_load(call->admin.store, &row, &servers, err);
    if (status)
        return status;
    struct json *ns = json_new_array();
    struct json *glue = json_new_array();
    for (size_t i = 0; i < servers.count; i++)
        append_server(ns, glue, &row.name, &servers.items[i]);
    struct name parent;
    name_parent(&row.name, &parent);
    call->result = json_new_object();
    json_put_text(call->result, "zone", str_from(name_text(&row.name)));
    json_put_text(call->result, "parent", str_from(name_text(&parent)));
    json_put(call->result, "ns", ns);
    json_put(call->result, "glue", glue);
    return OK;
}
