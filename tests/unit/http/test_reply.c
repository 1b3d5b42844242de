// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/reply.h"

#include <string.h>
#include <time.h>

#include "base/random.h"
#include "test.h"

TEST(dates_are_those_of_the_c_library)
{
    static const int64_t edges[] = { 0,          951782399,   951782400, 951868800,
                                     4107542399, 4107542400,  784111777, 1709164800,
                                     1735689599, 253402300799 };
    for (size_t i = 0; i < 20000; i++) {
        int64_t at = (int64_t)random_below(UINT32_MAX) * 58; /* up to the year 9863 */
        if (i < LENGTH_OF(edges))
            at = edges[i];
        char ours[HTTP_DATE_SIZE + 1], theirs[64];
        struct buf text = BUF_ON(ours);
        http_date_format(at, &text);
        time_t when = (time_t)at;
        struct tm parts;
        CHECK(gmtime_r(&when, &parts) != NULL);
        (void)strftime(theirs, sizeof(theirs), "%a, %d %b %Y %H:%M:%S GMT", &parts);
        CHECK_TEXT(buf_text(&text), theirs);
    }
}

TEST(no_reason_has_a_digit)
{
    for (int status = 200; status < 600; status++) {
        const char *reason = http_reason(status);
        CHECK(*reason);
        CHECK_INT(strcspn(reason, "0123456789"), strlen(reason));
    }
    CHECK_TEXT(http_reason(200), "OK");
    CHECK_TEXT(http_reason(299), "OK");
    CHECK_TEXT(http_reason(599), "Error");
}

static void check_head(const struct http_response *response, bool close,
                       const struct http_head *request, const char *want)
{
    char bytes[1024];
    struct buf out = buf_on(bytes, http_reply_size(response));
    http_reply_format(response, STR("Sun, 06 Nov 1994 08:49:37 GMT"), close, request,
                      &out);
    CHECK(!out.full);
    CHECK_STR(buf_str(&out), want);
}

TEST(a_head_is_written_as_old_clients_need_it)
{
    const struct http_head old = { .http_1_0 = true, .method = STR("GET") };
    const struct http_head new = { .method = STR("GET") };
    struct http_response plain = { .status = 200, .body = STR("good 192.0.2.1\n") };
    check_head(&plain, true, &new,
               "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
               "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 15\r\n"
               "Connection: close\r\n\r\n");
    check_head(&plain, false, &old,
               "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
               "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 15\r\n"
               "Connection: Keep-Alive\r\n\r\n");
    const char *const fields[] = { "WWW-Authenticate: Basic realm=\"x\"",
                                   "X-Bad: a\r\nSet-Cookie: b", "X-Bad: \x7f",
                                   "X-Good: c", NULL };
    struct http_response more = { .status = 401, .type = "text/html", .fields = fields };
    check_head(&more, false, &new,
               "HTTP/1.1 401 Unauthorized\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
               "Content-Type: text/html\r\nContent-Length: 0\r\n"
               "WWW-Authenticate: Basic realm=\"x\"\r\nX-Good: c\r\n\r\n");
    struct http_response none = { .status = 204, .body = STR("not sent") };
    check_head(&none, false, &new,
               "HTTP/1.1 204 No Content\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n");
}

TEST(some_replies_have_no_body)
{
    const struct http_head head = { .method = STR("HEAD") },
                           get = { .method = STR("GET") };
    CHECK(http_reply_has_body(200, &get));
    CHECK(http_reply_has_body(400, NULL));
    CHECK(!http_reply_has_body(200, &head));
    CHECK(!http_reply_has_body(204, &get));
    CHECK(!http_reply_has_body(304, &get));
}
