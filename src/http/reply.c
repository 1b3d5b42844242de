// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/reply.h"

#include <string.h>

static void put_two(struct buf *out, int64_t number)
{
    buf_put_u8(out, (uint8_t)('0' + number / 10 % 10));
    buf_put_u8(out, (uint8_t)('0' + number % 10));
}

void http_date_format(int64_t wall_s, struct buf *out)
{
    static const char days[7][4] = { "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed" };
    static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    int64_t day = wall_s / 86400;
    int64_t second = wall_s % 86400;
    /* Years are counted from March of the year 0, so that the leap day comes last. An era has
     * 400 years (146,097 days); then the calendar repeats. */
    int64_t days_since = day + 719468;
    int64_t in_era = days_since % 146097;
    int64_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    int64_t in_year = in_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * in_year + 2) / 153; /* 0 is March */
    int64_t in_month = in_year - (153 * month + 2) / 5 + 1;
    year += days_since / 146097 * 400 + (month >= 10 ? 1 : 0);

    buf_put_text(out, days[day % 7]);
    buf_put_text(out, ", ");
    put_two(out, in_month);
    buf_put_u8(out, ' ');
    buf_put_text(out, months[(month + 2) % 12]);
    buf_put_u8(out, ' ');
    put_two(out, year / 100);
    put_two(out, year);
    buf_put_u8(out, ' ');
    put_two(out, second / 3600);
    buf_put_u8(out, ':');
    put_two(out, second / 60 % 60);
    buf_put_u8(out, ':');
    put_two(out, second % 60);
    buf_put_text(out, " GMT");
}

const char *http_reason(int status)
{
    static const struct {
        int status;
        const char *reason;
    } rows[] = {
        { 200, "OK" },
        { 201, "Created" },
        { 202, "Accepted" },
        { 204, "No Content" },
        { 301, "Moved Permanently" },
        { 302, "Found" },
        { 303, "See Other" },
        { 304, "Not Modified" },
        { 307, "Temporary Redirect" },
        { 308, "Permanent Redirect" },
        { 400, "Bad Request" },
        { 401, "Unauthorized" },
        { 403, "Forbidden" },
        { 404, "Not Found" },
        { 405, "Method Not Allowed" },
        { 406, "Not Acceptable" },
        { 408, "Request Timeout" },
        { 409, "Conflict" },
        { 410, "Gone" },
        { 411, "Length Required" },
        { 412, "Precondition Failed" },
        { 413, "Content Too Large" },
        { 414, "URI Too Long" },
        { 415, "Unsupported Media Type" },
        { 417, "Expectation Failed" },
        { 421, "Misdirected Request" },
        { 422, "Unprocessable Content" },
        { 426, "Upgrade Required" },
        { 428, "Precondition Required" },
        { 429, "Too Many Requests" },
        { 431, "Request Header Fields Too Large" },
        { 500, "Internal Server Error" },
        { 501, "Not Implemented" },
        { 502, "Bad Gateway" },
        { 503, "Service Unavailable" },
        { 504, "Gateway Timeout" },
        { 505, "HTTP Version Not Supported" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        if (rows[i].status == status)
            return rows[i].reason;
    }
    return status < 400 ? "OK" : "Error";
}

static const char *type_of(const struct http_response *response)
{
    return response->type ? response->type : "text/plain; charset=utf-8";
}

size_t http_reply_size(const struct http_response *response)
{
    enum {
        FIXED = 256 /* more than all lines that are not counted below */
    };
    size_t size = FIXED + strlen(type_of(response));
    for (const char *const *at = response->fields; at && *at; at++)
        size += strlen(*at) + 2;
    return size;
}

static bool is_one_line(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return false;
    }
    return true;
}

bool http_reply_has_body(int status, const struct http_head *request)
{
    return status != 204 && status != 304 &&
           !(request && str_equal(request->method, STR("HEAD")));
}

void http_reply_format(const struct http_response *response, struct str date, bool close,
                       const struct http_head *request, struct buf *out)
{
    buf_put_text(out, "HTTP/1.1 ");
    buf_put_decimal(out, (uint64_t)response->status);
    buf_put_u8(out, ' ');
    buf_put_text(out, http_reason(response->status));
    buf_put_text(out, "\r\nDate: ");
    buf_put(out, date);
    /* Some clients would wait for a body of that length (RFC 9110, 8.6). */
    if (response->status != 204 && response->status != 304) {
        buf_put_text(out, "\r\nContent-Type: ");
        buf_put_text(out, type_of(response));
    }
    if (response->status != 204 && response->status != 304 && !response->endless) {
        buf_put_text(out, "\r\nContent-Length: ");
        buf_put_decimal(out, response->body.n);
    }
    if (close)
        buf_put_text(out, "\r\nConnection: close");
    else if (request && request->http_1_0)
        buf_put_text(out, "\r\nConnection: Keep-Alive");
    for (const char *const *at = response->fields; at && *at; at++) {
        if (!is_one_line(*at))
            continue;
        buf_put_text(out, "\r\n");
        buf_put_text(out, *at);
    }
    buf_put_text(out, "\r\n\r\n");
}
