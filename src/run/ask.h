// SPDX-License-Identifier: GPL-3.0-or-later
/* ask.h - requests to front over its local socket. */
#pragma once

#include "base/buf.h"
#include "base/error.h"
#include "config/config.h"

struct json;

enum {
    ASK_WAIT_MS = 30000
};

struct ask_request {
    const char *method, *path;
    const struct json *body; /* may be NULL */
    int wait_ms;             /* 0: ASK_WAIT_MS */
};

/* One call. *out is the body of the reply, which the caller frees. ERR_NOT_FOUND: the thing is not
 * there. ERR_CONFLICT: front refused. Both give front's words. ERR_IO: front cannot be asked. */
MUST_CHECK enum status ask_front(const struct config *config,
                                 const struct ask_request *request, struct json **out,
                                 struct error *err);
/* The same for a GET without a body. */
MUST_CHECK enum status ask_for(const struct config *config, const char *path,
                               struct json **out, struct error *err);

/* Calls `fn` for every item of a list, which is fetched page by page. `item` is lent. Any status
 * except OK from `fn` ends the walk and is returned. */
typedef enum status (*ask_item_fn)(void *ctx, const struct json *item, struct error *err);
MUST_CHECK enum status ask_each(const struct config *config, const char *path,
                                ask_item_fn fn, void *ctx, struct error *err);

/* Appends a part of a path. Letters, digits and - . _ ~ stay (RFC 3986 2.3). Every other byte
 * becomes %XX. */
void ask_put_escaped(struct buf *path, struct str text);
