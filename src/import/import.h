// SPDX-License-Identifier: GPL-3.0-or-later
/* import.h - zones of other programs taken in: one reader per format, one way to make what
 * they found. */
#pragma once

#include "config/config.h"
#include "import/plan.h"

struct json;

/* Each reads the text of plan->file into the plan, zones included. ERR_SYNTAX, ERR_LIMIT:
 * `err` begins with "FILE:LINE: ". What is well written but has no place in Rove becomes a
 * remark. */
typedef enum status (*import_fn)(struct plan *plan, struct str text, struct error *err);
MUST_CHECK enum status import_tinydns(struct plan *plan, struct str text,
                                      struct error *err);
MUST_CHECK enum status import_zonefile(struct plan *plan, struct str text,
                                       struct error *err);
MUST_CHECK enum status import_vegadns(struct plan *plan, struct str text,
                                      struct error *err);
MUST_CHECK enum status import_nsupdate(struct plan *plan, struct str text,
                                       struct error *err);

/* The reader of that name, or NULL. */
import_fn import_find(const char *format);

/* A host's token, of which front keeps no copy: told as soon as it was made. */
typedef void (*import_token_fn)(const char *host, struct str secret);

/* Makes what a settled plan holds, by calls of front; what is there already stays as it is.
 * `options` are the command's. *report gets "zones", "tokens" (those that `token` is not told,
 * as it is NULL) and "without_token", hosts that may be there while nobody knows a token of
 * them; remarks go to the plan. ERR_IO: front cannot be asked any more; what was made until then
 * stays, and doing it again goes on from there. */
MUST_CHECK enum status import_apply(const struct config *config, struct plan *plan,
                                    const struct json *options, import_token_fn token,
                                    struct json *report, struct error *err);

/* The whole command; returns the exit code. */
int run_import(const struct config *config, const char *format,
               const struct json *options, bool as_json);
