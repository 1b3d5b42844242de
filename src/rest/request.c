// SPDX-License-Identifier: GPL-3.0-or-later
/* What waits for somebody's consent. */
#include "base/json.h"
#include "base/mem.h"
#include "change/request_notice.h"
#include "people/link.h"
#include "rest/list.h"
#include "rest/resource.h"

enum {
    STRANGERS_PER_DAY = 20, /* that an account invites by mail */
    DAY_S = 86400
};

static const char *const kinds[] = { "join", "invite", "transfer", NULL };
static const char *const roles[] = { "creator", "manager", NULL };
/* By enum request_side; who has nothing to do with a request does not see it. */
static const char *const sides[] = { "", "made", "asked", "other", NULL };

static const struct field fields[] = {
    FIELD(struct request_row, id, "id", FIELD_NUMBER, SET_BY_NOBODY, "its number"),
    FIELD_OF_WORDS(
        struct request_row, kind, "kind", kinds, SET_BY_OWNER,
        "join: to be let into a zone; invite: somebody, to a zone; transfer: a "
        "host, to another account",
        .only_new = true, .needed = true),
    FIELD_OF_WORDS(struct request_row, role, "role", roles, SET_BY_OWNER,
                   "that an invitation leads to", .only_new = true),
    FIELD(struct request_row, email, "email", FIELD_TEXT, SET_BY_OWNER,
          "address that is invited, or that the host is offered to; empty: whoever looks "
          "after the zone decides",
          .only_new = true),
    FIELD(struct request_row, message, "message", FIELD_TEXT, SET_BY_OWNER,
          "a line for who is asked", .only_new = true),
    FIELD(struct request_row, created_s, "created", FIELD_NUMBER, SET_BY_NOBODY,
          "seconds since 1970"),
    FIELD(struct request_row, expires_s, "expires", FIELD_NUMBER, SET_BY_NOBODY,
          "when it ends by itself, in seconds since 1970"),
    BY_HAND("zone", HAND_TEXT, SET_BY_OWNER, "the zone", .only_new = true),
    BY_HAND("host", HAND_TEXT_OR_NULL, SET_BY_OWNER, "the host that is offered",
            .only_new = true),
    BY_HAND("from", HAND_TEXT, SET_BY_NOBODY, "address of the account that asks"),
    BY_HAND("side", HAND_TEXT, SET_BY_NOBODY,
            "made: by the one that looks; asked: it decides; other: neither"),
};
const struct shape request_shape = { "Request", fields, LENGTH_OF(fields) };

enum status rest_consent_json(const struct rest_call *call, const struct request_row *row,
                              struct json **out, struct error *err)
{
    struct zone_row zone;
    struct host_row host;
    struct account_row asker;
    enum request_side side = REQUEST_OF_OTHERS;
    struct store *store = call->admin.store;
    enum status status = store_zone_find(store, row->zone_id, &zone, err);
    if (!status && row->host_id)
        status = store_host_find(store, row->host_id, &host, err);
    if (!status)
        status = store_account_find(store, row->asker_id, &asker, err);
    if (!status)
        status = admin_request_side(&call->admin, row, &side, err);
    if (status)
        return status;
    struct json *object = json_new_object();
    fields_write(&request_shape, row, object);
    json_put_text(object, "zone", str_from(name_text(&zone.name)));
    json_put(object, "host",
             row->host_id ? json_new_string(str_from(name_text(&host.name)))
                          : json_new_null());
    json_put_text(object, "from", str_from(asker.email));
    json_put_text(object, "side", str_from(sides[side]));
    *out = object;
    return OK;
}

/* ----- looking ----- */

static bool is_wanted(const struct rest_call *call, const struct json *item,
                      const char *filter)
{
    struct str wanted = rest_param(call, filter);
    return wanted.n == 0 || str_equal(wanted, json_get_text(item, filter));
}

static enum status append(void *ctx, const struct request_row *row)
{
    struct rest_list *list = (struct rest_list *)ctx;
    struct json *item = NULL;
    enum status status = rest_consent_json(list->call, row, &item, list->err);
    if (status)
        return status;
    if (is_wanted(list->call, item, "kind") && is_wanted(list->call, item, "side"))
        return rest_list_put(list, row->id, item);
    json_free(item);
    rest_list_pass(list, row->id);
    return OK;
}

static enum status check_filter(const struct rest_call *call, const char *filter,
                                const char *const words[], struct error *err)
{
    struct str wanted = rest_param(call, filter);
    for (size_t i = 0; words[i]; i++)
        if (wanted.n == 0 || str_equal(wanted, str_from(words[i])))
            return OK;
    return FAIL(err, ERR_SYNTAX, "%s: must be %s, %s or %s", filter, words[0], words[1],
                words[2]);
}

enum status rest_request_list(struct rest_call *call, struct error *err)
{
    struct rest_list list;
    struct account_row own = { .email = "" };
    enum status status = check_filter(call, "kind", kinds, err);
    if (!status)
        status = check_filter(call, "side", sides + 1, err);
    if (!status && call->admin.actor.account_id)
        status = store_account_find(call->admin.store, call->admin.actor.account_id, &own,
                                    err);
    if (!status)
        status = rest_list_begin(call, &list, err);
    if (status)
        return status;
    /* With a filter a page may have to look at many rows. */
    struct store_page walk = list.page;
    walk.limit = REST_WALK_MAX;
    const struct store_open open = { call->admin.now_s, str_from(own.email) };
    status = store_request_list(call->admin.store, walk, open, append, &list, err);
    return rest_list_end(call, &list, status);
}

enum status rest_request_show(struct rest_call *call, struct error *err)
{
    struct request_row row;
    enum status status = rest_find_request(call, call->arg, &row, err);
    return status ? status : rest_consent_json(call, &row, &call->result, err);
}

/* ----- asking ----- */

/* The zone or host that it is about; one that the actor may not see is not there. */
static enum status find_thing(const struct rest_call *call, struct request_row *row,
                              struct error *err)
{
    struct zone_row zone = { .id = 0 };
    struct host_row host = { .id = 0 };
    bool is_transfer = row->kind == REQUEST_TRANSFER;
    struct str name = json_get_text(call->body, is_transfer ? "host" : "zone");
    if (name.n == 0)
        return FAIL(err, ERR_SYNTAX, "%s: is needed", is_transfer ? "host" : "zone");
    if (json_get(call->body, is_transfer ? "zone" : "host"))
        return FAIL(err, ERR_SYNTAX, "%s: is not for this kind",
                    is_transfer ? "zone" : "host");
    enum status status = is_transfer ? rest_find_host(call, name, &host, err)
                                     : rest_find_zone(call, name, &zone, err);
    row->host_id = host.id;
    row->zone_id = zone.id;
    return status;
}

static enum status check_members(const struct rest_call *call,
                                 const struct request_row *row, struct error *err)
{
    if (row->kind == REQUEST_JOIN && json_get(call->body, "email"))
        return FAIL(err, ERR_SYNTAX, "email: is not for this kind");
    if (row->kind != REQUEST_INVITE && json_get(call->body, "role"))
        return FAIL(err, ERR_SYNTAX, "role: is not for this kind");
    return OK;
}

/* To ask and to withdraw again and again is no way to write to the whole world. */
static enum status may_mail(const struct rest_call *call, const char *about, bool *out,
                            struct error *err)
{
    int64_t count = 0;
    *out = false;
    if (!call->admin.post || !call->origin[0] || call->admin.sign_up == SIGN_UP_CLOSED)
        return OK;
    enum status status = store_mail_count_about(call->admin.store, about, &count, err);
    *out = count < STRANGERS_PER_DAY || actor_is_operator(&call->admin.actor);
    return status;
}

/* No account has the address: the mail has a link that makes it. Without mail, or where only
 * operators let people in, nobody hears of it, and the invitation waits for an account with this
 * address; whoever invites is not told which addresses have one. */
static enum status invite_stranger(const struct rest_call *call,
                                   const struct request_row *row, struct error *err)
{
    bool may = false;
    char storage[MAIL_ABOUT_SIZE];
    struct buf about = BUF_ON(storage);
    buf_printf(&about, "stranger %lld %lld", (long long)row->asker_id,
               (long long)(row->created_s / DAY_S));
    enum status judged = may_mail(call, buf_text(&about), &may, err);
    if (judged || !may)
        return judged;
    char url[LINK_URL_SIZE];
    struct request_words words;
    struct link_row link = { .purpose = LINK_INVITE,
                             .request_id = row->id,
                             .created_s = row->created_s,
                             .expires_s = row->expires_s };
    enum post_result result = POST_QUEUED;
    enum status status = request_words_find(&call->admin, row, &words, err);
    if (!status)
        status = link_make(call->admin.store, call->keys, call->origin, &link, url, err);
    if (status)
        return status;
    struct str text = str_from(url);
    struct post_mail mail = request_mail(&words, POST_ZONE_INVITATION,
                                         str_from(words.asker.email), call->admin.now_s);
    mail.recipient = str_from(row->email);
    mail.about = buf_str(&about);
    mail.language = str_from(words.asker.language);
    mail.secret = str_from_at(text, str_find(text, '#') + 1);
    status = post_put(call->admin.post, call->admin.store, &mail, &result, err);
    mem_wipe(url, sizeof(url));
    return status;
}

/* What gives something away for good, or lets somebody in who could come back. */
static bool is_dangerous(const struct request_row *row)
{
    return row->kind == REQUEST_TRANSFER ||
           (row->kind == REQUEST_INVITE && row->role == MEMBER_MANAGER);
}

enum status rest_request_add(struct rest_call *call, struct error *err)
{
    struct request_row row = { .role = MEMBER_CREATOR };
    bool is_stranger = false;
    enum status status =
        fields_read(&request_shape, call->body, rest_setter(call), true, &row, err);
    if (!status)
        status = check_members(call, &row, err);
    if (!status && is_dangerous(&row))
        status = rest_need_fresh(call, err);
    if (!status)
        status = find_thing(call, &row, err);
    if (status)
        return status;
    status = admin_request_add(&call->admin, &row, &is_stranger, err);
    if (status == ERR_NOT_FOUND) {
        const char *thing = row.kind == REQUEST_TRANSFER ? "host" : "zone";
        return rest_missing(status, thing, json_get_text(call->body, thing), err);
    }
    if (!status && is_stranger && row.kind == REQUEST_INVITE)
        status = invite_stranger(call, &row, err);
    return status ? status : rest_consent_json(call, &row, &call->result, err);
}

/* ----- deciding ----- */

enum status rest_request_accept(struct rest_call *call, struct error *err)
{
    struct request_row row;
    CLEANUP(json_freep) struct json *before = NULL;
    enum status status = rest_find_request(call, call->arg, &row, err);
    if (!status)
        status = rest_consent_json(call, &row, &before, err);
    if (!status)
        status = admin_request_accept(&call->admin, row.id, err);
    if (!status)
        call->result = TAKE(before);
    return status;
}

enum status rest_request_remove(struct rest_call *call, struct error *err)
{
    struct request_row row;
    enum status status = rest_find_request(call, call->arg, &row, err);
    return status ? status : admin_request_remove(&call->admin, row.id, err);
}
