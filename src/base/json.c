// SPDX-License-Identifier: GPL-3.0-or-later
/* JSON values by jansson. Adds what jansson lacks: a limit of depth before parsing, and text that
 * is always UTF-8 without zero bytes. */
#include "base/json.h"

#include <assert.h>
#include <jansson.h>
#include <string.h>

#include "base/mem.h"

/* jansson has macros of the same names as our functions. */
#undef json_is_object
#undef json_is_array
#undef json_is_string
#undef json_is_null

/* A `struct json` is jansson's value under another name. jansson wants pointers that are not const
 * even where it only reads. */
static json_t *theirs(const struct json *json)
{
    union {
        const struct json *ours;
        json_t *theirs;
    } pointer = { .ours = json };
    return pointer.theirs;
}

/* Takes a new value. There is none only when memory has run out, or by our own mistake. */
static struct json *made(json_t *json)
{
    assert(json);
    return (struct json *)json;
}

/* Whether brackets are nested no deeper than allowed. This is checked before parsing, so that depth
 * costs no memory. */
static bool is_shallow(struct str text)
{
    size_t depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.at[i];
        if (c == '"')
            quoted = !quoted;
        else if (quoted)
            i += c == '\\';
        else if (c == '[' || c == '{')
            depth++;
        else if ((c == ']' || c == '}') && depth)
            depth--;
        if (depth > JSON_DEPTH_MAX)
            return false;
    }
    return true;
}

enum status json_parse(struct str text, struct json **out, struct error *err)
{
    if (!is_shallow(text))
        return FAIL(err, ERR_LIMIT, "more than %d levels", JSON_DEPTH_MAX);
    json_error_t why;
    json_t *json = json_loadb(text.n ? text.at : "", text.n,
                              JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
    if (!json)
        return FAIL(err, ERR_SYNTAX, "line %d, column %d: %s", why.line, why.column,
                    why.text);
    *out = made(json);
    return OK;
}

static char *dump(const struct json *json, size_t flags)
{
    char *text = json_dumps(theirs(json), flags | JSON_ENCODE_ANY);
    assert(text);
    return text;
}

char *json_text(const struct json *json)
{
    return dump(json, JSON_COMPACT);
}

static size_t quoted_size(const char *text, size_t n)
{
    size_t size = n + 2;
    for (size_t i = 0; i < n; i++) {
        char c = text[i];
        if (c == '"' || c == '\\' || (c >= '\b' && c <= '\r' && c != '\v'))
            size++;
        else if ((unsigned char)c < ' ')
            size += sizeof("u0000") - 1;
    }
    return size;
}

static size_t number_size(json_int_t number)
{
    size_t size = number < 0 ? 2 : 1;
    while (number /= 10)
        size++;
    return size;
}

// NOLINTNEXTLINE(misc-no-recursion): values are nested no deeper than where they came from allows
size_t json_text_size(const struct json *json)
{
    json_t *value = theirs(json), *item = NULL;
    const char *key = NULL;
    size_t i = 0,
           size = 1; /* each item with what is behind it: a comma, or the last bracket */
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        json_object_foreach(value, key, item) size +=
            quoted_size(key, strlen(key)) + 1 + json_text_size(made(item)) + 1;
        return size == 1 ? 2 : size;
    case JSON_ARRAY:
        json_array_foreach(value, i, item) size += json_text_size(made(item)) + 1;
        return size == 1 ? 2 : size;
    case JSON_STRING:
        return quoted_size(json_string_value(value), json_string_length(value));
    case JSON_INTEGER:
        return number_size(json_integer_value(value));
    case JSON_REAL:
    case JSON_TRUE:
    case JSON_FALSE:
    case JSON_NULL:
        break;
    }
    return json_dumpb(value, NULL, 0, JSON_COMPACT | JSON_ENCODE_ANY);
}

char *json_pretty(const struct json *json)
{
    return dump(json, JSON_INDENT(2));
}

struct json *json_clone(const struct json *json)
{
    return json ? made(json_deep_copy(theirs(json))) : NULL;
}

void json_free(struct json *json)
{
    json_decref(theirs(json));
}

struct json *json_new_object(void)
{
    return made(json_object());
}

struct json *json_new_array(void)
{
    return made(json_array());
}

struct json *json_new_string(struct str text)
{
    CLEANUP(mem_freep) char *clean = mem_new(text.n);
    struct buf out = buf_on(clean, text.n);
    while (text.n) {
        size_t n = str_utf8_first(text);
        if (n == 0 || text.at[0] == '\0')
            buf_put_u8(&out, '?');
        else
            buf_put(&out, str_first(text, n));
        text = str_from_at(text, n ? n : 1);
    }
    return made(json_stringn_nocheck(clean, out.n));
}

struct json *json_new_number(int64_t number)
{
    return made(json_integer(number));
}

struct json *json_new_bool(bool value)
{
    return made(json_boolean(value));
}

struct json *json_new_null(void)
{
    return made(json_null());
}

void json_put(struct json *object, const char *key, struct json *value)
{
    int failed = json_object_set_new(theirs(object), key, theirs(value));
    assert(!failed);
}

void json_put_text(struct json *object, const char *key, struct str text)
{
    json_put(object, key, json_new_string(text));
}

void json_put_number(struct json *object, const char *key, int64_t number)
{
    json_put(object, key, json_new_number(number));
}

void json_put_bool(struct json *object, const char *key, bool value)
{
    json_put(object, key, json_new_bool(value));
}

void json_append(struct json *array, struct json *value)
{
    int failed = json_array_append_new(theirs(array), theirs(value));
    assert(!failed);
}

const struct json *json_get(const struct json *json, const char *key)
{
    return (const struct json *)json_object_get(theirs(json), key);
}

static bool has_type(const struct json *json, json_type type)
{
    return json && json_typeof(theirs(json)) == type;
}

bool json_is_object(const struct json *json)
{
    return has_type(json, JSON_OBJECT);
}

bool json_is_array(const struct json *json)
{
    return has_type(json, JSON_ARRAY);
}

bool json_is_null(const struct json *json)
{
    return has_type(json, JSON_NULL);
}

bool json_is_string(const struct json *json)
{
    return has_type(json, JSON_STRING);
}

size_t json_count(const struct json *array)
{
    return json_array_size(theirs(array));
}

const struct json *json_item(const struct json *array, size_t index)
{
    return (const struct json *)json_array_get(theirs(array), index);
}

bool json_as_text(const struct json *json, struct str *out)
{
    if (!has_type(json, JSON_STRING))
        return false;
    *out = str_bytes(json_string_value(theirs(json)), json_string_length(theirs(json)));
    return true;
}

bool json_as_number(const struct json *json, int64_t *out)
{
    if (!has_type(json, JSON_INTEGER))
        return false;
    *out = json_integer_value(theirs(json));
    return true;
}

bool json_as_bool(const struct json *json, bool *out)
{
    bool is_true = has_type(json, JSON_TRUE);
    if (!is_true && !has_type(json, JSON_FALSE))
        return false;
    *out = is_true;
    return true;
}

struct str json_get_text(const struct json *json, const char *key)
{
    struct str text = STR("");
    (void)json_as_text(json_get(json, key), &text);
    return text;
}

int64_t json_get_number(const struct json *json, const char *key)
{
    int64_t number = 0;
    (void)json_as_number(json_get(json, key), &number);
    return number;
}

bool json_get_bool(const struct json *json, const char *key)
{
    bool value = false;
    (void)json_as_bool(json_get(json, key), &value);
    return value;
}

bool json_next(const struct json *object, void **iterator, const char **key,
               const struct json **value)
{
    json_t *walked = theirs(object);
    void *next =
        *iterator ? json_object_iter_next(walked, *iterator) : json_object_iter(walked);
    if (!next)
        return false;
    *iterator = next;
    *key = json_object_iter_key(next);
    *value = (const struct json *)json_object_iter_value(next);
    return true;
}
