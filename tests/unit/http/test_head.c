// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/head.h"

#include <string.h>

#include "base/mem.h"
#include "cases.h"
#include "test.h"

/* A copy of the exact size, so that a sanitizer sees a read past the end. */
static int parse_exact(struct str bytes, struct http_head *head)
{
    char *copy = mem_new(bytes.n);
    memcpy(copy, bytes.at, bytes.n);
    int status = http_head_parse(str_bytes(copy, bytes.n), head);
    mem_free(copy);
    return status;
}

static void judge_whole(void *ctx, const struct http_case *row)
{
    (void)ctx;
    struct http_head head;
    int status = parse_exact(row->bytes, &head);
    /* The size of a body is the server's to judge. */
    int want = row->status == 413 ? 0 : row->status;
    if (status != want)
        print_error("%d for: %.*s\n", status, (int)row->bytes.n, row->bytes.at);
    CHECK_INT(status, want);
    if (row->status)
        return;
    CHECK_INT(head.keep_alive, row->keeps);
    CHECK_INT(head.content_length, row->body);
    CHECK_INT(head.size, row->bytes.n - row->body);
}

TEST(every_case_of_the_table_gets_its_verdict)
{
    cases_each(judge_whole, NULL);
    CHECK(cases_refused() >= 200);
}

static void judge_pieces(void *ctx, const struct http_case *row)
{
    (void)ctx;
    struct http_head head;
    int whole = http_head_parse(row->bytes, &head);
    size_t size = whole ? row->bytes.n : head.size;
    size_t step = row->bytes.n > 1000 ? 97 : 1;
    for (size_t n = 0; n < row->bytes.n; n += step) {
        int part = parse_exact(str_first(row->bytes, n), &head);
        if (n < size && part == HTTP_MORE)
            continue;
        CHECK_INT(part, whole);
        CHECK(whole || n >= size);
    }
}

TEST(the_verdict_does_not_depend_on_how_the_bytes_are_cut)
{
    cases_each(judge_pieces, NULL);
}

TEST(a_head_is_taken_apart_without_a_copy)
{
    struct str bytes = STR("\r\nGET /nic/update?hostname=a.example&x=?y HTTP/1.0\r\n"
                           "Host: h.example\r\nAuthorization:  Basic YTpi \r\nX-A: 1\r\n"
                           "x-a: 2\r\n\r\nGET /");
    struct http_head head;
    CHECK_INT(http_head_parse(bytes, &head), 0);
    CHECK_STR(head.method, "GET");
    CHECK_STR(head.target, "/nic/update?hostname=a.example&x=?y");
    CHECK_STR(head.path, "/nic/update");
    CHECK_STR(head.query, "hostname=a.example&x=?y");
    CHECK(head.http_1_0);
    CHECK(!head.has_length);
    CHECK_INT(head.field_count, 4);
    CHECK_STR(http_head_field(&head, "AUTHORIZATION"), "Basic YTpi");
    CHECK_STR(http_head_field(&head, "x-a"), "1");
    CHECK(http_head_field(&head, "X-B").at == NULL);
    CHECK_INT(head.size, bytes.n - 5);
    CHECK(head.path.at > bytes.at && head.path.at < bytes.at + bytes.n);
}

TEST(raw_blanks_stay_in_the_target)
{
    struct http_head head;
    CHECK_INT(http_head_parse(STR("GET  /nic/update http:/b  HTTP/1.1 \n\n"), &head), 0);
    CHECK_STR(head.target, "/nic/update http:/b");
    CHECK_STR(head.query, "");
    CHECK(!head.keep_alive);
}

TEST(an_expectation_counts_only_in_the_newer_version)
{
    struct http_head head;
    CHECK_INT(
        http_head_parse(STR("PUT / HTTP/1.1\r\nExpect: 100-continue\r\n\r\n"), &head), 0);
    CHECK(head.expect_continue);
    CHECK_INT(
        http_head_parse(STR("PUT / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n"), &head), 0);
    CHECK(!head.expect_continue);
}

TEST(nothing_yet_is_not_an_error)
{
    static const char *const rows[] = { "",
                                        "\r",
                                        "\r\n",
                                        "G",
                                        "GET",
                                        "GET / HTTP/1.1",
                                        "GET \r",
                                        "GET / HTTP/1.1\r\nHo",
                                        "GET / HTTP/1.1\r\n\r" };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct http_head head;
        CHECK_INT(http_head_parse(str_from(rows[i]), &head), HTTP_MORE);
    }
}

TEST(what_cannot_become_a_request_is_refused_before_its_line_ends)
{
    static const char *const rows[] = { "\x16\x03\x01",
                                        " ",
                                        "\tG",
                                        "GE{",
                                        "G\x80",
                                        "GET /\x01",
                                        "GET / HTTP/1.1\r\n ",
                                        "GET / HTTP/1.1\r\nX Y",
                                        "GET / HTTP/1.1\r\n:" };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct http_head head;
        CHECK_INT(http_head_parse(str_from(rows[i]), &head), 400);
    }
}
