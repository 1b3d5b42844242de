// SPDX-License-Identifier: GPL-3.0-or-later
#include <string.h>

#include "answer/cookie.h"
#include "test.h"

enum {
    JUNE_5 = 1559731985, /* 2019-06-05 10:53:05 UTC */
};
#define SECRET_1 "e5e973e5a6b2a43f48e7dc849e37bfcf"
#define SECRET_2 "dd3bdf9344b678b185a6f5cb60fca715"
#define SECRET_3 "445536bcd2513298075a5d379663c962"

static struct cookie_secrets secrets_of(const char *first, const char *second)
{
    struct cookie_secrets secrets = { .count = second ? 2 : 1 };
    CHECK(!str_from_hex(str_from(first), secrets.secrets[0], COOKIE_SECRET_SIZE));
    if (second)
        CHECK(!str_from_hex(str_from(second), secrets.secrets[1], COOKIE_SECRET_SIZE));
    return secrets;
}

struct row {
    const char *first, *second; /* secrets */
    const char *client, *cookie;
    int64_t now_s;
    bool good;
    const char *told; /* "same": what was sent */
};

static void check_row(const struct row *row)
{
    struct cookie_secrets secrets = secrets_of(row->first, row->second);
    uint8_t sent[COOKIE_SIZE_MAX], out[COOKIE_SIZE];
    struct ip client;
    size_t n = strlen(row->cookie) / 2;
    CHECK(!ip_parse(str_from(row->client), &client));
    CHECK(!str_from_hex(str_from(row->cookie), sent, n));
    CHECK_INT(cookie_check(&secrets, str_bytes(sent, n), &client, row->now_s, out),
              row->good);
    char text[2 * COOKIE_SIZE + 1];
    struct buf hex = BUF_ON(text);
    buf_put_hex(&hex, str_bytes(out, sizeof(out)));
    if (row->told)
        CHECK_TEXT(buf_text(&hex), strcmp(row->told, "same") ? row->told : row->cookie);
}

#define FIRST "2464c4abcf10c957010000005cf79f111f8130c3eee29480"

TEST(cookies_are_those_of_the_examples_in_rfc_9018)
{
    static const struct row rows[] = {
        { SECRET_1, NULL, "198.51.100.100", "2464c4abcf10c957", JUNE_5, false, FIRST },
        { SECRET_1, NULL, "198.51.100.100", FIRST, JUNE_5 + 2400, true,
          "2464c4abcf10c957010000005cf7a871d4a564a1442aca77" },
        /* older than an hour */
        { SECRET_1, NULL, "203.0.113.203",
          "fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5", 1559734700, false,
          "fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e" },
        { SECRET_3, SECRET_2, "2001:db8:220:1:59de:d0f4:8769:82b8",
          "22681ab97d52c298010000005cf7c57926556bd0934c72f8", 1559741961, true,
          "22681ab97d52c298010000005cf7c609a6bb79d16625507a" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        check_row(&rows[i]);
}

TEST(a_cookie_is_good_for_its_client_and_time_alone)
{
    static const struct row rows[] = {
        { SECRET_1, NULL, "198.51.100.100", FIRST, JUNE_5, true, "same" },
        { SECRET_1, SECRET_2, "198.51.100.100", FIRST, JUNE_5, true, "same" },
        { SECRET_1, NULL, "198.51.100.100", FIRST, JUNE_5 + 1799, true, "same" },
        { SECRET_1, NULL, "198.51.100.100", FIRST, JUNE_5 + 3600, true, NULL },
        { SECRET_1, NULL, "198.51.100.100", FIRST, JUNE_5 + 3601, false, NULL },
        { SECRET_1, NULL, "198.51.100.100", FIRST, JUNE_5 - 300, true, "same" },
        { SECRET_1, NULL, "198.51.100.100", FIRST, JUNE_5 - 301, false, NULL },
        { SECRET_1, NULL, "198.51.100.101", FIRST, JUNE_5, false, NULL },
        /* what is reserved need not be zero */
        { SECRET_1, NULL, "203.0.113.203",
          "fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5", 1559728000, true, "same" },
        { SECRET_2, NULL, "198.51.100.100", FIRST, JUNE_5, false, NULL },
        { SECRET_2, SECRET_3, "198.51.100.100", FIRST, JUNE_5, false, NULL },
        /* of another version, changed, of another length */
        { SECRET_1, NULL, "198.51.100.100",
          "2464c4abcf10c957020000005cf79f111f8130c3eee29480", JUNE_5, false, FIRST },
        { SECRET_1, NULL, "198.51.100.100",
          "2464c4abcf10c957010000005cf79f111f8130c3eee29481", JUNE_5, false, FIRST },
        { SECRET_1, NULL, "198.51.100.100", FIRST "00", JUNE_5, false, FIRST },
        { SECRET_1, NULL, "198.51.100.100", "2464c4abcf10c9570100000000000000", JUNE_5,
          false, FIRST },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        check_row(&rows[i]);
}

TEST(cookies_outlive_the_end_of_the_32_bit_clock)
{
    struct cookie_secrets secrets = secrets_of(SECRET_1, NULL);
    uint8_t cookie[COOKIE_SIZE], again[COOKIE_SIZE];
    struct ip client;
    int64_t end = (int64_t)1 << 32;
    CHECK(!ip_parse(STR("192.0.2.1"), &client));
    CHECK(!cookie_check(&secrets, STR("12345678"), &client, end - 10, cookie));
    struct str sent = str_bytes(cookie, sizeof(cookie));
    CHECK(cookie_check(&secrets, sent, &client, end + 10, again));
    CHECK(memcmp(cookie, again, sizeof(cookie)) == 0);
    CHECK(!cookie_check(&secrets, sent, &client, end + 3600, again));
}
