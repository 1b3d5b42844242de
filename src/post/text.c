// SPDX-License-Identifier: GPL-3.0-or-later
#include "post/text.h"

const struct post_language *post_language_find(struct str tag)
{
    struct str first = str_first(tag, str_find(tag, '-'));
    for (size_t i = 0; i < post_language_count; i++)
        if (str_equal_any_case(first, str_from(post_languages[i].tag)))
            return &post_languages[i];
    return &post_languages[0];
}
