// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/byteset.h"

#include "test.h"

#include <stdio.h>

TEST(what_was_added_is_found_under_its_number)
{
    CLEANUP(byteset_freep) struct byteset *set = byteset_new();
    char text[16];
    for (int i = 0; i < 5000; i++) {
        (void)snprintf(text, sizeof(text), "name%d", i);
        CHECK_INT(byteset_find(set, str_from(text)), BYTESET_NONE);
        CHECK(byteset_add(set, str_from(text)));
        CHECK(!byteset_add(set, str_from(text)));
    }
    CHECK_INT(byteset_count(set), 5000);
    for (int i = 0; i < 5000; i++) {
        (void)snprintf(text, sizeof(text), "name%d", i);
        CHECK_INT(byteset_find(set, str_from(text)), i);
    }
    CHECK_INT(byteset_find(set, STR("name5000")), BYTESET_NONE);
}

TEST(bytes_of_any_value_and_none_are_members)
{
    CLEANUP(byteset_freep) struct byteset *set = byteset_new();
    CHECK(byteset_add(set, STR("")));
    CHECK(byteset_add(set, STR("\0")));
    CHECK(byteset_add(set, STR("\0\0")));
    CHECK_INT(byteset_find(set, STR("")), 0);
    CHECK_INT(byteset_find(set, STR("\0")), 1);
    CHECK_INT(byteset_find(set, STR("\0\0\0")), BYTESET_NONE);
}
