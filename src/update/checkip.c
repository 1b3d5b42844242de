// SPDX-License-Identifier: GPL-3.0-or-later
#include "update/checkip.h"

enum {
    BODY_SIZE = 92 + IP_TEXT_SIZE /* the page around the address, and the longest one */
};

static void reply(const struct update_request *request, const char *type,
                  const char *before, const char *after)
{
    static const char *const fields[] = { "Cache-Control: no-cache", "Pragma: no-cache",
                                          NULL };
    char bytes[BODY_SIZE];
    struct buf body = BUF_ON(bytes);
    buf_put_text(&body, before);
    ip_format(http_request_source(request->exchange), &body);
    buf_put_text(&body, after);
    const struct http_response response = { .status = 200,
                                            .type = type,
                                            .body = buf_str(&body),
                                            .fields = fields,
                                            .close = true };
    http_reply(request->exchange, &response);
}

void checkip_page(struct updates *updates, struct update_request *request)
{
    (void)updates;
    reply(request, "text/html",
          "<html><head><title>Current IP Check</title></head>"
          "<body>Current IP Address: ",
          "</body></html>\r\n");
}

void checkip_plain(struct updates *updates, struct update_request *request)
{
    (void)updates;
    reply(request, NULL, "", "");
}

void checkip_json(struct updates *updates, struct update_request *request)
{
    (void)updates;
    reply(request, "application/json", "{\"ip\":\"", "\"}");
}
