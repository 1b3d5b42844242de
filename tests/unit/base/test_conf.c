// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ends.h"
#include "test.h"

static enum status check_no_x(struct str value, struct error *err)
{
    if (str_find(value, 'x') == value.n)
        return OK;
    return FAIL(err, ERR_SYNTAX, "'" STR_FMT "' has an x", STR_ARG(value));
}

static const struct conf_option http_options[] = {
    { .key = "listen", .type = CONF_LIST, .check = check_no_x },
    { .key = "port", .type = CONF_NUMBER, .fallback = "8080", .min = 1, .max = 65535 },
    { .key = "trust", .type = CONF_BOOL },
    { .key = NULL },
};
static const struct conf_option key_options[] = {
    { .key = "secret", .type = CONF_TEXT, .check = check_no_x },
    { .key = NULL },
};
static const struct conf_option zone_options[] = {
    { .key = "ttl", .type = CONF_NUMBER, .fallback = "300", .min = -1, .max = INT64_MAX },
    { .key = "servers", .type = CONF_LIST, .fallback = "{\"a.example\", \"b.example\"}" },
    { .key = "key", .type = CONF_SECTION, .options = key_options },
    { .key = NULL },
};
static const struct conf_option options[] = {
    { .key = "directory", .type = CONF_TEXT, .fallback = "/var/lib/rove" },
    { .key = "note", .type = CONF_TEXT },
    { .key = "count", .type = CONF_NUMBER, .min = -5, .max = 10 },
    { .key = "active", .type = CONF_BOOL, .fallback = "true" },
    { .key = "http", .type = CONF_SECTION, .options = http_options },
    { .key = "zone", .type = CONF_SECTION, .options = zone_options, .multiple = true },
    { .key = NULL },
};

static struct conf *conf_of(const char *text)
{
    struct conf *conf = NULL;
    struct error err = { .text = "" };
    if (conf_parse("test.conf", str_from(text), options, &conf, &err))
        fail_msg("%s", err.text);
    return conf;
}

TEST(what_is_not_written_has_its_default)
{
    static const char *const rows[] = { "", "# nothing", "\n\n", "http { }", "/* x */" };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        CLEANUP(conf_freep) struct conf *conf = conf_of(rows[i]);
        CHECK_TEXT(conf_text(conf, "directory"), "/var/lib/rove");
        CHECK_TEXT(conf_text(conf, "note"), "");
        CHECK_INT(conf_number(conf, "count"), 0);
        CHECK(conf_bool(conf, "active"));
        CHECK(!conf_bool(conf, "http.trust"));
        CHECK_INT(conf_number(conf, "http.port"), 8080);
        CHECK_INT(conf_list_count(conf, "http.listen"), 0);
        CHECK_INT(conf_section_count(conf, "zone"), 0);
    }
    conf_free(NULL);
}

TEST(what_is_written_is_read)
{
    CLEANUP(conf_freep)
    struct conf *conf = conf_of("directory = \"/a b\" # a comment\n"
                                "note = 'it costs $5 {'\n"
                                "count = -5\n"
                                "active = no\n"
                                "http {\n"
                                "  listen = { \"192.0.2.1:80\", \"[2001:db8::1]:80\" }\n"
                                "  port = 65535\n"
                                "  trust = true\n"
                                "}\n"
                                "zone \"example.org\" { ttl = 9223372036854775807 }\n"
                                "zone \"example.com\" {\n"
                                "  servers = { \"c.example\" }\n"
                                "  key { secret = \"s\" }\n"
                                "}\n");
    CHECK_TEXT(conf_text(conf, "directory"), "/a b");
    CHECK_TEXT(conf_text(conf, "note"), "it costs $5 {");
    CHECK_INT(conf_number(conf, "count"), -5);
    CHECK(!conf_bool(conf, "active"));
    CHECK_INT(conf_list_count(conf, "http.listen"), 2);
    CHECK_TEXT(conf_list_item(conf, "http.listen", 0), "192.0.2.1:80");
    CHECK_TEXT(conf_list_item(conf, "http.listen", 1), "[2001:db8::1]:80");
    CHECK_INT(conf_number(conf, "http.port"), 65535);
    CHECK(conf_bool(conf, "http.trust"));
    CHECK_TEXT(conf_title(conf), "");

    CHECK_INT(conf_section_count(conf, "zone"), 2);
    const struct conf *first = conf_section(conf, "zone", 0);
    const struct conf *second = conf_section(conf, "zone", 1);
    CHECK_TEXT(conf_title(first), "example.org");
    CHECK(conf_number(first, "ttl") == INT64_MAX);
    CHECK_INT(conf_list_count(first, "servers"), 2);
    CHECK_TEXT(conf_list_item(first, "servers", 1), "b.example");
    CHECK_TEXT(conf_text(first, "key.secret"), "");
    CHECK_TEXT(conf_title(second), "example.com");
    CHECK_INT(conf_number(second, "ttl"), 300);
    CHECK_INT(conf_list_count(second, "servers"), 1);
    CHECK_TEXT(conf_text(second, "key.secret"), "s");
}

TEST(a_list_can_be_emptied_and_added_to)
{
    CLEANUP(conf_freep)
    struct conf *conf = conf_of("zone a { servers = {} }\n"
                                "zone b { servers += { \"c\" } }\n"
                                "http { listen = { \"1\" }\n listen += { \"2\" } }");
    CHECK_INT(conf_list_count(conf_section(conf, "zone", 0), "servers"), 0);
    CHECK(conf_list_is_emptied(conf_section(conf, "zone", 0), "servers"));
    CHECK(!conf_list_is_emptied(conf_section(conf, "zone", 1), "servers"));
    CHECK(!conf_list_is_emptied(conf, "http.listen"));
    const struct conf *added = conf_section(conf, "zone", 1);
    CHECK_INT(conf_list_count(added, "servers"), 3);
    CHECK_TEXT(conf_list_item(added, "servers", 2), "c");
    CHECK_INT(conf_list_count(conf, "http.listen"), 2);
}

TEST(each_error_names_file_line_and_key)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        { "\nlisten = 1", "t:2: unknown option 'listen'" },
        { "\n\nhttp {\n lisen = {}\n}",
          "t:4: unknown option 'lisen', did you mean 'listen'?" },
        { "directry = \"/\"",
          "t:1: unknown option 'directry', did you mean 'directory'?" },
        { "Directory = \"/\"",
          "t:1: unknown option 'Directory', did you mean 'directory'?" },
        { "zone a {\n key { secrt = 1 } }",
          "t:2: unknown option 'secrt', did you mean 'secret'?" },
        { "include(\"/etc/passwd\")", "t:1: unknown option 'include'" },
        { "http {\n port = 0\n}", "t:2: port: 0 is not in 1..65535" },
        { "http { port = 65536 }", "t:1: port: 65536 is not in 1..65535" },
        { "count = -6", "t:1: count: -6 is not in -5..10" },
        { "count = 99999999999999999999",
          "t:1: count: 99999999999999999999 is not in -5..10" },
        { "count = 0x5", "t:1: count: '0x5' is not a decimal number" },
        { "count = 5k", "t:1: count: '5k' is not a decimal number" },
        { "http {\n port = 1\n", "t:4: section 'http' has no end" },
        { "zone a {\n key {", "t:3: section 'key' has no end" },
        { "/* no\nend", "t:4: the end is missing" },
        { "note =", "t:3: the end is missing" },
        { "note = \"\x04\"", "t:1: a control byte" },
        { "count = --5", "t:1: count: '--5' is not a decimal number" },
        { "count = \"\"", "t:1: count: '' is not a decimal number" },
        { "active = maybe", "t:1: active: 'maybe' is neither true nor false" },
        { "http {\n listen = { \"a\",\n \"bx\" } }", "t:3: listen: 'bx' has an x" },
        { "zone a { key { secret = x } }", "t:1: secret: 'x' has an x" },
        { "count = 1\ncount = 2", "t:2: count: given twice" },
        { "active = yes\nactive = yes", "t:2: active: given twice" },
        { "note = a\n\nnote = a", "t:3: note: given twice" },
        { "http { listen = { \"a\" }\n listen = { \"b\" } }",
          "t:2: listen: given twice" },
        { "http { port = 1 }\nhttp { trust = yes }", "t:2: http: given twice" },
        { "http|port = 1", "t:1: port: stands in the wrong section" },
        { "http|listen = { \"a\" }", "t:1: listen: stands in the wrong section" },
        { "note = \"${HOME}\"", "t:1: '${': the environment is not read" },
        { "\nnote = ${HOME}", "t:2: '${': the environment is not read" },
        { "\n# ${HOME}", "t:2: '${': the environment is not read" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct conf *conf = NULL;
        struct error err = { .text = "" };
        if (conf_parse("t", str_from(rows[i].text), options, &conf, &err) != ERR_SYNTAX)
            fail_msg("read: %s", rows[i].text);
        CHECK_TEXT(err.text, rows[i].want);
        CHECK(!conf);
    }
}

TEST(what_is_no_configuration_is_refused_with_its_line)
{
    static const char *const rows[] = {
        "note",
        "note =",
        "note = \"open",
        "note = 'open",
        "/* open",
        "http {",
        "http { port = 1",
        "}",
        "= 5",
        "http = 5",
        "zone { }",
        "zone a",
        "count += 5",
        "note = { \"a\" }",
        "count = { 5 }",
        "http { listen = \"a\" \"b\" }",
        "http { listen = { \"a\" \"b\" } }",
        "http { listen = { \"a\"",
        "zone a { }\nzone a { }",
        "note = \"\\400\"",
        "\"note\" = a b",
        "{}",
        ",",
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        CLEANUP(conf_freep) struct conf *conf = NULL;
        struct error err = { .text = "" };
        if (conf_parse("t", str_from(rows[i]), options, &conf, &err) != ERR_SYNTAX)
            fail_msg("read: %s", rows[i]);
        if (strncmp(err.text, "t:", 2) != 0 || !char_is_digit(err.text[2]))
            fail_msg("%s: %s", rows[i], err.text);
        /* The reader is as good as new after each. */
        CLEANUP(conf_freep) struct conf *good = conf_of("count = 3");
        CHECK_INT(conf_number(good, "count"), 3);
    }
}

TEST(zero_bytes_and_huge_texts_are_refused)
{
    struct conf *conf = NULL;
    struct error err;
    CHECK_INT(conf_parse("t", str_bytes("\nnote = a\0b", 11), options, &conf, &err),
              ERR_SYNTAX);
    CHECK_TEXT(err.text, "t:2: a control byte");
    static char huge[(1 << 20) + 1];
    memset(huge, '\n', sizeof(huge));
    CHECK_INT(conf_parse("t", str_bytes(huge, sizeof(huge)), options, &conf, NULL),
              ERR_SYNTAX);
    CHECK(!conf);
}

TEST(a_file_is_loaded_or_the_error_names_it)
{
    char path[] = "/tmp/test-conf-XXXXXX";
    int fd = mkstemp(path);
    CHECK(fd >= 0);
    CHECK_INT(write(fd, "count = 7\n", 10), 10);
    CLEANUP(conf_freep) struct conf *conf = NULL;
    CHECK_INT(conf_load(path, options, &conf, NULL), OK);
    CHECK_INT(conf_number(conf, "count"), 7);

    struct error err = { .text = "" };
    char want[64];
    (void)snprintf(want, sizeof(want), "%s:2: count: given twice", path);
    CHECK_INT(write(fd, "count = 8\n", 10), 10);
    struct conf *none = NULL;
    CHECK_INT(conf_load(path, options, &none, &err), ERR_SYNTAX);
    CHECK_TEXT(err.text, want);
    (void)close(fd);
    CHECK_INT(unlink(path), 0);
    CHECK_INT(conf_load(path, options, &none, &err), ERR_IO);
    CHECK(strstr(err.text, path));
    CHECK(!none);
}

TEST(the_most_similar_word_is_suggested)
{
    static const char *const words[] = { "listen", "directory", "directories", "zone",
                                         "on" };
    static const struct {
        const char *word, *want; /* NULL: none */
    } rows[] = {
        { "lisen", "listen" },
        { "listne", "listen" },
        { "lissten", "listen" },
        { "directry", "directory" },
        { "directoris", "directories" },
        { "zones", "zone" },
        { "zone", "zone" },
        { "zonee", "zone" },
        { "dirctorry", "directory" },
        { "entirely", NULL },
        { "x", NULL },
        { "", NULL },
        { "qq", NULL },
        { "a-word-that-is-much-longer-than-all-that-anybody-would-ever-write-here",
          NULL },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        const char *got = conf_suggest(str_from(rows[i].word), words, LENGTH_OF(words));
        if (rows[i].want)
            CHECK_TEXT(got ? got : "(none)", rows[i].want);
        else
            CHECK(!got);
    }
    CHECK(!conf_suggest(STR("listen"), words, 0));
}

static void ask_for_an_unknown_key(void)
{
    (void)conf_text(conf_of(""), "nothing");
}
static void ask_for_another_type(void)
{
    (void)conf_number(conf_of(""), "note");
}
static void ask_for_a_list_as_text(void)
{
    (void)conf_text(conf_of(""), "http.listen");
}
static void ask_past_the_end_of_a_list(void)
{
    (void)conf_list_item(conf_of(""), "http.listen", 0);
}
static void ask_past_the_last_section(void)
{
    (void)conf_section(conf_of(""), "zone", 0);
}
static void ask_into_one_of_many_sections(void)
{
    (void)conf_number(conf_of("zone a {}"), "zone.ttl");
}
static void ask_for_no_key(void)
{
    (void)conf_text(conf_of(""), "");
}

TEST(mistakes_of_ours_end_the_process)
{
    CHECK(ends(ask_for_an_unknown_key));
    CHECK(ends(ask_for_another_type));
    CHECK(ends(ask_for_a_list_as_text));
    CHECK(ends(ask_past_the_end_of_a_list));
    CHECK(ends(ask_past_the_last_section));
    CHECK(ends(ask_into_one_of_many_sections));
    CHECK(ends(ask_for_no_key));
}
