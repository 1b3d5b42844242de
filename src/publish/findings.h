// SPDX-License-Identifier: GPL-3.0-or-later
/* findings.h - errors and warnings about the operator's lines, each with its file and line. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/str.h"

enum {
    FINDINGS_MAX = 1000 /* kept of each level; further ones are counted */
};

enum finding_level {
    FINDING_ERROR,   /* nothing is published */
    FINDING_WARNING, /* published, but surely not meant so; or a record is left out */
};

struct findings;

/* A line; `file` is a number of findings_file(). */
struct finding_place {
    uint32_t file, line;
};

struct findings *findings_new(void);
void findings_free(struct findings *findings);
CLEANER(findings_free, struct findings *)

/* The number of the file of this name. */
uint32_t findings_file(struct findings *findings, const char *name);
/* The name of that file, lent. */
const char *findings_name(const struct findings *findings, uint32_t file);

/* Adds one about a line. Without `place` the text itself has to say what it is about. */
void findings_add(struct findings *findings, enum finding_level level,
                  const struct finding_place *place, const char *format, ...)
    PRINTF_LIKE(4, 5);
/* Adds a warning. */
#define findings_warn(findings, place, ...) \
    findings_add((findings), FINDING_WARNING, (place), __VA_ARGS__)
size_t findings_count(const struct findings *findings, enum finding_level level);
/* Calls `fn` for each of the level that was kept, in the order of files and lines, with a text
 * that begins with "FILE:LINE: ". */
void findings_each(struct findings *findings, enum finding_level level,
                   void (*fn)(void *ctx, const char *text), void *ctx);
