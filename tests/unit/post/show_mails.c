// SPDX-License-Identifier: GPL-3.0-or-later
/* Prints every mail in every language with the values of the examples. */
#include <stdio.h>

#include "base/random.h"
#include "post/post.h"

int main(void)
{
    static const struct keys keys;
    static struct post_content content;
    const struct post post = { .keys = &keys,
                               .origin = "https://ddns.example.org",
                               .domain = "example.org" };
    random_init();
    for (size_t i = 0; i < post_language_count; i++)
        for (size_t kind = 0; kind < POST_KINDS; kind++) {
            struct str tag = str_from(post_languages[i].tag);
            if (post_preview(&post, (enum post_kind)kind, tag, &content, NULL))
                return 1;
            (void)printf("=== %s, %s\nSubject: %s\n\n%s\n", post_traits[kind].name,
                         post_languages[i].tag, content.subject, content.body);
        }
    return 0;
}
