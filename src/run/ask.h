// SPDX-License-Identifier: GPL-3.0-or-later
/* ask.h - front asked over its local socket. */
#pragma once

#include "base/buf.h"
#include "base/error.h"
#include "config/config.h"

struct json;

enum {
    ASK_WAIT_MS = 30000
};

/* One call. `body` may be NULL. *out is the body of the reply, which the caller frees.
 * ERR_NOT_FOUND: the thing is not there; ERR_CONFLICT: front refused; both with its words.
 * ERR_IO: front cannot be asked. */
MUST_CHECK enum status ask_front(const struct config *config, const char *method,
                                 const char *path, const struct json *body, int wait_ms,
                                 struct json **out, struct error *err);

/* Every item of a list, page by page; `item` is lent. Any status but OK of `fn` ends the walk
 * and is returned. */
typedef enum status (*ask_item_fn)(void *ctx, const struct json *item, struct error *err);
MUST_CHECK enum status ask_each(const struct config *config, const char *path,
                                ask_item_fn fn, void *ctx, struct error *err);

/* Letters, digits and - . _ ~ stay (RFC 3986 2.3), every other byte becomes %XX. */
void ask_put_escaped(struct buf *path, struct str text);
