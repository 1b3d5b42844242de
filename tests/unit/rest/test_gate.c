// SPDX-License-Identifier: GPL-3.0-or-later
/* Who may do what: every route by every actor, and what the gate leaves to the rules behind it. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "rest/gate.h"
#include "service.h"

static struct service service;

/* ----- people and things ----- */

enum person {
    NOBODY,
    MACHINE,
    OPERATOR,
    ZONE_HOLDER, /* has dyn.example.org */
    HOST_HOLDER, /* has home.dyn.example.org and its token */
    STRANGER,
    PEOPLE
};

static const char *const emails[PEOPLE] = {
    [OPERATOR] = "root@example.org",
    [ZONE_HOLDER] = "ops@example.org",
    [HOST_HOLDER] = "alice@example.org",
    [STRANGER] = "bob@example.org",
};
static struct actor actors[PEOPLE];

static int64_t number_in(struct json *reply, const char *key)
{
    int64_t number = 0;
    CHECK(json_as_number(json_get(reply, key), &number));
    json_free(reply);
    return number;
}

static int64_t add_record(const char *name)
{
    char body[256];
    int status = 0;
    (void)snprintf(body, sizeof(body),
                   "{\"name\":\"%s\",\"type\":\"TXT\",\"data\":\"x\"}", name);
    struct json *reply = service_call(&service, "POST", "/records", body, &status);
    CHECK_INT(status, 200);
    return number_in(reply, "id");
}

static int64_t token_id, host_record_id, zone_record_id, session_id, member_id,
    request_id, word_id, word_of_all_id;

static int64_t make_as(struct actor actor, const char *path, const char *body)
{
    int status = 0;
    service.actor = actor;
    struct json *reply = service_call(&service, "POST", path, body, &status);
    service.actor = actor_at_machine();
    CHECK_INT(status, 200);
    return number_in(reply, "id");
}

static int64_t reserve(const char *body)
{
    return make_as(actor_at_machine(), "/reserved-names", body);
}

static void open_people(void)
{
    char secret[32];
    service_open(&service);
    static const char *const bodies[] = {
        "{\"email\":\"root@example.org\",\"role\":\"operator\"}",
        "{\"email\":\"alice@example.org\"}",
        "{\"email\":\"bob@example.org\"}",
    };
    for (size_t i = 0; i < LENGTH_OF(bodies); i++)
        CHECK_INT(service_status(&service, "POST", "/accounts", bodies[i]), 200);
    service_make_host(&service, "home.dyn.example.org",
                      ",\"owner\":\"alice@example.org\"", secret);
    int status = 0;
    struct json *list = service_call(&service, "GET", "/tokens", NULL, &status);
    CHECK(
        json_as_number(json_get(json_item(json_get(list, "items"), 0), "id"), &token_id));
    json_free(list);
    host_record_id = add_record("a.home.dyn.example.org");
    zone_record_id = add_record("a.dyn.example.org");
    word_id = reserve("{\"word\":\"bank\",\"zone\":\"dyn.example.org\"}");
    word_of_all_id = reserve("{\"word\":\"bank\"}");
    service_make_host(&service, "gone.dyn.example.org", "", secret);
    CHECK_INT(service_status(&service, "DELETE", "/hosts/gone.dyn.example.org", NULL),
              200);
    actors[NOBODY] = (struct actor){ .kind = ACTOR_NONE,
                                     .rights = ACTOR_READS | ACTOR_WRITES,
                                     .role = ROLE_OPERATOR };
    actors[MACHINE] = actor_at_machine();
    for (size_t i = OPERATOR; i < PEOPLE; i++)
        actors[i] = service_session(&service, emails[i], true);
    session_id = actors[HOST_HOLDER].session_id;
    /* Of bob in a zone of ops', and of alice's host to ops. */
    member_id =
        make_as(actors[MACHINE], "/members",
                "{\"zone\":\"other.example.org\",\"account\":\"bob@example.org\"}");
    request_id = make_as(actors[HOST_HOLDER], "/requests",
                         "{\"kind\":\"transfer\",\"host\":\"home.dyn.example.org\","
                         "\"email\":\"ops@example.org\"}");
}

static int ask_as(enum person person, const char *method, const char *path,
                  const char *body)
{
    service.actor = actors[person];
    int status = service_status(&service, method, path, body);
    service.actor = actor_at_machine();
    return status;
}

/* ----- the gate ----- */

TEST(each_route_says_who_may_take_it_and_leads_to_one_function)
{
    for (size_t i = 0; i < rest_route_count; i++) {
        const struct rest_route *route = &rest_routes[i];
        if (route->need == NEED_UNDECIDED)
            print_error("%s %s\n", route->method, route->path);
        CHECK(route->need != NEED_UNDECIDED);
        CHECK_INT((route->read != NULL) + (route->write != NULL) + (route->start != NULL),
                  1);
    }
}

/* By person, in the order of their enum: '+' may, '-' may not, '?' is told that it is not
 * there. */
static const struct {
    const char *method, *path, *arg, *want;
} matrix[] = {
    { "GET", "/status", "", "-++---" },
    { "GET", "/roles", "", "-++---" },
    { "POST", "/backups", "", "-++---" },
    { "GET", "/service", "", "++++++" },
    { "POST", "/signups", "", "++++++" },
    { "POST", "/resets", "", "++++++" },
    { "GET", "/session", "", "++++++" },
    { "POST", "/session", "", "++++++" },
    { "POST", "/session/fresh", "", "--++++" },
    { "POST", "/session/passkey-challenge", "", "++++++" },
    { "POST", "/session/passkey", "", "++++++" },
    { "POST", "/session/fresh-challenge", "", "--++++" },
    { "DELETE", "/session", "", "--++++" },
    { "GET", "/sessions", "", "--++++" },
    { "DELETE", "/sessions", "", "--++++" },
    { "DELETE", "/sessions/", "SESSION", "-++?+?" },
    { "GET", "/account-sessions/", "alice@example.org", "-++?+?" },
    { "DELETE", "/account-sessions/", "alice@example.org", "-++?+?" },
    { "POST", "/links", "", "-++---" },
    { "POST", "/links/redeem", "", "++++++" },
    { "POST", "/links/confirm", "", "++++++" },
    { "GET", "/account", "", "-+++++" },
    { "PATCH", "/account", "", "-+++++" },
    { "PUT", "/account/password", "", "--++++" },
    { "GET", "/account/address", "", "--++++" },
    { "POST", "/account/address", "", "--++++" },
    { "DELETE", "/account/address", "", "--++++" },
    { "DELETE", "/account", "", "--++++" },
    { "GET", "/account/export", "", "-+++++" },
    { "GET", "/account-exports/", "alice@example.org", "-++?+?" },
    { "GET", "/purges/", "alice@example.org", "-++---" },
    { "POST", "/purges", "", "-++---" },
    { "GET", "/log", "", "-+++++" },
    { "POST", "/host-undos/", "home.dyn.example.org", "-++-+?" },
    { "GET", "/account/totp", "", "--++++" },
    { "POST", "/account/totp", "", "--++++" },
    { "PUT", "/account/totp", "", "--++++" },
    { "DELETE", "/account/totp", "", "--++++" },
    { "POST", "/account/recovery-codes", "", "--++++" },
    { "GET", "/account/passkeys", "", "--++++" },
    { "POST", "/account/passkey-challenge", "", "--++++" },
    { "POST", "/account/passkeys", "", "--++++" },
    { "PATCH", "/account/passkeys/", "1", "--++++" },
    { "DELETE", "/account/passkeys/", "1", "--++++" },
    { "GET", "/account-passkeys/", "alice@example.org", "-++?+?" },
    { "DELETE", "/passkeys/", "1", "-++---" },
    { "DELETE", "/account-factors/", "alice@example.org", "-++---" },
    { "GET", "/accounts", "", "-++---" },
    { "GET", "/accounts/", "alice@example.org", "-++?+?" },
    { "POST", "/accounts", "", "-++---" },
    { "PATCH", "/accounts/", "alice@example.org", "-++?+?" },
    { "DELETE", "/accounts/", "alice@example.org", "-++?+?" },
    { "GET", "/zones", "", "-+++++" },
    { "GET", "/zone-choices", "", "-+++++" },
    { "GET", "/zones/", "dyn.example.org", "-+++??" },
    { "POST", "/zones", "", "-++---" },
    { "PATCH", "/zones/", "dyn.example.org", "-+++??" },
    { "DELETE", "/zones/", "dyn.example.org", "-+++??" },
    { "GET", "/delegations/", "dyn.example.org", "-+++??" },
    { "GET", "/hosts", "", "-+++++" },
    { "GET", "/hosts/", "home.dyn.example.org", "-++++?" },
    { "POST", "/hosts", "", "-+++++" },
    { "PATCH", "/hosts/", "home.dyn.example.org", "-++++?" },
    { "DELETE", "/hosts/", "home.dyn.example.org", "-++++?" },
    { "GET", "/host-logs/", "home.dyn.example.org", "-++-+?" },
    { "GET", "/host-requests/", "home.dyn.example.org", "-++-+?" },
    { "GET", "/host-truths/", "home.dyn.example.org", "-++-+?" },
    { "GET", "/zone-serials/", "dyn.example.org", "-+++??" },
    { "GET", "/secondaries", "", "-++---" },
    { "GET", "/events", "", "-+++++" },
    { "GET", "/name-checks/", "x.dyn.example.org", "-+++++" },
    { "GET", "/contacts/", "x.dyn.example.org", "++++++" },
    { "GET", "/reserved-names", "", "-+++++" },
    { "POST", "/reserved-names", "", "-+++++" },
    { "DELETE", "/reserved-names/", "WORD", "-+++??" },
    { "DELETE", "/reserved-names/", "WORD_OF_ALL", "-++???" },
    { "GET", "/quarantine", "", "-+++++" },
    { "DELETE", "/quarantine/", "gone.dyn.example.org", "-+++??" },
    { "GET", "/blocked-networks", "", "-++---" },
    { "POST", "/blocked-networks", "", "-++---" },
    { "DELETE", "/blocked-networks/", "192.0.2.0%2F24", "-++---" },
    { "GET", "/records", "", "-+++++" },
    { "POST", "/records", "", "-+++++" },
    { "DELETE", "/records/", "HOST_RECORD", "-++-+?" },
    { "DELETE", "/records/", "ZONE_RECORD", "-+++??" },
    { "GET", "/members", "", "-+++++" },
    { "POST", "/members", "", "-++---" },
    { "PATCH", "/members/", "MEMBER", "-+++?+" },
    { "DELETE", "/members/", "MEMBER", "-+++?+" },
    { "GET", "/requests", "", "-+++++" },
    { "GET", "/requests/", "REQUEST", "-++++?" },
    { "POST", "/requests", "", "-+++++" },
    { "DELETE", "/requests/", "REQUEST", "-++++?" },
    { "POST", "/request-accepts/", "REQUEST", "-++++?" },
    { "GET", "/tokens", "", "-+++++" },
    { "GET", "/tokens/", "TOKEN", "-++?+?" },
    { "POST", "/tokens", "", "-+++++" },
    { "PATCH", "/tokens/", "TOKEN", "-++?+?" },
    { "DELETE", "/tokens/", "TOKEN", "-++?+?" },
    { "GET", "/mails", "", "-++---" },
    { "GET", "/mails/", "1", "-++---" },
    { "POST", "/mails", "", "-++---" },
    { "DELETE", "/mails/", "1", "-++---" },
    { "POST", "/mail-retries/", "1", "-++---" },
    { "GET", "/mail-texts/", "test", "-++---" },
    { "POST", "/batch", "", "-+++++" },
};

static struct str arg_of(const char *arg)
{
    static char text[32];
    int64_t id = 0;
    if (strcmp(arg, "TOKEN") == 0)
        id = token_id;
    else if (strcmp(arg, "SESSION") == 0)
        id = session_id;
    else if (strcmp(arg, "WORD") == 0)
        id = word_id;
    else if (strcmp(arg, "WORD_OF_ALL") == 0)
        id = word_of_all_id;
    else if (strcmp(arg, "HOST_RECORD") == 0)
        id = host_record_id;
    else if (strcmp(arg, "ZONE_RECORD") == 0)
        id = zone_record_id;
    else if (strcmp(arg, "MEMBER") == 0)
        id = member_id;
    else if (strcmp(arg, "REQUEST") == 0)
        id = request_id;
    (void)snprintf(text, sizeof(text), "%lld", (long long)id);
    return str_from(id ? text : arg);
}

static char judge(const struct rest_route *route, const char *arg,
                  const struct actor *actor)
{
    struct rest_call call = {
        .admin = { .store = change_reader(service.change), .actor = *actor },
        .arg = arg_of(arg),
    };
    switch (rest_gate_judge(route, &call, NULL)) {
    case OK:
        return '+';
    case ERR_DENIED:
        return '-';
    case ERR_NOT_FOUND:
        return '?';
    case ERR_SYNTAX:
    case ERR_LIMIT:
    case ERR_EXISTS:
    case ERR_CONFLICT:
    case ERR_BUSY:
    case ERR_IO:
        break;
    }
    return '!';
}

TEST(every_actor_takes_the_routes_that_are_for_it_and_no_other)
{
    open_people();
    for (size_t i = 0; i < LENGTH_OF(matrix); i++) {
        char path[128], got[PEOPLE + 1] = "";
        char storage[64];
        struct buf allow = BUF_ON(storage);
        struct str raw;
        (void)snprintf(path, sizeof(path), "%s%s", matrix[i].path, matrix[i].arg);
        const struct rest_route *route =
            rest_route_find(str_from(matrix[i].method), str_from(path), &raw, &allow);
        CHECK(route);
        for (size_t person = 0; person < PEOPLE; person++)
            got[person] = judge(route, matrix[i].arg, &actors[person]);
        if (strcmp(got, matrix[i].want) != 0)
            print_error("%s %s\n", matrix[i].method, path);
        CHECK_TEXT(got, matrix[i].want);
    }
    service_close(&service);
}

TEST(the_matrix_of_actors_and_routes_leaves_out_no_route)
{
    for (size_t i = 0; i < rest_route_count; i++) {
        bool found = false;
        for (size_t k = 0; k < LENGTH_OF(matrix); k++)
            found |= strcmp(matrix[k].method, rest_routes[i].method) == 0 &&
                     strcmp(matrix[k].path, rest_routes[i].path) == 0;
        if (!found)
            print_error("%s %s\n", rest_routes[i].method, rest_routes[i].path);
        CHECK(found);
    }
}

/* Everything else is for those that an operator has let in. */
TEST(an_account_that_waits_looks_after_itself_and_does_nothing_else)
{
    static const char *const allowed[] = {
        "GET /service",
        "POST /signups",
        "POST /resets",
        "GET /session",
        "POST /session",
        "POST /session/fresh",
        "POST /session/passkey-challenge",
        "POST /session/passkey",
        "POST /session/fresh-challenge",
        "DELETE /session",
        "GET /sessions",
        "DELETE /sessions",
        "POST /links/redeem",
        "POST /links/confirm",
        "GET /contacts/",
        "GET /account",
        "PATCH /account",
        "DELETE /account",
        "GET /account/export",
        "GET /account-exports/own",
        "POST /account/passkey-challenge",
        "GET /account/passkeys",
        "POST /account/passkeys",
        "PATCH /account/passkeys/",
        "DELETE /account/passkeys/",
        "PUT /account/password",
        "GET /account/address",
        "POST /account/address",
        "DELETE /account/address",
        "GET /account/totp",
        "POST /account/totp",
        "PUT /account/totp",
        "DELETE /account/totp",
        "POST /account/recovery-codes",
        "GET /accounts/own",
        "PATCH /accounts/own",
        "DELETE /accounts/own",
        "GET /account-passkeys/own",
        "GET /account-sessions/own",
        "DELETE /account-sessions/own",
    };
    open_people();
    CHECK_INT(service_status(&service, "POST", "/accounts",
                             "{\"email\":\"own\\u0040example.org\","
                             "\"role\":\"operator\",\"state\":\"waiting\"}"),
              200);
    const struct actor own = service_session(&service, "own@example.org", true);
    for (size_t i = 0; i < rest_route_count; i++) {
        const struct rest_route *route = &rest_routes[i];
        char name[96];
        bool takes = false;
        (void)snprintf(name, sizeof(name), "%s %s%s", route->method, route->path,
                       route->need == NEED_OWN_ACCOUNT ? "own" : "");
        for (size_t k = 0; k < LENGTH_OF(allowed); k++)
            takes |= strcmp(allowed[k], name) == 0;
        char got = judge(
            route, route->need == NEED_OWN_ACCOUNT ? "own@example.org" : "SESSION", &own);
        if ((got == '+') != takes)
            print_error("%s: %c\n", name, got);
        CHECK_INT(got == '+', takes);
    }
    service_close(&service);
}

TEST(a_route_without_a_need_lets_nobody_through)
{
    const struct rest_route route = { "GET", "/new", .read = rest_routes[0].read };
    open_people();
    for (size_t person = 0; person < PEOPLE; person++)
        CHECK_INT(judge(&route, "", &actors[person]), '-');
    service_close(&service);
}

TEST(a_session_whose_password_was_given_long_ago_does_nothing_dangerous)
{
    static const struct {
        const char *method, *path, *body;
    } rows[] = {
        { "POST", "/accounts", "{\"email\":\"new@example.org\"}" },
        { "POST", "/links", "{\"account\":\"new@example.org\"}" },
        { "PATCH", "/accounts/bob%40example.org", "{\"language\":\"de\"}" },
        { "DELETE", "/accounts/bob%40example.org", NULL },
        { "POST", "/tokens", "{\"kind\":\"api\"}" },
    };
    open_people();
    struct actor fresh = actors[OPERATOR];
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        actors[OPERATOR] = service_session(&service, emails[OPERATOR], false);
        CHECK_INT(ask_as(OPERATOR, rows[i].method, rows[i].path, rows[i].body), 403);
        actors[OPERATOR] = fresh;
        CHECK_INT(ask_as(OPERATOR, rows[i].method, rows[i].path, rows[i].body), 200);
    }
    CHECK_INT(ask_as(MACHINE, "POST", "/links", "{\"account\":\"x@example.org\"}"), 200);
    service_close(&service);
}

TEST(an_actor_whose_session_has_ended_does_nothing)
{
    open_people();
    CHECK_INT(ask_as(HOST_HOLDER, "GET", "/account", NULL), 200);
    CHECK_INT(ask_as(HOST_HOLDER, "DELETE", "/session", NULL), 200);
    CHECK_INT(ask_as(HOST_HOLDER, "GET", "/account", NULL), 403);
    CHECK_INT(ask_as(HOST_HOLDER, "PATCH", "/account", "{\"language\":\"de\"}"), 403);

    actors[STRANGER] = service_session(&service, emails[STRANGER], true);
    CHECK_INT(service_status(&service, "PATCH", "/accounts/bob%40example.org",
                             "{\"state\":\"blocked\"}"),
              200);
    CHECK_INT(service_status(&service, "PATCH", "/accounts/bob%40example.org",
                             "{\"state\":\"active\"}"),
              200);
    CHECK_INT(ask_as(STRANGER, "GET", "/account", NULL), 403);
    service_close(&service);
}

TEST(a_role_that_was_taken_away_and_a_blocked_account_count_at_once)
{
    open_people();
    CHECK_INT(ask_as(OPERATOR, "GET", "/status", NULL), 200);
    CHECK_INT(service_status(&service, "PATCH", "/accounts/root%40example.org",
                             "{\"role\":\"user\"}"),
              200);
    CHECK_INT(ask_as(OPERATOR, "GET", "/status", NULL), 403);
    CHECK_INT(ask_as(OPERATOR, "POST", "/accounts", "{\"email\":\"x@example.org\"}"),
              403);

    CHECK_INT(ask_as(HOST_HOLDER, "GET", "/hosts/home.dyn.example.org", NULL), 200);
    CHECK_INT(service_status(&service, "PATCH", "/accounts/alice%40example.org",
                             "{\"state\":\"blocked\"}"),
              200);
    CHECK_INT(ask_as(HOST_HOLDER, "GET", "/hosts/home.dyn.example.org", NULL), 403);

    CHECK_INT(service_status(&service, "DELETE", "/accounts/bob%40example.org", NULL),
              200);
    CHECK_INT(ask_as(STRANGER, "POST", "/records", "{}"), 403);
    service_close(&service);
}

TEST(an_actor_that_only_reads_changes_nothing)
{
    open_people();
    actors[HOST_HOLDER].rights = ACTOR_READS;
    CHECK_INT(ask_as(HOST_HOLDER, "GET", "/hosts/home.dyn.example.org", NULL), 200);
    CHECK_INT(ask_as(HOST_HOLDER, "DELETE", "/hosts/home.dyn.example.org", NULL), 403);
    CHECK_INT(ask_as(HOST_HOLDER, "POST", "/batch", "{}"), 403);
    service_close(&service);
}

/* ----- what the route lets through, and the call does not ----- */

TEST(a_blocked_host_cannot_be_removed_and_made_anew_by_its_owner)
{
    static const char *const states[] = { "{\"state\":\"disabled\"}",
                                          "{\"state\":\"abuse\"}" };
    open_people();
    for (size_t i = 0; i < LENGTH_OF(states); i++) {
        CHECK_INT(ask_as(OPERATOR, "PATCH", "/hosts/home.dyn.example.org", states[i]),
                  200);
        CHECK_INT(ask_as(HOST_HOLDER, "DELETE", "/hosts/home.dyn.example.org", NULL),
                  403);
        CHECK_INT(ask_as(HOST_HOLDER, "GET", "/hosts/home.dyn.example.org", NULL), 200);
    }
    CHECK_INT(ask_as(OPERATOR, "DELETE", "/hosts/home.dyn.example.org", NULL), 200);
    service_close(&service);
}

TEST(owners_set_what_is_theirs_and_not_what_operators_decide)
{
    static const struct {
        enum person person;
        const char *method, *path, *body;
        int status;
    } rows[] = {
        { HOST_HOLDER, "PATCH", "/hosts/home.dyn.example.org", "{\"ttl\":120}", 200 },
        { HOST_HOLDER, "PATCH", "/hosts/home.dyn.example.org", "{\"state\":\"active\"}",
          403 },
        { HOST_HOLDER, "PATCH", "/hosts/home.dyn.example.org",
          "{\"private_addresses\":true}", 403 },
        { HOST_HOLDER, "PATCH", "/hosts/home.dyn.example.org", "{\"plain_http\":true}",
          403 },
        { HOST_HOLDER, "PATCH", "/hosts/home.dyn.example.org",
          "{\"owner\":\"alice@example.org\"}", 200 },
        { HOST_HOLDER, "PATCH", "/hosts/home.dyn.example.org",
          "{\"owner\":\"bob@example.org\"}", 403 },
        { HOST_HOLDER, "PATCH", "/hosts/home.dyn.example.org",
          "{\"owner\":\"new@example.org\",\"make_owner\":true}", 403 },
        { HOST_HOLDER, "PATCH", "/accounts/alice%40example.org", "{\"language\":\"de\"}",
          200 },
        { HOST_HOLDER, "PATCH", "/accounts/alice%40example.org",
          "{\"role\":\"operator\"}", 403 },
        { HOST_HOLDER, "PATCH", "/accounts/alice%40example.org", "{\"hosts_max\":9}",
          403 },
        { ZONE_HOLDER, "PATCH", "/zones/dyn.example.org", "{\"policy\":\"invited\"}",
          200 },
        { ZONE_HOLDER, "PATCH", "/zones/dyn.example.org", "{\"state\":\"active\"}", 403 },
        { ZONE_HOLDER, "PATCH", "/zones/dyn.example.org",
          "{\"owner\":\"bob@example.org\"}", 403 },
        { HOST_HOLDER, "POST", "/tokens", "{\"hosts\":[\"home.dyn.example.org\"]}", 200 },
        { STRANGER, "POST", "/tokens", "{\"hosts\":[\"home.dyn.example.org\"]}", 404 },
        { STRANGER, "POST", "/records",
          "{\"name\":\"b.home.dyn.example.org\",\"type\":\"TXT\",\"data\":\"x\"}", 403 },
        { HOST_HOLDER, "POST", "/records",
          "{\"name\":\"b.home.dyn.example.org\",\"type\":\"TXT\",\"data\":\"x\"}", 200 },
        { OPERATOR, "PATCH", "/hosts/home.dyn.example.org",
          "{\"state\":\"active\",\"owner\":\"bob@example.org\"}", 200 },
    };
    open_people();
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        int got = ask_as(rows[i].person, rows[i].method, rows[i].path, rows[i].body);
        if (got != rows[i].status)
            print_error("row %zu\n", i);
        CHECK_INT(got, rows[i].status);
    }
    CHECK_INT(service_status(&service, "GET", "/accounts/new%40example.org", NULL), 404);
    service_close(&service);
}

TEST(an_account_changes_of_itself_what_its_owner_may_and_all_of_that)
{
    int status = 0;
    open_people();
    service.actor = actors[OPERATOR];
    struct json *own =
        service_call(&service, "PATCH", "/account",
                     "{\"language\":\"de\",\"mail_off\":[\"new-token\"]}", &status);
    CHECK_INT(status, 200);
    CHECK_STR(json_get_text(own, "language"), "de");
    struct str kind = STR("");
    CHECK(json_as_text(json_item(json_get(own, "mail_off"), 0), &kind));
    CHECK_STR(kind, "new-token");
    json_free(own);
    CHECK_INT(ask_as(OPERATOR, "PATCH", "/account", "{\"mail_off\":[\"x\"]}"), 400);
    /* For more than that the password is needed once more, at /accounts/. */
    CHECK_INT(ask_as(OPERATOR, "PATCH", "/account", "{\"role\":\"user\"}"), 403);
    CHECK_INT(ask_as(MACHINE, "PATCH", "/account", "{\"language\":\"de\"}"), 404);
    service_close(&service);
}

TEST(an_invitation_names_a_role_that_the_account_has_or_gets)
{
    open_people();
    CHECK_INT(ask_as(MACHINE, "POST", "/links",
                     "{\"account\":\"bob@example.org\",\"role\":\"operator\"}"),
              409);
    CHECK_INT(ask_as(MACHINE, "POST", "/links",
                     "{\"account\":\"bob@example.org\",\"role\":\"user\"}"),
              200);
    CHECK_INT(ask_as(MACHINE, "POST", "/links",
                     "{\"account\":\"root@example.org\",\"role\":\"operator\"}"),
              200);
    CHECK_INT(ask_as(MACHINE, "POST", "/links", "{\"account\":\"root@example.org\"}"),
              200);
    service_close(&service);
}

TEST(an_account_makes_hosts_for_itself_where_the_zone_lets_everybody)
{
    int status = 0;
    open_people();
    CHECK_INT(ask_as(STRANGER, "POST", "/hosts", "{\"name\":\"b.dyn.example.org\"}"),
              403);
    CHECK_INT(ask_as(ZONE_HOLDER, "PATCH", "/zones/dyn.example.org",
                     "{\"policy\":\"everybody\"}"),
              200);
    CHECK_INT(ask_as(STRANGER, "POST", "/hosts",
                     "{\"name\":\"b.dyn.example.org\",\"owner\":\"alice@example.org\"}"),
              403);
    CHECK_INT(ask_as(STRANGER, "POST", "/hosts", "{\"name\":\"b.dyn.example.org\"}"),
              200);
    struct json *host =
        service_call(&service, "GET", "/hosts/b.dyn.example.org", NULL, &status);
    struct str owner = STR("");
    CHECK(json_as_text(json_get(host, "owner"), &owner));
    CHECK_STR(owner, "bob@example.org");
    json_free(host);
    service_close(&service);
}

TEST(each_call_of_a_batch_is_judged)
{
    int status = 0;
    open_people();
    service.actor = actors[STRANGER];
    struct json *reply = service_call(
        &service, "POST", "/batch",
        "{\"calls\":[{\"method\":\"POST\",\"path\":\"/accounts\",\"body\":{}},"
        "{\"method\":\"DELETE\",\"path\":\"/hosts/home.dyn.example.org\"},"
        "{\"method\":\"PATCH\",\"path\":\"/accounts/bob%40example.org\","
        "\"body\":{\"language\":\"de\"}},"
        "{\"method\":\"DELETE\",\"path\":\"/session\"}]}",
        &status);
    CHECK_INT(status, 200);
    static const int64_t wanted[] = { 403, 404, 200, 404 };
    const struct json *results = json_get(reply, "results");
    CHECK_INT((int)json_count(results), (int)LENGTH_OF(wanted));
    for (size_t i = 0; i < LENGTH_OF(wanted); i++) {
        int64_t code = 0;
        CHECK(json_as_number(json_get(json_item(results, i), "status"), &code));
        CHECK_INT((int)code, (int)wanted[i]);
    }
    json_free(reply);
    service_close(&service);
}
