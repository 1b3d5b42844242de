// SPDX-License-Identifier: GPL-3.0-or-later
/* Whatever a query holds: what comes out of it is a slice of it or a known word, and lies
 * within the limits. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "update/parameters.h"
#include "update/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(4096);
    struct http_param params[HTTP_PARAMS_MAX];
    struct target target;
    size_t count = 0;
    target_normalise(str_bytes(data, size), arena, &target);
    (void)!http_query_parse(target.query, arena, params, &count);

    struct update update = { .dry_run = false };
    struct str user;
    (void)!ip_parse(STR("192.0.2.1"), &update.origin.source);
    parameters_read(params, count, arena, &update, &user);
    assert(update.value_count <= UPDATE_VALUES_MAX);
    assert(update.hosts.n <= size && update.secret.n <= size && user.n <= size);
    for (size_t i = 0; i < update.value_count; i++)
        assert(update.values[i].text.n <= size + IP_TEXT_SIZE &&
               update.names[i].n <= size);
    assert(update.passed_count <= UPDATE_PASSED_MAX);
    for (size_t i = 0; i < update.passed_count; i++)
        assert(update.passed[i].value.n <= size && update.passed[i].why);
    if (update.txt)
        assert(update.txt->change.add.count <= CHALLENGE_VALUES_MAX &&
               update.txt->change.remove.count <= CHALLENGE_VALUES_MAX &&
               update.txt->change.life_s > 0);
    if (user.n > 0)
        (void)parameters_is_full_name(user);
    arena_free(arena);
    return 0;
}
