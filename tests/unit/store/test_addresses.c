// SPDX-License-Identifier: GPL-3.0-or-later
#include "fixture.h"

#include <string.h>

TEST(addresses_come_back_from_their_bytes)
{
    for (size_t v4 = 0; v4 <= ADDRESSES_MAX; v4++)
        for (size_t v6 = 0; v6 <= ADDRESSES_MAX; v6++) {
            struct addresses want = { .v4.count = v4, .v6.count = v6 }, got;
            for (size_t i = 0; i < v4; i++)
                want.v4.at[i] = ip_of("192.0.2.7");
            for (size_t i = 0; i < v6; i++)
                want.v6.at[i] = ip_of("2001:db8::7");
            struct change_row row; /* the place they are for */
            struct buf bytes = BUF_ON(row.before);
            store_addresses_encode(&want, &bytes);
            CHECK(!bytes.full);
            CHECK_INT(bytes.n, 2 + v4 * 4 + v6 * 16);
            CHECK_INT(store_addresses_decode(buf_str(&bytes), &got), OK);
            CHECK(memcmp(&got, &want, sizeof(got)) == 0);
        }
}

TEST(bytes_that_are_no_addresses_are_refused_and_leave_the_output_alone)
{
    const struct str rows[] = {
        STR(""),
        STR("\0"),
        STR("\1\0"),
        STR("\1\300\0\2"),
        STR("\1\300\0\2\1"),
        STR("\0\0\0"),
        STR("\0\1\1\2\3\4"),
        STR("\11\1\2\3\4\1\2\3\4\1\2\3\4\1\2\3\4\1\2\3\4\1\2\3\4\1\2\3\4\1\2\3\4\1\2\3\4\0"),
        /* an IPv4 address in the clothes of an IPv6 one */
        STR("\0\1\0\0\0\0\0\0\0\0\0\0\377\377\300\0\2\1"),
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct addresses got = { .v4.count = 77 };
        CHECK_INT(store_addresses_decode(rows[i], &got), ERR_SYNTAX);
        CHECK_INT(got.v4.count, 77);
    }
}
