// SPDX-License-Identifier: GPL-3.0-or-later
#include "people/link.h"

#include "base/buf.h"
#include "base/mem.h"

static int64_t lifetime_s(enum link_purpose purpose)
{
    switch (purpose) {
    case LINK_INVITE:
        return LINK_INVITE_S;
    case LINK_SIGN_UP:
        return LINK_SIGN_UP_S;
    case LINK_RESET:
        break;
    }
    return LINK_RESET_S;
}

static void fill(const struct keys *keys, struct link_row *row,
                 char secret[SECRET_TEXT_SIZE])
{
    secret_make(secret);
    row->digest = secret_digest(keys, SECRET_LINK, str_from(secret));
    if (row->request_id == 0) /* it ends with its request */
        row->expires_s = row->created_s + lifetime_s(row->purpose);
    row->used_s = 0;
}

static enum status replace(struct store *store, const struct link_row *row,
                           struct error *err)
{
    enum status status = store_link_remove_like(store, row, err);
    return status ? status : store_link_insert(store, row, err);
}

enum status link_make(struct store *store, const struct keys *keys, const char *origin,
                      struct link_row *row, char url[LINK_URL_SIZE], struct error *err)
{
    char secret[SECRET_TEXT_SIZE];
    struct buf text = buf_on(url, LINK_URL_SIZE);
    if (!origin || !origin[0])
        return FAIL(err, ERR_CONFLICT,
                    "a link needs web.origin: put web { origin = \"https://...\" } into "
                    "the configuration, and restart");
    fill(keys, row, secret);
    buf_printf(&text, "%s/%s#%s", origin,
               row->purpose == LINK_INVITE ? "confirm" : "reset", secret);
    (void)buf_text(&text);
    mem_wipe(secret, sizeof(secret));
    return row->request_id ? store_link_insert(store, row, err)
                           : replace(store, row, err);
}

enum status link_mail(const struct post *post, struct store *store, struct link_row *row,
                      bool *sent, struct error *err)
{
    char secret[SECRET_TEXT_SIZE];
    enum post_result result = POST_NOT_SET_UP;
    *sent = false;
    if (!post)
        return OK;
    fill(post->keys, row, secret);
    struct post_mail mail = { .kind = row->purpose == LINK_SIGN_UP ? POST_CONFIRM
                                                                   : POST_RESET,
                              .account_id = row->account_id,
                              .recipient = str_from(row->email),
                              .language = str_from(row->language),
                              .secret = str_from(secret),
                              .now_s = row->created_s };
    enum status status = post_put(post, store, &mail, &result, err);
    mem_wipe(secret, sizeof(secret));
    if (status || result != POST_QUEUED)
        return status;
    *sent = true;
    return replace(store, row, err);
}
