// SPDX-License-Identifier: GPL-3.0-or-later
/* error.h - how a function reports that it failed, to the program and to people.
 *
 * There is a status for each case in which some caller acts differently. The text for people goes
 * into a `struct error`, which the caller owns. A caller that needs no text gives NULL. */
#pragma once

#include "base/attr.h"

enum status {
    OK = 0,
    ERR_SYNTAX,    /* the input does not have the form that it should have */
    ERR_LIMIT,     /* a size, count or range is exceeded */
    ERR_NOT_FOUND, /* what was named does not exist */
    ERR_EXISTS,    /* what should be made exists already */
    ERR_CONFLICT,  /* the present state does not allow it */
    ERR_DENIED,    /* the caller lacks the right */
    ERR_BUSY,      /* not now: try again later */
    ERR_IO,        /* the operating system, a disk, a library or a peer failed */
};

enum {
    ERROR_TEXT_SIZE = 512
};

struct error {
    char text[ERROR_TEXT_SIZE]; /* zero-terminated, cut if too long; one line */
};

/* The short name of a status in lower case, such as "not found". Never NULL. */
const char *status_name(enum status status);

/* Writes a printf-formatted text to `err`; does nothing when `err` is NULL. Control bytes
 * become '?', so that the text stays one line wherever it is printed. */
void error_set(struct error *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Puts "text: " before the text of `err`: FAIL() where the failure is found, error_prefix() where a
 * caller knows more. NULL is fine. */
void error_prefix(struct error *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Sets the text and yields the status, as in: return FAIL(err, ERR_IO, "%s: %s", path, why); */
#define FAIL(err, status, ...) (error_set((err), __VA_ARGS__), (status))
