// SPDX-License-Identifier: GPL-3.0-or-later
/* scan.h - the OPT record of a message that is refused and so not read any closer. A reply to
 * who speaks EDNS has such a record, whatever it says (RFC 6891 7). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scanned_opt {
    bool dnssec_ok; /* its flag DO */
};

/* Goes over the message, of at least MESSAGE_HEADER_SIZE bytes, as far as its counts and
 * lengths lead. Whether it comes to an OPT record in the additional section; the first one
 * counts, and what stands in it or behind it does not. */
bool scan_opt(const uint8_t *wire, size_t n, struct scanned_opt *out);
