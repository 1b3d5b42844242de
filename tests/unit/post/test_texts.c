// SPDX-License-Identifier: GPL-3.0-or-later
/* The texts of mails/: every kind in every language. */
#include <string.h>

#include "post/post.h"
#include "test.h"

enum {
    LINE_MAX = 76
};

static const struct keys keys;
static const struct post post = { .keys = &keys,
                                  .origin = "https://ddns.example.org",
                                  .domain = "example.org" };

static struct post_content content_of(const struct post_language *language, size_t kind)
{
    struct post_content content;
    struct error err = { "" };
    enum status status = post_preview(&post, (enum post_kind)kind,
                                      str_from(language->tag), &content, &err);
    CHECK_TEXT(err.text, "");
    CHECK_INT(status, OK);
    return content;
}

TEST(every_mail_can_be_written_in_every_language)
{
    CHECK_INT(post_language_count, 2);
    for (size_t i = 0; i < post_language_count; i++)
        for (size_t kind = 0; kind < POST_KINDS; kind++) {
            struct post_content content = content_of(&post_languages[i], kind);
            CHECK(content.subject[0] && content.body[0]);
            CHECK(!strchr(content.subject, '{') && !strchr(content.body, '{'));
            CHECK(!strchr(content.subject, '\n'));
        }
}

TEST(no_language_lacks_a_text_that_the_others_have)
{
    for (size_t i = 0; i < post_language_count; i++) {
        const struct post_language *language = &post_languages[i];
        CHECK(language->footer.body != NULL);
        CHECK(language->all_hosts.subject != NULL);
        CHECK(language->page_ask.subject && language->page_ask.button &&
              language->page_ask.body);
        CHECK(language->page_done.subject && language->page_done.body);
        for (size_t kind = 0; kind < POST_KINDS; kind++)
            CHECK_INT(language->mails[kind].about != NULL, post_traits[kind].can_be_off);
    }
}

TEST(no_subject_holds_a_secret_or_a_link)
{
    for (size_t i = 0; i < post_language_count; i++)
        for (size_t kind = 0; kind < POST_KINDS; kind++) {
            const char *subject = post_languages[i].mails[kind].subject;
            CHECK(!strstr(subject, "{link}") && !strstr(subject, "{unsubscribe}"));
            struct post_content content = content_of(&post_languages[i], kind);
            CHECK(!strstr(content.subject, "EXAMPLE") && !strstr(content.subject, "://"));
        }
}

TEST(all_values_of_a_kind_are_in_its_text)
{
    for (size_t i = 0; i < post_language_count; i++)
        for (size_t kind = 0; kind < POST_KINDS; kind++) {
            struct post_content content = content_of(&post_languages[i], kind);
            for (const struct post_field *field = post_traits[kind].fields; field->name;
                 field++)
                CHECK(strstr(content.body, field->example) ||
                      strstr(content.subject, field->example));
            CHECK_INT(strstr(content.body, "#EXAMPLE") != NULL,
                      post_traits[kind].path != NULL);
        }
}

TEST(links_lead_to_the_configured_place_alone)
{
    for (size_t i = 0; i < post_language_count; i++)
        for (size_t kind = 0; kind < POST_KINDS; kind++) {
            struct post_content content = content_of(&post_languages[i], kind);
            for (const char *at = content.body; (at = strstr(at, "://")); at++)
                CHECK(strncmp(at - 5, "https://ddns.example.org", 24) == 0);
            bool can_be_off = post_traits[kind].can_be_off;
            CHECK_INT(content.unsubscribe[0] != 0, can_be_off);
            CHECK_INT(strstr(content.body, "https://ddns.example.org/u/") != NULL,
                      can_be_off);
        }
}

/* Only a link may be longer. */
TEST(lines_are_short_enough_to_be_quoted)
{
    for (size_t i = 0; i < post_language_count; i++)
        for (size_t kind = 0; kind < POST_KINDS; kind++) {
            struct post_content content = content_of(&post_languages[i], kind);
            struct str rest = str_from(content.body), line;
            while (str_next(&rest, '\n', &line))
                CHECK(line.n <= LINE_MAX || memmem(line.at, line.n, "://", 3));
        }
}

TEST(a_language_is_found_by_the_first_part_of_its_tag)
{
    static const struct {
        const char *tag, *want;
    } rows[] = { { "de", "de" }, { "DE-at", "de" }, { "en-GB", "en" }, { "fr", "en" },
                 { "", "en" },   { "d", "en" },     { "deu", "en" } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        CHECK_TEXT(post_language_find(str_from(rows[i].tag))->tag, rows[i].want);
}

TEST(kinds_are_found_by_their_names)
{
    for (size_t kind = 0; kind < POST_KINDS; kind++) {
        enum post_kind got = POST_TEST;
        CHECK(post_kind_find(str_from(post_traits[kind].name), &got));
        CHECK_INT(got, kind);
    }
    enum post_kind got = POST_TEST;
    CHECK(!post_kind_find(STR("new-tokens"), &got));
}

TEST(the_lists_of_names_are_those_of_the_table)
{
    size_t off = 0;
    for (size_t kind = 0; kind < POST_KINDS; kind++) {
        CHECK_TEXT(post_kind_names[kind], post_traits[kind].name);
        if (!post_traits[kind].can_be_off)
            continue;
        CHECK(post_kinds_off[off] != NULL);
        CHECK_TEXT(post_kinds_off[off], post_traits[kind].name);
        off++;
    }
    CHECK(!post_kind_names[POST_KINDS] && !post_kinds_off[off]);
}

TEST(values_stay_within_their_line)
{
    struct post_values values = { .count = 0 };
    char storage[64];
    struct buf out = BUF_ON(storage);
    post_values_add(&values, "host", STR("a\r\nb\x7f"));
    CHECK_INT(post_fill("<{host}> {host}", &values, &out, NULL), OK);
    CHECK_STR(buf_str(&out), "<a??b?> a??b?");
    CHECK_INT(post_fill("{other}", &values, &out, NULL), ERR_NOT_FOUND);
    struct buf small = buf_on(storage, 8);
    CHECK_INT(post_fill("{host}{host}", &values, &small, NULL), ERR_LIMIT);
}

TEST(times_are_in_utc)
{
    char text[POST_TIME_SIZE];
    post_time(1700000000, text);
    CHECK_TEXT(text, "2023-11-14 22:13 UTC");
}
