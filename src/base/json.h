// SPDX-License-Identifier: GPL-3.0-or-later
/* json.h - JSON values: the door to jansson.
 *
 * A `struct json` is one value, which json_free() frees. A value that is put into an object or an
 * array belongs to it from then on. Getters lend. The reader is strict (RFC 8259): it takes UTF-8
 * only, and no key twice. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

struct json;

enum {
    JSON_DEPTH_MAX = 16
};
/* Reads a value of any kind; the caller frees *out. ERR_SYNTAX: not JSON, or it has a key twice, a
 * zero byte or a number beyond 64 bits. ERR_LIMIT: arrays and objects are nested more than
 * JSON_DEPTH_MAX deep. */
MUST_CHECK enum status json_parse(struct str text, struct json **out, struct error *err);
/* Compact text on one line, with keys in the order in which they were put. The caller frees it
 * with mem_free(). */
char *json_text(const struct json *json);
/* The bytes of json_text(), without making it. */
size_t json_text_size(const struct json *json);
/* Text for people: one member a line, indented by two blanks. The caller frees it likewise. */
char *json_pretty(const struct json *json);
/* A deep copy, which the caller frees; NULL gives NULL. */
struct json *json_clone(const struct json *json);
void json_free(struct json *json);
CLEANER(json_free, struct json *)

struct json *json_new_object(void);
struct json *json_new_array(void);
/* Bytes that are not UTF-8, and zero bytes, become '?'. */
struct json *json_new_string(struct str text);
struct json *json_new_number(int64_t number);
struct json *json_new_bool(bool value);
struct json *json_new_null(void);

/* Takes `value`. If the object has the key already, the new value replaces the old one in its
 * place. `key` is our own text: zero-terminated UTF-8. */
void json_put(struct json *object, const char *key, struct json *value);
void json_put_text(struct json *object, const char *key, struct str text);
void json_put_number(struct json *object, const char *key, int64_t number);
void json_put_bool(struct json *object, const char *key, bool value);
/* Takes `value`. */
void json_append(struct json *array, struct json *value);

/* The member's value. NULL: there is no such key, or `json` is no object. */
const struct json *json_get(const struct json *json, const char *key);
/* The value of a member that may be missing. It is "", 0 or false if there is none of this kind. */
struct str json_get_text(const struct json *json, const char *key);
int64_t json_get_number(const struct json *json, const char *key);
bool json_get_bool(const struct json *json, const char *key);
bool json_is_object(const struct json *json);
bool json_is_array(const struct json *json);
bool json_is_null(const struct json *json);
bool json_is_string(const struct json *json);
/* The number of an array's items (0 for anything else), and the item at `index` (NULL: past the
 * end). */
size_t json_count(const struct json *array);
const struct json *json_item(const struct json *array, size_t index);
/* The value; *out is lent. False: `json` is not of this kind, and *out is untouched. */
bool json_as_text(const struct json *json, struct str *out);
bool json_as_number(const struct json *json, int64_t *out);
bool json_as_bool(const struct json *json, bool *out);

/* Gives the members of an object one by one, in order. Start with *iterator = NULL. False: there
 * are no more. */
bool json_next(const struct json *object, void **iterator, const char **key,
               const struct json **value);
