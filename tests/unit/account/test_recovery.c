// SPDX-License-Identifier: GPL-3.0-or-later
#include "account/recovery.h"

#include <string.h>

#include "test.h"

TEST(recovery_codes_differ_and_have_four_groups_of_four)
{
    char a[RECOVERY_TEXT_SIZE], b[RECOVERY_TEXT_SIZE];
    recovery_make(a);
    recovery_make(b);
    CHECK(strcmp(a, b) != 0);
    CHECK_INT(strlen(a), RECOVERY_TEXT_SIZE - 1);
    for (size_t i = 0; i < RECOVERY_TEXT_SIZE - 1; i++)
        CHECK_INT(a[i] == '-', i % 5 == 4);
}

TEST(the_way_a_recovery_code_is_written_does_not_matter_and_its_account_does)
{
    struct keys keys = { .pepper = { 1 } };
    struct digest want = recovery_digest(&keys, 7, STR("abcd-1234-efgh-5678"));
    CHECK(digest_equal(want, recovery_digest(&keys, 7, STR("ABCD 1234 efgh 5678"))));
    CHECK(digest_equal(want, recovery_digest(&keys, 7, STR("abcd1234efgh5678"))));
    CHECK(!digest_equal(want, recovery_digest(&keys, 8, STR("abcd-1234-efgh-5678"))));
    CHECK(!digest_equal(want, recovery_digest(&keys, 7, STR("abcd-1234-efgh-5679"))));
    CHECK(!digest_equal(want, recovery_digest(&keys, 7, STR(""))));
}
