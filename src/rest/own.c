// SPDX-License-Identifier: GPL-3.0-or-later
/* The account of who asks. */
#include "base/json.h"
#include "base/mem.h"
#include "rest/people.h"

static enum status find_own(const struct rest_call *call, struct account_row *out,
                            struct error *err)
{
    if (call->admin.actor.account_id == 0)
        return FAIL(err, ERR_NOT_FOUND, "there is no account at the machine");
    return store_account_find(call->admin.store, call->admin.actor.account_id, out, err);
}

enum status rest_own_show(struct rest_call *call, struct error *err)
{
    struct account_row row;
    enum status status = find_own(call, &row, err);
    if (!status)
        call->result = rest_account_json(&row);
    return status;
}

enum status rest_own_set(struct rest_call *call, struct error *err)
{
    struct account_row row;
    enum status status = find_own(call, &row, err);
    return status ? status : rest_account_change(call, SET_BY_OWNER, &row, err);
}

struct password_body {
    char old[PASSWORD_BYTES_MAX + 1];
    char wanted[PASSWORD_BYTES_MAX + 1];
};

static const struct field of_password[] = {
    FIELD(struct password_body, old, "old", FIELD_TEXT, SET_BY_OWNER,
          "the password that it has", .needed = true),
    FIELD(struct password_body, wanted, "password", FIELD_TEXT, SET_BY_OWNER,
          "the one that it is to have", .needed = true),
};
const struct shape password_shape = { "Password", of_password, LENGTH_OF(of_password) };

void rest_own_password(struct rest_job *job)
{
    const struct rest_call *call = rest_job_call(job);
    const struct people_from from = rest_people_from(call);
    struct password_body body = { .old = "" };
    struct error err = { "" };
    enum status status = rest_people_read(call, &password_shape, &body, &err);
    if (status)
        rest_job_end(job, status, &err);
    else
        people_set_password(call->rest->people, &from, str_from(body.old),
                            str_from(body.wanted), rest_people_done, job);
    mem_wipe(&body, sizeof(body));
}
