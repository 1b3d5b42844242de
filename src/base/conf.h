// SPDX-License-Identifier: GPL-3.0-or-later
/* conf.h - the configuration reader: the door to libconfuse.
 *
 * A file is a list of `key = value` and of sections `name { ... }`. Lists are written
 * { "a", "b" }. A table of `struct conf_option` says which keys are allowed. Each error names the
 * file, the line and the key; for a misspelt key it suggests another one. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum conf_type {
    CONF_TEXT,
    CONF_NUMBER,
    CONF_BOOL,
    CONF_LIST,
    CONF_SECTION
};

struct conf_option {
    const char *key; /* NULL ends a table */
    enum conf_type type;
    /* The default, as a file would say it: "300", "true", "/var/lib/rove", "{}". NULL: an empty
     * text, 0, false or an empty list. A section has no default; its options have theirs. */
    const char *fallback;
    int64_t min, max; /* CONF_NUMBER */
    /* Checks a CONF_TEXT and each item of a CONF_LIST. Sets `err` to what is wrong with the
     * value; the reader adds the file, the line and the key. May be NULL. */
    enum status (*check)(struct str value, struct error *err);
    const struct conf_option *options; /* CONF_SECTION */
    /* CONF_SECTION: it may occur any number of times, each with a title:
     * `zone "example.org" { ... }` */
    bool multiple;
};

struct conf;

/* Reads the file; the caller frees *out. ERR_IO: the file cannot be read. ERR_SYNTAX: `err` begins
 * with "FILE:LINE: ". */
MUST_CHECK enum status conf_load(const char *path, const struct conf_option *options,
                                 struct conf **out, struct error *err);
/* Reads text in the same way; errors call it `name`. */
MUST_CHECK enum status conf_parse(const char *name, struct str text,
                                  const struct conf_option *options, struct conf **out,
                                  struct error *err);
void conf_free(struct conf *conf);
CLEANER(conf_free, struct conf *)

/* The value of an option; `path` is "key" or "section.key". To ask for an option that is not in the
 * table, or is of another type, is our own mistake and ends the process. Texts are lent and
 * zero-terminated. */
const char *conf_text(const struct conf *conf, const char *path);
int64_t conf_number(const struct conf *conf, const char *path);
bool conf_bool(const struct conf *conf, const char *path);
size_t conf_list_count(const struct conf *conf, const char *path);
/* Whether the file gives the list, and gives it as { }. */
bool conf_list_is_emptied(const struct conf *conf, const char *path);
const char *conf_list_item(const struct conf *conf, const char *path, size_t index);
/* How often a section with `multiple` occurs, and the section with this index, lent: its options
 * are read as those of a file. */
size_t conf_section_count(const struct conf *conf, const char *path);
const struct conf *conf_section(const struct conf *conf, const char *path, size_t index);
const char *conf_title(const struct conf *section);
/* The line on which the section ends, for errors about the section as a whole. */
int conf_line(const struct conf *section);

/* The candidate that is most like `word`: its edit distance is at most 2, or a third of the word's
 * length. NULL: there is none. Also used for misspelt commands. */
const char *conf_suggest(struct str word, const char *const *candidates, size_t count);
