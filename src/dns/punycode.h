// SPDX-License-Identifier: GPL-3.0-or-later
/* punycode.h - labels that stand for letters beyond ASCII (RFC 5890 2.3.2.1, RFC 3492). */
#pragma once

#include <stdbool.h>

#include "base/str.h"

/* "xn--" with letters behind it: what follows can be decoded, by every reader to the same, and
 * has at least one letter for which the form is needed. `label` is in lower case. Whether a
 * browser shows those letters is its own decision. Pure. */
bool punycode_is_label(struct str label);
