// SPDX-License-Identifier: GPL-3.0-or-later
/* The table of cases against a whole server, where a wrong bound would show as a second
 * request or as a connection that stays. */
#include "base/file.h"
#include "cases.h"
#include "site.h"
#include "test.h"

#include <stdio.h>
#include <sys/socket.h>

static const char probe[] = "GET /probe HTTP/1.1\r\nHost: h.example\r\n\r\n";

struct round {
    struct site site;
    bool by_byte;
    size_t refused;
};

static void send_row(struct round *round, int fd, struct str bytes)
{
    if (!round->by_byte) {
        site_send(&round->site, fd, bytes);
        return;
    }
    for (size_t i = 0; i < bytes.n; i++) {
        if (send(fd, bytes.at + i, 1, MSG_NOSIGNAL | MSG_DONTWAIT) != 1)
            break;
        loop_turn(round->site.loop, 0);
    }
    site_settle(&round->site);
}

static void check_status(struct str text, int status)
{
    char want[32];
    struct buf line = BUF_ON(want);
    buf_put_text(&line, "HTTP/1.1 ");
    buf_put_decimal(&line, (uint64_t)status);
    buf_put_u8(&line, ' ');
    if (str_starts(text, buf_str(&line)))
        return;
    print_error("not %d: %.*s\n", status, (int)text.n, text.at);
    CHECK(false);
}

static bool has(struct str text, const char *what)
{
    struct str part = str_from(what);
    for (size_t i = 0; i + part.n <= text.n; i++) {
        if (str_starts(str_from_at(text, i), part))
            return true;
    }
    return false;
}

static void play(void *ctx, const struct http_case *row)
{
    struct round *round = ctx;
    struct site *site = &round->site;
    if (round->by_byte && row->bytes.n > 600)
        return;
    site->requests = 0;
    int fd = site_connect(site, "192.0.2.1");
    send_row(round, fd, row->bytes);
    struct received first = site_receive(site, fd);
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    if (str_starts(first.text, str_from(go_on)))
        first.text = str_from_at(first.text, sizeof(go_on) - 1);
    if (first.end == row->keeps && !row->status)
        print_error("keeps: %d, for: %.*s\n", !first.end, (int)row->bytes.n,
                    row->bytes.at);
    if (row->status) {
        check_status(first.text, row->status);
        CHECK(has(first.text, "\r\nConnection: close\r\n"));
        CHECK(first.end);
        CHECK_INT(site->requests, 0);
        round->refused++;
    } else {
        check_status(first.text, 200);
        CHECK_INT(first.end, !row->keeps);
        CHECK_INT(has(first.text, "\r\nConnection: close\r\n"), !row->keeps);
        CHECK_INT(site->requests, 1);
        CHECK_INT(site->body_n, row->body);
    }
    /* Nothing that follows a closing reply is a request; everything else is exactly one. */
    site_send(site, fd, str_from(probe));
    CHECK_INT(site->requests,
              (row->status ? 0U : 1U) + (row->keeps && !row->status ? 1U : 0U));
    if (row->keeps && !row->status)
        CHECK_TEXT(site->target, "/probe");
    file_close(fd);
    site_settle(site);
    CHECK_INT(http_server_connections(site->server), 0);
}

TEST(bad_requests_close_the_connection_and_never_become_two)
{
    static struct round round;
    site_init(&round.site, NULL);
    cases_each(play, &round);
    CHECK(round.refused >= 200);
    CHECK_INT(round.refused, cases_refused());
    site_done(&round.site);
}

TEST(a_byte_per_packet_changes_nothing)
{
    static struct round round;
    site_init(&round.site, NULL);
    round.by_byte = true;
    cases_each(play, &round);
    CHECK(round.refused >= 200);
    site_done(&round.site);
}
