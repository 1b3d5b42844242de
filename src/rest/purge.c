// SPDX-License-Identifier: GPL-3.0-or-later
/* The end of accounts with all that they own: of the own one, and of one that an operator purges. The
 * operator sees before what goes, and what of others points to the same addresses. */
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/random.h"
#include "rest/field.h"
#include "rest/resource.h"
#include "rest/turns.h"

enum {
    NAMES_MAX = 64,  /* of hosts and zones that are named */
    FOUND_MAX = 100, /* hosts of others */
    ROWS_OF_TURN = 500,
    ADDRESSES_KEPT = 16384, /* of the account, that are looked for */
    SLOTS = 4 * ADDRESSES_KEPT
};

/* ----- the end ----- */

/* Whoever removes something by mistake has not written its name. */
static enum status check_name(const struct account_row *account, struct str confirmed,
                              const char *member, const struct rest_call *call,
                              struct error *err)
{
    struct account_row named;
    if (confirmed.n == 0)
        return FAIL(err, ERR_SYNTAX, "%s: is needed: the address of the account", member);
    enum status status = rest_find_account(call, confirmed, &named, err);
    if (status == ERR_NOT_FOUND || (!status && named.id != account->id))
        return FAIL(err, ERR_SYNTAX, "%s: must be the address of the account", member);
    return status;
}

enum status rest_own_remove(struct rest_call *call, struct error *err)
{
    struct account_row own;
    enum status status =
        store_account_find(call->admin.store, call->admin.actor.account_id, &own, err);
    if (!status)
        status = check_name(&own, rest_param(call, "email"), "email", call, err);
    if (!status)
        status = admin_ending_begin(&call->admin, own.id, err);
    if (status)
        return status;
    call->cookie = COOKIE_ENDS;
    call->ends_account = true;
    return OK;
}

struct purge_body {
    char account[EMAIL_SIZE], confirm[EMAIL_SIZE];
};

static const struct field fields[] = {
    FIELD(struct purge_body, account, "account", FIELD_TEXT, SET_BY_OPERATOR,
          "address of the account", .needed = true),
    FIELD(struct purge_body, confirm, "confirm", FIELD_TEXT, SET_BY_OPERATOR,
          "the same once more", .needed = true),
};
const struct shape purge_shape = { "Purge", fields, LENGTH_OF(fields) };

enum status rest_purge(struct rest_call *call, struct error *err)
{
    struct purge_body body = { .account = "" };
    struct account_row account = { .id = 0 };
    enum status status =
        fields_read(&purge_shape, call->body, rest_setter(call), true, &body, err);
    if (!status)
        status = rest_find_account(call, str_from(body.account), &account, err);
    if (!status)
        status = check_name(&account, str_from(body.confirm), "confirm", call, err);
    if (!status)
        status = admin_ending_begin(&call->admin, account.id, err);
    if (!status)
        status = store_account_find(call->admin.store, account.id, &account, err);
    if (status)
        return status;
    call->result = rest_account_json(&account);
    call->ends_account = true;
    return OK;
}

/* ----- what would go ----- */

/* Its addresses, in slots that a random number chooses, so that nobody can make them crowd. */
struct look {
    int64_t account_id, after;
    uint64_t factor;
    struct ip slots[SLOTS];
    size_t count;
    bool has_all; /* its addresses are known: what points to them is looked for */
    struct json *hosts, *pointing;
    struct error *err;
    const struct rest_call *call;
    size_t rows;
};

static void look_free(void *ctx)
{
    struct look *look = (struct look *)ctx;
    json_free(look->hosts);
    json_free(look->pointing);
    mem_free(look);
}

static size_t slot_of(const struct look *look, struct ip ip)
{
    uint64_t words[2] = { 0, 0 };
    memcpy(words, ip.bytes, sizeof(ip.bytes));
    uint64_t mixed = (words[0] ^ look->factor) * (look->factor | 1);
    mixed = (mixed ^ (mixed >> 29) ^ words[1]) * (look->factor | 1);
    return (size_t)(mixed >> 32) % SLOTS;
}

/* The slot that has it, or a free one. */
static size_t find_slot(const struct look *look, struct ip ip)
{
    size_t at = slot_of(look, ip);
    while (look->slots[at].family != IP_NONE && !ip_equal(look->slots[at], ip))
        at = (at + 1) % SLOTS;
    return at;
}

static bool is_wanted(const void *ctx, struct ip ip)
{
    const struct look *look = (const struct look *)ctx;
    return look->slots[find_slot(look, ip)].family != IP_NONE;
}

static enum status note_own(void *ctx, const struct host_row *row)
{
    struct look *look = (struct look *)ctx;
    struct addresses addresses;
    enum status status =
        store_host_addresses(look->call->admin.store, row, &addresses, look->err);
    for (size_t i = 0; !status && i < addresses_count(&addresses); i++) {
        struct ip ip = addresses_get(&addresses, i);
        size_t at = find_slot(look, ip);
        if (look->slots[at].family == IP_NONE && look->count < ADDRESSES_KEPT) {
            look->slots[at] = ip;
            look->count++;
        }
    }
    if (json_count(look->hosts) < NAMES_MAX)
        json_append(look->hosts, json_new_string(str_from(name_text(&row->name))));
    look->after = row->id;
    look->rows++;
    return status;
}

static enum status put_other(struct look *look, int64_t host_id)
{
    struct host_row row;
    struct account_row owner;
    struct addresses addresses;
    struct store *store = look->call->admin.store;
    enum status status = store_host_find(store, host_id, &row, look->err);
    if (status || row.owner_id == look->account_id)
        return status == ERR_NOT_FOUND ? OK : status;
    status = store_account_find(store, row.owner_id, &owner, look->err);
    if (!status)
        status = store_host_addresses(store, &row, &addresses, look->err);
    if (status || json_count(look->pointing) == FOUND_MAX)
        return status;
    struct json *item = json_new_object();
    json_put_text(item, "name", str_from(name_text(&row.name)));
    json_put_text(item, "owner", str_from(owner.email));
    json_put(item, "addresses", rest_addresses_json(&addresses));
    json_append(look->pointing, item);
    return OK;
}

static enum status look_at_others(struct look *look, bool *more, struct error *err)
{
    struct change_found found;
    enum status status = change_look_for_addresses(look->call->rest->change, look->after,
                                                   is_wanted, look, &found, err);
    for (size_t i = 0; i < found.count && !status; i++)
        status = put_other(look, found.ids[i]);
    look->after = found.last;
    *more = found.more && json_count(look->pointing) < FOUND_MAX;
    return status;
}

static enum status put_zone(void *ctx, const struct zone_row *row)
{
    if (json_count((struct json *)ctx) < NAMES_MAX)
        json_append((struct json *)ctx, json_new_string(str_from(name_text(&row->name))));
    return OK;
}

static void put_in_the_way(struct json *object, struct str names)
{
    struct json *list = json_new_array();
    for (struct str rest = names, piece; str_next(&rest, ' ', &piece);)
        if (piece.n)
            json_append(list, json_new_string(piece));
    json_put(object, "in_the_way", list);
}

static enum status tell(struct look *look, struct rest_call *call, struct error *err)
{
    char storage[4096];
    struct buf in_the_way = BUF_ON(storage);
    struct account_row account;
    struct store_holdings holdings;
    const struct store_page page = { .limit = NAMES_MAX, .owner_id = look->account_id };
    CLEANUP(json_freep) struct json *zones = json_new_array();
    struct store *store = call->admin.store;
    enum status status = store_account_find(store, look->account_id, &account, err);
    if (!status)
        status = store_account_holdings(store, account.id, &holdings, err);
    if (!status)
        status = store_zone_list_owned(store, page, put_zone, zones, err);
    if (!status)
        status = admin_ending_in_the_way(&call->admin, account.id, &in_the_way, err);
    if (status)
        return status;
    struct json *object = json_new_object();
    json_put_text(object, "account", str_from(account.email));
    json_put_number(object, "hosts", holdings.hosts);
    json_put_number(object, "zones", holdings.zones);
    json_put_number(object, "tokens", holdings.tokens);
    json_put_number(object, "sessions", holdings.sessions);
    json_put_number(object, "mails", holdings.mails);
    json_put(object, "host_names", TAKE(look->hosts));
    json_put(object, "zone_names", TAKE(zones));
    put_in_the_way(object, buf_str(&in_the_way));
    json_put(object, "same_addresses", TAKE(look->pointing));
    call->result = object;
    return OK;
}

static enum status take_turn(void *ctx, struct rest_call *call, bool *more,
                             struct error *err)
{
    struct look *look = (struct look *)ctx;
    const struct store_page page = { look->after, ROWS_OF_TURN, look->account_id };
    enum status status = OK;
    look->call = call;
    look->err = err;
    look->rows = 0;
    *more = true;
    if (look->has_all) {
        status = look_at_others(look, more, err);
        return status || *more ? status : tell(look, call, err);
    }
    status = store_host_list(call->admin.store, 0, page, note_own, look, err);
    look->has_all = look->rows < ROWS_OF_TURN;
    if (look->has_all)
        look->after = 0;
    return status;
}

void rest_purge_show(struct rest_job *job)
{
    const struct rest_call *call = rest_job_call(job);
    struct account_row account;
    struct error err = { "" };
    enum status status = rest_find_account(call, call->arg, &account, &err);
    if (status) {
        rest_job_end(job, status, &err);
        return;
    }
    struct look *look = NEW(struct look);
    random_fill(&look->factor, sizeof(look->factor));
    look->account_id = account.id;
    look->hosts = json_new_array();
    look->pointing = json_new_array();
    rest_turns_run(job, take_turn, look_free, look);
}

/* ----- what it is like ----- */

struct json *rest_purge_schema(void)
{
    static const struct {
        const char *name, *type;
    } members[] = {
        { "account", "string" },   { "hosts", "integer" },
        { "zones", "integer" },    { "tokens", "integer" },
        { "sessions", "integer" }, { "mails", "integer" },
        { "host_names", "array" }, { "zone_names", "array" },
        { "in_the_way", "array" }, { "same_addresses", "array" },
    };
    struct json *schema = json_new_object(), *properties = json_new_object(),
                *required = json_new_array();
    for (size_t i = 0; i < LENGTH_OF(members); i++) {
        struct json *member = json_new_object();
        json_put_text(member, "type", str_from(members[i].type));
        json_put(properties, members[i].name, member);
        json_append(required, json_new_string(str_from(members[i].name)));
    }
    json_put_text(schema, "type", STR("object"));
    json_put(schema, "properties", properties);
    json_put(schema, "required", required);
    json_put_bool(schema, "additionalProperties", false);
    return schema;
}
