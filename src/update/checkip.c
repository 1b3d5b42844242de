// SPDX-License-Identifier: GPL-3.0-or-later
#include "update/checkip.h"

enum {
    BODY_SIZE = 92 + IP_TEXT_SIZE /* the page around the address, and the longest one */
};

static void reply(struct http_exchange *exchange, const char *type, const char *before,
                  const char *after)
{
    static const char *const fields[] = { "Cache-Control: no-cache", "Pragma: no-cache",
                                          NULL };
    char bytes[BODY_SIZE];
    struct buf body = BUF_ON(bytes);
    buf_put_text(&body, before);
    ip_format(http_request_source(exchange), &body);
    buf_put_text(&body, after);
    const struct http_response response = { .status = 200,
                                            .type = type,
                                            .body = buf_str(&body),
                                            .fields = fields,
                                            .close = true };
    http_reply(exchange, &response);
}

void checkip_page(const struct updates *updates, struct http_exchange *exchange)
{
    (void)updates;
    reply(exchange, "text/html",
          "<html><head><title>Current IP Check</title></head>"
          "<body>Current IP Address: ",
          "</body></html>\r\n");
}

void checkip_plain(const struct updates *updates, struct http_exchange *exchange)
{
    (void)updates;
    reply(exchange, NULL, "", "");
}

void checkip_json(const struct updates *updates, struct http_exchange *exchange)
{
    (void)updates;
    reply(exchange, "application/json", "{\"ip\":\"", "\"}");
}
