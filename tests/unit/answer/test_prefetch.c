// SPDX-License-Identifier: GPL-3.0-or-later
#include <stdlib.h>
#include <string.h>

#include "answer/answer.h"
#include "base/mem.h"
#include "dns/record.h"
#include "fixture.h"

static const char zone[] =
    "Zexample.org:ns.example.org:admin.example.org:7:1:2:3:60:300\n"
    "+home.example.org:192.0.2.1:60\n";

enum {
    QUERIES = ANSWER_BATCH
};

struct queries {
    uint8_t bytes[QUERIES][QUERY_MAX];
    struct str each[QUERIES];
};

/* Good ones, for names that are and are not there, and each cut after some bytes. */
static void fill(struct queries *queries)
{
    static const struct asked asked[] = { { .name = "HOME.example.org", .edns = true },
                                          { .name = "none.example.org" },
                                          { .name = "home.example.net" } };
    for (size_t i = 0; i < QUERIES; i++) {
        struct str whole = query_write(&asked[i % LENGTH_OF(asked)], queries->bytes[i]);
        queries->each[i] = i < LENGTH_OF(asked) ? whole : str_first(whole, i);
    }
}

static void open_world(struct folder *folder, const char *lines, struct image **image)
{
    folder_init(folder);
    folder_publish(folder, lines);
    CHECK_INT(image_open(folder_file(folder, "data.cdb"), image, NULL), OK);
}

TEST(what_is_expected_is_answered_as_if_it_came_unexpected)
{
    static struct queries queries;
    static uint8_t plain[REPLY_MAX], expected[REPLY_MAX];
    struct folder folder;
    struct image *image = NULL;
    fill(&queries);
    open_world(&folder, zone, &image);
    CLEANUP(answer_freep) struct answer *answer = answer_new();
    for (size_t i = 0; i < QUERIES; i++) {
        struct answer_job job = { .query = queries.bytes[i],
                                  .query_n = queries.each[i].n,
                                  .reply = plain };
        size_t n = answer_query(answer, image, &job);
        answer_prefetch(answer, image, queries.each + i, QUERIES - i);
        job.reply = expected;
        CHECK_INT(answer_query(answer, image, &job), n);
        CHECK(memcmp(plain, expected, n) == 0);
    }
    image_close(image);
    folder_done(&folder);
}

TEST(nothing_need_be_there_to_be_expected)
{
    static struct queries queries;
    struct folder folder;
    struct image *image = NULL;
    fill(&queries);
    open_world(&folder, "", &image);
    CLEANUP(answer_freep) struct answer *answer = answer_new();
    answer_prefetch(answer, image, queries.each, QUERIES);
    answer_prefetch(answer, image, queries.each, 0);
    answer_prefetch(answer, NULL, queries.each, QUERIES);
    image_close(image);
    folder_done(&folder);
}
