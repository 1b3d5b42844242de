// SPDX-License-Identifier: GPL-3.0-or-later
/* request.h - makes a request of the words of a command line. */
#pragma once

#include "base/error.h"
#include "ctl/command.h"

struct json;

struct request {
    const struct command *command;
    const struct column *columns; /* of the list; NULL: the reply is none */
    char path[2048];
    struct json *body; /* an object, which the request owns */
    bool as_json;      /* --json */
};

/* Reads the words from behind the global options. The caller ends *out with request_done().
 * ERR_SYNTAX: `err` tells what is wrong, and suggests a word for a misspelt one. */
MUST_CHECK enum status request_parse(int argc, char *const argv[], struct request *out,
                                     struct error *err);
void request_done(struct request *request);

/* Prints the usage of one noun, or of all (`noun` NULL), to standard output or standard error. */
void request_usage(const char *noun, bool to_error);
