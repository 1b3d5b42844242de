// SPDX-License-Identifier: GPL-3.0-or-later
/* Values for certificate authorities, where time, throttles and secondaries have a say. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "world.h"

#define HOST "home.dyn.example.org"
#define VALUE "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNO_-"
#define TARGET "/nic/update?hostname=" HOST "&txt=" VALUE

static struct world world;
static char secret[32];
static struct name register_zone;

/* What the secondaries were asked for. */
static struct {
    size_t count;
    int64_t number;
    struct name zone;
} asked;

static void note_question(void *ctx, int64_t number, const struct name *zone)
{
    (void)ctx;
    asked.count++;
    asked.number = number;
    asked.zone = *zone;
}

static void answer_question(void *ctx, int64_t number, const struct name *zone)
{
    note_question(ctx, number, zone);
    updates_acknowledged(&world.api.updates, number);
}

static void open_world(void)
{
    int status = 0;
    char unused[32];
    memset(&asked, 0, sizeof(asked));
    world_open(&world);
    world_make_host(&world, HOST, "", unused);
    struct json *reply =
        world_call(&world, "POST", "/tokens",
                   "{\"hosts\":[\"" HOST "\"],\"rights\":[\"txt\"]}", &status);
    CHECK_INT(status, 200);
    struct str text = json_get_text(reply, "secret");
    CHECK(text.n > 0 && text.n < sizeof(secret));
    memcpy(secret, text.at, text.n);
    secret[text.n] = 0;
    json_free(reply);
    updates_applied(&world.api.updates, INT64_MAX);
}

/* The whole reply. */
static const char *ask(const char *line, const char *fields, const char *body)
{
    char request[2048];
    (void)snprintf(request, sizeof(request),
                   "%s HTTP/1.1\r\n%sContent-Length: %zu\r\n\r\n%s", line, fields,
                   strlen(body), body);
    return world_http(&world, "198.51.100.20", request);
}

static const char *ask_txt(const char *target)
{
    char basic[512], fields[640];
    world_basic(secret, basic);
    (void)snprintf(fields, sizeof(fields), "Authorization: Basic %s\r\n", basic);
    char line[512];
    (void)snprintf(line, sizeof(line), "GET %s", target);
    return ask(line, fields, "");
}

static const char *ask_acmedns(const char *value)
{
    char fields[128], body[256];
    (void)snprintf(fields, sizeof(fields), "X-Api-User: u\r\nX-Api-Key: %s\r\n", secret);
    (void)snprintf(body, sizeof(body), "{\"subdomain\":\"" HOST "\",\"txt\":\"%s\"}",
                   value);
    return ask("POST /update", fields, body);
}

TEST(the_secondaries_are_asked_about_the_zone_and_waited_for)
{
    open_world();
    world.api.updates.ask_secondaries = answer_question;
    const char *reply = ask_txt(TARGET "&wait=1");
    CHECK(strstr(reply, "\r\nRove-Published: yes\r\n"));
    CHECK(strstr(reply, "\r\nRove-Secondaries: yes\r\n"));
    CHECK(strstr(reply, "\r\n\r\ngood \n"));
    CHECK_INT(asked.count, 1);
    CHECK_TEXT(name_text(&asked.zone), "dyn.example.org");
    /* Without the word, or about addresses alone, nobody is asked. */
    CHECK(strstr(ask_txt(TARGET), "\r\n\r\nnochg \n"));
    CHECK_INT(asked.count, 1);
    /* A client of acme-dns always waits. */
    CHECK(strstr(ask_acmedns(VALUE), "\r\n\r\n{\"txt\": \"" VALUE "\"}"));
    CHECK_INT(asked.count, 2);
    world_close(&world);
}

TEST(a_silent_secondary_holds_up_the_reply_for_a_time_only)
{
    open_world();
    world.api.updates.ask_secondaries = note_question;
    int64_t start = loop_now_ms(world.loop);
    const char *reply = ask_txt(TARGET "&wait=1");
    CHECK(strstr(reply, "\r\nRove-Published: yes\r\n"));
    CHECK(strstr(reply, "\r\nRove-Secondaries: no\r\n"));
    CHECK(strstr(reply, "\r\n\r\ngood \n"));
    CHECK(loop_now_ms(world.loop) - start >= WAIT_SECONDARIES_MS);
    updates_acknowledged(&world.api.updates, asked.number); /* too late */
    world_close(&world);
}

TEST(values_count_as_changes_of_the_host_and_too_many_are_slowed)
{
    open_world();
    updates_limit(&world.api.updates, 20, 1);
    const char *reply = "";
    for (size_t i = 0; i < 20 && !strstr(reply, "911"); i++)
        reply = ask_txt(TARGET);
    CHECK(strstr(reply, "HTTP/1.1 503 "));
    CHECK(strstr(reply, "\r\n\r\n911\n"));
    reply = ask_acmedns(VALUE);
    CHECK(strstr(reply, "HTTP/1.1 500 "));
    CHECK(strstr(reply, "\r\n\r\n{\"error\": \"db_error\"}"));
    world_close(&world);
}

TEST(a_dry_run_looks_at_the_values_and_sets_none)
{
    open_world();
    int64_t seq = change_seq(world.change);
    CHECK(strstr(ask_txt(TARGET "&dry_run=1"), "\r\n\r\ngood \n"));
    CHECK(strstr(ask_txt(TARGET "x&dry_run=1"), "\r\n\r\nbadtxt\n"));
    CHECK_INT(change_seq(world.change), seq);
    world_close(&world);
}

TEST(a_call_is_found_by_its_host_also_when_it_named_the_values)
{
    open_world();
    int status = 0;
    CHECK(strstr(ask_txt("/nic/update?hostname=_acme-challenge." HOST "&txt=short"),
                 "\r\n\r\nbadtxt\n"));
    CHECK(strstr(ask_acmedns(VALUE), "200 OK"));
    struct json *reply = world_call(&world, "GET", "/host-requests/" HOST, NULL, &status);
    const struct json *items = json_get(reply, "items");
    CHECK_INT(json_count(items), 2);
    CHECK_STR(json_get_text(json_item(items, 0), "dialect"), "acme-dns");
    CHECK_STR(json_get_text(json_item(items, 1), "result"), "badtxt");
    CHECK_STR(json_get_text(json_item(items, 1), "why"), "bad txt value");
    json_free(reply);
    world_close(&world);
}

TEST(a_stranger_registers_as_often_as_a_source_may_be_wrong)
{
    open_world();
    CHECK(strstr(ask("POST /register", "", ""), "HTTP/1.1 404 "));
    CHECK_INT(name_parse(STR("dyn.example.org"), &register_zone, NULL), OK);
    world.api.updates.register_zone = &register_zone;
    const char *reply = ask("POST /register", "", "");
    for (size_t i = 0; i < 30 && strstr(reply, "HTTP/1.1 201 "); i++)
        reply = ask("POST /register", "", "");
    CHECK(strstr(reply, "HTTP/1.1 503 "));
    /* In a zone that is none of ours nothing is made. */
    CHECK_INT(name_parse(STR("missing.example.org"), &register_zone, NULL), OK);
    reply = world_http(&world, "192.0.2.77", "POST /register HTTP/1.1\r\n\r\n");
    CHECK(strstr(reply, "HTTP/1.1 500 "));
    world_close(&world);
}

TEST(a_stranger_that_registers_in_clear_beside_https_has_no_host_for_updates_in_clear)
{
    int status = 0;
    char path[128];
    struct buf out = BUF_ON(path);
    open_world();
    CHECK_INT(name_parse(STR("dyn.example.org"), &register_zone, NULL), OK);
    world.api.updates.register_zone = &register_zone;
    world.api.updates.is_tls_usual = true;
    const char *reply = ask("POST /register", "", "");
    CHECK(strstr(reply, "HTTP/1.1 201 "));
    CLEANUP(json_freep) struct json *account = NULL;
    CHECK_INT(json_parse(str_from(strstr(reply, "\r\n\r\n") + 4), &account, NULL), OK);
    buf_printf(&out, "/hosts/" STR_FMT, STR_ARG(json_get_text(account, "subdomain")));
    struct json *host = world_call(&world, "GET", buf_text(&out), NULL, &status);
    bool plain = true;
    CHECK_INT(status, 200);
    CHECK(json_as_bool(json_get(host, "plain_http"), &plain) && !plain);
    json_free(host);
    world_close(&world);
}
