// SPDX-License-Identifier: GPL-3.0-or-later
#include "people/session.h"

bool session_is_over(const struct session_row *row, int64_t used_s, int64_t now_s)
{
    return now_s >= row->expires_s || (!row->keep && now_s - used_s >= SESSION_IDLE_S);
}

static void make_secret(const struct keys *keys, int64_t now_s, struct session_row *row,
                        char secret[SECRET_TEXT_SIZE])
{
    secret_make(secret);
    row->digest = secret_digest(keys, SECRET_SESSION, str_from(secret));
    row->fresh_s = now_s + SESSION_FRESH_S;
}

enum status session_begin(struct store *store, const struct keys *keys, int64_t now_s,
                          struct session_row *row, char secret[SECRET_TEXT_SIZE],
                          struct error *err)
{
    make_secret(keys, now_s, row, secret);
    row->created_s = row->used_s = now_s;
    row->expires_s = now_s + (row->keep ? SESSION_KEEP_S : SESSION_S);
    return store_session_insert(store, row, err);
}

enum status session_renew(struct store *store, const struct keys *keys, int64_t now_s,
                          struct session_row *row, char secret[SECRET_TEXT_SIZE],
                          struct error *err)
{
    make_secret(keys, now_s, row, secret);
    return store_session_renew(store, row, err);
}
