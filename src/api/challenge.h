// SPDX-License-Identifier: GPL-3.0-or-later
/* challenge.h - files by which an ACME client proves this machine's names (HTTP-01, RFC 8555 8.3).
 *
 * The client writes them to a folder; they are only read here, one small file for each request. */
#pragma once

#include "http/server.h"

enum {
    CHALLENGE_FILE_MAX = 4096 /* bytes; a key authorization has less than 200 */
};

/* Replies with the file `token` of `folder` (empty: none), or 404: it is no token's name, there
 * is no such file, it is no regular file (a link, for example), or it is too big. */
void challenge_page(const char *folder, struct str token, struct http_exchange *exchange);
