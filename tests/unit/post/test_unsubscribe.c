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

TEST(no_other_text_is_a_token)
{
    char token[UNSUBSCRIBE_SIZE + 1];
    int64_t id = 0;
    enum post_kind kind = POST_TEST;
    unsubscribe_make(&ours, 42, POST_NEW_TOKEN, token);
    struct str text = str_from(token);
    CHECK(unsubscribe_read(&ours, text, &id, &kind));
    CHECK(!unsubscribe_read(&others, text, &id, &kind));
    for (size_t i = 0; i < text.n; i++) {
        char before = token[i];
        token[i] = before == '0' ? '1' : '0';
        CHECK(!unsubscribe_read(&ours, text, &id, &kind));
        token[i] = 'x';
        CHECK(!unsubscribe_read(&ours, text, &id, &kind));
        token[i] = before;
        CHECK(!unsubscribe_read(&ours, str_first(text, i), &id, &kind));
    }
    token[text.n] = '0';
    CHECK(!unsubscribe_read(&ours, str_bytes(token, text.n + 1), &id, &kind));
    unsubscribe_make(&ours, 0, POST_NEW_TOKEN, token);
    CHECK(!unsubscribe_read(&ours, str_from(token), &id, &kind));
    unsubscribe_make(&ours, -1, POST_NEW_TOKEN, token);
    CHECK(!unsubscribe_read(&ours, str_from(token), &id, &kind));
}
