// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/static_paths.h"

#include <stdint.h>

#include "base/mem.h"

struct static_paths static_paths_copy(const struct static_paths *paths)
{
    const char **copies = mem_new_array(paths->count + 1, sizeof(char *));
    for (size_t i = 0; i < paths->count; i++)
        copies[i] = mem_copy_text(paths->at[i]);
    return (struct static_paths){ copies, paths->count };
}

/* The texts are const only towards others. */
void static_paths_free(const struct static_paths *paths)
{
    for (size_t i = 0; i < paths->count; i++)
        mem_free((void *)(uintptr_t)paths->at[i]);
    mem_free((void *)(uintptr_t)paths->at);
}
