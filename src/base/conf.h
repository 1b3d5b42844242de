// SPDX-License-Identifier: GPL-3.0-or-later
/* conf.h - the configuration reader: the door to libconfuse.
 *
 * A file is a list of `key = value` and of sections `name { ... }`. What may stand there is
 * a table of `struct conf_option`; each error names file, line and key, and a misspelt key
 * gets a suggestion. Lists are written { "a", "b" }. */
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
    /* Default as it would be written: "300", "true", "/var/lib/rove", "{}"; NULL: empty
     * text, 0, false, empty list. Sections have none: their options have their own. */
    const char *fallback;
    int64_t min, max; /* CONF_NUMBER */
    /* CONF_TEXT and each item of CONF_LIST; may be NULL. Sets `err` to what is wrong with
     * the value alone; the reader adds file, line and key. */
    enum status (*check)(struct str value, struct error *err);
    const struct conf_option *options; /* CONF_SECTION */
    bool multiple; /* CONF_SECTION: may occur any number of times, with a title:
                      `zone "example.org" { ... }` */
};

struct conf;

/* Reads the file. ERR_IO: cannot be read. ERR_SYNTAX: "FILE:LINE: ..." is in `err`. */
MUST_CHECK enum status conf_load(const char *path, const struct conf_option *options,
                                 struct conf **out, struct error *err);
/* The same from text; `name` stands for the file in errors. */
MUST_CHECK enum status conf_parse(const char *name, struct str text,
                                  const struct conf_option *options, struct conf **out,
                                  struct error *err);
void conf_free(struct conf *conf);
CLEANER(conf_free, struct conf *)

/* `path` is "key" or "section.key". Asking for what is not in the table, or as another
 * type, ends the process: it is a mistake of ours. Texts are lent and zero-terminated. */
const char *conf_text(const struct conf *conf, const char *path);
int64_t conf_number(const struct conf *conf, const char *path);
bool conf_bool(const struct conf *conf, const char *path);
size_t conf_list_count(const struct conf *conf, const char *path);
/* Whether the list stands in the file, as { }. */
bool conf_list_is_emptied(const struct conf *conf, const char *path);
const char *conf_list_item(const struct conf *conf, const char *path, size_t index);
/* Sections that may occur several times: count, and the n-th as a conf of its own, lent. */
size_t conf_section_count(const struct conf *conf, const char *path);
const struct conf *conf_section(const struct conf *conf, const char *path, size_t index);
const char *conf_title(const struct conf *section);
/* The line of the file where the section ends, for errors about the section as a whole. */
int conf_line(const struct conf *section);

/* The candidate that is most like `word` (an edit distance of at most 2, or a third of its
 * length), or NULL. Also for misspelt commands. */
const char *conf_suggest(struct str word, const char *const *candidates, size_t count);
