// SPDX-License-Identifier: GPL-3.0-or-later
/* static.h - the operator's own records: files in the tinydns data language.
 *
 * A path may be a file or a folder. Of a folder its files count whose names do not begin
 * with a dot or '#', do not end with '~' and do not hold ".dpkg-", in the order of their
 * names' bytes; folders in it do not. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "dns/tinydata.h"

struct static_paths {
    const char *const *at;
    size_t count;
};

/* What the files look like from outside. */
struct static_look {
    struct digest
        fingerprint; /* of all paths, inodes, sizes and times: changes with them */
    uint32_t serial; /* newest modification time, at least 1 */
};

/* Looks at every file without opening it. ERR_NOT_FOUND: a path is missing. ERR_IO. */
MUST_CHECK enum status static_look(const struct static_paths *paths,
                                   struct static_look *out, struct error *err);
/* Reads every file and gives the sink the records of its lines; `serial` goes into SOA records
 * without one. Errors, the sink's too, begin with "FILE:LINE: ". */
MUST_CHECK enum status static_read(const struct static_paths *paths, uint32_t serial,
                                   const struct record_sink *sink, struct error *err);
