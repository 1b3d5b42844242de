// SPDX-License-Identifier: GPL-3.0-or-later
/* Plays the requests in tests/data/requests; README.md there has the format. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "accept.h"
#include "base/file.h"
#include "base/mem.h"
#include "world.h"

enum {
    FILE_MAX = 1 << 20
};

static struct world world;

/* The place in a file, and what its lines have said so far. */
struct player {
    char secret[32], source[64], title[128], request[8192], body[2048];
    struct buf request_out, body_out;
    struct played reply;
    bool pending; /* the reply's body has not been compared yet */
    size_t cases;
};

static void need(const struct player *player, bool fine, const char *what)
{
    if (!fine)
        print_error("%s: not %s\n%.*s", player->title, what, (int)player->reply.body.n,
                    player->reply.body.n ? player->reply.body.at : "");
    CHECK(fine);
}

static void start_request(struct player *player)
{
    player->request_out = BUF_ON(player->request);
}

/* `text` with {token} and {basic USER} filled in, and escapes where they are meant. */
static void put_expanded(struct player *player, struct str text)
{
    struct buf *out = &player->request_out;
    for (struct str rest = text; rest.n > 0;) {
        size_t end = str_find(rest, '}') + 1;
        if (str_starts(rest, STR("{token}"))) {
            buf_put_text(out, player->secret);
            rest = str_from_at(rest, end);
        } else if (str_starts(rest, STR("{basic "))) {
            char basic[512], user[128];
            struct buf name = BUF_ON(user);
            buf_put(&name, str_from_at(str_first(rest, end - 1), STR("{basic ").n));
            world_basic_of(buf_text(&name), player->secret, basic);
            buf_put_text(out, basic);
            rest = str_from_at(rest, end);
        } else {
            buf_put_u8(out, (uint8_t)rest.at[0]);
            rest = str_from_at(rest, 1);
        }
    }
}

static void put_unescaped(struct buf *out, struct str text)
{
    for (; text.n > 0; text = str_from_at(text, 1)) {
        if (!str_starts(text, STR("\\r"))) {
            buf_put_u8(out, (uint8_t)text.at[0]);
            continue;
        }
        buf_put_text(out, "\r");
        text = str_from_at(text, 1);
    }
}

static void compare_body(struct player *player)
{
    if (!player->pending)
        return;
    player->pending = false;
    CHECK(!player->body_out.full);
    need(player, str_equal(player->reply.body, buf_str(&player->body_out)), "this body");
}

static void send_request(struct player *player, struct str status)
{
    uint64_t want = 0, got = 0;
    CHECK(!player->request_out.full);
    const char *request = buf_text(&player->request_out);
    const char *reply = world_http(&world, player->source, request);
    const char *end = strstr(reply, "\r\n\r\n");
    CHECK(end);
    player->reply.head = str_bytes(reply, (size_t)(end + 2 - reply));
    player->reply.body = str_from(end + 4);
    CHECK_INT(str_to_u64(str_bytes(reply + strlen("HTTP/1.1 "), 3), 999, &got), OK);
    CHECK_INT(str_to_u64(status, 999, &want), OK);
    player->reply.status = (int)got;
    need(player, got == want, "this status");
    bool closes = strstr(request, "HTTP/1.0\r\n") || strstr(request, "Connection: close");
    bool is_head = str_starts(str_from(request), STR("HEAD "));
    need(player, accept_shape(&player->reply, closes, !is_head), "of a shape for all");
    player->body_out = BUF_ON(player->body);
    player->pending = true;
    start_request(player);
}

/* "home 203.0.113.7,2001:db8::7", or "-" for no address. */
static void check_host(const struct player *player, struct str text)
{
    char path[128], joined[256];
    int status = 0;
    size_t blank = str_find(text, ' ');
    (void)snprintf(path, sizeof(path), "/hosts/%.*s.dyn.example.org", (int)(blank % 64),
                   text.at);
    struct json *host = world_call(&world, "GET", path, NULL, &status);
    const struct json *list = json_get(host, "addresses");
    struct buf out = BUF_ON(joined);
    for (size_t i = 0; i < json_count(list); i++) {
        struct str one;
        CHECK(json_as_text(json_item(list, i), &one));
        buf_put_text(&out, i > 0 ? "," : "");
        buf_put(&out, one);
    }
    buf_put_text(&out, out.n == 0 ? "-" : "");
    need(player, str_equal(buf_str(&out), str_from_at(text, blank + 1)),
         "the addresses of the host");
    json_free(host);
}

static void start_case(struct player *player, struct str title)
{
    compare_body(player);
    struct buf out = BUF_ON(player->title);
    buf_put(&out, title);
    (void)buf_text(&out);
    (void)snprintf(player->source, sizeof(player->source), "198.51.100.20");
    start_request(player);
    const char *body = world_get(&world,
                                 "/nic/update?hostname=home.dyn.example.org,"
                                 "nas.dyn.example.org&offline=YES",
                                 player->secret, NULL);
    CHECK(strstr(body, "good \n") || strstr(body, "nochg \n"));
    player->cases++;
}

static void play_line(struct player *player, struct str line)
{
    struct str text = str_from_at(line, 2);
    size_t blank = str_find(text, ' ');
    switch (line.at[0]) {
    case '#':
        break;
    case '=':
        start_case(player, text);
        break;
    case '@':
        (void)snprintf(player->source, sizeof(player->source), "%.*s",
                       (int)(text.n % sizeof(player->source)), text.at);
        break;
    case '>':
        compare_body(player);
        put_expanded(player, text);
        buf_put_text(&player->request_out, "\r\n");
        break;
    case '+':
        put_expanded(player, text);
        break;
    case '<':
        send_request(player, text);
        break;
    case '|':
        put_unescaped(&player->body_out, text);
        buf_put_text(&player->body_out, "\n");
        break;
    case '!':
        put_unescaped(&player->body_out, text);
        break;
    case '?':
        need(player,
             accept_reply(str_first(text, blank), &player->reply,
                          str_from_at(text, blank + 1)),
             "a success to this client");
        break;
    case '&':
        compare_body(player);
        check_host(player, text);
        break;
    default:
        print_error("a line of no kind: %.*s\n", (int)line.n, line.at);
        CHECK(false);
    }
}

/* Two hosts and a token for both. */
static void make_hosts(char secret[32])
{
    int status = 0;
    char unused[32];
    struct str text = STR("");
    world_make_host(&world, "home.dyn.example.org", "", unused);
    world_make_host(&world, "nas.dyn.example.org", "", unused);
    struct json *reply = world_call(&world, "POST", "/tokens",
                                    "{\"hosts\":[\"home.dyn.example.org\","
                                    "\"nas.dyn.example.org\"],"
                                    "\"rights\":[\"address\",\"txt\"]}",
                                    &status);
    CHECK_INT(status, 200);
    CHECK(json_as_text(json_get(reply, "secret"), &text));
    CHECK(text.n < 32);
    memcpy(secret, text.at, text.n);
    secret[text.n] = 0;
    json_free(reply);
}

static void play_file(const char *name, size_t cases)
{
    static struct player player;
    char path[512], *bytes = NULL;
    size_t n = 0;
    struct error err;
    memset(&player, 0, sizeof(player));
    (void)snprintf(path, sizeof(path), "%s/%s", REQUESTS, name);
    CHECK_INT(file_read(path, FILE_MAX, &bytes, &n, &err), OK);
    world_open(&world);
    make_hosts(player.secret);
    updates_applied(&world.api.updates,
                    INT64_MAX); /* nobody publishes, and nobody waits */
    for (struct str rest = str_bytes(bytes, n), line; str_next(&rest, '\n', &line);)
        if (line.n > 0)
            play_line(&player, line);
    compare_body(&player);
    CHECK_INT(player.cases, cases);
    mem_free(bytes);
    world_close(&world);
}

TEST(what_update_clients_send_is_answered_as_they_want_it)
{
    play_file("clients.txt", 43);
}

TEST(what_routers_send_is_answered_as_they_want_it)
{
    play_file("routers.txt", 36);
}

TEST(what_asks_for_its_address_finds_it)
{
    play_file("checkip.txt", 7);
}

TEST(what_clients_of_authorities_send_is_answered_as_they_want_it)
{
    play_file("acme.txt", 12);
}
