// SPDX-License-Identifier: GPL-3.0-or-later
#include "account/totp.h"

#include <string.h>

#include "test.h"

static const uint8_t seed[] = "12345678901234567890";

/* RFC 6238, appendix B, of which an app shows the last six digits. */
TEST(codes_are_those_of_the_rfc)
{
    static const struct {
        int64_t time_s;
        uint32_t code;
    } rows[] = { { 59, 287082 },       { 1111111109, 81804 },  { 1111111111, 50471 },
                 { 1234567890, 5924 }, { 2000000000, 279037 }, { 20000000000, 353130 } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        CHECK_INT(totp_code(seed, rows[i].time_s / TOTP_STEP_S), rows[i].code);
}

TEST(a_code_counts_for_its_step_and_the_ones_beside_it_and_once)
{
    static const struct {
        int64_t off_s, last_step;
        bool found;
    } rows[] = {
        { 0, 0, true },         { -30, 0, true },        { 30, 0, true },
        { -60, 0, false },      { 60, 0, false },        { 0, 41152262, true },
        { 0, 41152263, false }, { 30, 41152263, false }, { -30, 41152263, false },
        { 0, 41152264, false },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        int64_t step = 0;
        /* The code of 1234567890, a little later or earlier. */
        bool found = totp_find(seed, STR("005924"), 1234567890 + rows[i].off_s,
                               rows[i].last_step, &step);
        if (found != rows[i].found)
            print_error("row %zu\n", i);
        CHECK_INT(found, rows[i].found);
        CHECK_INT(step, found ? 1234567890 / TOTP_STEP_S : 0);
    }
}

TEST(a_code_of_another_form_is_none)
{
    static const char *const codes[] = { "",        "5924",    "05924",
                                         "0005924", "005924 ", "00592x" };
    int64_t step = 0;
    for (size_t i = 0; i < LENGTH_OF(codes); i++)
        CHECK(!totp_find(seed, str_from(codes[i]), 1234567890, 0, &step));
}

TEST(an_app_reads_the_seed_in_base32_and_the_address_escaped)
{
    char text[TOTP_SEED_TEXT_SIZE], storage[256];
    struct buf uri = BUF_ON(storage);
    totp_seed_format(seed, text);
    CHECK_TEXT(text, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    totp_put_uri(seed, STR("a+b&c@example.org"), &uri);
    CHECK_TEXT(buf_text(&uri),
               "otpauth://totp/Rove:a%2Bb%26c@example.org?secret="
               "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Rove&algorithm=SHA1&digits=6"
               "&period=30");
}
