// SPDX-License-Identifier: GPL-3.0-or-later
#include "rest/field.h"

#include <string.h>

#include "base/conf.h"
#include "base/json.h"
#include "dns/name.h"

enum {
    MEMBERS_MAX = 32
};

static int64_t load_number(const void *at, size_t size)
{
    uint8_t u8 = 0;
    uint16_t u16 = 0;
    uint32_t u32 = 0;
    int64_t i64 = 0;
    switch (size) {
    case sizeof(u8):
        memcpy(&u8, at, size);
        return u8;
    case sizeof(u16):
        memcpy(&u16, at, size);
        return u16;
    case sizeof(u32):
        memcpy(&u32, at, size);
        return u32;
    default:
        memcpy(&i64, at, size);
        return i64;
    }
}

static enum status store_number(void *at, size_t size, int64_t number)
{
    if (number < 0 || (size < sizeof(int64_t) && number >> (8 * size)))
        return ERR_LIMIT;
    uint8_t u8 = (uint8_t)(number & UINT8_MAX);
    uint16_t u16 = (uint16_t)(number & UINT16_MAX);
    uint32_t u32 = (uint32_t)(number & UINT32_MAX);
    switch (size) {
    case sizeof(u8):
        memcpy(at, &u8, size);
        return OK;
    case sizeof(u16):
        memcpy(at, &u16, size);
        return OK;
    case sizeof(u32):
        memcpy(at, &u32, size);
        return OK;
    default:
        memcpy(at, &number, size);
        return OK;
    }
}

static void write_one(const struct field *field, const void *at, struct json *object)
{
    bool truth = false;
    switch (field->kind) {
    case FIELD_TEXT:
        json_put_text(object, field->key, str_from((const char *)at));
        return;
    case FIELD_NUMBER:
        json_put_number(object, field->key, load_number(at, field->size));
        return;
    case FIELD_BOOL:
        memcpy(&truth, at, sizeof(truth));
        json_put_bool(object, field->key, truth);
        return;
    case FIELD_WORD:
        json_put_text(object, field->key,
                      str_from(field->words[load_number(at, field->size)]));
        return;
    case FIELD_NAME:
        json_put_text(object, field->key, str_from(name_text((const struct name *)at)));
        return;
    case HAND_TEXT:
    case HAND_TEXT_OR_NULL:
    case HAND_BOOL:
    case HAND_TEXTS:
    case HAND_OBJECT:
    case HAND_SHAPE:
        return;
    }
}

void fields_write(const struct shape *shape, const void *row, struct json *object)
{
    for (size_t i = 0; i < shape->count; i++)
        if (!shape->fields[i].unshown)
            write_one(&shape->fields[i], (const char *)row + shape->fields[i].offset,
                      object);
}

static enum status read_text(const struct field *field, const struct json *value,
                             void *at)
{
    struct str text;
    if (!json_as_text(value, &text) || str_find(text, '\0') != text.n)
        return ERR_SYNTAX;
    if (text.n >= field->size)
        return ERR_LIMIT;
    memset(at, 0, field->size);
    memcpy(at, text.at, text.n);
    return OK;
}

static enum status read_word(const struct field *field, const struct json *value,
                             void *at)
{
    struct str text;
    if (!json_as_text(value, &text))
        return ERR_SYNTAX;
    for (int64_t i = 0; field->words[i]; i++)
        if (str_equal(text, str_from(field->words[i])))
            return store_number(at, field->size, i);
    return ERR_SYNTAX;
}

static enum status read_one(const struct field *field, const struct json *value, void *at)
{
    int64_t number = 0;
    bool truth = false;
    struct str text;
    switch (field->kind) {
    case FIELD_TEXT:
        return read_text(field, value, at);
    case FIELD_NUMBER:
        return json_as_number(value, &number) ? store_number(at, field->size, number)
                                              : ERR_SYNTAX;
    case FIELD_BOOL:
        if (!json_as_bool(value, &truth))
            return ERR_SYNTAX;
        memcpy(at, &truth, sizeof(truth));
        return OK;
    case FIELD_WORD:
        return read_word(field, value, at);
    case FIELD_NAME:
        return json_as_text(value, &text) ? name_parse(text, (struct name *)at, NULL)
                                          : ERR_SYNTAX;
    case HAND_TEXT:
    case HAND_TEXT_OR_NULL:
    case HAND_BOOL:
    case HAND_TEXTS:
    case HAND_OBJECT:
    case HAND_SHAPE:
        return OK;
    }
    return ERR_SYNTAX;
}

static const char *wanted(const struct field *field, struct buf *words)
{
    switch (field->kind) {
    case FIELD_TEXT:
        return "a text";
    case FIELD_NUMBER:
        return "a number";
    case FIELD_BOOL:
        return "true or false";
    case FIELD_NAME:
        return "a domain name";
    case FIELD_WORD:
    case HAND_TEXT:
    case HAND_TEXT_OR_NULL:
    case HAND_BOOL:
    case HAND_TEXTS:
    case HAND_OBJECT:
    case HAND_SHAPE:
        break;
    }
    buf_put_text(words, "one of");
    for (size_t i = 0; field->words[i]; i++)
        buf_printf(words, "%s %s", i ? "," : "", field->words[i]);
    return buf_text(words);
}

static enum status refuse_value(const struct field *field, enum status status,
                                struct error *err)
{
    char storage[256];
    struct buf words = BUF_ON(storage);
    if (status == ERR_LIMIT)
        return FAIL(err, ERR_LIMIT, "%s: too %s", field->key,
                    field->kind == FIELD_NUMBER ? "large or negative" : "long");
    return FAIL(err, ERR_SYNTAX, "%s: must be %s", field->key, wanted(field, &words));
}

static const struct field *find_field(const struct shape *shape, const char *key)
{
    for (size_t i = 0; i < shape->count; i++)
        if (strcmp(shape->fields[i].key, key) == 0)
            return &shape->fields[i];
    return NULL;
}

static bool is_settable(const struct field *field, bool is_new)
{
    return field->setter && (is_new || !field->only_new);
}

static enum status refuse_key(const struct shape *shape, const char *key, bool is_new,
                              struct error *err)
{
    const char *candidates[MEMBERS_MAX];
    size_t n = 0;
    for (size_t i = 0; i < shape->count && n < MEMBERS_MAX; i++)
        if (is_settable(&shape->fields[i], is_new))
            candidates[n++] = shape->fields[i].key;
    const char *like = conf_suggest(str_from(key), candidates, n);
    if (like)
        return FAIL(err, ERR_SYNTAX, "unknown member '%s', did you mean '%s'?", key,
                    like);
    return FAIL(err, ERR_SYNTAX, "unknown member '%s'", key);
}

const char *field_setter_text(enum field_setter setter)
{
    switch (setter) {
    case SET_BY_OPERATOR:
        return "operators set it";
    case SET_BY_ZONE:
        return "operators and who looks after the zone set it";
    case SET_BY_OWNER:
    case SET_BY_NOBODY:
        break;
    }
    return "";
}

static enum status judge_field(const struct field *field, enum field_setter setter,
                               bool is_new, struct error *err)
{
    if (!is_settable(field, is_new))
        return FAIL(err, ERR_SYNTAX, "%s: cannot be set", field->key);
    if (field->setter > setter)
        return FAIL(err, ERR_DENIED, "%s: only %s", field->key,
                    field_setter_text(field->setter));
    return OK;
}

static enum status check_needed(const struct shape *shape, const struct json *body,
                                struct error *err)
{
    for (size_t i = 0; i < shape->count; i++)
        if (shape->fields[i].needed && !json_get(body, shape->fields[i].key))
            return FAIL(err, ERR_SYNTAX, "%s: is needed", shape->fields[i].key);
    return OK;
}

enum status fields_read(const struct shape *shape, const struct json *body,
                        enum field_setter setter, bool is_new, void *row,
                        struct error *err)
{
    void *iterator = NULL;
    const char *key = NULL;
    const struct json *value = NULL;
    while (json_next(body, &iterator, &key, &value)) {
        const struct field *field = find_field(shape, key);
        if (!field)
            return refuse_key(shape, key, is_new, err);
        enum status status = judge_field(field, setter, is_new, err);
        if (status)
            return status;
        status = read_one(field, value, (char *)row + field->offset);
        if (status)
            return refuse_value(field, status, err);
    }
    return is_new ? check_needed(shape, body, err) : OK;
}
