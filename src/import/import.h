// SPDX-License-Identifier: GPL-3.0-or-later
/* import.h - imports zones of other programs: one reader for each format, and one way to make what
 * they found. */
#pragma once

#include "config/config.h"
#include "import/plan.h"

struct json;

/* Reads `text`, the contents of plan->file, into the plan, zones included. What is correct but has
 * no place in Rove becomes a remark. ERR_SYNTAX, ERR_LIMIT: `err` begins with "FILE:LINE: ". */
typedef enum status (*import_fn)(struct plan *plan, struct str text, struct error *err);
MUST_CHECK enum status import_tinydns(struct plan *plan, struct str text,
                                      struct error *err);
MUST_CHECK enum status import_zonefile(struct plan *plan, struct str text,
                                       struct error *err);
MUST_CHECK enum status import_vegadns(struct plan *plan, struct str text,
                                      struct error *err);
MUST_CHECK enum status import_nsupdate(struct plan *plan, struct str text,
                                       struct error *err);

/* The reader of a format; NULL: there is none. */
import_fn import_find(const char *format);

/* Gets the token of a host as soon as it is made. Front keeps no copy of it. */
typedef void (*import_token_fn)(const char *host, struct str secret);

/* Makes what a settled plan holds by calls of front. What exists already stays as it is. `options`
 * are the command's. Remarks go to the plan. *report gets "zones"; "tokens", if `token` is NULL;
 * and "without_token", the hosts that may exist without a token that anybody knows. ERR_IO: front
 * does not answer any more. What was made until then stays, and a second import goes on from
 * there. */
MUST_CHECK enum status import_apply(const struct config *config, struct plan *plan,
                                    const struct json *options, import_token_fn token,
                                    struct json *report, struct error *err);

/* Runs the whole command, and returns the exit code. */
int run_import(const struct config *config, const char *format,
               const struct json *options, bool as_json);
