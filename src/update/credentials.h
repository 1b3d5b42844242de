// SPDX-License-Identifier: GPL-3.0-or-later
/* credentials.h - user and secret of a request, in every form in which clients send them.
 *
 * Basic, "Token x" and "Bearer x" in the Authorization field, and parameters of the query.
 * The field goes before the query, except that a well-formed token goes before any other text:
 * routers insist on some text in fields that are not needed. */
#pragma once

#include "base/arena.h"
#include "http/head.h"

struct credentials {
    struct str user;   /* of no account, but it may name the host */
    struct str secret; /* empty: none came */
};

/* Without what people copy or type around a secret: blanks, line ends and other control bytes,
 * and invisible blanks of Unicode. */
struct str credentials_trim(struct str text);

/* *found holds what the query had, and afterwards what counts. */
void credentials_find(const struct http_head *head, struct arena *arena,
                      struct credentials *found);
