// SPDX-License-Identifier: GPL-3.0-or-later
/* Tokens for the API: who makes them, and what one lets a program do. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "account/actor.h"
#include "account/token.h"
#include "service.h"

static struct service service;

static void open_with_accounts(void)
{
    service_open(&service);
    CHECK_INT(service_status(&service, "POST", "/accounts",
                             "{\"email\":\"root@example.org\",\"role\":\"operator\"}"),
              200);
    CHECK_INT(service_status(&service, "POST", "/accounts",
                             "{\"email\":\"alice@example.org\"}"),
              200);
    CHECK_INT(service_status(&service, "POST", "/hosts",
                             "{\"name\":\"home.dyn.example.org\","
                             "\"owner\":\"alice@example.org\"}"),
              200);
}

static const struct ip home = { .family = IP_V4, .bytes = { 192, 0, 2, 1 } };
static const struct ip elsewhere = { .family = IP_V4, .bytes = { 198, 51, 100, 1 } };

/* Makes a token for the account, and the actor that comes with it. */
static struct actor actor_with(const char *email, const char *more)
{
    char body[256];
    int status = 0;
    (void)snprintf(body, sizeof(body), "{\"kind\":\"api\",\"account\":\"%s\"%s}", email,
                   more);
    struct json *reply = service_call(&service, "POST", "/tokens", body, &status);
    CHECK_INT(status, 200);
    struct token_row row;
    struct digest digest = token_digest(&service.keys, json_get_text(reply, "secret"));
    CHECK_INT(store_token_find_digest(change_reader(service.change), digest, &row, NULL),
              OK);
    json_free(reply);
    return actor_of_token(&row, home);
}

static int ask_as(struct actor actor, const char *method, const char *path,
                  const char *body)
{
    service.actor = actor;
    int status = service_status(&service, method, path, body);
    service.actor = actor_at_machine();
    return status;
}

#define HOST "/hosts/home.dyn.example.org"

TEST(a_program_does_what_its_token_says_for_its_account)
{
    open_with_accounts();
    struct actor reads = actor_with("alice@example.org", "");
    CHECK_INT(ask_as(reads, "GET", HOST, NULL), 200);
    CHECK_INT(ask_as(reads, "PATCH", HOST, "{\"ttl\":120}"), 403);

    struct actor writes = actor_with("alice@example.org", ",\"rights\":[\"write\"]");
    CHECK_INT(ask_as(writes, "PATCH", HOST, "{\"ttl\":120}"), 200);
    CHECK_INT(ask_as(writes, "GET", HOST, NULL), 403);
    CHECK_INT(ask_as(writes, "DELETE", "/zones/dyn.example.org", NULL), 404);
    service_close(&service);
}

TEST(an_operators_token_is_no_operator_unless_it_says_so)
{
    open_with_accounts();
    struct actor plain = actor_with("root@example.org", "");
    CHECK_INT(ask_as(plain, "GET", "/status", NULL), 403);
    CHECK_INT(ask_as(plain, "GET", HOST, NULL), 404);
    struct actor full =
        actor_with("root@example.org", ",\"rights\":[\"read\",\"operate\"]");
    CHECK_INT(ask_as(full, "GET", "/status", NULL), 200);
    CHECK_INT(ask_as(full, "GET", HOST, NULL), 200);
    CHECK_INT(service_status(&service, "POST", "/tokens",
                             "{\"kind\":\"api\",\"account\":\"alice@example.org\","
                             "\"rights\":[\"operate\"]}"),
              409);
    CHECK_INT(service_status(&service, "PATCH", "/accounts/root%40example.org",
                             "{\"role\":\"user\"}"),
              200);
    CHECK_INT(ask_as(full, "GET", "/status", NULL), 403);
    service_close(&service);
}

TEST(a_token_that_was_removed_has_run_out_or_comes_from_elsewhere_does_nothing)
{
    open_with_accounts();
    struct actor actor =
        actor_with("alice@example.org", ",\"networks\":[\"192.0.2.0/24\"]");
    CHECK_INT(ask_as(actor, "GET", HOST, NULL), 200);
    actor.source = elsewhere;
    CHECK_INT(ask_as(actor, "GET", HOST, NULL), 403);
    actor.source = home;
    char path[64];
    (void)snprintf(path, sizeof(path), "/tokens/%lld", (long long)actor.token_id);
    CHECK_INT(service_status(&service, "PATCH", path, "{\"expires\":1}"), 200);
    CHECK_INT(ask_as(actor, "GET", HOST, NULL), 403);
    CHECK_INT(service_status(&service, "PATCH", path, "{\"expires\":0}"), 200);
    CHECK_INT(ask_as(actor, "GET", HOST, NULL), 200);
    CHECK_INT(service_status(&service, "DELETE", path, NULL), 200);
    CHECK_INT(ask_as(actor, "GET", HOST, NULL), 403);
    service_close(&service);
}

TEST(a_program_gives_itself_no_further_rights)
{
    static const char *const bodies[] = {
        "{\"kind\":\"api\"}",
        "{\"kind\":\"api\",\"rights\":[\"read\",\"write\"]}",
        "{\"kind\":\"api\",\"account\":\"ops@example.org\"}",
    };
    open_with_accounts();
    struct actor actor = actor_with("alice@example.org", ",\"rights\":[\"write\"]");
    for (size_t i = 0; i < LENGTH_OF(bodies); i++)
        CHECK_INT(ask_as(actor, "POST", "/tokens", bodies[i]), 403);
    char path[64];
    (void)snprintf(path, sizeof(path), "/tokens/%lld", (long long)actor.token_id);
    CHECK_INT(ask_as(actor, "PATCH", path, "{\"rights\":[\"read\",\"write\"]}"), 403);
    CHECK_INT(ask_as(actor, "POST", "/tokens", "{\"hosts\":[\"home.dyn.example.org\"]}"),
              200);
    service_close(&service);
}

TEST(what_does_not_fit_a_token_for_the_api_is_refused)
{
    static const struct {
        const char *body;
        int status;
    } rows[] = {
        { "{\"kind\":\"api\"}", 400 }, /* whose? */
        { "{\"kind\":\"api\",\"account\":\"no@example.org\"}", 404 },
        { "{\"kind\":\"api\",\"account\":1}", 400 },
        { "{\"kind\":\"api\",\"account\":\"alice@example.org\",\"rights\":[\"txt\"]}",
          400 },
        { "{\"kind\":\"api\",\"account\":\"alice@example.org\",\"rights\":[]}", 400 },
        { "{\"kind\":\"api\",\"account\":\"alice@example.org\",\"short\":true}", 409 },
        { "{\"kind\":\"api\",\"account\":\"alice@example.org\","
          "\"hosts\":[\"home.dyn.example.org\"]}",
          400 },
        { "{\"kind\":\"tsig\",\"hosts\":[\"home.dyn.example.org\"]}", 400 },
        { "{\"hosts\":[\"home.dyn.example.org\"],\"rights\":[\"read\"]}", 400 },
    };
    open_with_accounts();
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        int status = service_status(&service, "POST", "/tokens", rows[i].body);
        if (status != rows[i].status)
            print_error("%s\n", rows[i].body);
        CHECK_INT(status, rows[i].status);
    }
    service_close(&service);
}
