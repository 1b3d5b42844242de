// SPDX-License-Identifier: GPL-3.0-or-later
/* credentials.h - who asks, in every form in which clients say it.
 *
 * Basic, "Token x" and "Bearer x" in the Authorization field, and parameters of the query.
 * The field goes before the query; but a well-formed token goes before a filler, because
 * routers insist on some text in fields that nobody needs. */
#pragma once

#include "base/arena.h"
#include "http/head.h"

struct credentials {
    struct str user;   /* of no account, but it may name the host */
    struct str secret; /* empty: none came */
};

/* Without what people copy or type around a secret: blanks, line ends and other control
 * bytes, and the blanks of Unicode that are not to be seen. */
struct str credentials_trim(struct str text);

/* *found comes with what the query said and goes with what counts. */
void credentials_find(const struct http_head *head, struct arena *arena,
                      struct credentials *found);
