// SPDX-License-Identifier: GPL-3.0-or-later
/* rdata_part.h - the parts that record data are made of, for rdata.c alone.
 *
 * Each takes its part off the front of *rest. False: it is not there, or not as it must be;
 * then *rest is nothing to go on with. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

static inline size_t rdata_byte(struct str data, size_t at)
{
    return (unsigned char)data.at[at];
}
bool rdata_take(struct str *rest, size_t n, struct str *out);
bool rdata_take_name(struct str *rest);
/* A length byte and so many bytes (RFC 1035 3.3). */
bool rdata_take_string(struct str *rest, struct str *out);

/* An extended regular expression between delimiters, its replacement and flags, in one string
 * (RFC 3402 3.2); it may be empty. */
bool rdata_take_substitution(struct str *rest);
/* The parameters of SVCB and HTTPS (RFC 9460 2.2): up to the end. */
bool rdata_take_parameters(struct str *rest);
/* Windows of types (RFC 4034 4.1.2): up to the end. */
bool rdata_take_types(struct str *rest);
/* Address prefixes (RFC 3123 4): up to the end. */
bool rdata_take_prefixes(struct str *rest);
/* A LOC record (RFC 1876 2). */
bool rdata_take_place(struct str *rest);
/* Kind, algorithm and address of a gateway (RFC 4025 2.1). */
bool rdata_take_gateway(struct str *rest);
/* Kind and address of a relay (RFC 8777 4.2). */
bool rdata_take_relay(struct str *rest);
/* Identity, key and servers of HIP (RFC 8005 5). */
bool rdata_take_host_identity(struct str *rest);
/* The end of an address and the name of its beginning (RFC 2874 3.1). */
bool rdata_take_suffix(struct str *rest);
