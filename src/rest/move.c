// SPDX-License-Identifier: GPL-3.0-or-later
/* Another address for the account of who asks, which both addresses confirm. */
#include "base/json.h"
#include "rest/people.h"

static const struct field of_address[] = {
    BY_HAND("email", HAND_TEXT_OR_NULL, SET_BY_NOBODY,
            "the address that it is to have; null: it keeps the one that it has"),
    FIELD(struct address_change_row, old_confirmed, "old_confirmed", FIELD_BOOL,
          SET_BY_NOBODY, "the address that it has agrees"),
    FIELD(struct address_change_row, new_confirmed, "new_confirmed", FIELD_BOOL,
          SET_BY_NOBODY, "the other one agrees"),
    FIELD(struct address_change_row, expires_s, "expires", FIELD_NUMBER, SET_BY_NOBODY,
          "until when both have to agree, in seconds since 1970"),
};
const struct shape address_shape = { "Address", of_address, LENGTH_OF(of_address) };

static enum status find(const struct rest_call *call, struct store *store,
                        struct address_change_row *out, struct error *err)
{
    enum status status =
        store_address_change_find(store, call->admin.actor.account_id, out, err);
    if (!status && out->expires_s <= call->admin.now_s)
        return FAIL(err, ERR_NOT_FOUND, "no other address is about to be taken");
    return status;
}

enum status rest_move_show(struct rest_call *call, struct error *err)
{
    struct address_change_row row = { .expires_s = 0 };
    enum status status = find(call, call->admin.store, &row, err);
    bool is_there = !status;
    if (status && status != ERR_NOT_FOUND)
        return status;
    if (!is_there)
        row = (struct address_change_row){ .expires_s = 0 };
    call->result = json_new_object();
    fields_write(&address_shape, &row, call->result);
    json_put(call->result, "email",
             is_there ? json_new_string(str_from(row.email)) : json_new_null());
    return OK;
}

enum status rest_move_end(struct rest_call *call, struct error *err)
{
    struct address_change_row row;
    enum status status = find(call, call->admin.store, &row, err);
    return status ? status
                  : store_address_change_remove(call->admin.store, row.account_id, err);
}

/* ----- asking for it ----- */

struct ask_body {
    char email[EMAIL_SIZE];
};

static const struct field of_ask[] = {
    FIELD(struct ask_body, email, "email", FIELD_TEXT, SET_BY_OWNER,
          "the address that the account is to have", .needed = true),
};
const struct shape address_ask_shape = { "MoveAsk", of_ask, LENGTH_OF(of_ask) };

static void begun(void *ctx, const struct people_outcome *outcome)
{
    struct rest_job *job = (struct rest_job *)ctx;
    struct rest_call *call = rest_job_call(job);
    struct error err = outcome->err;
    enum status status = outcome->status;
    call->word = outcome->word;
    call->wait_s = outcome->wait_s;
    if (!status)
        status = rest_move_show(call, &err);
    rest_job_end(job, status, &err);
}

void rest_move_begin(struct rest_job *job)
{
    const struct rest_call *call = rest_job_call(job);
    const struct people_from from = rest_people_from(call);
    struct ask_body body = { .email = "" };
    struct error err = { "" };
    enum status status = rest_people_read(call, &address_ask_shape, &body, &err);
    if (status)
        rest_job_end(job, status, &err);
    else
        people_move(call->rest->people, &from, str_from(body.email), begun, job);
}

/* ----- answering the mails ----- */

struct answer_body {
    char link[SECRET_TEXT_SIZE];
    bool refuse;
};

static const struct field of_answer[] = {
    FIELD(struct answer_body, link, "link", FIELD_TEXT, SET_BY_OWNER,
          "what stands behind the '#' of the link", .needed = true),
    FIELD(struct answer_body, refuse, "refuse", FIELD_BOOL, SET_BY_OWNER,
          "the account is to keep the address that it has"),
};
const struct shape answer_shape = { "MoveAnswer", of_answer, LENGTH_OF(of_answer) };

static const char *const moves[] = {
    [MOVE_WAITS] = "waiting", [MOVE_DONE] = "changed", [MOVE_REFUSED] = "refused", NULL
};

struct move_body {
    enum people_move state;
};

static const struct field of_move[] = {
    FIELD_OF_WORDS(struct move_body, state, "state", moves, SET_BY_NOBODY,
                   "waiting: for the answer of the other address"),
};
const struct shape move_shape = { "MoveState", of_move, LENGTH_OF(of_move) };

static void answered(void *ctx, const struct people_outcome *outcome)
{
    struct rest_job *job = (struct rest_job *)ctx;
    struct rest_call *call = rest_job_call(job);
    const struct move_body body = { .state = outcome->move };
    call->word = outcome->word;
    if (!outcome->status) {
        call->result = json_new_object();
        fields_write(&move_shape, &body, call->result);
    }
    rest_job_end(job, outcome->status, &outcome->err);
}

void rest_move_answer(struct rest_job *job)
{
    const struct rest_call *call = rest_job_call(job);
    const struct people_from from = rest_people_from(call);
    struct answer_body body = { .refuse = false };
    struct error err = { "" };
    enum status status = rest_people_read(call, &answer_shape, &body, &err);
    if (status)
        rest_job_end(job, status, &err);
    else
        people_answer_move(call->rest->people, &from, str_from(body.link), body.refuse,
                           answered, job);
}
