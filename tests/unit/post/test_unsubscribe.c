// SPDX-License-Identifier: GPL-3.0-or-later
#include "post/unsubscribe.h"

#include <string.h>

#include "test.h"

static const struct keys ours = { .seal = { 1, 2, 3 } }, others = { .seal = { 1 } };

TEST(a_token_names_account_and_kind)
{
    static const int64_t ids[] = { 1, 42, INT64_MAX };
    for (size_t i = 0; i < LENGTH_OF(ids); i++)
        for (size_t kind = 0; kind < POST_KINDS; kind++) {
            char token[UNSUBSCRIBE_SIZE];
            int64_t id = 0;
            enum post_kind got = POST_TEST;
            unsubscribe_make(&ours, ids[i], (enum post_kind)kind, token);
            bool can = unsubscribe_read(&ours, str_from(token), &id, &got);
            CHECK_INT(can, post_traits[kind].can_be_off);
            CHECK_INT(id, can ? ids[i] : 0);
            CHECK_INT(got, can ? kind : POST_TEST);
        }
}

static bool is_token(const struct keys *keys, struct str text)
{
    int64_t id = 0;
    enum post_kind kind = POST_TEST;
    return unsubscribe_read(keys, text, &id, &kind);
}

/* The token with another character at one place. */
static bool is_token_with(const char *token, size_t at, char other)
{
    char changed[UNSUBSCRIBE_SIZE];
    memcpy(changed, token, sizeof(changed));
    changed[at] = other;
    return is_token(&ours, str_from(changed));
}

TEST(no_other_text_is_a_token)
{
    char token[UNSUBSCRIBE_SIZE], longer[UNSUBSCRIBE_SIZE + 1];
    unsubscribe_make(&ours, 42, POST_NEW_TOKEN, token);
    struct str text = str_from(token);
    CHECK(is_token(&ours, text));
    CHECK(!is_token(&others, text));
    for (size_t i = 0; i < text.n; i++) {
        CHECK(!is_token_with(token, i, token[i] == '0' ? '1' : '0'));
        CHECK(!is_token_with(token, i, 'x'));
        CHECK(!is_token(&ours, str_first(text, i)));
    }
    memcpy(longer, token, text.n);
    longer[text.n] = '0';
    CHECK(!is_token(&ours, str_bytes(longer, text.n + 1)));
    unsubscribe_make(&ours, 0, POST_NEW_TOKEN, token);
    CHECK(!is_token(&ours, str_from(token)));
    unsubscribe_make(&ours, -1, POST_NEW_TOKEN, token);
    CHECK(!is_token(&ours, str_from(token)));
}
