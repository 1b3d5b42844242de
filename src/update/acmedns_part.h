// SPDX-License-Identifier: GPL-3.0-or-later
/* acmedns_part.h - credentials and replies of acme-dns. Only for acmedns.c and
 * acmedns_register.c. */
#pragma once

#include "update/request.h"

/* User and token from the fields of the protocol, or from any place that credentials.h knows. */
void acmedns_read_credentials(const struct update_call *call, struct str *user,
                              struct str *secret);

/* Replies {"error": "WORD"}. */
void acmedns_refuse(struct http_exchange *exchange, int status, const char *word);
/* The same with the status and the word for this code, which is none of success. */
void acmedns_refuse_code(struct http_exchange *exchange, enum update_code code);
