// SPDX-License-Identifier: GPL-3.0-or-later
#include "dns/query.h"

#include <string.h>

#include "test.h"

static struct query query_of(const char *name, uint16_t type)
{
    struct query query = { .id = 0x1234, .recursive = true, .type = type };
    CHECK_INT(name_parse(str_from(name), &query.name, NULL), OK);
    return query;
}

/* A reply to the query without records. */
static size_t make_reply(const struct query *query, uint8_t rcode, uint8_t *wire)
{
    size_t n = query_encode(query, wire);
    wire[2] |= 0x80;
    wire[3] = rcode;
    return n;
}

TEST(a_question_and_a_notification_are_encoded)
{
    uint8_t wire[QUERY_SIZE];
    struct query query = query_of("a.example", RR_NS);
    size_t n = query_encode(&query, wire);
    CHECK(str_equal(str_bytes(wire, n),
                    STR("\022\064\001\000\000\001\000\000\000\000\000\000"
                        "\001a\007example\000\000\002\000\001")));
    query.opcode = QUERY_NOTIFY;
    query.recursive = false;
    n = query_encode(&query, wire);
    CHECK(str_starts(str_bytes(wire, n), STR("\022\064\044\000\000\001\000")));
}

struct seen {
    int records;
    enum message_section section;
    struct record record;
    char rdata[64];
};

static void see(void *ctx, enum message_section section, const struct record *record)
{
    struct seen *seen = ctx;
    seen->records++;
    seen->section = section;
    seen->record = *record;
    CHECK(record->rdata.n <= sizeof(seen->rdata));
    memcpy(seen->rdata, record->rdata.at, record->rdata.n);
    seen->record.rdata.at = seen->rdata;
}

/* A referral: one NS record in the authority section, its name compressed. */
static size_t make_referral(const struct query *query, uint8_t *wire)
{
    static const char record[] =
        "\300\014\000\002\000\001\000\000\000\074\000\005\002ns\300\014";
    size_t n = make_reply(query, 0, wire);
    memcpy(wire + n, record, sizeof(record) - 1);
    wire[9] = 1;
    return n + sizeof(record) - 1;
}

TEST(records_are_given_with_their_section_and_whole_names)
{
    uint8_t wire[QUERY_SIZE + 64];
    const struct query query = query_of("a.example", RR_NS);
    size_t n = make_referral(&query, wire);
    struct seen seen = { .records = 0 };
    struct query_reply reply;
    CHECK_INT(query_read_reply(&query, wire, n, &reply, see, &seen), OK);
    CHECK_INT(reply.rcode, RCODE_NOERROR);
    CHECK(!reply.authoritative && !reply.truncated);
    CHECK_INT(seen.records, 1);
    CHECK_INT(seen.section, SECTION_AUTHORITY);
    CHECK_INT(seen.record.type, RR_NS);
    CHECK_INT(seen.record.ttl_s, 60);
    CHECK(name_equal(&seen.record.owner, &query.name));
    CHECK(str_equal(seen.record.rdata, STR("\002ns\001a\007example\000")));
}

TEST(a_reply_to_something_else_is_not_ours)
{
    static const struct {
        size_t at;
        uint8_t value;
    } rows[] = {
        { 0, 0x13 },              /* another id */
        { 1, 0x35 }, { 2, 0x01 }, /* a question */
        { 2, 0xa0 },              /* another opcode */
        { 13, 'b' },              /* another name */
        { 24, 1 },                /* another type */
        { 26, 3 },                /* another class */
    };
    uint8_t wire[QUERY_SIZE];
    const struct query query = query_of("a.example", RR_NS);
    struct query_reply reply;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        size_t n = make_reply(&query, 0, wire);
        CHECK_INT(query_read_reply(&query, wire, n, &reply, NULL, NULL), OK);
        wire[rows[i].at] = rows[i].value;
        CHECK_INT(query_read_reply(&query, wire, n, &reply, NULL, NULL), ERR_NOT_FOUND);
    }
    CHECK_INT(query_read_reply(&query, wire, 11, &reply, NULL, NULL), ERR_NOT_FOUND);
    CHECK_INT(query_read_reply(&query, wire, 0, &reply, NULL, NULL), ERR_NOT_FOUND);
}

TEST(an_error_may_come_without_the_question)
{
    uint8_t wire[QUERY_SIZE];
    const struct query query = query_of("a.example", RR_NS);
    struct query_reply reply;
    (void)make_reply(&query, RCODE_REFUSED, wire);
    wire[5] = 0;
    CHECK_INT(query_read_reply(&query, wire, 12, &reply, NULL, NULL), OK);
    CHECK_INT(reply.rcode, RCODE_REFUSED);
    wire[3] = RCODE_NOERROR;
    CHECK_INT(query_read_reply(&query, wire, 12, &reply, NULL, NULL), ERR_NOT_FOUND);
}

TEST(no_part_of_a_reply_passes_for_the_whole)
{
    uint8_t wire[QUERY_SIZE + 64];
    const struct query query = query_of("a.example", RR_NS);
    size_t n = make_referral(&query, wire);
    for (size_t cut = 0; cut < n; cut++) {
        struct query_reply reply;
        struct seen seen = { .records = 0 };
        CHECK(query_read_reply(&query, wire, cut, &reply, see, &seen) != OK);
        CHECK_INT(seen.records, 0);
    }
}

TEST(a_cut_reply_says_so_and_gives_no_records)
{
    uint8_t wire[QUERY_SIZE + 64];
    const struct query query = query_of("a.example", RR_NS);
    size_t n = make_referral(&query, wire);
    struct query_reply reply;
    struct seen seen = { .records = 0 };
    wire[2] |= 0x06;
    CHECK_INT(query_read_reply(&query, wire, n - 5, &reply, see, &seen), OK);
    CHECK(reply.truncated && reply.authoritative);
    CHECK_INT(seen.records, 0);
}

TEST(letters_of_a_request_become_capitals_by_their_bits)
{
    uint8_t wire[QUERY_SIZE], reply[QUERY_SIZE];
    static const uint8_t all[QUERY_CASE_SIZE] = { 0xff, 0xff, 0xff, 0xff };
    static const uint8_t some[QUERY_CASE_SIZE] = { 0x12 }; /* bytes 1 and 4 of the name */
    const struct query query = query_of("a1-b.example", RR_NS);
    size_t n = query_encode(&query, wire);
    query_mix_case(wire, n, all);
    CHECK(str_equal(str_bytes(wire + 12, n - 12),
                    STR("\004A1-B\007EXAMPLE\000\000\002\000\001")));
    n = query_encode(&query, wire);
    query_mix_case(wire, n, some);
    CHECK(str_equal(str_bytes(wire + 12, n - 12),
                    STR("\004A1-B\007example\000\000\002\000\001")));

    memcpy(reply, wire, n);
    CHECK(query_is_echoed(wire, n, reply, n));
    for (size_t cut = 0; cut < n; cut++)
        CHECK(!query_is_echoed(wire, n, reply, cut));
    reply[n - 6] ^= 0x20; /* the last letter */
    CHECK(!query_is_echoed(wire, n, reply, n));
    reply[5] = 0; /* an error may come without the question */
    CHECK(query_is_echoed(wire, n, reply, 12));
}
