// SPDX-License-Identifier: GPL-3.0-or-later
#include "account/access.h"

#include "test.h"

enum {
    NOW_S = 1000000,
    OWNER = 7,
    OTHER = 8,
    HOST = 21
};

static const struct ip inside = { .family = IP_V4, .bytes = { 192, 0, 2, 9 } };
static const struct ip outside = { .family = IP_V4, .bytes = { 203, 0, 113, 9 } };

static struct token_row usual_token(void)
{
    return (struct token_row){ .account_id = OWNER,
                               .rights = RIGHT_ADDRESS,
                               .host_ids = { 3, HOST },
                               .host_count = 2 };
}

TEST(a_token_acts_while_it_and_its_account_are_good)
{
    static const struct {
        enum token_kind kind;
        unsigned rights;
        int64_t expires_s;
        bool has_network;
        bool from_inside;
        enum account_state state;
        enum access_result want;
    } rows[] = {
        { TOKEN_UPDATE, RIGHT_ADDRESS, 0, false, false, ACCOUNT_ACTIVE, ACCESS_GRANTED },
        { TOKEN_UPDATE, RIGHT_ADDRESS, NOW_S + 1, true, true, ACCOUNT_ACTIVE,
          ACCESS_GRANTED },
        { TOKEN_API, RIGHT_ADDRESS, 0, false, false, ACCOUNT_ACTIVE, ACCESS_NO_RIGHT },
        { TOKEN_UPDATE, RIGHT_TXT, 0, false, false, ACCOUNT_ACTIVE, ACCESS_NO_RIGHT },
        { TOKEN_UPDATE, RIGHT_ADDRESS, NOW_S, false, false, ACCOUNT_ACTIVE,
          ACCESS_EXPIRED },
        { TOKEN_UPDATE, RIGHT_ADDRESS, 0, true, false, ACCOUNT_ACTIVE,
          ACCESS_WRONG_NETWORK },
        { TOKEN_UPDATE, RIGHT_ADDRESS, 0, false, false, ACCOUNT_BLOCKED, ACCESS_BLOCKED },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        const struct access_account account = { .state = rows[i].state };
        const struct ip source = rows[i].from_inside ? inside : outside;
        struct token_row token = usual_token();
        token.kind = rows[i].kind;
        token.rights = rows[i].rights;
        token.expires_s = rows[i].expires_s;
        token.network_count = rows[i].has_network;
        token.networks[0] = (struct prefix){ inside, 24 };
        CHECK_INT(access_of_token(&token, &account, RIGHT_ADDRESS, source, NOW_S),
                  rows[i].want);
    }
}

TEST(a_host_is_within_reach_of_its_owners_tokens_and_of_operators)
{
    static const struct {
        int64_t host_id, owner_id;
        enum account_role role;
        enum host_state state;
        bool plain_http, encrypted;
        enum access_result want;
    } rows[] = {
        { HOST, OWNER, ROLE_USER, HOST_ACTIVE, true, false, ACCESS_GRANTED },
        { HOST, OWNER, ROLE_USER, HOST_OFFLINE, false, true, ACCESS_GRANTED },
        { HOST, OTHER, ROLE_OPERATOR, HOST_ACTIVE, true, false, ACCESS_GRANTED },
        { HOST, OTHER, ROLE_USER, HOST_ACTIVE, true, false, ACCESS_NOT_OWNER },
        { HOST, OTHER, ROLE_ZONE_OWNER, HOST_ACTIVE, true, false, ACCESS_NOT_OWNER },
        { 22, OWNER, ROLE_OPERATOR, HOST_ACTIVE, true, false, ACCESS_NOT_ON_TOKEN },
        { HOST, OWNER, ROLE_USER, HOST_DISABLED, true, false, ACCESS_DISABLED },
        { HOST, OWNER, ROLE_USER, HOST_ABUSE, true, false, ACCESS_ABUSE },
        { HOST, OWNER, ROLE_USER, HOST_ACTIVE, false, false, ACCESS_PLAIN },
        /* Who may not have the host learns nothing of its settings. */
        { HOST, OTHER, ROLE_USER, HOST_ABUSE, false, false, ACCESS_NOT_OWNER },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        const struct token_row token = usual_token();
        const struct access_account account = { .role = rows[i].role };
        const struct host_row host = { .id = rows[i].host_id,
                                       .owner_id = rows[i].owner_id,
                                       .state = rows[i].state,
                                       .plain_http = rows[i].plain_http };
        CHECK_INT(access_to_host(&token, &account, &host, rows[i].encrypted),
                  rows[i].want);
    }
}
