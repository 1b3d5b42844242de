// SPDX-License-Identifier: GPL-3.0-or-later
#include "people/link.h"

#include "base/buf.h"
#include "base/mem.h"

enum status link_make(struct store *store, const struct keys *keys, const char *origin,
                      struct link_row *row, char url[LINK_URL_SIZE], struct error *err)
{
    char secret[SECRET_TEXT_SIZE];
    struct buf text = buf_on(url, LINK_URL_SIZE);
    if (!origin || !origin[0])
        return FAIL(err, ERR_CONFLICT,
                    "a link needs web.origin: put web { origin = \"https://...\" } into "
                    "the configuration, and restart");
    secret_make(secret);
    row->digest = secret_digest(keys, SECRET_LINK, str_from(secret));
    if (row->request_id == 0)
        row->expires_s =
            row->created_s + (row->purpose == LINK_INVITE ? LINK_INVITE_S : LINK_RESET_S);
    row->used_s = 0;
    buf_printf(&text, "%s/%s#%s", origin,
               row->purpose == LINK_INVITE ? "confirm" : "reset", secret);
    (void)buf_text(&text);
    mem_wipe(secret, sizeof(secret));
    enum status status =
        row->request_id ? OK : store_link_remove_account(store, row->account_id, err);
    return status ? status : store_link_insert(store, row, err);
}
