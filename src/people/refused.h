// SPDX-License-Identifier: GPL-3.0-or-later
/* refused.h - domains of mail whose addresses nobody may open an account with, such as those of
 * throw-away mailboxes. A file has one domain a line, and names with it all domains below; what
 * follows a '#' is a comment. */
#pragma once

#include "base/error.h"
#include "base/str.h"

enum {
    REFUSED_BYTES_MAX = 8 * 1024 * 1024
};

struct refused;

/* Reads the file. ERR_SYNTAX: a line has no domain; the text says which line. ERR_NOT_FOUND, ERR_LIMIT,
 * ERR_IO: as file_read(). */
MUST_CHECK enum status refused_load(const char *path, struct refused **out,
                                    struct error *err);
/* Reads the text of such a file. */
MUST_CHECK enum status refused_parse(struct str text, struct refused **out,
                                     struct error *err);
/* NULL is fine. */
void refused_free(struct refused *refused);
CLEANER(refused_free, struct refused *)
/* Whether the address is in one of the domains; NULL: in none. */
bool refused_has(const struct refused *refused, struct str address);
