// SPDX-License-Identifier: GPL-3.0-or-later
#include "test.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "dns/name.h"
#include "rest/field.h"

static const char *const colours[] = { "red", "green", "blue", NULL };

struct thing {
    char text[8];
    uint8_t u8;
    uint16_t u16;
    uint32_t u32;
    int64_t i64;
    bool truth;
    enum {
        RED,
        GREEN,
        BLUE
    } colour;
    struct name name;
    int64_t fixed, quota, born;
};

static const struct field fields[] = {
    FIELD(struct thing, text, "text", FIELD_TEXT, SET_BY_OWNER, ""),
    FIELD(struct thing, u8, "u8", FIELD_NUMBER, SET_BY_OWNER, ""),
    FIELD(struct thing, u16, "u16", FIELD_NUMBER, SET_BY_OWNER, ""),
    FIELD(struct thing, u32, "u32", FIELD_NUMBER, SET_BY_OWNER, ""),
    FIELD(struct thing, i64, "i64", FIELD_NUMBER, SET_BY_OWNER, ""),
    FIELD(struct thing, truth, "truth", FIELD_BOOL, SET_BY_OWNER, ""),
    FIELD_OF_WORDS(struct thing, colour, "colour", colours, SET_BY_OWNER, ""),
    FIELD(struct thing, name, "name", FIELD_NAME, SET_BY_OWNER, ""),
    FIELD(struct thing, fixed, "fixed", FIELD_NUMBER, SET_BY_NOBODY, ""),
    FIELD(struct thing, quota, "quota", FIELD_NUMBER, SET_BY_OPERATOR, ""),
    FIELD(struct thing, born, "born", FIELD_NUMBER, SET_BY_OWNER, "", .only_new = true),
    BY_HAND("other", HAND_TEXTS, SET_BY_OWNER, ""),
    BY_HAND("asked", HAND_BOOL, SET_BY_OWNER, "", .only_new = true, .needed = true),
};
static const struct shape shape = { "Thing", fields, LENGTH_OF(fields) };

static enum status take(const char *text, struct thing *thing, struct error *err)
{
    CLEANUP(json_freep) struct json *body = NULL;
    CHECK_INT(json_parse(str_from(text), &body, NULL), OK);
    return fields_read(&shape, body, SET_BY_OWNER, false, thing, err);
}

TEST(what_was_read_is_written_the_same)
{
    static const char text[] =
        "{\"text\":\"seven\",\"u8\":255,\"u16\":65535,\"u32\":4294967295,"
        "\"i64\":9223372036854775807,\"truth\":true,\"colour\":\"blue\","
        "\"name\":\"www.example.org\"}";
    struct thing thing = { .fixed = 5 };
    struct error err;
    CHECK_INT(take(text, &thing, &err), OK);
    CHECK_TEXT(thing.text, "seven");
    CHECK_INT(thing.colour, BLUE);
    CLEANUP(json_freep) struct json *object = json_new_object();
    fields_write(&shape, &thing, object);
    char *got = json_text(object);
    CHECK_TEXT(got, "{\"text\":\"seven\",\"u8\":255,\"u16\":65535,\"u32\":4294967295,"
                    "\"i64\":9223372036854775807,\"truth\":true,\"colour\":\"blue\","
                    "\"name\":\"www.example.org\",\"fixed\":5,\"quota\":0,\"born\":0}");
    free(got);
}

TEST(a_wrong_member_is_named_with_what_it_should_be)
{
    static const struct {
        const char *body;
        enum status status;
        const char *error;
    } rows[] = {
        { "{\"text\":5}", ERR_SYNTAX, "text: must be a text" },
        { "{\"text\":\"12345678\"}", ERR_LIMIT, "text: too long" },
        { "{\"text\":\"a\\u0000b\"}", ERR_SYNTAX, NULL },
        { "{\"u8\":256}", ERR_LIMIT, "u8: too large or negative" },
        { "{\"u16\":65536}", ERR_LIMIT, "u16: too large or negative" },
        { "{\"u32\":4294967296}", ERR_LIMIT, "u32: too large or negative" },
        { "{\"u32\":-1}", ERR_LIMIT, "u32: too large or negative" },
        { "{\"i64\":-1}", ERR_LIMIT, "i64: too large or negative" },
        { "{\"i64\":\"5\"}", ERR_SYNTAX, "i64: must be a number" },
        { "{\"truth\":1}", ERR_SYNTAX, "truth: must be true or false" },
        { "{\"colour\":\"pink\"}", ERR_SYNTAX,
          "colour: must be one of red, green, blue" },
        { "{\"colour\":2}", ERR_SYNTAX, "colour: must be one of red, green, blue" },
        { "{\"name\":\"a..b\"}", ERR_SYNTAX, "name: must be a domain name" },
        { "{\"name\":7}", ERR_SYNTAX, "name: must be a domain name" },
        { "{\"fixed\":7}", ERR_SYNTAX, "fixed: cannot be set" },
        { "{\"born\":7}", ERR_SYNTAX, "born: cannot be set" },
        { "{\"quota\":7}", ERR_DENIED, "quota: only operators set it" },
        { "{\"colur\":\"red\"}", ERR_SYNTAX,
          "unknown member 'colur', did you mean 'colour'?" },
        { "{\"otter\":\"red\"}", ERR_SYNTAX,
          "unknown member 'otter', did you mean 'other'?" },
        { "{\"zzzzzzzz\":1}", ERR_SYNTAX, "unknown member 'zzzzzzzz'" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct thing thing = { .fixed = 1 };
        struct error err = { "" };
        CLEANUP(json_freep) struct json *body = NULL;
        /* The reader of JSON refuses zero bytes itself. */
        if (json_parse(str_from(rows[i].body), &body, NULL)) {
            CHECK(rows[i].error == NULL);
            continue;
        }
        CHECK_INT(take(rows[i].body, &thing, &err), rows[i].status);
        CHECK_TEXT(err.text, rows[i].error);
    }
}

TEST(members_of_the_caller_are_passed_over)
{
    struct thing thing = { .fixed = 1 };
    struct error err;
    CHECK_INT(take("{\"other\":[1,2],\"u8\":3}", &thing, &err), OK);
    CHECK_INT(thing.u8, 3);
}

TEST(no_body_changes_nothing)
{
    struct thing thing = { .u8 = 9 };
    CHECK_INT(fields_read(&shape, NULL, SET_BY_OWNER, false, &thing, NULL), OK);
    CHECK_INT(thing.u8, 9);
}

TEST(an_operator_sets_what_owners_do_not)
{
    struct thing thing = { .fixed = 1 };
    CLEANUP(json_freep) struct json *body = NULL;
    CHECK_INT(json_parse(STR("{\"quota\":7,\"u8\":3}"), &body, NULL), OK);
    CHECK_INT(fields_read(&shape, body, SET_BY_OPERATOR, false, &thing, NULL), OK);
    CHECK_INT((int)thing.quota, 7);
    CHECK_INT(thing.u8, 3);
}

TEST(what_is_needed_or_given_once_belongs_to_a_new_thing)
{
    static const struct {
        const char *body;
        enum status status;
        const char *error;
    } rows[] = {
        { "{\"asked\":true,\"born\":7}", OK, "" },
        { "{\"born\":7}", ERR_SYNTAX, "asked: is needed" },
        { "{}", ERR_SYNTAX, "asked: is needed" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct thing thing = { .born = 1 };
        struct error err = { "" };
        CLEANUP(json_freep) struct json *body = NULL;
        CHECK_INT(json_parse(str_from(rows[i].body), &body, NULL), OK);
        CHECK_INT(fields_read(&shape, body, SET_BY_OWNER, true, &thing, &err),
                  rows[i].status);
        CHECK_TEXT(err.text, rows[i].error);
    }
}
