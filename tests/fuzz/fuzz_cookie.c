// SPDX-License-Identifier: GPL-3.0-or-later
/* Whatever the fields of a request are: a cookie that is found lies within one of them, alone. */
#include <assert.h>
#include <stdint.h>

#include "api/cookie.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_inside(struct str part, struct str whole)
{
    return part.at >= whole.at && part.at + part.n <= whole.at + whole.n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct http_head head;
    struct str value = STR("untouched");
    if (http_head_parse(str_bytes(data, size), &head))
        return 0;
    if (cookie_find(&head, &value) != COOKIE_ONE) {
        assert(str_equal(value, STR("untouched")));
        return 0;
    }
    size_t fields = 0;
    bool inside = false;
    for (size_t i = 0; i < head.field_count; i++) {
        if (!str_equal_any_case(head.fields[i].name, STR("Cookie")))
            continue;
        fields++;
        inside |= is_inside(value, head.fields[i].value);
    }
    assert(fields == 1 && inside);
    assert(str_find(value, ';') == value.n);
    return 0;
}
