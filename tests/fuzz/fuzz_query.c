// SPDX-License-Identifier: GPL-3.0-or-later
/* What was decoded and is written out fully escaped decodes to the same. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/mem.h"
#include "http/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_escaped(struct buf *out, struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        buf_put_u8(out, '%');
        buf_put_hex(out, str_first(str_from_at(text, i), 1));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(4096);
    struct http_param params[HTTP_PARAMS_MAX], again[HTTP_PARAMS_MAX];
    size_t count = 0, count_again = 0;
    (void)!http_query_parse(str_bytes(data, size), arena, params, &count);
    assert(count <= HTTP_PARAMS_MAX);

    size_t room = size * 3 + 2UL * HTTP_PARAMS_MAX + 1;
    char *bytes = mem_new(room);
    struct buf out = buf_on(bytes, room);
    for (size_t i = 0; i < count; i++) {
        put_escaped(&out, params[i].name);
        buf_put_text(&out, params[i].has_value ? "=" : "");
        put_escaped(&out, params[i].value);
        buf_put_u8(&out, '&');
    }
    assert(!out.full);
    enum status status = http_query_parse(buf_str(&out), arena, again, &count_again);
    assert(status == OK);
    assert(count_again == count);
    for (size_t i = 0; i < count; i++) {
        assert(str_equal(params[i].name, again[i].name));
        assert(str_equal(params[i].value, again[i].value));
        assert(params[i].has_value == again[i].has_value);
    }
    mem_free(bytes);
    arena_free(arena);
    return 0;
}
