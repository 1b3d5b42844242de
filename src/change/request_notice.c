// SPDX-License-Identifier: GPL-3.0-or-later
#include "change/request_notice.h"

#include <inttypes.h>
#include <string.h>

#include "change/admin_request.h"

enum {
    DAY_S = 86400
};

static void put_name(const struct name *name, char out[REQUEST_NAME_SIZE])
{
    struct buf text = buf_on(out, REQUEST_NAME_SIZE);
    buf_put(&text, str_first(str_from(name_text(name)), REQUEST_NAME_SIZE - 1));
    (void)buf_text(&text);
}

/* "alice@example.org, dyn.example.org" for an invitation; else the name alone. */
static void put_what(const struct request_row *row, struct request_words *out)
{
    struct buf what = BUF_ON(out->what);
    buf_printf(&what, "%s%s%s", row->kind == REQUEST_INVITE ? row->email : "",
               row->kind == REQUEST_INVITE ? ", " : "",
               row->kind == REQUEST_TRANSFER ? out->host : out->zone);
    (void)buf_text(&what);
}

/* Nobody gets a mail of the same twice a day: asking and withdrawing again and again is no way to
 * fill a mailbox. */
static void put_about(const struct admin *admin, const struct request_row *row,
                      struct request_words *out)
{
    struct buf about = BUF_ON(out->about);
    int64_t zone_id = row->kind == REQUEST_TRANSFER ? 0 : row->zone_id;
    int64_t asker_id = row->kind == REQUEST_INVITE ? 0 : row->asker_id;
    buf_printf(&about, "request %" PRId64 " %" PRId64 " %" PRId64, zone_id, asker_id,
               admin->now_s / DAY_S);
    (void)buf_text(&about);
}

enum status request_words_find(const struct admin *admin, const struct request_row *row,
                               struct request_words *out, struct error *err)
{
    struct zone_row zone;
    struct host_row host;
    *out = (struct request_words){ .zone = "" };
    enum status status =
        store_account_find(admin->store, row->asker_id, &out->asker, err);
    if (!status)
        status = store_zone_find(admin->store, row->zone_id, &zone, err);
    if (!status && row->host_id)
        status = store_host_find(admin->store, row->host_id, &host, err);
    if (status)
        return status;
    put_name(&zone.name, out->zone);
    if (row->host_id)
        put_name(&host.name, out->host);
    post_time(admin->now_s, out->time);
    post_time(row->expires_s, out->until);
    put_what(row, out);
    put_about(admin, row, out);
    return OK;
}

struct post_mail request_mail(const struct request_words *words, enum post_kind kind,
                              struct str who, int64_t now_s)
{
    const struct post_value values[] = {
        { "time", str_from(words->time) }, { "until", str_from(words->until) },
        { "zone", str_from(words->zone) }, { "host", str_from(words->host) },
        { "what", str_from(words->what) }, { "who", who },
    };
    struct post_mail mail = { .kind = kind, .now_s = now_s };
    for (const struct post_field *field = post_traits[kind].fields; field->name; field++)
        for (size_t i = 0; i < LENGTH_OF(values); i++)
            if (strcmp(values[i].name, field->name) == 0)
                post_values_add(&mail.values, values[i].name, values[i].text);
    return mail;
}

static enum status tell(const struct admin *admin, const struct request_words *words,
                        enum post_kind kind, int64_t account_id, struct error *err)
{
    enum post_result result = POST_QUEUED;
    struct post_mail mail =
        request_mail(words, kind, str_from(words->asker.email), admin->now_s);
    mail.account_id = account_id;
    mail.about = str_from(words->about);
    return post_put(admin->post, admin->store, &mail, &result, err);
}

static enum status tell_zone(const struct admin *admin, const struct request_row *row,
                             const struct request_words *words, struct error *err)
{
    int64_t ids[ZONE_MANAGERS_MAX + 1], open = 0;
    size_t count = 0;
    struct zone_row zone;
    enum status status =
        store_request_count_zone(admin->store, row->zone_id, admin->now_s, &open, err);
    if (status || open > REQUESTS_MAILED)
        return status;
    status = store_zone_find(admin->store, row->zone_id, &zone, err);
    if (!status)
        status = store_member_managers(admin->store, row->zone_id, ids, ZONE_MANAGERS_MAX,
                                       &count, err);
    if (status)
        return status;
    ids[count++] = zone.owner_id;
    for (size_t i = 0; i < count && !status; i++)
        status = tell(admin, words, POST_JOIN_ASKED, ids[i], err);
    return status;
}

enum status request_tell_asked(const struct admin *admin, const struct request_row *row,
                               bool *is_stranger, struct error *err)
{
    struct request_words words;
    struct account_row account;
    *is_stranger = false;
    enum status status = request_words_find(admin, row, &words, err);
    if (status)
        return status;
    if (row->kind == REQUEST_JOIN)
        return tell_zone(admin, row, &words, err);
    status = store_account_find_email(admin->store, str_from(row->email), &account, NULL);
    *is_stranger = status == ERR_NOT_FOUND;
    if (status == ERR_NOT_FOUND)
        return OK;
    if (status)
        return FAIL(err, status, "the account cannot be read");
    return tell(admin, &words,
                row->kind == REQUEST_INVITE ? POST_ZONE_INVITED : POST_HOST_OFFERED,
                account.id, err);
}

enum status request_tell_asker(const struct admin *admin, const struct request_row *row,
                               enum post_kind kind, const char *who, struct error *err)
{
    struct request_words words;
    enum post_result result = POST_QUEUED;
    enum status status = request_words_find(admin, row, &words, err);
    if (status)
        return status;
    struct post_mail mail = request_mail(&words, kind, str_from(who), admin->now_s);
    mail.account_id = row->asker_id;
    return post_put(admin->post, admin->store, &mail, &result, err);
}
