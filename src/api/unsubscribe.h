// SPDX-License-Identifier: GPL-3.0-or-later
/* unsubscribe.h - /u/TOKEN, by which a mail's recipient switches its kind off (RFC 8058).
 *
 * A mail program posts "List-Unsubscribe=One-Click" there; so does the button of the page that a
 * person gets. A GET changes nothing, since mail scanners follow links. The token says for whom it
 * is, so no login, cookie or origin is asked for; and it can do nothing else. */
#pragma once

#include "base/str.h"

struct api;
struct http_exchange;

void unsubscribe_page(const struct api *api, struct http_exchange *exchange,
                      struct str token);
