// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/digest.h"

#include <string.h>
#include <sys/resource.h>

#include "test.h"

/* Computed with Python's hashlib.blake2b(digest_size=16, key=...). */
TEST(digests_are_blake2b_of_16_bytes)
{
    uint8_t key[DIGEST_KEY_SIZE];
    for (size_t i = 0; i < sizeof(key); i++)
        key[i] = (uint8_t)i;
    static const struct {
        bool keyed;
        const char *message, *want;
    } rows[] = {
        { false, "", "cae66941d9efbd404e4d88758ea67670" },
        { false, "abc", "cf4ab791c62b8d2b2109c90275287816" },
        { true, "", "3daf97bce7888fd59773c66bf647459c" },
        { true, "abc", "1a64be47e4729d951c302ee543f97cf3" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct str message = str_from(rows[i].message);
        struct digest got =
            rows[i].keyed ? digest_keyed(key, message) : digest_plain(message);
        struct digest want = { { 0 } };
        CHECK_INT(str_from_hex(str_from(rows[i].want), want.bytes, DIGEST_SIZE), OK);
        CHECK(digest_equal(got, want));
        CHECK(str_equal(digest_bytes(&got), digest_bytes(&want)));
        got.bytes[DIGEST_SIZE - 1] ^= 1;
        CHECK(!digest_equal(got, want));
    }
}

/* By `openssl dgst -sha256 -binary | basenc --base64url`. */
TEST(texts_of_sha256_are_base64url_without_padding)
{
    static const struct {
        const char *message, *want;
    } rows[] = { { "", "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU" },
                 { "abc", "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0" } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        char text[DIGEST_SHA256_TEXT_SIZE];
        digest_sha256_text(str_from(rows[i].message), text);
        CHECK_TEXT(text, rows[i].want);
    }
}

/* The first of the vectors that the authors of SipHash publish for 128 bits. */
TEST(short_digests_are_siphash_of_128_bits)
{
    uint8_t key[DIGEST_SHORT_KEY_SIZE];
    for (size_t i = 0; i < sizeof(key); i++)
        key[i] = (uint8_t)i;
    static const char *const wanted[] = { "a3817f04ba25a8e66df67214c7550293",
                                          "da87c1d86b99af44347659119b22fc45" };
    for (size_t n = 0; n < LENGTH_OF(wanted); n++) {
        struct digest got = digest_short(key, str_bytes("\0", n)), want = { { 0 } };
        CHECK_INT(str_from_hex(str_from(wanted[n]), want.bytes, DIGEST_SIZE), OK);
        CHECK(digest_equal(got, want));
    }
}

TEST(secrets_are_equal_when_all_bytes_are)
{
    CHECK(secret_equal(STR("secret"), STR("secret")));
    CHECK(!secret_equal(STR("secret"), STR("secreT")));
    CHECK(!secret_equal(STR("secret"), STR("secret1")));
    CHECK(secret_equal(STR(""), str_from(NULL)));
}

TEST(a_password_matches_its_own_hash_only)
{
    char hash[PASSWORD_HASH_SIZE], other[PASSWORD_HASH_SIZE];
    CHECK_INT(password_hash(STR("correct horse"), hash, NULL), OK);
    CHECK_INT(password_hash(STR("correct horse"), other, NULL), OK);
    CHECK(strncmp(hash, "$argon2id$v=19$m=19456,t=2,p=1$", 31) == 0);
    CHECK(strcmp(hash, other) != 0); /* salted */
    CHECK(password_matches(STR("correct horse"), hash));
    CHECK(password_matches(STR("correct horse"), other));
    CHECK(!password_matches(STR("correct hors"), hash));
    CHECK(!password_matches(STR(""), hash));
    CHECK(!password_matches(STR("correct horse"), ""));
    CHECK(!password_matches(STR("correct horse"), "$argon2id$nonsense"));
}

TEST(a_hash_with_other_parameters_is_outdated)
{
    char hash[PASSWORD_HASH_SIZE];
    CHECK_INT(password_hash(STR("x"), hash, NULL), OK);
    CHECK(!password_is_outdated(hash));
    CHECK(password_is_outdated(
        "$argon2id$v=19$m=8192,t=2,p=1$"
        "FtgyZHkS6W+IuFyt0/FtXA$jQ4VPRKO+ybvlGLSH0xYdeYchGjkX8EyuZDOtcTphEo"));
}

/* The processor time of this process, in microseconds. */
static int64_t used_us(void)
{
    struct rusage usage;
    CHECK_INT(getrusage(RUSAGE_SELF, &usage), 0);
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * (int64_t)1000000 +
           usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

TEST(no_hash_matches_nothing_and_costs_as_much)
{
    char hash[PASSWORD_HASH_SIZE];
    CHECK_INT(password_hash(STR("x"), hash, NULL), OK);
    int64_t start = used_us();
    CHECK(password_matches(STR("x"), hash));
    int64_t with = used_us() - start;
    start = used_us();
    CHECK(!password_matches(STR("x"), NULL));
    int64_t without = used_us() - start;
    CHECK(without * 4 > with);
}

TEST(a_digest_of_pieces_is_that_of_the_whole)
{
    static const char text[] = "the same bytes, however they are cut";
    for (size_t cut = 0; cut < sizeof(text); cut++) {
        struct digest_run run;
        digest_begin(&run);
        digest_add(&run, str_first(STR(text), cut));
        digest_add(&run, str_from_at(STR(text), cut));
        CHECK(digest_equal(digest_end(&run), digest_plain(STR(text))));
    }
}
