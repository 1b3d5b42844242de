// SPDX-License-Identifier: GPL-3.0-or-later
/* json.h - JSON values: the door to jansson.
 *
 * A `struct json` is one value, freed with json_free(). Values put into an object or array
 * belong to it from then on. Getters lend. Reading is strict: RFC 8259, no duplicate keys,
 * UTF-8 only. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

struct json;

/* ERR_SYNTAX: not JSON, or a duplicate key, a zero byte, a number past 64 bits. ERR_LIMIT:
 * more than JSON_DEPTH_MAX arrays and objects inside each other. Any value may stand at the
 * top. The caller frees *out. */
enum {
    JSON_DEPTH_MAX = 16
};
MUST_CHECK enum status json_parse(struct str text, struct json **out, struct error *err);
/* Compact text, one line, keys in the order they were put; the caller frees it with
 * mem_free(). */
char *json_text(const struct json *json);
/* The same, indented by two blanks, for people. */
char *json_pretty(const struct json *json);
/* A value of its own with the same contents, at every depth; NULL gives NULL. */
struct json *json_clone(const struct json *json);
void json_free(struct json *json);
CLEANER(json_free, struct json *)

struct json *json_new_object(void);
struct json *json_new_array(void);
struct json *json_new_string(
    struct str text); /* bytes that are not UTF-8, and zero bytes,
                                                  become '?' */
struct json *json_new_number(int64_t number);
struct json *json_new_bool(bool value);
struct json *json_new_null(void);

/* Takes `value`. A key that is there already gets the new value in its old place. Keys are
 * ours: zero-terminated UTF-8. */
void json_put(struct json *object, const char *key, struct json *value);
void json_put_text(struct json *object, const char *key, struct str text);
void json_put_number(struct json *object, const char *key, int64_t number);
void json_put_bool(struct json *object, const char *key, bool value);
/* Takes `value`. */
void json_append(struct json *array, struct json *value);

/* NULL when there is no such key or `json` is no object. */
const struct json *json_get(const struct json *json, const char *key);
/* A member that may be missing: "", 0 or false when there is none of the kind. */
struct str json_get_text(const struct json *json, const char *key);
int64_t json_get_number(const struct json *json, const char *key);
bool json_get_bool(const struct json *json, const char *key);
bool json_is_object(const struct json *json);
bool json_is_array(const struct json *json);
bool json_is_null(const struct json *json);
bool json_is_string(const struct json *json);
/* Count of an array, 0 for anything else; and its item, NULL past the end. */
size_t json_count(const struct json *array);
const struct json *json_item(const struct json *array, size_t index);
/* False when it is not of the kind; *out is untouched then. */
bool json_as_text(const struct json *json, struct str *out);
bool json_as_number(const struct json *json, int64_t *out);
bool json_as_bool(const struct json *json, bool *out);

/* Walks the members of an object in order: start with *iterator = NULL; false at the end. */
bool json_next(const struct json *object, void **iterator, const char **key,
               const struct json **value);
