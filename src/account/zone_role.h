// SPDX-License-Identifier: GPL-3.0-or-later
/* zone_role.h - what an account may do in a zone: the one answer for the gate of the API and for the
 * rules of administration. docs/zones-shared.md tells it to people.
 *
 * It is about the zone and about other people's things in it. What an account does with its own
 * hosts needs no role, but for making them. */
#pragma once

#include "account/actor.h"

/* Each may do what those before it may. */
enum zone_role {
    ZONE_STRANGER,
    ZONE_CREATOR,
    ZONE_MANAGER,
    ZONE_OWNER,
    ZONE_OPERATOR
};

enum zone_act {
    ZONE_NOTHING, /* nobody may */
    ZONE_LOOK,    /* at its settings, and what its parent has to hold */
    ZONE_SET,     /* its settings, name servers and further records */
    /* At every host of it, as far as DNS and the zone are concerned, and at every record. */
    ZONE_LOOK_AT_ALL,
    ZONE_JUDGE_HOSTS,     /* disable, enable and remove hosts of others */
    ZONE_CHANGE_CREATORS, /* see the members; let creators in, and remove them */
    ZONE_CHANGE_MANAGERS, /* make managers and remove them */
    ZONE_REMOVE,
    ZONE_GIVE, /* to another owner */
    ZONE_ACTS
};

/* Pure. */
bool zone_role_may(enum zone_role role, enum zone_act act);
/* Whether it makes hosts of its own under the policy. Pure. */
bool zone_role_makes_hosts(enum zone_role role, enum zone_policy policy);

/* Of the actor, and of an account that does not ask itself: one that is not active is a stranger. */
MUST_CHECK enum status zone_role_of_actor(struct store *store, const struct actor *actor,
                                          const struct zone_row *zone,
                                          enum zone_role *out, struct error *err);
MUST_CHECK enum status zone_role_of_account(struct store *store,
                                            const struct account_row *account,
                                            const struct zone_row *zone,
                                            enum zone_role *out, struct error *err);
