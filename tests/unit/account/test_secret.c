// SPDX-License-Identifier: GPL-3.0-or-later
#include "account/secret.h"

#include <string.h>

#include "base/random.h"
#include "test.h"

TEST(secrets_differ_and_have_256_bits_of_text)
{
    char a[SECRET_TEXT_SIZE], b[SECRET_TEXT_SIZE];
    uint8_t bytes[SECRET_SIZE];
    secret_make(a);
    secret_make(b);
    CHECK(strcmp(a, b) != 0);
    CHECK_INT(str_from_hex(str_from(a), bytes, sizeof(bytes)), OK);
}

TEST(a_digest_depends_on_the_key_the_use_and_the_secret)
{
    struct keys keys = { .pepper = { 1 } }, others = { .pepper = { 2 } };
    char secret[SECRET_TEXT_SIZE];
    secret_make(secret);
    struct digest digest = secret_digest(&keys, SECRET_SESSION, str_from(secret));
    CHECK(digest_equal(digest, secret_digest(&keys, SECRET_SESSION, str_from(secret))));
    CHECK(!digest_equal(digest, secret_digest(&keys, SECRET_LINK, str_from(secret))));
    CHECK(
        !digest_equal(digest, secret_digest(&others, SECRET_SESSION, str_from(secret))));
    secret[0] = secret[0] == '0' ? '1' : '0';
    CHECK(!digest_equal(digest, secret_digest(&keys, SECRET_SESSION, str_from(secret))));
    CHECK(!digest_equal(digest, secret_digest(&keys, SECRET_SESSION, STR(""))));
}

TEST(the_token_of_a_session_tells_nothing_of_another)
{
    struct keys keys = { .pepper = { 1 } };
    char first[CSRF_TEXT_SIZE], second[CSRF_TEXT_SIZE];
    struct digest session = secret_digest(&keys, SECRET_SESSION, STR("a"));
    secret_csrf(&keys, session, first);
    secret_csrf(&keys, secret_digest(&keys, SECRET_SESSION, STR("b")), second);
    CHECK(strcmp(first, second) != 0);
    secret_csrf(&keys, session, second);
    CHECK_TEXT(first, second);
}
