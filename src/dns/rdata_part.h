// SPDX-License-Identifier: GPL-3.0-or-later
/* rdata_part.h - checks the parts of record data. For rdata.c alone.
 *
 * Each function reads its part from *in. False: the part is wrong. If the part is cut short, the
 * result may be true, but then the reader has failed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/reader.h"

static inline size_t rdata_byte(struct str data, size_t at)
{
    return (unsigned char)data.at[at];
}
/* A name, which is not compressed. */
bool rdata_take_name(struct reader *in);
/* A length byte and so many bytes (RFC 1035 3.3). */
struct str rdata_take_string(struct reader *in);

/* An extended regular expression between delimiters, its replacement and flags, in one string
 * (RFC 3402 3.2); it may be empty. */
bool rdata_take_substitution(struct reader *in);
/* The parameters of SVCB and HTTPS (RFC 9460 2.2): up to the end. */
bool rdata_take_parameters(struct reader *in);
/* Windows of types (RFC 4034 4.1.2): up to the end. */
bool rdata_take_types(struct reader *in);
/* Address prefixes (RFC 3123 4): up to the end. */
bool rdata_take_prefixes(struct reader *in);
/* A LOC record (RFC 1876 2). */
bool rdata_take_place(struct reader *in);
/* Kind, algorithm and address of a gateway (RFC 4025 2.1). */
bool rdata_take_gateway(struct reader *in);
/* Kind and address of a relay (RFC 8777 4.2). */
bool rdata_take_relay(struct reader *in);
/* Identity, key and servers of HIP (RFC 8005 5). */
bool rdata_take_host_identity(struct reader *in);
/* The end of an address, and the name that has its beginning (RFC 2874 3.1). */
bool rdata_take_suffix(struct reader *in);
