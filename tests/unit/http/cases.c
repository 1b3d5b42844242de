// SPDX-License-Identifier: GPL-3.0-or-later
#include "cases.h"

#include <string.h>

#include "base/buf.h"
#include "http/head.h"

#define ROW(status_, literal) \
    { \
        { literal, sizeof(literal) - 1 }, status_, false, 0 \
    }
#define HOST "Host: h.example\r\n"

enum {
    SIZE = 3 * HTTP_HEAD_MAX
};

/* What a bad request may try to have run as a second one. */
static const char second[] = "GET /second HTTP/1.1\r\n" HOST "\r\n";

/* A line, or lines, among the fields of a request. */
static const struct http_case bad_fields[] = {
    ROW(411, "Transfer-Encoding: chunked"),
    ROW(411, "transfer-encoding:chunked"),
    ROW(411, "Transfer-Encoding: gzip"),
    ROW(411, "Transfer-Encoding: identity"),
    ROW(411, "Transfer-Encoding: gzip, chunked"),
    ROW(411, "Transfer-Encoding: chunked, chunked"),
    ROW(411, "Transfer-Encoding: chunked "),
    ROW(411, "Transfer-Encoding:\tchunked"),
    ROW(411, "Transfer-Encoding: xchunked"),
    ROW(411, "Transfer-Encoding: Chunked"),
    ROW(411, "Transfer-Encoding:"),
    ROW(411, "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
    ROW(411, "Content-Length: 3\r\nTransfer-Encoding: chunked"),
    ROW(411, "Transfer-Encoding: chunked\r\nContent-Length: 3"),
    ROW(400, "Transfer-Encoding : chunked"),
    ROW(400, "Transfer-Encoding\t: chunked"),
    ROW(400, "Transfer-Encoding\v: chunked"),
    ROW(400, " Transfer-Encoding: chunked"),
    ROW(400, "\tTransfer-Encoding: chunked"),
    ROW(400, "Transfer-: chunked\r\n Encoding: x"),
    ROW(400, "X: y\rTransfer-Encoding: chunked"),
    ROW(400, "Content-Length: 3\r\nContent-Length: 3"),
    ROW(400, "Content-Length: 3\r\nContent-Length: 4"),
    ROW(400, "content-length: 3\r\nCONTENT-LENGTH: 3"),
    ROW(400, "Content-Length: 3, 3"),
    ROW(400, "Content-Length: 3,"),
    ROW(400, "Content-Length: 3 3"),
    ROW(400, "Content-Length: +3"),
    ROW(400, "Content-Length: -3"),
    ROW(400, "Content-Length: 0x3"),
    ROW(400, "Content-Length: 3a"),
    ROW(400, "Content-Length: 3.0"),
    ROW(400, "Content-Length: 1e1"),
    ROW(400, "Content-Length: \"3\""),
    ROW(400, "Content-Length: \xef\xbc\x93"),
    ROW(400, "Content-Length:"),
    ROW(400, "Content-Length: \t "),
    ROW(400, "Content-Length: 18446744073709551619"),
    ROW(400, "Content-Length: 18446744073709551615"),
    ROW(400, "Content-Length: 4294967299"),
    ROW(400, "Content-Length: 0000000003"),
    ROW(400, "Content-Length : 3"),
    ROW(400, "Content-Length\t: 3"),
    ROW(400, "Content Length: 3"),
    ROW(400, " Content-Length: 3"),
    ROW(400, "Content-Length: 3\r\n 4"),
    ROW(413, "Content-Length: 999999999"),
    ROW(413, "Content-Length: 65537"),
    ROW(400, "X-A: one\r\n two"),
    ROW(400, "X-A: one\r\n\ttwo"),
    ROW(400, "X-A: one\r\n "),
    ROW(400, ": value"),
    ROW(400, ":"),
    ROW(400, "X-A : b"),
    ROW(400, "X-A\t: b"),
    ROW(400, "X A: b"),
    ROW(400, "X-A"),
    ROW(400, "X(A: b"),
    ROW(400, "X)A: b"),
    ROW(400, "X,A: b"),
    ROW(400, "X/A: b"),
    ROW(400, "X;A: b"),
    ROW(400, "X<A: b"),
    ROW(400, "X=A: b"),
    ROW(400, "X?A: b"),
    ROW(400, "X@A: b"),
    ROW(400, "X[A: b"),
    ROW(400, "X\\A: b"),
    ROW(400, "X]A: b"),
    ROW(400, "X{A: b"),
    ROW(400, "X}A: b"),
    ROW(400, "X\"A: b"),
    ROW(400, "X\x80: b"),
    ROW(400, "X\xff: b"),
    ROW(400, "X\0: b"),
    ROW(400, "X\x7f: b"),
    ROW(400, "\0"),
    ROW(400, "X-A: b\0c"),
    ROW(400, "X-A: b\rc"),
    ROW(400, "X-A: b\r\r"),
    ROW(400, "X-A: b\x01"),
    ROW(400, "X-A: \x1b[0m"),
    ROW(400, "X-A: b\x7f"),
    ROW(400, "X-A: b\bc"),
    ROW(400, "\r\r"),
    ROW(400, "Host: a\r\nHost: a"),
    ROW(400, "Host: a\r\nhost: b"),
    ROW(417, "Expect: 200-ok"),
    ROW(417, "Expect:"),
    ROW(417, "Expect: 100-continue, x"),
};

/* A whole request line. */
static const struct http_case bad_lines[] = {
    ROW(400, "GET"),
    ROW(400, "GET "),
    ROW(400, "GET /"),
    ROW(400, "GET / "),
    ROW(400, "GET / http/1.1"),
    ROW(400, "GET / Http/1.1"),
    ROW(400, "GET / HTTP/1.01"),
    ROW(400, "GET / HTTP/1.10"),
    ROW(400, "GET / HTTP/01.1"),
    ROW(400, "GET / HTTP/11.1"),
    ROW(400, "GET / HTTP/1"),
    ROW(400, "GET / HTTP/1."),
    ROW(400, "GET / HTTP/.1"),
    ROW(400, "GET / HTTP/1.1.1"),
    ROW(400, "GET / HTTP/1,1"),
    ROW(400, "GET / HTTP/1.x"),
    ROW(400, "GET / HTTP/a.b"),
    ROW(400, "GET / HTTP/-1.1"),
    ROW(400, "GET / HTTP/+1.1"),
    ROW(400, "GET / HTTP/"),
    ROW(400, "GET / HTTP"),
    ROW(400, "GET / HTTP /1.1"),
    ROW(400, "GET / HTTP/ 1.1"),
    ROW(400, "GET / HTTP/1.1 x"),
    ROW(400, "GET / XTTP/1.1"),
    ROW(400, "GET / ICY/1.1"),
    ROW(400, "GET / HTTP/0.9"),
    ROW(400, "GET /HTTP/1.1"),
    ROW(400, "GET HTTP/1.1"),
    ROW(400, "GET  HTTP/1.1"),
    ROW(400, "HTTP/1.1 200 OK"),
    ROW(400, " GET / HTTP/1.1"),
    ROW(400, "\tGET / HTTP/1.1"),
    ROW(400, "GET\t/ HTTP/1.1"),
    ROW(400, "GET /\tHTTP/1.1"),
    ROW(400, "GET / HTTP/1.1\t"),
    ROW(400, "GET\v/ HTTP/1.1"),
    ROW(400, "GET / HTTP/1.1\v"),
    ROW(400, "GET /a\0b HTTP/1.1"),
    ROW(400, "GE\0T / HTTP/1.1"),
    ROW(400, "\0GET / HTTP/1.1"),
    ROW(400, "GET / HTTP/1.1\0"),
    ROW(400, "GET /a\rb HTTP/1.1"),
    ROW(400, "GET / HTTP/1.1\r"),
    ROW(400, "GET /a\x01 HTTP/1.1"),
    ROW(400, "GET /a\x1f HTTP/1.1"),
    ROW(400, "GET /\x7f HTTP/1.1"),
    ROW(400, "G{T / HTTP/1.1"),
    ROW(400, "G\x80T / HTTP/1.1"),
    ROW(400, "G(T / HTTP/1.1"),
    ROW(400, "GET: / HTTP/1.1"),
    ROW(400, "\"GET\" / HTTP/1.1"),
    ROW(400, "GET/ / HTTP/1.1"),
    ROW(400, "{\"a\":1}"),
    ROW(400, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    ROW(400, "\x80\x2e\x01\x00\x02"),
    ROW(505, "GET / HTTP/1.2"),
    ROW(505, "GET / HTTP/1.9"),
    ROW(505, "GET / HTTP/2.0"),
    ROW(505, "GET / HTTP/3.0"),
    ROW(505, "GET / HTTP/9.9"),
    ROW(505, "PRI * HTTP/2.0"),
    ROW(505, "GET /a b HTTP/2.1"),
};

/* Whole requests that are refused, with what would be the body. */
#define CHUNKED "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
static const struct http_case bad_requests[] = {
    ROW(411, CHUNKED "3\r\nabc\r\n0\r\n\r\n"),
    ROW(411, CHUNKED "3\nabc\n0\n\n"),
    ROW(411, CHUNKED "0x3\r\nabc\r\n0\r\n\r\n"),
    ROW(411, CHUNKED "+3\r\nabc\r\n0\r\n\r\n"),
    ROW(411, CHUNKED "-1\r\nabc\r\n0\r\n\r\n"),
    ROW(411, CHUNKED " 3\r\nabc\r\n0\r\n\r\n"),
    ROW(411, CHUNKED "3 \r\nabc\r\n0\r\n\r\n"),
    ROW(411, CHUNKED "\r\nabc\r\n0\r\n\r\n"),
    ROW(411, CHUNKED "2\r\nabc\r\n0\r\n\r\n"),
    ROW(411, CHUNKED "fffffffffffffffff\r\nabc\r\n0\r\n\r\n"),
    ROW(411, CHUNKED "3;a=b\r\nabc\r\n0\r\n\r\n"),
    ROW(411, CHUNKED "3\r\nabc\r\n0\r\nContent-Length: 9\r\n\r\n"),
    ROW(411, "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ROW(411, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ROW(411,
        "CONNECT h.example:443 HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"),
    ROW(505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    ROW(400, "GET /\r\n\r\n"),
    ROW(400, "GET / HTTP/1.1\r\n \r\n" HOST "\r\n"),
    ROW(400, "GET / HTTP/1.1\r\n" HOST "\0\r\n\r\n"),
    ROW(400, "GET / HTTP/1.1\r\n" HOST "\r \n"),
};

#define KEPT(literal) \
    { \
        { literal, sizeof(literal) - 1 }, 0, true, 0 \
    }
#define CLOSED(literal) \
    { \
        { literal, sizeof(literal) - 1 }, 0, false, 0 \
    }
#define BODY(keeps_, n, literal) \
    { \
        { literal, sizeof(literal) - 1 }, 0, keeps_, n \
    }
static const struct http_case good_requests[] = {
    KEPT("GET / HTTP/1.1\r\n" HOST "\r\n"),
    KEPT("GET / HTTP/1.1\r\nHost: other.example\r\n\r\n"),
    KEPT("GET / HTTP/1.1\r\nHost:\r\n\r\n"),
    KEPT("GET / HTTP/1.1\r\nhost:h\r\nX-A:\t b \t\r\nX-B:\r\n\r\n"),
    KEPT("GET / HTTP/1.1\r\n" HOST "Connection: keep-alive\r\n\r\n"),
    KEPT("GET / HTTP/1.1\r\n" HOST "Connection: closed, te\r\n\r\n"),
    CLOSED("GET / HTTP/1.1\r\n\r\n"),
    CLOSED("GET / HTTP/1.1\r\nX-A: b\r\n\r\n"),
    CLOSED("GET / HTTP/1.0\r\n\r\n"),
    CLOSED("GET / HTTP/1.0\r\n" HOST "\r\n"),
    CLOSED("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n"),
    KEPT("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"),
    KEPT("GET / HTTP/1.0\r\n" HOST "Connection: Keep-Alive\r\n\r\n"),
    CLOSED("GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"),
    CLOSED("GET / HTTP/1.1\r\n" HOST "connection: CLOSE\r\n\r\n"),
    CLOSED("GET / HTTP/1.1\r\n" HOST "Connection: te , Close,x\r\n\r\n"),
    CLOSED("GET / HTTP/1.1\r\n" HOST
           "Connection: keep-alive\r\nConnection: close\r\n\r\n"),
    KEPT("HEAD / HTTP/1.1\r\n" HOST "\r\n"),
    KEPT("POST /u HTTP/1.1\r\n" HOST "\r\n"),
    KEPT("POST /u HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n"),
    BODY(true, 3, "POST /u HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc"),
    BODY(true, 3, "POST /u HTTP/1.1\r\n" HOST "Content-Length:\t000000003 \r\n\r\nabc"),
    BODY(true, 4, "PUT /u HTTP/1.1\r\n" HOST "Content-Length: 4\r\n\r\n\r\n\r\n"),
    BODY(true, 3,
         "POST / HTTP/1.1\r\n" HOST
         "Expect: 100-Continue\r\nContent-Length: 3\r\n\r\nabc"),
    BODY(false, 3,
         "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc"),
    BODY(false, 3, "GET / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc"),
    BODY(false, 3, "HEAD / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc"),
    BODY(false, 3, "CONNECT h:443 HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc"),
    BODY(false, 3, "TRACE / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc"),
    CLOSED("CONNECT h.example:443 HTTP/1.1\r\n" HOST "\r\n"),
    CLOSED("TRACE / HTTP/1.1\r\n" HOST "\r\n"),
    KEPT("\r\nGET / HTTP/1.1\r\n" HOST "\r\n"),
    KEPT("\r\n\r\n\r\nGET / HTTP/1.1\r\n" HOST "\r\n"),
    CLOSED("\nGET / HTTP/1.1\r\n" HOST "\r\n"),
    CLOSED("\r\r\nGET / HTTP/1.1\r\n" HOST "\r\n"),
    CLOSED("GET / HTTP/1.1\nHost: h\n\n"),
    CLOSED("GET / HTTP/1.1\r\nHost: h\n\r\n"),
    CLOSED("GET / HTTP/1.1\r\nHost: h\r\n\n"),
    CLOSED("GET  / HTTP/1.1\r\n" HOST "\r\n"),
    CLOSED("GET /   HTTP/1.1\r\n" HOST "\r\n"),
    CLOSED("GET / HTTP/1.1  \r\n" HOST "\r\n"),
    KEPT("GET //nic/update HTTP/1.1\r\n" HOST "\r\n"),
    KEPT("GET /\\/nic/update HTTP/1.1\r\n" HOST "\r\n"),
    KEPT("GET nic/update HTTP/1.1\r\n" HOST "\r\n"),
    KEPT("GET http://h.example/nic/update?a=b HTTP/1.1\r\n" HOST "\r\n"),
    KEPT("OPTIONS * HTTP/1.1\r\n" HOST "\r\n"),
    KEPT("GET /a#b?c HTTP/1.1\r\n" HOST "\r\n"),
    KEPT("GET /a?b?c HTTP/1.1\r\n" HOST "\r\n"),
    KEPT("GET /%00%zz HTTP/1.1\r\n" HOST "\r\n"),
    CLOSED("GET /a b?c d HTTP/1.1\r\n" HOST "\r\n"),
    CLOSED("GET / HTTP/1.1 HTTP/1.1\r\n" HOST "\r\n"),
    CLOSED("GET /\xc3\xbc HTTP/1.1\r\n" HOST "\r\n"),
    CLOSED("GET /\xfc HTTP/1.1\r\n" HOST "\r\n"),
    KEPT("GET / HTTP/1.1\r\n" HOST "X-A: \xfc\xc3\xbc\r\n\r\n"),
    KEPT("get / HTTP/1.1\r\n" HOST "\r\n"),
    KEPT("BREW /pot HTTP/1.1\r\n" HOST "\r\n"),
    KEPT("M-SEARCH!#$%&'*+.^_`|~09 * HTTP/1.1\r\n" HOST "\r\n"),
};

struct visit {
    void (*fn)(void *ctx, const struct http_case *row);
    void *ctx;
    char bytes[SIZE];
};

static void give(struct visit *visit, const struct buf *bytes, struct http_case row)
{
    row.bytes = buf_str(bytes);
    visit->fn(visit->ctx, &row);
}

/* Each bad line in places and versions where a careless reader might treat it otherwise. */
static void give_bad_fields(struct visit *visit)
{
    static const struct {
        const char *before, *after;
    } places[] = {
        { "GET /a HTTP/1.1\r\n" HOST, "\r\n\r\n" },
        { "POST /a HTTP/1.1\r\n", "\r\n" HOST "\r\n" },
        { "POST /a HTTP/1.0\r\nX-Y: z\r\n", "\r\n\r\n" },
        { "PUT /a HTTP/1.1\nHost: h\n", "\nX-Y: z\n\n" },
    };
    for (size_t i = 0; i < LENGTH_OF(bad_fields); i++) {
        for (size_t place = 0; place < LENGTH_OF(places); place++) {
            struct buf bytes = BUF_ON(visit->bytes);
            buf_put_text(&bytes, places[place].before);
            buf_put(&bytes, bad_fields[i].bytes);
            buf_put_text(&bytes, places[place].after);
            buf_put_text(&bytes, second);
            give(visit, &bytes, bad_fields[i]);
        }
    }
}

static void give_bad_lines(struct visit *visit)
{
    for (size_t i = 0; i < LENGTH_OF(bad_lines); i++) {
        struct buf bytes = BUF_ON(visit->bytes);
        buf_put(&bytes, bad_lines[i].bytes);
        buf_put_text(&bytes, "\r\n" HOST "\r\n");
        buf_put_text(&bytes, second);
        give(visit, &bytes, bad_lines[i]);
    }
    for (size_t i = 0; i < LENGTH_OF(bad_requests); i++) {
        struct buf bytes = BUF_ON(visit->bytes);
        buf_put(&bytes, bad_requests[i].bytes);
        buf_put_text(&bytes, second);
        give(visit, &bytes, bad_requests[i]);
    }
}

static void put_many(struct buf *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_put_u8(bytes, 'x');
}

/* Sizes at and past each limit. */
static void give_sizes(struct visit *visit)
{
    static const struct {
        size_t target, fields, pad; /* lengths; `pad` is the size of the whole head */
        int status;
    } rows[] = {
        { HTTP_TARGET_MAX, 1, 0, 0 },
        { HTTP_TARGET_MAX + 1, 1, 0, 414 },
        { HTTP_HEAD_MAX, 1, 0, 414 },
        { 2UL * HTTP_HEAD_MAX, 1, 0, 414 },
        { 1, HTTP_FIELDS_MAX, 0, 0 },
        { 1, HTTP_FIELDS_MAX + 1, 0, 431 },
        { 1, 500, 0, 431 },
        { 1, 1, HTTP_HEAD_MAX, 0 },
        { 1, 1, HTTP_HEAD_MAX + 1, 431 },
        { 1, 1, 2UL * HTTP_HEAD_MAX, 431 },
        { 4000, 1, HTTP_HEAD_MAX, 0 },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct buf bytes = BUF_ON(visit->bytes);
        buf_put_text(&bytes, "GET ");
        put_many(&bytes, rows[i].target);
        buf_put_text(&bytes, " HTTP/1.1\r\n" HOST);
        for (size_t field = 1; field < rows[i].fields; field++)
            buf_put_text(&bytes, "A: b\r\n");
        if (rows[i].pad) {
            buf_put_text(&bytes, "B: ");
            put_many(&bytes, rows[i].pad - bytes.n - 4);
            buf_put_text(&bytes, "\r\n");
        }
        buf_put_text(&bytes, "\r\n");
        if (rows[i].status)
            buf_put_text(&bytes, second);
        give(visit, &bytes,
             (struct http_case){ .status = rows[i].status, .keeps = true });
    }
}

void cases_each(void (*fn)(void *ctx, const struct http_case *row), void *ctx)
{
    static struct visit visit;
    visit.fn = fn;
    visit.ctx = ctx;
    give_bad_fields(&visit);
    give_bad_lines(&visit);
    give_sizes(&visit);
    for (size_t i = 0; i < LENGTH_OF(good_requests); i++)
        fn(ctx, &good_requests[i]);
}

static void count_refused(void *ctx, const struct http_case *row)
{
    if (row->status)
        ++*(size_t *)ctx;
}

size_t cases_refused(void)
{
    size_t count = 0;
    cases_each(count_refused, &count);
    return count;
}
