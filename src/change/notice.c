// SPDX-License-Identifier: GPL-3.0-or-later
#include "change/notice.h"

#include <inttypes.h>

enum {
    NAME_SHOWN = 256, /* of a name; those of hosts are shorter */
    NAMES_SIZE = TOKEN_HOSTS_MAX * NAME_SHOWN,
    NUMBER_SIZE = 24
};

/* "a.example.org, b.example.org"; nothing for a token of no certain host. */
static enum status list_hosts(struct store *store, const struct token_row *token,
                              struct buf *first, struct buf *names, struct error *err)
{
    for (size_t i = 0; i < token->host_count; i++) {
        struct host_row host;
        enum status status = store_host_find(store, token->host_ids[i], &host, err);
        if (status)
            return status;
        struct str name = str_first(str_from(name_text(&host.name)), NAME_SHOWN - 3);
        if (i == 0)
            buf_put(first, name);
        buf_put_text(names, i ? ", " : "");
        buf_put(names, name);
    }
    return OK;
}

enum status notice_of_token(const struct post *post, struct store *store,
                            enum post_kind kind, const struct token_row *token,
                            int64_t now_s, struct error *err)
{
    char first[NAME_SHOWN], all[NAMES_SIZE], time[POST_TIME_SIZE], number[NUMBER_SIZE],
        about[NUMBER_SIZE + 8];
    struct buf host = BUF_ON(first), hosts = BUF_ON(all), id = BUF_ON(number),
               what = BUF_ON(about);
    enum post_result result = POST_QUEUED;
    if (!post)
        return OK;
    enum status status = list_hosts(store, token, &host, &hosts, err);
    if (status)
        return status;
    post_time(now_s, time);
    buf_printf(&id, "%" PRId64, token->id);
    buf_printf(&what, "token %" PRId64, token->id);
    struct post_mail mail = { .kind = kind,
                              .account_id = token->account_id,
                              .about = buf_str(&what),
                              .now_s = now_s };
    post_values_add(&mail.values, "time", str_from(time));
    post_values_add(&mail.values, "host", buf_str(&host));
    post_values_add(&mail.values, "hosts", buf_str(&hosts));
    post_values_add(&mail.values, "token", buf_str(&id));
    return post_put(post, store, &mail, &result, err);
}
