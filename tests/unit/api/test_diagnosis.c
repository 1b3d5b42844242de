// SPDX-License-Identifier: GPL-3.0-or-later
/* What an operator sees of updates, and the throttles: through the whole of api/. */
#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/metrics.h"
#include "base/log.h"
#include "update/dyndns2.h"
#include "update/update.h"
#include "world.h"

static struct world world;

static const char home[] = "/nic/update?hostname=home.dyn.example.org";

static const char *update(const char *more, const char *secret)
{
    char target[512];
    (void)snprintf(target, sizeof(target), "%s%s", home, more);
    return world_get(&world, target, secret, NULL);
}

static void check_text(const struct json *object, const char *key, const char *want)
{
    struct str text = STR("(none)");
    (void)json_as_text(json_get(object, key), &text);
    CHECK_STR(text, want);
}

static int64_t number_of(const struct json *object, const char *key)
{
    int64_t number = -1;
    (void)json_as_number(json_get(object, key), &number);
    return number;
}

static struct json *get(const char *path)
{
    int status = 0;
    struct json *reply = world_call(&world, "GET", path, NULL, &status);
    CHECK_INT(status, 200);
    return reply;
}

/* Items of a list joined by blanks. */
static void check_list(const struct json *list, const char *want)
{
    char storage[256] = "";
    struct buf text = BUF_ON(storage);
    for (size_t i = 0; i < json_count(list); i++) {
        struct str piece = STR("?");
        (void)json_as_text(json_item(list, i), &piece);
        buf_put_text(&text, i ? " " : "");
        buf_put(&text, piece);
    }
    CHECK_STR(buf_str(&text), want);
}

/* ----- history ----- */

TEST(the_log_of_a_host_is_its_chain_of_changes)
{
    char secret[32], other[32];
    world_open(&world);
    world_make_host(&world, "home.dyn.example.org", "", secret);
    CHECK_TEXT(update("&myip=203.0.113.1", secret), "good 203.0.113.1\n");
    world_make_host(&world, "nas.dyn.example.org", "", other);
    CHECK_TEXT(update("&myip=203.0.113.2,2001:db8::2", secret),
               "good 203.0.113.2,2001:db8::2\n");
    CHECK_TEXT(update("&myip=203.0.113.2", secret), "nochg 203.0.113.2\n");
    CHECK_TEXT(update("&offline=YES", secret), "good \n");

    struct json *log = get("/host-logs/home.dyn.example.org");
    const struct json *items = json_get(log, "items");
    static const struct {
        const char *before, *after;
    } rows[] = {
        { "203.0.113.2 2001:db8::2", "" },
        { "203.0.113.1", "203.0.113.2 2001:db8::2" },
        { "", "203.0.113.1" },
    };
    CHECK_INT(json_count(items), LENGTH_OF(rows) + 1);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        const struct json *item = json_item(items, i);
        check_list(json_get(item, "before"), rows[i].before);
        check_list(json_get(item, "after"), rows[i].after);
        check_text(item, "source", "198.51.100.20");
        check_text(item, "dialect", "dyndns2");
        check_text(item, "agent", "test/1");
        CHECK(number_of(item, "token") > 0);
        CHECK(number_of(item, "time") > 1000000000);
        bool encrypted = true;
        CHECK(json_as_bool(json_get(item, "encrypted"), &encrypted) && !encrypted);
    }
    const struct json *made = json_item(items, LENGTH_OF(rows));
    CHECK(json_is_null(json_get(made, "before")));
    CHECK(json_is_null(json_get(made, "dialect")));
    CHECK(json_is_null(json_get(made, "token")));
    CHECK(json_is_null(json_get(log, "next")));
    json_free(log);
    world_close(&world);
}

TEST(a_log_shows_no_byte_that_a_terminal_would_obey)
{
    char secret[32], basic[512], request[1024];
    world_open(&world);
    world_make_host(&world, "home.dyn.example.org", "", secret);
    world_basic(secret, basic);
    (void)snprintf(request, sizeof(request),
                   "GET %s&myip=203.0.113.1 HTTP/1.1\r\nHost: x\r\nUser-Agent: "
                   "a\tb\xc2\x9b"
                   "31m\r\nAuthorization: Basic %s\r\n\r\n",
                   home, basic);
    CHECK(strstr(world_http(&world, "192.0.2.1", request), "good 203.0.113.1\n"));
    static const char *const paths[] = { "/host-logs/home.dyn.example.org",
                                         "/host-requests/home.dyn.example.org" };
    for (size_t i = 0; i < LENGTH_OF(paths); i++) {
        struct json *reply = get(paths[i]);
        check_text(json_item(json_get(reply, "items"), 0), "agent", "a?b??31m");
        json_free(reply);
    }
    world_close(&world);
}

TEST(a_log_comes_in_pages)
{
    char secret[32], path[128];
    world_open(&world);
    world_make_host(&world, "home.dyn.example.org", "", secret);
    for (int i = 1; i <= 5; i++) {
        char more[64];
        (void)snprintf(more, sizeof(more), "&myip=203.0.113.%d", i);
        (void)update(more, secret);
    }
    int64_t after = 0;
    size_t seen = 0, pages = 0;
    int64_t last_seq = INT64_MAX;
    do {
        (void)snprintf(path, sizeof(path),
                       "/host-logs/home.dyn.example.org?limit=2&after=%lld",
                       (long long)after);
        struct json *page = get(path);
        const struct json *items = json_get(page, "items");
        for (size_t i = 0; i < json_count(items); i++, seen++) {
            int64_t seq = number_of(json_item(items, i), "seq");
            CHECK(seq < last_seq);
            last_seq = seq;
        }
        after = number_of(page, "next");
        json_free(page);
        pages++;
    } while (after > 0);
    CHECK_INT(seen, 6);
    CHECK(pages >= 3);
    /* Where another host's change or none is meant, nothing is shown. */
    struct json *page = get("/host-logs/home.dyn.example.org?after=1");
    CHECK_INT(json_count(json_get(page, "items")), 0);
    json_free(page);
    page = get("/host-logs/home.dyn.example.org?after=999999");
    CHECK_INT(json_count(json_get(page, "items")), 0);
    json_free(page);
    int status = 0;
    json_free(
        world_call(&world, "GET", "/host-logs/none.dyn.example.org", NULL, &status));
    CHECK_INT(status, 404);
    world_close(&world);
}

/* ----- requests ----- */

enum whose {
    OWN,
    FOREIGN,
    UNKNOWN,
    EMPTY
};

static const struct {
    const char *host, *more;
    enum whose whose;
    const char *result, *why;
} requests[] = {
    { "home.dyn.example.org", "&myip=203.0.113.1", OWN, "good", "changed" },
    { "home.dyn.example.org", "&myip=203.0.113.1", OWN, "nochg", "same" },
    { "home.dyn.example.org", "&myip=127.0.0.1", OWN, "badip", "bad address" },
    { "home.dyn.example.org", "", UNKNOWN, "badauth", "unknown token" },
    { "home.dyn.example.org", "", EMPTY, "badauth", "no credentials" },
    { "home.dyn.example.org", "", FOREIGN, "nohost", "not on token" },
    { "none.dyn.example.org", "", OWN, "nohost", "no such host" },
    { "home", "", OWN, "notfqdn", "not a full name" },
    { "off.dyn.example.org", "", FOREIGN, "nohost", "host disabled" },
    { "bad.dyn.example.org", "", FOREIGN, "abuse", "host blocked for abuse" },
    { "safe.dyn.example.org", "", FOREIGN, "badauth", "plain http" },
};

static void make_hosts(char own[32], char foreign[32])
{
    char unused[32];
    world_make_host(&world, "home.dyn.example.org", "", own);
    world_make_host(&world, "off.dyn.example.org", ",\"state\":\"disabled\"", unused);
    world_make_host(&world, "bad.dyn.example.org", ",\"state\":\"abuse\"", unused);
    world_make_host(&world, "safe.dyn.example.org", ",\"plain_http\":false", unused);
    int status = 0;
    struct json *reply =
        world_call(&world, "POST", "/tokens",
                   "{\"hosts\":[\"off.dyn.example.org\",\"bad.dyn.example.org\","
                   "\"safe.dyn.example.org\"]}",
                   &status);
    CHECK_INT(status, 200);
    struct str text = STR("");
    CHECK(json_as_text(json_get(reply, "secret"), &text));
    memcpy(foreign, text.at, text.n);
    foreign[text.n] = 0;
    json_free(reply);
}

TEST(every_request_that_names_a_host_is_kept_with_its_reason)
{
    char own[32], foreign[32], target[256];
    world_open(&world);
    make_hosts(own, foreign);
    const char *const secrets[] = { own, foreign, "rv_aaaaaaaaaaaaaaaaaaaaaaaa", "" };
    for (size_t i = 0; i < LENGTH_OF(requests); i++) {
        (void)snprintf(target, sizeof(target), "/nic/update?hostname=%s%s",
                       requests[i].host, requests[i].more);
        (void)world_get(&world, target, secrets[requests[i].whose], NULL);
        (void)snprintf(target, sizeof(target), "/host-requests/%s?limit=1",
                       requests[i].host);
        struct json *reply = get(target);
        const struct json *item = json_item(json_get(reply, "items"), 0);
        check_text(item, "host", requests[i].host);
        check_text(item, "result", requests[i].result);
        check_text(item, "why", requests[i].why);
        check_text(item, "source", "198.51.100.20");
        check_text(item, "dialect", "dyndns2");
        check_text(item, "agent", "test/1");
        json_free(reply);
    }
    struct json *reply = get("/host-requests/HOME.dyn.example.org");
    const struct json *items = json_get(reply, "items");
    CHECK_INT(json_count(items), 6);
    for (size_t i = 1; i < json_count(items); i++)
        CHECK(number_of(json_item(items, i), "number") <
              number_of(json_item(items, i - 1), "number"));
    json_free(reply);
    world_close(&world);
}

TEST(a_blocked_account_and_a_judged_token_are_named)
{
    char secret[32], path[64];
    int status = 0;
    world_open(&world);
    world_make_host(&world, "home.dyn.example.org", "", secret);
    struct json *list = get("/tokens?host=home.dyn.example.org");
    int64_t id = number_of(json_item(json_get(list, "items"), 0), "id");
    json_free(list);
    (void)snprintf(path, sizeof(path), "/tokens/%lld", (long long)id);
    static const struct {
        const char *path, *body, *why;
    } rows[] = {
        { NULL, "{\"networks\":[\"192.0.2.0/24\"]}", "wrong network" },
        { NULL, "{\"networks\":[],\"expires\":1000000000}", "token expired" },
        { NULL, "{\"expires\":0,\"rights\":[\"txt\"]}", "no right" },
        { NULL, "{\"rights\":[\"address\"]}", "changed" },
        { "/accounts/ops%40example.org", "{\"state\":\"blocked\"}", "account blocked" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        json_free(world_call(&world, "PATCH", rows[i].path ? rows[i].path : path,
                             rows[i].body, &status));
        CHECK_INT(status, 200);
        (void)update("&myip=203.0.113.1", secret);
        struct json *reply = get("/host-requests/home.dyn.example.org?limit=1");
        check_text(json_item(json_get(reply, "items"), 0), "why", rows[i].why);
        json_free(reply);
    }
    world.api.updates.ready = false;
    (void)update("", secret);
    struct json *reply = get("/host-requests/home.dyn.example.org?limit=1");
    check_text(json_item(json_get(reply, "items"), 0), "why", "not ready");
    json_free(reply);
    world_close(&world);
}

/* ----- throttles ----- */

static void set_clock(void)
{
    clock_manual_init(&world.clock, 1800000000, 1000000);
    world.api.updates.clock = &world.clock.clock;
}

TEST(bad_credentials_are_slowed_by_source_and_valid_ones_never)
{
    char secret[32];
    int status = 0;
    world_open(&world);
    set_clock();
    world_make_host(&world, "home.dyn.example.org", "", secret);
    for (int i = 0; i < 20; i++)
        CHECK_TEXT(world_get(&world, home, "rv_aaaaaaaaaaaaaaaaaaaaaaaa", &status),
                   "badauth\n");
    CHECK_TEXT(world_get(&world, home, "rv_aaaaaaaaaaaaaaaaaaaaaaaa", &status), "911\n");
    CHECK_INT(status, 503);
    CHECK_TEXT(world_get(&world, home, "wrong", &status), "911\n");
    /* The challenge is no guess, and the owner is let in. */
    CHECK_TEXT(world_get(&world, home, "", &status), "badauth\n");
    CHECK_TEXT(update("&myip=203.0.113.1", secret), "good 203.0.113.1\n");
    CHECK_TEXT(update("&myip=203.0.113.1", secret), "nochg 203.0.113.1\n");
    /* Another source has its own measure. */
    CHECK(strstr(world_http(&world, "198.51.100.21",
                            "GET /nic/update?hostname=home.dyn.example.org HTTP/1.1\r\n"
                            "Host: x\r\nAuthorization: Basic YTpi\r\n\r\n"),
                 "badauth\n"));
    world.clock.now_ms += 10000;
    CHECK_TEXT(world_get(&world, home, "wrong", &status), "badauth\n");
    CHECK_TEXT(world_get(&world, home, "wrong", &status), "911\n");
    CHECK_INT(world.api.updates.counts.strangers_slowed, 3);
    struct json *reply = get("/host-requests/home.dyn.example.org?limit=1");
    check_text(json_item(json_get(reply, "items"), 0), "why", "throttled");
    json_free(reply);
    world_close(&world);
}

TEST(a_host_that_changes_too_often_is_slowed_and_no_change_is_answered)
{
    char secret[32], more[64];
    int status = 0;
    world_open(&world);
    set_clock();
    world.api.updates.changes_per_hour = 60;
    api_done(&world.api);
    api_init(&world.api);
    world_make_host(&world, "home.dyn.example.org", "", secret);
    for (int i = 1; i <= 10; i++) {
        (void)snprintf(more, sizeof(more), "&myip=203.0.113.%d", i);
        CHECK(strncmp(update(more, secret), "good", 4) == 0);
        CHECK(strncmp(update(more, secret), "nochg", 5) == 0);
    }
    char target[256];
    (void)snprintf(target, sizeof(target), "%s&myip=203.0.113.77", home);
    CHECK_TEXT(world_get(&world, target, secret, &status), "911\n");
    CHECK_INT(status, 503);
    CHECK_TEXT(update("&myip=203.0.113.10", secret), "nochg 203.0.113.10\n");
    CHECK_TEXT(update("&myip=127.0.0.1", secret), "badip\n");
    CHECK_INT(world.api.updates.counts.hosts_slowed, 1);
    world.clock.now_ms += 60000;
    CHECK_TEXT(update("&myip=203.0.113.77", secret), "good 203.0.113.77\n");
    CHECK_TEXT(update("&myip=203.0.113.78", secret), "911\n");
    world_close(&world);
}

/* ----- dry run and wait ----- */

/* A call from inside, for what dialects spell in their own ways. */
struct answer {
    bool told;
    struct update_result result;
    struct update_outcome outcomes[2];
};

static void take_answer(void *ctx, const struct update_result *result)
{
    struct answer *answer = (struct answer *)ctx;
    CHECK(!answer->told);
    answer->told = true;
    answer->result = *result;
    for (size_t i = 0; i < result->count && i < LENGTH_OF(answer->outcomes); i++)
        answer->outcomes[i] = result->outcomes[i];
}

struct asking {
    struct arena *arena;
    struct update update;
    struct answer answer;
};

static void ask(struct asking *asking, const char *secret, const char *myip, bool dry_run,
                bool wait)
{
    asking->arena = arena_new(4096);
    asking->answer.told = false;
    asking->update = (struct update){
        .secret = str_from(secret),
        .hosts = STR("home.dyn.example.org"),
        .values = { { .role = RULE_ADDRESS, .text = str_from(myip) } },
        .value_count = 1,
        .dry_run = dry_run,
        .wait = wait,
        .origin = { .dialect = dialect_number(&dyndns2) },
    };
    CHECK_INT(ip_parse(STR("198.51.100.20"), &asking->update.origin.source), OK);
    update_run(&world.api.updates, asking->arena, &asking->update, take_answer,
               &asking->answer);
}

/* Runs the loop until it is told, or the change is committed when `committed`. */
static void settle(struct asking *asking, int64_t committed)
{
    for (int i = 0; i < 500 && !asking->answer.told; i++) {
        if (committed && change_seq(world.change) >= committed)
            return;
        loop_turn(world.loop, 20);
    }
}

TEST(a_dry_run_says_what_would_happen_and_does_nothing)
{
    char secret[32];
    world_open(&world);
    world_make_host(&world, "home.dyn.example.org", "", secret);
    static const struct {
        const char *myip;
        enum update_code code;
    } rows[] = {
        { "203.0.113.1", UPDATE_GOOD },
        { "203.0.113.1", UPDATE_GOOD },
        { "203.0.113.9", UPDATE_NOCHG },
        { "127.0.0.1", UPDATE_BADIP },
    };
    CHECK_TEXT(update("&myip=203.0.113.9", secret), "good 203.0.113.9\n");
    int64_t seq = change_seq(world.change);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct asking asking;
        ask(&asking, secret, rows[i].myip, true, true);
        CHECK(asking.answer.told);
        CHECK_INT(asking.answer.result.count, 1);
        CHECK_INT(asking.answer.outcomes[0].code, rows[i].code);
        CHECK(!asking.answer.result.unseen);
        arena_free(asking.arena);
    }
    CHECK_INT(change_seq(world.change), seq);
    struct json *reply = get("/host-requests/home.dyn.example.org?limit=1");
    bool dry_run = false;
    CHECK(json_as_bool(json_get(json_item(json_get(reply, "items"), 0), "dry_run"),
                       &dry_run));
    CHECK(dry_run);
    json_free(reply);
    world_close(&world);
}

TEST(who_waits_is_told_when_the_image_has_the_change)
{
    char secret[32];
    struct asking asking;
    world_open(&world);
    world_make_host(&world, "home.dyn.example.org", "", secret);
    int64_t seq = change_seq(world.change) + 1;
    ask(&asking, secret, "203.0.113.1", false, true);
    settle(&asking, seq);
    CHECK(!asking.answer.told);
    updates_applied(&world.api.updates, seq - 1);
    CHECK(!asking.answer.told);
    updates_applied(&world.api.updates, seq);
    CHECK(asking.answer.told);
    CHECK_INT(asking.answer.outcomes[0].code, UPDATE_GOOD);
    CHECK(!asking.answer.result.unseen);
    arena_free(asking.arena);
    /* What is there needs no waiting, also while others are behind. */
    json_free(get("/status"));
    char other[32];
    world_make_host(&world, "nas.dyn.example.org", "", other);
    ask(&asking, secret, "203.0.113.1", false, true);
    CHECK(asking.answer.told);
    CHECK_INT(asking.answer.outcomes[0].code, UPDATE_NOCHG);
    CHECK(!asking.answer.result.unseen);
    arena_free(asking.arena);
    world_close(&world);
}

TEST(no_change_waits_too_when_the_last_one_is_not_out_and_two_seconds_are_enough)
{
    char secret[32];
    struct asking asking;
    world_open(&world);
    world_make_host(&world, "home.dyn.example.org", "", secret);
    CHECK_TEXT(update("&myip=203.0.113.1", secret), "good 203.0.113.1\n");
    int64_t start = loop_now_ms(world.loop);
    ask(&asking, secret, "203.0.113.1", false, true);
    CHECK(!asking.answer.told);
    CHECK_INT(world.api.updates.waits.count, 1);
    settle(&asking, 0);
    CHECK(asking.answer.told);
    CHECK(loop_now_ms(world.loop) - start >= WAIT_IMAGE_MS);
    CHECK_INT(asking.answer.outcomes[0].code, UPDATE_NOCHG);
    CHECK(asking.answer.result.unseen);
    arena_free(asking.arena);
    /* A refusal has nothing to wait for. */
    ask(&asking, "rv_aaaaaaaaaaaaaaaaaaaaaaaa", "203.0.113.1", false, true);
    CHECK(asking.answer.told);
    arena_free(asking.arena);
    world_close(&world);
}

/* ----- metrics and log ----- */

static void serve_metrics(void *ctx, struct http_exchange *exchange)
{
    api_metrics(ctx, exchange);
}

TEST(metrics_tell_words_and_numbers)
{
    char secret[32];
    world_open(&world);
    world_make_host(&world, "home.dyn.example.org", "", secret);
    (void)update("&myip=203.0.113.1", secret);
    (void)update("&myip=203.0.113.1", secret);
    (void)update("&myip=203.0.113.1", secret);
    (void)world_get(&world, home, "", NULL);
    world.api.replies[200] = 3;
    world.api.replies[401] = 1;
    updates_applied(&world.api.updates, 4711);
    world.api.http = world.http;

    struct http_server *updates = world.http;
    const struct http_server_options options = { .handler = serve_metrics,
                                                 .ctx = &world.api };
    world.http = http_server_new(world.loop, &options);
    const char *reply =
        world_http(&world, "192.0.2.1", "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    static const char *const wanted[] = {
        "HTTP/1.1 200 ",
        "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n",
        "# TYPE rove_updates_total counter\n",
        "rove_updates_total{dialect=\"dyndns2\",code=\"good\"} 1\n",
        "rove_updates_total{dialect=\"dyndns2\",code=\"nochg\"} 2\n",
        "rove_updates_total{dialect=\"dyndns2\",code=\"badauth\"} 1\n",
        "rove_updates_total{dialect=\"dyndns2\",code=\"911\"} 0\n",
        "rove_http_requests_total{status=\"200\"} 3\n",
        "rove_http_requests_total{status=\"401\"} 1\n",
        "rove_slowed_total{what=\"bad_credentials\"} 0\n",
        "rove_ready 1\n",
        "rove_http_connections ",
        "rove_updates_waiting 0\n",
        "rove_applied_seq 4711\n",
        "rove_uptime_seconds ",
        "rove_log_lines_lost_total 0\n",
    };
    for (size_t i = 0; i < LENGTH_OF(wanted); i++) {
        if (!strstr(reply, wanted[i]))
            print_error("missing: %s\n", wanted[i]);
        CHECK(strstr(reply, wanted[i]));
    }
    CHECK(strstr(world_http(&world, "192.0.2.1", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
                 "HTTP/1.1 404 "));
    CHECK(strstr(
        world_http(&world, "192.0.2.1", "POST /metrics HTTP/1.1\r\nHost: x\r\n\r\n"),
        "HTTP/1.1 405 "));
    http_server_free(world.http);
    world.http = updates;
    world_close(&world);
}

/* Tells api of each reply before it is made, as front's server does. */
static void note_and_serve(void *ctx, struct http_exchange *exchange)
{
    api_replied(ctx, exchange, 200);
    api_http(ctx, exchange);
}

static int log_fd;

static void open_log(void)
{
    char path[] = "/tmp/rove-log-XXXXXX";
    log_fd = mkstemp(path);
    CHECK(log_fd >= 0);
    (void)unlink(path);
    log_init("front", LOG_INFO);
    log_set_fd(log_fd);
}

/* What was logged since it was opened. */
static const char *close_log(void)
{
    static char text[4096];
    ssize_t n = pread(log_fd, text, sizeof(text) - 1, 0);
    CHECK(n >= 0);
    text[n] = 0;
    log_set_fd(STDERR_FILENO);
    (void)close(log_fd);
    return text;
}

static const char *log_of(const char *target, const char *secret)
{
    open_log();
    (void)world_get(&world, target, secret, NULL);
    return close_log();
}

TEST(the_request_log_is_off_by_default_and_shows_no_secret)
{
    char secret[32];
    world_open(&world);
    struct http_server *plain = world.http;
    const struct http_server_options options = { .handler = note_and_serve,
                                                 .ctx = &world.api };
    world.http = http_server_new(world.loop, &options);
    world_make_host(&world, "home.dyn.example.org", "", secret);
    CHECK_TEXT(log_of("/nic/update?hostname=home.dyn.example.org", secret), "");
    CHECK_INT(world.api.replies[200], 1);
    world.api.log_requests = true;
    CHECK_TEXT(log_of("/nic/update?hostname=home.dyn.example.org&x=1", secret),
               "info front request source=198.51.100.20 method=GET path=/nic/update "
               "status=200\n");
    CHECK(!strstr(log_of("/rv_aaaaaaaaaaaaaaaaaaaaaaaa&pw=b", "c"), "aaaa"));
    open_log();
    api_replied(&world.api, NULL, 400);
    api_replied(&world.api, NULL, 10000);
    CHECK_TEXT(close_log(),
               "info front request status=400\ninfo front request status=10000\n");
    CHECK_INT(world.api.replies[400], 1);
    http_server_free(world.http);
    world.http = plain;
    world_close(&world);
}

static void log_answer(void *ctx, const struct update_result *result)
{
    take_answer(ctx, result);
    api_replied(&world.api, NULL, 200);
}

TEST(the_log_of_an_update_tells_dialect_hosts_and_words)
{
    static const struct {
        const char *hosts, *want;
    } rows[] = {
        { "home.dyn.example.org",
          "info front request status=200 dialect=dyndns2 hosts=home.dyn.example.org "
          "result=nochg\n" },
        { "a:rv_b@home.dyn.example.org,NONE.example.org",
          "info front request status=200 dialect=dyndns2 hosts=home.dyn.example.org,"
          "none.example.org result=nohost,nohost\n" },
        { "",
          "info front request status=200 dialect=dyndns2 hosts=\"\" result=notfqdn\n" },
    };
    char secret[32];
    world_open(&world);
    world_make_host(&world, "home.dyn.example.org", "", secret);
    CHECK_TEXT(update("&myip=203.0.113.1", secret), "good 203.0.113.1\n");
    world.api.log_requests = true;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct arena *arena = arena_new(4096);
        struct answer answer = { .told = false };
        struct update asked = {
            .secret = str_from(secret),
            .hosts = str_from(rows[i].hosts),
            .values = { { .role = RULE_ADDRESS, .text = STR("203.0.113.1") } },
            .value_count = 1,
            .origin = { .dialect = dialect_number(&dyndns2) },
        };
        open_log();
        update_run(&world.api.updates, arena, &asked, log_answer, &answer);
        CHECK(answer.told);
        CHECK_TEXT(close_log(), rows[i].want);
        arena_free(arena);
    }
    world_close(&world);
}
