// SPDX-License-Identifier: GPL-3.0-or-later
/* The rules that make real clients work, one by one, where no recorded request shows them
 * already. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "accept.h"
#include "http/query.h"
#include "world.h"

static struct world world;
static char secret[32];

#define HOST "home.dyn.example.org"
#define TARGET "/nic/update?hostname=" HOST "&myip=203.0.113.7"

enum {
    REPEATS = 300
};

static void open_world(void)
{
    world_open(&world);
    world_make_host(&world, HOST, "", secret);
}

/* One request with Basic credentials and whatever fields; the reply. */
static struct played ask(const char *line, const char *fields, const char *body)
{
    char basic[512], request[4096];
    world_basic(secret, basic);
    (void)snprintf(request, sizeof(request), "%s\r\n%sAuthorization: Basic %s\r\n\r\n%s",
                   line, fields, basic, body);
    const char *reply = world_http(&world, "198.51.100.20", request);
    const char *end = strstr(reply, "\r\n\r\n");
    CHECK(end);
    uint64_t status = 0;
    CHECK_INT(str_to_u64(str_bytes(reply + strlen("HTTP/1.1 "), 3), 999, &status), OK);
    return (struct played){ .status = (int)status,
                            .head = str_bytes(reply, (size_t)(end + 2 - reply)),
                            .body = str_from(end + 4) };
}

static size_t address_count(void)
{
    int status = 0;
    struct json *host = world_call(&world, "GET", "/hosts/" HOST, NULL, &status);
    size_t count = json_count(json_get(host, "addresses"));
    json_free(host);
    return count;
}

/* ----- what is asked ----- */

TEST(every_way_of_asking_is_an_update)
{
    static const struct {
        const char *line, *fields, *body;
    } rows[] = {
        { "GET " TARGET " HTTP/1.1", "Host: ddns.example.org\r\n", "" },
        /* The Host field says nothing, and may say anything. */
        { "GET " TARGET " HTTP/1.1", "Host: members.dyndns.org\r\n", "" },
        { "GET " TARGET " HTTP/1.1", "Host: \r\n", "" },
        { "GET " TARGET " HTTP/1.1", "Host: [::1]:80:80 and more\r\n", "" },
        { "GET " TARGET " HTTP/1.1", "", "" },
        { "GET " TARGET " HTTP/1.0", "", "" },
        /* Methods. */
        { "POST " TARGET " HTTP/1.1", "Host: x\r\n", "" },
        { "POST " TARGET " HTTP/1.1", "Host: x\r\nContent-Length: 0\r\n", "" },
        { "POST /nic/update?hostname=" HOST " HTTP/1.1",
          "Host: x\r\nContent-Length: 16\r\n", "myip=203.0.113.7" },
        { "POST /nic/update?hostname=" HOST " HTTP/1.1",
          "Host: x\r\nContent-Length: 16\r\n"
          "Content-Type: APPLICATION/X-WWW-Form-Urlencoded; charset=utf-8\r\n",
          "myip=203.0.113.7" },
        { "POST " TARGET " HTTP/1.1",
          "Host: x\r\nContent-Type: application/json\r\nContent-Length: 14\r\n",
          "hostname=other" },
        { "GET " TARGET " HTTP/1.1", "Host: x\r\nContent-Length: 4\r\n", "x=yy" },
        /* Paths. */
        { "GET /v2/update?hostname=" HOST "&myip=203.0.113.7 HTTP/1.1", "", "" },
        { "GET /v3/update/?hostname=" HOST "&myip=203.0.113.7 HTTP/1.1", "", "" },
        { "GET /update?hostname=" HOST "&myip=203.0.113.7 HTTP/1.1", "", "" },
        { "POST /update HTTP/1.1", "Content-Length: 46\r\n",
          "hostname=" HOST "&myip=203.0.113.7" },
        { "GET /nic/dyndns?hostname=" HOST "&myip=203.0.113.7 HTTP/1.1", "", "" },
        { "GET /nic/statdns?hostname=" HOST "&myip=203.0.113.7 HTTP/1.1", "", "" },
        { "GET /checkip?hostname=" HOST "&myip=203.0.113.7 HTTP/1.1", "", "" },
        { "GET /index.html?hostname=" HOST "&myip=203.0.113.7 HTTP/1.1", "", "" },
        { "GET /nic/checkip?hostname=" HOST "&myip=203.0.113.7 HTTP/1.1", "", "" },
        { "GET /nic/checkip.html?hostname=" HOST "&myip=203.0.113.7 HTTP/1.1", "", "" },
        { "GET /myip?hostname=" HOST "&myip=203.0.113.7 HTTP/1.1", "", "" },
        { "GET /json?hostname=" HOST "&myip=203.0.113.7 HTTP/1.1", "", "" },
        { "GET /?" TARGET " HTTP/1.1", "", "" },
        /* Names that nobody knows, empty pairs, keys alone. */
        { "GET " TARGET "&&=&x&y=z&hostnames&url=http://x?y& HTTP/1.1", "", "" },
    };
    open_world();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct played reply = ask(rows[i].line, rows[i].fields, rows[i].body);
        if (reply.status != 200)
            print_error("row %zu: %s\n", i, rows[i].line);
        CHECK_STR(reply.body, i == 0 ? "good 203.0.113.7\n" : "nochg 203.0.113.7\n");
        CHECK_INT(reply.status, 200);
    }
    world_close(&world);
}

TEST(head_updates_as_get_does_and_says_it_without_a_body)
{
    open_world();
    struct played reply = ask("HEAD " TARGET " HTTP/1.1", "Host: x\r\n", "");
    CHECK_INT(reply.status, 200);
    CHECK_INT(reply.body.n, 0);
    CHECK_INT(address_count(), 1);
    reply = ask("GET " TARGET " HTTP/1.1", "Host: x\r\n", "");
    CHECK_STR(reply.body, "nochg 203.0.113.7\n");
    world_close(&world);
}

TEST(paths_that_are_not_ours_stay_unknown)
{
    static const char *const lines[] = {
        "GET /update HTTP/1.1",
        "GET /update?domains=home&token=x HTTP/1.1",
        "GET /nic HTTP/1.1",
        "GET /NIC/UPDATE?hostname=" HOST " HTTP/1.1",
        "GET /nic/update/more?hostname=" HOST " HTTP/1.1",
        "GET /./nic/update?hostname=" HOST " HTTP/1.1",
        "GET /nic%252Fupdate?hostname=" HOST " HTTP/1.1",
    };
    open_world();
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct played reply = ask(lines[i], "Host: x\r\n", "");
        CHECK_INT(reply.status, 404);
    }
    CHECK_INT(address_count(), 0);
    world_close(&world);
}

/* ----- what is answered ----- */

TEST(a_host_can_be_named_by_the_user_alone_only_with_a_full_name)
{
    static const struct {
        const char *user, *want;
    } rows[] = {
        { HOST, "good 203.0.113.7\n" },
        { "HOME.DYN.Example.ORG.", "nochg 203.0.113.7\n" },
        { "other.dyn.example.org", "nohost\n" },
        { "home", "notfqdn\n" },
        { "alice@example.net", "notfqdn\n" },
        { "", "notfqdn\n" },
    };
    open_world();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char basic[512], request[1024];
        world_basic_of(rows[i].user, secret, basic);
        (void)snprintf(request, sizeof(request),
                       "GET /nic/update?myip=203.0.113.7 HTTP/1.1\r\n"
                       "Authorization: Basic %s\r\n\r\n",
                       basic);
        const char *reply = world_http(&world, "198.51.100.20", request);
        CHECK_TEXT(strstr(reply, "\r\n\r\n") + 4, rows[i].want);
    }
    world_close(&world);
}

TEST(words_for_the_whole_call_come_once_and_alone)
{
    static const struct {
        const char *query, *want;
    } rows[] = {
        { "hostname=,", "notfqdn\n" },
        { "hostname=a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,"
          "a.b,a.b,a.b,a.b",
          "numhost\n" },
    };
    open_world();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char line[512];
        (void)snprintf(line, sizeof(line), "GET /nic/update?%s HTTP/1.0", rows[i].query);
        struct played reply = ask(line, "", "");
        CHECK_STR(reply.body, rows[i].want);
        CHECK_INT(reply.status, 200);
        CHECK(accept_shape(&reply, true, true));
    }
    world.api.updates.ready = false;
    struct played reply = ask("GET /nic/update?hostname=a.b,c.d HTTP/1.0", "", "");
    CHECK_STR(reply.body, "911\n");
    CHECK_INT(reply.status, 503);
    CHECK(accept_shape(&reply, true, true));
    reply = ask("GET /nic/dyndns?action=edit&host_id=a.b HTTP/1.0", "", "");
    CHECK_STR(reply.body,
              "<TITLE>update</TITLE>\nreturn code: TROUBLE\nerror code: TROUBLE\n");
    CHECK_INT(reply.status, 503);
    world_close(&world);
}

TEST(repeats_are_never_punished)
{
    open_world();
    (void)ask("GET " TARGET " HTTP/1.1", "Host: x\r\n", "");
    for (int i = 0; i < REPEATS; i++) {
        struct played reply = ask("GET " TARGET " HTTP/1.1", "Host: x\r\n", "");
        CHECK_INT(reply.status, 200);
        CHECK_STR(reply.body, "nochg 203.0.113.7\n");
    }
    world_close(&world);
}

TEST(the_connection_ends_where_that_was_asked_and_stays_where_it_may)
{
    static const struct {
        const char *version, *fields;
        bool closes;
    } rows[] = {
        { "HTTP/1.0", "", true },
        { "HTTP/1.0", "Connection: keep-alive\r\n", false },
        { "HTTP/1.1", "Host: x\r\nConnection: close\r\n", true },
        { "HTTP/1.1", "Host: x\r\nConnection: Close, TE\r\n", true },
        { "HTTP/1.1", "Host: x\r\n", false },
    };
    open_world();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char line[256];
        (void)snprintf(line, sizeof(line), "GET " TARGET " %s", rows[i].version);
        struct played reply = ask(line, rows[i].fields, "");
        CHECK(accept_shape(&reply, rows[i].closes, true));
        CHECK((strstr(reply.head.at, "\r\nConnection: close\r\n") != NULL) ==
              rows[i].closes);
    }
    world_close(&world);
}

TEST(dyndns1_has_a_word_for_each_verdict)
{
    static const struct {
        const char *query, *word;
    } rows[] = {
        { "host_id=" HOST "&myip=203.0.113.7", "NOERROR" },
        { "hostname=" HOST "&myip=203.0.113.7", "NOERROR" },
        { "hostname=YES&host_id=" HOST ",none.dyn.example.org", "NOHOST" },
        { "hostname=YES", "NOTFQDN" },
        { "host_id=123", "NOTFQDN" },
        { "host_id=bad.dyn.example.org", "ABUSE" },
        { "host_id=" HOST "&myip=127.0.0.1", "BADIP" },
        { "host_id=a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,"
          "a.b,a.b,a.b",
          "NUMHOST" },
    };
    int status = 0;
    struct str text;
    open_world();
    char unused[32];
    world_make_host(&world, "bad.dyn.example.org", ",\"state\":\"abuse\"", unused);
    struct json *made =
        world_call(&world, "POST", "/tokens",
                   "{\"hosts\":[\"" HOST "\",\"bad.dyn.example.org\"]}", &status);
    CHECK(json_as_text(json_get(made, "secret"), &text));
    (void)snprintf(secret, sizeof(secret), "%.*s", (int)(text.n % sizeof(secret)),
                   text.at);
    json_free(made);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char line[512], want[128];
        (void)snprintf(line, sizeof(line), "GET /nic/dyndns?action=edit&%s HTTP/1.1",
                       rows[i].query);
        (void)snprintf(want, sizeof(want),
                       "<TITLE>update</TITLE>\nreturn code: %s\nerror code: %s\n",
                       rows[i].word, rows[i].word);
        CHECK_STR(ask(line, "", "").body, want);
    }
    world_close(&world);
}

TEST(who_waits_is_told_whether_the_answer_is_out)
{
    open_world();
    struct played reply = ask("GET " TARGET " HTTP/1.1", "", "");
    CHECK(!strstr(reply.head.at, "Rove-Published:"));
    reply = ask("GET " TARGET "&wait=1 HTTP/1.1", "", "");
    CHECK_STR(reply.body, "nochg 203.0.113.7\n");
    CHECK(strstr(reply.head.at, "\r\nRove-Published: "));
    reply = ask("GET " TARGET "&wait=0 HTTP/1.1", "", "");
    CHECK(!strstr(reply.head.at, "Rove-Published:"));
    world_close(&world);
}

TEST(a_dry_run_says_what_would_happen_and_changes_nothing)
{
    open_world();
    struct played reply = ask("GET " TARGET "&dry_run=1 HTTP/1.1", "", "");
    CHECK_STR(reply.body, "good 203.0.113.7\n");
    CHECK_INT(address_count(), 0);
    reply = ask("HEAD " TARGET "&dry-run HTTP/1.1", "", "");
    CHECK_INT(reply.status, 200);
    CHECK_INT(address_count(), 0);
    reply = ask("GET " TARGET " HTTP/1.1", "", "");
    CHECK_STR(reply.body, "good 203.0.113.7\n");
    world_close(&world);
}

TEST(a_query_of_too_many_parameters_is_refused_and_changes_nothing)
{
    char line[1024];
    struct buf out = BUF_ON(line);
    open_world();
    buf_put_text(&out, "GET " TARGET);
    for (size_t i = 0; i < HTTP_PARAMS_MAX; i++)
        buf_put_text(&out, "&x=1");
    buf_put_text(&out, " HTTP/1.1");
    struct played reply = ask(buf_text(&out), "Host: x\r\n", "");
    CHECK_INT(reply.status, 400);
    CHECK_INT(address_count(), 0);
    world_close(&world);
}

TEST(a_host_that_was_removed_is_no_host_to_its_device)
{
    int status = 0;
    world_open(&world);
    world_make_host(&world, "nas.dyn.example.org", "", secret);
    json_free(world_call(&world, "DELETE", "/hosts/nas.dyn.example.org", NULL, &status));
    CHECK_INT(status, 200);
    CHECK_TEXT(
        world_get(&world, "/nic/update?hostname=nas.dyn.example.org", secret, &status),
        "nohost\n");
    world_close(&world);
}
