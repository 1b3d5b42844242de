// SPDX-License-Identifier: GPL-3.0-or-later
/* scan.h - finds the OPT record of a message that is refused without being read. If the query has
 * one, its reply must have one too, also when the query is broken (RFC 6891 7). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scanned_opt {
    bool dnssec_ok; /* the flag DO */
};

/* Walks the message, which has at least MESSAGE_HEADER_SIZE bytes, by its counts and lengths.
 * Returns whether it has an OPT record in the additional section. The first one counts; its data,
 * and all behind it, are not looked at. */
bool scan_opt(const uint8_t *wire, size_t n, struct scanned_opt *out);
