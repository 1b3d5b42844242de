// SPDX-License-Identifier: GPL-3.0-or-later
#include "update/acmedns_part.h"

#include "update/credentials.h"

void acmedns_read_credentials(const struct update_call *call, struct str *user,
                              struct str *secret)
{
    const struct http_head *head = http_request_head(call->exchange);
    struct credentials found = {
        .user = credentials_trim(http_head_field(head, "X-Api-User")),
        .secret = credentials_trim(http_head_field(head, "X-Api-Key")),
    };
    credentials_find(head, http_request_arena(call->exchange), &found);
    *user = found.user;
    *secret = found.secret;
}

void acmedns_refuse(struct http_exchange *exchange, int status, const char *word)
{
    update_reply_pair(exchange, status, "error", str_from(word));
}

void acmedns_refuse_code(struct http_exchange *exchange, enum update_code code)
{
    if (code == UPDATE_TROUBLE)
        acmedns_refuse(exchange, 500, "db_error");
    else if (code == UPDATE_NOTFQDN)
        acmedns_refuse(exchange, 400, "bad_subdomain");
    else if (code == UPDATE_BADTXT)
        acmedns_refuse(exchange, 400, "bad_txt");
    else
        acmedns_refuse(exchange, 401, "forbidden");
}
