// SPDX-License-Identifier: GPL-3.0-or-later
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "rest/list.h"
#include "rest/message.h"
#include "service.h"

static struct service service;

static void check_text(const struct json *object, const char *key, const char *want)
{
    struct str text = STR("(none)");
    (void)json_as_text(json_get(object, key), &text);
    CHECK_STR(text, want);
}

static const struct {
    const char *method, *path, *body;
    int status;
    const char *error;
} refused[] = {
    { "GET", "/nothing", NULL, 404, "no route GET /nothing" },
    { "PUT", "/hosts", NULL, 405, "no route PUT /hosts" },
    { "POST", "/hosts/home.dyn.example.org", NULL, 405,
      "no route POST /hosts/home.dyn.example.org" },
    { "GET", "/hosts/", NULL, 404, "no route GET /hosts/" },
    { "GET", "/hosts/a=b", NULL, 400, "bad last piece of the path" },
    { "GET", "/hosts/none.dyn.example.org", NULL, 404, "no host none.dyn.example.org" },
    { "GET", "/hosts/a..b", NULL, 400, "empty label in the name a..b" },
    { "GET", "/zones/none.example.org", NULL, 404, "no zone none.example.org" },
    { "GET", "/accounts/no%40example.org", NULL, 404, "no account no@example.org" },
    { "GET", "/tokens/77", NULL, 404, "no token 77" },
    { "GET", "/tokens/x", NULL, 400, "token 'x': its number is needed" },
    { "GET", "/hosts?limit=0", NULL, 400, "limit: not a number from 1 to 64" },
    { "GET", "/hosts?limit=65", NULL, 400, "limit: not a number from 1 to 64" },
    { "GET", "/hosts?after=x", NULL, 400, "after: not a number" },
    { "GET", "/hosts?in_clear=yes", NULL, 400, "in_clear: must be 1" },
    { "GET", "/hosts?zone=none.example.org", NULL, 404, "no zone none.example.org" },
    { "POST", "/hosts", "{}", 400, "name: is needed" },
    { "POST", "/hosts", "{\"name\":\"home.elsewhere.example\"}", 404,
      "no zone for home.elsewhere.example" },
    { "POST", "/hosts", "{\"nmae\":\"home.dyn.example.org\"}", 400,
      "unknown member 'nmae', did you mean 'name'?" },
    { "POST", "/hosts", "{\"name\":\"a.dyn.example.org\",\"owner\":\"no@example.org\"}",
      404, "no account no@example.org" },
    { "POST", "/hosts", "{\"name\":\"a.dyn.example.org\",\"owner\":1}", 400,
      "owner: must be a text" },
    { "POST", "/hosts", "{\"name\":\"a.dyn.example.org\",\"addresses\":[\"x\"]}", 400,
      "addresses: 'x' is no address" },
    { "POST", "/hosts", "{\"name\":\"a.dyn.example.org\",\"addresses\":[1]}", 400,
      "addresses: must be a list of texts" },
    { "POST", "/hosts",
      "{\"name\":\"a.dyn.example.org\",\"interface_id\":\"2001:db8::1\"}", 400,
      "interface_id: must be written like ::211:22ff:fe33:4455" },
    { "POST", "/hosts",
      "{\"name\":\"a.dyn.example.org\",\"follows\":\"b.dyn.example.org\"}", 404,
      "follows: no host b.dyn.example.org" },
    { "POST", "/hosts", "{\"name\":\"a.dyn.example.org\",\"follows\":1}", 400,
      "follows: must be a host's name or null" },
    { "POST", "/zones", "{}", 400, "name: is needed" },
    { "POST", "/zones",
      "{\"name\":\"z.example.org\",\"owner\":\"ops@example.org\","
      "\"name_servers\":[\"ns.z.example.org\"]}",
      400,
      "name server ns.z.example.org lies in the zone and needs its address: "
      "ns.z.example.org=ADDRESS" },
    { "POST", "/zones",
      "{\"name\":\"z.example.org\",\"owner\":\"ops@example.org\","
      "\"name_servers\":[\"ns.example.org=192.0.2.1\"]}",
      400, "name server ns.example.org is not in the zone: give no address" },
    { "POST", "/zones",
      "{\"name\":\"z.example.org\",\"owner\":\"ops@example.org\","
      "\"name_servers\":[\"ns.z.example.org=192.0.2\"]}",
      400, "name server ns.z.example.org: '192.0.2' is no address" },
    { "POST", "/zones", "{\"name\":\"z.example.org\",\"name_servers\":[1]}", 400,
      "name_servers: must be a list of texts" },
    { "POST", "/zones", "{\"name\":\"z.example.org\",\"name_servers\":[\"a..b\"]}", 400,
      "name_servers: empty label in the name a..b" },
    { "POST", "/zones",
      "{\"name\":\"z.example.org\",\"name_servers\":\"ns.example.org\"}", 400,
      "name_servers: must be a list" },
    { "POST", "/zones", "{\"name\":\"z.example.org\",\"name_servers\":[]}", 400,
      "name_servers: at least one is needed" },
    { "POST", "/hosts", "{\"name\":\"a.dyn.example.org\",\"addresses\":\"203.0.113.5\"}",
      400, "addresses: must be a list" },
    { "POST", "/hosts", "{\"name\":\"a.dyn.example.org\",\"addresses\":null}", 400,
      "addresses: must be a list" },
    { "POST", "/tokens", "{\"hosts\":\"a.dyn.example.org\"}", 400,
      "hosts: must be a list" },
    { "POST", "/tokens", "{\"networks\":\"192.0.2.0/24\"}", 400,
      "networks: must be a list" },
    { "POST", "/tokens", "{\"rights\":null}", 400, "rights: must be a list" },
    { "POST", "/tokens", "{}", 400, "hosts: are needed" },
    { "POST", "/tokens", "{\"hosts\":[]}", 400, "hosts: must be a list of 1 to 20" },
    { "POST", "/tokens", "{\"hosts\":[1]}", 400, "hosts: must be a list of names" },
    { "POST", "/tokens", "{\"hosts\":[\"none.dyn.example.org\"]}", 404,
      "no host none.dyn.example.org" },
    { "PATCH", "/zones/dyn.example.org", "{\"name\":\"x.example.org\"}", 400,
      "name: cannot be set" },
};

TEST(a_bad_request_is_refused_with_a_word_about_it)
{
    service_open(&service);
    for (size_t i = 0; i < LENGTH_OF(refused); i++) {
        int status = 0;
        struct json *reply = service_call(&service, refused[i].method, refused[i].path,
                                          refused[i].body, &status);
        if (status != refused[i].status)
            print_error("row %zu: %s %s\n", i, refused[i].method, refused[i].path);
        CHECK_INT(status, refused[i].status);
        check_text(reply, "error", refused[i].error);
        json_free(reply);
    }
    service_close(&service);
}

static void take_text(void *ctx, struct str reply)
{
    struct buf *out = (struct buf *)ctx;
    buf_put(out, reply);
}

TEST(a_message_that_is_no_request_is_refused)
{
    static const char *const rows[] = {
        "",
        "[]",
        "{\"method\":\"GET\"}",
        "{\"path\":\"/hosts\"}",
        "{\"method\":\"GET\",\"path\":\"/hosts\",\"body\":[]}",
        "{\"method\":1,\"path\":\"/\"}",
    };
    service_open(&service);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        char storage[1024];
        struct buf out = BUF_ON(storage);
        rest_ask_text(service.rest, &service.actor, str_from(rows[i]), take_text, &out);
        CHECK(str_starts(buf_str(&out), STR("{\"status\":400,\"body\":{\"error\":")));
    }
    service_close(&service);
}

TEST(status_needs_no_database)
{
    int status = 0;
    service_open(&service);
    struct json *reply = service_call(&service, "GET", "/status", NULL, &status);
    bool ready = false;
    CHECK_INT(status, 200);
    CHECK(json_as_bool(json_get(reply, "ready"), &ready) && ready);
    json_free(reply);
    service_close(&service);
}

TEST(a_failed_request_leaves_nothing_behind)
{
    int status = 0;
    service_open(&service);
    /* The zone is made before its glue is found to be bad... nothing of it may stay. */
    json_free(service_call(&service, "POST", "/hosts",
                           "{\"name\":\"a.dyn.example.org\",\"ttl\":60,"
                           "\"addresses\":[\"127.0.0.1\",\"203.0.113.1\"],\"ttl\":1}",
                           &status));
    CHECK_INT(status, 400);
    json_free(service_call(&service, "GET", "/hosts/a.dyn.example.org", NULL, &status));
    CHECK_INT(status, 404);
    service_close(&service);
}

TEST(lists_come_in_pages)
{
    int status = 0;
    char body[128];
    service_open(&service);
    for (int i = 0; i < 5; i++) {
        (void)snprintf(body, sizeof(body), "{\"name\":\"h%d.%s.example.org\"}", i,
                       i == 4 ? "other" : "dyn");
        json_free(service_call(&service, "POST", "/hosts", body, &status));
        CHECK_INT(status, 200);
    }
    struct json *page = service_call(&service, "GET", "/hosts?limit=3", NULL, &status);
    int64_t next = 0;
    CHECK_INT((int)json_count(json_get(page, "items")), 3);
    CHECK(json_as_number(json_get(page, "next"), &next));
    json_free(page);
    (void)snprintf(body, sizeof(body), "/hosts?limit=3&after=%lld", (long long)next);
    page = service_call(&service, "GET", body, NULL, &status);
    CHECK_INT((int)json_count(json_get(page, "items")), 2);
    CHECK(json_is_null(json_get(page, "next")));
    json_free(page);
    page = service_call(&service, "GET", "/hosts?zone=other.example.org", NULL, &status);
    CHECK_INT((int)json_count(json_get(page, "items")), 1);
    check_text(json_item(json_get(page, "items"), 0), "name", "h4.other.example.org");
    json_free(page);
    service_close(&service);
}

/* Hosts with ids up to MANY, of which these send in clear; the last of them no longer may. */
enum {
    MANY = 2 * REST_WALK_MAX + 10
};
static const int64_t in_clear[] = {
    1, 2, REST_WALK_MAX, REST_WALK_MAX + 1, MANY, MANY - 1
};

struct many {
    struct name zone;
    bool done;
};

static enum status make_many(struct store *store, void *ctx, struct error *err)
{
    struct host_row row = { .ttl_s = 60, .plain_http = true };
    struct zone_row zone;
    const struct many *many = (const struct many *)ctx;
    enum status status = store_zone_find_name(store, &many->zone, &zone, err);
    row.zone_id = zone.id;
    row.owner_id = zone.owner_id;
    for (int i = 1; i <= MANY && !status; i++) {
        char text[64];
        (void)snprintf(text, sizeof(text), "h%d.dyn.example.org", i);
        CHECK_INT(name_parse(str_from(text), &row.name, NULL), OK);
        row.plain_http = i != MANY;
        row.in_clear_s = 0;
        for (size_t k = 0; k < LENGTH_OF(in_clear); k++)
            row.in_clear_s = in_clear[k] == i ? 86400 : row.in_clear_s;
        status = store_host_insert(store, &row, err);
    }
    return status;
}

static void made(void *ctx, enum status status, const struct error *err)
{
    (void)err;
    CHECK_INT(status, OK);
    ((struct many *)ctx)->done = true;
}

/* The names of all pages, and "/" behind each page. */
static const char *walk(const char *query)
{
    static char text[1024];
    struct buf out = BUF_ON(text);
    int64_t next = 0;
    do {
        char path[128];
        int status = 0;
        (void)snprintf(path, sizeof(path), "/hosts?%s&after=%lld", query,
                       (long long)next);
        struct json *page = service_call(&service, "GET", path, NULL, &status);
        const struct json *items = json_get(page, "items");
        CHECK_INT(status, 200);
        for (size_t i = 0; i < json_count(items); i++) {
            struct str name = json_get_text(json_item(items, i), "name");
            buf_put(&out, str_first(name, str_find(name, '.')));
            buf_put_text(&out, " ");
            CHECK_INT(json_get_number(json_item(items, i), "in_clear"), 86400);
        }
        buf_put_text(&out, "/");
        next = json_get_number(page, "next");
        json_free(page);
    } while (next);
    return buf_text(&out);
}

TEST(hosts_in_clear_are_found_among_many_in_pages_of_bounded_work)
{
    struct many work = { .done = false };
    service_open(&service);
    CHECK_INT(name_parse(STR("dyn.example.org"), &work.zone, NULL), OK);
    CHECK_INT(change_submit(service.change, make_many, &work, made, &work), OK);
    for (int i = 0; i < 100000 && !work.done; i++)
        loop_turn(service.loop, 100);
    CHECK(work.done);
    CHECK_TEXT(walk("in_clear=1"), "h1 h2 h2000 /h2001 /h4009 /");
    CHECK_TEXT(walk("in_clear=1&limit=2"), "h1 h2 /h2000 h2001 /h4009 /");
    CHECK_TEXT(walk("in_clear=1&zone=other.example.org"), "/");
    service_close(&service);
}

TEST(a_zone_tells_what_its_parent_has_to_hold)
{
    int status = 0;
    service_open(&service);
    struct json *zone = service_call(
        &service, "POST", "/zones",
        "{\"name\":\"z.example.org\",\"owner\":\"ops@example.org\",\"name_servers\":"
        "[\"ns.z.example.org=192.0.2.53,2001:db8::53\",\"ns2.example.org\"]}",
        &status);
    CHECK_INT(status, 200);
    check_text(zone, "mname", "ns.z.example.org");
    check_text(zone, "rname", "ops.example.org");
    json_free(zone);
    struct json *delegation =
        service_call(&service, "GET", "/delegations/z.example.org", NULL, &status);
    CHECK_INT(status, 200);
    CLEANUP(json_freep) struct json *want = NULL;
    CHECK_INT(
        json_parse(STR("{\"zone\":\"z.example.org\",\"parent\":\"example.org\",\"ns\":["
                       "\"z.example.org. 86400 IN NS ns.z.example.org.\","
                       "\"z.example.org. 86400 IN NS ns2.example.org.\"],\"glue\":["
                       "\"ns.z.example.org. 86400 IN A 192.0.2.53\","
                       "\"ns.z.example.org. 86400 IN AAAA 2001:db8::53\"]}"),
                   &want, NULL),
        OK);
    char *got_text = json_text(delegation), *want_text = json_text(want);
    CHECK_TEXT(got_text, want_text);
    free(got_text);
    free(want_text);
    json_free(delegation);
    /* Other name servers take the place of the old ones, glue included. */
    json_free(service_call(&service, "PATCH", "/zones/z.example.org",
                           "{\"name_servers\":[\"ns3.example.org\"]}", &status));
    CHECK_INT(status, 200);
    delegation =
        service_call(&service, "GET", "/delegations/z.example.org", NULL, &status);
    CHECK_INT((int)json_count(json_get(delegation, "ns")), 1);
    CHECK_INT((int)json_count(json_get(delegation, "glue")), 0);
    json_free(delegation);
    json_free(service_call(&service, "DELETE", "/zones/z.example.org", NULL, &status));
    CHECK_INT(status, 200);
    json_free(service_call(&service, "GET", "/zones/z.example.org", NULL, &status));
    CHECK_INT(status, 404);
    service_close(&service);
}

TEST(a_host_is_changed_and_removed)
{
    int status = 0;
    char secret[32];
    service_open(&service);
    service_make_host(&service, "router.dyn.example.org", "", secret);
    service_make_host(&service, "nas.dyn.example.org",
                      ",\"follows\":\"router.dyn.example.org\","
                      "\"interface_id\":\"::211:22ff:fe33:4455\",\"subnet\":1,\"ttl\":30",
                      secret);
    struct json *host = service_call(&service, "PATCH", "/hosts/nas.dyn.example.org",
                                     "{\"wildcard\":true,\"mode\":\"follow\","
                                     "\"addresses\":[\"2001:db8::9\",\"203.0.113.9\"]}",
                                     &status);
    CHECK_INT(status, 200);
    check_text(host, "mode", "follow");
    check_text(host, "follows", "router.dyn.example.org");
    check_text(host, "interface_id", "::211:22ff:fe33:4455");
    CHECK_INT((int)json_count(json_get(host, "addresses")), 2);
    json_free(host);
    host = service_call(&service, "PATCH", "/hosts/nas.dyn.example.org",
                        "{\"follows\":null}", &status);
    CHECK(json_is_null(json_get(host, "follows")));
    json_free(host);
    json_free(
        service_call(&service, "DELETE", "/hosts/nas.dyn.example.org", NULL, &status));
    CHECK_INT(status, 200);
    json_free(service_call(&service, "GET", "/hosts/nas.dyn.example.org", NULL, &status));
    CHECK_INT(status, 404);
    service_close(&service);
}

TEST(an_account_that_owns_something_cannot_be_removed)
{
    int status = 0;
    service_open(&service);
    json_free(
        service_call(&service, "DELETE", "/accounts/ops%40example.org", NULL, &status));
    CHECK_INT(status, 409);
    struct json *account =
        service_call(&service, "POST", "/accounts",
                     "{\"email\":\"a+b@example.org\",\"role\":\"zone-owner\"}", &status);
    CHECK_INT(status, 200);
    check_text(account, "role", "zone-owner");
    json_free(account);
    json_free(service_call(&service, "POST", "/accounts",
                           "{\"email\":\"A+B@example.org\"}", &status));
    CHECK_INT(status, 409);
    json_free(service_call(&service, "PATCH", "/accounts/a%2Bb%40example.org",
                           "{\"hosts_max\":5}", &status));
    CHECK_INT(status, 200);
    /* Only in a query does '+' stand for a blank. */
    CHECK_INT(service_status(&service, "GET", "/accounts/a+b@example.org", NULL), 200);
    json_free(
        service_call(&service, "DELETE", "/accounts/a%2Bb%40example.org", NULL, &status));
    CHECK_INT(status, 200);
    service_close(&service);
}

TEST(a_known_path_tells_its_methods)
{
    static const struct {
        const char *path, *allow;
    } rows[] = {
        { "/hosts", "\"allow\":\"GET, POST\"" },
        { "/hosts/x", "\"allow\":\"GET, PATCH, DELETE\"" },
        { "/batch", "\"allow\":\"POST\"" },
    };
    service_open(&service);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        char request[128], storage[1024];
        struct buf out = BUF_ON(storage);
        (void)snprintf(request, sizeof(request), "{\"method\":\"PUT\",\"path\":\"%s\"}",
                       rows[i].path);
        rest_ask_text(service.rest, &service.actor, str_from(request), take_text, &out);
        CHECK(strstr(buf_text(&out), "\"status\":405") != NULL);
        CHECK(strstr(buf_text(&out), rows[i].allow) != NULL);
    }
    service_close(&service);
}

/* The status of each call of a batch, such as "200 409 ". */
static const char *batch(const char *calls, const char *more)
{
    static char text[256];
    static char body[4096];
    struct buf out = BUF_ON(text);
    int status = 0;
    (void)snprintf(body, sizeof(body), "{\"calls\":[%s]%s}", calls, more);
    struct json *reply = service_call(&service, "POST", "/batch", body, &status);
    buf_printf(&out, "%d:", status);
    const struct json *results = json_get(reply, "results");
    for (size_t i = 0; i < json_count(results); i++) {
        int64_t code = 0;
        CHECK(json_as_number(json_get(json_item(results, i), "status"), &code));
        buf_printf(&out, " %d", (int)code);
    }
    json_free(reply);
    return buf_text(&out);
}

static int status_of(const char *path)
{
    int status = 0;
    json_free(service_call(&service, "GET", path, NULL, &status));
    return status;
}

#define ADD_HOST(name_) \
    "{\"method\":\"POST\",\"path\":\"/hosts\",\"body\":{\"name\":\"" name_ \
    ".dyn.example.org\"}}"

TEST(a_batch_undoes_what_fails_alone)
{
    service_open(&service);
    CHECK_TEXT(batch(ADD_HOST("a") "," ADD_HOST("a") "," ADD_HOST("b"), ""),
               "200: 200 409 200");
    CHECK_INT(status_of("/hosts/a.dyn.example.org"), 200);
    CHECK_INT(status_of("/hosts/b.dyn.example.org"), 200);
    service_close(&service);
}

static bool takes_plain_http(const char *path)
{
    int status = 0;
    bool plain = false;
    struct json *host = service_call(&service, "GET", path, NULL, &status);
    CHECK_INT(status, 200);
    CHECK(json_as_bool(json_get(host, "plain_http"), &plain));
    json_free(host);
    return plain;
}

TEST(hosts_made_where_tls_is_usual_take_no_token_in_clear)
{
    char secret[32];
    service_open(&service);
    service_make_host(&service, "old.dyn.example.org", "", secret);
    service.own_updates.is_tls_usual = true;
    service_make_host(&service, "new.dyn.example.org", "", secret);
    service_make_host(&service, "plain.dyn.example.org", ",\"plain_http\":true", secret);
    CHECK_TEXT(batch(ADD_HOST("many"), ""), "200: 200");
    CHECK(takes_plain_http("/hosts/old.dyn.example.org"));
    CHECK(!takes_plain_http("/hosts/new.dyn.example.org"));
    CHECK(takes_plain_http("/hosts/plain.dyn.example.org"));
    CHECK(!takes_plain_http("/hosts/many.dyn.example.org"));
    service_close(&service);
}

TEST(a_dry_run_of_a_batch_leaves_nothing)
{
    service_open(&service);
    CHECK_TEXT(batch(ADD_HOST("a") "," ADD_HOST("a"), ",\"dry_run\":true"),
               "200: 200 409");
    CHECK_INT(status_of("/hosts/a.dyn.example.org"), 404);
    CHECK_TEXT(batch(ADD_HOST("a"), ""), "200: 200");
    service_close(&service);
}

TEST(a_batch_takes_writing_calls_only)
{
    service_open(&service);
    CHECK_TEXT(batch("", ""), "400:");
    CHECK_TEXT(batch("1", ""), "200: 400");
    CHECK_TEXT(batch("{\"method\":\"GET\",\"path\":\"/hosts\"}", ""), "200: 404");
    CHECK_TEXT(batch("{\"method\":\"POST\",\"path\":\"/batch\",\"body\":{}}", ""),
               "200: 404");
    CHECK_TEXT(batch("{\"method\":\"POST\",\"path\":\"/backups\"}", ""), "200: 404");
    CHECK_TEXT(
        batch("{\"method\":\"DELETE\",\"path\":\"/hosts/no.dyn.example.org\"}", ""),
        "200: 404");
    CHECK_TEXT(batch(ADD_HOST("a"), ",\"dry_run\":1"), "400:");
    service_close(&service);
}

TEST(records_are_added_listed_and_removed)
{
    static const struct {
        const char *body;
        int status;
        const char *error;
    } rows[] = {
        { "{\"name\":\"t.dyn.example.org\",\"type\":\"txt\",\"data\":\"x\"}", 200, NULL },
        { "{\"name\":\"t.dyn.example.org\",\"type\":\"TXT\",\"data\":\"x\"}", 409,
          "record t.dyn.example.org TXT: is there already" },
        { "{\"name\":\"t.dyn.example.org\",\"type\":\"SOA\",\"data\":\"x\"}", 400,
          "type: records of type 'SOA' cannot be given" },
        { "{\"name\":\"t.dyn.example.org\",\"type\":\"TYPE41\",\"data\":\"\\\\# 0\"}",
          400, "type: records of type 'TYPE41' cannot be given" },
        { "{\"name\":\"t.example.net\",\"type\":\"TXT\",\"data\":\"x\"}", 404,
          "no zone for t.example.net" },
        { "{\"name\":\"a..b\",\"type\":\"TXT\",\"data\":\"x\"}", 400,
          "name: empty label in the name a..b" },
        { "{\"type\":\"TXT\",\"data\":\"x\"}", 400, "name: is needed" },
        { "{\"name\":\"t.dyn.example.org\",\"type\":\"A\",\"data\":1}", 400,
          "data: must be a text" },
    };
    service_open(&service);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        int status = 0;
        struct json *reply =
            service_call(&service, "POST", "/records", rows[i].body, &status);
        if (status != rows[i].status)
            print_error("row %zu\n", i);
        CHECK_INT(status, rows[i].status);
        if (rows[i].error)
            check_text(reply, "error", rows[i].error);
        else
            check_text(reply, "data", "\"x\"");
        json_free(reply);
    }
    int status = 0;
    int64_t id = 0;
    char path[64];
    struct json *list =
        service_call(&service, "GET", "/records?zone=dyn.example.org", NULL, &status);
    const struct json *items = json_get(list, "items");
    const struct json *last = json_item(items, json_count(items) - 1);
    check_text(last, "name", "t.dyn.example.org");
    check_text(last, "type", "TXT");
    CHECK(json_as_number(json_get(last, "id"), &id));
    (void)snprintf(path, sizeof(path), "/records/%lld", (long long)id);
    json_free(list);
    json_free(service_call(&service, "DELETE", path, NULL, &status));
    CHECK_INT(status, 200);
    json_free(service_call(&service, "DELETE", path, NULL, &status));
    CHECK_INT(status, 404);
    json_free(service_call(&service, "DELETE", "/records/x", NULL, &status));
    CHECK_INT(status, 400);
    service_close(&service);
}

/* Items with much text each, as records of 1000 bytes that have to be escaped. */
TEST(a_page_of_long_items_fits_one_message)
{
    enum {
        RECORDS = 60,
        BYTES = 980
    };
    service_open(&service);
    for (size_t i = 0; i < RECORDS; i++) {
        char storage[8192];
        struct buf body = BUF_ON(storage);
        int status = 0;
        buf_printf(&body,
                   "{\"name\":\"t%zu.dyn.example.org\",\"type\":\"TXT\",\"data\":\"", i);
        for (size_t n = 0; n < BYTES; n++)
            buf_put_text(&body, n % 200 == 199 ? " " : "\\\\001");
        buf_put_text(&body, "\"}");
        CHECK(!body.full);
        json_free(service_call(&service, "POST", "/records", buf_text(&body), &status));
        CHECK_INT(status, 200);
    }
    size_t seen = 0, pages = 0;
    int64_t after = 0;
    do {
        char path[64];
        int status = 0;
        (void)snprintf(path, sizeof(path), "/records?zone=dyn.example.org&after=%lld",
                       (long long)after);
        struct json *page = service_call(&service, "GET", path, NULL, &status);
        char *text = json_text(page);
        CHECK(strlen(text) < (size_t)120 * 1024);
        seen += json_count(json_get(page, "items"));
        pages++;
        after = 0;
        (void)json_as_number(json_get(page, "next"), &after);
        mem_free(text);
        json_free(page);
    } while (after);
    CHECK(seen > RECORDS && pages > 1); /* and the zone's NS */
    service_close(&service);
}
