// SPDX-License-Identifier: GPL-3.0-or-later
/* text.h - the dynamic zones as a file in the tinydns data language, for operators who make
 * their data.cdb themselves: cat data.local rove.data > data && tinydns-data */
#pragma once

#include <stdbool.h>

#include "publish/content.h"

/* Writes `path` anew, unless it has exactly these lines already. *changed: it was written. A reader
 * sees the old file or the new one, always whole. Names that exist without records (offline hosts)
 * are not in it, because the language has no word for them. ERR_IO, or an error of content_walk().
 * On failure the old file stays. */
MUST_CHECK enum status text_write(const char *path, const struct content_options *content,
                                  bool *changed, struct error *err);
