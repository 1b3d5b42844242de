// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/truth.h"

#include "dns/message.h"
#include "world.h"

static struct asker_answer answer_of(uint8_t rcode, bool authoritative)
{
    return (struct asker_answer){ .result = ASKER_ANSWERED,
                                  .rcode = rcode,
                                  .authoritative = authoritative };
}

static struct asker_answer serial_of(uint32_t serial)
{
    struct asker_answer answer = answer_of(RCODE_NOERROR, true);
    answer.has_serial = true;
    answer.serial = serial;
    return answer;
}

static void add(struct addresses *to, const char *text)
{
    if (text)
        CHECK_INT(addresses_add(to, ip_of(text)), OK);
}

TEST(a_host_is_judged_by_its_addresses_and_then_by_the_serial)
{
    static const struct {
        const char *published[2], *said[2]; /* A and AAAA */
        uint32_t serial;                    /* of the server; that of the image is 7 */
        enum truth_state want;
    } rows[] = {
        { { "192.0.2.1", NULL }, { "192.0.2.1", NULL }, 7, TRUTH_AGREES },
        { { "192.0.2.1", "2001:db8::1" },
          { "192.0.2.1", "2001:db8::1" },
          7,
          TRUTH_AGREES },
        { { NULL, NULL }, { NULL, NULL }, 7, TRUTH_AGREES },
        { { "192.0.2.1", NULL }, { "192.0.2.1", NULL }, 6, TRUTH_AGREES },
        { { "192.0.2.1", NULL }, { "192.0.2.2", NULL }, 6, TRUTH_BEHIND },
        { { "192.0.2.1", NULL }, { NULL, NULL }, 6, TRUTH_BEHIND },
        { { "192.0.2.1", NULL }, { "192.0.2.2", NULL }, 7, TRUTH_DIFFERS },
        { { "192.0.2.1", NULL }, { "192.0.2.1", "2001:db8::1" }, 7, TRUTH_DIFFERS },
        { { "192.0.2.1", NULL }, { "192.0.2.2", NULL }, 8, TRUTH_DIFFERS },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct truth truth = { .has_zone = true, .serial = 7 };
        struct asker_answer a = answer_of(RCODE_NOERROR, true), aaaa = a,
                            soa = serial_of(rows[i].serial);
        add(&truth.addresses, rows[i].published[0]);
        add(&truth.addresses, rows[i].published[1]);
        add(&a.addresses, rows[i].said[0]);
        add(&aaaa.addresses, rows[i].said[1]);
        const struct truth_answers answers = { &a, &aaaa, &soa };
        CHECK_TEXT(truth_word(truth_judge_host(&truth, &answers)),
                   truth_word(rows[i].want));
    }
}

TEST(an_answer_that_says_nothing_of_the_zone_is_told_as_such)
{
    static const struct {
        enum asker_result result;
        uint8_t rcode;
        bool authoritative;
        enum truth_state want;
    } rows[] = {
        { ASKER_SILENT, RCODE_NOERROR, false, TRUTH_SILENT },
        { ASKER_TRUNCATED, RCODE_NOERROR, true, TRUTH_TRUNCATED },
        { ASKER_BROKEN, RCODE_NOERROR, false, TRUTH_BROKEN },
        { ASKER_ANSWERED, RCODE_REFUSED, false, TRUTH_REFUSED },
        { ASKER_ANSWERED, RCODE_SERVFAIL, true, TRUTH_REFUSED },
        { ASKER_ANSWERED, RCODE_NOERROR, false, TRUTH_LAME },
        { ASKER_ANSWERED, RCODE_NXDOMAIN, true, TRUTH_AGREES }, /* it has no address */
    };
    const struct truth truth = { .has_zone = true, .serial = 7 };
    const struct asker_answer fine = answer_of(RCODE_NOERROR, true), soa = serial_of(7);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        const struct asker_answer odd = { .result = rows[i].result,
                                          .rcode = rows[i].rcode,
                                          .authoritative = rows[i].authoritative };
        const struct truth_answers of_a = { &odd, &fine, &soa },
                                   of_aaaa = { &fine, &odd, &soa };
        CHECK_INT(truth_judge_host(&truth, &of_a), rows[i].want);
        CHECK_INT(truth_judge_host(&truth, &of_aaaa), rows[i].want);
        CHECK_INT(truth_judge_zone(&truth, &odd),
                  rows[i].want == TRUTH_AGREES ? TRUTH_LAME : rows[i].want);
    }
    const struct truth_answers half = { &fine, NULL, &soa };
    CHECK_INT(truth_judge_host(&truth, &half), TRUTH_UNKNOWN);
    CHECK_INT(truth_judge_zone(&truth, NULL), TRUTH_UNKNOWN);
}

TEST(the_serial_of_a_zone_is_older_newer_or_the_same)
{
    static const struct {
        uint32_t published, served;
        enum truth_state want;
    } rows[] = {
        { 7, 7, TRUTH_AGREES },
        { 7, 6, TRUTH_BEHIND },
        { 7, 8, TRUTH_DIFFERS },
        { 3, UINT32_MAX, TRUTH_BEHIND }, /* serials go round */
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        const struct truth truth = { .has_zone = true, .serial = rows[i].published };
        const struct asker_answer soa = serial_of(rows[i].served);
        CHECK_INT(truth_judge_zone(&truth, &soa), rows[i].want);
    }
    const struct truth gone = { .has_zone = false };
    const struct asker_answer soa = serial_of(1);
    CHECK_INT(truth_judge_zone(&gone, &soa), TRUTH_DIFFERS);
}
