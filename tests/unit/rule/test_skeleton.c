// SPDX-License-Identifier: GPL-3.0-or-later
#include "test.h"

#include "rule/skeleton.h"

static struct name name_of(const char *text)
{
    struct name name = { .n = 0 };
    CHECK(name_parse(str_from(text), &name, NULL) == OK);
    return name;
}

static const struct {
    const char *a, *b;
    bool want;
} pairs[] = {
    { "paypal.example.org", "paypa1.example.org", true },
    { "paypal.example.org", "paypai.example.org", true },
    { "paypal.example.org", "pay-pal.example.org", true },
    { "paypal.example.org", "paypal.example.org", false }, /* the same */
    { "paypal.example.org", "paypa.example.org", false },
    { "home.example.org", "h0me.example.org", true },
    { "nas.example.org", "na5.example.org", true },
    { "zoo.example.org", "200.example.org", true },
    { "warm.example.org", "warrn.example.org", true },
    { "warm.example.org", "vvarrn.example.org", true },
    { "warm.example.org", "v-v-ar-n.example.org", false },
    { "warm.example.org", "v-v-ar-r-n.example.org", true },
    { "a.b.example.org", "ab.example.org", false },
    { "r.n.example.org", "m.example.org", false }, /* each label by itself */
    { "pie.example.org", "p13.example.org", false },
    { "xn--pypal-4ve.example.org", "paypal.example.org", true }, /* a Cyrillic letter */
    { "xn--caf-dma.example.org", "cafe.example.org", true },
    { "xn--fiq228c.example.org", "xn--fiqs8s.example.org", false },
};

TEST(names_look_alike_when_a_hasty_reader_takes_one_for_the_other)
{
    for (size_t i = 0; i < LENGTH_OF(pairs); i++) {
        const struct name a = name_of(pairs[i].a), b = name_of(pairs[i].b);
        if (skeleton_is_alike(&a, &b) != pairs[i].want)
            print_error("%s %s\n", pairs[i].a, pairs[i].b);
        CHECK(skeleton_is_alike(&a, &b) == pairs[i].want);
        CHECK(skeleton_is_alike(&b, &a) == pairs[i].want);
        CHECK((skeleton_number(&a) == skeleton_number(&b)) ==
              (pairs[i].want || name_equal(&a, &b)));
    }
}

/* It stands in databases. */
TEST(the_number_of_a_name_stays_what_it_was)
{
    const struct name name = name_of("home.dyn.example.org");
    CHECK(skeleton_number(&name) == INT64_C(2708283263031972843));
}

TEST(a_skeleton_of_words_also_reads_digits_as_letters)
{
    static const struct {
        const char *label, *hosts, *words;
    } rows[] = {
        { "4dm1n", "4dmln", "admln" },
        { "p4yp4l", "p4yp4l", "paypal" },
        { "bank", "bank", "bank" },
        { "l33t", "l33t", "leet" },
        { "---", "", "" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        char storage[2][64];
        struct buf hosts = BUF_ON(storage[0]), words = BUF_ON(storage[1]);
        skeleton_put(str_from(rows[i].label), SKELETON_OF_HOSTS, &hosts);
        skeleton_put(str_from(rows[i].label), SKELETON_OF_WORDS, &words);
        CHECK_STR(buf_str(&hosts), rows[i].hosts);
        CHECK_STR(buf_str(&words), rows[i].words);
    }
}
