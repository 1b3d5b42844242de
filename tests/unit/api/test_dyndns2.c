// SPDX-License-Identifier: GPL-3.0-or-later
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "world.h"

static struct world world;

TEST(a_host_reports_both_families_and_gets_good_then_nochg)
{
    char secret[32];
    int status = 0;
    world_open(&world);
    world_make_host(&world, "home.dyn.example.org", "", secret);
    static const char target[] =
        "/nic/update?hostname=home.dyn.example.org&myip=203.0.113.7,2001:db8::7";
    CHECK_TEXT(world_get(&world, target, secret, &status),
               "good 203.0.113.7,2001:db8::7\n");
    CHECK_INT(status, 200);
    CHECK_TEXT(world_get(&world, target, secret, &status),
               "nochg 203.0.113.7,2001:db8::7\n");
    CHECK_TEXT(world_get(&world,
                         "/nic/update?hostname=home.dyn.example.org&myip=2001:db8::8",
                         secret, &status),
               "good 2001:db8::8\n");
    struct json *host =
        world_call(&world, "GET", "/hosts/home.dyn.example.org", NULL, &status);
    struct str text = STR("");
    CHECK_INT((int)json_count(json_get(host, "addresses")), 2);
    CHECK(json_as_text(json_item(json_get(host, "addresses"), 0), &text));
    CHECK_STR(text, "203.0.113.7");
    CHECK(json_as_text(json_item(json_get(host, "addresses"), 1), &text));
    CHECK_STR(text, "2001:db8::8");
    json_free(host);
    world_close(&world);
}

/* The token that a row asks with. */
enum whose {
    OWN,
    OF_DISABLED,
    OF_ABUSED,
    UNKNOWN,
    MALFORMED,
    EMPTY
};

static const struct {
    const char *target;
    enum whose whose;
    int status;
    const char *body;
} words[] = {
    { "/nic/update?hostname=home.dyn.example.org", MALFORMED, 401, "badauth\n" },
    { "/nic/update?hostname=home.dyn.example.org", EMPTY, 401, "badauth\n" },
    { "/nic/update?hostname=home.dyn.example.org", UNKNOWN, 401, "badauth\n" },
    { "/nic/update", OWN, 200, "notfqdn\n" },
    { "/nic/update?hostname=", OWN, 200, "notfqdn\n" },
    { "/nic/update?hostname=,,", OWN, 200, "notfqdn\n" },
    { "/nic/update?hostname=home", OWN, 200, "notfqdn\n" },
    { "/nic/update?hostname=home..example.org", OWN, 200, "notfqdn\n" },
    { "/nic/update?hostname=none.dyn.example.org", OWN, 200, "nohost\n" },
    { "/nic/update?hostname=nas.other.example.org", OWN, 200, "nohost\n" },
    { "/nic/update?hostname=off.dyn.example.org", OF_DISABLED, 200, "nohost\n" },
    { "/nic/update?hostname=bad.dyn.example.org", OF_ABUSED, 200, "abuse\n" },
    { "/nic/update?hostname=home.dyn.example.org&myip=127.0.0.1", OWN, 200, "badip\n" },
    { "/nic/update?hostname=home.dyn.example.org&myip=<ipaddr>", OWN, 200, "badip\n" },
    /* The source where no address was named; an empty one is none. */
    { "/nic/update?hostname=home.dyn.example.org", OWN, 200, "good 198.51.100.20\n" },
    { "/nic/update?hostname=home.dyn.example.org&myip=", OWN, 200,
      "nochg 198.51.100.20\n" },
    /* Several hosts: one line each, in order, each judged by itself. */
    { "/nic/update?hostname=home.dyn.example.org,nas.other.example.org&myip=203.0.113.9",
      OWN, 200, "good 203.0.113.9\nnohost\n" },
    { "/nic/update?hostname=nas.other.example.org%2Chome.dyn.example.org"
      "&myip=203.0.113.10",
      OWN, 200, "nohost\ngood 203.0.113.10\n" },
    /* Old and unknown parameters, empty pairs, keys without value. */
    { "/nic/update?system=dyndns&&hostname=home.dyn.example.org&wildcard=ON&mx=&x&"
      "myip=203.0.113.10&",
      OWN, 200, "nochg 203.0.113.10\n" },
    /* Any case and a last dot are the same name. */
    { "/nic/update?hostname=HOME.dyn.Example.ORG.&myip=203.0.113.10", OWN, 200,
      "nochg 203.0.113.10\n" },
    /* Two URLs glued by a router: the last clean value counts. */
    { "/nic/update?myip=203.0.113.11&hostname=home.dyn.example.org/nic/update?"
      "system=dyndns&hostname=home.dyn.example.org&myip=203.0.113.12",
      OWN, 200, "good 203.0.113.12\n" },
    /* FRITZ!Box without IPv4: the empty value brings in nothing. */
    { "/nic/update?hostname=home.dyn.example.org&myip=&myipv6=2001:db8::1"
      "&ip6lanprefix=2001:db8:1:200::/64",
      OWN, 200, "good 2001:db8::1\n" },
    { "/nic/update?hostname=home.dyn.example.org&offline=NO&myip=203.0.113.12", OWN, 200,
      "nochg 203.0.113.12\n" },
    { "/nic/update?hostname=home.dyn.example.org&offline=YES", OWN, 200, "good \n" },
    { "/nic/update?hostname=home.dyn.example.org&offline=YES", OWN, 200, "nochg \n" },
    { "/nic/update?hostname=home.dyn.example.org&myip=203.0.113.12", OWN, 200,
      "good 203.0.113.12\n" },
    { "/nic/elsewhere", OWN, 404, "not found\n" },
    { "/healthz", EMPTY, 200, "ok\n" },
    { "/readyz", EMPTY, 200, "ready\n" },
};

TEST(every_word_comes_where_it_applies)
{
    char own[32], foreign[32], disabled[32], abused[32];
    world_open(&world);
    world_make_host(&world, "home.dyn.example.org", "", own);
    world_make_host(&world, "nas.other.example.org", "", foreign);
    world_make_host(&world, "off.dyn.example.org", ",\"state\":\"disabled\"", disabled);
    world_make_host(&world, "bad.dyn.example.org", ",\"state\":\"abuse\"", abused);
    const char *const secrets[] = { own,     disabled,
                                    abused,  "rv_aaaaaaaaaaaaaaaaaaaaaaaa",
                                    "wrong", "" };
    for (size_t i = 0; i < LENGTH_OF(words); i++) {
        int status = 0;
        const char *body =
            world_get(&world, words[i].target, secrets[words[i].whose], &status);
        if (strcmp(body, words[i].body) != 0 || status != words[i].status)
            print_error("row %zu: %s\n", i, words[i].target);
        CHECK_TEXT(body, words[i].body);
        CHECK_INT(status, words[i].status);
    }
    world_close(&world);
}

TEST(more_hosts_than_allowed_are_refused_once)
{
    char secret[32], storage[2048];
    int status = 0;
    world_open(&world);
    world_make_host(&world, "home.dyn.example.org", "", secret);
    struct buf target = BUF_ON(storage);
    buf_put_text(&target, "/nic/update?hostname=");
    for (int i = 0; i < 21; i++)
        buf_printf(&target, "h%d.dyn.example.org,", i);
    CHECK_TEXT(world_get(&world, buf_text(&target), secret, &status), "numhost\n");
    CHECK_INT(status, 200);
    world_close(&world);
}

TEST(a_challenge_names_basic_and_comes_in_usual_capitals)
{
    world_open(&world);
    const char *reply = world_http(
        &world, "192.0.2.1", "GET /nic/update?hostname=a.example.org HTTP/1.0\r\n\r\n");
    CHECK(strncmp(reply, "HTTP/1.1 401 ", 13) == 0);
    CHECK(strstr(reply, "\r\nWWW-Authenticate: Basic realm=\"rove\"\r\n"));
    CHECK(strstr(reply, "\r\nContent-Length: 8\r\n"));
    CHECK(strstr(reply, "\r\nConnection: close\r\n"));
    CHECK(strstr(reply, "\r\n\r\nbadauth\n"));
    world_close(&world);
}

TEST(a_form_body_counts_like_the_query)
{
    char secret[32], request[1024], basic[512];
    world_open(&world);
    world_make_host(&world, "home.dyn.example.org", "", secret);
    static const struct {
        const char *type, *query, *body, *want;
    } rows[] = {
        { "application/x-www-form-urlencoded", "",
          "hostname=home.dyn.example.org&myip=203.0.113.1", "good 203.0.113.1\n" },
        { "application/x-www-form-urlencoded; charset=utf-8",
          "?hostname=home.dyn.example.org", "myip=203.0.113.2", "good 203.0.113.2\n" },
        { "text/plain", "?hostname=home.dyn.example.org&myip=203.0.113.3",
          "myip=203.0.113.4", "good 203.0.113.3\n" },
    };
    world_basic(secret, basic);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        (void)snprintf(request, sizeof(request),
                       "POST /nic/update%s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\n"
                       "Authorization: Basic %s\r\nContent-Length: %zu\r\n\r\n%s",
                       rows[i].query, rows[i].type, basic, strlen(rows[i].body),
                       rows[i].body);
        const char *reply = world_http(&world, "198.51.100.20", request);
        CHECK(strstr(reply, rows[i].want));
    }
    world_close(&world);
}

TEST(other_methods_are_refused_in_the_words_of_the_protocol)
{
    static const char *const methods[] = { "PUT", "DELETE", "TRACE", "OPTIONS" };
    world_open(&world);
    for (size_t i = 0; i < LENGTH_OF(methods); i++) {
        char request[128];
        (void)snprintf(request, sizeof(request),
                       "%s /nic/update HTTP/1.1\r\nHost: x\r\n\r\n", methods[i]);
        const char *reply = world_http(&world, "192.0.2.1", request);
        CHECK(strncmp(reply, "HTTP/1.1 405 ", 13) == 0);
        CHECK(strstr(reply, "\r\nAllow: GET, HEAD, POST\r\n"));
        CHECK(strstr(reply, "badagent\n"));
    }
    world_close(&world);
}

TEST(no_change_is_made_in_clear_to_a_host_that_wants_tls)
{
    char open_secret[32], secret[32];
    int status = 0;
    world_open(&world);
    world_make_host(&world, "open.dyn.example.org", "", open_secret);
    world_make_host(&world, "safe.dyn.example.org", ",\"plain_http\":false", secret);
    CHECK_TEXT(world_get(&world,
                         "/nic/update?hostname=safe.dyn.example.org&myip=203.0.113.5",
                         secret, &status),
               "badauth\n");
    CHECK_INT(status, 401);
    struct json *host =
        world_call(&world, "GET", "/hosts/safe.dyn.example.org", NULL, &status);
    CHECK_INT((int)json_count(json_get(host, "addresses")), 0);
    json_free(host);
    world_close(&world);
}

TEST(trouble_of_ours_is_503_and_911)
{
    char secret[32];
    int status = 0;
    world_open(&world);
    world_make_host(&world, "home.dyn.example.org", "", secret);
    world.api.updates.ready = false;
    CHECK_TEXT(
        world_get(&world, "/nic/update?hostname=home.dyn.example.org", secret, &status),
        "911\n");
    CHECK_INT(status, 503);
    CHECK_TEXT(world_get(&world, "/readyz", "", &status), "not ready\n");
    CHECK_INT(status, 503);
    world_close(&world);
}

TEST(a_token_is_judged_by_network_expiry_account_and_rights)
{
    char secret[32], path[64], body[128];
    int status = 0;
    world_open(&world);
    world_make_host(&world, "home.dyn.example.org", "", secret);
    struct json *list =
        world_call(&world, "GET", "/tokens?host=home.dyn.example.org", NULL, &status);
    int64_t id = 0;
    CHECK(json_as_number(json_get(json_item(json_get(list, "items"), 0), "id"), &id));
    json_free(list);
    (void)snprintf(path, sizeof(path), "/tokens/%lld", (long long)id);
    static const struct {
        const char *path, *change;
        const char *want;
    } rows[] = {
        { NULL, "{\"networks\":[\"192.0.2.0/24\"]}", "badauth\n" },
        { NULL, "{\"networks\":[\"198.51.100.0/24\",\"2001:db8::/32\"]}",
          "good 203.0.113.1\n" },
        { NULL, "{\"expires\":1000000000}", "badauth\n" },
        { NULL, "{\"expires\":0}", "nochg 203.0.113.1\n" },
        { NULL, "{\"rights\":[\"txt\"]}", "badauth\n" },
        { NULL, "{\"rights\":[\"address\"]}", "nochg 203.0.113.1\n" },
        { "/accounts/ops%40example.org", "{\"state\":\"blocked\"}", "badauth\n" },
        { "/accounts/ops%40example.org", "{\"state\":\"active\"}",
          "nochg 203.0.113.1\n" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        (void)snprintf(body, sizeof(body), "%s", rows[i].change);
        json_free(world_call(&world, "PATCH", rows[i].path ? rows[i].path : path, body,
                             &status));
        CHECK_INT(status, 200);
        CHECK_TEXT(world_get(&world,
                             "/nic/update?hostname=home.dyn.example.org&myip=203.0.113.1",
                             secret, &status),
                   rows[i].want);
    }
    json_free(world_call(&world, "DELETE", path, NULL, &status));
    CHECK_INT(status, 200);
    CHECK_TEXT(world_get(&world,
                         "/nic/update?hostname=home.dyn.example.org&myip=203.0.113.1",
                         secret, &status),
               "badauth\n");
    world_close(&world);
}

TEST(two_tokens_of_a_host_live_at_once_and_a_third_is_refused)
{
    char first[32], second[32];
    int status = 0;
    struct str text;
    world_open(&world);
    world_make_host(&world, "home.dyn.example.org", "", first);
    struct json *reply =
        world_call(&world, "POST", "/tokens",
                   "{\"hosts\":[\"home.dyn.example.org\"],\"short\":true}", &status);
    CHECK_INT(status, 200);
    CHECK(json_as_text(json_get(reply, "secret"), &text));
    CHECK_INT((int)text.n, 3 + 16);
    memcpy(second, text.at, text.n);
    second[text.n] = 0;
    json_free(reply);
    reply = world_call(&world, "POST", "/tokens",
                       "{\"hosts\":[\"home.dyn.example.org\"]}", &status);
    CHECK_INT(status, 409);
    json_free(reply);
    CHECK_TEXT(world_get(&world,
                         "/nic/update?hostname=home.dyn.example.org&myip=203.0.113.1",
                         first, &status),
               "good 203.0.113.1\n");
    CHECK_TEXT(world_get(&world,
                         "/nic/update?hostname=home.dyn.example.org&myip=203.0.113.1",
                         second, &status),
               "nochg 203.0.113.1\n");
    world_close(&world);
}
