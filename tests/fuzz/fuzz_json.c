// SPDX-License-Identifier: GPL-3.0-or-later
/* What can be read is written in a form that reads as the same, and its texts are UTF-8. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(struct str text)
{
    assert(str_find(text, '\0') == text.n);
    while (text.n) {
        size_t n = str_utf8_first(text);
        assert(n > 0);
        text = str_from_at(text, n);
    }
}

static void check_texts(const struct json *json)
{
    struct str text = { 0 };
    if (json_as_text(json, &text))
        check_text(text);
    for (size_t i = 0; i < json_count(json); i++)
        check_texts(json_item(json, i));
    void *iterator = NULL;
    const char *key = NULL;
    const struct json *value = NULL;
    while (json_next(json, &iterator, &key, &value)) {
        assert(json_get(json, key) == value);
        check_texts(value);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(json_freep) struct json *json = NULL;
    CLEANUP(json_freep) struct json *made = json_new_string(str_bytes(data, size));
    check_texts(made);
    if (json_parse(str_bytes(data, size), &json, NULL))
        return 0;
    check_texts(json);

    CLEANUP(mem_freep) char *text = json_text(json);
    CLEANUP(json_freep) struct json *again = NULL;
    enum status status = json_parse(str_from(text), &again, NULL);
    assert(status == OK);
    CLEANUP(mem_freep) char *text_again = json_text(again);
    assert(strcmp(text, text_again) == 0);
    return 0;
}
