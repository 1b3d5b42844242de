// SPDX-License-Identifier: GPL-3.0-or-later
#include "update/target.h"

#include "http/query.h"

static bool starts_any_case(struct str text, struct str with)
{
    return text.n >= with.n && str_equal_any_case(str_first(text, with.n), with);
}

static bool is_slash(char c)
{
    return c == '/' || c == '\\';
}

/* The length of the blank that `text` starts with, raw or escaped, or 0. */
static size_t blank_size(struct str text)
{
    if (text.n > 0 && text.at[0] == ' ')
        return 1;
    return str_starts(text, STR("%20")) ? STR("%20").n : 0;
}

/* Without scheme and authority, where both are there. */
static struct str strip_authority(struct str text)
{
    struct str after;
    if (starts_any_case(text, STR("http://")))
        after = str_from_at(text, STR("http://").n);
    else if (starts_any_case(text, STR("https://")))
        after = str_from_at(text, STR("https://").n);
    else
        return text;
    size_t i = 0;
    while (i < after.n && !is_slash(after.at[i]) && after.at[i] != '?')
        i++;
    return str_from_at(after, i);
}

/* A path ends at its first blank: what follows is the second of two URLs. */
static struct str cut_at_blank(struct str path)
{
    for (size_t i = 0; i < path.n; i++)
        if (blank_size(str_from_at(path, i)))
            return str_first(path, i);
    return path;
}

/* The byte that `text` begins with, and its length there. */
static char first_byte(struct str text, size_t *size)
{
    int byte = http_escaped_byte(text);
    *size = byte >= 0 ? STR("%2f").n : 1;
    return byte >= 0 ? (char)byte : text.at[0];
}

static bool is_bare(struct str path)
{
    for (size_t size; path.n > 0; path = str_from_at(path, size))
        if (!is_slash(first_byte(path, &size)))
            return false;
    return true;
}

static bool path_is_plain(struct str path)
{
    if (path.n == 0 || path.at[0] != '/')
        return false;
    for (size_t i = 1; i < path.n; i++)
        if (path.at[i] == '\\' || path.at[i] == '%' ||
            (path.at[i] == '/' && (i + 1 == path.n || path.at[i - 1] == '/')))
            return false;
    return true;
}

static struct str rewrite_path(struct str path, struct arena *arena)
{
    char *at = arena_take(arena, path.n + 1);
    size_t n = 0;
    at[n++] = '/';
    for (size_t i = 0, size; i < path.n; i += size) {
        char byte = first_byte(str_from_at(path, i), &size);
        if (!is_slash(byte))
            at[n++] = byte;
        else if (at[n - 1] != '/')
            at[n++] = '/';
    }
    if (n > 1 && at[n - 1] == '/')
        n--;
    return (struct str){ at, n };
}

/* The length of what stands where '&' should: a second '?', or the blank before a second
 * URL. 0: nothing of the kind. */
static size_t seam_size(struct str text)
{
    if (text.n > 0 && text.at[0] == '?')
        return 1;
    size_t blank = blank_size(text);
    return blank && starts_any_case(str_from_at(text, blank), STR("http")) ? blank : 0;
}

/* Whether there is a byte with which a seam may begin: mostly there is none. */
static bool may_have_seam(struct str query)
{
    return str_find(query, '?') < query.n || str_find(query, ' ') < query.n ||
           str_find(query, '%') < query.n;
}

static struct str rewrite_query(struct str query, struct arena *arena)
{
    if (!may_have_seam(query))
        return query;
    size_t i = 0;
    while (i < query.n && !seam_size(str_from_at(query, i)))
        i++;
    if (i == query.n)
        return query;
    char *at = arena_take(arena, query.n);
    size_t n = 0;
    for (i = 0; i < query.n;) {
        size_t seam = seam_size(str_from_at(query, i));
        at[n++] = seam ? '&' : query.at[i];
        i += seam ? seam : 1;
    }
    return (struct str){ at, n };
}

void target_normalise(struct str raw, struct arena *arena, struct target *out)
{
    struct str path, query = raw;
    do {
        struct str text = strip_authority(query);
        size_t mark = str_find(text, '?');
        path = cut_at_blank(str_first(text, mark));
        query = str_from_at(text, mark + 1);
    } while (is_bare(path) && query.n > 0 && is_slash(query.at[0]));
    out->path = path_is_plain(path) ? path : rewrite_path(path, arena);
    out->query = rewrite_query(query, arena);
}
