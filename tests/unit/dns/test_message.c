// SPDX-License-Identifier: GPL-3.0-or-later
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "dns/message.h"
#include "dns/record.h"
#include "test.h"

#define WWW "\3www\7example\3org"
#define QUERY "\x12\x34\1\0\0\1\0\0\0\0\0\0" WWW "\0\0\1\0\1"

/* The bytes of a literal, for tables. */
#define STR_IN(text) \
    { \
        text, sizeof(text) - 1 \
    }

struct place {
    struct message *message;
    uint8_t query[600], reply[MESSAGE_SIZE];
    struct dns_question question;
};

static enum message_form read_bytes(struct place *place, struct str bytes)
{
    if (!place->message)
        place->message = message_new();
    CHECK(bytes.n <= sizeof(place->query));
    memcpy(place->query, bytes.at, bytes.n);
    return message_read(place->message, place->query, bytes.n, &place->question);
}

static struct str name_of(const char *text)
{
    static struct name names[4];
    static unsigned next;
    struct name *name = &names[next++ % 4];
    CHECK(name_parse(str_from(text), name, NULL) == OK);
    return name_bytes(name);
}

TEST(a_question_is_taken_apart)
{
    static struct place place;
    CHECK(read_bytes(&place, STR("\x12\x34\1\0\0\1\0\0\0\0\0\1"
                                 "\3wWw\7Example\3ORG\0\0\x1c\0\3"
                                 "\0\0\x29\2\0\0\1\x80\0\0\0")) == MESSAGE_QUESTION);
    CHECK_TEXT(name_text(&place.question.name), "www.example.org");
    CHECK_INT(place.question.type, RR_AAAA);
    CHECK_INT(place.question.class, 3);
    CHECK(place.question.edns && place.question.dnssec_ok);
    CHECK_INT(place.question.edns_version, 1);
    CHECK_INT(place.question.edns_size, 512);

    CHECK(read_bytes(&place, STR(QUERY)) == MESSAGE_QUESTION);
    CHECK(!place.question.edns && !place.question.dnssec_ok);
    CHECK_INT(place.question.edns_size, 0);
    message_free(place.message);
}

/* A byte behind the message makes it one of unusual shape, which libknot reads. */
TEST(a_query_of_the_usual_shape_is_read_as_libknot_reads_it)
{
#define HEAD(additional) "\x12\x34\1\0\0\1\0\0\0\0\0" additional
#define OPT(ttl) "\0\0\x29\4\xd0" ttl "\0\0"
    static const struct str rows[] = {
        STR_IN(HEAD("\0") "\0\0\1\0\1"),
        STR_IN(HEAD("\0") "\3WwW\7eXample\3oRg\0\0\xff\0\3"),
        STR_IN(HEAD("\0") "\4\0\1Az\0\xff\xff\xff\xff"),
        STR_IN(HEAD("\1") "\1a\0\0\1\0\1" OPT("\0\0\0\0")),
        STR_IN(HEAD("\1") "\1a\0\0\x1c\0\1" OPT("\7\0\x80\0")),
        STR_IN(HEAD("\1") "\1a\0\0\x1c\0\1" OPT("\0\5\x7f\xff")),
    };
    static struct place usual, other;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        CHECK(read_bytes(&usual, rows[i]) == MESSAGE_QUESTION);
        CHECK(read_bytes(&other, str_bytes(rows[i].at, rows[i].n + 1)) ==
              MESSAGE_QUESTION);
        const struct dns_question *a = &usual.question, *b = &other.question;
        CHECK(name_equal(&a->name, &b->name));
        CHECK(a->type == b->type && a->class == b->class && a->edns == b->edns &&
              a->dnssec_ok == b->dnssec_ok && a->edns_version == b->edns_version &&
              a->edns_size == b->edns_size && a->is_signed == b->is_signed &&
              a->has_serial == b->has_serial && a->serial == b->serial);
    }
    message_free(usual.message);
    message_free(other.message);
}

#define IXFR_SOA "\xc0\x0c\0\6\0\1\0\0\0\0\0\x16\0\0\1\2\3\4"
#define ZEROS "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"

TEST(an_ixfr_query_tells_its_serial)
{
    static const struct {
        struct str bytes;
        enum message_form form;
        bool has_serial;
    } rows[] = {
#define ROW(text, ...) { { text, sizeof(text) - 1 }, __VA_ARGS__ }
#define IXFR(count) "\x12\x34\0\0\0\1\0\0\0" count "\0\0\3org\0\0\xfb\0\1"
        ROW(IXFR("\1") IXFR_SOA ZEROS, MESSAGE_QUESTION, true),
        ROW(IXFR("\0"), MESSAGE_QUESTION, false),
        ROW(IXFR("\1") "\xc0\x0c\0\1\0\1\0\0\0\0\0\4\0\0\0\0", MESSAGE_QUESTION, false),
        ROW(IXFR("\1") "\xc0\x0c\0\6\0\xff\0\0\0\0\0\0", MESSAGE_QUESTION, false),
        ROW(IXFR("\1") IXFR_SOA, MESSAGE_BROKEN, false),
    };
    static struct place place;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        CHECK(read_bytes(&place, rows[i].bytes) == rows[i].form);
        if (rows[i].form != MESSAGE_QUESTION)
            continue;
        CHECK_INT(place.question.has_serial, rows[i].has_serial);
        CHECK_INT(place.question.serial, rows[i].has_serial ? 0x01020304 : 0);
        CHECK(!place.question.is_signed);
    }
    message_free(place.message);
}

TEST(what_is_no_question_is_told_apart)
{
    static const struct {
        struct str bytes;
        enum message_form want;
    } rows[] = {
        { { "", 0 }, MESSAGE_NOT_A_QUERY },
        { { QUERY, 11 }, MESSAGE_NOT_A_QUERY },
        { { "\0\0\x80\0\0\1\0\0\0\0\0\0", 12 }, MESSAGE_NOT_A_QUERY },
        { { "\0\0\x28\0\0\1\0\0\0\0\0\0", 12 }, MESSAGE_OTHER_OPCODE },
        { { "\0\0\0\0\0\0\0\0\0\0\0\0", 12 }, MESSAGE_BROKEN },
        { { "\0\0\0\0\0\1\0\0\0\0\0\0", 12 }, MESSAGE_BROKEN },
        { { QUERY, sizeof(QUERY) - 2 }, MESSAGE_BROKEN },
        { { QUERY, sizeof(QUERY) - 1 }, MESSAGE_QUESTION },
    };
    static struct place place;
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        CHECK(read_bytes(&place, rows[i].bytes) == rows[i].want);
    message_free(place.message);
}

#define ONE_OPT "\0\0\x29\4\xd0\0\0\0\0\0\0"
#define COOKIE_OPT "\0\0\x29\4\xd0\0\0\0\0\0\14\0\12\0\10abcdefgh"
#define WITH(count) "\x12\x34\1\0\0\1\0\0\0\0\0" count WWW "\0\0\1\0\1"
#define WITHOUT(count) "\x12\x34\1\0\0\0\0\0\0\0\0" count

TEST(an_opt_record_is_one_well_formed_and_in_its_place)
{
    static const struct {
        struct str bytes;
        enum message_form want;
        size_t cookie_n;
    } rows[] = {
        ROW(WITH("\1") ONE_OPT, MESSAGE_QUESTION, 0),
        ROW(WITH("\1") COOKIE_OPT, MESSAGE_QUESTION, 8),
        /* behind another record, which is none of the usual queries */
        ROW(WITH("\2") "\xc0\x0c\0\1\0\1\0\0\0\0\0\4\0\0\0\0" COOKIE_OPT,
            MESSAGE_QUESTION, 8),
        ROW(WITH("\2") ONE_OPT ONE_OPT, MESSAGE_BROKEN, 0),
        ROW(WITH("\2") COOKIE_OPT ONE_OPT, MESSAGE_BROKEN, 0),
        ROW(WITH("\1") "\1x" ONE_OPT, MESSAGE_BROKEN, 0),
        ROW(WITH("\1") "\xc0\x0c\0\x29\4\xd0\0\0\0\0\0\0", MESSAGE_BROKEN, 0),
        /* an option that runs past the record's end, with and without bytes there */
        ROW(WITH("\1") "\0\0\x29\4\xd0\0\0\0\0\0\4\0\3\0\4", MESSAGE_BROKEN, 0),
        ROW(WITH("\1") "\0\0\x29\4\xd0\0\0\0\0\0\4\0\3\0\4wxyz", MESSAGE_BROKEN, 0),
        ROW(WITH("\1") "\0\0\x29\4\xd0\0\0\0\0\0\3\0\3\0", MESSAGE_BROKEN, 0),
        ROW(WITH("\1") "\0\0\x29\4\xd0\0\0\0\0\0\5", MESSAGE_BROKEN, 0),
        /* without a question only for a cookie */
        ROW(WITHOUT("\1") COOKIE_OPT, MESSAGE_COOKIE, 8),
        ROW(WITHOUT("\1") ONE_OPT, MESSAGE_BROKEN, 0),
        ROW(WITHOUT("\1") COOKIE_OPT "x", MESSAGE_BROKEN, 0),
        ROW(WITHOUT("\2") COOKIE_OPT COOKIE_OPT, MESSAGE_BROKEN, 0),
    };
    static struct place place;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        CHECK_INT(read_bytes(&place, rows[i].bytes), rows[i].want);
        if (rows[i].want != MESSAGE_BROKEN) {
            CHECK(place.question.edns);
            CHECK_INT(place.question.options.cookie.n, rows[i].cookie_n);
        }
    }
    message_free(place.message);
}

TEST(a_reply_keeps_within_a_limit_that_is_set_later)
{
    static struct place place;
    const struct reply_options options = { .nsid = STR("0123456789") };
    static const struct {
        size_t limit, want;
    } rows[] = { { 500, 33 + 16 + 11 + 14 },
                 { 74, 74 },
                 { 73, 33 + 11 + 14 },
                 { 58, 58 },
                 { 57, 44 },
                 { 44, 44 },
                 { 0, 44 } };
    CHECK(read_bytes(&place, STR(WITH("\1") ONE_OPT)) == MESSAGE_QUESTION);
    message_options(place.message, &options);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        message_reply(place.message, place.reply, sizeof(place.reply));
        message_limit(place.message, rows[i].limit);
        message_set_begin(place.message, name_of("www.example.org"), RR_A);
        message_set_add(place.message, 300, STR("\xc0\0\2\1"));
        enum status status = message_set_put(place.message, true);
        CHECK_INT(status, rows[i].limit >= 74 ? OK : ERR_LIMIT);
        CHECK_INT(message_finish(place.message, RCODE_NOERROR, true), rows[i].want);
        CHECK_INT(message_is_truncated(place.message), status != OK);
    }
    message_reply(place.message, place.reply, sizeof(place.reply));
    message_set_begin(place.message, name_of("www.example.org"), RR_A);
    message_set_add(place.message, 300, STR("\xc0\0\2\1"));
    CHECK(message_set_put(place.message, true) == OK);
    message_cut(place.message);
    CHECK_INT(message_finish(place.message, RCODE_NOERROR, true), 58);
    CHECK(message_is_truncated(place.message));
    message_free(place.message);
}

TEST(a_reply_is_put_together)
{
    static struct place place;
    CHECK(read_bytes(&place, STR(QUERY)) == MESSAGE_QUESTION);
    message_reply(place.message, place.reply, sizeof(place.reply));
    message_set_begin(place.message, name_of("www.example.org"), RR_A);
    CHECK(message_set_is_empty(place.message));
    message_set_add(place.message, 300, STR("\xc0\0\2\1"));
    message_set_add(place.message, 60, STR("\xc0\0\2\2"));
    message_set_add(place.message, 4000000000, STR("\xc0\0\2\1"));
    CHECK(!message_set_is_empty(place.message));
    CHECK(message_set_put(place.message, true) == OK);
    message_section(place.message, SECTION_AUTHORITY);
    message_set_begin(place.message, name_of("example.org"), RR_NS);
    CHECK(message_set_put(place.message, true) == OK); /* empty: nothing */
    message_set_add(place.message, 4000000000, name_of("ns.example.org"));
    CHECK(message_set_put(place.message, true) == OK);
    size_t n = message_finish(place.message, RCODE_NXDOMAIN, true);
    static const char want[] = "\x12\x34\x85\3\0\1\0\2\0\1\0\0" WWW "\0\0\1\0\1"
                               "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\1"
                               "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\2"
                               "\xc0\x10\0\2\0\1\x7f\xff\xff\xff\0\5\2ns\xc0\x10";
    CHECK_INT(n, sizeof(want) - 1);
    CHECK(memcmp(place.reply, want, n) == 0);
    CHECK(!message_is_truncated(place.message));
    message_free(place.message);
}

TEST(a_reply_can_be_begun_again)
{
    static struct place place;
    CHECK(read_bytes(&place, STR(QUERY)) == MESSAGE_QUESTION);
    for (int i = 0; i < 1000; i++) {
        message_reply(place.message, place.reply, MESSAGE_UDP_PLAIN);
        message_set_begin(place.message, name_of("www.example.org"), RR_A);
        message_set_add(place.message, 60, STR("\xc0\0\2\1"));
        CHECK(message_set_put(place.message, true) == OK);
    }
    message_reply(place.message, place.reply, MESSAGE_UDP_PLAIN);
    CHECK_INT(message_finish(place.message, RCODE_SERVFAIL, false), sizeof(QUERY) - 1);
    CHECK(memcmp(place.reply, "\x12\x34\x81\2\0\1\0\0\0\0\0\0" WWW, 28) == 0);
    message_free(place.message);
}

/* Many small sets: what libknot asks memory for grows with their number. */
TEST(a_reply_of_many_sets_runs_out_of_room_not_of_sense)
{
    static struct place place;
    static const char edns[] = "\x12\x34\1\0\0\1\0\0\0\0\0\1" WWW "\0\0\1\0\1"
                               "\0\0\x29\x10\0\0\0\0\0\0\0";
    CHECK(read_bytes(&place, STR(edns)) == MESSAGE_QUESTION);
    message_reply(place.message, place.reply, sizeof(place.reply));
    size_t sets = 0;
    enum status status = OK;
    while (status == OK && sets < 10000) {
        message_set_begin(place.message, name_of("www.example.org"), RR_A);
        message_set_add(place.message, 60, STR("\xc0\0\2\1"));
        status = message_set_put(place.message, false);
        sets += status == OK;
    }
    CHECK(sets >= 100 && status == ERR_LIMIT);
    CHECK(!message_is_truncated(place.message));
    CHECK_INT(message_finish(place.message, RCODE_NOERROR, true),
              sizeof(QUERY) - 1 + sets * 16 + 11);
    message_free(place.message);
}

TEST(a_query_of_more_records_than_any_query_has_is_broken)
{
    static struct message *message;
    static uint8_t wire[MESSAGE_SIZE];
    struct dns_question question;
    struct buf out = BUF_ON(wire);
    buf_put(&out, STR(QUERY));
    while (out.n + 11 <= sizeof(wire)) {
        buf_put(&out, STR("\xc0\x0c\0\1\0\1\0\0\0\0\0\0"));
        wire[7] = (uint8_t)(wire[7] + 1);
        wire[6] = (uint8_t)(wire[6] + (wire[7] == 0));
    }
    message = message_new();
    CHECK(message_read(message, wire, out.n, &question) == MESSAGE_BROKEN);
    message_free(message);
}

TEST(a_set_goes_in_whole_or_not_at_all)
{
    static struct place place;
    static uint8_t data[RDATA_SIZE + 1];
    static const struct {
        size_t n, times; /* bytes of a record, of how many such */
        bool needed, fits;
    } rows[] = {
        /* 512 - 33 of header and question - 12 of a record */
        { 467, 1, true, true }, { 468, 1, true, false },   { 468, 1, false, false },
        { 227, 2, true, true }, { 228, 2, true, false },   { RDATA_SIZE, 1, true, false },
        { 4, 60, true, false }, { 60000, 2, true, false },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        CHECK(read_bytes(&place, STR(QUERY)) == MESSAGE_QUESTION);
        message_reply(place.message, place.reply, MESSAGE_UDP_PLAIN);
        message_set_begin(place.message, name_of("www.example.org"), 65280);
        for (size_t at = 0; at < rows[i].times; at++) {
            data[0] = (uint8_t)at;
            message_set_add(place.message, 60, str_bytes(data, rows[i].n));
        }
        CHECK(message_set_put(place.message, rows[i].needed) ==
              (rows[i].fits ? OK : ERR_LIMIT));
        CHECK(message_is_truncated(place.message) == (rows[i].needed && !rows[i].fits));
        size_t n = message_finish(place.message, RCODE_NOERROR, true);
        CHECK_INT(n, sizeof(QUERY) - 1 +
                         (rows[i].fits ? rows[i].times * (rows[i].n + 12) : 0));
        CHECK_INT(place.reply[7], rows[i].fits ? rows[i].times : 0);
    }
    message_free(place.message);
}

TEST(a_large_set_has_each_record_once_and_in_order)
{
    enum {
        RECORDS = 4000
    };
    static struct place place;
    CHECK(read_bytes(&place, STR(QUERY)) == MESSAGE_QUESTION);
    for (int needed = 0; needed < 2; needed++) {
        message_reply(place.message, place.reply,
                      needed ? MESSAGE_UDP_PLAIN : MESSAGE_SIZE);
        message_set_begin(place.message, name_of("www.example.org"), RR_A);
        for (unsigned i = 0; i < RECORDS * 3; i++) {
            unsigned number = i % RECORDS;
            uint8_t rdata[4] = { 10, 0, (uint8_t)(number >> 8),
                                 (uint8_t)(number & 0xff) };
            message_set_add(place.message, 60, str_bytes(rdata, sizeof(rdata)));
        }
        CHECK(message_set_put(place.message, needed) == (needed ? ERR_LIMIT : OK));
        size_t n = message_finish(place.message, RCODE_NOERROR, true);
        size_t want = needed ? 0 : RECORDS;
        CHECK_INT(n, sizeof(QUERY) - 1 + want * 16);
        CHECK_INT(place.reply[6] << 8 | place.reply[7], want);
        for (size_t i = 0; i < want; i++) {
            const uint8_t *at = place.reply + sizeof(QUERY) - 1 + i * 16;
            CHECK_INT(at[14] << 8 | at[15], i);
        }
    }
    message_free(place.message);
}

TEST(records_of_the_wrong_layout_are_never_written)
{
    static const struct {
        uint16_t type;
        struct str rdata;
        bool good;
    } rows[] = {
        { RR_A, { "\1\2\3\4", 4 }, true },
        { RR_A, { "\1\2\3", 3 }, false },
        { RR_A, { "\1\2\3\4\5", 5 }, false },
        { RR_NS, { "\1a\0", 3 }, true },
        { RR_NS, { "\1a", 2 }, false },
        { RR_NS, { "\1a\0x", 4 }, false },
        { RR_NS, { "\xc0\x0c", 2 }, false },
        { RR_MX, { "\0\1\0", 3 }, true },
        { RR_MX, { "\0\1", 2 }, false },
        { RR_MX, { "\0", 1 }, false },
        { RR_SOA, { "\0\0\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1", 22 }, true },
        { RR_SOA, { "\0\0\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0", 21 }, false },
        { 35, { "\0\1\0\1\1a\1b\0\0", 10 }, true },
        { 35, { "\0\1\0\1\1a\1b\0", 9 }, false },
        { 35, { "\0\1\0\1\1a\1b\1c\0", 11 }, false },
        { RR_TXT, { "", 0 }, false },
        { RR_TXT, { "\2a", 2 }, false },
        { 35, { "\0\1\0\1\1a\5b", 8 }, false },
        { 35, { "\0\1\0\1", 4 }, false },
        { 65280, { "\1\2\3", 3 }, true },
        { 65280, { "", 0 }, true },
    };
    static struct place place;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        CHECK(read_bytes(&place, STR(QUERY)) == MESSAGE_QUESTION);
        message_reply(place.message, place.reply, sizeof(place.reply));
        /* a copy of the exact size, for the sanitizers */
        CLEANUP(mem_freep)
        uint8_t *exact = (uint8_t *)malloc(rows[i].rdata.n ? rows[i].rdata.n : 1);
        memcpy(exact, rows[i].rdata.at, rows[i].rdata.n);
        message_set_begin(place.message, name_of("www.example.org"), rows[i].type);
        message_set_add(place.message, 60, str_bytes(exact, rows[i].rdata.n));
        CHECK(message_set_put(place.message, true) == (rows[i].good ? OK : ERR_SYNTAX));
        CHECK_INT(message_finish(place.message, RCODE_NOERROR, true) > sizeof(QUERY) - 1,
                  rows[i].good);
    }
    message_free(place.message);
}
