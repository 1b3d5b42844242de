// SPDX-License-Identifier: GPL-3.0-or-later
#include "account/actor.h"

#include "test.h"

enum {
    ACCOUNT = 7,
    OTHER = 8
};

TEST(what_an_actor_may_decide_about_comes_from_its_kind_and_role)
{
    static const struct {
        struct actor actor;
        bool is_operator, owns_own, owns_other;
    } rows[] = {
        { { .kind = ACTOR_NONE }, false, false, false },
        { { .account_id = ACCOUNT, .role = ROLE_OPERATOR }, false, false, false },
        { { .kind = ACTOR_MACHINE }, true, true, true },
        { { .kind = ACTOR_SESSION, .account_id = ACCOUNT }, false, true, false },
        { { .kind = ACTOR_TOKEN, .account_id = ACCOUNT }, false, true, false },
        { { .kind = ACTOR_SESSION, .account_id = ACCOUNT, .role = ROLE_ZONE_OWNER },
          false,
          true,
          false },
        { { .kind = ACTOR_SESSION, .account_id = ACCOUNT, .role = ROLE_OPERATOR },
          true,
          true,
          true },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        CHECK_INT(actor_is_operator(&rows[i].actor), rows[i].is_operator);
        CHECK_INT(actor_owns(&rows[i].actor, ACCOUNT), rows[i].owns_own);
        CHECK_INT(actor_owns(&rows[i].actor, OTHER), rows[i].owns_other);
    }
}

TEST(what_belongs_to_no_account_is_no_accounts_to_decide_about)
{
    const struct actor unfinished = { .kind = ACTOR_SESSION };
    CHECK(!actor_owns(&unfinished, 0));
}
