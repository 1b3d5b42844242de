// SPDX-License-Identifier: GPL-3.0-or-later
/* Links that work once: an operator makes them, and whoever gets one uses it. */
#include "people/link.h"
#include "base/json.h"
#include "base/mem.h"
#include "people/notify.h"
#include "rest/people.h"

static const char *const kinds[] = { "invite", "reset", NULL };

struct link_body {
    char account[EMAIL_SIZE];
    enum link_purpose kind;
    enum account_role role;
    char language[9];
    char url[LINK_URL_SIZE];
    int64_t expires_s;
    bool mailed;
};

static const struct field fields[] = {
    FIELD(struct link_body, account, "account", FIELD_TEXT, SET_BY_OPERATOR,
          "address of the account", .needed = true),
    FIELD_OF_WORDS(struct link_body, kind, "kind", kinds, SET_BY_OPERATOR,
                   "invite: for the first password; reset: for another one"),
    FIELD_OF_WORDS(struct link_body, role, "role", account_roles, SET_BY_OPERATOR,
                   "of an account that an invitation makes", .unshown = true),
    FIELD(struct link_body, language, "language", FIELD_TEXT, SET_BY_OPERATOR,
          "of an account that an invitation makes", .unshown = true),
    FIELD(struct link_body, url, "url", FIELD_TEXT, SET_BY_NOBODY,
          "where it leads; shown this once"),
    FIELD(struct link_body, expires_s, "expires", FIELD_NUMBER, SET_BY_NOBODY,
          "when it ends, in seconds since 1970"),
    FIELD(struct link_body, mailed, "mailed", FIELD_BOOL, SET_BY_NOBODY,
          "it was sent to the account by mail"),
};
const struct shape link_shape = { "Link", fields, LENGTH_OF(fields) };

/* An invitation makes the account where it is missing. */
static enum status find_or_make(struct rest_call *call, const struct link_body *body,
                                struct account_row *out, struct error *err)
{
    enum status status = rest_find_account(call, str_from(body->account), out, err);
    if (status != ERR_NOT_FOUND || body->kind != LINK_INVITE)
        return status;
    *out = (struct account_row){ .role = body->role };
    struct buf email = BUF_ON(out->email), language = BUF_ON(out->language);
    buf_put_text(&email, body->account);
    buf_put_text(&language, body->language[0] ? body->language : "en");
    (void)buf_text(&email);
    (void)buf_text(&language);
    return admin_account_add(&call->admin, out, err);
}

/* A role that is named is not given to an account that is there: without a word about it, whoever
 * named it would believe that it was. */
static enum status check_account(const struct rest_call *call,
                                 const struct link_body *body,
                                 const struct account_row *account, struct error *err)
{
    if (json_get(call->body, "role") && body->role != account->role)
        return FAIL(err, ERR_CONFLICT, "role: %s is there already, as %s", account->email,
                    account_roles[account->role]);
    if (body->kind == LINK_INVITE && account->password_hash[0])
        return FAIL(err, ERR_CONFLICT,
                    "account: %s has a password already: make a link of kind reset",
                    account->email);
    return OK;
}

static enum status tell(const struct rest_call *call, const struct link_row *row,
                        struct link_body *body, struct error *err)
{
    struct str url = str_from(body->url);
    const struct people_notice notice = {
        .event = row->purpose == LINK_INVITE ? EVENT_INVITED : EVENT_RESET,
        .account_id = row->account_id,
        .now_s = row->created_s,
        .secret = str_from_at(url, str_find(url, '#') + 1),
    };
    return people_notify(call->admin.post, call->admin.store, &notice, &body->mailed,
                         err);
}

static enum status make(struct rest_call *call, struct link_body *body,
                        const struct account_row *account, struct error *err)
{
    struct link_row row = { .purpose = body->kind,
                            .account_id = account->id,
                            .created_s = call->admin.now_s };
    struct buf email = BUF_ON(body->account);
    enum status status =
        link_make(call->admin.store, call->keys, call->origin, &row, body->url, err);
    if (status)
        return status;
    buf_put_text(&email, account->email);
    (void)buf_text(&email);
    body->expires_s = row.expires_s;
    status =
        admin_note_act(&call->admin, account->id,
                       row.purpose == LINK_INVITE ? "link-invite" : "link-reset", err);
    if (!status)
        status = tell(call, &row, body, err);
    if (status)
        return status;
    call->result = json_new_object();
    fields_write(&link_shape, body, call->result);
    mem_wipe(body->url, sizeof(body->url));
    return OK;
}

enum status rest_link_add(struct rest_call *call, struct error *err)
{
    struct link_body body = { .kind = LINK_INVITE };
    struct account_row account = { .id = 0 };
    enum status status =
        fields_read(&link_shape, call->body, rest_setter(call), true, &body, err);
    if (!status)
        status = find_or_make(call, &body, &account, err);
    if (!status)
        status = check_account(call, &body, &account, err);
    return status ? status : make(call, &body, &account, err);
}

struct redeem_body {
    char link[SECRET_TEXT_SIZE];
    char password[PASSWORD_BYTES_MAX + 1];
    char email[EMAIL_SIZE];
    bool keep;
};

static const struct field of_redeem[] = {
    FIELD(struct redeem_body, link, "link", FIELD_TEXT, SET_BY_OWNER,
          "what stands behind the '#' of the link", .needed = true),
    FIELD(struct redeem_body, password, "password", FIELD_TEXT, SET_BY_OWNER,
          "the password that the account is to have", .needed = true),
    FIELD(struct redeem_body, email, "email", FIELD_TEXT, SET_BY_OWNER,
          "address of the account of the first operator"),
    FIELD(struct redeem_body, keep, "keep", FIELD_BOOL, SET_BY_OWNER,
          "the session is to outlive the browser"),
};
const struct shape redeem_shape = { "Redemption", of_redeem, LENGTH_OF(of_redeem) };

void rest_link_redeem(struct rest_job *job)
{
    const struct rest_call *call = rest_job_call(job);
    const struct people_from from = rest_people_from(call);
    struct redeem_body body = { .keep = false };
    struct error err = { "" };
    enum status status = rest_people_read(call, &redeem_shape, &body, &err);
    const struct people_redeem redeem = { .link = str_from(body.link),
                                          .password = str_from(body.password),
                                          .email = str_from(body.email),
                                          .keep = body.keep };
    if (status)
        rest_job_end(job, status, &err);
    else
        people_redeem(call->rest->people, &from, &redeem, rest_people_done, job);
    mem_wipe(&body, sizeof(body));
}
