// SPDX-License-Identifier: GPL-3.0-or-later
#include "people/notify.h"

#include "base/buf.h"

enum {
    OPERATORS_MAX = 64,
    OPERATORS_EVERY_S = 8 * 3600,
    NUMBER_SIZE = 24
};

static enum post_kind kind_of(enum people_event event)
{
    switch (event) {
    case EVENT_INVITED:
        return POST_INVITATION;
    case EVENT_LOGGED_IN:
        return POST_NEW_LOGIN;
    case EVENT_PASSWORD:
        return POST_NEW_PASSWORD;
    case EVENT_FACTOR_ON:
        return POST_FACTOR_ON;
    case EVENT_FACTOR_OFF:
        return POST_FACTOR_OFF;
    case EVENT_RECOVERY_CODE:
        return POST_RECOVERY_CODE;
    case EVENT_PASSKEY_ADDED:
        return POST_PASSKEY_ADDED;
    case EVENT_PASSKEY_REMOVED:
        return POST_PASSKEY_REMOVED;
    case EVENT_PASSKEY_COPIED:
        return POST_PASSKEY_COPIED;
    case EVENT_RESET:
        break;
    }
    return POST_RESET;
}

static void put_number(char out[NUMBER_SIZE], int64_t number)
{
    struct buf text = buf_on(out, NUMBER_SIZE);
    buf_put_decimal(&text, (uint64_t)number);
    (void)buf_text(&text);
}

enum status people_notify(const struct post *post, struct store *store,
                          const struct people_notice *notice, bool *sent,
                          struct error *err)
{
    char time[POST_TIME_SIZE], left[NUMBER_SIZE];
    enum post_result result = POST_NOT_SET_UP;
    struct post_mail mail = { .kind = kind_of(notice->event),
                              .account_id = notice->account_id,
                              .secret = notice->secret,
                              .now_s = notice->now_s };
    const char *source =
        notice->source.family == IP_NONE ? "rovectl" : ip_text(notice->source);
    post_time(notice->now_s, time);
    put_number(left, notice->codes_left);
    post_values_add(&mail.values, "time", str_from(time));
    post_values_add(&mail.values, "source", str_from(source));
    post_values_add(&mail.values, "left", str_from(left));
    post_values_add(&mail.values, "passkey", notice->name);
    enum status status = post_put(post, store, &mail, &result, err);
    *sent = !status && result == POST_QUEUED;
    return status;
}

enum status people_notify_operators(const struct post *post, struct store *store,
                                    int64_t now_s, struct error *err)
{
    int64_t ids[OPERATORS_MAX], waiting = 0;
    size_t count = 0;
    char time[POST_TIME_SIZE], number[NUMBER_SIZE], storage[MAIL_ABOUT_SIZE];
    struct buf about = BUF_ON(storage);
    enum post_result result = POST_NOT_SET_UP;
    if (!post)
        return OK;
    enum status status = store_account_count_waiting(store, &waiting, err);
    if (!status)
        status = store_account_operators(store, ids, OPERATORS_MAX, &count, err);
    post_time(now_s, time);
    put_number(number, waiting);
    buf_printf(&about, "waiting %lld", (long long)(now_s / OPERATORS_EVERY_S));
    for (size_t i = 0; i < count && !status; i++) {
        struct post_mail mail = { .kind = POST_ACCOUNT_WAITING,
                                  .account_id = ids[i],
                                  .about = buf_str(&about),
                                  .now_s = now_s };
        post_values_add(&mail.values, "time", str_from(time));
        post_values_add(&mail.values, "count", str_from(number));
        status = post_put(post, store, &mail, &result, err);
    }
    return status;
}
