// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/base64.h"

#include "test.h"

/* By `basenc --base64url`, with the padding cut off. */
static const struct {
    const char *bytes;
    size_t n;
    const char *text;
} rows[] = {
    { "", 0, "" },           { "f", 1, "Zg" },
    { "fo", 2, "Zm8" },      { "foo", 3, "Zm9v" },
    { "foob", 4, "Zm9vYg" }, { "\xff\xfe\xfd\0\x3e", 5, "__79AD4" },
    { "\0\0\0", 3, "AAAA" },
};

TEST(bytes_have_one_form_and_come_back_from_it)
{
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        char storage[16], bytes[8];
        struct buf text = BUF_ON(storage), back = BUF_ON(bytes);
        struct str want = str_bytes(rows[i].bytes, rows[i].n);
        base64_put(want, &text);
        CHECK_TEXT(buf_text(&text), rows[i].text);
        CHECK_INT(base64_read(str_from(rows[i].text), &back), OK);
        CHECK(str_equal(buf_str(&back), want));
    }
}

TEST(other_forms_are_refused_and_leave_the_output_alone)
{
    static const char *const texts[] = { "Z",     "Zg=",   "Zg==", "Zh",     "Zm9",
                                         "Zm9v ", " Zm9v", "+/79", "Zm\n9v", "Zm9vY" };
    for (size_t i = 0; i < LENGTH_OF(texts); i++) {
        char bytes[8];
        struct buf out = BUF_ON(bytes);
        CHECK_INT(base64_read(str_from(texts[i]), &out), ERR_SYNTAX);
        CHECK_INT(out.n, 0);
    }
}

TEST(what_has_no_room_is_refused)
{
    char bytes[4];
    struct buf out = BUF_ON(bytes);
    CHECK_INT(base64_read(STR("Zm9vYmE"), &out), ERR_LIMIT);
    CHECK_INT(out.n, 0);
    CHECK_INT(base64_read(STR("Zm9vYg"), &out), OK);
    CHECK_INT(out.n, 4);
    CHECK_INT(base64_read(STR("Zg"), &out), ERR_LIMIT);
    CHECK_INT(base64_read(STR(""), &out), OK);
}
