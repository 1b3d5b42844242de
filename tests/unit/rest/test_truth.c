// SPDX-License-Identifier: GPL-3.0-or-later
/* What is told of name servers, with a publish that says what the test wants. */
#include "rest/truths.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "service.h"
#include "test.h"

/* It says `words`, in the next turn of the loop; NULL: nothing. */
struct publisher {
    struct service service;
    struct truth_question asked; /* last */
    bool is_gone;
    const char *words;
    struct timer timer;
};

static void answer(void *ctx)
{
    struct publisher *publisher = (struct publisher *)ctx;
    CLEANUP(json_freep) struct json *seen = NULL;
    struct truths *truths = publisher->service.rest->truths;
    CHECK_INT(json_parse(str_from(publisher->words), &seen, NULL), OK);
    truths_take(truths, publisher->asked.number + 1, seen); /* nobody waits for it */
    truths_take(truths, publisher->asked.number, seen);
    truths_take(truths, publisher->asked.number, seen); /* once is enough */
}

static bool take_question(void *ctx, const struct truth_question *question)
{
    struct publisher *publisher = (struct publisher *)ctx;
    struct loop *loop = publisher->service.loop;
    publisher->asked = *question;
    if (publisher->words)
        timer_set(&publisher->timer, loop, loop_now_ms(loop), answer, publisher);
    return !publisher->is_gone;
}

static void open_service(struct publisher *publisher)
{
    struct service *service = &publisher->service;
    char secret[32];
    *publisher = (struct publisher){ .words = NULL };
    service_start(service, &service->own_updates, &service->own_rest);
    service->own_rest.ask_publish = take_question;
    service->own_rest.ctx = publisher;
    updates_init(&service->own_updates);
    rest_init(&service->own_rest);
    service_fill(service);
    service_make_host(service, "home.dyn.example.org", ",\"addresses\":[\"192.0.2.7\"]",
                      secret);
}

/* The caller frees it. */
static char *ask(struct publisher *publisher, const char *path, int want)
{
    int status = 0;
    struct json *reply = service_call(&publisher->service, "GET", path, NULL, &status);
    char *text = json_text(reply);
    CHECK_INT(status, want);
    json_free(reply);
    return text;
}

static void check_reply(struct publisher *publisher, const char *path, const char *want)
{
    CLEANUP(mem_freep) char *text = ask(publisher, path, 200);
    CHECK_TEXT(text, want);
}

TEST(without_publish_the_rest_is_told)
{
    static struct publisher publisher;
    open_service(&publisher);
    publisher.is_gone = true;
    char *text = ask(&publisher, "/host-truths/home.dyn.example.org", 200);
    CHECK(strstr(text, "\"said\":null"));
    CHECK(strstr(text, "\"database\":{\"addresses\":[\"192.0.2.7\"],\"seq\":"));
    CHECK(strstr(text, "\"published\":null,\"servers\":[],\"complete\":false}"));
    mem_free(text);
    CHECK(publisher.asked.subject == TRUTH_OF_HOST && publisher.asked.waits);
    CHECK_TEXT(name_text(&publisher.asked.host), "home.dyn.example.org");
    CHECK_TEXT(name_text(&publisher.asked.zone), "dyn.example.org");
    check_reply(&publisher, "/zone-serials/dyn.example.org?wait=0",
                "{\"zone\":\"dyn.example.org\",\"published\":null,\"servers\":[],"
                "\"complete\":false}");
    CHECK(publisher.asked.subject == TRUTH_OF_ZONE && !publisher.asked.waits);
    mem_free(ask(&publisher, "/secondaries", 503));
    mem_free(ask(&publisher, "/zone-serials/dyn.example.org?wait=2", 400));
    service_close(&publisher.service);
}

static void take(void *ctx, const struct json *seen)
{
    *(const char **)ctx = seen ? "answered" : "given up";
}

TEST(a_publish_that_does_not_answer_is_given_up)
{
    static struct publisher publisher;
    struct clock_manual clock;
    clock_manual_init(&clock, 1000, 5000);
    struct loop *loop = loop_new(&clock.clock);
    const struct truths_options options = {
        .loop = loop, .clock = &clock.clock, .ask = take_question, .ctx = &publisher
    };
    struct truths *truths = truths_new(&options);
    const struct truth_question question = { .subject = TRUTH_OF_SECONDARIES };
    const char *first = "waits", *second = "waits", *third = "waits";
    struct json *seen = json_new_object();
    publisher = (struct publisher){ .words = NULL };
    truths_ask(truths, &question, take, &first);
    clock.now_ms += TRUTHS_WAIT_MS - 1;
    loop_turn(loop, 0);
    CHECK_TEXT(first, "waits");
    truths_ask(truths, &question, take, &second);
    truths_ask(truths, &question, take, &third);
    clock.now_ms += 1;
    loop_turn(loop, 0);
    CHECK_TEXT(first, "given up");
    CHECK_TEXT(second, "waits");
    truths_take(truths, publisher.asked.number - 1, seen);
    CHECK_TEXT(second, "answered");
    truths_free(truths);
    CHECK_TEXT(third, "given up");
    json_free(seen);
    loop_free(loop);
}

TEST(what_publish_says_is_passed_on_where_it_is_of_the_right_kind)
{
    static const struct {
        const char *words, *want; /* behind the zone */
    } rows[] = {
        { "{\"published\":{\"serial\":7},\"servers\":[{\"name\":\"ns2\"}],\"complete\":true}",
          "\"published\":{\"serial\":7},\"servers\":[{\"name\":\"ns2\"}],\"complete\":true}" },
        { "{\"published\":null,\"servers\":[],\"complete\":true}",
          "\"published\":null,\"servers\":[],\"complete\":true}" },
        { "{\"published\":7,\"servers\":\"ns2\",\"complete\":1,\"more\":0}",
          "\"published\":null,\"servers\":[],\"complete\":false}" },
        { "[]", "\"published\":null,\"servers\":[],\"complete\":false}" },
    };
    static struct publisher publisher;
    open_service(&publisher);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        char want[256];
        publisher.words = rows[i].words;
        (void)snprintf(want, sizeof(want), "{\"zone\":\"dyn.example.org\",%s",
                       rows[i].want);
        check_reply(&publisher, "/zone-serials/dyn.example.org", want);
    }
    service_close(&publisher.service);
}

TEST(secondaries_are_listed_page_by_page_whatever_is_said_of_them)
{
    static struct publisher publisher;
    open_service(&publisher);
    publisher.words =
        "{\"secondaries\":[{\"name\":\"ns2\",\"state\":\"silent\",\"lag\":5,"
        "\"notify\":\"refused\",\"addresses\":[\"192.0.2.53:53\"]},"
        "{\"name\":3,\"state\":\"odd\",\"addresses\":{}}]}";
    char *text = ask(&publisher, "/secondaries?limit=1", 200);
    CHECK(strstr(text,
                 "{\"items\":[{\"name\":\"ns2\",\"state\":\"silent\",\"zones_behind\":0,"
                 "\"lag\":5,"));
    CHECK(strstr(text, "\"notify\":\"refused\","));
    CHECK(strstr(text, "\"addresses\":[\"192.0.2.53:53\"]}],\"next\":1}"));
    mem_free(text);
    text = ask(&publisher, "/secondaries?after=1", 200);
    CHECK(strstr(text, "{\"items\":[{\"name\":\"\",\"state\":\"unknown\","));
    CHECK(strstr(text, "\"addresses\":[]}],\"next\":null}"));
    mem_free(text);
    mem_free(ask(&publisher, "/secondaries?after=x", 400));
    service_close(&publisher.service);
}
