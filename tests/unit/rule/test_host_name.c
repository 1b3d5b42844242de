// SPDX-License-Identifier: GPL-3.0-or-later
#include "test.h"

#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "rule/host_name.h"

static struct name name_of(const char *text)
{
    struct name name = { .n = 0 };
    CHECK(name_parse(str_from(text), &name, NULL) == OK);
    return name;
}

TEST(names_below_a_zone_follow_the_rules)
{
    static const struct {
        const char *name;
        uint8_t labels_max;
        enum status want;
    } rows[] = {
        { "home.dyn.example.org", 1, OK },
        { "h.dyn.example.org", 1, OK },
        { "4711.dyn.example.org", 1, OK },
        { "my-home-2.dyn.example.org", 1, OK },
        { "HOME.dyn.example.org", 1, OK }, /* folded when it was read */
        { "home.dyn.example.org.", 1, OK },
        { "a--b.dyn.example.org", 1, OK },
        { "abc--d.dyn.example.org", 1, OK },
        { "x123456789012345678901234567890123456789012345678901234567890ab."
          "dyn.example.org",
          1, OK },
        { "-home.dyn.example.org", 1, ERR_SYNTAX },
        { "home-.dyn.example.org", 1, ERR_SYNTAX },
        { "-.dyn.example.org", 1, ERR_SYNTAX },
        { "ho_me.dyn.example.org", 1, ERR_SYNTAX },
        { "_acme-challenge.dyn.example.org", 1, ERR_SYNTAX },
        { "h\\246me.dyn.example.org", 1, ERR_SYNTAX },
        { "h\\.me.dyn.example.org", 1, ERR_SYNTAX },
        { "h\\000me.dyn.example.org", 1, ERR_SYNTAX },
        { "*.dyn.example.org", 1, ERR_SYNTAX },
        { "xn--hme-sna.dyn.example.org", 1, ERR_SYNTAX },
        { "ab--c.dyn.example.org", 1, ERR_SYNTAX },
        { "dyn.example.org", 1, ERR_SYNTAX },
        { "example.org", 1, ERR_SYNTAX },
        { "home.example.net", 1, ERR_SYNTAX },
        { "homedyn.example.org", 1, ERR_SYNTAX },
        { "nas.home.dyn.example.org", 1, ERR_LIMIT },
        { "nas.home.dyn.example.org", 2, OK },
        { "a.b.c.dyn.example.org", 2, ERR_LIMIT },
        { "-a.home.dyn.example.org", 2, ERR_SYNTAX },
        { "nas.-home.dyn.example.org", 2, ERR_SYNTAX },
        /* reserved next to the zone, free below a host */
        { "www.dyn.example.org", 1, ERR_CONFLICT },
        { "WWW.dyn.example.org", 1, ERR_CONFLICT },
        { "mta-sts.dyn.example.org", 1, ERR_CONFLICT },
        { "www2.dyn.example.org", 1, OK },
        { "ww.dyn.example.org", 1, OK },
        { "ns.dyn.example.org", 1, ERR_CONFLICT },
        { "ns1.dyn.example.org", 1, ERR_CONFLICT },
        { "mx10.dyn.example.org", 1, ERR_CONFLICT },
        { "n.dyn.example.org", 1, OK },
        { "www.home.dyn.example.org", 2, OK },
        { "home.www.dyn.example.org", 2, ERR_CONFLICT },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        const struct name zone = name_of("dyn.example.org");
        const struct name name = name_of(rows[i].name);
        struct error err = { "" };
        const struct host_name_rules rules = { .zone = &zone,
                                               .labels_max = rows[i].labels_max,
                                               .reserved = str_from(host_name_reserved) };
        enum status status = host_name_check(&name, &rules, &err);
        if (status != rows[i].want)
            print_error("%s: %s\n", rows[i].name, err.text);
        CHECK_INT(status, rows[i].want);
        CHECK((status == OK) == (err.text[0] == 0));
    }
}

TEST(every_word_that_people_trust_is_reserved)
{
    static const char *const words[] = {
        "www",           "mail",    "smtp",         "imap",       "pop",
        "ftp",           "dns",     "admin",        "root",       "api",
        "app",           "login",   "account",      "auth",       "secure",
        "support",       "help",    "status",       "postmaster", "hostmaster",
        "webmaster",     "abuse",   "security",     "noreply",    "localhost",
        "wpad",          "isatap",  "autodiscover", "autoconfig", "mta-sts",
        "broadcasthost", "example", "invalid",      "test",       "local",
    };
    const struct name zone = name_of("example.net");
    const struct host_name_rules usual = { .zone = &zone,
                                           .labels_max = 1,
                                           .reserved = str_from(host_name_reserved) };
    const struct host_name_rules trusted = { .zone = &zone,
                                             .labels_max = 1,
                                             .is_trusted = true };
    for (size_t i = 0; i < LENGTH_OF(words); i++) {
        struct name name;
        CHECK(name_prepend(str_from(words[i]), &zone, &name) == OK);
        CHECK_INT(host_name_check(&name, &usual, NULL), ERR_CONFLICT);
        CHECK_INT(host_name_check(&name, &trusted, NULL), OK);
    }
}

TEST(who_decides_about_the_zone_may_have_its_name_reserved_words_and_other_letters)
{
    static const struct {
        const char *name;
        uint8_t labels_max;
        enum status want;
    } rows[] = {
        { "example.org", 1, OK },
        { "www.example.org", 1, OK },
        { "ns1.example.org", 1, OK },
        { "home.www.example.org", 2, OK },
        { "xn--hme-sna.example.org", 1, OK },
        { "nas.xn--mnchen-3ya.example.org", 2, OK },
        { "org", 1, ERR_SYNTAX },
        { "example.net", 1, ERR_SYNTAX },
        { "a.b.example.org", 1, ERR_LIMIT },
        { "xn--.example.org", 1, ERR_SYNTAX },
        { "xn--a.example.org", 1, ERR_SYNTAX },
        { "xn--home-.example.org", 1, ERR_SYNTAX },
        { "ab--c.example.org", 1, ERR_SYNTAX },
        { "-home.example.org", 1, ERR_SYNTAX },
        { "_acme-challenge.example.org", 1, ERR_SYNTAX },
        { "*.example.org", 1, ERR_SYNTAX },
    };
    const struct name zone = name_of("example.org");
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        const struct host_name_rules rules = { .zone = &zone,
                                               .labels_max = rows[i].labels_max,
                                               .is_trusted = true,
                                               .reserved = str_from(host_name_reserved) };
        const struct name name = name_of(rows[i].name);
        struct error err = { "" };
        enum status status = host_name_check(&name, &rules, &err);
        if (status != rows[i].want)
            print_error("%s: %s\n", rows[i].name, err.text);
        CHECK_INT(status, rows[i].want);
    }
}

TEST(the_reserved_words_are_those_of_the_list)
{
    static const struct {
        const char *words, *name;
        enum status want;
    } rows[] = {
        { "", "www.example.org", OK },
        { "shop", "www.example.org", OK },
        { "shop", "shop.example.org", ERR_CONFLICT },
        { "shop", "shop1.example.org", OK },
        { "blog shop*", "shop1.example.org", ERR_CONFLICT },
        { "blog shop*", "blog.example.org", ERR_CONFLICT },
    };
    const struct name zone = name_of("example.org");
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        const struct host_name_rules rules = { .zone = &zone,
                                               .labels_max = 1,
                                               .reserved = str_from(rows[i].words) };
        const struct name name = name_of(rows[i].name);
        CHECK_INT(host_name_check(&name, &rules, NULL), rows[i].want);
    }
}

/* MANUAL is rove.conf(5), where they are the default of an option. */
TEST(the_manual_page_has_the_reserved_words)
{
    enum {
        PAGE_MAX = 1 << 20
    };
    CLEANUP(mem_freep) char *page = NULL;
    size_t n = 0;
    CHECK_INT(file_read(MANUAL, PAGE_MAX, &page, &n, NULL), OK);
    const char *list = strstr(page, "\nDefault: abuse,");
    CHECK(list);
    struct str rest = str_from(list + sizeof("\nDefault: ") - 1), word;
    rest = str_first(rest, str_find(rest, '.'));
    char storage[1024];
    struct buf got = BUF_ON(storage);
    while (str_next(&rest, ',', &word))
        buf_printf(&got, "%s" STR_FMT, got.n ? " " : "", STR_ARG(str_trim(word)));
    CHECK_TEXT(buf_text(&got), host_name_reserved);
}
