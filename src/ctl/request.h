// SPDX-License-Identifier: GPL-3.0-or-later
/* request.h - command line words in, a request out. */
#pragma once

#include "base/error.h"
#include "ctl/command.h"

struct json;

struct request {
    const struct command *command;
    char path[2048];
    struct json *body; /* owned; an object */
    bool as_json;      /* --json */
};

/* `argv[0]` is the first word after the global options. ERR_SYNTAX: what is wrong, with a
 * suggestion for a misspelt word. */
MUST_CHECK enum status request_parse(int argc, char *const argv[], struct request *out,
                                     struct error *err);
void request_done(struct request *request);

/* Usage of everything (`noun` NULL) or of one noun, to standard output or error. */
void request_usage(const char *noun, bool to_error);
