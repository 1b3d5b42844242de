// SPDX-License-Identifier: GPL-3.0-or-later
/* What strangers know of the service, and ask it for: an account, or another password. */
#include "base/json.h"
#include "base/origin.h"
#include "post/text.h"
#include "rest/people.h"

/* ----- the service ----- */

static const char *const ways[] = { [SIGN_UP_INVITED] = "invited",
                                    [SIGN_UP_OPEN] = "open",
                                    [SIGN_UP_APPROVAL] = "approval",
                                    [SIGN_UP_CLOSED] = "closed",
                                    [SIGN_UP_CLOSED + 1] = NULL };

struct service_body {
    char name[ORIGIN_SIZE];
    enum sign_up sign_up;
    bool mail;
    int64_t password_min;
};

static const struct field of_service[] = {
    FIELD(struct service_body, name, "name", FIELD_TEXT, SET_BY_NOBODY,
          "what it is called"),
    FIELD_OF_WORDS(struct service_body, sign_up, "sign_up", ways, SET_BY_NOBODY,
                   "who may come: open and approval need mail, too"),
    FIELD(struct service_body, mail, "mail", FIELD_BOOL, SET_BY_NOBODY, "it sends mails"),
    FIELD(struct service_body, password_min, "password_min", FIELD_NUMBER, SET_BY_NOBODY,
          "characters that a password has at least"),
    BY_HAND("contact", HAND_TEXT, SET_BY_NOBODY,
            "whom to ask for an account; empty: not told"),
    BY_HAND("origin_4", HAND_TEXT, SET_BY_NOBODY,
            "its name that has IPv4 addresses alone; empty: none"),
    BY_HAND("origin_6", HAND_TEXT, SET_BY_NOBODY,
            "its name that has IPv6 addresses alone; empty: none"),
    BY_HAND("languages", HAND_TEXTS, SET_BY_NOBODY, "of its mails"),
};
const struct shape service_shape = { "Service", of_service, LENGTH_OF(of_service) };

/* "https://ddns.example.org" without what is before the name. */
static struct str name_of(const char *origin)
{
    struct str text = str_from(origin);
    return str_from_at(text, str_find(text, ':') + sizeof("//"));
}

enum status rest_service_show(struct rest_call *call, struct error *err)
{
    static const struct people_settings none;
    const struct rest *rest = call->rest;
    const struct people_settings *settings =
        rest->people ? people_settings(rest->people) : &none;
    struct service_body body = { .sign_up = settings->sign_up,
                                 .mail = rest->post != NULL,
                                 .password_min = PASSWORD_CHARS_MIN };
    struct buf name = BUF_ON(body.name);
    struct json *languages = json_new_array();
    (void)err;
    buf_put(&name, name_of(call->origin));
    (void)buf_text(&name);
    for (size_t i = 0; i < post_language_count; i++)
        json_append(languages, json_new_string(str_from(post_languages[i].tag)));
    call->result = json_new_object();
    fields_write(&service_shape, &body, call->result);
    json_put_text(call->result, "contact",
                  str_from(settings->contact ? settings->contact : ""));
    json_put_text(call->result, "origin_4", str_from(rest->origin_4));
    json_put_text(call->result, "origin_6", str_from(rest->origin_6));
    json_put(call->result, "languages", languages);
    return OK;
}

/* ----- asking ----- */

struct ask_body {
    char email[EMAIL_SIZE];
    char language[LANGUAGE_SIZE];
};

static const struct field of_sign_up[] = {
    FIELD(struct ask_body, email, "email", FIELD_TEXT, SET_BY_OWNER,
          "the address that the account is to have", .needed = true),
    FIELD(struct ask_body, language, "language", FIELD_TEXT, SET_BY_OWNER,
          "of the account; a tag such as en or de"),
};
const struct shape sign_up_shape = { "SignUp", of_sign_up, LENGTH_OF(of_sign_up) };

static const struct field of_reset[] = {
    FIELD(struct ask_body, email, "email", FIELD_TEXT, SET_BY_OWNER,
          "address of the account", .needed = true),
};
const struct shape reset_shape = { "Reset", of_reset, LENGTH_OF(of_reset) };

static void asked(void *ctx, const struct people_outcome *outcome)
{
    struct rest_job *job = (struct rest_job *)ctx;
    struct rest_call *call = rest_job_call(job);
    call->word = outcome->word;
    call->wait_s = outcome->wait_s;
    rest_job_end(job, outcome->status, &outcome->err);
}

static void ask(struct rest_job *job, const struct shape *shape, enum people_wish wish)
{
    const struct rest_call *call = rest_job_call(job);
    const struct people_from from = rest_people_from(call);
    struct ask_body body = { .email = "" };
    struct error err = { "" };
    enum status status = rest_people_read(call, shape, &body, &err);
    const struct people_ask wanted = { .wish = wish,
                                       .email = str_from(body.email),
                                       .language = str_from(body.language) };
    if (status)
        rest_job_end(job, status, &err);
    else
        people_ask(call->rest->people, &from, &wanted, asked, job);
}

void rest_sign_up(struct rest_job *job)
{
    ask(job, &sign_up_shape, WISH_ACCOUNT);
}

void rest_reset(struct rest_job *job)
{
    ask(job, &reset_shape, WISH_PASSWORD);
}
