// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/cipher.h"

#include <string.h>

#include "test.h"

static const uint8_t key[CIPHER_KEY_SIZE] = { 1, 2, 3 },
                     other_key[CIPHER_KEY_SIZE] = { 1 };

struct sealed {
    uint8_t storage[128];
    struct buf text;
};

static void seal(struct sealed *out, const char *about, const char *plain)
{
    out->text = BUF_ON(out->storage);
    cipher_seal(key, str_from(about), str_from(plain), &out->text);
    CHECK(!out->text.full);
}

TEST(what_was_sealed_opens_with_the_same_key_and_for_the_same_thing)
{
    struct sealed sealed;
    char storage[128];
    struct buf plain = BUF_ON(storage);
    seal(&sealed, "row 1", "the text");
    CHECK_INT(sealed.text.n, 8 + CIPHER_MORE);
    CHECK_INT(cipher_open(key, STR("row 1"), buf_str(&sealed.text), &plain, NULL), OK);
    CHECK_STR(buf_str(&plain), "the text");
}

TEST(the_text_is_not_in_what_was_sealed_and_no_two_are_alike)
{
    struct sealed a, b;
    seal(&a, "row 1", "the text");
    seal(&b, "row 1", "the text");
    CHECK(!memmem(a.storage, a.text.n, "the text", 8));
    CHECK(!str_equal(buf_str(&a.text), buf_str(&b.text)));
}

TEST(another_key_another_thing_and_other_bytes_open_nothing)
{
    struct sealed sealed;
    char storage[128];
    struct buf plain = BUF_ON(storage);
    seal(&sealed, "row 1", "the text");
    struct str all = buf_str(&sealed.text);
    CHECK_INT(cipher_open(other_key, STR("row 1"), all, &plain, NULL), ERR_CONFLICT);
    CHECK_INT(cipher_open(key, STR("row 2"), all, &plain, NULL), ERR_CONFLICT);
    for (size_t n = 0; n < all.n; n++)
        CHECK_INT(cipher_open(key, STR("row 1"), str_first(all, n), &plain, NULL),
                  ERR_CONFLICT);
    for (size_t i = 0; i < all.n; i++) {
        sealed.storage[i] ^= 0x40;
        CHECK_INT(cipher_open(key, STR("row 1"), all, &plain, NULL), ERR_CONFLICT);
        sealed.storage[i] ^= 0x40;
    }
    CHECK_INT(plain.n, 0);
}

TEST(room_that_is_too_small_is_told)
{
    struct sealed sealed;
    char storage[7];
    struct buf small = BUF_ON(storage);
    seal(&sealed, "", "the text");
    CHECK_INT(cipher_open(key, STR(""), buf_str(&sealed.text), &small, NULL), ERR_LIMIT);
    for (size_t n = 0; n < 8 + CIPHER_MORE; n++) {
        struct buf out = buf_on(sealed.storage, n);
        cipher_seal(key, STR(""), STR("the text"), &out);
        CHECK(out.full);
    }
}
