// SPDX-License-Identifier: GPL-3.0-or-later
/* static.h - the operator's own records: files in the tinydns data language.
 *
 * A path may be a file or a folder. Files of a folder are read in the order of their names' bytes;
 * folders in it are not entered. Some files are ignored: those whose names begin with a dot or
 * '#', those that editors, packages and make leave behind, and scripts. So the folder of a tinydns
 * can be named as it is. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "dns/tinydns_reader.h"
#include "publish/findings.h"

struct static_paths {
    const char *const *at;
    size_t count;
};

/* What the files look like without being read. */
struct static_look {
    /* Of all paths, inodes, sizes and times: it changes when one of them does. */
    struct digest fingerprint;
    uint32_t serial; /* newest modification time, at least 1 */
    /* Files in folders that were ignored, except those whose names begin with a dot. */
    size_t passed_count;
    char passed_over[512]; /* the first of them, separated by commas */
};

/* Looks at every file without reading it. ERR_NOT_FOUND: a path is missing. ERR_IO. */
MUST_CHECK enum status static_look(const struct static_paths *paths,
                                   struct static_look *out, struct error *err);
/* The line that is being read. `file` is NULL: none. */
struct static_line {
    const char *file;
    size_t number;
    struct str text;
};

struct static_reader {
    const struct record_sink *sink;
    uint32_t serial;           /* for SOA records without one */
    struct findings *findings; /* NULL: the first mistake ends the reading */
    struct static_line at;     /* while the sink is called */
};

/* Reads every file and gives the sink the records of its lines. Errors, also the sink's, begin with
 * "FILE:LINE: ". With `findings` all of them are added there, except ERR_BUSY, which ends the
 * reading. ERR_SYNTAX at the end when there were any. */
MUST_CHECK enum status static_read(const struct static_paths *paths,
                                   struct static_reader *reader, struct error *err);
/* The place of the line that a reader with findings is at. */
struct finding_place static_place(const struct static_reader *reader);
