// SPDX-License-Identifier: GPL-3.0-or-later
#include <string.h>

#include "base/mem.h"
#include "dns/envelope.h"
#include "test.h"

static const uint8_t query[] = { 0x12, 0x34, 0x01, 0x20, 0,   1,   0,   0,   0,   0,
                                 0,    0,    7,    'E',  'x', 'a', 'm', 'p', 'l', 'e',
                                 3,    'o',  'r',  'g',  0,   0,   252, 0,   1 };

struct world {
    struct envelope envelope;
    uint8_t bytes[1 << 18], message[MESSAGE_SIZE];
    struct buf queue;
};

static struct world *world_new(bool edns)
{
    struct world *world = NEW(struct world);
    struct dns_question question = { .type = RR_AXFR, .class = CLASS_IN, .edns = edns };
    CHECK(name_parse(STR("example.org"), &question.name, NULL) == OK);
    envelope_init(&world->envelope, query, &question);
    world->queue = BUF_ON(world->bytes);
    return world;
}

static bool put(struct world *world, const char *owner, uint16_t type, struct str rdata)
{
    struct record record = { .type = type, .ttl_s = 60, .rdata = rdata };
    record.wildcard = owner[0] == '*';
    CHECK(name_parse(str_from(record.wildcard ? owner + 2 : owner), &record.owner,
                     NULL) == OK);
    return envelope_put(&world->envelope, &record, &world->queue);
}

#define QUESTION "\7Example\3org\0\0\374\0\1"

TEST(a_message_repeats_the_question_and_its_names_lead_there)
{
    static const char want[] = "\x12\x34\x85\0\0\1\0\3\0\0\0\0" QUESTION
                               "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\1"
                               "\4home\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\2"
                               "\1*\1a\xc0\x0c\0\20\0\1\0\0\0\x3c\0\2\1x";
    CLEANUP(mem_freep) struct world *world = world_new(false);
    CHECK(put(world, "example.org", RR_A, STR("\xc0\0\2\1")));
    CHECK(put(world, "home.example.org", RR_A, STR("\xc0\0\2\2")));
    CHECK(put(world, "*.a.example.org", RR_TXT, STR("\1x")));
    struct str queue = buf_str(&world->queue);
    size_t n = envelope_fill(&world->envelope, &queue, MESSAGE_SIZE, world->message,
                             MESSAGE_SIZE);
    CHECK_INT(n, sizeof(want) - 1);
    CHECK(memcmp(world->message, want, n) == 0);
    CHECK_INT(queue.n, 0);
    CHECK_INT(envelope_fill(&world->envelope, &queue, MESSAGE_SIZE, world->message,
                            MESSAGE_SIZE),
              0);
}

TEST(an_opt_record_stands_in_the_first_message_if_there_was_one)
{
    CLEANUP(mem_freep) struct world *world = world_new(true);
    CHECK(put(world, "a.example.org", RR_A, STR("\xc0\0\2\1")));
    CHECK(put(world, "b.example.org", RR_A, STR("\xc0\0\2\1")));
    struct str queue = buf_str(&world->queue);
    size_t n = envelope_fill(&world->envelope, &queue, 1, world->message, MESSAGE_SIZE);
    CHECK_INT(world->message[11], 1);
    CHECK(memcmp(world->message + n - 11, "\0\0\x29\4\xd0\0\0\0\0\0\0", 11) == 0);
    n = envelope_fill(&world->envelope, &queue, 1, world->message, MESSAGE_SIZE);
    CHECK(n > 0 && world->message[11] == 0);
}

TEST(messages_are_cut_between_records)
{
    enum {
        RECORDS = 10,
        HEAD = 29,
        EACH = 2 + 2 + 10 + 4 /* a.example.org A */
    };
    static const struct {
        size_t wanted, size, records;
    } rows[] = {
        { 0, MESSAGE_SIZE, 1 },
        { HEAD + 3 * EACH, MESSAGE_SIZE, 3 },
        { HEAD + 3 * EACH - 1, MESSAGE_SIZE, 2 },
        { MESSAGE_SIZE, HEAD + 4 * EACH, 4 },
        { MESSAGE_SIZE, HEAD + EACH - 1, 0 },
        { MESSAGE_SIZE, MESSAGE_SIZE, RECORDS },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        CLEANUP(mem_freep) struct world *world = world_new(false);
        for (size_t j = 0; j < RECORDS; j++)
            CHECK(put(world, "a.example.org", RR_A, STR("\xc0\0\2\1")));
        struct str queue = buf_str(&world->queue);
        size_t n = envelope_fill(&world->envelope, &queue, rows[i].wanted, world->message,
                                 rows[i].size);
        CHECK_INT(n, rows[i].records ? HEAD + rows[i].records * EACH : 0);
        CHECK_INT(queue.n, (RECORDS - rows[i].records) * (EACH + 4));
        if (n > 0)
            CHECK_INT(world->message[7], rows[i].records);
    }
}

TEST(a_record_that_no_message_can_carry_is_refused)
{
    static const char zeros[RDATA_SIZE];
    static const struct {
        uint16_t type;
        size_t n;
        bool good;
    } rows[] = { { 65280, 65000, true },
                 { 65280, RDATA_SIZE, false },
                 { RR_A, 4, true },
                 { RR_A, 5, false },
                 { RR_NS, 3, false } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        CLEANUP(mem_freep) struct world *world = world_new(true);
        bool good =
            put(world, "a.example.org", rows[i].type, str_bytes(zeros, rows[i].n));
        CHECK_INT(good, rows[i].good);
        CHECK(good || world->queue.n == 0);
        struct str queue = buf_str(&world->queue);
        size_t n = envelope_fill(&world->envelope, &queue, 0, world->message,
                                 MESSAGE_SIZE - 210);
        CHECK_INT(n > 0, good);
    }
}

TEST(a_ttl_never_has_its_first_bit_set)
{
    CLEANUP(mem_freep) struct world *world = world_new(false);
    struct record record = { .type = RR_A, .ttl_s = UINT32_MAX, .rdata = STR("1234") };
    CHECK(name_parse(STR("example.org"), &record.owner, NULL) == OK);
    CHECK(envelope_put(&world->envelope, &record, &world->queue));
    CHECK(memcmp(world->bytes + 4 + 6, "\x7f\xff\xff\xff", 4) == 0);
}

TEST(the_root_is_a_zone_too)
{
    static const uint8_t root_query[] = { 0, 0, 0, 0, 0, 1,   0, 0, 0,
                                          0, 0, 0, 0, 0, 252, 0, 1 };
    CLEANUP(mem_freep) struct world *world = NEW(struct world);
    struct dns_question question = { .type = RR_AXFR, .name = { .n = 1 } };
    envelope_init(&world->envelope, root_query, &question);
    world->queue = BUF_ON(world->bytes);
    CHECK(put(world, "org", RR_A, STR("\xc0\0\2\1")));
    struct str queue = buf_str(&world->queue);
    CHECK_INT(envelope_fill(&world->envelope, &queue, 0, world->message, MESSAGE_SIZE),
              17 + 4 + 2 + 10 + 4);
    CHECK(memcmp(world->message + 17, "\3org\xc0\x0c", 6) == 0);
}
