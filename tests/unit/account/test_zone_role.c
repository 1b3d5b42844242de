// SPDX-License-Identifier: GPL-3.0-or-later
/* What each role may do in a zone. */
#include "account/zone_role.h"
#include "test.h"

/* By role: stranger, creator, manager, owner, operator. */
TEST(each_role_may_do_what_is_said_of_it_and_nothing_more)
{
    static const struct {
        enum zone_act act;
        const char *who;
    } rows[] = {
        { ZONE_NOTHING, "-----" },
        { ZONE_LOOK, "-++++" },
        { ZONE_SET, "--+++" },
        { ZONE_LOOK_AT_ALL, "--+++" },
        { ZONE_JUDGE_HOSTS, "--+++" },
        { ZONE_CHANGE_CREATORS, "--+++" },
        { ZONE_CHANGE_MANAGERS, "---++" },
        { ZONE_REMOVE, "---++" },
        { ZONE_GIVE, "----+" },
    };
    CHECK_INT(LENGTH_OF(rows), ZONE_ACTS);
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        for (unsigned role = ZONE_STRANGER; role <= ZONE_OPERATOR; role++)
            CHECK_INT(zone_role_may((enum zone_role)role, rows[i].act),
                      rows[i].who[role] == '+');
}

TEST(who_makes_hosts_is_decided_by_role_and_policy)
{
    static const struct {
        enum zone_policy policy;
        const char *who;
    } rows[] = {
        { ZONE_NOBODY, "--+++" },
        { ZONE_INVITED, "-++++" },
        { ZONE_APPROVAL, "-++++" },
        { ZONE_EVERYBODY, "+++++" },
    };
    CHECK_INT(LENGTH_OF(rows), ZONE_POLICY_LAST + 1);
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        for (unsigned role = ZONE_STRANGER; role <= ZONE_OPERATOR; role++)
            CHECK_INT(zone_role_makes_hosts((enum zone_role)role, rows[i].policy),
                      rows[i].who[role] == '+');
}
