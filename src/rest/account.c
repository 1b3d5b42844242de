// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/json.h"
#include "post/kind.h"
#include "rest/field.h"
#include "rest/list.h"
#include "rest/resource.h"

const char *const account_roles[] = { "user", "zone-owner", "operator", NULL };
static const char *const states[] = { "active", "blocked", "waiting", "ending", NULL };

static const struct field fields[] = {
    FIELD(struct account_row, email, "email", FIELD_TEXT, SET_BY_OPERATOR,
          "the address, which is the account's name", .needed = true),
    FIELD_OF_WORDS(struct account_row, role, "role", account_roles, SET_BY_OPERATOR,
                   "what the account may do besides looking after its own"),
    FIELD_OF_WORDS(struct account_row, state, "state", states, SET_BY_OPERATOR,
                   "a blocked account and its tokens do nothing; one that waits for an"
                   " operator can only look after itself; one that is ending goes by"
                   " itself"),
    FIELD(struct account_row, hosts_max, "hosts_max", FIELD_NUMBER, SET_BY_OPERATOR,
          "how many hosts it may have; 0: no quota of its own"),
    FIELD(struct account_row, language, "language", FIELD_TEXT, SET_BY_OWNER,
          "a tag such as en or de"),
    FIELD(struct account_row, created_s, "created", FIELD_NUMBER, SET_BY_NOBODY,
          "seconds since 1970"),
    FIELD(struct account_row, last_change, "last_change", FIELD_NUMBER, SET_BY_NOBODY,
          "number of its newest change"),
    FIELD(struct account_row, passkeys, "passkeys", FIELD_NUMBER, SET_BY_NOBODY,
          "how many passkeys it has"),
    FIELD(struct account_row, has_recovery, "recovery", FIELD_BOOL, SET_BY_NOBODY,
          "it has recovery codes left"),
    BY_HAND("mail_off", HAND_TEXTS, SET_BY_OWNER, "kinds of mails that it does not want",
            .words = post_kinds_off),
};
const struct shape account_shape = { "Account", fields, LENGTH_OF(fields) };

struct json *rest_account_json(const struct account_row *row)
{
    struct json *object = json_new_object();
    fields_write(&account_shape, row, object);
    struct json *off = json_new_array();
    for (size_t i = 0; i < POST_KINDS; i++)
        if (row->mail_off >> i & 1)
            json_append(off, json_new_string(str_from(post_traits[i].name)));
    json_put(object, "mail_off", off);
    return object;
}

/* The kinds of mails that the account does not want, all of them: ["none"] is an empty list. */
static enum status read_mail_off(const struct json *body, struct account_row *row,
                                 struct error *err)
{
    const struct json *list = NULL;
    uint64_t off = 0;
    enum status status = rest_member_list(body, "mail_off", &list, err);
    if (status || !list)
        return status;
    for (size_t i = 0; i < json_count(list); i++) {
        struct str name = STR("");
        enum post_kind kind = POST_TEST;
        (void)json_as_text(json_item(list, i), &name);
        if (str_equal(name, STR("none")) && json_count(list) == 1)
            break;
        if (!post_kind_find(name, &kind))
            return FAIL(err, ERR_SYNTAX, "mail_off: '" STR_FMT "' is no kind of mail",
                        STR_ARG(name));
        if (!post_traits[kind].can_be_off)
            return FAIL(err, ERR_SYNTAX, "mail_off: %s cannot be switched off",
                        post_traits[kind].name);
        off |= UINT64_C(1) << kind;
    }
    row->mail_off = off;
    return OK;
}

static enum status read_all(const struct rest_call *call, enum field_setter setter,
                            bool is_new, struct account_row *row, struct error *err)
{
    enum status status =
        fields_read(&account_shape, call->body, setter, is_new, row, err);
    return status ? status : read_mail_off(call->body, row, err);
}

static enum status append(void *ctx, const struct account_row *row)
{
    struct rest_list *list = (struct rest_list *)ctx;
    return rest_list_put(list, row->id, rest_account_json(row));
}

static enum status read_state(struct str word, enum account_state *out, struct error *err)
{
    for (size_t i = 0; states[i]; i++)
        if (str_equal(word, str_from(states[i]))) {
            *out = (enum account_state)i;
            return OK;
        }
    return FAIL(err, ERR_SYNTAX, "state: must be active, blocked or waiting");
}

enum status rest_account_list(struct rest_call *call, struct error *err)
{
    struct rest_list list;
    struct str word = rest_param(call, "state");
    enum account_state state = ACCOUNT_ACTIVE;
    enum status status = word.n ? read_state(word, &state, err) : OK;
    if (!status)
        status = rest_list_begin(call, &list, err);
    if (status)
        return status;
    status = word.n
                 ? store_account_list_state(call->admin.store, state, list.page, append,
                                            &list, err)
                 : store_account_list(call->admin.store, list.page, append, &list, err);
    return rest_list_end(call, &list, status);
}

enum status rest_account_show(struct rest_call *call, struct error *err)
{
    struct account_row row;
    enum status status = rest_find_account(call, call->arg, &row, err);
    if (status)
        return status;
    call->result = rest_account_json(&row);
    return OK;
}

enum status rest_account_add(struct rest_call *call, struct error *err)
{
    struct account_row row = { .language = "en" };
    enum status status = read_all(call, rest_setter(call), true, &row, err);
    if (status)
        return status;
    status = admin_account_add(&call->admin, &row, err);
    if (status)
        return status;
    call->result = rest_account_json(&row);
    return OK;
}

enum status rest_account_change(struct rest_call *call, enum field_setter setter,
                                struct account_row *row, struct error *err)
{
    enum status status = read_all(call, setter, false, row, err);
    if (!status)
        status = admin_account_set(&call->admin, row, err);
    if (!status)
        call->result = rest_account_json(row);
    return status;
}

enum status rest_account_set(struct rest_call *call, struct error *err)
{
    struct account_row row;
    enum status status = rest_find_account(call, call->arg, &row, err);
    return status ? status : rest_account_change(call, rest_setter(call), &row, err);
}

enum status rest_account_remove(struct rest_call *call, struct error *err)
{
    struct account_row row;
    enum status status = rest_find_account(call, call->arg, &row, err);
    if (status)
        return status;
    return admin_account_remove(&call->admin, row.id, err);
}
