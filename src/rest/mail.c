// SPDX-License-Identifier: GPL-3.0-or-later
/* Mails as a resource. What is in them is shown to nobody: it may hold a secret of its recipient. */
#include "base/json.h"
#include "base/mem.h"
#include "post/post.h"
#include "post/settle.h"
#include "rest/field.h"
#include "rest/list.h"
#include "rest/resource.h"

static const char *const states[] = { "waiting", "sent", "dead", NULL };

static const struct field fields[] = {
    FIELD(struct mail_row, id, "id", FIELD_NUMBER, SET_BY_NOBODY, "its number"),
    FIELD_OF_WORDS(struct mail_row, kind, "kind", post_kind_names, SET_BY_NOBODY,
                   "what it is about"),
    FIELD(struct mail_row, recipient, "to", FIELD_TEXT, SET_BY_OPERATOR,
          "the address that gets it", .only_new = true, .needed = true),
    FIELD_OF_WORDS(struct mail_row, state, "state", states, SET_BY_NOBODY,
                   "whether it waits, was sent, or was given up"),
    FIELD(struct mail_row, tries, "tries", FIELD_NUMBER, SET_BY_NOBODY,
          "how often its delivery was tried"),
    FIELD(struct mail_row, due_s, "due", FIELD_NUMBER, SET_BY_NOBODY,
          "when it is tried next, in seconds since 1970"),
    FIELD(struct mail_row, last_error, "last_error", FIELD_TEXT, SET_BY_NOBODY,
          "why it was not sent, in the words of the server"),
    FIELD(struct mail_row, created_s, "created", FIELD_NUMBER, SET_BY_NOBODY,
          "seconds since 1970"),
    FIELD(struct mail_row, ended_s, "ended", FIELD_NUMBER, SET_BY_NOBODY,
          "since when it does not wait any more, in seconds since 1970; 0: it waits"),
    FIELD(struct mail_row, language, "language", FIELD_TEXT, SET_BY_OPERATOR, "en or de",
          .only_new = true),
    FIELD(struct mail_row, about, "about", FIELD_TEXT, SET_BY_NOBODY,
          "of what nobody is told twice"),
    FIELD(struct mail_row, message_id, "message_id", FIELD_TEXT, SET_BY_NOBODY,
          "its Message-ID, without brackets"),
};
const struct shape mail_shape = { "Mail", fields, LENGTH_OF(fields) };

struct json *rest_mail_json(const struct mail_row *row)
{
    struct json *object = json_new_object();
    fields_write(&mail_shape, row, object);
    return object;
}

static enum status append(void *ctx, const struct mail_row *row)
{
    struct rest_list *list = (struct rest_list *)ctx;
    return rest_list_put(list, row->id, rest_mail_json(row));
}

enum status rest_mail_list(struct rest_call *call, struct error *err)
{
    struct rest_list list;
    enum status status = rest_list_begin(call, &list, err);
    if (status)
        return status;
    status = store_mail_list(call->admin.store, list.page, append, &list, err);
    return rest_list_end(call, &list, status);
}

static enum status find(const struct rest_call *call, struct mail_row *out,
                        struct error *err)
{
    uint64_t id = 0;
    if (str_to_u64(call->arg, INT64_MAX, &id))
        return FAIL(err, ERR_SYNTAX, "mail '" STR_FMT "': its number is needed",
                    STR_ARG(call->arg));
    return store_mail_find(call->admin.store, (int64_t)id, out, err);
}

enum status rest_mail_show(struct rest_call *call, struct error *err)
{
    struct mail_row row;
    enum status status = find(call, &row, err);
    if (!status)
        call->result = rest_mail_json(&row);
    return status;
}

enum status rest_mail_test(struct rest_call *call, struct error *err)
{
    struct mail_row wanted = { .language = "en" };
    char time[POST_TIME_SIZE];
    enum post_result result = POST_QUEUED;
    enum status status =
        fields_read(&mail_shape, call->body, rest_setter(call), true, &wanted, err);
    if (status)
        return status;
    post_time(call->admin.now_s, time);
    struct post_mail mail = { .kind = POST_TEST,
                              .recipient = str_from(wanted.recipient),
                              .language = str_from(wanted.language),
                              .now_s = call->admin.now_s };
    post_values_add(&mail.values, "time", str_from(time));
    status = post_put(call->admin.post, call->admin.store, &mail, &result, err);
    if (status)
        return status;
    if (result != POST_QUEUED)
        return FAIL(err, result == POST_NO_ADDRESS ? ERR_SYNTAX : ERR_CONFLICT, "%s: %s",
                    wanted.recipient, post_result_text(result));
    status = store_mail_find(call->admin.store, mail.id, &wanted, err);
    if (!status)
        call->result = rest_mail_json(&wanted);
    return status;
}

enum status rest_mail_retry(struct rest_call *call, struct error *err)
{
    struct mail_row row;
    enum status status = find(call, &row, err);
    if (status)
        return status;
    if (row.state == MAIL_SENT)
        return FAIL(err, ERR_CONFLICT, "mail %lld was sent", (long long)row.id);
    post_try_again(&row, call->admin.now_s);
    status = store_mail_settle(call->admin.store, &row, err);
    if (!status)
        call->result = rest_mail_json(&row);
    return status;
}

enum status rest_mail_remove(struct rest_call *call, struct error *err)
{
    struct mail_row row;
    enum status status = find(call, &row, err);
    return status ? status : store_mail_remove(call->admin.store, row.id, err);
}

enum status rest_mail_preview(struct rest_call *call, struct error *err)
{
    static const struct post anywhere = { .origin = "https://ddns.example.org",
                                          .domain = "example.org" };
    const struct post *post = call->admin.post ? call->admin.post : &anywhere;
    enum post_kind kind = POST_TEST;
    if (!post_kind_find(call->arg, &kind))
        return FAIL(err, ERR_NOT_FOUND, "no kind of mail " STR_FMT, STR_ARG(call->arg));
    CLEANUP(mem_freep) struct post_content *content = NEW(struct post_content);
    enum status status =
        post_preview(post, kind, rest_param(call, "language"), content, err);
    if (status)
        return status;
    call->result = json_new_object();
    json_put_text(call->result, "subject", str_from(content->subject));
    json_put_text(call->result, "body", str_from(content->body));
    return OK;
}
