// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/json.h"

#include <string.h>

#include "base/mem.h"
#include "ends.h"
#include "test.h"

static struct json *json_of(const char *text)
{
    struct json *json = NULL;
    struct error err = { .text = "" };
    if (json_parse(str_from(text), &json, &err))
        fail_msg("%s: %s", text, err.text);
    return json;
}

TEST(values_are_written_in_the_order_they_were_put)
{
    CLEANUP(json_freep) struct json *json = json_new_object();
    json_put_text(json, "zone", STR("example.org"));
    json_put_number(json, "serial", INT64_MIN);
    json_put_bool(json, "active", true);
    json_put_bool(json, "hidden", false);
    json_put(json, "owner", json_new_null());
    struct json *list = json_new_array();
    json_append(list, json_new_number(1));
    json_append(list, json_new_string(STR("a\"\n")));
    json_put(json, "list", list);
    json_put_text(json, "zone", STR("example.com")); /* keeps its place */
    CLEANUP(mem_freep) char *text = json_text(json);
    CHECK_TEXT(text, "{\"zone\":\"example.com\",\"serial\":-9223372036854775808,"
                     "\"active\":true,\"hidden\":false,\"owner\":null,"
                     "\"list\":[1,\"a\\\"\\n\"]}");
}

TEST(text_for_people_is_indented)
{
    CLEANUP(json_freep) struct json *json = json_of("{\"a\":[1,2]}");
    CLEANUP(mem_freep) char *text = json_pretty(json);
    CHECK_TEXT(text, "{\n  \"a\": [\n    1,\n    2\n  ]\n}");
}

TEST(bytes_that_are_not_utf8_become_question_marks)
{
    static const struct {
        const char *text;
        size_t n;
        const char *want;
    } rows[] = {
        { "", 0, "\"\"" },
        { "a\xff\xc3", 3, "\"a??\"" },
        { "a\0b", 3, "\"a?b\"" },
        { "\xc3\xa4", 2, "\"\xc3\xa4\"" },
        { "\xed\xa0\x80", 3, "\"???\"" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        CLEANUP(json_freep)
        struct json *json = json_new_string(str_bytes(rows[i].text, rows[i].n));
        CLEANUP(mem_freep) char *text = json_text(json);
        CHECK_TEXT(text, rows[i].want);
    }
}

TEST(a_value_is_only_what_it_is)
{
    CLEANUP(json_freep)
    struct json *json = json_of(
        "{\"text\":\"x\",\"number\":-5,\"true\":true,\"false\":false,\"null\":null,"
        "\"real\":1.5,\"list\":[1,2,3],\"object\":{\"in\":7}}");
    static const struct {
        const char *key, *kinds; /* which of t(ext) n(umber) b(ool) o(bject) z(ero) */
    } rows[] = {
        { "text", "t" },  { "number", "n" }, { "true", "b" },
        { "false", "b" }, { "null", "z" },   { "real", "" },
        { "list", "" },   { "object", "o" }, { "absent", "" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        const struct json *value = json_get(json, rows[i].key);
        struct str text = STR("old");
        int64_t number = 99;
        bool truth = true;
        CHECK_INT(json_as_text(value, &text), !strcmp(rows[i].kinds, "t"));
        CHECK_INT(json_is_string(value), !strcmp(rows[i].kinds, "t"));
        CHECK_INT(json_as_number(value, &number), !strcmp(rows[i].kinds, "n"));
        CHECK_INT(json_as_bool(value, &truth), !strcmp(rows[i].kinds, "b"));
        CHECK_INT(json_is_object(value), !strcmp(rows[i].kinds, "o"));
        CHECK_INT(json_is_null(value), !strcmp(rows[i].kinds, "z"));
        CHECK_STR(text, strcmp(rows[i].key, "text") ? "old" : "x");
        CHECK_INT(number, strcmp(rows[i].key, "number") ? 99 : -5);
        CHECK_INT(truth, strcmp(rows[i].key, "false") != 0);
    }
    CHECK_INT(json_count(json_get(json, "list")), 3);
    CHECK_INT(json_count(json), 0);
    CHECK_INT(json_count(NULL), 0);
    int64_t number = 0;
    CHECK(json_as_number(json_item(json_get(json, "list"), 2), &number) && number == 3);
    CHECK(!json_item(json_get(json, "list"), 3));
    CHECK(!json_item(json, 0));
    CHECK(!json_get(NULL, "x"));
    CHECK(!json_get(json_get(json, "list"), "x"));
}

TEST(members_are_walked_in_order)
{
    CLEANUP(json_freep) struct json *json = json_of("{\"b\":1,\"a\":2,\"c\":3}");
    char keys[8] = "";
    void *iterator = NULL;
    const char *key = NULL;
    const struct json *value = NULL;
    int64_t sum = 0, number = 0;
    while (json_next(json, &iterator, &key, &value)) {
        CHECK(json_as_number(value, &number));
        sum = sum * 10 + number;
        strncat(keys, key, 1);
    }
    CHECK_TEXT(keys, "bac");
    CHECK_INT(sum, 123);
    iterator = NULL;
    CLEANUP(json_freep) struct json *list = json_of("[1]");
    CHECK(!json_next(list, &iterator, &key, &value));
}

TEST(a_member_that_may_be_missing_has_a_value_anyway)
{
    CLEANUP(json_freep)
    struct json *json = json_of("{\"text\":\"x\",\"number\":-7,\"bool\":true}");
    CHECK_STR(json_get_text(json, "text"), "x");
    CHECK_STR(json_get_text(json, "number"), "");
    CHECK_STR(json_get_text(json, "none"), "");
    CHECK_INT(json_get_number(json, "number"), -7);
    CHECK_INT(json_get_number(json, "text"), 0);
    CHECK_INT(json_get_number(json, "none"), 0);
    CHECK(json_get_bool(json, "bool"));
    CHECK(!json_get_bool(json, "number"));
    CHECK(!json_get_bool(json, "none"));
    CHECK_STR(json_get_text(NULL, "text"), "");
}

TEST(what_is_not_strictly_json_is_refused)
{
    static const struct {
        const char *text;
        size_t n; /* 0: up to the zero byte */
    } rows[] = {
        { "", 0 },
        { " ", 0 },
        { "{", 0 },
        { "]", 0 },
        { "}{", 0 },
        { "[1,]", 0 },
        { "{\"a\":1,}", 0 },
        { "{\"a\":1,\"a\":2}", 0 },
        { "{a:1}", 0 },
        { "{'a':1}", 0 },
        { "[1] 2", 0 },
        { "[1] // no", 0 },
        { "01", 0 },
        { "+1", 0 },
        { "NaN", 0 },
        { "9223372036854775808", 0 },
        { "1e999", 0 },
        { "tru", 0 },
        { "\"\\u0000\"", 0 },
        { "{\"a\\u0000b\":1}", 0 },
        { "\"a\nb\"", 0 },
        { "\"\\ud800\"", 0 },
        { "\"\xff\"", 0 },
        { "\"\xc0\x80\"", 0 },
        { "\xef\xbb\xbf{}", 0 },
        { "[1]\0", 4 },
        { "\"a\0b\"", 5 },
        { "\"\\", 0 },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct json *json = NULL;
        struct error err = { .text = "" };
        size_t n = rows[i].n ? rows[i].n : strlen(rows[i].text);
        if (json_parse(str_bytes(rows[i].text, n), &json, &err) != ERR_SYNTAX)
            fail_msg("row %zu was read", i);
        CHECK(!json);
        CHECK(strncmp(err.text, "line ", 5) == 0);
    }
}

TEST(any_value_may_stand_at_the_top)
{
    static const char *const rows[] = { "true", "null", "-5",   "\"x\"",
                                        "[]",   "{}",   "[{}]", "9223372036854775807" };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        CLEANUP(json_freep) struct json *json = json_of(rows[i]);
        CLEANUP(mem_freep) char *text = json_text(json);
        CHECK_TEXT(text, rows[i]);
    }
}

TEST(depth_is_limited_and_brackets_in_texts_do_not_count)
{
    char text[4 * JSON_DEPTH_MAX];
    for (size_t depth = JSON_DEPTH_MAX; depth <= JSON_DEPTH_MAX + 1; depth++) {
        struct buf out = BUF_ON(text);
        for (size_t i = 0; i < depth; i++)
            buf_put_u8(&out, '[');
        for (size_t i = 0; i < depth; i++)
            buf_put_u8(&out, ']');
        CLEANUP(json_freep) struct json *json = NULL;
        CHECK_INT(json_parse(buf_str(&out), &json, NULL),
                  depth > JSON_DEPTH_MAX ? ERR_LIMIT : OK);
    }
    CLEANUP(json_freep)
    struct json *quoted = json_of("[\"[[[[[[[[[[[[[[[[[[[[[[[\\\"[[[[\", [], [], {}]");
    CHECK_INT(json_count(quoted), 4);
}

TEST(a_clone_lives_on_its_own)
{
    struct json *json = json_of("{\"a\":[1]}");
    CLEANUP(json_freep) struct json *clone = json_clone(json);
    json_put_number(json, "b", 2);
    json_free(json);
    CLEANUP(mem_freep) char *text = json_text(clone);
    CHECK_TEXT(text, "{\"a\":[1]}");
    CHECK(!json_clone(NULL));
    json_free(NULL);
}

TEST(the_size_of_a_text_is_known_before_it_is_made)
{
    static const char *const texts[] = {
        "{}",
        "[]",
        "{\"a\":[],\"b\":{}}",
        "[0,-0,7,-7,10,-10,9223372036854775807,-9223372036854775808]",
        "[1.5,-1e99,true,false,null]",
        "[\"\",\"\\u0001\\u001f\\b\\t\\n\\u000b\\f\\r\\u000e\\\\\\\"/\\u007f\"]",
        "{\"\\u00e9\\n\":\"\\ud83d\\ude00\",\"x\":[{\"y\":[1,2]},3]}",
        "\"alone\"",
    };
    for (size_t i = 0; i < LENGTH_OF(texts); i++) {
        CLEANUP(json_freep) struct json *json = NULL;
        CHECK_INT(json_parse(str_from(texts[i]), &json, NULL), OK);
        CLEANUP(mem_freep) char *text = json_text(json);
        CHECK_INT((int)json_text_size(json), (int)strlen(text));
    }
}

static void put_into_a_list(void)
{
    json_put_number(json_new_array(), "key", 1);
}
static void append_to_a_number(void)
{
    json_append(json_new_number(1), json_new_number(2));
}

TEST(mistakes_of_ours_end_the_process)
{
    CHECK(ends(put_into_a_list));
    CHECK(ends(append_to_a_number));
}
