// SPDX-License-Identifier: GPL-3.0-or-later
#include "dns/punycode.h"

#include "test.h"

#include "base/buf.h"

TEST(a_label_for_other_letters_is_told_from_what_only_looks_like_one)
{
    static const struct {
        const char *label;
        bool want;
    } rows[] = {
        { "xn--mnchen-3ya", true },
        { "xn--hme-sna", true },
        { "xn--tda", true },
        { "xn--bcher-kva", true },
        { "xn--wgv71a119e", true },
        { "xn--80aafi6cg", true },
        { "xn--158h", true },
        { "xn--ida", true },
        { "xn--fa-hia", true },
        { "xn--zcaaa", true },
        { "home", false },
        { "xn-mnchen-3ya", false },
        { "xn--", false },
        { "xn---", false },
        { "xn--a", false }, /* a control code */
        { "xn--home", true },
        { "xn--home-", false },    /* nothing but ASCII */
        { "xn---3ya", false },     /* a hyphen that divides nothing */
        { "xn--99999999", false }, /* a number that does not end */
        { "xn--zzzzzzzzzzzzzz", false },
        { "xn--mnchen-3y_", false },
        { "xn--mnchen-3YA", false }, /* names are in lower case */
        { "xn--aa", false },         /* U+0080, a control code */
        { "", false },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        if (punycode_is_label(str_from(rows[i].label)) != rows[i].want)
            fail_msg("%s", rows[i].label);
}

/* RFC 3492 7.1: the samples, without the letters' case. */
TEST(the_samples_of_the_standard_are_labels)
{
    static const char *const samples[] = {
        "egbpdaj6bu4bxfgehfvwxn",
        "ihqwcrb4cv8a8dqg056pqjye",
        "ihqwctvzc91f659drss3x8bo0yb",
        "4dbcagdahymbxekheh6e0a7fei0b",
        "i1baa7eci9glrd9b2ae1bj0hfcgg6iyaf8o0a1dig0cd",
        "n8jok5ay5dzabd5bym9f0cm5685rrjetr6pdxa",
        "989aomsvi5e83db1d2a355cv1e0vak1dwrv93d5xbh15a0dt30a5jpsd879ccm6fea98c",
        "b1abfaaepdrnnbgefbadotcwatmq2g4l",
        "3b-ww4c5e180e575a65lsy2b",
        "-with-super-monkeys-pc58ag80a8qai00g7n9n",
        "hello-another-way--fc4qua05auwb3674vfr0b",
        "2-u9tlzr9756bt3uc0v",
        "mbiuf7b",
    };
    for (size_t i = 0; i < LENGTH_OF(samples); i++) {
        char storage[128];
        struct buf label = BUF_ON(storage);
        buf_printf(&label, "xn--%s", samples[i]);
        bool fits = label.n <= 63;
        if (punycode_is_label(buf_str(&label)) != fits)
            fail_msg("%s", samples[i]);
    }
}
