// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/credentials.h"

#include "account/token.h"
#include "http/query.h"

/* False: nothing of use is in the field. */
static bool read_field(struct str value, struct arena *arena, struct credentials *out)
{
    *out = (struct credentials){ .user = STR("") };
    if (!http_basic_parse(value, arena, &out->user, &out->secret))
        return true;
    value = str_trim(value);
    struct str scheme = str_first(value, str_find(value, ' '));
    if (!str_equal_any_case(scheme, STR("Token")) &&
        !str_equal_any_case(scheme, STR("Bearer")))
        return false;
    *out = (struct credentials){ .secret = str_trim(str_from_at(value, scheme.n)) };
    return out->secret.n > 0;
}

/* Whether `secret` counts where `other` came earlier. */
static bool is_better(struct str secret, struct str other)
{
    return other.n == 0 || (token_is_formed(secret) && !token_is_formed(other));
}

void credentials_find(const struct http_head *head, struct arena *arena,
                      struct credentials *found)
{
    struct credentials best = { .user = STR("") }, one;
    for (size_t i = 0; i < head->field_count; i++) {
        const struct http_field *field = &head->fields[i];
        if (!str_equal_any_case(field->name, STR("Authorization")) ||
            !read_field(field->value, arena, &one))
            continue;
        if (best.user.n == 0)
            best.user = one.user;
        if (is_better(one.secret, best.secret))
            best.secret = one.secret;
    }
    if (best.user.n > 0)
        found->user = best.user;
    if (!is_better(found->secret, best.secret))
        found->secret = best.secret;
}
