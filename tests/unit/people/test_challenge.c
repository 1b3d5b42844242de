// SPDX-License-Identifier: GPL-3.0-or-later
#include "people/challenge.h"

#include <string.h>

#include "test.h"

enum {
    NOW = 1000000,
    SESSION = 7
};

struct made {
    uint8_t bytes[CHALLENGE_SIZE];
};

static struct made make_one(const struct challenges *challenges)
{
    struct made made = { { 0 } };
    challenge_make(challenges, CHALLENGE_CONFIRM, SESSION, NOW, made.bytes);
    return made;
}

static struct str str_of(const struct made *made)
{
    return str_bytes(made->bytes, sizeof(made->bytes));
}

static bool is_ours(const struct challenges *challenges, const struct made *made,
                    int64_t now_ms)
{
    return challenge_is_ours(challenges, CHALLENGE_CONFIRM, SESSION, now_ms,
                             str_of(made));
}

TEST(a_challenge_counts_for_its_purpose_and_session_and_for_five_minutes)
{
    struct challenges *challenges = challenges_new(), *others = challenges_new();
    struct made one = make_one(challenges), two = make_one(challenges);
    CHECK(memcmp(&one, &two, sizeof(one)) != 0);
    CHECK(is_ours(challenges, &one, NOW));
    CHECK(is_ours(challenges, &one, NOW + CHALLENGE_MS - 1));
    CHECK(!is_ours(challenges, &one, NOW + CHALLENGE_MS));
    CHECK(!is_ours(others, &one, NOW));
    CHECK(!challenge_is_ours(challenges, CHALLENGE_REGISTER, SESSION, NOW, str_of(&one)));
    CHECK(!challenge_is_ours(challenges, CHALLENGE_CONFIRM, 8, NOW, str_of(&one)));
    CHECK(!challenge_is_ours(challenges, CHALLENGE_LOGIN, 0, NOW, str_of(&one)));
    for (size_t i = 0; i < CHALLENGE_SIZE; i++) {
        one.bytes[i] ^= 1;
        CHECK(!is_ours(challenges, &one, NOW));
        one.bytes[i] ^= 1;
        CHECK(!challenge_is_ours(challenges, CHALLENGE_CONFIRM, SESSION, NOW,
                                 str_bytes(one.bytes, i)));
    }
    challenges_free(challenges);
    challenges_free(others);
}

TEST(a_challenge_is_used_once)
{
    struct challenges *challenges = challenges_new();
    struct made one = make_one(challenges), two = make_one(challenges);
    CHECK_INT(challenge_use(challenges, NOW, str_of(&one)), OK);
    CHECK_INT(challenge_use(challenges, NOW, str_of(&one)), ERR_DENIED);
    CHECK_INT(challenge_use(challenges, NOW, str_of(&two)), OK);
    CHECK_INT(challenge_use(challenges, NOW + CHALLENGE_MS - 1, str_of(&one)),
              ERR_DENIED);
    CHECK(is_ours(challenges, &one, NOW));
    challenges_free(challenges);
}

TEST(when_too_many_were_used_nobody_can_use_one_again)
{
    struct challenges *challenges = challenges_new();
    struct made first = make_one(challenges), last = make_one(challenges);
    CHECK_INT(challenge_use(challenges, NOW, str_of(&first)), OK);
    for (int i = 1; i < CHALLENGES_USED_MAX; i++) {
        struct made one = make_one(challenges);
        CHECK_INT(challenge_use(challenges, NOW + 1, str_of(&one)), OK);
    }
    CHECK_INT(challenge_use(challenges, NOW + 1, str_of(&last)), ERR_BUSY);
    CHECK_INT(challenge_use(challenges, NOW + 1, str_of(&first)), ERR_DENIED);
    /* The first one has ended, and leaves room. */
    CHECK_INT(challenge_use(challenges, NOW + CHALLENGE_MS, str_of(&last)), OK);
    CHECK_INT(challenge_use(challenges, NOW + CHALLENGE_MS, str_of(&last)), ERR_DENIED);
    challenges_free(challenges);
}
