// SPDX-License-Identifier: GPL-3.0-or-later
/* punycode.h - labels that encode letters beyond ASCII (RFC 5890 2.3.2.1, RFC 3492). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* Whether a label that begins with "xn--" encodes letters: the part behind can be decoded, every
 * decoder gets the same letters, and at least one of them needs this form. `label` is in lower
 * case. Whether a browser shows the letters is its own decision. Pure. */
bool punycode_is_label(struct str label);

enum {
    PUNYCODE_LETTERS_MAX = 63
};
/* The letters of such a label. False: it is none. */
bool punycode_decode(struct str label, uint32_t out[PUNYCODE_LETTERS_MAX], size_t *count);
