// SPDX-License-Identifier: GPL-3.0-or-later
#include "allowed.h"

#include "test.h"

void allowed_key(struct tsig_key *out)
{
    CHECK(tsig_key_parse(STR("k.example"), STR("hmac-sha256"),
                         STR("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="), out,
                         NULL) == OK);
}

void allowed_init(struct allowed *allowed)
{
    allowed_key(&allowed->key);
    CHECK(prefix_parse(STR("127.0.0.0/24"), &allowed->from) == OK);
    allowed->secondary =
        (struct answer_secondary){ .from = &allowed->from, .from_count = 1 };
    allowed->access = (struct answer_access){ .keys = &allowed->key,
                                              .key_count = 1,
                                              .secondaries = &allowed->secondary,
                                              .secondary_count = 1 };
}
