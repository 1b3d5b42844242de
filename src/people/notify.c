// SPDX-License-Identifier: GPL-3.0-or-later
#include "people/notify.h"

static bool find_kind(enum people_event event, enum post_kind *out)
{
    switch (event) {
    case EVENT_RESET:
        *out = POST_RESET;
        return true;
    case EVENT_LOGGED_IN:
        *out = POST_NEW_LOGIN;
        return true;
    case EVENT_PASSKEY_ADDED:
        *out = POST_PASSKEY_ADDED;
        return true;
    case EVENT_PASSKEY_REMOVED:
        *out = POST_PASSKEY_REMOVED;
        return true;
    case EVENT_PASSKEY_COPIED:
        *out = POST_PASSKEY_COPIED;
        return true;
    case EVENT_INVITED:
    case EVENT_PASSWORD:
    case EVENT_FACTOR:
        break;
    }
    return false;
}

enum status people_notify(const struct post *post, struct store *store,
                          const struct people_notice *notice, bool *sent,
                          struct error *err)
{
    char time[POST_TIME_SIZE];
    enum post_kind kind = POST_RESET;
    enum post_result result = POST_NOT_SET_UP;
    *sent = false;
    if (!find_kind(notice->event, &kind))
        return OK;
    struct post_mail mail = { .kind = kind,
                              .account_id = notice->account_id,
                              .secret = notice->secret,
                              .now_s = notice->now_s };
    post_time(notice->now_s, time);
    if (kind != POST_RESET)
        post_values_add(&mail.values, "time", str_from(time));
    if (kind == POST_NEW_LOGIN)
        post_values_add(&mail.values, "source", str_from(ip_text(notice->source)));
    else if (kind != POST_RESET)
        post_values_add(&mail.values, "passkey", notice->name);
    enum status status = post_put(post, store, &mail, &result, err);
    *sent = !status && result == POST_QUEUED;
    return status;
}
