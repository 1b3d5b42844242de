// SPDX-License-Identifier: GPL-3.0-or-later
/* Sessions: the one that asks, and those of an account. */
#include "people/session.h"
#include "account/recovery.h"
#include "base/json.h"
#include "base/mem.h"
#include "people/people.h"
#include "rest/people.h"

static const struct field fields[] = {
    FIELD(struct session_row, id, "id", FIELD_NUMBER, SET_BY_NOBODY, "its number"),
    FIELD(struct session_row, created_s, "created", FIELD_NUMBER, SET_BY_NOBODY,
          "seconds since 1970"),
    FIELD(struct session_row, used_s, "last_used", FIELD_NUMBER, SET_BY_NOBODY,
          "seconds since 1970"),
    FIELD(struct session_row, fresh_s, "fresh_until", FIELD_NUMBER, SET_BY_NOBODY,
          "until when what is dangerous does not need the password again"),
    FIELD(struct session_row, expires_s, "expires", FIELD_NUMBER, SET_BY_NOBODY,
          "when it ends at the latest, in seconds since 1970"),
    FIELD(struct session_row, keep, "keep", FIELD_BOOL, SET_BY_NOBODY,
          "it outlives the browser"),
    FIELD(struct session_row, agent, "agent", FIELD_TEXT, SET_BY_NOBODY,
          "what the browser said it was"),
    BY_HAND("source", HAND_TEXT, SET_BY_NOBODY, "from where it was begun"),
    BY_HAND("own", HAND_BOOL, SET_BY_NOBODY, "it is the one that asks"),
};
const struct shape session_shape = { "Session", fields, LENGTH_OF(fields) };

struct json *rest_session_json(const struct rest_call *call,
                               const struct session_row *row)
{
    struct json *object = json_new_object();
    fields_write(&session_shape, row, object);
    json_put_text(object, "source", str_from(ip_text(row->source)));
    json_put_bool(object, "own", row->id == call->admin.actor.session_id);
    return object;
}

/* ----- the one that asks ----- */

struct json *rest_own_session_json(const struct rest_call *call,
                                   const struct account_row *account,
                                   const struct session_row *session)
{
    char csrf[CSRF_TEXT_SIZE];
    struct json *object = json_new_object();
    json_put(object, "account", session ? rest_account_json(account) : json_new_null());
    if (!session)
        return object;
    secret_csrf(call->keys, session->digest, csrf);
    json_put_text(object, "csrf", str_from(csrf));
    json_put(object, "session", rest_session_json(call, session));
    return object;
}

enum status rest_session_show(struct rest_call *call, struct error *err)
{
    const struct actor *actor = &call->admin.actor;
    struct account_row account;
    struct session_row session;
    if (actor->kind != ACTOR_SESSION) {
        call->result = rest_own_session_json(call, NULL, NULL);
        return OK;
    }
    enum status status =
        store_session_find(call->admin.store, actor->session_id, &session, err);
    if (!status)
        status = store_account_find(call->admin.store, actor->account_id, &account, err);
    if (!status)
        call->result = rest_own_session_json(call, &account, &session);
    return status;
}

enum status rest_renew_session(struct rest_call *call, struct error *err)
{
    struct store *store = call->admin.store;
    struct account_row account;
    struct session_row session;
    int64_t session_id = call->admin.actor.session_id;
    enum status status =
        store_account_find(store, call->admin.actor.account_id, &account, err);
    if (!status)
        status = store_session_remove_account(store, account.id, session_id, err);
    if (!status)
        status = store_session_find(store, session_id, &session, err);
    if (!status)
        status = session_renew(store, call->keys, call->admin.now_s, &session,
                               call->secret, err);
    if (status)
        return status;
    call->cookie = COOKIE_BEGINS;
    call->keep = session.keep;
    call->result = rest_own_session_json(call, &account, &session);
    return OK;
}

void rest_people_done(void *ctx, const struct people_outcome *outcome)
{
    struct rest_job *job = (struct rest_job *)ctx;
    struct rest_call *call = rest_job_call(job);
    bool begins = outcome->session.id != 0;
    call->word = outcome->word;
    call->wait_s = outcome->wait_s;
    if (!outcome->status)
        call->result = rest_own_session_json(call, &outcome->account,
                                             begins ? &outcome->session : NULL);
    if (!outcome->status && outcome->passkey)
        json_put(call->result, "passkey", rest_passkey_json(outcome->passkey));
    if (!outcome->status && begins) {
        struct buf secret = BUF_ON(call->secret);
        buf_put_text(&secret, outcome->secret);
        (void)buf_text(&secret);
        call->cookie = COOKIE_BEGINS;
        call->keep = outcome->session.keep;
    }
    rest_job_end(job, outcome->status, &outcome->err);
}

enum status rest_people_read(const struct rest_call *call, const struct shape *shape,
                             void *row, struct error *err)
{
    if (!call->rest->people)
        return FAIL(err, ERR_NOT_FOUND, "nobody can log in here");
    if (!call->body)
        return FAIL(err, ERR_SYNTAX, "a body is needed");
    return fields_read(shape, call->body, SET_BY_OWNER, true, row, err);
}

struct people_from rest_people_from(const struct rest_call *call)
{
    return (struct people_from){ .source = call->admin.origin->source,
                                 .agent = call->admin.origin->agent,
                                 .actor = &call->admin.actor };
}

struct login_body {
    char email[EMAIL_SIZE];
    char password[PASSWORD_BYTES_MAX + 1];
    char code[RECOVERY_TEXT_SIZE];
    bool keep;
};

static const struct field of_login[] = {
    FIELD(struct login_body, email, "email", FIELD_TEXT, SET_BY_OWNER,
          "address of the account", .needed = true),
    FIELD(struct login_body, password, "password", FIELD_TEXT, SET_BY_OWNER,
          "its password", .needed = true),
    FIELD(struct login_body, code, "code", FIELD_TEXT, SET_BY_OWNER,
          "of the second factor, or a recovery code"),
    BY_HAND("passkey", HAND_OBJECT, SET_BY_OWNER,
            "in the place of a code: an AuthenticationResponseJSON"),
    FIELD(struct login_body, keep, "keep", FIELD_BOOL, SET_BY_OWNER,
          "the session is to outlive the browser"),
};
const struct shape login_shape = { "Login", of_login, LENGTH_OF(of_login) };

static const struct field of_confirm[] = {
    FIELD(struct login_body, password, "password", FIELD_TEXT, SET_BY_OWNER,
          "the password of the account"),
    BY_HAND("passkey", HAND_OBJECT, SET_BY_OWNER,
            "in the place of the password: an AuthenticationResponseJSON"),
};
const struct shape confirm_shape = { "Confirm", of_confirm, LENGTH_OF(of_confirm) };

/* The password, the address, and what may be in the place of a code. */
static enum status read_login(const struct rest_call *call, struct login_body *body,
                              struct passkey_answer *answer, bool *has_passkey,
                              struct error *err)
{
    enum status status = rest_people_read(call, &login_shape, body, err);
    if (!status && (!body->email[0] || !body->password[0]))
        return FAIL(err, ERR_SYNTAX, "%s: is needed",
                    body->email[0] ? "password" : "email");
    return status ? status : rest_passkey_read(call->body, answer, has_passkey, err);
}

void rest_session_begin(struct rest_job *job)
{
    const struct rest_call *call = rest_job_call(job);
    const struct people_from from = rest_people_from(call);
    struct login_body body = { .keep = false };
    struct passkey_answer answer;
    bool has_passkey = false;
    struct error err = { "" };
    enum status status = read_login(call, &body, &answer, &has_passkey, &err);
    const struct people_login login = { .email = str_from(body.email),
                                        .password = str_from(body.password),
                                        .code = str_from(body.code),
                                        .passkey = has_passkey ? &answer.passkey : NULL,
                                        .keep = body.keep };
    if (status)
        rest_job_end(job, status, &err);
    else
        people_login(call->rest->people, &from, &login, rest_people_done, job);
    mem_wipe(&body, sizeof(body));
}

void rest_session_confirm(struct rest_job *job)
{
    const struct rest_call *call = rest_job_call(job);
    const struct people_from from = rest_people_from(call);
    struct login_body body = { .keep = false };
    struct passkey_answer answer;
    bool has_passkey = false;
    struct error err = { "" };
    enum status status = rest_people_read(call, &confirm_shape, &body, &err);
    if (!status)
        status = rest_passkey_read(call->body, &answer, &has_passkey, &err);
    if (!status && has_passkey == (body.password[0] != 0))
        status = FAIL(&err, ERR_SYNTAX, "password: it or a passkey is needed, not both");
    if (status)
        rest_job_end(job, status, &err);
    else if (has_passkey)
        people_confirm_passkey(call->rest->people, &from, &answer.passkey,
                               rest_people_done, job);
    else
        people_confirm(call->rest->people, &from, str_from(body.password),
                       rest_people_done, job);
    mem_wipe(&body, sizeof(body));
}

static enum status end_all(const struct rest_call *call, int64_t account_id,
                           struct error *err)
{
    enum status status = admin_note_act(&call->admin, account_id, "logout-all", err);
    return status ? status
                  : store_session_remove_account(call->admin.store, account_id, 0, err);
}

enum status rest_session_end(struct rest_call *call, struct error *err)
{
    call->cookie = COOKIE_ENDS;
    enum status status =
        admin_note_act(&call->admin, call->admin.actor.account_id, "logout", err);
    return status ? status
                  : store_session_remove(call->admin.store, call->admin.actor.session_id,
                                         err);
}

enum status rest_session_end_all(struct rest_call *call, struct error *err)
{
    call->cookie = COOKIE_ENDS;
    return end_all(call, call->admin.actor.account_id, err);
}

/* ----- those of an account ----- */

/* One that nobody has used for too long is over, though its row stays until its last day. */
static enum status append(void *ctx, const struct session_row *row)
{
    struct rest_list *list = (struct rest_list *)ctx;
    const struct people *people = list->call->rest->people;
    struct session_row shown = *row;
    if (people)
        shown.used_s = people_session_used(people, row);
    if (session_is_over(&shown, shown.used_s, list->call->admin.now_s)) {
        rest_list_pass(list, row->id);
        return OK;
    }
    return rest_list_put(list, row->id, rest_session_json(list->call, &shown));
}

static enum status list_of(struct rest_call *call, int64_t account_id, struct error *err)
{
    struct rest_list list;
    enum status status = rest_list_begin(call, &list, err);
    if (status)
        return status;
    struct store_page walk = list.page;
    walk.limit = REST_WALK_MAX;
    status = store_session_list(call->admin.store, account_id, walk, append, &list, err);
    return rest_list_end(call, &list, status);
}

enum status rest_session_list(struct rest_call *call, struct error *err)
{
    return list_of(call, call->admin.actor.account_id, err);
}

enum status rest_session_list_of(struct rest_call *call, struct error *err)
{
    struct account_row row;
    enum status status = rest_find_account(call, call->arg, &row, err);
    return status ? status : list_of(call, row.id, err);
}

enum status rest_session_end_of(struct rest_call *call, struct error *err)
{
    struct account_row row;
    enum status status = rest_find_account(call, call->arg, &row, err);
    return status ? status : end_all(call, row.id, err);
}

enum status rest_session_remove(struct rest_call *call, struct error *err)
{
    struct session_row row;
    enum status status = rest_find_session(call, call->arg, &row, err);
    if (status)
        return status;
    if (row.id == call->admin.actor.session_id)
        call->cookie = COOKIE_ENDS;
    status = admin_note_act(&call->admin, row.account_id, "logout", err);
    return status ? status : store_session_remove(call->admin.store, row.id, err);
}
