// SPDX-License-Identifier: GPL-3.0-or-later
/* A normal target has one spelling: normalising it again changes nothing, unless something is
 * left that would be decoded or split once more. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "update/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(4096);
    struct target target, again;
    target_normalise(str_bytes(data, size), arena, &target);
    assert(target.path.n > 0 && target.path.at[0] == '/');
    assert(target.path.n == 1 || target.path.at[target.path.n - 1] != '/');
    assert(str_find(target.path, '\\') == target.path.n);
    assert(str_find(target.path, ' ') == target.path.n);
    assert(str_find(target.query, '?') == target.query.n);
    for (size_t i = 1; i < target.path.n; i++)
        assert(target.path.at[i] != '/' || target.path.at[i - 1] != '/');

    bool settled = str_find(target.path, '%') == target.path.n &&
                   str_find(target.path, '?') == target.path.n;
    size_t room = target.path.n + 1 + target.query.n;
    struct buf text = buf_on(arena_take(arena, room), room);
    buf_put(&text, target.path);
    buf_put_text(&text, "?");
    buf_put(&text, target.query);
    target_normalise(buf_str(&text), arena, &again);
    assert(!settled ||
           (str_equal(target.path, again.path) && str_equal(target.query, again.query)));
    arena_free(arena);
    return 0;
}
