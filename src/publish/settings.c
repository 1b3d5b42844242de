// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/settings.h"

#include <stdint.h>

#include "base/mem.h"

/* The texts are const only towards others. */
static void free_text(const char *text)
{
    mem_free((void *)(uintptr_t)text);
}

struct static_paths settings_copy_paths(const struct static_paths *paths)
{
    const char **copies = mem_new_array(paths->count + 1, sizeof(char *));
    for (size_t i = 0; i < paths->count; i++)
        copies[i] = mem_copy_text(paths->at[i]);
    return (struct static_paths){ copies, paths->count };
}

void settings_free_paths(const struct static_paths *paths)
{
    for (size_t i = 0; i < paths->count; i++)
        free_text(paths->at[i]);
    mem_free((void *)(uintptr_t)paths->at);
}

static void copy_statics(struct publisher_options *options, const char *const *statics,
                         size_t count)
{
    const struct static_paths given = { statics, count };
    const struct static_paths copies = settings_copy_paths(&given);
    options->statics = copies.at;
    options->static_count = copies.count;
}

void settings_copy(struct publisher_options *options)
{
    options->database = mem_copy_text(options->database);
    options->directory = mem_copy_text(options->directory);
    options->text = mem_copy_text(options->text);
    copy_statics(options, options->statics, options->static_count);
}

static void free_statics(const struct publisher_options *options)
{
    const struct static_paths paths = { options->statics, options->static_count };
    settings_free_paths(&paths);
}

void settings_free(const struct publisher_options *options)
{
    free_statics(options);
    free_text(options->database);
    free_text(options->directory);
    free_text(options->text);
}

void settings_set_statics(struct publisher_options *options, const char *const *statics,
                          size_t count)
{
    free_statics(options);
    copy_statics(options, statics, count);
}
