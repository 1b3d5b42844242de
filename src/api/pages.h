// SPDX-License-Identifier: GPL-3.0-or-later
/* pages.h - the built files of the web pages, read whole into memory.
 *
 * A folder has them with a `manifest.json`, which web/build.mjs writes last:
 *
 *     { "version": 1,
 *       "pages": ["/", "/hosts", "/hosts/"],
 *       "files": [{ "path": "index.html", "type": "text/html; charset=utf-8",
 *                   "plain": { "size": 812, "sha256": "..." },
 *                   "gzip": { ... }, "br": { ... } }] }
 *
 * `pages` are the paths that give index.html; one that ends with '/' stands for all with one more
 * piece. Codings beside `plain` may be missing; their files are called PATH.gz and PATH.br. Every
 * file has to be as the manifest says, so a half build is none. */
#pragma once

#include <stdbool.h>

#include "base/str.h"

enum {
    PAGES_FILES_MAX = 200, /* all codings counted */
    PAGES_BYTES_MAX = 8 << 20,
    PAGES_PATHS_MAX = 200,
};

enum page_coding {
    PAGE_PLAIN,
    PAGE_GZIP,
    PAGE_BROTLI,
    PAGE_CODINGS
};

struct page_bytes {
    char *at; /* NULL: there is no such coding */
    size_t n;
    char tag[17]; /* of its hash */
};

struct page {
    char *path; /* as requests have it, such as "/assets/app-ABCD.js" */
    char *type;
    struct page_bytes codings[PAGE_CODINGS]; /* PAGE_PLAIN is always there */
};

struct pages;

/* Reads a folder. The caller frees *out. ERR_NOT_FOUND: there is no manifest. ERR_LIMIT: more or
 * longer files than above. ERR_SYNTAX: the manifest is none, or a file is not as it says. */
MUST_CHECK enum status pages_load(const char *folder, struct pages **out,
                                  struct error *err);
void pages_free(struct pages *pages);
CLEANER(pages_free, struct pages *)

/* The file at a path, index.html at that of a page. NULL: there is nothing. */
const struct page *pages_find(const struct pages *pages, struct str path);
const struct page *pages_index(const struct pages *pages);
/* How many files, and bytes of all. For the log. */
size_t pages_count(const struct pages *pages);
size_t pages_size(const struct pages *pages);
